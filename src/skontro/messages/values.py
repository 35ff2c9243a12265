"""Values of messages: amounts, dates and times, with the reason where one cannot be read."""

import datetime
import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

from skontro.messages.content import Money
from skontro.model import InputError, find_currency
from skontro.model.calendar import check_date, to_timestamp
from skontro.model.currency import parse_amount
from skontro.model.text import parse_date, quoted

_ZONED: Final = re.compile(r"(?:Z|[+-][0-9]{2}:[0-9]{2})$")


def minor_units(money: Money) -> int:
    """An amount in minor units of its currency, positive.

    Raises:
        InputError: the currency is unknown, or the number does not fit it.
    """
    amount = parse_amount(money.number, find_currency(money.currency))
    if not amount:
        raise InputError("is zero; an order moves an amount above zero")
    return amount


@lru_cache(maxsize=4_096)
def date(text: str) -> datetime.date:
    """A date like 2026-11-27, without a time zone.

    Raises:
        InputError: it has another form, or is outside 1970 to 9999.
    """
    return check_date(parse_date(text))


def has_offset(text: str) -> bool:
    """Whether a date and time states its offset from UTC."""
    return _ZONED.search(text) is not None


def timestamp_on(day: datetime.date, text: str) -> int:
    """The timestamp of a time with offset, like ``10:00:00+05:00``, on a day.

    Raises:
        InputError: it has another form.
    """
    time: datetime.time | None
    try:
        time = datetime.time.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise InputError(f"{quoted(text)} is not a time with its offset, like 10:00:00+05:00")
    return to_timestamp(datetime.datetime.combine(day, time))


def timestamp_of(text: str) -> int:
    """The timestamp of a date and time with offset, like ``2026-11-27T10:00:00+05:00``.

    Raises:
        InputError: it has another form.
    """
    found: datetime.datetime | None
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InputError(f"{quoted(text)} is not a date and time with its offset from UTC")
    return to_timestamp(found)


def exact(number: str) -> Decimal:
    """A decimal number of the schema, which may have a sign but no exponent."""
    return Decimal(number.strip())
