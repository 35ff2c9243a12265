"""The columns of a payments file: which there are, which must be there, what each may hold."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import polars as pl

from skontro.model import InputError

TEXT_COLUMNS: Final = ("uetr", "payer", "payee", "currency", "payment_class", "instructed_currency")
TIME_COLUMNS: Final = ("submitted_at", "earliest_at", "latest_at")
AMOUNT_COLUMNS: Final = ("amount", "amount_minor", "instructed_amount", "instructed_amount_minor")
REQUIRED_COLUMNS: Final = ("uetr", "payer", "payee", "currency", "submitted_at")
KNOWN_COLUMNS: Final = (*TEXT_COLUMNS, *TIME_COLUMNS, *AMOUNT_COLUMNS)

_NAMED_AT_MOST = 10


def check_columns(names: Sequence[str], path: Path) -> None:
    """See that a file has the columns of a payments file, each once, and no others.

    Raises:
        InputError: it has not; all that is wrong is named at once.
    """
    problems = [
        *_unknown(names),
        *(f"column {name} appears twice" for name in KNOWN_COLUMNS if names.count(name) > 1),
        *(f"column {name} is missing" for name in REQUIRED_COLUMNS if name not in names),
        *_wrong_amounts(names),
    ]
    if problems:
        raise InputError(f"{path}: {'; '.join(problems)}")


def _unknown(names: Sequence[str]) -> list[str]:
    unknown = [name for name in names if name not in KNOWN_COLUMNS]
    if len(names) == 1 and any(mark in names[0] for mark in ";\t"):
        return ["the columns must be separated by commas"]
    problems = []
    for name in unknown[:_NAMED_AT_MOST]:
        close = get_close_matches(name.strip().lower(), KNOWN_COLUMNS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(KNOWN_COLUMNS)}"
        problems.append(f"unknown column {name[:80]!r} ({hint})")
    if len(unknown) > _NAMED_AT_MOST:
        problems.append(f"and {len(unknown) - _NAMED_AT_MOST} more unknown columns")
    return problems


def _wrong_amounts(names: Sequence[str]) -> list[str]:
    problems = []
    if ("amount" in names) == ("amount_minor" in names):
        problems.append("there must be exactly one of the columns amount and amount_minor")
    instructed = [name for name in AMOUNT_COLUMNS[2:] if name in names]
    if len(instructed) > 1:
        problems.append("only one of instructed_amount and instructed_amount_minor may be there")
    if bool(instructed) != ("instructed_currency" in names):
        problems.append(
            "instructed_currency needs instructed_amount or instructed_amount_minor, and they it"
        )
    return problems


def as_text(table: pl.DataFrame, path: Path) -> pl.DataFrame:
    """Typed columns as a CSV file would hold them, but moments left as they are.

    Raises:
        InputError: a column has a type that it cannot have, such as a float for an amount.
    """
    return table.with_columns(_column_as_text(table[name], path) for name in table.columns)


def _column_as_text(column: pl.Series, path: Path) -> pl.Series:
    dtype = column.dtype
    is_amount = column.name in AMOUNT_COLUMNS
    if is_amount and dtype.is_float():
        raise InputError(
            f"{path}: column {column.name} is a float ({dtype}); money is never a float: "
            "write it as text, as a decimal or as a whole number of minor units"
        )
    if column.name in TIME_COLUMNS and isinstance(dtype, pl.Datetime):
        return column
    if is_amount and dtype.is_decimal():
        # Zeros at the end come from the column's scale and say nothing about the amount.
        text = column.cast(pl.String)
        fractional = text.str.contains(".", literal=True)
        return text.zip_with(~fractional, text.str.strip_chars_end("0").str.strip_chars_end("."))
    textual = isinstance(dtype, pl.String | pl.Categorical | pl.Enum | pl.Null)
    if not (textual or (is_amount and dtype.is_integer())):
        raise InputError(
            f"{path}: column {column.name} cannot be of type {dtype}; write it as text"
        )
    text = column.cast(pl.String)
    return text.zip_with(text != "", pl.Series([None], dtype=pl.String))
