"""Rates and quotes at their edges: who has one, when it is stale, which is the best."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from skontro.model import Currency, InputError
from skontro.model.conversion import ConversionOrder, price_conversions
from skontro.model.rates import Rate, RateTable, ReferenceRate, ReferenceRates, Rounding
from tests.model.test_refusals import DATE, JPY, KZT, OTHER, RUB, UETR, USD, quote


def test_a_rate_table_knows_its_currencies() -> None:
    table = RateTable(USD, [Rate(RUB, Decimal(90), DATE, "a"), Rate(KZT, Decimal(450), DATE, "a")])
    assert [rate.currency for rate in table.rates] == [KZT, RUB]
    assert [currency in table for currency in (USD, KZT, RUB, JPY)] == [True, True, True, False]
    assert "KZT" not in table
    with_own = RateTable(USD, [*table.rates, Rate(USD, Decimal(1), DATE, "a")])
    assert with_own.rates_of_others == table.rates
    assert table.amount(100, KZT) == 45_000


def test_a_currency_has_the_rate_one_against_itself_whatever_is_fixed() -> None:
    assert ReferenceRates([], None, 1).rate(KZT, KZT, 0).rate == 1
    assert ReferenceRates([], None, 1).rate(KZT, KZT, 0).fixings == ()
    assert ReferenceRates([], None, 1).convert(7, KZT, KZT, 0) == 7


@pytest.mark.parametrize(
    ("rounding", "wholes"),
    [
        (Rounding.HALF_EVEN, [0, 0, 0, 1, 1, 2, 2]),
        (Rounding.HALF_UP, [0, 0, 1, 1, 1, 2, 2]),
        (Rounding.DOWN, [0, 0, 0, 0, 1, 1, 2]),
        (Rounding.UP, [0, 1, 1, 1, 1, 2, 2]),
    ],
)
def test_roundings(rounding: Rounding, wholes: list[int]) -> None:
    exact = [Fraction(n) for n in ("0", "1/4", "1/2", "3/4", "1", "3/2", "2")]
    assert [rounding.apply(one) for one in exact] == wholes


def test_a_stale_fixing_is_refused_from_the_first_microsecond_on() -> None:
    rates = ReferenceRates([ReferenceRate(KZT, RUB, Decimal("0.2"), 100, "NBK")], None, 50)
    assert rates.rate(KZT, RUB, 150).rate == Fraction(1, 5)
    assert rates.rate(RUB, KZT, 100).rate == 5
    with pytest.raises(InputError, match=r"by NBK, is stale at .*: it is 0:00:00.000051 old, and"):
        rates.rate(KZT, RUB, 151)
    with pytest.raises(InputError, match=r"no reference rate of KZT in RUB at .*00.000099"):
        rates.rate(KZT, RUB, 99)
    with pytest.raises(InputError, match="two fixings"):
        ReferenceRates([*rates.fixings, ReferenceRate(RUB, KZT, Decimal(5), 100, "b")], None, 1)


def test_a_cross_rate_says_which_step_is_absent() -> None:
    def fixing(base: Currency, quote: Currency, units: int) -> ReferenceRate:
        return ReferenceRate(base, quote, Decimal(units), 0, "a")

    both = ReferenceRates([fixing(USD, KZT, 450), fixing(USD, RUB, 90)], USD, 10)
    assert both.rate(RUB, KZT, 5).rate == 5
    assert [one.quote for one in both.rate(RUB, KZT, 5).fixings] == [RUB, KZT]
    one = ReferenceRates([fixing(USD, KZT, 450)], USD, 10)
    with pytest.raises(InputError, match=r"through USD \(none of RUB in USD\): add one"):
        one.rate(RUB, KZT, 5)
    with pytest.raises(InputError, match=r"through USD \(none of RUB in USD and of USD in JPY\)"):
        one.rate(RUB, JPY, 5)
    with pytest.raises(InputError, match=r"no reference rate of USD in RUB at [^,]*: add one"):
        one.rate(USD, RUB, 5)


def test_quotes_are_taken_at_their_edges_and_best_first() -> None:
    def order(at: int, buys: int = 100, **fields: Any) -> ConversionOrder:
        return ConversionOrder(UETR, "CCCCKGK0", RUB, buys, KZT, at, **fields)

    quotes = [quote(), quote(market_maker=OTHER, rate=Decimal(4), valid_from=15)]
    priced = price_conversions([order(at) for at in (9, 10, 20, 21, 15)], quotes)
    assert [one.quote for one in priced] == [None, 0, None, None, 1]
    assert [int(one.reason) for one in priced] == [70, 0, 71, 70, 0]
    assert [(one.pays, one.gets) for one in priced] == [
        (0, 0), (500, 100), (0, 0), (0, 0), (400, 100),
    ]  # fmt: skip
    sold = price_conversions([order(12, 499, amount_is_sold=True)], quotes)[0]
    assert (sold.pays, sold.gets) == (499, 99)
    assert price_conversions([order(12, 4, amount_is_sold=True)], quotes)[0].reason == 16
    for worst, reason in (("5", 0), ("4.99", 72)):
        one = price_conversions([order(12, worst_rate=Decimal(worst))], quotes)[0]
        assert one.reason == reason
    rates = ReferenceRates([ReferenceRate(RUB, KZT, Decimal(4), 0, "a")], None, 100)
    for tolerance, reason in (("0.25", 0), ("0.24", 73)):
        one = price_conversions([order(12)], quotes, rates, Decimal(tolerance))[0]
        assert one.reason == reason
    with pytest.raises(InputError, match="a tolerance needs reference rates"):
        price_conversions([], quotes, None, Decimal(1))
