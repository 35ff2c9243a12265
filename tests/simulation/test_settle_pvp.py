"""Payment versus payment through a whole settlement: both legs at one moment, or neither."""

import datetime
from decimal import Decimal

import attrs
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.files import Results, Scenario
from skontro.model import (
    Algorithm,
    CurrencyPrice,
    PayIn,
    PositionLimits,
    Rulebook,
    ScheduledRuns,
    SettlementAccount,
    WhenQueued,
    find_currency,
)
from skontro.simulation import settle
from tests.draws import examples
from tests.simulation.scenarios import BANKS, CODES, day, scenario_of, scenarios

KAZ, KGZ, UZB = BANKS


def number(count: int) -> str:
    return f"00000000-0000-4000-8000-{count:012}"


def pair(
    one: int, payer: str, payee: str, tenge: int, sum_: int, at: int
) -> list[dict[str, object]]:
    """The payer pays tenge, the payee pays sum; UETRs `one` and the next number."""
    first = {"uetr": number(one), "payer": payer, "payee": payee, "currency": "KZT"}
    second = {"uetr": number(one + 1), "payer": payee, "payee": payer, "currency": "UZS"}
    return [
        first | {"amount_minor": tenge, "submitted_at": at, "counterleg": number(one + 1)},
        second | {"amount_minor": sum_, "submitted_at": at + 1, "counterleg": number(one)},
    ]


def accounts(**tenge_and_sum: tuple[int, int]) -> list[SettlementAccount]:
    return [
        SettlementAccount(bic, find_currency(code), balance)
        for bic, balances in tenge_and_sum.items()
        for code, balance in zip(CODES, balances, strict=True)
    ]


def fates(results: Results) -> list[tuple[object, ...]]:
    orders = results.orders.with_columns(pl.col("final_at").to_physical())
    return orders.select("status", "mechanism", "final_at").rows()


def test_a_pair_with_cover_on_both_sides_settles_when_it_is_complete() -> None:
    banks = accounts(**{KAZ: (10, 0), KGZ: (0, 0), UZB: (0, 900)})
    results = settle(scenario_of(banks, pair(0, KAZ, UZB, 10, 900, 5), [day(0, 0, 20)]))
    assert fates(results) == [("settled", "entry", 6), ("settled", "entry", 6)]
    closing = results.accounts.select("bic", "currency", "closing_balance_minor")
    assert (UZB, "KZT", 10) in closing.rows()
    assert (KAZ, "UZS", 900) in closing.rows()


def test_a_pair_waits_until_both_sides_have_cover() -> None:
    banks = accounts(**{KAZ: (10, 0), KGZ: (0, 900), UZB: (0, 0)})
    payments = pair(0, KAZ, UZB, 10, 900, 5)
    payments.append(
        {"payer": KGZ, "payee": UZB, "currency": "UZS", "amount_minor": 900, "submitted_at": 9}
    )
    results = settle(scenario_of(banks, payments, [day(0, 0, 20)]))
    assert fates(results) == [
        ("settled", "queue", 9),
        ("settled", "queue", 9),
        ("settled", "entry", 9),
    ]


def test_a_pair_without_cover_is_returned_whole() -> None:
    banks = accounts(**{KAZ: (10, 0), KGZ: (0, 0), UZB: (0, 899)})
    results = settle(scenario_of(banks, pair(0, KAZ, UZB, 10, 900, 5), [day(0, 0, 20)]))
    assert fates(results) == [("returned", None, 20), ("returned", None, 20)]
    assert results.statements.height == 0


def test_a_circle_of_pairs_settles_in_the_greatest_fifo_set_alone() -> None:
    banks = accounts(**{KAZ: (2, 0), KGZ: (0, 5), UZB: (0, 2)})
    payments = [
        *pair(0, KAZ, KGZ, 100, 90, 1),
        *pair(2, KGZ, UZB, 100, 88, 3),
        *pair(4, UZB, KAZ, 98, 86, 5),
    ]
    scenario = scenario_of(banks, payments, [day(0, 0, 20)])
    assert {status for status, _, _ in fates(settle(scenario))} == {"returned"}
    rulebook = Rulebook(when_queued=WhenQueued(6))
    results = settle(attrs.evolve(scenario, rulebook=rulebook))
    assert fates(results) == [("settled", "greatest_fifo_set", 6)] * 6


def test_within_position_limits_what_one_owes_is_held_against_what_it_has() -> None:
    # A tenge is worth 10 units, a sum one. Nobody holds anything; each may be short of 100 in a
    # currency, and of 100 units together.
    prices = (
        CurrencyPrice(find_currency("KZT"), Decimal(10)),
        CurrencyPrice(find_currency("UZS"), Decimal(1)),
    )
    banks = [
        attrs.evolve(account, credit_line=100)
        for account in accounts(**{KAZ: (0, 0), KGZ: (0, 0), UZB: (0, 0)})
    ]
    payments = [
        *pair(0, KAZ, UZB, 9, 90, 1),  # fair: both keep a value of zero
        *pair(2, KAZ, KGZ, 2, 19, 3),  # leaves Kazakhstan a unit short
        *pair(4, KGZ, UZB, 11, 110, 5),  # more than 100 units short together
    ]
    limits = PositionLimits(find_currency("USD"), prices, 100)
    rulebook = Rulebook(
        when_queued=WhenQueued(6, Algorithm.WITHIN_POSITION_LIMITS), position_limits=limits
    )
    results = settle(attrs.evolve(scenario_of(banks, payments, [day(0, 0, 20)]), rulebook=rulebook))
    assert [status for status, _, _ in fates(results)] == ["settled"] * 2 + ["returned"] * 4
    assert [how for _, how, _ in fates(results)][:2] == ["within_position_limits"] * 2


def test_pay_ins_bring_net_short_positions_in_parts() -> None:
    # Kazakhstan is short of 9 tenge and Uzbekistan of 90 sum; half by one minute, all by two. With
    # nothing paid in a value of zero would do, were it not for the haircut on sum.
    minute = 60_000_000
    prices = (
        CurrencyPrice(find_currency("KZT"), Decimal(10)),
        CurrencyPrice(find_currency("UZS"), Decimal(1), Decimal("0.5")),
    )
    pay_ins = (
        PayIn(datetime.time(6, 1), Decimal("0.5")),
        PayIn(datetime.time(6, 2), Decimal(1)),
    )
    limits = PositionLimits(find_currency("USD"), prices, 1000, pay_ins)
    banks = [
        attrs.evolve(account, credit_line=100)
        for account in accounts(**{KAZ: (0, 0), KGZ: (0, 0), UZB: (0, 0)})
    ]
    runs = ScheduledRuns(Algorithm.WITHIN_POSITION_LIMITS, every=30_000_000)
    rulebook = Rulebook(schedule=(runs,), position_limits=limits)
    scenario = scenario_of(banks, pair(0, KAZ, UZB, 9, 90, 1), [day(0, 0, 3 * minute)])
    results = settle(attrs.evolve(scenario, rulebook=rulebook))
    # After half, Kazakhstan has 5 of 9 tenge: -4 x 10 + 90 x 0.5 is 5; Uzbekistan 45 of 90 sum:
    # 9 x 10 - 45 x 1.5 is 22.5. Both are worth something.
    assert fates(results) == [("settled", "within_position_limits", minute)] * 2
    brought = results.accounts.filter(pl.col("transferred_in_minor") > 0)
    assert brought.select("bic", "currency", "closing_balance_minor").rows() == [
        (KAZ, "KZT", 0),
        (UZB, "UZS", 0),
    ]
    parts = results.statements.filter(pl.col("uetr").is_null())["credit_minor"].to_list()
    assert parts == [5, 4, 45, 45]


@st.composite
def linked_days(draw: st.DrawFn) -> Scenario:
    """Days as `scenarios` draws them, with legs made of neighbours in two currencies."""
    scenario = draw(scenarios())
    rows = scenario.payments.to_dicts()
    for one, other in zip(rows[::2], rows[1::2], strict=False):
        if one["currency"] != other["currency"] and draw(st.integers(0, 4)):
            one["counterleg"], other["counterleg"] = other["uetr"], one["uetr"]
    rulebook = draw(
        st.sampled_from(
            [
                Rulebook(),
                Rulebook(offset_on_entry=True),
                *(
                    Rulebook(when_queued=WhenQueued(4, algorithm))
                    for algorithm in (
                        Algorithm.GREATEST_FIFO_SET,
                        Algorithm.ALL_OR_NOTHING,
                        Algorithm.BILATERAL_PASS,
                    )
                ),
                Rulebook(when_queued=WhenQueued(4), in_runs_only=True),
            ]
        )
    )
    payments = pl.DataFrame(rows, schema=scenario.payments.schema)
    return attrs.evolve(scenario, payments=payments, rulebook=rulebook)


@settings(max_examples=examples(120))
@given(linked_days())
def test_both_legs_settle_at_one_moment_or_neither_does(scenario: Scenario) -> None:
    orders = settle(scenario).orders
    legs = orders.filter(pl.col("counterleg").is_not_null())
    other = legs.join(
        orders.select("uetr", "status", "final_at"), left_on="counterleg", right_on="uetr"
    )
    assert other.height == legs.height
    for status, at, other_status, other_at in other.select(
        "status", "final_at", "status_right", "final_at_right"
    ).iter_rows():
        assert (status == "settled") == (other_status == "settled")
        if status == "settled":
            assert at == other_at
