"""Maximum value over queues with limits and reservations, against all subsets."""

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from skontro.engine.offsetting.greatest_fifo_set import greatest_fifo_set
from skontro.engine.offsetting.maximum_value.queue_model import maximum_value
from skontro.engine.offsetting.queue_snapshot import QueueSnapshot
from skontro.engine.offsetting.selection import may_settle_together
from skontro.engine.records import NOTHING, UNLIMITED
from tests.engine.offsetting.small_queues import largest_by_trying

WORK = 20_000


def draw_queues(seed: int, *, reserved: bool) -> QueueSnapshot:
    """Three or four accounts, up to nine orders, small covers, some limits, some overrun."""
    draw = random.Random(seed)
    accounts = draw.randrange(3, 5)
    orders = sorted(
        (payer, draw.choice([0, 1, 2, 2]), (payer + draw.randrange(1, accounts)) % accounts)
        for payer in (draw.randrange(accounts) for _ in range(draw.randrange(3, 10)))
    )
    payer, payment_class, payee = (list(column) for column in zip(*orders, strict=True))
    snapshot = QueueSnapshot.of(
        np.array(payer, np.int32),
        np.array(payee, np.int32),
        np.array([draw.randrange(1, 9) for _ in orders], np.int64),
        np.array([draw.randrange(5) for _ in range(accounts)], np.int64),
    )
    pairs = [(0, 1), (1, 0), (2, 0)]
    return attrs.evolve(
        snapshot,
        payment_class=np.array(payment_class, np.int8),
        limit=np.array([_number(pairs, p, q) for p, q in zip(payer, payee, strict=True)], np.int32),
        opposite=np.array(
            [_number(pairs, q, p) for p, q in zip(payer, payee, strict=True)], np.int32
        ),
        pair_left=np.array([draw.choice([UNLIMITED, 0, 3, -2]) for _ in pairs], np.int64),
        net_left=np.array(
            [draw.choice([UNLIMITED, UNLIMITED, 2, -1]) for _ in range(accounts)], np.int64
        ),
        reserved=np.array(
            [
                [draw.choice([0, 0, 2, 9]), draw.choice([0, 0, 3])] if reserved else [0, 0]
                for _ in range(accounts)
            ],
            np.int64,
        ),
    )


def _number(pairs: list[tuple[int, int]], payer: int, payee: int) -> int:
    return pairs.index((payer, payee)) if (payer, payee) in pairs else NOTHING


def permission(snapshot: QueueSnapshot) -> Callable[[Sequence[bool]], bool]:
    """Tells of a selection whether it is permitted: the rules in words, account by account."""
    payer, payee = snapshot.payer.tolist(), snapshot.payee.tolist()
    amount, classes = snapshot.amount.tolist(), snapshot.payment_class.tolist()
    cover, reserved = snapshot.cover.tolist(), snapshot.reserved.tolist()
    net_left, pair_left = snapshot.net_left.tolist(), snapshot.pair_left.tolist()
    limit_of = snapshot.limit.tolist()

    def permits(account: int, rows: list[int]) -> bool:
        own = [row for row in rows if payer[row] == account]
        if not own:
            return True
        net = sum(amount[r] for r in own) - sum(amount[r] for r in rows if payee[r] == account)
        kept = sum(
            max(0, reserved[account][c] - sum(amount[r] for r in own if classes[r] == c))
            for c in range(max(classes[r] for r in own))
        )
        if cover[account] - net < kept or net > max(0, net_left[account]):
            return False
        for other in {payee[r] for r in own}:
            to_other = [r for r in own if payee[r] == other]
            limit = limit_of[to_other[0]]
            back = sum(amount[r] for r in rows if (payer[r], payee[r]) == (other, account))
            between = sum(amount[r] for r in to_other) - back
            if limit != NOTHING and between > max(0, pair_left[limit]):
                return False
        return True

    def is_permitted(selected: Sequence[bool]) -> bool:
        rows = [row for row, taken in enumerate(selected) if taken]
        return all(permits(account, rows) for account in range(len(cover)))

    return is_permitted


def is_permitted(snapshot: QueueSnapshot, selected: Sequence[bool]) -> bool:
    return permission(snapshot)(selected)


@pytest.mark.parametrize("reserved", [False, True])
def test_it_is_permitted_worth_the_most_and_below_its_bound(reserved: bool) -> None:
    informative = 0
    for seed in range(120):
        snapshot = draw_queues(seed, reserved=reserved)
        found = maximum_value(snapshot, WORK)
        fifo = greatest_fifo_set(snapshot)
        optimum = largest_by_trying(snapshot, snapshot.amount)
        assert is_permitted(snapshot, tuple(found.selected.tolist()))
        assert found.value == int(snapshot.amount[found.selected].sum())
        assert fifo.value <= found.value <= optimum <= found.bound
        informative += fifo.value < optimum < int(snapshot.amount.sum())
        assert found.value == optimum == found.bound
    assert informative >= 30, informative


def test_the_check_of_a_chosen_set_follows_the_rules() -> None:
    permitted = 0
    for seed in range(60):
        snapshot = draw_queues(seed, reserved=seed % 2 == 0)
        draw = random.Random(seed)
        for _ in range(40):
            selected = tuple(draw.random() < 0.4 for _ in range(len(snapshot)))
            expected = is_permitted(snapshot, selected)
            assert may_settle_together(snapshot, np.array(selected)) == expected, (seed, selected)
            permitted += expected and any(selected)
    assert permitted >= 100, permitted


def test_without_work_it_is_the_greatest_fifo_set() -> None:
    for seed in range(20):
        snapshot = draw_queues(seed, reserved=False)
        fifo = greatest_fifo_set(snapshot)
        assert maximum_value(snapshot, 0).selected.tolist() == fifo.selected(snapshot).tolist()


_CASES = json.loads((Path(__file__).parents[1] / "queue_cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "case",
    [case for case in _CASES["cases"] if case["solution"] == "max_value"],
    ids=lambda case: case["name"],
)
def test_reference_case(case: dict[str, Any]) -> None:
    names = [participant["id"] for participant in case["participants"]]
    queue = sorted(
        case["queue"], key=lambda order: (names.index(order["from"]), -order["priority"])
    )
    snapshot = QueueSnapshot.of(
        np.array([names.index(order["from"]) for order in queue], np.int32),
        np.array([names.index(order["to"]) for order in queue], np.int32),
        np.array([order["amount"] for order in queue], np.int64),
        np.array(
            [p["balance"] - min(p["balance"], -p.get("credit", 0)) for p in case["participants"]],
            np.int64,
        ),
    )
    found = maximum_value(snapshot, WORK)
    assert found.value == found.bound == case["value"]
    # Several sets may be worth the same; any of them that is permitted will do.
    assert may_settle_together(snapshot, found.selected) or not found.selected.any()
