"""Dates, local times and intervals as text: one form wherever they come in or go out."""

import datetime
import re
from typing import Final

from skontro.model.calendar import SECOND
from skontro.model.errors import InputError
from skontro.model.text import quoted

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?")
_INTERVAL: Final = re.compile(r"([0-9]{2}):([0-5][0-9])(?::([0-5][0-9]))?")


def parse_date(text: str) -> datetime.date:
    """A date like 2026-01-05.

    Raises:
        InputError: it is none.
    """
    try:
        date = datetime.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        date = None
    if date is None:
        raise InputError(f"{quoted(text)} is not a date like 2026-01-05")
    return date


def parse_time(text: str) -> datetime.time:
    """A local time like 16:30, 16:30:15 or 16:30:15.5.

    Raises:
        InputError: it is none.
    """
    try:
        if _TIME.fullmatch(text):
            return datetime.time.fromisoformat(text)
    except ValueError:
        pass
    raise InputError(f"{quoted(text)} is not a local time like 16:30")


def time_text(time: datetime.time) -> str:
    """A local time as short as it can be read back; the inverse of `parse_time`."""
    return time.isoformat("auto" if time.second or time.microsecond else "minutes")


def parse_interval(text: str) -> int:
    """An interval like 00:15 or 00:00:30 in microseconds.

    Raises:
        InputError: it is none, or shorter than a second.
    """
    parts = _INTERVAL.fullmatch(text)
    if parts is None:
        raise InputError(f"{quoted(text)} is not an interval like 00:15 or 00:00:30")
    hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    interval = ((hours * 60 + minutes) * 60 + seconds) * SECOND
    if not interval:
        raise InputError(f"{quoted(text)} is shorter than a second")
    return interval


def interval_text(interval: int) -> str:
    """The inverse of `parse_interval`, which takes no part of a second and no 100 hours."""
    seconds, rest = divmod(interval, SECOND)
    minutes, seconds = divmod(seconds, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    fraction = f".{rest:06}" if rest else ""
    return f"{text}:{seconds:02}{fraction}" if seconds or rest else text
