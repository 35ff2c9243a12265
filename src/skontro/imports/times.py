"""Dates and times as files write them, to ISO 8601.

Example:
    >>> DateForm("dmy", "buddhist").read("12/11/2569")
    datetime.date(2026, 11, 12)
    >>> read_time("12:05 AM"), read_time("83034"), read_time("24.00")
    ('00:05:00', '08:30:34', '24:00:00')
"""

import datetime
import re
from collections.abc import Sequence
from functools import cache
from typing import Final, Literal

import attrs
import polars as pl
from babel import Locale

Order = Literal["dmy", "mdy", "ymd"]
Calendar = Literal["gregorian", "buddhist"]

#: Years by which the Buddhist era of Thailand is ahead.
_BUDDHIST: Final = 543
#: Two digits of a year from here on are of the last century.
_LAST_CENTURY: Final = 70
#: Day 0 of the serial dates of spreadsheets.
_DAY_ZERO: Final = datetime.date(1899, 12, 30)
_LANGUAGES: Final = (
    *("en", "ru", "fr", "es", "pt", "de", "it", "tr", "uk", "be", "kk", "ky", "uz", "az", "hy"),
    *("th", "vi", "id", "ms", "ar"),
)

_SERIAL: Final = re.compile(r"[2-7]\d{4}(?:\.\d+)?")
_COMPACT: Final = re.compile(r"\d{6}|\d{8}")
_PARTS: Final = re.compile(
    r"(\d{1,4}|[^\W\d_]+\.?)[\s./-]+(\d{1,2}|[^\W\d_]+\.?)[\s./,-]+(\d{1,4})"
)
_CLOCK: Final = re.compile(
    r"(\d{1,2})[:.h ](\d{2})(?:[:.m ](\d{2})(?:[.,](\d{1,9}))?)?s?\s*([AaPp])?\.?[Mm]?\.?"
)
_DIGITS: Final = re.compile(r"\d{3,6}")
_FRACTION: Final = re.compile(r"[01]?\.\d+|0|1")
_SECONDS: Final = 86_400
_NOON: Final = 12


@attrs.frozen
class DateForm:
    """How a file writes dates.

    Attributes:
        order: of day, month and year.
        calendar: the era of the years.
    """

    order: Order = "ymd"
    calendar: Calendar = "gregorian"

    def read(self, text: str) -> datetime.date | None:
        """The date, or None if the text is none in this form."""
        text = text.strip()
        if _SERIAL.fullmatch(text):
            return _DAY_ZERO + datetime.timedelta(days=int(float(text)))
        if _COMPACT.fullmatch(text):
            width = len(text) - 4
            spread = {
                "ymd": (text[:width], text[width : width + 2], text[width + 2 :]),
                "dmy": (text[:2], text[2:4], text[4:]),
                "mdy": (text[:2], text[2:4], text[4:]),
            }
            parts = spread[self.order]
        else:
            found = _PARTS.fullmatch(text)
            if found is None:
                return None
            parts = (found[1], found[2], found[3])
        return self._date(parts)

    def _date(self, parts: tuple[str, str, str]) -> datetime.date | None:
        order = "ymd" if len(parts[0]) == 4 and parts[0].isdigit() else self.order
        named = dict(zip(order, parts, strict=True))
        if not named["d"].isdigit():  # such as Oct 19, 2026, in any order
            named["d"], named["m"] = named["m"], named["d"]
        if not (named["d"].isdigit() and named["y"].isdigit()):
            return None
        month = int(named["m"]) if named["m"].isdigit() else _months().get(_key(named["m"]), 0)
        year = int(named["y"])
        if len(named["y"]) <= 2:
            year += 1900 if year >= _LAST_CENTURY else 2000
        if self.calendar == "buddhist":
            year -= _BUDDHIST
        try:
            return datetime.date(year, month, int(named["d"]))
        except ValueError:
            return None


@cache
def _months() -> dict[str, int]:
    """The months by their names, long and short, in the languages of `_LANGUAGES`."""
    found: dict[str, int] = {}
    for language in reversed(_LANGUAGES):
        months = Locale.parse(language).months
        for context in ("stand-alone", "format"):
            for width in ("wide", "abbreviated"):
                found |= {
                    _key(str(name)): number for number, name in months[context][width].items()
                }
    return found


def _key(name: str) -> str:
    return name.casefold().rstrip(".")


def read_time(text: str, digits: int = 6) -> str | None:
    """A time of day as `HH:MM:SS` with any decimals, or None; 24:00:00 is the end of the day.

    Args:
        text: as `8:05`, `08.05`, `12:05 PM`, `83034`, or a part of a day as `0.345`.
        digits: of a time without marks: 6 for hours, minutes and seconds, 4 without seconds.
    """
    text = text.strip()
    clock = _CLOCK.fullmatch(text)
    if _FRACTION.fullmatch(text) and (clock is None or len(text.split(".")[-1]) > 2):
        seconds = round(float(text) * _SECONDS)
        return _clock(seconds // 3600, seconds // 60 % 60, seconds % 60)
    if clock is not None:
        hour, half = int(clock[1]), clock[5]
        if half is not None:
            if not 1 <= hour <= _NOON:
                return None
            hour = hour % _NOON + _NOON * (half in "Pp")
        return _clock(hour, int(clock[2]), int(clock[3] or 0), clock[4] or "")
    if _DIGITS.fullmatch(text):
        padded = text.zfill(digits).ljust(6, "0")
        return _clock(int(padded[:2]), int(padded[2:4]), int(padded[4:6]))
    return None


def _clock(hour: int, minute: int, second: int, decimals: str = "") -> str | None:
    whole = hour * 3600 + minute * 60 + second
    if minute > 59 or second > 59 or whole > _SECONDS:
        return None
    return f"{hour:02}:{minute:02}:{second:02}" + (f".{decimals[:6]}" if decimals else "")


def moments(
    table: pl.DataFrame, date: str, time: str | None, form: DateForm, digits: int
) -> pl.Series:
    """The moments of rows as ISO 8601, local or with an offset.

    Args:
        table: has the columns.
        date: the column with dates, or dates and times.
        time: the column with times, or None.
        form: of the dates.
        digits: as for `read_time`.

    Returns:
        Text; where a value cannot be read, the values as they are, so that they are refused.
    """
    raw = table[date] if time is None else _joined(table[date], table[time])
    offset = raw.str.extract(r"(Z|[+-]\d{2}:?\d{2})$").fill_null("")
    whole = raw.str.replace(r"\s*(Z|[+-]\d{2}:?\d{2})$", "") if time is None else table[date]
    split = whole.str.extract_groups(
        r"^(.*?\d{4}|\d{1,4}\D\d{1,2}\D\d{1,4}|\d{6}|\d{8})[T ]+(\S.*)$"
    )
    days = split.struct.field("1").fill_null(whole)
    clocks = split.struct.field("2")
    if (
        time is not None
    ):  # a spreadsheet may have stored the date with midnight, and the time with a day
        clocks = table[time].str.replace(r"^\d{4}-\d{2}-\d{2}[T ]", "").fill_null(clocks)
    return _combined(raw, days, clocks, offset, form, digits)


def _joined(first: pl.Series, second: pl.Series) -> pl.Series:
    frame = pl.DataFrame({"first": first, "second": second})
    return frame.select(
        pl.concat_str("first", "second", separator=" ", ignore_nulls=True)
    ).to_series()


def _combined(
    raw: pl.Series,
    days: pl.Series,
    clocks: pl.Series,
    offset: pl.Series,
    form: DateForm,
    digits: int,
) -> pl.Series:
    dates = {text: form.read(text) for text in days.drop_nulls().unique()}
    times = {text: read_time(text, digits) for text in clocks.drop_nulls().unique()}
    frame = pl.DataFrame(
        {
            "raw": raw,
            "day": days.replace_strict(dates, default=None, return_dtype=pl.Date),
            "clock": clocks.replace_strict(times, default=None, return_dtype=pl.String),
            "zone": offset.str.replace(r"^(...)(\d\d)$", "$1:$2"),
            "timed": clocks.is_not_null(),
        }
    )
    clock = pl.when("timed").then("clock").otherwise(pl.lit("00:00:00"))
    is_end = clock.str.starts_with("24:")
    day = pl.when(is_end).then(pl.col("day") + pl.duration(days=1)).otherwise("day")
    moment = pl.concat_str(
        day.dt.strftime("%Y-%m-%d"),
        pl.lit("T"),
        pl.when(is_end).then(pl.lit("00:00:00")).otherwise(clock),
        "zone",
    )
    # A moment of which a part cannot be read is null: the values stay, and are refused.
    kept = pl.when(pl.col("raw") != "").then("raw")
    return frame.select(pl.coalesce(moment, kept).alias("submitted_at")).to_series()


def date_form_of(texts: Sequence[str]) -> tuple[DateForm, bool]:
    """The form that reads most of these dates, and whether only one does."""
    dotted = all("." in text for text in texts if _PARTS.fullmatch(text))
    forms = [
        DateForm(order, calendar)
        for calendar in ("gregorian", "buddhist")
        for order in ("dmy", "ymd", "mdy")
        # Points stand between day, month and year, in this order.
        if order != "mdy" or not dotted
    ]
    read = {form: sum(_is_recent(form.read(text)) for text in texts) for form in forms}
    best = max(forms, key=lambda form: read[form])
    same = [
        form
        for form in forms
        if read[form] == read[best] and any(form.read(text) != best.read(text) for text in texts)
    ]
    return best, not same


def _is_recent(date: datetime.date | None) -> bool:
    return date is not None and 1970 <= date.year <= 2100
