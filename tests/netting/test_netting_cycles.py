"""Netting cycles: everything settles, and every amount is what netting and its funding say."""

from collections import Counter
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings

from skontro.files import Results, Scenario
from skontro.model import (
    CycleLength,
    Failure,
    HoldingLimit,
    InputError,
    Netting,
    NettingRules,
    ResidualCurrency,
    SwapLine,
    find_country,
    find_currency,
)
from skontro.simulation import settle
from tests.draws import examples
from tests.netting.plain_cycles import NobodyLeftError, PlainCycles
from tests.netting.unions import (
    AGENT,
    BANKS,
    HOUR,
    USD,
    days,
    failing_unions,
    union,
    unions,
)

KAZ, KGZ, UZB, RUS = BANKS


def balances(results: Results) -> dict[tuple[str, str], int]:
    table = results.accounts
    return {
        (bic, code): closing
        for bic, code, closing in table.select(
            "bic", "currency", "closing_balance_minor"
        ).iter_rows()
    }


@settings(max_examples=examples(60))
@given(unions())
def test_a_union_settles_everything_and_every_amount_is_accounted_for(scenario: Scenario) -> None:
    results = settle(scenario)
    assert scenario.netting is not None
    assert set(results.orders["status"]) <= {"settled"}
    assert set(results.orders["mechanism"]) <= {"all_or_nothing"}
    ends = balances(results)
    # The clearing agent ends with what it had.
    assert all(amount == 0 for (bic, _), amount in ends.items() if bic == AGENT)
    assert all(amount >= 0 for amount in ends.values())
    moved: Counter[tuple[str, str]] = Counter()
    for payer, payee, currency, amount in results.orders.select(
        "payer", "payee", "currency", "amount_minor"
    ).iter_rows():
        moved[payer, currency] -= amount
        moved[payee, currency] += amount
    table = results.accounts
    for bic, code, brought, taken in table.select(
        "bic", "currency", "transferred_in_minor", "transferred_out_minor"
    ).iter_rows():
        assert ends[bic, code] == moved[bic, code] + int(brought) - int(taken)
    brought_in = results.residuals.filter(~pl.col("source").is_in(["balance", "holding_limit"]))
    assert brought_in["amount_minor"].sum() == sum(int(x) for x in table["transferred_in_minor"])


@settings(max_examples=examples(20))
@given(unions())
def test_the_two_legs_of_a_conversion_settle_together(scenario: Scenario) -> None:
    orders = settle(scenario).orders
    conversions = orders.filter((pl.col("payer") == AGENT) | (pl.col("payee") == AGENT))
    if "counterleg" in orders.columns:
        legs = conversions.filter(pl.col("counterleg").is_not_null())
        other = legs.select("uetr", "counterleg", "final_at", "run").join(
            legs.select("uetr", "counterleg", "final_at"),
            left_on="counterleg",
            right_on="uetr",
            how="left",
        )
        assert (other["final_at"] == other["final_at_right"]).all()
        assert (other["uetr"] == other["counterleg_right"]).all()


@settings(max_examples=examples(50))
@given(unions() | failing_unions())
def test_who_pays_what_from_where_is_what_the_rules_say(scenario: Scenario) -> None:
    """Each row of what net positions were paid with, and the use of each swap line."""
    rules = scenario.netting
    assert rules is not None
    plain = PlainCycles(scenario, rules)
    try:
        plain.settle()
    except NobodyLeftError as error:
        with pytest.raises(InputError, match=f"no participant is left to pay for {error}"):
            settle(scenario)
        return
    results = settle(scenario)
    names = ("cycle", "debtor", "creditor", "currency", "amount_minor", "source", "funded_by")
    assert results.residuals.select(*names).rows() == plain.rows
    assert results.swap_lines.drop("cut_off_at").rows() == plain.swap_rows
    assert balances(results) == plain.balance
    country = {p.bic: p.country.alpha3 for p in scenario.directory.participants}
    for side in ("debtor", "creditor"):
        places = results.residuals.select(side, f"{side}_country").rows()
        assert all(country[bic] == code for bic, code in places if bic is not None)
    third = results.residuals["source"].is_in(["third_currency", "collateral", "holding_limit"])
    given = results.residuals["currency"].to_list()
    assert results.residuals["funding_currency"].to_list() == [
        "USD" if bought else code for bought, code in zip(third, given, strict=True)
    ]


def three_way(**rules: object) -> Results:
    """Kazakhstan pays Russia 900 roubles, Russia pays Uzbekistan 125,000 sum, and so on."""
    [day] = days(1)
    opens = day.opens_at
    payments = [
        (KAZ, RUS, "RUB", 900_00, opens),
        (RUS, UZB, "UZS", 125_000_00, opens + HOUR),
        (UZB, KAZ, "KZT", 4_000_00, opens + 2 * HOUR),
    ]
    given = {"length": CycleLength(1, "days"), "third_currency": USD} | rules
    return settle(union(payments, NettingRules(**given), [day]))  # type: ignore[arg-type]


def residuals(results: Results) -> list[tuple[object, ...]]:
    return results.residuals.select(
        "debtor",
        "creditor",
        "currency",
        "amount_minor",
        "source",
        "funding_currency",
        "national_by_corridor",
    ).rows()


def test_by_currency_each_debtor_pays_in_the_currency_of_the_order() -> None:
    # Nobody has a foreign currency, so all three are bought with dollars.
    assert residuals(three_way()) == [
        (UZB, KAZ, "KZT", 4_000_00, "third_currency", "USD", False),
        (KAZ, RUS, "RUB", 900_00, "third_currency", "USD", False),
        (RUS, UZB, "UZS", 125_000_00, "third_currency", "USD", False),
    ]


def test_across_currencies_only_what_is_left_is_paid() -> None:
    # 900 roubles and 125,000 sum are 10 dollars each; 4,000 tenge are 8. Uzbekistan is owed 2 net,
    # Kazakhstan owes 2 net, Russia nothing.
    third = three_way(residual=ResidualCurrency.THIRD, clearing_agent=AGENT)
    assert residuals(third) == [(KAZ, UZB, "USD", 2_00, "third_currency", "USD", False)]
    debtor = three_way(residual=ResidualCurrency.DEBTOR, clearing_agent=AGENT)
    assert residuals(debtor) == [(KAZ, UZB, "KZT", 1_000_00, "central_bank", "KZT", True)]
    creditor = three_way(residual=ResidualCurrency.CREDITOR, clearing_agent=AGENT)
    assert residuals(creditor) == [(KAZ, UZB, "UZS", 25_000_00, "third_currency", "USD", False)]


def test_a_swap_line_comes_before_the_third_currency_and_holdings_beyond_the_limit_are_sold() -> (
    None
):
    line = SwapLine(find_country("KAZ"), find_currency("UZS"), 15_000_00)
    results = three_way(
        residual=ResidualCurrency.CREDITOR, clearing_agent=AGENT, swap_lines=(line,)
    )
    assert residuals(results) == [
        (KAZ, UZB, "UZS", 15_000_00, "swap_line", "UZS", True),
        (KAZ, UZB, "UZS", 10_000_00, "third_currency", "USD", False),
    ]
    assert results.swap_lines.select("drawn_minor", "outstanding_minor").rows() == [
        (15_000_00, 15_000_00)
    ]
    limit = HoldingLimit(UZB, find_currency("KZT"), 400_00)
    results = three_way(
        residual=ResidualCurrency.DEBTOR, clearing_agent=AGENT, holding_limits=(limit,)
    )
    assert residuals(results)[1] == (None, UZB, "KZT", 600_00, "holding_limit", "USD", False)
    assert balances(results)[UZB, "KZT"] == 400_00


def test_an_account_that_holds_enough_pays_from_it() -> None:
    [day] = days(1)
    rules = NettingRules(CycleLength(1, "days"), USD)
    payments = [(KAZ, RUS, "RUB", 900_00, day.opens_at)]
    results = settle(union(payments, rules, [day], {(KAZ, "RUB"): 1_000_00}))
    assert residuals(results) == [(KAZ, RUS, "RUB", 900_00, "balance", "RUB", True)]
    assert balances(results)[KAZ, "RUB"] == 100_00


def test_swap_lines_are_repaid_first_and_bear_interest() -> None:
    first, second = days(2)
    line = SwapLine(find_country("KAZ"), find_currency("RUB"), 10**9, Decimal("0.36"))
    rules = NettingRules(CycleLength(1, "days"), USD, swap_lines=(line,))
    payments = [
        (KAZ, RUS, "RUB", 1_000_000_00, first.opens_at),
        (RUS, KAZ, "RUB", 400_000_00, second.opens_at),
    ]
    results = settle(union(payments, rules, [first, second]))
    # 0.1 per cent a day: 36 per cent by 360 days.
    assert results.swap_lines.drop("cut_off_at").rows() == [
        (1, "KAZ", "RUB", 1_000_000_00, 0, 1_000_000_00, 0),
        (2, "KAZ", "RUB", 0, 400_000_00, 600_000_00, 1_000_00),
    ]


def test_nothing_is_unwound_when_a_participant_fails() -> None:
    [day] = days(1)
    payments = [
        (KAZ, RUS, "RUB", 900_00, day.opens_at),  # 10 dollars
        (KAZ, UZB, "RUB", 2_700_00, day.opens_at),  # 30 dollars
        (UZB, RUS, "RUB", 100_00, day.opens_at),
    ]
    rules = NettingRules(
        CycleLength(1, "days"),
        USD,
        netting=Netting.BILATERAL,
        collateral={KAZ: 20_00},
        failures=(Failure(KAZ, day.date),),
    )
    results = settle(union(payments, rules, [day]))
    assert set(results.orders["status"]) == {"settled"}
    rows = results.residuals.select("debtor", "creditor", "amount_minor", "source", "funded_by")
    # Its collateral of 20 dollars is 1,800 roubles; the survivors pay the other 1,800 one to three,
    # as they dealt with it.
    assert sorted(rows.rows(), key=str) == sorted(
        [
            (KAZ, UZB, 1_800_00, "collateral", None),
            (KAZ, UZB, 675_00, "survivors", UZB),
            (KAZ, UZB, 225_00, "survivors", RUS),
            (KAZ, RUS, 675_00, "survivors", UZB),
            (KAZ, RUS, 225_00, "survivors", RUS),
            (UZB, RUS, 100_00, "third_currency", None),
        ],
        key=str,
    )


def test_the_same_scenario_gives_the_same_tables() -> None:
    one, other = (three_way(residual=ResidualCurrency.DEBTOR, clearing_agent=AGENT) for _ in "ab")
    assert one.orders.equals(other.orders)
    assert one.residuals.equals(other.residuals)
    assert one.statements.equals(other.statements)


def test_an_order_of_the_very_moment_of_a_cut_off_belongs_to_its_cycle() -> None:
    """Netting adds up: the order of submission within a cycle changes no amount that is paid."""
    [day] = days(1)
    timestamps = [day.opens_at + HOUR, day.opens_at + HOUR + 1, day.closes_at - 1]
    payments = [(KAZ, RUS, "RUB", 100, timestamp) for timestamp in timestamps]
    rules = NettingRules(length=CycleLength(60, "minutes"), third_currency=USD)
    orders = settle(union(payments, rules, [day])).orders
    finals = orders["final_at"].to_physical().to_list()
    assert finals == [day.opens_at + HOUR, day.opens_at + 2 * HOUR, day.closes_at - 1]


def test_orders_of_one_moment_count_in_the_order_of_their_rows_and_net_alike() -> None:
    """Netting adds up, so the order of submission within a cycle changes no amount that is paid."""
    [day] = days(1)
    payments = [
        (KAZ, RUS, "RUB", 900_00, day.opens_at),
        (RUS, KAZ, "RUB", 400_00, day.opens_at),
        (RUS, UZB, "UZS", 125_000_00, day.opens_at + HOUR),
    ]
    rules = NettingRules(length=CycleLength(1, "days"), third_currency=USD)
    forth = settle(union(payments, rules, [day]))
    again = [(*payment[:4], day.opens_at) for payment in reversed(payments)]
    back = settle(union(again, rules, [day]))
    columns = ["debtor", "creditor", "currency", "amount_minor", "source", "funding_currency"]
    assert forth.residuals.select(columns).rows() == back.residuals.select(columns).rows()
    assert forth.orders["amount_minor"].to_list() == [900_00, 400_00, 125_000_00]
    assert back.orders["amount_minor"].to_list() == [125_000_00, 400_00, 900_00]
