"""A batch is read piece by piece as it would be read whole, mistakes and their places too."""

import json
from typing import Any

import pytest

from skontro.service.api.order_reader import read_body, read_orders
from skontro.service.api.order_schemas import MAX_ORDERS, OrderIn, OrdersIn
from skontro.service.api.problems import Problem
from tests.service.systems import order


def whole(body: bytes) -> list[OrderIn]:
    return list(read_body(OrdersIn, body).orders)


def outcome(read: Any, body: bytes) -> object:
    try:
        return read(body)
    except Problem as problem:
        errors = sorted((one["pointer"], one["in"]) for one in problem.errors or [])
        return problem.status, problem.title, errors


@pytest.mark.parametrize(
    "content",
    [
        {"orders": [order() for _ in range(120)]},
        {"orders": [order(counterleg=str(order()["uetr"]), latest_at="2026-11-24T13:00:00Z")]},
        {"orders": []},
        {"orders": {}},
        {"orders": [order(), order(amount=1), order(extra=1), 3, None, [order()]]},
        {"orders": [order(currency="kzt"), order(latest_at="soon")], "more": 1},
        {},
        [],
        3,
    ],
)
def test_piece_by_piece_is_as_whole(content: object) -> None:
    body = json.dumps(content).encode()
    assert outcome(read_orders, body) == outcome(whole, body)


def test_a_hundred_mistakes_are_told_and_then_no_more_are_looked_for() -> None:
    body = json.dumps({"orders": [order(amount=n) for n in range(500)]}).encode()
    status, _, errors = outcome(read_orders, body)  # type: ignore[misc]
    assert (status, len(errors)) == (422, 100)
    assert ("/orders/99/amount", "body") in errors


def test_no_more_orders_than_a_batch_may_have() -> None:
    body = json.dumps({"orders": [{}] * (MAX_ORDERS + 1)}).encode()
    status, _, errors = outcome(read_orders, body)  # type: ignore[misc]
    assert (status, errors) == (422, [("/orders", "body")])


def test_what_is_not_json_is_said_so() -> None:
    for body in (b"", b"{", b'{"orders":[],"orders":[]}', b"\xff"):
        assert outcome(read_orders, body) == outcome(whole, body)
