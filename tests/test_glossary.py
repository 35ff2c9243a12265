"""Public names use the glossary's words: interface, commands, files, the record, reasons."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
from typer.main import get_command

import skontro.files
import skontro.model
from skontro.cli.main import app
from skontro.engine.command_columns import CommandKind
from skontro.engine.events import EventKind
from skontro.files import tables
from skontro.files.documents import Schema
from skontro.model import OrderStatus, ReasonCode
from skontro.service.api.app import make_app

GLOSSARY = Path(__file__).parents[1] / "docs" / "glossary.md"


class Entry(NamedTuple):
    term: str
    meaning: str
    cpmi: str
    iso_20022: str
    do_not_say: str


def entries() -> list[Entry]:
    rows = [line for line in GLOSSARY.read_text().splitlines() if line.startswith("| ")]
    header, *found = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert header == ["term", "meaning", "CPMI", "ISO 20022", "do not say"]
    return [Entry(*row) for row in found]


ENTRIES = entries()
#: What is not said, and the term that is said for it.
NOT_SAID = {
    phrase.strip(): entry.term
    for entry in ENTRIES
    if entry.do_not_say != "-"
    for phrase in entry.do_not_say.split(",")
}


def words(name: str) -> tuple[str, ...]:
    """The words of a name: `queuedAt`, `QUEUED_AT`, `--queued-at` and `queued at` have the same."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return tuple(part.lower() for part in parts)


def wrong_words(name: str) -> list[str]:
    """The phrases in a name that the glossary says not to use."""
    said = words(name)
    wrong = [(phrase, words(phrase)) for phrase in NOT_SAID]
    return [
        phrase
        for phrase, parts in wrong
        if any(said[start : start + len(parts)] == parts for start in range(len(said)))
    ]


def _names_in_interface(node: Any) -> Iterator[str]:
    """Paths, parameters, properties and values of enumerations."""
    if isinstance(node, list):
        for child in node:
            yield from _names_in_interface(child)
    elif isinstance(node, dict):
        for key in ("paths", "properties"):
            yield from node[key] if isinstance(node.get(key), dict) else ()
        yield from map(str, node.get("enum", ())) if isinstance(node.get("enum"), list) else ()
        if "in" in node and isinstance(node.get("name"), str):
            yield node["name"]
        for key, child in node.items():
            if key not in ("example", "examples", "description"):
                yield from _names_in_interface(child)


def _names_of_commands() -> Iterator[str]:
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        yield name
        for parameter in command.params:
            yield from parameter.opts


def _schemas(base: type[Schema]) -> Iterator[type[Schema]]:
    for schema in base.__subclasses__():
        yield schema
        yield from _schemas(schema)


def _names_in_files() -> Iterator[str]:
    """Columns of tables and keys of documents."""
    for module in pkgutil.iter_modules(skontro.files.__path__, "skontro.files."):
        importlib.import_module(module.name)
    for table in vars(tables).values():
        yield from table.names() if isinstance(table, pl.Schema) else ()
    for schema in _schemas(Schema):
        yield from schema.model_fields


def _names_in_enumerations() -> Iterator[str]:
    """Names in the record, and values that files and the interface share."""
    for numbered in (CommandKind, EventKind, ReasonCode):
        yield from numbered.__members__
    for found in vars(skontro.model).values():
        if isinstance(found, type) and issubclass(found, Enum):
            yield from found.__members__
            yield from map(str, found) if issubclass(found, StrEnum) else ()


NAMES = {
    "interface": lambda: _names_in_interface(make_app().openapi()),
    "commands": _names_of_commands,
    "files": _names_in_files,
    "enumerations": _names_in_enumerations,
}
#: Names that must be among those found, so that the search does not look past a whole kind.
KNOWN_NAMES = {
    "interface": {"/v1/orders/{uetr}", "payment_class", "Idempotency-Key", "greatest_fifo_set"},
    "commands": {"settle", "--skip-invalid", "scenario"},
    "files": {"liquidity_used_minor", "bilateral_limits", "max_bypasses", "swap_lines"},
    "enumerations": {"SUBMIT_LEG", "OFFSETTING_RAN", "ORDER_FINAL", "queued", "URGENT"},
}


@pytest.mark.parametrize("place", NAMES)
def test_public_names_have_the_words_of_the_glossary(place: str) -> None:
    names = set(NAMES[place]())
    assert names >= KNOWN_NAMES[place]
    wrong = {name: found for name in sorted(names) if (found := wrong_words(name))}
    said = {
        name: [f"{word}: say {NOT_SAID[word]}" for word in found] for name, found in wrong.items()
    }
    assert said == {}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("orders_in_backlog", ["backlog"]),
        ("NET_DEBIT_LIMIT_REACHED", ["net debit limit"]),
        ("--beneficiary", ["beneficiary"]),
        ("/v1/transaction/{uetr}", ["transaction"]),
        ("netDebit", []),
        ("queued_at", []),
    ],
)
def test_a_wrong_word_is_found_however_a_name_is_written(name: str, wrong: list[str]) -> None:
    assert wrong_words(name) == wrong


def test_terms_are_in_order_and_once() -> None:
    terms = [entry.term.lower().replace("-", " ") for entry in ENTRIES]
    assert terms == sorted(set(terms))
    assert len(terms) >= 80


def test_no_term_is_a_word_not_to_be_said() -> None:
    assert not {entry.term: found for entry in ENTRIES if (found := wrong_words(entry.term))}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.term)
def test_a_meaning_is_one_short_sentence(entry: Entry) -> None:
    assert len(entry.meaning.split()) <= 25
    assert entry.meaning[0].isupper()
    assert entry.meaning.endswith(".")
    assert not wrong_words(entry.meaning)


def test_what_became_of_an_order_has_one_word_as_status_and_as_event() -> None:
    assert OrderStatus.__members__.keys() <= EventKind.__members__.keys()
