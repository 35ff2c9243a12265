"""The public names: complete, documented, lazy, each with an example that runs."""

import ast
import doctest
import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import skontro
from skontro import testing
from skontro.api import comparisons, figures, results, scenarios
from tests.draws import seeds

ROOT = Path(skontro.__file__).parents[2]
REFERENCE = ROOT / "docs/reference/python.md"
#: Base classes of errors that nobody raises by themselves need no example.
ERRORS = {"InputError", "InvariantBroken", "SkontroError"}
DOCUMENTED = [
    *(name for name in skontro.__all__ if name not in ERRORS),
    "small_day",
]


_STARS = {inspect.Parameter.VAR_KEYWORD: "**", inspect.Parameter.VAR_POSITIONAL: "*"}


def public(name: str) -> object:
    return testing.small_day if name == "small_day" else getattr(skontro, name)


def for_type_checkers() -> dict[str, str]:
    """Module by name, as the block for type checkers imports them."""
    tree = ast.parse(Path(skontro.__file__).read_text(encoding="utf-8"))
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: str(node.module) for node in imports for alias in node.names}


def test_each_public_name_has_one_module_for_programs_and_for_type_checkers() -> None:
    modules = {name: module for module, names in skontro._MODULES.items() for name in names}
    assert modules == for_type_checkers()
    assert sorted(modules) == sorted(skontro.__all__)
    for name, module in modules.items():
        assert getattr(skontro, name) is getattr(importlib.import_module(module), name)
    assert set(skontro.__all__) <= set(dir(skontro))


def test_every_function_of_the_api_is_public_or_for_the_command_line() -> None:
    found = {
        name
        for module in (comparisons, figures, results, scenarios)
        for name, value in inspect.getmembers(module, inspect.isfunction)
        if value.__module__ == module.__name__ and not name.startswith("_")
    }
    helpers = {
        "exact_share",
        "generator_settings",
        "potentials_of",
        "read_with_refusals",
        "results_of",
        "scenario_of",
        "several",
    }
    assert found - helpers == {name for name in skontro.__all__ if inspect.isfunction(public(name))}


def test_no_public_name_is_that_of_a_package_which_would_take_its_place() -> None:
    packages = {module.name for module in pkgutil.iter_modules(skontro.__path__)}
    assert not packages & set(skontro.__all__)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="'skontro' has no attribute 'setle'"):
        skontro.setle  # noqa: B018


def test_importing_skontro_loads_nothing_else() -> None:
    code = (
        "import json, sys; before = {*sys.modules}; import skontro;"
        " print(json.dumps(sorted({*sys.modules} - before)))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    loaded = json.loads(output)
    assert [name for name in loaded if name.startswith("skontro")] == [
        "skontro",
        "skontro.lazy_names",
    ]
    assert not {"polars", "numpy", "numba", "attrs", "pydantic"} & set(loaded)


@pytest.mark.parametrize("name", seeds(DOCUMENTED))
def test_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tests = doctest.DocTestFinder(recurse=False).find(public(name), name, globs={})
    [example] = [test for test in tests if test.examples]
    failures: list[str] = []
    doctest.DocTestRunner().run(example, out=failures.append)
    assert not failures, "".join(failures)


@pytest.mark.parametrize("name", skontro.__all__)
def test_every_argument_is_documented(name: str) -> None:
    value = public(name)
    text = inspect.getdoc(value)
    assert text
    if inspect.isfunction(value):
        for argument in inspect.signature(value).parameters:
            assert re.search(rf"^    {argument}: ", text, re.MULTILINE), (name, argument)


def test_the_reference_has_the_surface_with_its_signatures() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    named = re.findall(r"^\| `(?:sk\.|skontro\.testing\.)(\w+)", text, re.MULTILINE)
    assert named == [*sorted(named[:-1]), "small_day"]
    assert set(named) == {*skontro.__all__, "small_day"}
    for line in re.findall(
        r"^\| `(?:sk\.|skontro\.testing\.)(\w+)\((.*?)\)` \|", text, re.MULTILINE
    ):
        name, arguments = line
        signature = inspect.signature(public(name))  # type: ignore[arg-type]
        shown = [part.split("=")[0].strip() for part in arguments.split(",") if part.strip()]
        kinds = [f"{_STARS.get(one.kind, '')}{one.name}" for one in signature.parameters.values()]
        assert [part for part in shown if part != "*"] == kinds, name
