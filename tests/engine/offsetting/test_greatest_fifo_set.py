"""The greatest FIFO set: reference cases, brute force, and what must hold of it."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.engine.offsetting.all_or_nothing import all_or_nothing
from skontro.engine.offsetting.greatest_fifo_set import greatest_fifo_set
from skontro.engine.offsetting.queue_snapshot import QueueSnapshot
from skontro.model import InputError
from tests.draws import examples

_CASES = json.loads((Path(__file__).parent / "queue_cases.json").read_text(encoding="utf-8"))

#: payer, payee, amount; in queue order for each payer
Order = tuple[int, int, int]


def snapshot_of(orders: list[Order], cover: list[int]) -> tuple[QueueSnapshot, list[int]]:
    """The snapshot, and for each of its rows the position in `orders`."""
    rows = sorted(range(len(orders)), key=lambda row: orders[row][0])
    columns = np.array([orders[row] for row in rows], np.int64).reshape(-1, 3)
    return (
        QueueSnapshot.of(
            columns[:, 0].astype(np.int32),
            columns[:, 1].astype(np.int32),
            columns[:, 2].copy(),
            np.array(cover, np.int64),
        ),
        rows,
    )


def settle(function: Any, orders: list[Order], cover: list[int]) -> set[int]:
    snapshot, rows = snapshot_of(orders, cover)
    answer = function(snapshot)
    selected = {rows[row] for row in np.flatnonzero(answer.selected(snapshot))}
    assert answer.value == sum(orders[row][2] for row in selected)
    return selected


def is_covered(orders: list[Order], cover: list[int], selected: set[int]) -> bool:
    left = list(cover)
    for row in selected:
        payer, payee, amount = orders[row]
        left[payer] -= amount
        left[payee] += amount
    return min(left) >= 0


def permitted_sets(orders: list[Order], cover: list[int]) -> list[set[int]]:
    """All sets without bypass that are covered, by trying every prefix of every queue."""
    queues = [
        [row for row, order in enumerate(orders) if order[0] == account]
        for account in range(len(cover))
    ]
    selections = itertools.product(*[range(len(queue) + 1) for queue in queues])
    sets = [
        {row for queue, taken in zip(queues, lengths, strict=True) for row in queue[:taken]}
        for lengths in selections
    ]
    return [selected for selected in sets if is_covered(orders, cover, selected)]


@st.composite
def queues(draw: st.DrawFn) -> tuple[list[Order], list[int]]:
    accounts = draw(st.integers(2, 4))
    cover = draw(st.lists(st.integers(0, 4), min_size=accounts, max_size=accounts))
    orders = []
    for _ in range(draw(st.integers(2, 10))):
        payer = draw(st.integers(0, accounts - 1))
        payee = (payer + draw(st.integers(1, accounts - 1))) % accounts
        orders.append((payer, payee, draw(st.integers(1, 9))))
    return orders, cover


def test_it_is_the_union_of_all_permitted_sets() -> None:
    informative = 0

    @settings(max_examples=300, database=None, derandomize=True)
    @given(queues())
    def compare(case: tuple[list[Order], list[int]]) -> None:
        nonlocal informative
        orders, cover = case
        found = settle(greatest_fifo_set, orders, cover)
        permitted = permitted_sets(orders, cover)
        assert found == set().union(*permitted)
        assert found in permitted
        everything = set(range(len(orders)))
        whole = everything if is_covered(orders, cover, everything) else set()
        assert settle(all_or_nothing, orders, cover) == whole
        one_by_one = any(is_covered(orders, cover, {row}) for row in found)
        # Informative: part of the queue settles, and no first step could be taken alone.
        informative += 0 < len(found) < len(orders) and not one_by_one

    compare()
    assert informative >= 10, informative


@settings(max_examples=examples(60))
@given(queues(), st.randoms(use_true_random=False))
def test_the_names_of_accounts_do_not_matter(
    case: tuple[list[Order], list[int]], draw: Any
) -> None:
    """Other numbers for the accounts mean another visiting order."""
    orders, cover = case
    names = list(range(len(cover)))
    draw.shuffle(names)
    renamed = [(names[payer], names[payee], amount) for payer, payee, amount in orders]
    covers = [0] * len(cover)
    for account, name in enumerate(names):
        covers[name] = cover[account]
    assert settle(greatest_fifo_set, renamed, covers) == settle(greatest_fifo_set, orders, cover)


@pytest.mark.parametrize(
    "case",
    [case for case in _CASES["cases"] if case["solution"] != "max_value"],
    ids=lambda case: case["name"],
)
def test_reference_case(case: dict[str, Any]) -> None:
    function = {"all_or_nothing": all_or_nothing, "fifo_max": greatest_fifo_set}[case["solution"]]
    names = [participant["id"] for participant in case["participants"]]
    balances = [participant["balance"] for participant in case["participants"]]
    cover = [
        participant["balance"] - min(participant["balance"], -participant.get("credit", 0))
        for participant in case["participants"]
    ]
    queue = sorted(case["queue"], key=lambda order: -order["priority"])
    orders = [(names.index(o["from"]), names.index(o["to"]), o["amount"]) for o in queue]
    selected = settle(function, orders, cover)
    assert {queue[row]["id"] for row in selected} == set(case["expected"]["settled"])
    for row in selected:
        payer, payee, amount = orders[row]
        balances[payer] -= amount
        balances[payee] += amount
    assert dict(zip(names, balances, strict=True)) == case["expected"]["balances"]
    assert sum(orders[row][2] for row in selected) == case["value"]


def test_a_snapshot_refuses_what_it_cannot_hold() -> None:
    with pytest.raises(InputError, match=r"add up to \d+, more than"):
        snapshot_of([(0, 1, 2**62), (1, 0, 2**62)], [2**62, 0])
    with pytest.raises(InputError, match="not positive"):
        snapshot_of([(0, 1, 0)], [1, 0])
    with pytest.raises(InputError, match="does not exist"):
        snapshot_of([(0, 2, 1)], [1, 0])
    with pytest.raises(InputError, match="not sorted by payer"):
        QueueSnapshot.of(
            np.array([1, 0], np.int32),
            np.array([0, 1], np.int32),
            np.array([1, 1], np.int64),
            np.array([1, 1], np.int64),
        )
