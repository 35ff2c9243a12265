"""Generated one-way payments of the federation, and the wait for their ends."""

import re
from datetime import datetime
from typing import Any

import httpx
import pytest

from skontro.cli.federation import day as federation_day
from skontro.cli.federation import payments
from skontro.cli.federation.systems import DemoSystem, rate_table
from skontro.model import InputError, parse_amount
from skontro.service.client import Client
from tests.cli.federation.test_federation_systems import NOW, system

NOW_MICROSECONDS = int(NOW.timestamp() * 1_000_000)


def drawn(count: int, seed: int = 1) -> tuple[list[Any], list[Any]]:
    systems = [system(place) for place in range(3)]
    rates = rate_table(3)
    return payments.generate_payments(systems, rates, count=count, seed=seed, now=NOW_MICROSECONDS)


def test_all_ordered_pairs_take_turns_and_half_comes_back() -> None:
    there, back = drawn(7)
    assert drawn(7) == (there, back)
    assert drawn(7, seed=2) != (there, back)
    pairs = [(one.origin.name, one.body["destination"]) for one in there]
    assert len({*pairs[:6]}) == 6
    assert pairs[6] == pairs[0]
    assert len(back) == 3
    for one, other in zip(there[1::2], back, strict=True):
        assert (other.origin.name, other.body["destination"]) == (
            one.body["destination"],
            one.origin.name,
        )
        assert (other.body["payer"], other.body["payee"]) == (one.body["payee"], one.body["payer"])
        assert other.body["currency"] == one.body["currency"] == one.origin.currency.code
        amounts = [parse_amount(each.body["amount"], one.origin.currency) for each in (one, other)]
        assert amounts[1] == amounts[0] // 2 > 0
    for one in there:
        assert one.body["payer"] in one.origin.banks
        assert one.body["payment_type"] == "interbank"
        until = datetime.fromisoformat(one.body["valid_until"])
        assert (until - NOW).total_seconds() == 3_600
    assert len({one.body["uetr"] for one in (*there, *back)}) == 10


class Answers:
    """A client that gives these answers, one after the other."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers, self.asked = [*answers], list[Any]()

    def send(self, *asked: Any) -> httpx.Response:
        self.asked.append(asked)
        return self.answers.pop(0)

    def get(self, path: str, **query: int) -> httpx.Response:
        return self.send(path, query)

    def close(self) -> None:
        self.asked.append("closed")


def page(*stages: str, following: int | None = None) -> httpx.Response:
    rows = [{"status": stage} for stage in stages]
    return httpx.Response(200, json={"payments": rows, "next": following})


def test_a_payment_is_sent_again_under_its_key_while_the_peer_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(federation_day, "_PAUSE_SECONDS", 0)
    client = Answers(httpx.Response(503), httpx.Response(201, json={}))
    federation_day.instruct(client, payments.PATH, {"uetr": "1"})  # type: ignore[arg-type]
    first, second = client.asked
    assert first == second
    assert first[:3] == ("POST", "/v1/links/payments", {"uetr": "1"})
    with pytest.raises(InputError, match="refused \\(422\\): no cover"):
        federation_day.instruct(Answers(httpx.Response(422, text="no cover")), payments.PATH, {})  # type: ignore[arg-type]
    monkeypatch.setattr(federation_day, "_END_SECONDS", -1)
    with pytest.raises(InputError, match="refused \\(503\\)"):
        federation_day.instruct(Answers(httpx.Response(503)), payments.PATH, {})  # type: ignore[arg-type]


def test_payments_are_waited_for_until_all_were_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payments, "_PAUSE_SECONDS", 0)
    one = system(0)

    def wait(*answers: httpx.Response) -> Answers:
        client = Answers(*answers)

        def operator(asked: DemoSystem) -> Client:
            assert asked is one
            return client  # type: ignore[return-value]

        monkeypatch.setattr(payments, "operator", operator)
        payments._wait_for_ends(one)
        return client

    client = wait(page("paid", "sent", following=2), page("paid"), page("paid"))
    assert client.asked == [
        ("/v1/links/payments", {"after": 0, "limit": 100}),
        ("/v1/links/payments", {"after": 2, "limit": 100}),
        ("/v1/links/payments", {"after": 0, "limit": 100}),
        "closed",
    ]
    for stage in ("returned", "not_sent"):
        shown = sorted(["paid", stage])
        with pytest.raises(InputError, match=re.escape(f"payments were not paid: {shown}")):
            wait(page("paid", stage))
    monkeypatch.setattr(payments, "_END_SECONDS", -1)
    with pytest.raises(InputError, match=r"have not ended in time: \['sent'\]"):
        wait(page("sent"))
