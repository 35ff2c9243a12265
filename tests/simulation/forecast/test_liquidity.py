"""Expected flows and lacks against plain sums, and the liquidity that settles a share."""

import datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skontro.model import Rulebook, WhenQueued, find_currency, timestamp_text
from skontro.simulation.forecast import (
    PastDay,
    Spread,
    amounts_that_settle,
    forecast_document,
    forecast_liquidity,
)
from skontro.simulation.forecast.liquidity import QUARTER, waiting_of
from skontro.simulation.what_if import Fork
from tests.service.systems import MINUTE, NOON
from tests.simulation.what_if.days import DATE, HOUR, A, B, at, fork_at, orders, system_at

KZT, RUB = find_currency("KZT"), find_currency("RUB")
ENDS = NOON + 6 * HOUR


def past(rows: list[tuple[int, int, int]], *minutes: float) -> PastDay:
    return PastDay(DATE - datetime.timedelta(1), orders(rows), at(*minutes))


@given(st.lists(st.integers(-(10**30), 10**30), min_size=1, max_size=13))
def test_quartiles_are_by_nearest_rank(values: list[int]) -> None:
    spread = Spread.of(values)
    for quantile, part in ((spread.lower, 1), (spread.median, 2), (spread.upper, 3)):
        assert quantile in values
        assert 4 * sum(one <= quantile for one in values) >= part * len(values)
        assert 4 * sum(one < quantile for one in values) < part * len(values)


def test_without_earlier_days_only_waiting_orders_count() -> None:
    system = system_at(NOON)
    system.orders(NOON + 1, orders([(0, 1, 1_500), (1, 0, 300)]))
    system.orders(NOON + 2, orders([(2, 0, 250)], earliest=NOON + HOUR))
    found = forecast_liquidity(system, DATE, NOON, ENDS, [])
    one = found[0]
    assert (one.participant, one.currency, one.cover) == (A, KZT, 1_300)
    assert (one.waiting_debits, one.waiting_credits) == (1_500, 250)
    assert one.lack == Spread(0, 0, 0)
    assert one.lacks_from is None
    assert one.quarters[0].lack == Spread(-50, -50, -50)
    assert len(one.quarters) == 24
    assert found[1].waiting_credits == 1_500
    assert found[2].waiting_debits == 250


def test_lacks_are_counted_from_the_quarter_hour_in_which_they_begin() -> None:
    day = past([(0, 1, 700), (0, 1, 300), (0, 1, 1), (2, 0, 1)], 14.9, 30, 44, 59)
    one, other, *_ = forecast_liquidity(system_at(NOON), DATE, NOON, ENDS, [day])
    assert [quarter.lack.median for quarter in one.quarters[:5]] == [-300, -300, 1, 0, 0]
    assert [quarter.debits.median for quarter in one.quarters[:5]] == [700, 0, 301, 0, 0]
    assert [quarter.credits.median for quarter in one.quarters[:5]] == [0, 0, 0, 1, 0]
    assert one.lack == Spread(1, 1, 1)
    assert one.lacks_from == NOON + 2 * QUARTER
    assert [quarter.begins for quarter in one.quarters[:2]] == [NOON, NOON + QUARTER]
    assert (other.lack.upper, other.lacks_from) == (0, None)


def test_the_spread_is_over_days_and_lacks_add_up_within_each() -> None:
    days = [past([(0, 1, amount), (0, 1, 600)], 1, 16) for amount in (300, 500, 900, 100)]
    one = forecast_liquidity(system_at(NOON), DATE, NOON, ENDS, days)[0]
    assert one.quarters[0].debits == Spread(100, 300, 500)
    assert one.quarters[1].debits == Spread(600, 600, 600)
    assert one.quarters[1].lack == Spread(-300, -100, 100)
    assert one.lack == Spread(0, 0, 100)


def test_the_grid_begins_with_the_running_quarter_and_ends_with_the_day() -> None:
    day = past([(0, 1, 1), (0, 1, 2), (0, 1, 4)], 8, 359.9, 360)
    found = forecast_liquidity(system_at(NOON), DATE, NOON + 7 * MINUTE, ENDS, [day])[0]
    assert found.quarters[0].begins == NOON
    assert len(found.quarters) == 24
    assert sum(one.debits.median for one in found.quarters) == 3
    late = forecast_liquidity(system_at(NOON), DATE, ENDS, ENDS, [day])[0]
    assert [one.debits.median for one in late.quarters] == [4]
    longer = forecast_liquidity(system_at(NOON), DATE, NOON, ENDS + 1, [day])[0]
    assert len(longer.quarters) == 25


def test_the_warehouse_waits_before_the_opening_only() -> None:
    system = system_at(NOON - 4 * HOUR)
    system.orders(NOON - 4 * HOUR + 1, orders([(0, 1, 40)]))
    tomorrow = NOON // (24 * HOUR) + 1
    system.orders(NOON - 4 * HOUR + 2, orders([(0, 1, 2)], value_date=tomorrow))
    assert waiting_of(system, DATE) == ({0: 40}, {1: 40})
    assert waiting_of(system, DATE + datetime.timedelta(1))[0] == {0: 42}
    opened = system_at(NOON)
    opened.orders(NOON + 1, orders([(0, 1, 2)], value_date=tomorrow))
    assert waiting_of(opened, DATE + datetime.timedelta(1)) == ({}, {})


def test_credit_lines_are_cover() -> None:
    system = system_at(NOON)
    system.engine.apply(_credit_line(0, 70))
    assert forecast_liquidity(system, DATE, NOON, ENDS, [])[0].cover == 1_070


def _credit_line(account: int, amount: int) -> Any:
    from skontro.engine import CommandKind, command

    return command(CommandKind.SET_CREDIT_LINE, NOON + 1, payer=account, amount=amount)


def settle(rows: list[tuple[int, int, int]], lacks: Any, share: Any = Fraction(95, 100)) -> Any:
    minutes = [10 * (number + 1) for number in range(len(rows))]
    return amounts_that_settle(fork_at(NOON), orders(rows), at(*minutes), lacks, share)


def test_nothing_is_needed_where_the_share_settles() -> None:
    kzt, rub = settle([(0, 1, 950), (0, 1, 50), (0, 1, 1)], {(A, KZT): 1})
    assert (kzt.currency, kzt.value, kzt.settled_without, kzt.settled_with) == (
        KZT,
        1_001,
        1_000,
        1_000,
    )
    assert (kzt.reached, kzt.total, kzt.amounts) == (True, 0, {})
    assert (rub.value, rub.reached) == (0, True)


@pytest.mark.parametrize(
    ("amount", "part"), [(1_001, 1), (1_100, 1), (1_101, 2), (1_800, 8), (2_599, 16), (2_600, 16)]
)
def test_the_smallest_sixteenth_that_settles_is_found(amount: int, part: int) -> None:
    """Of a lack of 1,600 each sixteenth is 100; one order needs it all at once."""
    kzt, _ = settle([(0, 1, amount)], {(A, KZT): 1_600, (B, KZT): 0})
    assert kzt.amounts == {A: 100 * part}
    assert (kzt.reached, kzt.settled_without, kzt.settled_with) == (True, 0, amount)


def test_parts_are_rounded_up_to_minor_units() -> None:
    kzt, _ = settle([(0, 1, 1_001)], {(A, KZT): 1})
    assert (kzt.amounts, kzt.total) == ({A: 1}, 1)


def test_a_share_that_liquidity_does_not_reach_is_reported() -> None:
    kzt, _ = settle([(0, 1, 2_601), (0, 1, 100)], {(A, KZT): 1_600})
    assert (kzt.reached, kzt.amounts) == (False, {A: 1_600})
    assert (kzt.settled_without, kzt.settled_with, kzt.value) == (0, 0, 2_701)


def test_the_exact_share_suffices_and_currencies_are_apart() -> None:
    rows = [(0, 1, 900), (0, 1, 150), (3, 4, 1_400)]
    lacks = {(A, KZT): 160, (A, RUB): 1_600}
    kzt, rub = settle(rows, lacks, Fraction(900, 1_050))
    assert (kzt.total, kzt.settled_with) == (0, 900)
    assert (rub.amounts, rub.settled_with) == ({A: 400}, 1_400)
    kzt, rub = settle(rows, lacks, Fraction(901, 1_050))
    assert (kzt.amounts, kzt.settled_with) == ({A: 50}, 1_050)
    assert rub.amounts == {A: 400}


def test_net_lacks_settle_a_circle_where_there_is_offsetting() -> None:
    system = system_at(NOON, rulebook=Rulebook(when_queued=WhenQueued(1)))
    system.orders(NOON + 1, orders([(0, 1, 1_500), (1, 2, 2_600), (2, 0, 4_200)]))
    day = past([(0, 1, 800), (1, 2, 700), (2, 0, 100)], 10, 20, 30)
    forecast = forecast_liquidity(system, DATE, NOON + 1, ENDS, [day])
    lacks = {(one.participant, one.currency): one.lack.median for one in forecast}
    fork = Fork(system.rules, system.snapshot(), NOON + 1)
    kzt, _ = amounts_that_settle(fork, day.orders, day.due, lacks, Fraction(1))
    assert (kzt.reached, kzt.value, kzt.settled_with) == (True, 9_900, 9_900)


def test_net_lacks_may_not_settle_a_circle_one_by_one() -> None:
    rows = [(0, 1, 1_500), (1, 2, 2_600), (2, 0, 4_200)]
    kzt, _ = settle(rows, {(A, KZT): 0, (B, KZT): 100, ("CCCCUZK0", KZT): 600})
    assert (kzt.reached, kzt.settled_with, kzt.total) == (False, 0, 700)


def test_the_document_has_decimals_and_the_largest_lack_first() -> None:
    days = [past([(0, 1, 1_250), (2, 1, 1_100)], 16, 17)]
    forecast = forecast_liquidity(system_at(NOON), DATE, NOON, ENDS, days)
    [settling, _] = settle([(0, 1, 1_200)], {(A, KZT): 250})
    document = forecast_document(forecast, [days[0].date], [settling])
    assert document["days"] == ["2026-11-23"]
    names = [(one["participant"], one["currency"]) for one in document["accounts"]]
    assert names[:3] == [(A, "KZT"), ("CCCCUZK0", "KZT"), (B, "KZT")]
    one = document["accounts"][0]
    quarters = one.pop("quarters")
    assert one == {
        "participant": A,
        "currency": "KZT",
        "cover": "10.00",
        "waiting_debits": "0.00",
        "waiting_credits": "0.00",
        "lack": {"lower": "2.50", "median": "2.50", "upper": "2.50"},
        "lacks_from": timestamp_text(NOON + QUARTER),
    }
    zero = dict.fromkeys(("lower", "median", "upper"), "0.00")
    assert quarters[0] == {
        "begins": "2026-11-24T12:00:00Z",
        "debits": zero,
        "credits": zero,
        "lack": dict.fromkeys(zero, "-10.00"),
    }
    assert document["accounts"][2]["lacks_from"] is None
    assert document["settling"] == [
        {
            "currency": "KZT",
            "value": "12.00",
            "settled_without": "0.00",
            "settled_with": "12.00",
            "reached": True,
            "total": "2.04",
            "amounts": {A: "2.04"},
        }
    ]
