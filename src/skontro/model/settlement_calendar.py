"""The calendar of a live system: business days, phases, and cut-offs of each currency."""

import datetime
import io
import struct
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

import attrs

from skontro.model.calendar import find_time_zone, local_timestamp
from skontro.model.errors import InputError

#: Limit of consecutive days without business.
MAX_DAYS_WITHOUT_BUSINESS: Final = 60


class Phase(IntEnum):
    """Phase of a business day, as a whole or for one currency; it never goes back."""

    START_OF_DAY = 1
    OPEN = 2
    CUSTOMER_CUT_OFF_PASSED = 3
    INTERBANK_CUT_OFF_PASSED = 4
    END_OF_DAY = 5
    SEALED = 6


@attrs.frozen
class CurrencyHours:
    """The hours of one currency, in the calendar's local time.

    Attributes:
        customer_cut_off: from then on customers' payments are rejected.
        interbank_cut_off: from then on all new orders are rejected; queued ones may still settle.
        holidays: dates on which it takes no orders while the system is open.
    """

    customer_cut_off: datetime.time
    interbank_cut_off: datetime.time
    holidays: tuple[datetime.date, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.customer_cut_off > self.interbank_cut_off:
            raise InputError(
                f"customer cut-off {self.customer_cut_off:%H:%M} comes after the interbank cut-off "
                f"{self.interbank_cut_off:%H:%M}"
            )


@attrs.frozen
class SettlementCalendar:
    """Business days and their timetable.

    Local times repeated or skipped by clock changes follow `local_timestamp`, so the times of a day
    keep their order on every date. A date whose opening hours are skipped whole, or that does not
    exist in the time zone, is not a business day.

    Attributes:
        time_zone: IANA name; all times of day are local to it.
        starts: start of day: orders for the date are queued, limits and liquidity are prepared.
        opens, closes: beginning and end of settlement.
        weekend: days of the week without business, Monday being 0.
        holidays: dates on which the whole system is closed.
        currencies: hours of single currencies by code; the others close with the system.
        zone_table: clock changes of the time zone, in the TZif form of RFC 8536; the machine's
            own by default. A record keeps its initial one.
        zone: the time zone, for converting times.

    Raises:
        InputError: there is no such time zone, its table cannot be read, or the times of day are
            out of order.
    """

    time_zone: str
    starts: datetime.time
    opens: datetime.time
    closes: datetime.time
    weekend: tuple[int, ...] = (5, 6)
    holidays: tuple[datetime.date, ...] = ()
    currencies: Mapping[str, CurrencyHours] = attrs.field(factory=dict)
    zone_table: bytes | None = attrs.field(default=None, repr=False, eq=False)
    zone: ZoneInfo = attrs.field(init=False, repr=False, eq=False)

    @zone.default
    def _find_zone(self) -> ZoneInfo:
        if self.zone_table is None:
            return find_time_zone(self.time_zone)
        try:
            return ZoneInfo.from_file(io.BytesIO(self.zone_table), key=self.time_zone)
        except (ValueError, OSError, EOFError, IndexError, struct.error) as error:
            raise InputError(f"the table of time zone {self.time_zone}: {error}") from None

    def __attrs_post_init__(self) -> None:
        if not self.starts <= self.opens < self.closes:
            raise InputError("calendar: the day must start, then open, then close")
        if any(not 0 <= day <= 6 for day in self.weekend) or len({*self.weekend}) == 7:
            raise InputError("calendar: weekend is a list of days from 0 (Monday) to 6, not all")
        for code, hours in self.currencies.items():
            if not self.opens <= hours.customer_cut_off <= hours.interbank_cut_off <= self.closes:
                raise InputError(f"calendar: {code}: its cut-offs are outside the opening hours")

    def __reduce__(self) -> tuple[Any, ...]:
        """For another process, which makes the time zone of its table again."""
        fields = [one.name for one in attrs.fields(type(self)) if one.init]
        return type(self), tuple(getattr(self, name) for name in fields)

    def is_business_day(self, date: datetime.date) -> bool:
        """Whether the system settles on this date."""
        if date.weekday() in self.weekend or date in self.holidays:
            return False
        return self.timestamp(date, self.opens) < self.timestamp(date, self.closes)

    def is_open_for(self, currency: str, date: datetime.date) -> bool:
        """Whether orders in the currency are accepted on this business day."""
        hours = self.currencies.get(currency)
        return hours is None or date not in hours.holidays

    def timestamp(self, date: datetime.date, time: datetime.time) -> int:
        """The timestamp of a local time on a date (`local_timestamp`)."""
        return local_timestamp(date, time, self.zone)

    def first_business_day(self, from_date: datetime.date) -> datetime.date:
        """The first business day on or after a date.

        Raises:
            InputError: no business day in `MAX_DAYS_WITHOUT_BUSINESS` days.
        """
        for days in range(MAX_DAYS_WITHOUT_BUSINESS):
            date = from_date + datetime.timedelta(days)
            if self.is_business_day(date):
                return date
        raise InputError(f"calendar: no business day in two months from {from_date}")

    def first_difference(
        self, other: "SettlementCalendar", from_date: datetime.date, days: int = 400
    ) -> datetime.date | None:
        """The first date in a range on which another table of the zone gives other hours."""
        times = (self.starts, self.opens, self.closes)
        dates = (from_date + datetime.timedelta(n) for n in range(days))
        differ = (
            d for d in dates if any(self.timestamp(d, t) != other.timestamp(d, t) for t in times)
        )
        return next(differ, None)
