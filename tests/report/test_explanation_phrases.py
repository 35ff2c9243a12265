"""Each kind of event has its phrase in an explanation."""

from typing import Any

import pytest

from skontro.report.explanation import _added_up
from skontro.report.explanation_phrases import HAPPENED, MAX_NAMED
from skontro.simulation.explanation.changes import Kind

ORDER: dict[str, Any] = {
    "row": 4,
    "payment_class": "normal",
    "uetr": "00000000-0000-4000-8000-000000000001",
    "payer": "AAAAKZKA",
    "payee": "BBBBKZKB",
    "currency": "KZT",
    "amount": "5.00",
}

NAMED = "row 4 (KZT 5.00 to BBBBKZKB, normal)"


def of_orders(count: int) -> dict[str, Any]:
    return {
        "account": "AAAAKZKA",
        "currency": "KZT",
        "amount": "1234.50",
        "counterparty": "BBBBKZKB",
        "payment_class": "high",
        "count": count,
        "first": [ORDER],
    }


PHRASES = {
    Kind.SUBMITTED: "",
    Kind.TIME_CAME: "its time had come",
    Kind.MOVED_IN_QUEUE: "it was moved in its queue",
    Kind.COUNTERLEG_CAME: "its counterleg came",
    Kind.OFFSETTING_RAN: "offsetting ran",
    Kind.TIMES_CHANGED: "its times changed",
}


@pytest.mark.parametrize("kind", PHRASES)
def test_events_of_the_order_itself(kind: Kind) -> None:
    assert HAPPENED[kind]({}) == PHRASES[kind]


def test_the_class_of_the_order_itself_is_named() -> None:
    assert HAPPENED[Kind.CLASS_CHANGED]({"payment_class": "urgent"}) == "its class became urgent"


OF_OTHERS = {
    Kind.PAYMENT_IN: "KZT 1,234.50 came in to AAAAKZKA: {short}",
    Kind.PAYMENT_OUT: "KZT 1,234.50 was paid by AAAAKZKA: {short}",
    Kind.ORDER_JOINED: "{named} joined the queue",
    Kind.ORDER_RETURNED: "{named} was returned",
    Kind.ORDER_CANCELLED: "{named} was cancelled",
    Kind.MOVED_IN_QUEUE: "{named} moved in the queue",
    Kind.LIQUIDITY_IN: "KZT 1,234.50 of liquidity to AAAAKZKA",
    Kind.LIQUIDITY_OUT: "KZT 1,234.50 of liquidity from AAAAKZKA",
    Kind.CREDIT_LINE_SET: "credit line of AAAAKZKA towards BBBBKZKB set to KZT 1,234.50",
    Kind.RESERVATION_SET: (
        "reservation for high orders of AAAAKZKA towards BBBBKZKB set to KZT 1,234.50"
    ),
    Kind.NET_SENDER_LIMIT_SET: "net-sender limit of AAAAKZKA towards BBBBKZKB set to KZT 1,234.50",
    Kind.BILATERAL_LIMIT_SET: "bilateral limit of AAAAKZKA towards BBBBKZKB set to KZT 1,234.50",
}


@pytest.mark.parametrize("kind", OF_OTHERS)
def test_events_of_others_name_them(kind: Kind) -> None:
    phrase = OF_OTHERS[kind].format(short="row 4", named=NAMED)
    assert HAPPENED[kind](of_orders(1)) == phrase


def test_every_kind_has_its_phrase_tested() -> None:
    assert set(HAPPENED) == set(Kind) == {*PHRASES, *OF_OTHERS, Kind.CLASS_CHANGED}


def test_orders_beyond_the_first_are_counted() -> None:
    one = of_orders(MAX_NAMED + 2) | {"first": [ORDER] * (MAX_NAMED + 1)}
    assert HAPPENED[Kind.ORDER_JOINED](one) == (
        f"{NAMED}, {NAMED}, {NAMED} and 2 more joined the queue"
    )


def test_an_ended_limit_has_no_amount() -> None:
    ended = of_orders(1) | {"amount": None}
    del ended["counterparty"]
    assert HAPPENED[Kind.NET_SENDER_LIMIT_SET](ended) == "net-sender limit of AAAAKZKA ended"


def test_the_class_of_other_orders_changed() -> None:
    one = of_orders(1)
    del one["payment_class"]
    assert HAPPENED[Kind.CLASS_CHANGED](one) == f"{NAMED} changed class"


def test_payments_of_one_kind_and_account_are_added_up() -> None:
    account = {"bic": "AAAAKZKA", "currency": "KZT"}
    payment = {"kind": Kind.PAYMENT_IN, "amount": "1.25", "count": 2, "currency": "KZT"}
    happened = [
        payment | {"account": "AAAAKZKA"},
        payment | {"account": "AAAAKZKA", "kind": Kind.PAYMENT_OUT},
        payment | {"account": "AAAAKZKA", "currency": "KGS"},
        payment | {"account": "BBBBKZKB"},
        payment | {"account": "AAAAKZKA", "amount": "1000.75", "count": 1},
    ]
    assert _added_up(happened, Kind.PAYMENT_IN, account) == "KZT 1,002.00 (3 orders)"
    assert _added_up(happened[:1], Kind.PAYMENT_OUT, account) == "KZT 0 (0 orders)"
