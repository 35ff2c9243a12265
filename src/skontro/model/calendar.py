"""Business days and the one way in which time is written: microseconds since 1970 in UTC."""

import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from skontro.model.errors import InputError

#: One second in the unit of every timestamp.
SECOND: Final = 1_000_000

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


def from_timestamp(timestamp: int) -> datetime.datetime:
    """The moment in UTC; the inverse of `to_timestamp`."""
    return _EPOCH + timestamp * _MICROSECOND


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
