"""`settle` on single cases: carried balances, empty days, large sums, and results refused."""

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from skontro.engine import Engine, EventKind
from skontro.files import ACCOUNTS, ORDERS, STATEMENTS, TIMESTAMP, Scenario
from skontro.model import MAX_AMOUNT, InvariantBroken, SettlementAccount, find_currency
from skontro.simulation import settle, settling
from skontro.simulation.maximum_value import Search
from skontro.simulation.period_record import PeriodRecord
from tests.simulation.scenarios import day, scenario_of

KZT = find_currency("KZT")
Events = npt.NDArray[np.void]


def payment(
    payer: str, payee: str, amount: int, submitted_at: int, **more: object
) -> dict[str, object]:
    return {
        "payer": payer,
        "payee": payee,
        "currency": "KZT",
        "amount_minor": amount,
        "submitted_at": submitted_at,
        **more,
    }


def two_days(*payments: dict[str, object]) -> Scenario:
    accounts = [
        SettlementAccount("STEPKZA0", KZT, 10),
        SettlementAccount("MOUNKGB0", KZT, 0, credit_line=2),
    ]
    return scenario_of(accounts, list(payments), [day(0, 100, 200), day(1, 300, 400)])


def test_balances_carry_over_to_the_next_day_and_waiting_orders_do_not() -> None:
    results = settle(
        two_days(
            payment("STEPKZA0", "MOUNKGB0", 7, 110),
            payment("STEPKZA0", "MOUNKGB0", 4, 120),  # 3 are left: returned at 200
            payment("MOUNKGB0", "STEPKZA0", 9, 300),  # 7 and a credit line of 2
            payment("STEPKZA0", "MOUNKGB0", 12, 399),
        )
    )
    assert results.orders["status"].to_list() == ["settled", "returned", "settled", "settled"]
    assert results.orders["final_at"].to_physical().to_list() == [110, 200, 300, 399]
    assert results.orders["business_date"].cast(pl.String).to_list() == [
        "1970-01-01",
        "1970-01-01",
        "1970-01-02",
        "1970-01-02",
    ]
    assert results.accounts["closing_balance_minor"].to_list() == [10, 0]
    assert results.accounts["lowest_balance_minor"].to_list() == [-2, 0]


@pytest.mark.parametrize(
    ("submitted_at", "status", "reason"),
    [
        (99, "rejected", "DAY_NOT_OPEN"),
        (100, "settled", None),
        (199, "settled", None),
        (200, "rejected", "DAY_NOT_OPEN"),
        (299, "rejected", "DAY_NOT_OPEN"),
        (300, "settled", None),
        (400, "rejected", "DAY_NOT_OPEN"),
    ],
)
def test_a_day_takes_orders_from_its_opening_up_to_before_its_end(
    submitted_at: int, status: str, reason: str | None
) -> None:
    orders = settle(two_days(payment("STEPKZA0", "MOUNKGB0", 1, submitted_at))).orders
    assert orders.select("status", "reason").row(0) == (status, reason)
    assert orders["entered_at"].is_null()[0] == (status == "rejected")


@pytest.mark.parametrize(
    ("latest_at", "credit_at", "status", "final_at"),
    [
        (150, 150, "settled", 150),  # the latest moment still counts
        (150, 151, "returned", 151),  # one microsecond after it the order goes back first
        (150, 160, "returned", 151),
        (None, 199, "settled", 199),
        (200, 199, "settled", 199),
    ],
)
def test_an_order_waits_until_its_latest_moment_included(
    latest_at: int | None, credit_at: int, status: str, final_at: int
) -> None:
    orders = settle(
        two_days(
            payment("STEPKZA0", "MOUNKGB0", 10, 100),
            payment("STEPKZA0", "MOUNKGB0", 5, 110, latest_at=latest_at),
            payment("MOUNKGB0", "STEPKZA0", 5, credit_at),
        )
    ).orders
    assert orders["status"][1] == status
    assert orders["final_at"].to_physical()[1] == final_at
    assert orders["queued_at"].to_physical()[1] == 110


def test_an_order_is_held_until_its_earliest_time_and_takes_its_place_only_then() -> None:
    orders = settle(
        two_days(
            payment("STEPKZA0", "MOUNKGB0", 6, 110, earliest_at=150),
            payment("STEPKZA0", "MOUNKGB0", 9, 120),  # bypasses: a held order holds no place
            payment("STEPKZA0", "MOUNKGB0", 1, 160),  # 1 is left, but order 0 waits before it
            payment("MOUNKGB0", "STEPKZA0", 9, 170),
        )
    ).orders
    assert orders["entered_at"].to_physical().to_list() == [150, 120, 160, 170]
    assert orders["queued_at"].to_physical().to_list() == [150, None, 160, None]
    assert orders["final_at"].to_physical().to_list() == [170, 120, 170, 170]


def test_a_scenario_without_payments_gives_empty_tables_and_untouched_accounts() -> None:
    results = settle(two_days())
    assert results.orders.equals(pl.DataFrame(schema=ORDERS))
    assert results.statements.equals(pl.DataFrame(schema=STATEMENTS))
    assert results.accounts.schema == ACCOUNTS
    assert results.accounts["closing_balance_minor"].to_list() == [0, 10]
    assert results.accounts["paid_minor"].to_list() == [0, 0]


def test_totals_may_leave_the_range_of_64_bits() -> None:
    accounts = [
        SettlementAccount("STEPKZA0", KZT, MAX_AMOUNT),
        SettlementAccount("OASIUZT0", KZT, 0),
    ]
    there_and_back = [("STEPKZA0", "OASIUZT0"), ("OASIUZT0", "STEPKZA0")] * 12
    payments = [payment(*sides, MAX_AMOUNT, 100) for sides in there_and_back]
    results = settle(scenario_of(accounts, payments, [day(0, 100, 200)]))
    assert 12 * MAX_AMOUNT > 2**63
    assert results.accounts["paid_minor"].to_list() == [12 * MAX_AMOUNT] * 2
    assert results.accounts["received_minor"].to_list() == [12 * MAX_AMOUNT] * 2
    assert results.accounts["closing_balance_minor"].to_list() == [0, MAX_AMOUNT]


def busy_day() -> Scenario:
    return two_days(
        payment("STEPKZA0", "MOUNKGB0", 7, 110),
        payment("STEPKZA0", "MOUNKGB0", 4, 120),
        payment("MOUNKGB0", "STEPKZA0", 2, 130),  # releases the one before
        payment("STEPKZA0", "MOUNKGB0", 8, 140),  # returned
    )


def test_balances_that_differ_from_the_postings_are_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settle(busy_day())
    honest = Engine.balances.fget
    assert honest is not None
    one_off = np.array([0, 1])
    monkeypatch.setattr(Engine, "balances", property(lambda engine: honest(engine) + one_off))
    with pytest.raises(InvariantBroken, match=r"figures claimed equal figures posted: account 1:"):
        settle(busy_day())


def _without_an_end(events: Events) -> Events:
    return events[events["order"] != 3]


def _ended_twice(events: Events) -> Events:
    refusal = events[-1:].copy()
    refusal["order"], refusal["kind"] = 0, EventKind.REJECTED
    return np.concatenate([events, refusal])


def _settled_unseen(events: Events) -> Events:
    changed = events.copy()
    settled = changed["kind"] == EventKind.SETTLED
    changed["kind"][np.flatnonzero(settled)[-1]] = EventKind.REJECTED
    return changed


@pytest.mark.parametrize(
    ("falsify", "message"),
    [
        (_without_an_end, "an order ends once: order 3 ended 0 times"),
        (_ended_twice, "an order ends once: order 0 ended 2 times"),
        (_settled_unseen, "figures claimed equal figures posted"),
    ],
)
def test_events_that_contradict_themselves_are_noticed(
    monkeypatch: pytest.MonkeyPatch, falsify: Callable[[Events], Events], message: str
) -> None:
    apply = settling._apply

    def falsified(*arguments: Any) -> tuple[PeriodRecord, dict[int, Search]]:
        record, searches = apply(*arguments)
        return attrs.evolve(record, events=falsify(record.events)), searches

    monkeypatch.setattr(settling, "_apply", falsified)
    with pytest.raises(InvariantBroken, match=message):
        settle(busy_day())


def test_moments_are_utc_to_the_microsecond() -> None:
    orders = settle(busy_day()).orders
    assert {orders.schema[name] for name in orders.columns if name.endswith("_at")} == {TIMESTAMP}
