"""Results for other programs: workbooks, CSV, Stata, and Parquet for R.

Headings have the unit. Amounts are in major units of the row's currency, exact to the last one: a
program that keeps numbers as floats gets text where a float would round.
"""

import datetime
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyreadstat
import xlsxwriter

from skontro.files.period import Results
from skontro.files.table_files import write_csv
from skontro.files.writing import PATH_ERRORS, write_error
from skontro.model import InputError, find_currency

#: Integers below this are exact as 64-bit floats.
_EXACT: Final = 2**53
#: Significant digits that a workbook shows of a number.
_DIGITS: Final = 15
#: Rows of a sheet below the heading.
MOST_ROWS: Final = 1_048_575
#: The same results give the same bytes, so a workbook has no date of its own.
_CREATED: Final = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
_ACRONYMS: Final = {"uetr": "UETR", "bic": "BIC"}
_TEXT_LENGTH: Final = 2045
_NAME_LENGTH: Final = 32
_LABEL_LENGTH: Final = 80


def tables_of(results: Results) -> dict[str, pl.DataFrame]:
    """The tables of a period that have rows, by name; `orders` is always there."""
    named = {
        "orders": results.orders,
        "accounts": results.accounts,
        "statements": results.statements,
        "runs": results.runs,
        "residuals": results.residuals,
    }
    return {name: table for name, table in named.items() if table.height or name == "orders"}


#: Names of the tables.
TABLES: Final = ("orders", "accounts", "statements", "runs", "residuals")


def heading(column: str) -> str:
    """The heading of a column, with its unit.

    Example:
        >>> heading("opening_balance_minor"), heading("submitted_at"), heading("payee")
        ('Opening balance (major units)', 'Submitted at (UTC)', 'Payee')
    """
    words = column.removesuffix("_minor").replace("_", " ")
    unit = " (major units)" if column.endswith("_minor") else ""
    unit = " (UTC)" if column.endswith("_at") or column == "at" else unit
    return f"{_ACRONYMS.get(words) or words[:1].upper() + words[1:]}{unit}"


def in_major_units(table: pl.DataFrame) -> pl.DataFrame:
    """The table with amounts as decimal text in major units of each row's currency."""
    exponents = _exponents(table)
    return table.with_columns(
        _major(name, exponents[_currency_of(name)])
        for name in table.columns
        if name.endswith("_minor")
    )


def _currency_of(column: str) -> str:
    return "instructed_currency" if column.startswith("instructed_") else "currency"


def _exponents(table: pl.DataFrame) -> dict[str, pl.Expr]:
    found: dict[str, pl.Expr] = {}
    for name in ("currency", "instructed_currency"):
        if name in table.columns:
            codes = table[name].drop_nulls().unique()
            known = {code: find_currency(code).exponent for code in codes}
            found[name] = pl.col(name).replace_strict(known, default=None, return_dtype=pl.Int64)
    return found


def _major(column: str, exponent: pl.Expr) -> pl.Expr:
    """Minor units as decimal text: digits are cut, never divided."""
    whole = pl.col(column).cast(pl.Decimal(38, 0)).cast(pl.String)
    sign = pl.when(whole.str.starts_with("-")).then(pl.lit("-")).otherwise(pl.lit(""))
    digits = whole.str.strip_prefix("-")
    padded = digits.str.pad_start(exponent + 1, "0")
    split = padded.str.len_bytes().cast(pl.Int64) - exponent
    text = pl.concat_str(sign, padded.str.slice(0, split), pl.lit("."), padded.str.slice(split))
    return pl.when(exponent == 0).then(whole).otherwise(text).alias(column)


def write_workbook(folder: Path, tables: Mapping[str, pl.DataFrame]) -> list[Path]:
    """Write one workbook with a sheet for each table.

    Raises:
        InputError: a table has more rows than a sheet, or the file cannot be written.
    """
    for name, table in tables.items():
        if table.height > MOST_ROWS:
            raise InputError(
                f"{name}: {table.height:,} rows are more than the {MOST_ROWS:,} of a sheet; "
                "choose --format csv or parquet"
            )
    path = folder / "results.xlsx"
    options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True}
    with _writing(path), xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": _CREATED.replace(tzinfo=None)})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        formats = {"moment": moment, "day": day}
        for name, table in tables.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for column, title in enumerate(table.columns):
                sheet.write_string(0, column, heading(title), bold)
                sheet.set_column(column, column, max(12, min(38, len(title) + 2)))
            amounts = {title for title in table.columns if title.endswith("_minor")}
            for row, values in enumerate(in_major_units(table).iter_rows(named=True), 1):
                for column, (title, value) in enumerate(values.items()):
                    _write_cell(sheet, row, column, value, title in amounts, formats)
            sheet.autofilter(0, 0, table.height, len(table.columns) - 1)
    return [path]


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn a failure to write a file into an `InputError` that names it."""
    try:
        yield
    except PATH_ERRORS as error:
        raise write_error(path, error) from None


def _write_cell(
    sheet: Any,  # noqa: ANN401  xlsxwriter has no types
    row: int,
    column: int,
    value: Any,  # noqa: ANN401
    is_amount: bool,
    formats: Mapping[str, Any],
) -> None:
    if value is None:
        return
    if is_amount:
        digits = sum(sign.isdigit() for sign in value)
        if digits <= _DIGITS:
            sheet.write_number(row, column, float(value))
        else:
            sheet.write_string(row, column, value)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    elif isinstance(value, int):
        sheet.write_number(row, column, value)
    elif hasattr(value, "hour"):
        sheet.write_datetime(row, column, value.replace(tzinfo=None), formats["moment"])
    else:
        sheet.write_datetime(row, column, value, formats["day"])


def write_csv_files(folder: Path, tables: Mapping[str, pl.DataFrame]) -> list[Path]:
    """Write a CSV file for each table, with headings and amounts in major units."""
    paths = []
    for name, table in tables.items():
        paths.append(folder / f"{name}.csv")
        write_csv(paths[-1], in_major_units(table).rename(heading))
    return paths


def write_stata_files(folder: Path, tables: Mapping[str, pl.DataFrame]) -> list[Path]:
    """Write a Stata file (version 118, Unicode) for each table; labels have the units.

    Stata keeps numbers as floats. A column of amounts in which one would be rounded is text.
    """
    paths = []
    for name, table in tables.items():
        path = folder / f"{name}.dta"
        labels: list[str | None] = [heading(column)[:_LABEL_LENGTH] for column in table.columns]
        columns = [column.removesuffix("_minor")[:_NAME_LENGTH] for column in table.columns]
        converted = in_major_units(table).with_columns(
            _for_stata(column, table[column]) for column in table.columns
        )
        converted.columns = columns
        with _writing(path):
            pyreadstat.write_dta(
                converted, str(path), file_label=f"Skontro {name}", column_labels=labels, version=15
            )
        paths.append(path)
    return paths


def _for_stata(name: str, column: pl.Series) -> pl.Expr:
    """A column as Stata stores it: doubles, or text where they would not be exact."""
    if name.endswith("_minor"):
        is_exact = all(abs(int(minor)) < _EXACT for minor in (column.min(), column.max()) if minor)  # type: ignore[arg-type]
        return pl.col(name).cast(pl.Float64) if is_exact else pl.col(name).fill_null("")
    if column.dtype == pl.String:
        return pl.col(name).fill_null("").str.slice(0, _TEXT_LENGTH)
    if column.dtype.is_integer():
        return pl.col(name).cast(pl.Float64)
    if isinstance(column.dtype, pl.Datetime):
        return pl.col(name).dt.replace_time_zone(None)
    return pl.col(name)


def write_parquet_files(folder: Path, tables: Mapping[str, pl.DataFrame]) -> list[Path]:
    """Write a Parquet file for each table, as R reads it: totals as decimals, Snappy.

    Amounts stay whole numbers of minor units. R reads them with arrow or nanoparquet.
    """
    paths = []
    for name, table in tables.items():
        paths.append(folder / f"{name}.parquet")
        with _writing(paths[-1]):
            table.write_parquet(paths[-1], compression="snappy", statistics=True)
    return paths


#: The writers by format.
FORMATS: Final[Mapping[str, Callable[[Path, Mapping[str, pl.DataFrame]], list[Path]]]] = {
    "xlsx": write_workbook,
    "csv": write_csv_files,
    "stata": write_stata_files,
    "parquet": write_parquet_files,
}
