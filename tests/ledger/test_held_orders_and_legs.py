"""Held orders and legs in the order index, compared with what the record says told plainly."""

import numpy as np
import pytest

from skontro.ledger.held_orders import HeldOrders
from skontro.ledger.order_records import ORDER, STATUSES, OrdersOfDay, indices_of_accounts
from skontro.ledger.postgres.tables import COMMANDS
from tests.draws import seeds
from tests.ledger.drawn_record import PlainRecord, draw_entries, new_order_index


@pytest.mark.parametrize("seed", seeds(range(12)))
def test_held_orders_are_those_of_the_record(seed: int) -> None:
    order_index, plain = new_order_index(), PlainRecord()
    for entry, _ in draw_entries(seed, 60):
        order_index.add(entry)
        plain.add(entry)
        indices = order_index.held.indices()
        found = [order_index.order(index)["uetr"].tobytes() for index in indices.tolist()]
        told = [one.uetr for one in plain.orders if one.status == "held" and one.number is None]
        assert found == told


def order(status: str, number: int) -> np.ndarray:
    made = np.zeros(1, ORDER)
    made["status"], made["number"] = STATUSES.index(status), number
    return made


def test_an_order_is_held_outside_the_engine_only() -> None:
    held = HeldOrders()
    for index, (status, number) in enumerate(
        [("held", -1), ("held", 0), ("queued", -1), ("held", -1)]
    ):
        held.follow(np.array([index]), order(status, number))
    assert held.indices().tolist() == [0, 3]
    held.follow(np.array([0]), order("held", -1))
    held.follow(np.array([3]), order("held", 4))
    assert held.indices().tolist() == [0]
    held.follow(np.array([7]), order("held", -1))
    held.drop_before(7)
    assert held.indices().tolist() == [7]
    held.drop_before(8)
    assert held.indices().tolist() == []


def legs_of(days: list[OrdersOfDay], accounts: list[int], start: int, most: int) -> list[int]:
    return indices_of_accounts(days, accounts, start, 100, most, legs=True).tolist()


def test_legs_are_listed_at_both_accounts_and_together() -> None:
    rows = np.zeros(4, COMMANDS.dtype)
    rows["payer"], rows["payee"] = [0, 1, 2, 2], [1, 2, 2, 0]
    rows["counterleg"][[0, 2, 3]] = np.bytes_(b"x" * 16)
    days = [OrdersOfDay(0, 0), OrdersOfDay(14, 0)]
    days[0].list_orders(rows, 10)
    days[1].list_orders(rows[:1], 14)
    assert legs_of(days, [-1], 0, 9) == [10, 12, 13, 14]
    assert legs_of(days, [0], 0, 9) == [10, 13, 14]
    assert legs_of(days, [1], 0, 9) == [10, 14]
    assert legs_of(days, [2], 0, 9) == [12, 13]
    assert legs_of(days, [0, 2], 11, 2) == [12, 13]
    assert indices_of_accounts(days, [2], 0, 100, 9).tolist() == [11, 12, 13]
