"""Checks of whole columns, and the refusals of the rows that fail them."""

from collections.abc import Sequence

import attrs
import polars as pl

from skontro.files.refusals import REFUSALS
from skontro.files.timestamp_range import value_text
from skontro.model import ReasonCode
from skontro.model.text import did_you_mean


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
