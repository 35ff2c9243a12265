"""Timetable of netting cycles: begin and cut-off of each."""

import datetime
from collections.abc import Sequence
from typing import Final

import attrs

from skontro.model import SECOND, BusinessDay, CycleLength

_MINUTE: Final = 60 * SECOND


@attrs.frozen
class CyclePeriod:
    """A period during which the engine's day stays open.

    Attributes:
        opens_at, closes_at: of its first and of its last business day.
        day: its last business day.
        cut_offs: timestamps, ascending; the last one is the microsecond before `closes_at`.
    """

    opens_at: int
    closes_at: int
    day: BusinessDay
    cut_offs: tuple[int, ...]


def cycle_periods(length: CycleLength, days: Sequence[BusinessDay]) -> list[CyclePeriod]:
    """The periods of cycles of this length; the last one may have fewer days."""
    if length.unit == "minutes":
        return [_within_a_day(day, length.number * _MINUTE) for day in days]
    ends = last_days(length, [day.date for day in days])
    starts = [0, *(end + 1 for end in ends)]
    return [_over_days(days[start], days[end]) for start, end in zip(starts, ends, strict=False)]


def last_days(length: CycleLength, dates: Sequence[datetime.date]) -> list[int]:
    """Indexes of the last business day of each cycle of whole days or months.

    Args:
        length: length of days or months.
        dates: dates of the business days, ascending; the last one ends a cycle however short.
    """
    cycles = [_cycle_of(length, index, date) for index, date in enumerate(dates)]
    return [
        index
        for index, cycle in enumerate(cycles)
        if index + 1 == len(cycles) or cycles[index + 1] != cycle
    ]


def _cycle_of(length: CycleLength, index: int, date: datetime.date) -> tuple[int, int]:
    if length.unit == "days":
        return 0, index // length.number
    return date.year, (date.month - 1) // length.number


def _within_a_day(day: BusinessDay, interval: int) -> CyclePeriod:
    inside = range(day.opens_at + interval, day.closes_at - 1, interval)
    return CyclePeriod(day.opens_at, day.closes_at, day, (*inside, day.closes_at - 1))


def _over_days(first: BusinessDay, last: BusinessDay) -> CyclePeriod:
    return CyclePeriod(first.opens_at, last.closes_at, last, (last.closes_at - 1,))
