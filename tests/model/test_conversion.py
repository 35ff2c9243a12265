"""Reference rates: exact, fresh, rounded once."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skontro.model import (
    InputError,
    ReferenceRate,
    ReferenceRates,
    Rounding,
    find_currency,
)

KZT, RUB, USD, JPY = (find_currency(code) for code in ("KZT", "RUB", "USD", "JPY"))
HOUR = 3_600_000_000
UNITS = st.decimals("0.0001", "99999", places=4)


def fixing(base: object, quote: object, rate: str | Decimal, at: int = 0) -> ReferenceRate:
    return ReferenceRate(base, quote, Decimal(rate), at, "bank")  # type: ignore[arg-type]


@given(UNITS, UNITS)
def test_inverse_and_cross_rates_are_exact(one: Decimal, other: Decimal) -> None:
    rates = ReferenceRates([fixing(USD, KZT, one), fixing(USD, RUB, other)], USD, HOUR)
    assert rates.rate(USD, KZT, 5).rate == Fraction(one)
    assert rates.rate(KZT, USD, 5).rate == 1 / Fraction(one)
    cross = rates.rate(KZT, RUB, 5)
    assert cross.rate == Fraction(other) / Fraction(one)
    assert [f.quote for f in cross.fixings] == [KZT, RUB]
    assert rates.rate(RUB, KZT, 5).rate * cross.rate == 1


@given(UNITS, st.integers(0, 10**15))
def test_there_and_back_differs_by_what_rounding_once_each_way_can_do(
    rate: Decimal, amount: int
) -> None:
    rates = ReferenceRates([fixing(USD, KZT, rate)], None, HOUR)
    there = rates.convert(amount, USD, KZT, 0)
    exact = amount * Fraction(rate)
    assert abs(there - exact) <= Fraction(1, 2)
    assert abs(rates.convert(there, KZT, USD, 0) - amount) <= Fraction(1, 2) / Fraction(rate) + 1


@given(st.decimals("0", "1000", places=3))
def test_rounding_rules_are_those_of_their_names(number: Decimal) -> None:
    for rule, constant in (
        (Rounding.HALF_EVEN, ROUND_HALF_EVEN),
        (Rounding.HALF_UP, ROUND_HALF_UP),
        (Rounding.DOWN, ROUND_DOWN),
        (Rounding.UP, ROUND_UP),
    ):
        assert rule.apply(Fraction(number)) == int(number.quantize(Decimal(1), constant))


def test_minor_units_of_both_currencies_count() -> None:
    rates = ReferenceRates([fixing(USD, JPY, "150.5")], None, HOUR)
    assert rates.convert(100_00, USD, JPY, 0) == 15_050
    assert rates.convert(15_050, JPY, USD, 0) == 100_00


def test_the_last_fixing_not_after_the_moment_is_taken() -> None:
    rates = ReferenceRates(
        [fixing(USD, KZT, "500", 0), fixing(KZT, USD, "0.0016", 2 * HOUR)], None, 10 * HOUR
    )
    assert rates.rate(USD, KZT, 2 * HOUR - 1).rate == 500
    assert rates.rate(USD, KZT, 2 * HOUR).rate == 625


def test_missing_and_stale_rates_are_errors_that_say_what_to_do() -> None:
    rates = ReferenceRates([fixing(USD, KZT, "500"), fixing(USD, RUB, "90", 30 * HOUR)], USD, HOUR)
    with pytest.raises(InputError, match="no reference rate of USD in JPY"):
        rates.rate(USD, JPY, 0)
    with pytest.raises(InputError, match=r"is stale .* 2:00:00 old, and at most 1:00:00 is"):
        rates.rate(USD, KZT, 2 * HOUR)
    with pytest.raises(InputError, match=r"rate of USD in KZT.* is stale"):
        rates.rate(RUB, KZT, 30 * HOUR)
    with pytest.raises(InputError, match=r"nor one through USD \(none of RUB in USD\)"):
        rates.rate(RUB, KZT, 0)
    assert rates.rate(USD, KZT, HOUR).rate == 500


def test_contradictions_are_refused() -> None:
    with pytest.raises(InputError, match="KZT/USD has two fixings"):
        ReferenceRates([fixing(USD, KZT, "500"), fixing(KZT, USD, "0.002")], None, HOUR)
    with pytest.raises(InputError, match="not greater than zero"):
        fixing(USD, KZT, "0")
    with pytest.raises(InputError, match="against itself"):
        fixing(USD, USD, "1")
