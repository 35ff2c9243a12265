"""Every number that the model and the engine hold, as it was approved.

Codes stand in records, bounds decide what is taken, and sizes decide where a search that is cut off
has come to: with any other number an old record is replayed to other bytes.

`python -m tests.model.test_numbers` writes the approved numbers anew.
"""

import ast
import datetime
import enum
import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from decimal import Context, Decimal
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import numpy as np

import skontro.engine
import skontro.model

_APPROVED = Path(__file__).with_name("approved_numbers.txt")
_PLAIN = (
    bool, int, float, str, Fraction, Decimal, Context, datetime.date, datetime.datetime,
    datetime.time, datetime.timedelta, enum.Enum, np.generic, type(None),
)  # fmt: skip


def _modules() -> Iterator[ModuleType]:
    for package in (skontro.model, skontro.engine):
        for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(one.name)


def _own_numbers(module: ModuleType) -> Iterator[str]:
    """Names at the head of a module that stand for what is written with a number."""
    for statement in ast.parse(inspect.getsource(module)).body:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets = [statement.target]
        else:
            continue
        if any(_is_number(node) for node in ast.walk(statement)):
            yield from (n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name))


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _text(value: Any) -> str | None:
    """How a value is written, or None for what is no plain value."""
    if isinstance(value, Context):
        value = value.copy()
        value.clear_flags()  # they say what was reckoned before, by any test
    if isinstance(value, Mapping):
        value = tuple(value.items())
    if isinstance(value, tuple):
        parts = [_text(one) for one in value]
        return None if None in parts else "(" + ", ".join(map(str, parts)) + ")"
    if isinstance(value, _PLAIN) or attrs.has(type(value)):
        text = repr(value)
        return None if "array(" in text else text
    return None


def _of_class(kind: type) -> Iterator[str]:
    """Members of an enumeration, and what fields are if they are left out."""
    if issubclass(kind, enum.Enum):
        for member, value in kind.__members__.items():
            yield f"{kind.__name__}.{member} = {value.value!r}"
    if attrs.has(kind):
        compared = "compared" if kind.__eq__ is not object.__eq__ else "itself alone"
        ordered = ", ordered" if "__lt__" in vars(kind) else ""
        changes = "" if kind.__setattr__ is not object.__setattr__ else ", may change"
        yield f"{kind.__name__}: {compared}{ordered}{changes}"
        for field in attrs.fields(kind):
            flags = ("eq", "order", "repr", "init", "kw_only")
            unusual = [f for f in flags if bool(getattr(field, f)) != (f != "kw_only")]
            if unusual and (compared == "compared" or unusual not in (["order"], ["eq", "order"])):
                yield f"{kind.__name__}.{field.name}: other in {', '.join(unusual)}"
            if field.default is not attrs.NOTHING and (text := _text(field.default)):
                yield f"{kind.__name__}.{field.name} = {text}"


def _of_function(function: Any) -> Iterator[str]:
    for parameter in inspect.signature(function).parameters.values():
        if parameter.default is not inspect.Parameter.empty and (text := _text(parameter.default)):
            yield f"{function.__name__}({parameter.name}={text})"


def _of_module(module: ModuleType) -> Iterator[str]:
    for name in _own_numbers(module):
        if text := _text(getattr(module, name)):
            yield f"{name} = {text}"
    for value in vars(module).values():
        function = getattr(value, "py_func", value)
        if getattr(function, "__module__", None) != module.__name__:
            continue
        if isinstance(value, type):
            yield from _of_class(value)
        elif inspect.isfunction(function):
            yield from _of_function(function)


def numbers() -> list[str]:
    """One line for each, whatever module it stands in."""
    return sorted(line for module in _modules() for line in _of_module(module))


def test_every_number_is_the_one_approved() -> None:
    assert numbers() == _APPROVED.read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    _APPROVED.write_text("".join(f"{line}\n" for line in numbers()), encoding="utf-8")
