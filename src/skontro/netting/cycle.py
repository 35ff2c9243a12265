"""When cycles begin and end."""

from collections.abc import Sequence
from typing import Final

import attrs

from skontro.model import SECOND, BusinessDay, CycleLength

_MINUTE: Final = 60 * SECOND


@attrs.frozen
class Span:
    """A stretch of time over which the engine's day stays open.

    Attributes:
        opens_at, closes_at: of its first and of its last business day.
        day: its last business day.
        cut_offs: moments, ascending; the last one is the microsecond before `closes_at`.
    """

    opens_at: int
    closes_at: int
    day: BusinessDay
    cut_offs: tuple[int, ...]


def spans_of(length: CycleLength, days: Sequence[BusinessDay]) -> list[Span]:
    """The spans of cycles of this length; what the last of them lacks in days it does without."""
    if length.unit == "minutes":
        return [_within(day, length.number * _MINUTE) for day in days]
    groups: list[list[BusinessDay]] = []
    before: object = None
    for position, day in enumerate(days):
        if length.unit == "days":
            cycle: object = position // length.number
        else:
            cycle = (day.date.year, (day.date.month - 1) // length.number)
        if cycle != before:
            groups.append([])
            before = cycle
        groups[-1].append(day)
    return [_over(group) for group in groups]


def _within(day: BusinessDay, interval: int) -> Span:
    inside = range(day.opens_at + interval, day.closes_at - 1, interval)
    return Span(day.opens_at, day.closes_at, day, (*inside, day.closes_at - 1))


def _over(group: Sequence[BusinessDay]) -> Span:
    last = group[-1]
    return Span(group[0].opens_at, last.closes_at, last, (last.closes_at - 1,))
