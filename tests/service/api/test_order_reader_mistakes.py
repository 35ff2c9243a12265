"""Orders that cannot be taken, each mistake with its place and reason; and large batches."""

import httpx
import pytest

from tests.service.systems import BANKS, LiveSystem, order

ACCOUNT = f"/v1/accounts/{BANKS[0]}/KZT"


def errors_of(answer: httpx.Response) -> list[tuple[str, str]]:
    assert (answer.status_code, answer.json()["title"]) == (422, "Orders cannot be read")
    return [(one["pointer"], one["reason"]) for one in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("fields", "pointer", "reason", "detail"),
    [
        ({"amount": "0.00"}, "amount", "AMOUNT_NOT_POSITIVE", None),
        ({"amount": "0.001"}, "amount", "WRONG_EXPONENT", None),
        ({"payee": BANKS[0]}, "payee", "SAME_ACCOUNT", None),
        ({"payee": "ZZZZKZK0"}, "payee", "UNKNOWN_PARTICIPANT", "ZZZZKZK0 in KZT"),
        (
            {"earliest_at": "2026-11-24T13:00:00.000001Z", "latest_at": "2026-11-24T13:00:00Z"},
            "latest_at",
            "TIMES_OUT_OF_ORDER",
            "comes before earliest_at",
        ),
        ({"counterleg": "same"}, "counterleg", "COUNTERLEG_UNKNOWN", "names the order itself"),
    ],
)
def test_mistakes_of_orders_are_told_with_their_place_and_reason(
    system: LiveSystem, fields: dict[str, str], pointer: str, reason: str, detail: str | None
) -> None:
    wrong = order() | fields
    if "counterleg" in fields:
        wrong["counterleg"] = wrong["uetr"]
    answer = system.bank(0).submit_batch([order(), wrong])
    assert errors_of(answer) == [(f"/orders/1/{pointer}", reason)]
    assert answer.json()["detail"] == "1 mistakes; none of the orders was taken"
    (error,) = answer.json()["errors"]
    assert error["reason_code"] > 0
    if detail is not None:
        assert error["detail"] == detail


def test_an_account_that_is_not_held_is_told_from_a_participant_that_is_not_there(
    system: LiveSystem,
) -> None:
    answer = system.bank(0).submit_batch([order(currency="TJS"), order() | {"payee": "ZZZZKZK0"}])
    assert errors_of(answer) == [
        ("/orders/0/payer", "NO_SETTLEMENT_ACCOUNT"),
        ("/orders/0/payee", "NO_SETTLEMENT_ACCOUNT"),
        ("/orders/1/payee", "UNKNOWN_PARTICIPANT"),
    ]
    alone = order(counterleg_terms=None) | {
        "counterleg_terms": {
            "payer": BANKS[1],
            "payee": BANKS[0],
            "currency": "RUB",
            "amount": "1.00",
        }
    }
    answer = system.bank(0).submit(alone)
    assert errors_of(answer) == [("/orders/0/counterleg", "FIELD_MISSING")]


def test_earliest_and_latest_may_be_the_same_moment(system: LiveSystem) -> None:
    noon = "2026-11-24T13:00:00Z"
    sent = order(amount="0.01", earliest_at=noon, latest_at=noon)
    assert system.bank(0).submit(sent).json()["status"] == "held"
    shown = system.bank(0).get(f"/v1/orders/{sent['uetr']}").json()
    assert (shown["earliest_at"], shown["latest_at"]) == (noon, noon)
    assert system.bank(0).send("POST", f"/v1/orders/{sent['uetr']}/cancellation").is_success


@pytest.mark.parametrize("count", [199, 200, 201])
def test_orders_of_a_large_batch_keep_their_order(system: LiveSystem, count: int) -> None:
    sent = [order(1, 2, f"0.{number % 90 + 10}") for number in range(count)]
    answer = system.bank(1).submit_batch(sent)
    assert [one["uetr"] for one in answer.json()["orders"]] == [one["uetr"] for one in sent]
    for one in (sent[0], sent[-1], sent[min(200, count - 1)]):
        shown = system.bank(1).get(f"/v1/orders/{one['uetr']}").json()
        assert (shown["amount"], shown["status"]) == (one["amount"], "settled")


def test_only_the_payer_submits_an_order_and_is_told_whose_it_is(system: LiveSystem) -> None:
    others = order(1, 0)
    answer = system.bank(0).submit_batch([order(), others])
    assert (answer.status_code, answer.json()["title"]) == (403, "Not yours")
    detail = f"order {others['uetr']}: only {BANKS[1]} may submit orders that it pays"
    assert answer.json()["detail"] == detail


def test_amounts_of_reservations_have_the_currencys_decimals(system: LiveSystem) -> None:
    path = f"{ACCOUNT}/reservations/high"
    answer = system.bank(0).send("PUT", path, {"amount": "1.005"})
    assert (answer.status_code, answer.json()["title"]) == (422, "Amount cannot be read")
    assert answer.json()["reason"] == "WRONG_EXPONENT"
    absent = system.bank(0).send("PUT", f"/v1/accounts/{BANKS[0]}/TJS/reservations/high", {
        "amount": "1"
    })  # fmt: skip
    assert (absent.status_code, absent.json()["detail"]) == (
        404,
        f"{BANKS[0]} has no settlement account in TJS",
    )
