"""Columns of row files: their names, whether they are required, and the values they may hold."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import attrs
import polars as pl

from skontro.files.checks import Check, missing, spaces_around, with_clean
from skontro.files.csv_rows import read_csv_file, split_rows
from skontro.files.refusals import FIRST_ROW, Refusal
from skontro.files.table_files import read_parquet
from skontro.model import InputError
from skontro.model.text import nearest

_NAMED_AT_MOST: Final = 10


@attrs.frozen
class Columns:
    """The columns of one kind of file.

    Attributes:
        content: noun for the rows, in the plural.
        text: columns that hold text.
        times: columns that hold timestamps.
        amounts: columns that hold amounts in major units; each has a twin in minor units.
        required: columns that must exist, filled in every row.
        wrong_amounts: finds faults of the amount columns among the column names of a file.
    """

    content: str
    text: tuple[str, ...]
    times: tuple[str, ...]
    amounts: tuple[str, ...]
    required: tuple[str, ...]
    wrong_amounts: Callable[[Sequence[str]], list[str]]

    @property
    def known(self) -> tuple[str, ...]:
        """Every name that a column may have."""
        return (*self.text, *self.times, *self._amount_names)

    @property
    def _amount_names(self) -> tuple[str, ...]:
        return tuple(name for amount in self.amounts for name in (amount, f"{amount}_minor"))

    def read(self, path: Path) -> tuple[pl.DataFrame, list[Refusal]]:
        """The rows of a CSV or Parquet file, and refusals of lines that cannot be split.

        The table has the row numbers (`row`), the columns of the file, and those that it may have
        but does not have as nulls; of the two columns for an amount just one, see `present`. All
        are text, but times may be Datetime; columns of text also have a `clean` form.

        Raises:
            InputError: the file as a whole cannot be used: unreadable, or with wrong columns.
        """
        table, unsplit = self._rows(path)
        return self.complete(table), unsplit

    def complete(self, table: pl.DataFrame) -> pl.DataFrame:
        """Rows in the form of `read`, from their numbers (`row`) and some columns of text."""
        amounts = (present(table, amount) for amount in self.amounts)
        expected = (*self.text, *self.times, *amounts)
        absent = [name for name in expected if name not in table.columns]
        table = table.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
        return with_clean(table, [n for n in expected if table.schema[n] == pl.String()])

    def checks(self, table: pl.DataFrame) -> list[Check]:
        """Checks that required fields are filled, and that no field has spaces around it."""
        return [
            *(missing(field) for field in self.required),
            *(spaces_around(name) for name in self.known if f"{name}:clean" in table.columns),
        ]

    def _rows(self, path: Path) -> tuple[pl.DataFrame, list[Refusal]]:
        suffix = path.suffix.lower()
        if suffix == ".csv":
            file = read_csv_file(path)
            self._check_names(file.names, path)
            return split_rows(file)
        if suffix == ".parquet":
            table = read_parquet(path)
            self._check_names(table.columns, path)
            row = pl.int_range(FIRST_ROW, pl.len() + FIRST_ROW, dtype=pl.Int64).alias("row")
            texts = [self._as_text(table[name], path) for name in table.columns]
            return table.with_columns(texts).select(row, pl.all()), []
        raise InputError(f"{path}: {self.content} are read from files that end in .csv or .parquet")

    def _check_names(self, names: Sequence[str], path: Path) -> None:
        problems = [
            *self._unknown(names),
            *(f"column {name} appears twice" for name in self.known if names.count(name) > 1),
            *(f"column {name} is missing" for name in self.required if name not in names),
            *self.wrong_amounts(names),
        ]
        if problems:
            raise InputError(f"{path}: {'; '.join(problems)}")

    def _unknown(self, names: Sequence[str]) -> list[str]:
        unknown = [name for name in names if name not in self.known]
        if len(names) == 1 and any(mark in names[0] for mark in ";\t"):
            return ["the columns must be separated by commas"]
        return [unknown_columns(unknown, self.known)] if unknown else []

    def _as_text(self, column: pl.Series, path: Path) -> pl.Series:
        """A typed column as a CSV file would hold it, but timestamps left as they are."""
        dtype = column.dtype
        is_amount = column.name in self._amount_names
        if is_amount and dtype.is_float():
            raise InputError(
                f"{path}: column {column.name} is a float ({dtype}); money is never a float: "
                "write it as text, as a decimal or as a whole number of minor units"
            )
        if column.name in self.times and isinstance(dtype, pl.Datetime):
            return column
        if is_amount and dtype.is_decimal():
            # Trailing zeros come from the column's scale and not from the amount.
            text = column.cast(pl.String)
            fractional = text.str.contains(".", literal=True)
            shorter = text.str.strip_chars_end("0").str.strip_chars_end(".")
            return text.zip_with(~fractional, shorter)
        textual = isinstance(dtype, pl.String | pl.Categorical | pl.Enum | pl.Null)
        if not (textual or (is_amount and dtype.is_integer())):
            raise InputError(
                f"{path}: column {column.name} cannot be of type {dtype}; write it as text"
            )
        text = column.cast(pl.String)
        return text.zip_with(text != "", pl.Series([None], dtype=pl.String))


def unknown_columns(unknown: Sequence[str], known: Sequence[str]) -> str:
    """One message about all unknown columns, with suggestions."""
    meant = {name: nearest(name, known) for name in unknown[:_NAMED_AT_MOST]}
    named = [
        f"{name[:80]!r}" + (f" (did you mean {word}?)" if word else "")
        for name, word in meant.items()
    ]
    more = len(unknown) - len(named)
    named += [f"{more} more"] if more > 0 else []
    listed = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    all_known = f"; known are {', '.join(known)}" if more or None in meant.values() else ""
    return f"unknown column{'s' * (len(unknown) > 1)} {listed}{all_known}"


def present(table: pl.DataFrame, amount: str) -> str:
    """The amount column that a table has, of two; that in major units if neither."""
    return f"{amount}_minor" if f"{amount}_minor" in table.columns else amount
