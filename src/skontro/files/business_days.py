"""Business days in documents: dates, regular hours, and hours that differ on single days."""

import datetime
import re
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import Field
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from skontro.files.document_fields import TIME_TEXT, DateField, parsed_by, text_like
from skontro.files.documents import Schema
from skontro.files.payment_checks import check_days
from skontro.model import (
    BusinessDay,
    InputError,
    from_timestamp,
    parse_time,
    quoted,
    time_text,
    to_timestamp,
)

_OFFSET: Final = re.compile(r"[0-9-]{10}T[0-9:.]{5,15}(?:Z|[+-][0-9]{2}:[0-9]{2})")

_Hour = datetime.time | datetime.datetime
_MOMENT_TEXT: Final = text_like(
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T.*(Z|[+-][0-9]{2}:[0-9]{2})$", "2026-01-05T19:00+05:00"
)


def _hour(text: str) -> _Hour:
    try:
        if _OFFSET.fullmatch(text):
            return datetime.datetime.fromisoformat(text)
        return parse_time(text)
    except (InputError, ValueError):
        raise InputError(
            f"{quoted(text)} is neither a time like 09:00 nor like 2026-01-05T19:00+05:00"
        ) from None


_HourField = Annotated[_Hour, parsed_by(_hour, TIME_TEXT | _MOMENT_TEXT)]


class _Exception(Schema):
    date: DateField
    opens: _HourField
    closes: _HourField


class DaySchema(Schema):
    """Business days as a document has them; `business_days` turns them into days.

    Attributes:
        dates: in order.
        opens, closes: the hours of every date without an exception; optional if all have one.
        exceptions: the hours of single dates.
    """

    dates: list[DateField] = Field(min_length=1)
    opens: _HourField | None = None
    closes: _HourField | None = None
    exceptions: list[_Exception] = Field(default_factory=list)


def business_days(shape: DaySchema, zone: ZoneInfo) -> tuple[BusinessDay, ...]:
    """The days that a document names.

    Raises:
        InputError: a date has no hours, an exception no date, a local time occurs twice or never,
            or the days are not in order.
    """
    hours: dict[datetime.date, tuple[_Hour | None, _Hour | None]]
    hours = dict.fromkeys(shape.dates, (shape.opens, shape.closes))
    excepted: set[datetime.date] = set()
    for exception in shape.exceptions:
        if exception.date not in hours or exception.date in excepted:
            raise InputError(f"exception {exception.date}: it must be one of the dates, named once")
        excepted.add(exception.date)
        hours[exception.date] = (exception.opens, exception.closes)
    days = tuple(
        BusinessDay(date, *(_timestamp(date, hour, zone) for hour in hours[date]))
        for date in shape.dates
    )
    check_days(days)
    return days


def _timestamp(date: datetime.date, hour: _Hour | None, zone: ZoneInfo) -> int:
    if hour is None:
        raise InputError(f"business day {date}: opens and closes must both be given")
    if isinstance(hour, datetime.datetime):
        return to_timestamp(hour)
    timestamp = _local_timestamp(date, hour, zone)
    if timestamp is None:
        raise InputError(
            f"business day {date}: {hour} occurs twice or never in {zone}, where clocks change; "
            "write the date, the time and the offset"
        )
    return timestamp


def _local_timestamp(date: datetime.date, time: datetime.time, zone: ZoneInfo) -> int | None:
    """The instant of a local time, None if it occurs twice or never."""
    early, late = (
        to_timestamp(datetime.datetime.combine(date, time.replace(fold=fold), zone))
        for fold in (0, 1)
    )
    return early if early == late else None


def day_document(days: Sequence[BusinessDay], zone: ZoneInfo) -> dict[str, object]:
    """The days as a document: the most frequent hours for all, the others as exceptions.

    Raises:
        InputError: there is no day, or the days are not in order.
    """
    check_days(days)
    hours = [
        tuple(_quoted_hour(d.date, at, zone) for at in (d.opens_at, d.closes_at)) for d in days
    ]
    # The most frequent, and among several the first: `Counter` keeps their order.
    (opens, closes), _ = Counter(hours).most_common(1)[0]
    exceptions = [
        {"date": day.date, "opens": own[0], "closes": own[1]}
        for day, own in zip(days, hours, strict=True)
        if own != (opens, closes)
    ]
    document: dict[str, object] = {"dates": [day.date for day in days]}
    document |= {"opens": opens, "closes": closes}
    return document | ({"exceptions": exceptions} if exceptions else {})


def _quoted_hour(date: datetime.date, timestamp: int, zone: ZoneInfo) -> str:
    # YAML 1.1, which other programs still read, takes an unquoted 18:00 for the number 1080.
    quoted: str = SingleQuotedScalarString(_hour_text(date, timestamp, zone))
    return quoted


def _hour_text(date: datetime.date, timestamp: int, zone: ZoneInfo) -> str:
    """The local time if it is unambiguous, else the instant with its offset."""
    local = from_timestamp(timestamp).astimezone(zone)
    time = local.time()
    if local.date() == date and _local_timestamp(date, time, zone) == timestamp:
        return time_text(time)
    return from_timestamp(timestamp).isoformat().replace("+00:00", "Z")
