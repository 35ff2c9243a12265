"""The largest value of small queues of every kind, against every set of their orders.

`SKONTRO_SMALL_QUEUES=20000` makes the long test longer.
"""

import os
from collections import Counter

import attrs
import numpy as np
import pytest

from skontro.engine.offsetting.greatest_fifo_set import greatest_fifo_set
from skontro.engine.offsetting.maximum_value import proof, queue_model
from skontro.engine.offsetting.maximum_value.proof import Proof
from skontro.engine.offsetting.maximum_value.queue_model import maximum_value
from skontro.engine.offsetting.maximum_value.queue_rows import order_problem
from skontro.engine.offsetting.maximum_value.rows import make_table
from skontro.engine.offsetting.maximum_value.search import Search
from skontro.engine.offsetting.queue_snapshot import QueueSnapshot
from skontro.engine.offsetting.selection import may_settle_together
from skontro.engine.records import NOTHING, UNLIMITED
from tests.engine.offsetting.small_queues import (
    all_choices,
    draw_small_queues,
    largest_by_trying,
    permitted,
)

ENOUGH = 10**6
FEW = 40
KINDS = (
    "reserved", "limited", "legs", "better than in order", "nothing settles",
    "the search branches", "the proof branches",
)  # fmt: skip


def worth_of(snapshot: QueueSnapshot) -> np.ndarray:
    """Amounts of two currencies at two rates."""
    return snapshot.amount * np.where(snapshot.currency_of_order == 0, 3, 7)


def compare(seed: int, seen: Counter[str]) -> None:
    """Whole chain at several budgets, and each of its two proofs alone."""
    snapshot = draw_small_queues(seed)
    worth = worth_of(snapshot)
    optimum = largest_by_trying(snapshot, worth)
    fifo = greatest_fifo_set(snapshot).selected(snapshot)
    for budget in (0, 1, ENOUGH):
        found = maximum_value(snapshot, budget, worth)
        assert found.value == int(worth[found.selected].sum()), seed
        assert permitted(snapshot, found.selected[None, :])[0], seed
        assert int(worth[fifo].sum()) <= found.value <= optimum <= found.bound, (seed, budget)
    assert found.value == optimum == found.bound, seed
    problem = order_problem(snapshot, worth).problem
    nothing = np.zeros(len(problem.value), np.bool_)
    search = Search(make_table(problem), nothing, ENOUGH)
    search.run()
    assert search.value == optimum == search.bound, seed
    proof = Proof(problem, nothing, ENOUGH)
    proof.run()
    assert proof.value == optimum == proof.bound, seed
    seen["reserved"] += bool(snapshot.reserved.any())
    seen["limited"] += bool((snapshot.pair_left < UNLIMITED).any())
    seen["legs"] += bool((snapshot.counterleg != NOTHING).any())
    seen["the search branches"] += search.branched
    seen["the proof branches"] += proof.branched
    seen["better than in order"] += bool(worth[fifo].sum() < optimum < worth.sum())
    seen["nothing settles"] += optimum == 0


def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few steps at each node, so that the proof must split nodes of small problems too."""
    monkeypatch.setattr(proof, "_STEPS_AT_NODE", 3)
    monkeypatch.setattr(proof, "_CUT_ROUNDS", 1)
    monkeypatch.setattr(queue_model, "_MANY", 0)  # begin with permissions, as in long queues


def test_no_set_of_orders_is_worth_more(monkeypatch: pytest.MonkeyPatch) -> None:
    few_steps(monkeypatch)
    seen: Counter[str] = Counter()
    for seed in range(FEW):
        compare(seed, seen)
    assert min(seen[what] for what in KINDS) >= 5, seen


@pytest.mark.long
@pytest.mark.parametrize("part", range(4))
def test_no_set_of_orders_is_worth_more_in_many_queues(
    part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = part % 2 == 1
    if few:
        few_steps(monkeypatch)
    seen: Counter[str] = Counter()
    for seed in range(part, int(os.environ.get("SKONTRO_SMALL_QUEUES", "2000")), 4):
        compare(seed, seen)
    # With all its steps the proof has no need to split nodes of so few orders.
    kinds = KINDS if few else KINDS[:-1]
    assert min(seen[what] for what in kinds) >= 60, seen


def test_the_check_of_a_choice_agrees_with_the_rules() -> None:
    """Of all sets of some queues, exactly the permitted ones pass, and rows say the same."""
    for seed in range(0, 2 * FEW, 10):
        snapshot = draw_small_queues(seed)
        selected = all_choices(len(snapshot))
        draw = np.random.default_rng(seed).choice(len(selected), 200, replace=False)
        for selection, fine in zip(
            selected[draw], permitted(snapshot, selected[draw]), strict=True
        ):
            assert may_settle_together(snapshot, selection) == fine, seed


def test_incoming_money_counts_before_an_order_is_given_up() -> None:
    """A has nothing and reserves 4 for urgent orders; B's 10 come before A's 6 go."""
    snapshot = attrs.evolve(
        QueueSnapshot.of(
            np.array([0, 1, 1], np.int32),  # A to B 6, B to C 100, B to A 10
            np.array([1, 2, 0], np.int32),
            np.array([6, 100, 10], np.int64),
            np.array([0, 4, 0], np.int64),
        ),
        reserved=np.array([[4, 0], [0, 0], [0, 0]], np.int64),
    )
    found = maximum_value(snapshot, 1)
    assert found.selected.tolist() == [True, False, True]
    assert found.value == found.bound == 16
