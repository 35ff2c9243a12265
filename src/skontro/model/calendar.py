"""Business days, and timestamps as microseconds since 1970 in UTC."""

import datetime
import zoneinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from skontro.model.errors import InputError

#: One second in the unit of every timestamp.
SECOND: Final = 1_000_000

#: Range of valid timestamps: from 1970-01-01 in every time zone to the last one in UTC with a year
#: of four digits, which many systems send for "never".
FIRST_TIMESTAMP: Final = -86_400 * SECOND
LAST_TIMESTAMP: Final = 253_402_300_800 * SECOND - 1  # 9999-12-31T23:59:59.999999Z

#: Range of valid dates: those within these times in every time zone.
FIRST_DATE: Final = datetime.date(1970, 1, 2)
LAST_DATE: Final = datetime.date(9999, 12, 30)

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)


def to_timestamp(date_time: datetime.datetime) -> int:
    """Microseconds since 1970 in UTC of a date and time with a time zone.

    Raises:
        InputError: it has no time zone.
    """
    if date_time.tzinfo is None:
        raise InputError(f"{date_time} has no time zone")
    return (date_time - _EPOCH) // _MICROSECOND


def check_timestamp(timestamp: int) -> int:
    """The timestamp, if it is between `FIRST_TIMESTAMP` and `LAST_TIMESTAMP`.

    Raises:
        InputError: it is outside this range.
    """
    if not FIRST_TIMESTAMP <= timestamp <= LAST_TIMESTAMP:
        raise InputError("the time is outside 1970-01-01 to 9999-12-31 (UTC)")
    return timestamp


def check_date(date: datetime.date) -> datetime.date:
    """The date, if it is between `FIRST_DATE` and `LAST_DATE`.

    Raises:
        InputError: it is outside this range.
    """
    if not FIRST_DATE <= date <= LAST_DATE:
        raise InputError(f"the date {date} is outside {FIRST_DATE} to {LAST_DATE}")
    return date


def from_timestamp(timestamp: int) -> datetime.datetime:
    """The date and time in UTC; the inverse of `to_timestamp`."""
    return _EPOCH + timestamp * _MICROSECOND


def timestamp_text(timestamp: int) -> str:
    """A timestamp as ISO 8601 in UTC.

    A timestamp outside the valid range is shown as the nearest valid one, so that a list with it
    can still be written.
    """
    within = min(max(timestamp, FIRST_TIMESTAMP), LAST_TIMESTAMP)
    return from_timestamp(within).isoformat().replace("+00:00", "Z")


#: Names in the database's folders that are not time zones: the machine's setting, or none.
_NO_ZONES: Final = {"localtime", "posixrules", "Factory"}


@cache
def _zone_names() -> dict[str, str]:
    """The names of all time zones, keyed by their lower-case forms."""
    names = zoneinfo.available_timezones() - _NO_ZONES
    return {name.casefold(): name for name in sorted(names)}


def find_time_zone(name: str) -> ZoneInfo:
    """The time zone with this name in the IANA database.

    Raises:
        InputError: the name is unknown; the message explains a group of zones or a difference in
            case.
    """
    names = _zone_names()
    written = names.get(name.casefold())
    if written == name:
        return ZoneInfo(name)
    shown = repr(name if len(name) <= 40 else name[:40] + "…")
    if written is not None:
        raise InputError(f"time zone {shown} is written {written}")
    if name in _NO_ZONES:
        raise InputError(f"{shown} is not a time zone; name one such as Asia/Almaty")
    within = next((n for n in names.values() if n.casefold().startswith(f"{name.casefold()}/")), "")
    if name and within:
        raise InputError(f"{shown} is a group of time zones; name one of them such as {within}")
    raise InputError(f"{shown} is not an IANA time zone such as Asia/Almaty")


def local_timestamp(date: datetime.date, time: datetime.time, zone: ZoneInfo) -> int:
    """The first time at which local clocks show this date and time, or a later one.

    A local time repeated by a clock change is its first occurrence; a skipped one is the time of
    the change. The order of local times is kept.

    >>> berlin = find_time_zone("Europe/Berlin")
    >>> skipped = local_timestamp(datetime.date(2026, 3, 29), datetime.time(2, 30), berlin)
    >>> from_timestamp(skipped).astimezone(berlin).time()
    datetime.time(3, 0)
    """
    local = datetime.datetime.combine(date, time.replace(fold=0), zone)
    before, after = local.utcoffset(), local.replace(fold=1).utcoffset()
    late = to_timestamp(local)
    if before == after or before is None or after is None or before > after:
        return late
    # A skipped time: in whole seconds the change lies after `early` and not after `late`.
    wanted = local.replace(tzinfo=None)
    early, late = (late - (after - before) // _MICROSECOND) // SECOND, -(-late // SECOND)
    while late - early > 1:
        middle = (early + late) // 2
        shown = datetime.datetime.fromtimestamp(middle, zone).replace(tzinfo=None, fold=0)
        early, late = (early, middle) if shown >= wanted else (middle, late)
    return late * SECOND


@attrs.frozen(order=True)
class BusinessDay:
    """One day on which the system settles.

    Attributes:
        date: the value date.
        opens_at: first time at which orders enter, a timestamp.
        closes_at: end of day, a timestamp; an order submitted at this time is too late.
    """

    date: datetime.date
    opens_at: int
    closes_at: int

    def __attrs_post_init__(self) -> None:
        if self.opens_at >= self.closes_at:
            raise InputError(f"business day {self.date}: it must open before it closes")

    @classmethod
    def at(
        cls, date: datetime.date, opens: datetime.time, closes: datetime.time, zone: ZoneInfo
    ) -> "BusinessDay":
        """The day that opens and closes at these local times (`local_timestamp`)."""
        return cls(date, local_timestamp(date, opens, zone), local_timestamp(date, closes, zone))


def weekdays(first: datetime.date, last: datetime.date) -> tuple[datetime.date, ...]:
    """Mondays to Fridays from the first date to the last, both included."""
    span = (last - first).days + 1
    dates = (first + datetime.timedelta(days=i) for i in range(span))
    return tuple(date for date in dates if date.weekday() < 5)
