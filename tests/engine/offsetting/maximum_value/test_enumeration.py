"""Enumeration of selections: against all subsets, at all sizes of amounts, and its step limit."""

from math import gcd

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.engine.offsetting.maximum_value.enumeration import Gains, enumerate_selections
from skontro.engine.offsetting.maximum_value.relaxation import Relaxation
from skontro.engine.offsetting.maximum_value.rows import (
    UNDECIDED,
    Decisions,
    carried_over,
    decide,
    make_table,
    undecided,
)
from skontro.model import MAX_AMOUNT, InvariantBroken
from tests.engine.offsetting.maximum_value.test_maximum_value import (
    Order,
    choices_that_settle,
    problem_of,
    queues,
    worth,
)


@pytest.mark.parametrize("largest", [9, MAX_AMOUNT // 4])
@pytest.mark.parametrize("unit", [1, 4])
def test_every_choice_is_looked_at(largest: int, unit: int) -> None:
    informative = 0

    @settings(max_examples=100, database=None, derandomize=True, deadline=None)
    @given(queues(most=7, largest=largest // unit), st.integers(0, 30), st.integers(0, 2))
    def compare(case: tuple[list[Order], list[int]], tenths: int, short: int) -> None:
        nonlocal informative
        orders = [(payer, payee, amount * unit) for payer, payee, amount in case[0]]
        problem = problem_of(orders, [capacity * unit for capacity in case[1]])
        table = make_table(problem)
        best = max(worth(problem, selected) for selected in choices_that_settle(problem))
        state = undecided(table)
        step = max(1, gcd(*problem.value.tolist()))
        known = max(best - short * step, 0)
        priced = Relaxation(table).at_prices(np.full(len(problem.capacity), tenths / 10))
        bound = priced.scaled_bound(state.decided)
        gains = Gains.of(priced.gain, bound, priced.exponent)
        found = enumerate_selections(table, state, gains, known, step, 10**6)
        assert found.complete
        assert (found.selected is None) == (known == best)
        if found.selected is not None:
            assert worth(problem, tuple(found.selected.astype(int).tolist())) == best
        if found.steps:
            again = enumerate_selections(table, state, gains, known, step, found.steps)
            less = enumerate_selections(table, state, gains, known, step, found.steps - 1)
            assert again.complete
            assert not less.complete
        informative += found.steps > 2

    compare()
    assert informative >= 5, informative


def test_gains_are_rounded_so_that_the_bound_only_becomes_larger() -> None:
    small = Gains.of([7, -7, 0], 20, 3)
    assert (small.gain.tolist(), small.bound, small.shift) == ([7, -7, 0], 20, 3)
    most = 2**61 - 1
    exact = Gains.of([most, 0], most, 0)
    assert (exact.gain.tolist(), exact.bound, exact.shift) == ([most, 0], most, 0)
    # One more than 61 bits hold: all is halved, what falls rounded down, the bound rounded up.
    halved = Gains.of([1, -1, 5, -5], most + 2, 3)
    assert (halved.gain.tolist(), halved.bound, halved.shift) == ([0, 0, 2, -2], 2**60 + 1, 2)
    halved = Gains.of([most - 4, -5, 1, -1], 9, 3)
    assert (halved.gain.tolist(), halved.bound, halved.shift) == ([2**60 - 3, -2, 0, 0], 5, 2)
    low = Gains.of([3], -(2**63) - 1, 0)
    assert (low.gain.tolist(), low.bound, low.shift) == ([0], -(2**60), -3)


@settings(max_examples=60, database=None, derandomize=True, deadline=None)
@given(queues(most=7), st.lists(st.integers(-1, 1), min_size=7, max_size=7))
def test_what_follows_excludes_no_choice_that_settles(
    case: tuple[list[Order], list[int]], answers: list[int]
) -> None:
    problem = problem_of(*case)
    table = make_table(problem)
    wanted = np.array(answers[: len(problem.value)], np.int8)
    left = [
        selected
        for selected in choices_that_settle(problem)
        if all(w in (UNDECIDED, c) for w, c in zip(wanted.tolist(), selected, strict=True))
    ]
    state = carried_over(table, wanted)
    for selected in left:
        assert state is not None
        assert all(d in (UNDECIDED, c) for d, c in zip(state.decided, selected, strict=True))
    if state is not None:
        assert (state.spare >= 0).all()
        _follows_fully(table.row_start, table.row_column, table.row_change, state)
        if (state.decided != UNDECIDED).all():
            assert left == [tuple(state.decided.tolist())]
    # One by one, in whatever order, the same follows.
    one_by_one = undecided(table)
    possible = all(
        decide(table, one_by_one, candidate, answer)
        for candidate, answer in reversed(list(enumerate(wanted.tolist())))
        if answer != UNDECIDED
    )
    assert possible == (state is not None)
    if possible and state is not None:
        assert one_by_one.decided.tolist() == state.decided.tolist()
        assert one_by_one.spare.tolist() == state.spare.tolist()


def _follows_fully(
    start: np.ndarray, columns: np.ndarray, changes: np.ndarray, state: Decisions
) -> None:
    """No candidate that is left open has only one possible answer in any row."""
    for row in range(len(state.spare)):
        for entry in range(start[row], start[row + 1]):
            if state.decided[columns[entry]] == UNDECIDED:
                assert abs(changes[entry]) <= state.spare[row]


def test_rows_without_room_for_nothing_are_no_problem_to_solve() -> None:
    table = make_table(problem_of([(0, 1, 5)], [-1, 0]))
    with pytest.raises(InvariantBroken, match="choosing nothing settles"):
        undecided(table)


def test_a_decision_that_was_made_is_not_made_anew() -> None:
    table = make_table(problem_of([(0, 1, 5), (0, 1, 3)], [5, 0]))
    state = undecided(table)
    assert decide(table, state, 0, 1)
    assert state.decided.tolist() == [1, 0]
    assert state.spare.tolist() == [0, 5]
    before = state.copy()
    assert decide(table, state, 1, 0)
    assert not decide(table, state, 1, 1)
    assert state.decided.tolist() == before.decided.tolist()
    assert carried_over(table, np.array([1, 1], np.int8)) is None
