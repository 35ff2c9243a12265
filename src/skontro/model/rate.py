"""Exchange rates as exact decimals, and values in one currency of account."""

import datetime
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal

import attrs

from skontro.model.currency import Currency
from skontro.model.errors import InputError

# Amounts have 18 digits and totals of many more; 60 leaves every product exact before rounding.
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


@attrs.frozen
class Rate:
    """Units of a currency for one unit of the currency of account.

    Attributes:
        currency: what is priced.
        units: exact decimal, greater than zero.
        as_of: the date the rate is for.
        source: where it was published.
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
        InputError: a currency has two rates, or the currency of account another than 1.
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
        """The rates but for that of the currency of account, which is 1."""
        return tuple(rate for rate in self.rates if rate.currency != self.account_currency)

    def __contains__(self, currency: object) -> bool:
        return isinstance(currency, Currency) and currency.code in self._units

    def value(self, minor: int, currency: Currency) -> int:
        """Value of an amount in minor units of the currency of account.

        Rounded once, half to even. Add amounts up before valuing them, not after.

        Args:
            minor: amount in minor units of `currency`, of any size.
            currency: what the amount is in.

        Raises:
            InputError: the table has no rate for the currency.
        """
        if currency.code not in self._units:
            raise InputError(f"no rate for {currency}: add it to the rates file")
        shift = self.account_currency.exponent - currency.exponent
        exact = _EXACT.divide(Decimal(minor).scaleb(shift, _EXACT), self._units[currency.code])
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN, context=_EXACT))

    def amount(self, value: int, currency: Currency) -> int:
        """Amount in minor units of the currency that is worth this value, half to even.

        The other direction of `value`: `value` is in minor units of the currency of account.

        Raises:
            InputError: the table has no rate for the currency.
        """
        if currency.code not in self._units:
            raise InputError(f"no rate for {currency}: add it to the rates file")
        shift = currency.exponent - self.account_currency.exponent
        exact = _EXACT.multiply(Decimal(value).scaleb(shift, _EXACT), self._units[currency.code])
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN, context=_EXACT))
