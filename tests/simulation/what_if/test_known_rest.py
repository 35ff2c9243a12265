"""A fork without changes of a day whose rest is known is that day, byte for byte."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.engine import EventKind
from skontro.simulation.what_if import (
    Fork,
    RestOfDay,
    expected_from_batches,
    outcome_of,
    run_rest_of_day,
)
from skontro.system import Batch, BatchKind, SettlementSystem
from tests.draws import examples
from tests.simulation.drawn_lives import Life


def day_equals_its_fork(seed: int, place: float) -> None:
    life = Life.of(seed)
    seals = [
        i
        for i, batch in enumerate(life.batches)
        if batch.kind == BatchKind.STEP and '"kind":"seal"' in batch.body
    ]
    forked = round(place * seals[-1])
    seal = next(i for i in seals if i >= forked)
    system = SettlementSystem(life.system.rules)
    for batch in life.batches[:forked]:
        system.replay(batch)
    fork = Fork(
        system.rules, system.snapshot(), max(int(system.last_time), life.batches[0].time - 1)
    )
    opening = system.engine.balances
    of_rest: list[Batch] = [system.replay(one) for one in life.batches[forked : seal + 1]]
    rest = run_rest_of_day(fork, expected_from_batches(life.batches[forked : seal + 1]))
    assert rest.system.snapshot() == system.snapshot()
    for name in ("events", "postings"):
        expected = np.concatenate([getattr(batch, name) for batch in of_rest])
        assert np.array_equal(getattr(rest, name), expected)
    _figures_agree(rest, opening)


def _figures_agree(rest: RestOfDay, opening: Any) -> None:
    """Sums by account against a plain walk through the postings."""
    found = outcome_of(rest)
    accounts = len(found.accounts)
    balances = [*opening.tolist(), *[0] * (accounts - len(opening))]
    lowest = list(balances)
    by_time: dict[int, list[tuple[int, int]]] = {}
    for _, time, debit, credit, amount in rest.postings.tolist():
        by_time.setdefault(time, []).extend([(debit, -amount), (credit, amount)])
    for changes in by_time.values():
        for account, amount in changes:
            if account >= 0:
                balances[account] += amount
        lowest = [min(pair) for pair in zip(lowest, balances, strict=True)]
    start = [*opening.tolist(), *[0] * (accounts - len(opening))]
    assert [one.closing for one in found.accounts] == balances
    assert [one.opening for one in found.accounts] == start
    assert [one.liquidity_used for one in found.accounts] == [
        s - low for s, low in zip(start, lowest, strict=True)
    ]
    paid = [0] * accounts
    for _, _, debit, credit, amount in rest.postings.tolist():
        if debit >= 0 and credit >= 0:
            paid[debit] += amount
    assert [one.settled_value for one in found.accounts] == paid
    settled = int((rest.events["kind"] == EventKind.SETTLED).sum())
    assert sum(one.settled_orders for one in found.accounts) == settled
    assert [one.credit_used for one in found.accounts] == [max(0, -low) for low in lowest]


@given(seed=st.integers(0, 2**32), place=st.floats(0, 1))
@settings(max_examples=examples(24), deadline=None)
def test_a_fork_without_changes_equals_the_day(seed: int, place: float) -> None:
    day_equals_its_fork(seed, place)


@pytest.mark.long
@given(seed=st.integers(0, 2**32), place=st.floats(0, 1))
@settings(max_examples=300, deadline=None)
def test_many_forks_without_changes_equal_their_days(seed: int, place: float) -> None:
    day_equals_its_fork(seed, place)
