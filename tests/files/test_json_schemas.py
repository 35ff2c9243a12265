"""JSON Schemas: they accept every document that is read or written, and no other keys."""

import datetime
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from skontro.files.documents import read_document
from skontro.files.json_schemas import KINDS, json_schema
from skontro.files.scenario import write_scenario
from skontro.model import InputError
from tests.draws import examples
from tests.files.random_scenarios import scenarios

ROOT = Path(__file__).parents[2]
SCHEMAS: dict[str, Any] = {kind: json.loads(json_schema(kind)) for kind in KINDS}


def as_json(content: object) -> Any:
    """The document as an editor sees it: dates are text."""
    return json.loads(json.dumps(content, default=lambda one: one.isoformat()))


def problems(path: Path, kind: str) -> list[str]:
    found = jsonschema.Draft202012Validator(SCHEMAS[kind])
    content = as_json(read_document(path).content)
    return [f"{one.json_path}: {one.message}" for one in found.iter_errors(content)]


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_are_valid_and_name_the_document(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[kind])
    assert SCHEMAS[kind]["title"] == f"Skontro {kind}"
    assert SCHEMAS[kind]["additionalProperties"] is False
    assert "_" not in SCHEMAS[kind]["description"].split(":")[0]


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*/*.yaml")), ids=str)
def test_the_examples_are_accepted(path: Path) -> None:
    kind = path.stem if path.stem in KINDS else None
    assert kind is None or problems(path, kind) == []
    assert kind is not None or path.stem not in KINDS


@settings(max_examples=examples(60))
@given(scenarios())
def test_every_written_scenario_is_accepted(tmp_path_factory: Any, scenario: Any) -> None:
    folder = tmp_path_factory.mktemp("written")
    write_scenario(folder, scenario)
    assert problems(folder / "scenario.yaml", "scenario") == []
    assert problems(folder / "participants.yaml", "participants") == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("nmae", "x"),
        ("version", 2),
        ("format", "skontro results"),
        ("rulebook", {"when_queued": {"orders": 0}}),
        ("rulebook", {"offsetting": [{"algorithm": "fastest"}]}),
        ("business_days", {"dates": ["5 January"]}),
        ("business_days", {"dates": []}),
        ("business_days", {"dates": ["2026-01-05"], "opens": "9:00", "closes": "18:00"}),
    ],
)
def test_wrong_documents_are_not(place: str, value: object) -> None:
    good = as_json(read_document(ROOT / "examples" / "three-banks" / "scenario.yaml").content)
    validator = jsonschema.Draft202012Validator(SCHEMAS["scenario"])
    assert list(validator.iter_errors(good)) == []
    assert list(validator.iter_errors(good | {place: value})) != []


def test_defaults_are_values_of_documents() -> None:
    bypass = SCHEMAS["scenario"]["$defs"]["_Bypass"]["properties"]
    assert bypass["depth"] == {"type": "integer", "minimum": 1, "maximum": 1000, "default": 16}
    assert "default" not in bypass["classes"]
    days = SCHEMAS["scenario"]["$defs"]["DaySchema"]["properties"]
    assert days["dates"]["description"] == "in order."
    assert datetime.date(2026, 1, 5).isoformat() in days["dates"]["items"]["examples"]


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(InputError, match="'scenrio' is not one of"):
        json_schema("scenrio")
