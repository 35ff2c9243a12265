"""Every order that waits says why: with figures to payer and operator, without to its payee."""

import datetime
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from skontro.model import (
    Algorithm,
    CurrencyPrice,
    PositionLimits,
    Rulebook,
    ScheduledRuns,
    find_currency,
)
from skontro.service.api.order_schemas import OrderOut
from tests.service.systems import (
    BANKS,
    DAY,
    MINUTE,
    NOON,
    LiveSystem,
    live_system,
    order,
    write_folder,
)


@pytest.fixture
def system(tmp_path: Path) -> Iterator[LiveSystem]:
    """Each account has 100.00."""
    write_folder(tmp_path, balance=10_000)
    with live_system(tmp_path) as running:
        yield running


def at(timestamp: int) -> str:
    seconds = datetime.timedelta(microseconds=timestamp)
    text = (datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + seconds).isoformat()
    return text.replace("+00:00", "Z")


def sent(system: LiveSystem, bank: int, one: dict[str, object]) -> str:
    assert system.bank(bank).submit(one).is_success
    return str(one["uetr"])


def told(system: LiveSystem, uetr: str, whose: str = "payer") -> tuple[str | None, Any]:
    """Reason and what is waited for, the same wherever the order is shown."""
    clients = {"payer": system.bank(0), "payee": system.bank(1), "operator": system.operator()}
    client = clients[whose]
    shown = client.get(f"/v1/orders/{uetr}").json()
    listed = client.get("/v1/orders").json()["orders"]
    assert shown in listed
    if whose == "payer" and shown["status"] == "queued":
        queue = client.get(f"/v1/accounts/{shown['payer']}/{shown['currency']}/queue").json()
        assert shown in queue["orders"]
    assert OrderOut.model_validate(shown).model_dump() == shown
    waiting_for = shown["waiting_for"]
    if waiting_for is None:
        return shown["reason"], None
    return shown["reason"], {name: one for name, one in waiting_for.items() if one is not None}


def everybody_is_told(
    system: LiveSystem, asked: str, reason: str, kind: str, **figures: object
) -> None:
    for whose in ("payer", "operator"):
        assert told(system, asked, whose) == (reason, {"kind": kind, **figures})
    assert told(system, asked, "payee") == (reason, {"kind": kind})


def test_cover_and_the_order_ahead(system: LiveSystem) -> None:
    first = sent(system, 0, order(amount="130.50"))
    second = sent(system, 0, order(amount="1.00"))
    everybody_is_told(system, first, "INSUFFICIENT_LIQUIDITY", "cover", amount_short="30.50")
    everybody_is_told(system, second, "ORDER_AHEAD", "order_ahead", uetr=first)
    ahead = sent(system, 0, order(amount="200.00", payment_class="urgent"))
    assert told(system, first) == ("ORDER_AHEAD", {"kind": "order_ahead", "uetr": ahead})
    # What was short comes in: the first settles, and says nothing of waiting any more.
    assert system.bank(0).send("POST", f"/v1/orders/{ahead}/cancellation").is_success
    sent(system, 1, order(1, 0, amount="30.50"))
    shown = system.bank(0).get(f"/v1/orders/{first}").json()
    assert (shown["status"], shown["reason"], shown["waiting_for"]) == ("settled", None, None)
    assert told(system, second) == (
        "INSUFFICIENT_LIQUIDITY",
        {"kind": "cover", "amount_short": "1.00"},
    )
    assert system.verified().difference is None


def test_reservation(system: LiveSystem) -> None:
    path = "/v1/accounts/AAAAKZK0/KZT/reservations/urgent"
    assert system.bank(0).send("PUT", path, {"amount": "80.00"}).is_success
    waits = sent(system, 0, order(amount="50.00"))
    figures = {"amount_short": "30.00", "reserved": "80.00"}
    everybody_is_told(system, waits, "LIQUIDITY_RESERVED", "reservation", **figures)


def test_net_sender_and_bilateral_limit(system: LiveSystem) -> None:
    account = {"participant": BANKS[0], "currency": "KZT"}
    assert system.agree({"kind": "set_net_sender_limit", "amount": "20.00", **account}).is_success
    waits = sent(system, 0, order(amount="50.00"))
    figures = {"amount_short": "30.00", "limit": "20.00"}
    everybody_is_told(system, waits, "NET_SENDER_LIMIT_REACHED", "net_sender_limit", **figures)
    bilateral = {"kind": "set_bilateral_limit", "counterparty": BANKS[1], "amount": "40.00"}
    assert system.agree({**bilateral, **account}).is_success
    assert system.agree({"kind": "set_net_sender_limit", **account}).is_success
    figures = {"amount_short": "10.00", "limit": "40.00", "counterparty": BANKS[1]}
    everybody_is_told(system, waits, "BILATERAL_LIMIT_REACHED", "bilateral_limit", **figures)


def test_times_and_value_dates(system: LiveSystem) -> None:
    later = at(NOON + 60 * MINUTE)
    waits = sent(system, 0, order(earliest_at=later))
    for whose in ("payer", "payee", "operator"):
        wanted = ("AWAITS_EARLIEST_TIME", {"kind": "earliest_time", "until": later})
        assert told(system, waits, whose) == wanted
    tomorrow = at(NOON + DAY)[:10]
    waits = sent(system, 0, order(value_date=tomorrow))
    for whose in ("payer", "payee", "operator"):
        wanted = ("AWAITS_VALUE_DATE", {"kind": "value_date", "value_date": tomorrow})
        assert told(system, waits, whose) == wanted


def test_counterlegs(system: LiveSystem) -> None:
    roubles, tenge = order(0, 1, "10.00", "RUB"), order(1, 0, "500.00", "KZT")
    roubles["counterleg"], tenge["counterleg"] = tenge["uetr"], roubles["uetr"]
    first, second = sent(system, 0, roubles), str(tenge["uetr"])
    everybody_is_told(system, first, "AWAITS_COUNTERLEG", "counterleg", uetr=second)
    sent(system, 1, tenge)
    everybody_is_told(system, first, "COUNTERLEG_WAITS", "counterleg_settlement", uetr=second)
    # The other leg's payer lacks the money, and that is nobody else's business.
    assert told(system, second, "operator")[1]["amount_short"] == "400.00"
    assert system.bank(0).get(f"/v1/orders/{second}").json()["waiting_for"]["amount_short"] is None


def test_runs_and_position_limits(tmp_path: Path) -> None:
    daily = ScheduledRuns(Algorithm.GREATEST_FIFO_SET, (datetime.time(20, 0),))
    write_folder(tmp_path / "runs", rulebook=Rulebook(in_runs_only=True, schedule=(daily,)))
    with live_system(tmp_path / "runs") as system:
        everybody_is_told(system, sent(system, 0, order()), "AWAITS_RUN", "run")
    codes = ("KZT", "RUB")
    prices = tuple(CurrencyPrice(find_currency(c), Decimal(1), Decimal("0.5")) for c in codes)
    limits = PositionLimits(find_currency("RUB"), prices, 10**9)
    write_folder(tmp_path / "limits", rulebook=Rulebook(position_limits=limits), balance=10_000)
    with live_system(tmp_path / "limits") as system:
        short = sent(system, 0, order(amount="130.00"))
        everybody_is_told(system, short, "INSUFFICIENT_LIQUIDITY", "cover", amount_short="30.00")
        everybody_is_told(system, sent(system, 0, order(amount="1.00")), "AWAITS_RUN", "run")
        line = {"kind": "set_credit_line", "participant": BANKS[0], "currency": "KZT"}
        assert system.agree({**line, "amount": "900.00"}).is_success
        # 100.00 roubles count half, tenge below zero one and a half times: 130.00 would still do.
        assert told(system, short) == ("AWAITS_RUN", {"kind": "run"})
        much = sent(system, 0, order(amount="150.00"))
        everybody_is_told(system, much, "POSITION_LIMIT_REACHED", "position_limit")


def test_no_waiting_order_is_silent_in_lists_and_the_queue_is_not_copied(
    system: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [order(amount=f"{number}.00") for number in range(90, 140)]
    assert system.bank(0).submit_batch(orders).is_success
    engine = system.service.sequencer.system.engine

    def refused(*_: object) -> None:
        raise AssertionError("copies all queues")

    monkeypatch.setattr(type(engine), "queue_snapshot", refused)
    listed = system.operator().get("/v1/orders", status="queued").json()["orders"]
    assert len(listed) == 49
    assert all(one["reason"] and one["waiting_for"]["kind"] for one in listed)
    queue = system.bank(0).get("/v1/accounts/AAAAKZK0/KZT/queue", limit=7).json()["orders"]
    assert [one["uetr"] for one in queue] == [one["uetr"] for one in orders[1:8]]


def test_while_nothing_becomes_durable_orders_are_shown_without_why(
    system: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = sent(system, 0, order(amount="130.00"))
    monkeypatch.setattr("skontro.service.api.waiting_reasons._PATIENCE", 0.0)
    shown = system.bank(0).get(f"/v1/orders/{waits}").json()
    assert (shown["status"], shown["waiting_for"]) == ("queued", None)
