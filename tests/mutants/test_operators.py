"""The faults are those meant, and what is called equivalent is still in the source."""

import tomllib
from pathlib import Path

import pytest

from tests.mutants.operators import mutants_of

_SOURCE = '''
"""What the module is."""
import enum
from typing import cast

MOST = 3

@cache
def limit(amount: int, *, strict: bool = False, least=MOST) -> int:
    """What the function does, 7 times."""
    if amount < least and strict:
        raise ValueError(f"less than {least + 1}")
    _log.info("seen", amount=amount, times=9)
    amount += 1
    pay(payer, payee, late=True, help=5)
    return amount - cast(int, MOST)
'''


def test_each_kind_of_fault_is_put_in_and_texts_are_left_alone() -> None:
    mutants = mutants_of("some.py", _SOURCE)
    assert all(m.is_a_fault() for m in mutants)
    faults = sorted((m.line - 1, m.after) for m in mutants)
    assert faults == sorted(
        [
            (5, "MOST = 2"),
            (5, "MOST = 4"),
            (8, "def limit(amount: int, *, strict: bool = True, least=MOST) -> int:"),
            (10, "if not (amount < least and strict):"),
            (10, "pass"),
            (10, "if (amount < least or strict):"),
            (10, "if (strict):"),
            (10, "if (amount < least):"),
            (10, "if amount <= least and strict:"),
            (10, "if amount >= least and strict:"),
            (11, "pass"),
            (13, "pass"),
            (13, "amount -= 1"),
            (13, "amount += 0"),
            (13, "amount += 2"),
            (14, "pass"),
            (14, "pay(payee, payer, late=True, help=5)"),
            (14, "pay(payer, payee, help=5)"),
            (14, "pay(payer, payee, late=False, help=5)"),
            (15, "return (amount + cast(int, MOST))"),
        ]
    )


def test_the_only_record_of_an_array_is_the_last_one_too() -> None:
    found = {m.after for m in mutants_of("some.py", 'count = state.counters[0]["orders"]\n')}
    assert found == set()
    others = {m.after for m in mutants_of("some.py", "count = state.accounts[0]\n")}
    assert others == {"count = state.accounts[1]", "count = state.accounts[(-1)]"}


_EQUIVALENT = tomllib.loads(Path(__file__).with_name("equivalent.toml").read_text())


@pytest.mark.parametrize("file", sorted({e["file"] for e in _EQUIVALENT.get("equivalent", [])}))
def test_what_is_called_equivalent_is_a_fault_that_can_be_drawn(file: str) -> None:
    known = {(m.function, m.before, m.after) for m in mutants_of(file, Path(file).read_text())}
    stale = [
        entry
        for entry in _EQUIVALENT["equivalent"]
        if entry["file"] == file
        and (entry["function"], entry["before"], entry["after"]) not in known
    ]
    assert stale == []
