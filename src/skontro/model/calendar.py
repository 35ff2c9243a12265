"""Business days and the one way in which time is written: microseconds since 1970 in UTC."""

import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from skontro.model.errors import InputError

#: One second in the unit of every timestamp.
SECOND: Final = 1_000_000

#: Moments that are taken: from 1970-01-01 in every time zone to the last one that every time zone
#: can still write with four digits of the year. What lies outside has no text in some clock.
FIRST_MOMENT: Final = -86_400 * SECOND
LAST_MOMENT: Final = 253_402_214_400 * SECOND - 1  # 9999-12-30T23:59:59.999999Z

#: Dates that are taken, for the same reason.
FIRST_DATE: Final = datetime.date(1970, 1, 2)
LAST_DATE: Final = datetime.date(9999, 12, 30)

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)


def to_timestamp(moment: datetime.datetime) -> int:
    """Microseconds since 1970 in UTC of a moment that knows its time zone.

    Raises:
        InputError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise InputError(f"{moment} has no time zone")
    return (moment - _EPOCH) // _MICROSECOND


def check_moment(timestamp: int) -> int:
    """The timestamp, if it lies between `FIRST_MOMENT` and `LAST_MOMENT`.

    Raises:
        InputError: it does not.
    """
    if not FIRST_MOMENT <= timestamp <= LAST_MOMENT:
        raise InputError("the moment lies outside 1970-01-01 to 9999-12-30 (UTC)")
    return timestamp


def check_date(date: datetime.date) -> datetime.date:
    """The date, if it lies between `FIRST_DATE` and `LAST_DATE`.

    Raises:
        InputError: it does not.
    """
    if not FIRST_DATE <= date <= LAST_DATE:
        raise InputError(f"the date {date} lies outside {FIRST_DATE} to {LAST_DATE}")
    return date


def from_timestamp(timestamp: int) -> datetime.datetime:
    """The moment in UTC; the inverse of `to_timestamp`."""
    return _EPOCH + timestamp * _MICROSECOND


def moment_text(timestamp: int) -> str:
    """A timestamp as ISO 8601 in UTC, whatever it is.

    One outside the years that can be written, which no gate takes, is shown as the nearest moment
    that can, so that whatever lists it still lists everything else.
    """
    within = min(max(timestamp, FIRST_MOMENT), LAST_MOMENT)
    return from_timestamp(within).isoformat().replace("+00:00", "Z")


def find_time_zone(name: str) -> ZoneInfo:
    """The time zone with this name in the IANA database.

    Raises:
        InputError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise InputError(f"{name!r} is not an IANA time zone such as Asia/Almaty") from None


@attrs.frozen(order=True)
class BusinessDay:
    """One day on which the system settles.

    Attributes:
        date: the value date.
        opens_at: first moment at which orders enter, a timestamp.
        closes_at: end of day, a timestamp; an order submitted at this moment comes too late.
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
        """The day that opens and closes at these local times."""
        return cls(
            date,
            to_timestamp(datetime.datetime.combine(date, opens, zone)),
            to_timestamp(datetime.datetime.combine(date, closes, zone)),
        )


def weekdays(first: datetime.date, last: datetime.date) -> tuple[datetime.date, ...]:
    """Mondays to Fridays from the first date to the last, both included."""
    span = (last - first).days + 1
    dates = (first + datetime.timedelta(days=i) for i in range(span))
    return tuple(date for date in dates if date.weekday() < 5)
