"""The quick way says that a fault was found only when that is certain."""

import inspect
import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from skontro.engine.rules.position_limits import prices_of
from tests.mutants import forks
from tests.mutants.forks import Forks
from tests.mutants.operators import Mutant
from tests.mutants.requests import Asked, Ended, Failed, Lost
from tests.mutants.selecting import selected

_TESTS = {"tests/test_some.py::test_one": 40.0, "tests/test_some.py::test_two": 30.0}


def _mutant(file: str, original: str, before: str, after: str) -> Mutant:
    start = original.encode().index(before.encode())
    return Mutant(file, 1, "some", start, start + len(before.encode()), after, original)


class _Said:
    """What children answer, in turn, and what they were asked."""

    def __init__(self, *answers: Failed | Ended | Lost) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[bool, Asked]] = []


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Said]:
    one = _Said()

    def ask(
        server: forks._Server, asked: Asked, seconds: dict[str, float]
    ) -> tuple[Failed | Ended | Lost, bool]:
        assert set(asked.tests) == set(seconds)
        one.asked.append((server._plain, asked))
        return one.answers.pop(0), asked.anew

    monkeypatch.setattr(forks._Server, "ask", ask)
    yield one
    assert one.answers == []


def _test(one: Forks, *, anew: bool = False, text: str = "MOST = 3\n") -> str | None:
    mutant = _mutant("src/skontro/model/some.py", text, "3", "4")
    verdict = one.test(mutant, _TESTS, 1, anew=anew)
    assert verdict is None or verdict.found
    return verdict and verdict.by


def test_a_fault_is_found_where_the_test_passes_without_it(said: _Said) -> None:
    name = "tests/test_some.py::test_two"
    with Forks(Path(), {}, most_seconds=70) as one:
        said.answers = [Failed(name, ""), Ended(0)]
        assert _test(one) == name
        assert [(a.file, a.faulty, a.tests) for _, a in said.asked] == [
            ("src/skontro/model/some.py", "MOST = 4\n", tuple(_TESTS)),
            ("", "", (name,)),
        ]
        said.answers = [Failed(name, "")]  # it is known by now that it passes
        assert _test(one) == name
        said.answers = [Failed(name, ""), Failed(name, "")]  # in another kind of child it fails
        assert _test(one, anew=True) is None
        assert [a.anew for _, a in said.asked[-2:]] == [True, True]


@pytest.mark.parametrize("answer", [Ended(0), Ended(2), Lost("tests/test_some.py::test_one")])
def test_all_else_is_in_doubt(said: _Said, answer: Ended | Lost) -> None:
    said.answers = [answer]
    with Forks(Path(), {}) as one:
        assert _test(one) is None


def test_a_file_that_cannot_be_imported_is_a_find(said: _Said) -> None:
    said.answers = [Failed("tests/test_some.py", ""), Ended(0)]
    with Forks(Path(), {}) as one:
        assert _test(one) == "tests/test_some.py"
    assert said.asked[1][1].tests == ("tests/test_some.py::test_one",)


def test_tests_that_would_take_too_long_are_left_to_the_slow_way(said: _Said) -> None:
    said.answers = [Ended(0)] * 3
    for most, count in ((69.9, 1), (70, 2), (1, 1)):
        with Forks(Path(), {}, most_seconds=most) as one:
            assert _test(one) is None
        assert len(said.asked[-1][1].tests) == count


def test_only_kernels_are_run_as_plain_python(said: _Said) -> None:
    said.answers = [Ended(0)] * 2
    with Forks(Path(), {}) as one:
        assert _test(one) is None
        assert _test(one, text="from skontro.engine.jit import kernel\nMOST = 3\n") is None
    (compiled, first), (plain, second) = said.asked
    assert (compiled, first.doubtful) == (False, ())
    assert plain
    assert "IndexError" in second.doubtful


def test_a_test_whose_parameters_the_fault_changes_is_found_under_its_new_name() -> None:
    ids = ("t.py::b[3]", "t.py::b[2]", "t.py::c", "t.py::a[1]", "t.py::a[9]")
    there = [types.SimpleNamespace(nodeid=name) for name in ids]
    names = ["t.py::a[1]", "t.py::b[1]", "t.py::b[2]", "t.py::d"]
    found = [item.nodeid for item in selected(cast(list[pytest.Item], there), names)]
    assert found == ["t.py::a[1]", "t.py::b[3]", "t.py::b[2]"]


# ------------------------------------------------------------------------- with real children

_COLLECTED = "tests/engine/test_commands.py"
_PRICES = f"{_COLLECTED}::test_prices_of_a_minor_unit"


@pytest.fixture(scope="module")
def real() -> Iterator[Forks]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(["src", *sys.path])}
    with Forks(Path.cwd(), environment, _COLLECTED) as one:
        yield one


@pytest.mark.long
@pytest.mark.parametrize(
    ("first_statement", "found"),
    [
        ("raise ArithmeticError", True),
        ("pass", False),
        ("raise IndexError", False),
        ("__import__('os')._exit(0)", False),
        ("while True: pass", False),
    ],
)
def test_children_with_a_fault_in_a_function(
    real: Forks, first_statement: str, found: bool
) -> None:
    source = Path(inspect.getsourcefile(prices_of) or "")
    text = source.read_text()
    docstring = f'"""{prices_of.__doc__}"""'
    file = source.relative_to(Path.cwd()).as_posix()
    mutant = _mutant(file, text, docstring, first_statement)
    verdict = real.test(mutant, {_PRICES: 0.1}, 0, anew=False)
    assert (verdict and verdict.by) == (_PRICES if found else None)


@pytest.mark.long
def test_children_with_a_fault_that_acts_at_import(real: Forks) -> None:
    source = Path(inspect.getsourcefile(prices_of) or "")
    file = source.relative_to(Path.cwd()).as_posix()
    for after, by in (
        ("def prices_from(", "ImportError before any test"),
        ("def prices_of (", None),
    ):
        mutant = _mutant(file, source.read_text(), "def prices_of(", after)
        verdict = real.test(mutant, {_PRICES: 0.1}, 1, anew=True)
        assert (verdict and verdict.by) == by
