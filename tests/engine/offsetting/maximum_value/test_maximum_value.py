"""The most valuable selection: against all subsets, at every budget, and what it refuses."""

import itertools
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.engine.offsetting.maximum_value.cuts import Cuts, find_cuts
from skontro.engine.offsetting.maximum_value.model import check_solution
from skontro.engine.offsetting.maximum_value.relaxation import Relaxation
from skontro.engine.offsetting.maximum_value.rounding_cuts import find_rounding_cuts
from skontro.engine.offsetting.maximum_value.rows import make_table, undecided
from skontro.engine.offsetting.maximum_value.search import Search
from skontro.engine.offsetting.maximum_value.solve import Problem, Solution, maximise_value
from skontro.model import MAX_AMOUNT, InputError, InvariantBroken
from tests.draws import examples

#: payer, payee, amount
Order = tuple[int, int, int]
ENOUGH = 20_000


def problem_of(orders: list[Order], cover: list[int], pairs: bool = False) -> Problem:
    """One candidate for each order, or for each two orders that settle only together."""
    entries: dict[tuple[int, int], int] = {}
    legs = 2 if pairs else 1
    value = [0] * -(-len(orders) // legs)
    for number, (payer, payee, amount) in enumerate(orders):
        value[number // legs] += amount
        for account, change in ((payer, amount), (payee, -amount)):
            place = (number // legs, account)
            entries[place] = entries.get(place, 0) + change
    return Problem(
        value=np.array(value, np.int64),
        row=np.array([account for _, account in entries], np.int32),
        column=np.array([candidate for candidate, _ in entries], np.int32),
        change=np.array(list(entries.values()), np.int64),
        capacity=np.array(cover, np.int64),
    )


def left_over(problem: Problem, selected: tuple[int, ...]) -> list[int]:
    left = problem.capacity.tolist()
    columns = zip(
        problem.row.tolist(), problem.column.tolist(), problem.change.tolist(), strict=True
    )
    for row, column, change in columns:
        left[row] -= change * selected[column]
    return left


def worth(problem: Problem, selected: tuple[int, ...]) -> int:
    return sum(v * taken for v, taken in zip(problem.value.tolist(), selected, strict=True))


def choices_that_settle(problem: Problem) -> list[tuple[int, ...]]:
    everything = itertools.product((0, 1), repeat=len(problem.value))
    return [selected for selected in everything if min(left_over(problem, selected)) >= 0]


def one_by_one(problem: Problem) -> int:
    """What settles if the most valuable that has capacity goes first, until none has."""
    selected = [0] * len(problem.value)
    by_value = sorted(range(len(selected)), key=lambda candidate: -problem.value[candidate])
    for _ in selected:
        for candidate in by_value:
            selected[candidate] = 1
            if min(left_over(problem, tuple(selected))) < 0:
                selected[candidate] = 0
    return worth(problem, tuple(selected))


def solve(problem: Problem, budget: int = ENOUGH) -> Solution:
    return maximise_value(problem, np.zeros(len(problem.value), np.bool_), budget)


@st.composite
def queues(draw: st.DrawFn, most: int = 9, largest: int = 9) -> tuple[list[Order], list[int]]:
    accounts = draw(st.integers(2, 4))
    cover = draw(st.lists(st.integers(0, largest // 2), min_size=accounts, max_size=accounts))
    orders = []
    for _ in range(draw(st.integers(2, most))):
        payer = draw(st.integers(0, accounts - 1))
        payee = (payer + draw(st.integers(1, accounts - 1))) % accounts
        orders.append((payer, payee, draw(st.integers(1, largest))))
    return orders, cover


@pytest.mark.long
@pytest.mark.parametrize("pairs", [False, True])
def test_no_subset_is_worth_more(pairs: bool) -> None:
    informative = 0

    @settings(max_examples=180, database=None, derandomize=True, deadline=None)
    @given(queues(), st.booleans())
    def compare(case: tuple[list[Order], list[int]], from_best: bool) -> None:
        nonlocal informative
        problem = problem_of(*case, pairs=pairs)
        all_that_settle = choices_that_settle(problem)
        best = max(all_that_settle, key=lambda selected: worth(problem, selected))
        start = np.array(best if from_best else [0] * len(best), np.bool_)
        found = maximise_value(problem, start, ENOUGH)
        assert found.value == found.bound == worth(problem, best)
        assert tuple(found.selected.astype(int).tolist()) in all_that_settle
        assert found.gap == 0
        # Informative: some stay, and settling one after the other is worth less.
        informative += one_by_one(problem) < worth(problem, best) < int(problem.value.sum())

    compare()
    assert informative >= 8, informative


def test_more_work_never_makes_it_worse_and_the_bound_always_holds() -> None:
    draw = np.random.default_rng(5)
    improved = 0
    for _ in range(6):
        payer = draw.integers(0, 5, 14)
        payee = (payer + draw.integers(1, 5, 14)) % 5
        amount = np.rint(draw.lognormal(3, 2, 14)).astype(int) + 1
        orders = list(zip(payer.tolist(), payee.tolist(), amount.tolist(), strict=True))
        problem = problem_of(orders, draw.integers(0, 30, 5).tolist())
        optimum = max(worth(problem, selected) for selected in choices_that_settle(problem))
        nothing = np.zeros(len(orders), np.bool_)
        values = []
        for budget in (0, 1, 2, 5, 10, 50, 500, ENOUGH):
            search = Search(make_table(problem), nothing, budget)
            if budget:
                search.run()
            values.append(search.value)
            assert search.value <= optimum <= search.bound
            assert search.work <= budget + 2
            found = solve(problem, budget)
            assert search.value <= found.value <= optimum <= found.bound
            assert found.value == (optimum if budget else 0)
        assert values == sorted(values)
        assert values[0] == 0
        assert values[-1] == optimum
        improved += len(set(values)) > 2
    assert improved, improved


def test_without_work_the_start_is_the_answer() -> None:
    problem = problem_of([(0, 1, 5), (1, 0, 5), (0, 1, 3)], [3, 0])
    start = np.array([False, False, True])
    found = maximise_value(problem, start, 0)
    assert found.selected.tolist() == start.tolist()
    assert (found.value, found.bound, found.work) == (3, 13, 0)
    nothing = maximise_value(problem_of([], [1]), np.empty(0, np.bool_), 10)
    assert (nothing.value, nothing.bound, nothing.gap) == (0, 0, 0)


def test_of_equals_the_start_stays_and_of_twins_the_earlier_settle() -> None:
    either = problem_of([(0, 1, 4), (0, 2, 4)], [4, 0, 0])
    for start in ([True, False], [False, True]):
        assert maximise_value(either, np.array(start), ENOUGH).selected.tolist() == start
    twins = problem_of([(0, 1, 4), (0, 1, 4), (0, 1, 4)], [8, 0])
    later = np.array([False, True, True])
    assert maximise_value(twins, later, ENOUGH).selected.tolist() == [True, True, False]


@given(queues(most=7, largest=MAX_AMOUNT // 4))
@settings(max_examples=examples(40), deadline=None, derandomize=True, database=None)
def test_huge_amounts_stay_exact(case: tuple[list[Order], list[int]]) -> None:
    problem = problem_of(*case)
    optimum = max(worth(problem, selected) for selected in choices_that_settle(problem))
    found = solve(problem)
    assert found.value == optimum == found.bound


def test_one_unit_too_much_does_not_settle() -> None:
    """Floats cannot tell these amounts apart."""
    amount = MAX_AMOUNT
    assert solve(problem_of([(0, 1, amount)], [amount - 1, 0])).value == 0
    assert solve(problem_of([(0, 1, amount)], [amount, 0])).value == amount
    circle = [(0, 1, amount), (1, 2, amount), (2, 0, amount - 1)]
    assert solve(problem_of(circle, [0, 0, 0])).value == 0
    assert solve(problem_of(circle, [1, 0, 0])).value == 3 * amount - 1


@given(queues(), st.lists(st.integers(0, 10), min_size=9, max_size=9))
@settings(max_examples=examples(150), deadline=None, derandomize=True, database=None)
def test_every_choice_satisfies_every_cut(
    case: tuple[list[Order], list[int]], tenths: list[int]
) -> None:
    problem = problem_of(*case)
    share = np.array(tenths[: len(problem.value)]) / 10
    table = make_table(problem)
    cuts = find_cuts(table, share).followed_by(find_rounding_cuts(table, share))
    for selected in choices_that_settle(problem):
        settles = np.array(selected)[cuts.column] * cuts.change
        for cut in range(len(cuts)):
            assert settles[cuts.start[cut] : cuts.start[cut + 1]].sum() <= cuts.capacity[cut]


def test_a_rounding_cut_keeps_the_sum_of_two_accounts_off_what_lumps_cannot_reach() -> None:
    """Orders of 5 and of 10 fill a capacity of 12 up to 10: a fifth of the last 10 is cut off."""
    table = make_table(problem_of([(0, 1, 10), (0, 1, 5), (0, 1, 10)], [12, 0]))
    cuts = find_rounding_cuts(table, np.array([1.0, 0.0, 0.2]))
    assert len(cuts)
    broken = [
        (np.array([1.0, 0.0, 0.2])[cuts.column[begin:end]] * cuts.change[begin:end]).sum()
        > capacity
        for begin, end, capacity in zip(cuts.start[:-1], cuts.start[1:], cuts.capacity, strict=True)
    ]
    assert all(broken)


@given(queues(largest=10**6), st.lists(st.integers(0, 100), min_size=9, max_size=9))
@settings(max_examples=examples(60), deadline=None, derandomize=True, database=None)
def test_every_choice_satisfies_every_rounding_cut_of_large_amounts(
    case: tuple[list[Order], list[int]], hundredths: list[int]
) -> None:
    problem = problem_of(*case)
    cuts = find_rounding_cuts(make_table(problem), np.array(hundredths[: len(problem.value)]) / 100)
    selected = np.array(choices_that_settle(problem), np.int64)
    for begin, end, capacity in zip(cuts.start[:-1], cuts.start[1:], cuts.capacity, strict=True):
        assert (selected[:, cuts.column[begin:end]] @ cuts.change[begin:end] <= capacity).all()


def test_a_cut_demands_full_support_of_a_large_order() -> None:
    """Half of a gift of 18 would pay for an order of 10; a whole one is needed."""
    table = make_table(problem_of([(0, 1, 10), (2, 0, 18)], [1, 0, 18]))
    cuts = find_cuts(table, np.array([1.0, 0.5]))
    assert cuts.column.tolist() == [0, 1]
    assert cuts.change.tolist() == [9, -9]
    assert cuts.capacity.tolist() == [0]
    both = cuts.followed_by(cuts)
    assert both.only(np.array([False, True])).change.tolist() == [9, -9]
    assert len(Cuts.none().followed_by(cuts)) == 1


@given(queues(), st.lists(st.integers(0, 30), min_size=4, max_size=4))
@settings(max_examples=examples(80), deadline=None, derandomize=True, database=None)
def test_the_bound_holds_whatever_the_prices(
    case: tuple[list[Order], list[int]], tenths: list[int]
) -> None:
    problem = problem_of(*case)
    table = make_table(problem)
    price = np.array(tenths[: len(problem.capacity)]) / 10
    bound = Relaxation(table).bound(undecided(table).decided, price)
    assert bound >= max(worth(problem, selected) for selected in choices_that_settle(problem))


_TWICE = """
import numpy as np
from benchmarks.offsetting import queued_payments
from skontro.engine.offsetting.greatest_fifo_set import greatest_fifo_set
from skontro.engine.offsetting.maximum_value.queue_model import maximum_value
queues = queued_payments(600, 40, 10)
found = maximum_value(queues, 8_000)
assert found.value > 1.2 * greatest_fifo_set(queues).value
print(found.value, found.bound, found.work, np.packbits(found.selected).tobytes().hex())
"""


@pytest.mark.long
def test_two_processes_give_the_same_bytes() -> None:
    outputs = [
        subprocess.run([sys.executable, "-c", _TWICE], capture_output=True, check=True).stdout
        for _ in range(2)
    ]
    assert outputs[0] == outputs[1]
    assert len(outputs[0].split()) == 4


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"value": [-1]}, "candidate 0: its value must be 0 to"),
        ({"capacity": [-1, 0]}, "row 0: its capacity must not be negative"),
        ({"row": [0, 2]}, "entry 1: rows are 0 to 1"),
        ({"column": [0, 1]}, "entry 1: columns are 0 to 0"),
        ({"row": [0, 0]}, "it is given twice; add them up"),
        ({"change": [1]}, "must be equally long"),
        ({"currency": [0]}, "currency must be as long as capacity"),
        ({"currency": [0, 1]}, "candidate 0: it must give the accounts what it takes"),
        ({"currency": [0, 0], "change": [5, -4]}, "candidate 0: it must give the accounts"),
        ({"capacity": [2**63 - 2**32 - 5, 0]}, "row 0: capacity and changes add up to more than"),
        ({"change": [5, -(2**63)]}, "row 1: capacity and changes add up to more than"),
    ],
)
def test_a_malformed_problem_is_refused(columns: dict[str, Any], message: str) -> None:
    given_columns: dict[str, Any] = {
        "value": [5], "row": [0, 1], "column": [0, 0], "change": [5, -5], "capacity": [5, 0],
    }  # fmt: skip
    kinds = {"row": np.int32, "column": np.int32, "currency": np.int32}
    problem = Problem(
        **{
            name: np.array(column, kinds.get(name, np.int64))
            for name, column in (given_columns | columns).items()
        }
    )
    with pytest.raises(InputError, match=message):
        solve(problem)


def test_a_start_that_cannot_settle_is_refused() -> None:
    problem = problem_of([(0, 1, 5)], [4, 0])
    with pytest.raises(InputError, match="row 0: the start uses more than its capacity of 4"):
        maximise_value(problem, np.array([True]), 10)
    with pytest.raises(InputError, match="start must answer for every candidate"):
        maximise_value(problem, np.array([], np.bool_), 10)


def test_a_wrong_answer_is_stopped() -> None:
    problem = problem_of([(0, 1, 5), (0, 1, 4)], [5, 0])
    start = np.array([False, True])
    with pytest.raises(InvariantBroken, match="row 0 is overdrawn"):
        check_solution(problem, start, Solution(np.array([True, True]), 9, 9, 0))
    for selected, value, bound in (
        ([True, False], 6, 9),  # not what was selected
        ([True, False], 5, 4),  # above its bound
        ([False, False], 0, 9),  # worse than the start
    ):
        with pytest.raises(InvariantBroken, match="lies between start and bound"):
            check_solution(problem, start, Solution(np.array(selected), value, bound, 0))
