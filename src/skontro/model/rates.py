"""Exchange rates as exact decimals: rates of account, and reference rates with their fixing."""

import datetime
from bisect import bisect_right
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum
from fractions import Fraction

import attrs

from skontro.model.calendar import from_timestamp
from skontro.model.currency import Currency
from skontro.model.errors import InputError

# Amounts have 18 digits and totals of many more; 60 leaves every product exact before rounding.
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


@attrs.frozen
class Rate:
    """Units of a currency for one unit of the currency of account.

    Attributes:
        currency: the priced currency.
        units: exact decimal, greater than zero.
        as_of: the date of the rate.
        source: place of publication.
    """

    currency: Currency
    units: Decimal
    as_of: datetime.date
    source: str

    def __attrs_post_init__(self) -> None:
        if not (self.units.is_finite() and self.units > 0):
            raise InputError(f"rate of {self.currency}: {self.units} is not greater than zero")


class RateTable:
    """Rates fixed for one purpose, all against one currency of account.

    Raises:
        InputError: a currency has two rates, or the rate of the currency of account is not 1.
    """

    def __init__(self, account_currency: Currency, rates: Iterable[Rate]) -> None:
        self.account_currency = account_currency
        self.rates = tuple(sorted(rates, key=lambda rate: rate.currency.code))
        self._units = {rate.currency.code: rate.units for rate in self.rates}
        if len(self._units) < len(self.rates):
            raise InputError("a currency has two rates in one table")
        if self._units.setdefault(account_currency.code, Decimal(1)) != 1:
            raise InputError(f"the rate of {account_currency} against itself is not 1")

    @property
    def rates_of_others(self) -> tuple[Rate, ...]:
        """The rates other than that of the currency of account, which is 1."""
        return tuple(rate for rate in self.rates if rate.currency != self.account_currency)

    def __contains__(self, currency: object) -> bool:
        return isinstance(currency, Currency) and currency.code in self._units

    def value(self, minor: int, currency: Currency) -> int:
        """Value of an amount in minor units of the currency of account.

        Rounded once, half to even. Sum amounts before valuing them, not after.

        Args:
            minor: amount in minor units of `currency`, of any size.
            currency: currency of the amount.

        Raises:
            InputError: the table has no rate for the currency.
        """
        if currency.code not in self._units:
            raise InputError(f"no rate for {currency}: add it to the rates file")
        shift = self.account_currency.exponent - currency.exponent
        exact = _EXACT.divide(Decimal(minor).scaleb(shift, _EXACT), self._units[currency.code])
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN, context=_EXACT))

    def amount(self, value: int, currency: Currency) -> int:
        """The amount of a currency, in minor units, that has this value; rounded half to even.

        The other direction of `value`; the argument is in minor units of the currency of account.

        Raises:
            InputError: the table has no rate for the currency.
        """
        if currency.code not in self._units:
            raise InputError(f"no rate for {currency}: add it to the rates file")
        shift = currency.exponent - self.account_currency.exponent
        exact = _EXACT.multiply(Decimal(value).scaleb(shift, _EXACT), self._units[currency.code])
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN, context=_EXACT))


class Rounding(StrEnum):
    """Rounding of an exact amount to whole minor units."""

    HALF_EVEN = "half_even"
    HALF_UP = "half_up"
    DOWN = "down"
    UP = "up"

    def apply(self, exact: Fraction) -> int:
        """The whole number for an exact one; amounts are not negative."""
        whole, rest = divmod(exact.numerator, exact.denominator)
        above_half = 2 * rest - exact.denominator  # negative where the remainder is below a half
        up = {
            Rounding.HALF_EVEN: above_half > 0 or (above_half == 0 and whole % 2 == 1),
            Rounding.HALF_UP: above_half >= 0,
            Rounding.DOWN: False,
            Rounding.UP: rest > 0,
        }
        return whole + up[self]


@attrs.frozen
class ReferenceRate:
    """Units of one currency for one unit of another, as fixed at one time.

    Attributes:
        base: the currency priced.
        quote: the currency of the price.
        rate: units of `quote` for one unit of `base`, an exact decimal greater than zero.
        fixed_at: time of the fixing, microseconds since 1970.
        source: publisher of the fixing.
    """

    base: Currency
    quote: Currency
    rate: Decimal
    fixed_at: int
    source: str

    def __attrs_post_init__(self) -> None:
        if not (self.rate.is_finite() and self.rate > 0):
            raise InputError(f"{self.base}/{self.quote}: {self.rate} is not greater than zero")
        if self.base == self.quote:
            raise InputError(f"{self.base}: a currency has no rate against itself")


@attrs.frozen
class UsedRate:
    """A rate between two currencies and the fixings that gave it.

    Attributes:
        rate: units of the second currency for one unit of the first, exact.
        fixings: one, or two for a cross rate.
    """

    rate: Fraction
    fixings: tuple[ReferenceRate, ...]


class ReferenceRates:
    """Fixings over time, and the rates that they give at a time.

    A pair's own fixing, in either direction, has precedence over a cross rate of two fixings
    through the pivot currency. Rates are exact fractions; only amounts are rounded, once.

    Args:
        fixings: in any order.
        pivot: the currency of cross rates, or None for no cross rates.
        max_age: microseconds after which a fixing is stale.
        rounding: rounding of amounts to minor units.

    Raises:
        InputError: a pair, in either direction, has two fixings of one time.
    """

    def __init__(
        self,
        fixings: Iterable[ReferenceRate],
        pivot: Currency | None,
        max_age: int,
        rounding: Rounding = Rounding.HALF_EVEN,
    ) -> None:
        self.pivot, self.max_age, self.rounding = pivot, max_age, rounding
        self.fixings = tuple(sorted(fixings, key=lambda f: (f.fixed_at, f.base.code, f.quote.code)))
        self._of_pair: dict[tuple[str, str], list[ReferenceRate]] = {}
        for fixing in self.fixings:
            low, high = sorted((fixing.base.code, fixing.quote.code))
            known = self._of_pair.setdefault((low, high), [])
            if known and known[-1].fixed_at == fixing.fixed_at:
                raise InputError(
                    f"{low}/{high} has two fixings at {from_timestamp(fixing.fixed_at)}"
                )
            known.append(fixing)

    def rate(self, base: Currency, quote: Currency, at: int) -> UsedRate:
        """Units of `quote` for one unit of `base` by the last fixings not after a time.

        Raises:
            InputError: no rate is on record, or it is stale.
        """
        if base == quote:
            return UsedRate(Fraction(1), ())
        direct = self._last(base, quote, at)
        if direct is not None:
            return UsedRate(_directed(self._fresh(direct, at), base), (direct,))
        through = ""
        if self.pivot not in (None, base, quote):
            pivot = self.pivot
            first, second = self._last(base, pivot, at), self._last(pivot, quote, at)
            if first is not None and second is not None:
                one, other = self._fresh(first, at), self._fresh(second, at)
                return UsedRate(_directed(one, base) * _directed(other, pivot), (one, other))
            steps = ((first, f"{base} in {pivot}"), (second, f"{pivot} in {quote}"))
            absent = " and of ".join(step for fixing, step in steps if fixing is None)
            through = f", nor one through {pivot} (none of {absent})"
        raise InputError(
            f"there is no reference rate of {base} in {quote} at {from_timestamp(at)}{through}:"
            " add one to the reference rates"
        )

    def convert(self, amount: int, base: Currency, quote: Currency, at: int) -> int:
        """An amount in minor units of `base` as minor units of `quote`, rounded once."""
        rate = self.rate(base, quote, at).rate
        return self.rounding.apply(minor_units(amount, base, quote, rate))

    def _last(self, base: Currency | None, quote: Currency | None, at: int) -> ReferenceRate | None:
        if base is None or quote is None:
            return None
        low, high = sorted((base.code, quote.code))
        fixings = self._of_pair.get((low, high), [])
        place = bisect_right(fixings, at, key=lambda fixing: fixing.fixed_at)
        return fixings[place - 1] if place else None

    def _fresh(self, fixing: ReferenceRate, at: int) -> ReferenceRate:
        age = at - fixing.fixed_at
        if age > self.max_age:
            raise InputError(
                f"the reference rate of {fixing.base} in {fixing.quote}, fixed at"
                f" {from_timestamp(fixing.fixed_at)} by {fixing.source}, is stale at"
                f" {from_timestamp(at)}: it is {_duration(age)} old, and at most"
                f" {_duration(self.max_age)} is allowed; add a later fixing"
            )
        return fixing


def _duration(microseconds: int) -> datetime.timedelta:
    return datetime.timedelta(microseconds=microseconds)


def _directed(fixing: ReferenceRate, base: Currency | None) -> Fraction:
    rate = Fraction(fixing.rate)
    return rate if fixing.base == base else 1 / rate


def minor_units(amount: int, base: Currency, quote: Currency, rate: Fraction) -> Fraction:
    """Minor units of `base` as exact minor units of `quote` at units of `quote` per `base`."""
    return amount * rate * Fraction(10) ** (quote.exponent - base.exponent)
