"""Checks of whole columns, the refusals of the rows that fail them, and the values as text."""

import datetime
from collections.abc import Sequence
from typing import Final

import attrs
import polars as pl

from skontro.files.refusals import REFUSALS
from skontro.model import FIRST_TIMESTAMP, LAST_TIMESTAMP, ReasonCode, from_timestamp
from skontro.model.text import did_you_mean

#: Columns are converted in the years 1 to 9999, as ISO 8601 writes them: conversions panic far
#: outside. The model decides which of these times are accepted (`in_range`).
FIRST: Final = datetime.datetime(1, 1, 1)  # noqa: DTZ001  compared with local times
_LAST: Final = datetime.datetime(9999, 12, 31)  # noqa: DTZ001  the day, with all of its hours

_TICKS: Final = {"ns": 10**9, "us": 10**6, "ms": 10**3}


def _as_expression(message: str | pl.Expr) -> pl.Expr:
    return pl.lit(message) if isinstance(message, str) else message


@attrs.frozen
class Check:
    """A condition for the refusal of a row.

    Attributes:
        field: the column at fault.
        reason: reason of the refusal.
        fails: true on refused rows; null counts as false.
        message: text or expression for such a row.
    """

    field: str
    reason: ReasonCode
    fails: pl.Expr
    message: pl.Expr = attrs.field(converter=_as_expression)


def clean(field: str) -> pl.Expr:
    """The field's text, null where it is empty or surrounded by spaces."""
    return pl.col(f"{field}:clean")


def with_clean(table: pl.DataFrame, fields: Sequence[str]) -> pl.DataFrame:
    """The table with the clean form of each field, as named by `clean`."""
    columns = [pl.col(field) for field in fields]
    return table.with_columns(
        pl.when(text.str.strip_chars() == text).then(text).name.suffix(":clean") for text in columns
    )


def none_of_these(field: str, known: Sequence[str], more: str = "") -> pl.Expr:
    """The message that a field has no known value, with a suggestion.

    Args:
        field: the column.
        known: the words.
        more: text after their list.
    """
    nearest_word = pl.col(field).map_elements(
        lambda word: did_you_mean(word, known), return_dtype=pl.String
    )
    return pl.concat_str(pl.lit(f"is not one of {', '.join(known)}{more}"), nearest_word)


def spaces_around(field: str) -> Check:
    """Refuse text with spaces before or after it, because a guess could be wrong."""
    spaced = pl.col(field).is_not_null() & clean(field).is_null()
    message = "has spaces before or after it; remove them"
    return Check(field, ReasonCode.FIELD_MALFORMED, spaced, message)


def missing(field: str) -> Check:
    """Refuse rows with an empty field."""
    return Check(field, ReasonCode.FIELD_MISSING, pl.col(field).is_null(), "is missing")


def run_checks(
    table: pl.DataFrame, checks: Sequence[Check], file: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split a table into the rows that pass every check and the refusals of all others.

    Args:
        table: has a column `row` with the row numbers and the column of each check's field.
        checks: all of them are applied to every row.
        file: name of the file, for the refusals.

    Returns:
        The rows that pass, and a table with the columns `REFUSALS`, by check and then by row.
    """
    failed = table.select(
        c.fails.fill_null(value=False).alias(str(i)) for i, c in enumerate(checks)
    )
    refusals = [
        _refusals(table.filter(failed[str(i)]), check, file)
        for i, check in enumerate(checks)
        if failed[str(i)].any()
    ]
    passed = table.filter(~failed.select(pl.any_horizontal(pl.all())).to_series())
    return passed, pl.concat([REFUSALS.to_frame(), *refusals])


def run_warnings(table: pl.DataFrame, checks: Sequence[Check], file: str) -> pl.DataFrame:
    """Unusual values in accepted rows: a table with the columns `REFUSALS`.

    Args:
        table, file: as for `run_checks`.
        checks: their reason describes the value, not a refusal.
    """
    found = [
        _refusals(table.filter(check.fails.fill_null(value=False)), check, file) for check in checks
    ]
    return pl.concat([REFUSALS.to_frame(), *found])


def _refusals(rows: pl.DataFrame, check: Check, file: str) -> pl.DataFrame:
    return rows.select(
        file=pl.lit(file),
        row=pl.col("row"),
        field=pl.lit(check.field),
        reason_number=pl.lit(int(check.reason), dtype=pl.Int64),
        reason=pl.lit(check.reason.name),
        value=value_text(check.field, rows.schema[check.field]),
        message=check.message,
    )


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
