"""Titles and details of the problems that pages can show, from the source, as forms.

The parameters of a text, those of an f-string, are ``%(a)s``, ``%(b)s`` and so on in their order.
"""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import skontro

_SOURCE = Path(skontro.__file__).parent
#: Calls that make a problem, and which of their arguments are texts.
_CALLS = {"Problem": slice(1, 3), "not_found": slice(0, 1), "refuse_others": slice(0, 1)}
#: A text with fewer letters of its own would fit any other.
_LEAST_LETTERS = 7
#: Mistakes in forms, as pydantic states them.
_OF_FORMS = (
    "Field required",
    "Extra inputs are not permitted",
    "Input should be %(a)s",
    "String should match pattern '%(a)s'",
    "String should have at least %(a)s characters",
    "String should have at most %(a)s characters",
    "Input should be a valid integer, unable to parse string as an integer",
    "Input should be a valid boolean, unable to interpret input",
)


def problem_texts() -> list[str]:
    """All of them, sorted."""
    found = {*_OF_FORMS}
    for module in _modules():
        found |= {*texts_of(ast.parse(module.read_text()))}
    return sorted(found)


def _modules() -> list[Path]:
    """Modules of pages, and those of the API whose routes they use."""
    pages = sorted((_SOURCE / "web").glob("*.py"))
    named = {
        one.module.rpartition(".")[2] if one.module != "skontro.service.api" else alias.name
        for page in pages
        for one in ast.walk(ast.parse(page.read_text()))
        if isinstance(one, ast.ImportFrom)
        and one.module is not None
        and one.module.startswith("skontro.service.api")
        for alias in one.names
    }
    further = ("order_mapper", "order_submission", "proposal_schemas", "record_queries")
    api = [_SOURCE / "service" / "api" / f"{name}.py" for name in sorted({*named, *further})]
    return [*pages, *api]


def texts_of(tree: ast.AST) -> Iterator[str]:
    """The texts of the problems that the functions of a module raise."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        assigned: dict[str, list[ast.expr]] = {}
        for one in ast.walk(function):
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
                assigned.setdefault(one.targets[0].id, []).append(one.value)
        for one in ast.walk(function):
            if isinstance(one, ast.Call):
                for argument in one.args[_CALLS.get(_name(one.func), slice(0))]:
                    is_name = isinstance(argument, ast.Name)
                    for value in assigned.get(argument.id, []) if is_name else [argument]:  # type: ignore[attr-defined]
                        yield from _forms(value)


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _forms(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.IfExp):
        yield from _forms(value.body)
        yield from _forms(value.orelse)
    elif isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.JoinedStr):
        names = iter(string.ascii_lowercase)
        parts = [
            str(part.value).replace("%", "%%")
            if isinstance(part, ast.Constant)
            else f"%({next(names)})s"
            for part in value.values
        ]
        own = "".join(str(part.value) for part in value.values if isinstance(part, ast.Constant))
        if sum(map(str.isalpha, own)) >= _LEAST_LETTERS:
            yield "".join(parts)
