"""Linked legs of two currencies in offsetting, against all subsets."""

import itertools
import random

import attrs
import numpy as np
import pytest

from skontro.engine.offsetting.all_or_nothing import all_or_nothing
from skontro.engine.offsetting.bilateral_pass import bilateral_pass
from skontro.engine.offsetting.greatest_fifo_set import greatest_fifo_set
from skontro.engine.offsetting.maximum_value.queue_model import maximum_value
from skontro.engine.offsetting.queue_snapshot import QueueSnapshot
from skontro.engine.offsetting.selection import may_settle_together
from skontro.engine.records import NOTHING, UNLIMITED
from tests.draws import seeds
from tests.engine.offsetting.maximum_value.test_queue_model import draw_queues, permission

MAX_ORDERS = 12
WORK = 20_000
PARTS = 7  # odd, so that each part has cases with and without reservations


def draw_linked_queues(seed: int, *, reserved: bool) -> QueueSnapshot:
    """Two currencies with queues of their own, up to three pairs of legs between them."""
    one, other = draw_queues(seed, reserved=reserved), draw_queues(seed + 5000, reserved=reserved)
    accounts, limits = len(one.cover), len(one.pair_left)
    counterleg = np.full(len(one) + len(other), NOTHING, np.int32)
    draw = random.Random(seed)
    for _ in range(draw.randrange(1, 4)):
        leg, partner = draw.randrange(len(one)), len(one) + draw.randrange(len(other))
        if counterleg[leg] == counterleg[partner] == NOTHING:
            counterleg[leg], counterleg[partner] = partner, leg

    def moved(column: np.ndarray, by: int) -> np.ndarray:
        return np.where(column == NOTHING, NOTHING, column + by).astype(column.dtype)

    def both(name: str, by: int = 0) -> np.ndarray:
        return np.concatenate([getattr(one, name), moved(getattr(other, name), by)])

    return QueueSnapshot(
        first=np.concatenate([one.first, other.first[1:] + len(one)]),
        payee=both("payee", accounts),
        amount=both("amount"),
        payment_class=both("payment_class"),
        order=np.arange(len(counterleg), dtype=np.int64),
        limit=both("limit", limits),
        opposite=both("opposite", limits),
        counterleg=counterleg,
        cover=both("cover"),
        currency=np.repeat([0, 1], [accounts, len(other.cover)]).astype(np.int32),
        reserved=np.concatenate([one.reserved, other.reserved]),
        net_left=np.concatenate([one.net_left, other.net_left]),
        pair_left=np.concatenate([one.pair_left, other.pair_left]),
    )


CASES = [
    (snapshot, reserved)
    for seed in range(110)
    for reserved in (False, True)
    if len(snapshot := draw_linked_queues(seed, reserved=reserved)) <= MAX_ORDERS
]


def permitted_sets(snapshot: QueueSnapshot) -> list[tuple[bool, ...]]:
    legs = [(leg, other) for leg, other in enumerate(snapshot.counterleg.tolist()) if other > leg]
    is_permitted = permission(snapshot)
    return [
        selected
        for selected in itertools.product([False, True], repeat=len(snapshot))
        if all(selected[leg] == selected[other] for leg, other in legs) and is_permitted(selected)
    ]


def test_enough_cases_exercise_legs() -> None:
    parted = [
        attrs.evolve(snapshot, counterleg=np.full(len(snapshot), NOTHING, np.int32))
        for snapshot, _ in CASES
    ]
    differs = sum(
        greatest_fifo_set(snapshot).settled.tolist() != greatest_fifo_set(free).settled.tolist()
        for (snapshot, _), free in zip(CASES, parted, strict=True)
    )
    assert len(CASES) >= 100
    assert differs >= 25


@pytest.mark.parametrize("part", seeds(range(PARTS)))
def test_with_legs_against_all_subsets(part: int) -> None:
    for snapshot, _ in CASES[part::PARTS]:
        permitted = permitted_sets(snapshot)
        payer, first = snapshot.payer.tolist(), snapshot.first.tolist()
        without_bypass = [
            selected
            for selected in permitted
            if all(
                not taken or row == first[payer[row]] or selected[row - 1]
                for row, taken in enumerate(selected)
            )
        ]
        union = np.any(without_bypass, axis=0)
        assert (greatest_fifo_set(snapshot).selected(snapshot) == union).all()
        worth = snapshot.amount * np.where(snapshot.currency_of_order == 0, 3, 7)
        best = max(int(worth[list(selected)].sum()) for selected in permitted)
        found = maximum_value(snapshot, WORK, worth)
        assert found.value == worth[found.selected].sum()
        assert worth[union].sum() <= found.value <= best <= found.bound
        assert found.value == best == found.bound


def test_a_leg_alone_is_no_choice() -> None:
    for snapshot, _ in CASES:
        permitted = set(permitted_sets(snapshot))
        for leg in np.flatnonzero(snapshot.counterleg != NOTHING).tolist():
            alone = np.zeros(len(snapshot), np.bool_)
            alone[leg] = True
            assert not may_settle_together(snapshot, alone)
        for selected in itertools.islice(permitted, 20):
            assert may_settle_together(snapshot, np.array(selected))


def test_a_currency_is_settled_whole_with_those_it_is_joined_to_or_not_at_all() -> None:
    seen = {True: 0, False: 0}
    for (snapshot, _), first_alone in itertools.product(CASES, (True, False)):
        unbounded = (snapshot.currency == 0) | (not first_alone)
        roomy = attrs.evolve(
            snapshot,
            cover=snapshot.cover + np.where(unbounded, 100, 0),
            net_left=np.where(unbounded, UNLIMITED, snapshot.net_left),
            pair_left=np.full_like(snapshot.pair_left, UNLIMITED),
        )
        selected = all_or_nothing(roomy).selected(roomy)
        whole = [selected[roomy.currency_of_order == position] for position in (0, 1)]
        assert all(part.all() == part.any() for part in whole)
        if (roomy.counterleg != NOTHING).any():
            assert whole[0].all() == whole[1].all()
            seen[bool(whole[0].all())] += 1
    assert min(seen.values()) >= 20


def test_the_bilateral_pass_leaves_legs_alone() -> None:
    for snapshot, _ in CASES:
        rows = bilateral_pass(snapshot)
        assert (snapshot.counterleg[rows] == NOTHING).all()
        single = snapshot.in_currency(0)
        kept = np.flatnonzero((snapshot.currency_of_order == 0) & (snapshot.counterleg == NOTHING))
        assert single.order.tolist() == snapshot.order[kept].tolist()
