"""The architecture page and its drawing show the packages, layers and files that there are."""

import importlib.util
import re
import tomllib
from typing import Any

from tests.documentation.pages import DOCS, ROOT, SOURCE, prose

PAGE = DOCS / "architecture.md"
SCRIPT = DOCS / "images" / "architecture.py"


def script() -> Any:
    spec = importlib.util.spec_from_file_location("architecture", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def contracts() -> list[dict[str, Any]]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        found: list[dict[str, Any]] = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    return found


def packages() -> set[str]:
    return {path.parent.name for path in SOURCE.glob("*/__init__.py")}


def test_the_layers_drawn_are_those_that_are_checked() -> None:
    drawn = packages()
    layers = [
        set(re.findall(r"skontro\.(\w+)", layer)) & drawn for layer in contracts()[0]["layers"]
    ]
    assert [{name for name, _ in layer} for layer in script().LAYERS] == layers
    assert set.union(*layers) == drawn


def test_those_drawn_as_deterministic_are_those_that_are_checked() -> None:
    modules = {name.removeprefix("skontro.") for name in contracts()[1]["source_modules"]}
    assert modules == script().DETERMINISTIC


def test_the_drawing_is_what_its_script_draws() -> None:
    assert SCRIPT.with_suffix(".svg").read_text(encoding="utf-8") == script().drawing()


def test_every_file_and_folder_named_exists() -> None:
    named = re.findall(r"`([\w./]+(?:/|\.py|\.md))`", prose(PAGE))
    assert len(named) > 20
    # Those of the engine that stand next to another are named by their file alone.
    bases = (SOURCE, ROOT, SOURCE / "engine")
    assert [name for name in named if not any((base / name).exists() for base in bases)] == []


def test_contributing_lists_every_package() -> None:
    table = prose(ROOT / "CONTRIBUTING.md").split("| package |", maxsplit=1)[1].split("\n\n")[0]
    first_cells = [row.split("|")[1] for row in table.splitlines()[2:]]
    named = {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}
    assert packages() <= named
    assert [name for name in named if not any(SOURCE.glob(f"{name}*"))] == []
