"""Faults come into modules that were imported before, and into what is imported anew."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mutants.exchanging import FaultySource, Functions, changed_function, forget_modules

_SOURCE = """
import functools
from contextlib import contextmanager

MOST = 3

def limit(amount, least=2):
    return amount + (
        least
    )

@functools.cache
def doubled(amount):
    return amount * 2

class Account:
    fee = 1

    @property
    def charge(self):
        def inside():
            return super(Account, self).__sizeof__() * 0 + 5
        return inside() + self.fee

    def kind(self):
        return __class__.__name__ + "1"

@contextmanager
def opened():
    yield 7

def last():
    return 9
"""


@pytest.mark.parametrize(
    ("right", "faulty", "name"),
    [
        ("amount + (\n        least\n    )", "amount - least", "limit"),
        ("amount * 2", "amount * 3", "doubled"),
        ("* 0 + 5", "* 0 + 6", "Account.charge"),
        ("yield 7", "yield 8", "opened"),
        ("return 9", "return 8", "last"),
        ("least=2", "least=3", None),
        ("MOST = 3", "MOST = 4", None),
        ("fee = 1", "fee = 2", None),
        ("@functools.cache\n", "", None),
        ("def last():\n    return 9\n", "", None),
    ],
)
def test_only_a_fault_in_the_body_of_a_function_is_one_of_that_function(
    right: str, faulty: str, name: str | None
) -> None:
    found = changed_function("some.py", _SOURCE, _SOURCE.replace(right, faulty))
    assert (found and found[0][1]) == name
    if found is not None:
        assert found[1].co_qualname == name
        assert _SOURCE.splitlines()[found[0][2] - 1].lstrip().startswith(("def", "@"))


def test_two_faults_are_not_one() -> None:
    faulty = _SOURCE.replace("return 9", "return 8").replace("yield 7", "yield 8")
    assert changed_function("some.py", _SOURCE, faulty) is None


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "faulty_package"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "some.py").write_text(_SOURCE)
    (folder / "user.py").write_text("from faulty_package.some import MOST, last\n")
    monkeypatch.syspath_prepend(tmp_path)
    before = list(sys.meta_path)
    yield folder
    sys.meta_path[:] = before
    forget_modules("faulty_package", but="tests.mutants")


def test_functions_that_others_hold_get_the_faulty_code(package: Path) -> None:
    some = importlib.import_module("faulty_package.some")
    user = importlib.import_module("faulty_package.user")
    assert some.doubled(4) == 8
    functions = Functions(package)

    def put_in(right: str, faulty: str) -> bool:
        return functions.exchange(package / "some.py", _SOURCE, _SOURCE.replace(right, faulty))

    assert put_in("return 9", "return 8")
    assert user.last() == 8
    assert put_in("amount * 2", "amount * 3")
    assert some.doubled(4) == 12, "an answer of the right code was kept"
    assert put_in("* 0 + 5", "* 0 + 6")
    assert some.Account().charge == 7
    assert put_in('"1"', '"2"')
    assert some.Account().kind() == "Account2"
    assert put_in("yield 7", "yield 8")
    with some.opened() as found:
        assert found == 8
    assert not put_in("MOST = 3", "MOST = 4")


def test_a_function_that_was_not_imported_cannot_be_exchanged(package: Path) -> None:
    faulty = _SOURCE.replace("return 9", "return 8")
    assert not Functions(package).exchange(package / "some.py", _SOURCE, faulty)


def test_a_module_is_imported_anew_with_its_fault_and_with_it_its_users(package: Path) -> None:
    assert importlib.import_module("faulty_package.user").MOST == 3
    forget_modules("faulty_package", but="faulty_package.some")
    assert importlib.import_module("faulty_package.user").MOST == 3
    forget_modules("faulty_package", but="tests.mutants")
    faulty = _SOURCE.replace("MOST = 3", "MOST = 4")
    sys.meta_path.insert(0, FaultySource("faulty_package.some", package / "some.py", faulty))
    assert importlib.import_module("faulty_package.user").MOST == 4
    assert Path(importlib.import_module("faulty_package.some").__file__ or "").name == "some.py"
