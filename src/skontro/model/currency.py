"""Currencies by ISO 4217 and amounts as whole numbers of their minor units."""

import datetime
import re
from functools import cache
from typing import Final

import attrs
import iso4217

from skontro.model.currency_changes import WITHDRAWN, first_day, last_day, predecessor
from skontro.model.errors import InputError

#: Eighteen digits, the most that ISO 20022 amounts carry; nine such amounts fit an int64.
MAX_AMOUNT: Final = 999_999_999_999_999_999

#: Most money of one currency: balances plus credit lines, and credit lines alone. Balances, floors
#: and cover computed within it stay in the int64 range.
MAX_MONEY_PER_CURRENCY: Final = 4 * 10**18

#: Most value of queued and held orders in one currency. Together with the money, every sum that
#: offsetting computes over an account stays in the int64 range.
MAX_WAITING_PER_CURRENCY: Final = 4 * 10**18

#: Its parts: one shared equally among the accounts of the currency (at least 16 shares), and one
#: common to all. The rest covers larger shares in use when accounts are added on the same day.
#: It is enough as long as the number of accounts grows by less than e, the base of logarithms.
SHARED_WAITING_PER_CURRENCY: Final = 10**18
COMMON_WAITING_PER_CURRENCY: Final = 2 * 10**18
MIN_WAITING_SHARES: Final = 16

_DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]+)?")


@attrs.frozen(order=True)
class Currency:
    """A currency by ISO 4217.

    Attributes:
        code: three letters, for example ``KZT``.
        exponent: decimals of the minor unit, for example 2 for KZT and 0 for XOF.
        name: the English name in ISO 4217.
    """

    code: str
    exponent: int = attrs.field(order=False)
    name: str = attrs.field(order=False, eq=False)

    def __str__(self) -> str:
        return self.code

    def is_current(self, date: datetime.date) -> bool:
        """Whether the currency was in force on this date, so that accounts could be held in it."""
        first, last = first_day(self.code), last_day(self.code)
        return (first is None or first <= date) and (last is None or date <= last)

    def refuse_unless_current(self, first: datetime.date, last: datetime.date) -> None:
        """Check that the currency was current from the first day to the last.

        Raises:
            InputError: it was withdrawn or not introduced; the message names the right one.
        """
        since, until = first_day(self.code), last_day(self.code)
        if until is not None and last > until:
            old = WITHDRAWN[self.code]
            if first <= until:
                raise InputError(
                    f"{self.code} ({self.name}) was withdrawn after {until}, within these business "
                    f"days: split them there, and use {old.successor} afterwards "
                    f"({old.units:f} {self.code} became 1 {old.successor})"
                )
            raise InputError(
                f"{self.code} ({self.name}) was withdrawn after {until}: on {last} use "
                f"{old.successor} ({old.units:f} {self.code} became 1 {old.successor})"
            )
        if since is not None and first < since:
            before = predecessor(self.code, first)
            use = f": on {first} use {before}" if before is not None else ""
            raise InputError(f"{self.code} ({self.name}) was introduced on {since}{use}")


@cache
def find_currency(code: str) -> Currency:
    """The currency with this ISO 4217 code, current or withdrawn since 2000.

    See `Currency.is_current` for a date.

    Raises:
        InputError: the code is not in ISO 4217, or has no minor unit (gold, drawing rights, test
            codes), so that no account can be held in it.
    """
    if code in WITHDRAWN:
        # Editions of the library differ on withdrawn codes; this table is fixed.
        old = WITHDRAWN[code]
        return Currency(old.code, old.exponent, old.name)
    try:
        entry = iso4217.Currency(code)
    except ValueError:
        raise InputError(f"{code!r} is not an ISO 4217 currency code{_hint(code)}") from None
    if entry.exponent is None:
        raise InputError(f"{code} has no minor unit in ISO 4217: no account can be held in it")
    return Currency(entry.code, entry.exponent, entry.currency_name)


def parse_amount(
    text: str, currency: Currency, *, signed: bool = False, most: int = MAX_AMOUNT
) -> int:
    """Read a decimal amount, for example ``"1250.50"``, as minor units of the currency.

    Args:
        text: digits with an optional decimal point; no grouping, no exponent notation.
        currency: gives the number of decimals that are allowed.
        signed: whether a leading minus is allowed.
        most: the largest amount in minor units; 18 digits by default.

    Raises:
        InputError: not a decimal number, too many decimals, or above `most`.
    """
    body = text[1:] if signed and text.startswith("-") else text
    if not _DECIMAL.fullmatch(body):
        raise InputError(f"{text!r} is not a decimal amount like 1250.50")
    whole, _, decimals = body.partition(".")
    if len(decimals) > currency.exponent:
        raise InputError(
            f"{text!r} has {len(decimals)} decimals; {currency} has {currency.exponent}"
        )
    minor = int(whole + decimals.ljust(currency.exponent, "0"))
    if minor > most:
        limit = "18 digits" if most == MAX_AMOUNT else f"{most:,}"
        raise InputError(f"{text!r} has more than {limit} in minor units of {currency}")
    return -minor if body is not text else minor


def format_amount(minor: int, currency: Currency, *, grouped: bool = False) -> str:
    """Write minor units as a decimal amount; the inverse of `parse_amount`.

    Args:
        minor: amount in minor units, of any size and sign.
        currency: gives the number of decimals.
        grouped: separate thousands by commas, for reading only.
    """
    sign = "-" if minor < 0 else ""
    whole, decimals = divmod(abs(minor), 10**currency.exponent)
    text = f"{whole:,}" if grouped else str(whole)
    return f"{sign}{text}.{decimals:0{currency.exponent}d}" if currency.exponent else sign + text


def _hint(code: str) -> str:
    """A hint with the code in capitals, if it exists."""
    capital = code.strip().upper()
    is_code = capital != code and any(capital == one.code for one in iso4217.Currency)
    return f"; did you mean {capital}?" if is_code else ""
