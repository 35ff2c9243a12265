"""Timestamp columns: the years that can be written, and their text form."""

import datetime
from typing import Final

import polars as pl

from skontro.model import FIRST_TIMESTAMP, LAST_TIMESTAMP, from_timestamp

#: Columns are converted in the years 1 to 9999, as ISO 8601 writes them: conversions panic far
#: outside. The model decides which of these times are accepted (`in_range`).
FIRST: Final = datetime.datetime(1, 1, 1)  # noqa: DTZ001  compared with local times
_LAST: Final = datetime.datetime(9999, 12, 31)  # noqa: DTZ001  the day, with all of its hours

_TICKS: Final = {"ns": 10**9, "us": 10**6, "ms": 10**3}


def is_writable(field: str, dtype: pl.Datetime) -> pl.Expr:
    """Whether each timestamp of a column is in the years that can be written."""
    first, end = _ticks(FIRST, dtype), _ticks(_LAST, dtype, days_after=1)
    return pl.col(field).to_physical().is_between(first, end, closed="left")


def in_range(timestamp: pl.Expr) -> pl.Expr:
    """Whether each timestamp in UTC is in the model's range; null where there is none."""
    return timestamp.is_between(from_timestamp(FIRST_TIMESTAMP), from_timestamp(LAST_TIMESTAMP))


def value_text(field: str, dtype: pl.DataType) -> pl.Expr:
    """A column's values as text; a timestamp without a text form as its number of ticks."""
    if not isinstance(dtype, pl.Datetime):
        return pl.col(field).cast(pl.String)
    text = pl.when(is_writable(field, dtype)).then(pl.col(field)).cast(pl.String)
    return pl.coalesce(text, pl.col(field).to_physical().cast(pl.String))


def _ticks(limit: datetime.datetime, dtype: pl.Datetime, days_after: int = 0) -> int:
    days = (limit - datetime.datetime(1970, 1, 1)).days + days_after  # noqa: DTZ001
    ticks = days * 86_400 * _TICKS[dtype.time_unit]
    return max(-(2**63), min(ticks, 2**63 - 1))
