"""What statistics refuse, what they say of nothing at all, and figures at exact limits."""

import datetime
import json
from fractions import Fraction

import attrs
import polars as pl
import pytest

from skontro.files.period import Results
from skontro.model import MAX_AMOUNT, SECOND, InputError, find_country, find_currency
from skontro.report.plots.shares import corridor_plot
from skontro.statistics import (
    FIVE_MINUTES,
    TIMELINE,
    TOTAL_TIMELINE,
    Count,
    CreditEffect,
    CreditLines,
    CurrencyShares,
    CurrencyUse,
    Definition,
    Dimension,
    Layer,
    Quantiles,
    as_json,
    break_down,
    credit_lines,
    decimal_text,
    herfindahl,
    measure_delay,
    measure_liquidity,
    national_currency_share,
    ratio,
    summarise,
    timeline,
    total_timeline,
)
from skontro.statistics.exact import nearest_rank
from skontro.statistics.nationality import with_nationality
from tests.statistics.settled_period import Bank, Payment, business_day, rate_table, settle

DAY = business_day(datetime.date(2026, 3, 2))
ONE, OTHER = "BANKKZ22", "BANKRU22"
BANKS = [
    Bank(ONE, "Bänk of Almaty", "KAZ", {"KZT": (100, 0), "USD": (50, 7)}),
    Bank(OTHER, "Bank of Moscow", "RUS", {"KZT": (0, 0), "USD": (0, 0)}),
]
RATES = rate_table({"KZT": "500"})


def period(payments: list[Payment], banks: list[Bank] = BANKS) -> Results:
    return settle(banks, payments, [DAY], RATES, provenance={"z": "last", "a": "first"})


@pytest.fixture(scope="module")
def three_orders() -> Results:
    return period(
        [
            Payment(ONE, OTHER, "KZT", 60, DAY.opens_at + SECOND),
            Payment(ONE, OTHER, "KZT", 50, DAY.opens_at + 2 * SECOND),
            Payment(ONE, OTHER, "USD", 40, DAY.opens_at + 3 * SECOND),
        ]
    )


@pytest.fixture(scope="module")
def empty() -> Results:
    return period([])


# ------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("row", "column", "value", "message"),
    [
        (1, "status", "queued", "order {uetr}: status 'queued' is not final; statistics are of a"),
        (2, "status", "held", "order {uetr}: status 'held' is not final"),
        (1, "business_date", datetime.date(2026, 3, 3), "order {uetr}: business_date is not one"),
        (2, "instructed_currency", "EUR", "order {uetr}: instructed_amount_minor is missing"),
    ],
)
def test_an_order_that_does_not_belong_in_a_settled_period_is_named(
    three_orders: Results, row: int, column: str, value: object, message: str
) -> None:
    values = three_orders.orders[column].to_list()
    values[row] = value
    dtype = three_orders.orders.schema[column]
    changed = three_orders.orders.with_columns(pl.Series(column, values, dtype=dtype))
    named = message.format(uetr=three_orders.orders["uetr"][row])
    with pytest.raises(InputError) as error:
        national_currency_share(attrs.evolve(three_orders, orders=changed), Layer.INSTRUCTION)
    assert str(error.value).startswith(f"table orders: {named}")


@pytest.mark.parametrize("step", [0, -1])
def test_a_step_is_greater_than_zero(empty: Results, step: int) -> None:
    with pytest.raises(InputError, match=f"step between two times: {step} is not greater"):
        timeline(empty, step)


def test_a_step_may_be_of_a_microsecond() -> None:
    day = attrs.evolve(DAY, closes_at=DAY.opens_at + 3)
    [bank, other] = BANKS
    payment = Payment(bank.bic, other.bic, "KZT", 60, DAY.opens_at + 1)
    table = timeline(settle(BANKS, [payment], [day], RATES), 1)
    assert table["settled_minor"].to_list() == [0, 60, 60, 60]


# ----------------------------------------------------------------- the shape of the tables


def test_what_came_before_the_opening_counts_from_the_opening() -> None:
    payments = [
        Payment(ONE, OTHER, "KZT", 60, DAY.opens_at - 2 * FIVE_MINUTES),
        Payment(ONE, OTHER, "KZT", 5, DAY.opens_at + FIVE_MINUTES),
        Payment(ONE, OTHER, "KZT", 6, DAY.opens_at + FIVE_MINUTES + 1),
    ]
    table = timeline(period(payments))
    assert table["submitted_minor"].to_list()[:4] == [60, 65, 71, 71]
    assert table["observed_at"].to_physical()[1] == DAY.opens_at + 300 * SECOND
    assert table.height == 9 * 12 + 1


def test_each_currency_has_a_line_of_its_own(three_orders: Results) -> None:
    table = timeline(three_orders, 4 * 3600 * SECOND)
    assert table.schema == TIMELINE
    assert table.select("currency", "queued_orders", "queued_minor", "queued_value").rows() == [
        *[("KZT", 0, 0, 0), ("USD", 0, 0, 0)],
        *[("KZT", 1, 50, 0), ("USD", 0, 0, 0)] * 2,
        *[("KZT", 0, 0, 0), ("USD", 0, 0, 0)],
    ]
    assert table["submitted_value"].to_list() == [0, 0, *[0, 40] * 3]
    assert total_timeline(table).schema == TOTAL_TIMELINE


def test_a_period_without_orders_has_figures_for_nothing(empty: Results) -> None:
    assert timeline(empty).is_empty()
    assert timeline(empty).schema == TIMELINE
    document = json.loads(as_json(summarise(empty)))
    nothing = {"orders": 0, "value": "0", "share": None, "concentration": None}
    share = document["national_currency_share"]["instruction"]
    whole = {"orders": 0, "value": "0", "concentration": None, "currencies": []}
    whole |= {"by_corridor": nothing, "by_member": nothing}
    assert share == {
        "total": whole,
        "cross_border": whole,
        "corridors": [],
        "days": [{"date": "2026-03-02", **whole}],
    }
    assert document["turnover"]["total"]["settlement_ratio"] is None
    assert document["delay"]["total"] == {
        "settled_at_once": {"orders": 0, "value": "0"},
        "settled_after_queuing": {"orders": 0, "value": "0"},
        "weighted_mean_microseconds": None,
        "delay_indicator": None,
        "settled_microseconds": {"median": None, "percentile_95": None, "longest": None},
        "queued_microseconds": {"median": None, "percentile_95": None, "longest": None},
    }
    assert break_down(empty, Layer.INTERBANK, [Dimension.CORRIDOR]) == []
    cells = pl.DataFrame(
        schema=dict.fromkeys(("payer_country", "payee_country", "currency"), pl.String)
        | {"business_date": pl.Date}
    )
    added = with_nationality(cells, ())
    assert [added.schema[one.value] for one in Definition] == [pl.Boolean, pl.Boolean]


def test_the_summary_is_laid_out_line_by_line_and_tells_every_figure(three_orders: Results) -> None:
    text = as_json(summarise(three_orders))
    assert text.startswith(
        '{\n "name": "Test period",\n "business_dates": [\n  "2026-03-02"\n ],\n'
    )
    assert text.endswith("\n}\n")
    assert '"name": "Bänk of Almaty"' in text
    document = json.loads(text)
    assert [*document["provenance"]] == ["a", "z"]
    assert document["rates"] == [
        {"currency": "KZT", "units": "500", "as_of": "2026-03-02", "source": "test rates"}
    ]
    assert [part["class"] for part in document["delay"]["classes"]] == ["urgent", "high", "normal"]
    assert document["turnover"]["currencies"][0] == {
        "currency": "KZT",
        "submitted": {"orders": 2, "minor": "110"},
        "settled": {"orders": 1, "minor": "60"},
        "returned": {"orders": 1, "minor": "50"},
        "cancelled": {"orders": 0, "minor": "0"},
        "rejected": {"orders": 0, "minor": "0"},
        "settlement_ratio": "0.545455",
    }
    accounts = document["liquidity"]["accounts"]
    assert [(one["account"], one["bic"], one["currency"]) for one in accounts] == [
        *[(0, ONE, "KZT"), (1, OTHER, "KZT")],
        *[(2, ONE, "USD"), (3, OTHER, "USD")],
    ]
    assert accounts[0] == {
        "account": 0,
        "bic": ONE,
        "currency": "KZT",
        "opening_balance_minor": "100",
        "credit_line_minor": "0",
        "used_minor": "60",
        "credit_used_minor": "0",
        "settled_minor": "60",
        "lower_bound_minor": "110",
        "upper_bound_minor": "110",
        "turnover_ratio": "1.000000",
    }
    [kzt, usd] = document["national_currency_share"]["interbank"]["total"]["currencies"]
    none = {"orders": 0, "minor": "0", "value": "0", "share": "0.000000"}
    assert usd == {
        "currency": "USD",
        "orders": 1,
        "minor": "40",
        "value": "40",
        "share": "1.000000",
        "by_corridor": none,
        "by_member": none,
    }
    assert kzt["by_corridor"] == {"orders": 1, "minor": "60", "value": "0", "share": "0.000000"}


# ------------------------------------------------------------------------- single figures


@pytest.mark.parametrize(
    ("quotient", "places", "text"),
    [
        (None, 2, None),
        (Fraction(0), 0, "0"),
        (Fraction(0), 2, "0.00"),
        (Fraction(-1, 3), 3, "-0.333"),
        (Fraction(-1, 10**4), 3, "0.000"),
        (Fraction(1, 200), 2, "0.00"),
        (Fraction(3, 200), 2, "0.02"),
        (Fraction(25, 2), 0, "12"),
        (Fraction(1, 1000), 3, "0.001"),
        (Fraction(10**20, 1), 1, "100000000000000000000.0"),
    ],
)
def test_a_quotient_is_written_with_so_many_places(
    quotient: Fraction | None, places: int, text: str | None
) -> None:
    assert decimal_text(quotient, places) == text


def test_there_is_no_quotient_by_zero_and_no_concentration_of_nothing() -> None:
    assert (ratio(1, 0), ratio(0, 1), ratio(2, 4)) == (None, 0, Fraction(1, 2))
    assert (herfindahl([]), herfindahl([0, 0]), herfindahl([5])) == (None, None, 1)
    assert herfindahl([1, 1, 2]) == Fraction(6, 16)


@pytest.mark.parametrize(
    ("number", "quotient", "rank"),
    [(1, (1, 100), 1), (4, (1, 2), 2), (5, (1, 2), 3), (20, (19, 20), 19), (21, (19, 20), 20)],
)
def test_the_nearest_rank_has_at_least_that_part_at_or_below_it(
    number: int, quotient: tuple[int, int], rank: int
) -> None:
    assert nearest_rank(pl.Series(range(1, number + 1)), Fraction(*quotient)) == rank


def test_quantiles_of_a_hundred_waits() -> None:
    banks = [
        Bank(ONE, "One", "KAZ", {"KZT": (0, 0)}),
        Bank(OTHER, "Other", "RUS", {"KZT": (100, 0)}),
    ]
    payments = [
        Payment(ONE, OTHER, "KZT", 1, DAY.opens_at + (100 - n) * SECOND) for n in range(1, 101)
    ]
    cover = Payment(OTHER, ONE, "KZT", 100, DAY.opens_at + 100 * SECOND)
    found = measure_delay(period([*payments, cover], banks)).total
    assert found.of_queued == Quantiles(50 * SECOND, 95 * SECOND, 100 * SECOND)
    # With the cover itself, which did not wait.
    assert found.of_settled == Quantiles(50 * SECOND, 95 * SECOND, 100 * SECOND)


def test_totals_go_beyond_64_bits() -> None:
    banks = [
        Bank(ONE, "One", "KAZ", {"USD": (MAX_AMOUNT, 0)}),
        Bank(OTHER, "Other", "RUS", {"USD": (0, 0)}),
    ]
    payments = [
        Payment(*pair, "USD", MAX_AMOUNT, DAY.opens_at + n)
        for n, pair in enumerate([(ONE, OTHER), (OTHER, ONE)] * 10)
    ]
    results = period(payments, banks)
    whole = national_currency_share(results, Layer.INTERBANK).total
    assert whole.value == 20 * MAX_AMOUNT > 2**64
    assert measure_liquidity(results).total.settled == 20 * MAX_AMOUNT
    last = total_timeline(timeline(results, 9 * 3600 * SECOND)).row(-1, named=True)
    assert last["settled_value"] == 20 * MAX_AMOUNT


# ---------------------------------------------------------------- credit and nationality


def use(value: int, by_corridor: int, by_member: int) -> CurrencyShares:
    parts = (Count(1, part, part) for part in (by_corridor, by_member))
    return CurrencyShares((CurrencyUse(find_currency("USD"), 1, value, value, *parts),))


@pytest.mark.parametrize(
    ("before", "settled", "lifts"),
    [
        ((100, 50, 50), (100, 50, 50), False),
        ((100, 50, 50), (100, 51, 50), True),
        ((100, 50, 50), (100, 50, 51), True),
        ((100, 50, 50), (100, 49, 49), False),
        ((0, 0, 0), (100, 1, 1), True),
        ((0, 0, 0), (100, 0, 0), False),
        ((100, 1, 1), (0, 0, 0), False),
        ((0, 0, 0), (0, 0, 0), False),
        ((100, 0, 0), (100, 100, 100), True),
    ],
)
def test_returns_lift_the_share_by_either_definition(
    before: tuple[int, int, int], settled: tuple[int, int, int], lifts: bool
) -> None:
    effect = CreditEffect(CreditLines.NONE, use(*before), use(*settled))
    assert effect.lifts_share is lifts


@pytest.mark.parametrize(
    ("funds", "lines"),
    [
        ({"BGN": (5, 0), "USD": (5, 0)}, CreditLines.NONE),
        ({"BGN": (0, 1), "USD": (5, 0)}, CreditLines.HOME_ONLY),
        ({"BGN": (0, 1), "USD": (0, 1)}, CreditLines.OTHERS_TOO),
        ({"USD": (0, 1)}, CreditLines.OTHERS_TOO),
    ],
)
def test_credit_in_home_currencies_is_told_from_credit_in_others(
    funds: dict[str, tuple[int, int]], lines: CreditLines
) -> None:
    before = business_day(datetime.date(2025, 12, 31))
    banks = [Bank(ONE, "One", "BGR", funds)]
    assert credit_lines(settle(banks, [], [before], RATES)) == lines
    # Bulgaria issues the lev on the first of the two days alone.
    both = settle(banks, [], [before, business_day(datetime.date(2026, 1, 2))], RATES)
    home_only = CreditLines.OTHERS_TOO if lines == CreditLines.HOME_ONLY else lines
    assert credit_lines(both) == home_only


def test_what_is_national_to_the_corridor_is_so_to_the_members() -> None:
    cells = pl.DataFrame(
        {
            "business_date": [DAY.date] * 5,
            "payer_country": ["KAZ", "RUS", "UZB", None, None],
            "payee_country": ["RUS", "KAZ", "RUS", "KAZ", None],
            "currency": ["KZT", "KZT", "KZT", "KZT", "KZT"],
        }
    )
    alone = with_nationality(cells, ())
    assert alone["by_corridor"].to_list() == [True, True, False, True, False]
    assert alone["by_member"].to_list() == [True, True, False, True, False]
    joined = with_nationality(cells, (find_country("KAZ"),))
    assert joined["by_corridor"].to_list() == [True, True, False, True, False]
    assert joined["by_member"].to_list() == [True] * 5


def test_a_definition_says_what_it_means() -> None:
    assert Definition.BY_CORRIDOR.words == "by corridor"
    assert Definition.BY_MEMBER.meaning == "any country of the group issues the currency"


@pytest.mark.parametrize(("count", "wide"), [(12, False), (13, True)])
def test_corridors_of_many_countries_take_the_whole_page(count: int, wide: bool) -> None:
    shares = national_currency_share(period([]), Layer.INTERBANK)
    countries = tuple(f"A{number:02}" for number in range(count))
    assert corridor_plot(shares, countries, find_currency("USD")).wide is wide
