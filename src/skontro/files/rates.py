"""Exchange rates and fixings of reference rates, read from and written to CSV as exact decimals."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import polars as pl

from skontro.files.csv_rows import CsvFile, read_csv_file, split_rows
from skontro.files.dated_rows import read_dated_rows, refuse_repeated
from skontro.files.document_fields import CurrencyField, DateField, LineField, UnitsField
from skontro.files.documents import Schema, fit, place_text
from skontro.files.table_files import write_csv
from skontro.model import InputError, Rate, RateTable, ReferenceRate, find_currency, from_timestamp

#: `units` of `currency` are worth one unit of `account_currency`.
RATE_COLUMNS: Final = ("currency", "account_currency", "units", "as_of", "source")

_TEXT: Final = dict.fromkeys(RATE_COLUMNS, pl.String())

_Row = dict[str, str | None]


class _Unit(Schema):
    """The currency of account, priced in itself."""

    currency: CurrencyField
    account_currency: CurrencyField
    units: UnitsField


class _Rate(_Unit):
    as_of: DateField
    source: LineField


def read_rates(path: Path) -> RateTable:
    """Read rates from a CSV file with the columns `RATE_COLUMNS`.

    A row that prices the currency of account in itself at 1, without date and source, gives no
    rate: it names the currency of account of a table without rates.

    Raises:
        InputError: the file cannot be used; names every problem with its row and field.
    """
    file = read_csv_file(path)
    if sorted(file.names) != sorted(RATE_COLUMNS):
        found = ", ".join(file.names)[:200]
        raise InputError(f"{path}: the columns are {found}; expected {', '.join(RATE_COLUMNS)}")
    rows, problems = _split(file)
    problems += _contradictions(rows)
    rates = []
    for number, row in rows.items():
        rate, messages = _read_row(row)
        problems += [(number, message) for message in messages]
        rates += rate
    if problems:
        texts = [f"row {number}, {message}" for number, message in sorted(problems)]
        raise InputError("\n  ".join([f"{path}: the rates cannot be used", *texts]))
    if not rows:
        raise InputError(f"{path}: there is no row, so the account_currency is missing; add one")
    account_currency = next(iter(rows.values()))["account_currency"]
    return RateTable(find_currency(str(account_currency)), rates)


def _split(file: CsvFile) -> tuple[dict[int, _Row], list[tuple[int, str]]]:
    table, broken = split_rows(file)
    rows = {row.pop("row"): row for row in table.to_dicts()}
    return rows, [(refusal.row, f"{refusal.field}: {refusal.message}") for refusal in broken]


def _read_row(row: _Row) -> tuple[list[Rate], list[str]]:
    """The rate in a row, if it has one, and the problems of the row."""
    prices_itself = row["currency"] is not None and row["currency"] == row["account_currency"]
    bare = prices_itself and row["as_of"] is row["source"] is None
    given = {name: text for name, text in row.items() if text is not None}
    fields, problems = fit(given, _Unit if bare else _Rate)
    if fields is None:
        return [], [f"{place_text(problem.place)}: {problem.message}" for problem in problems]
    if prices_itself and fields.units != 1:
        return [], ["units: the currency of account is worth 1 in itself"]
    if not isinstance(fields, _Rate):
        return [], []
    return [Rate(fields.currency, fields.units, fields.as_of, fields.source)], []


def _contradictions(rows: dict[int, _Row]) -> list[tuple[int, str]]:
    """Rows with another currency of account than the first, or with a repeated currency."""
    problems: list[tuple[int, str]] = []
    first_row: dict[str, int] = {}
    account_currency: str | None = None
    for number, row in rows.items():
        account_currency = account_currency or row["account_currency"]
        if row["account_currency"] not in {None, account_currency}:
            message = f"account_currency: {row['account_currency']!r} is not {account_currency!r}"
            problems.append((number, f"{message} as in earlier rows"))
        currency = row["currency"]
        if currency is not None and first_row.setdefault(currency, number) != number:
            problems.append(
                (number, f"currency: {currency} has a rate in row {first_row[currency]}")
            )
    return problems


def write_rates(path: Path, rates: RateTable) -> None:
    """Write rates as CSV with the columns `RATE_COLUMNS`, by currency.

    Raises:
        InputError: a source is not one line of text, or the file cannot be written there.
    """
    account = rates.account_currency.code
    rows = [
        (r.currency.code, account, format(r.units, "f"), r.as_of.isoformat(), r.source)
        for r in rates.rates
    ]
    for row in rows:
        _, messages = _read_row(dict(zip(RATE_COLUMNS, row, strict=True)))
        if messages:
            raise InputError(f"the rate of {row[0]} cannot be written: {'; '.join(messages)}")
    bare = (account, account, "1", None, None)
    write_csv(path, pl.DataFrame(rows or [bare], schema=_TEXT, orient="row"))


#: `rate` units of `quote` are one unit of `base`.
REFERENCE_COLUMNS: Final = ("base", "quote", "rate", "fixed_at", "source")


class _ReferenceRate(Schema):
    base: CurrencyField
    quote: CurrencyField
    rate: UnitsField
    fixed_at: int
    source: LineField


def read_reference_rates(path: Path, time_zone: str) -> list[ReferenceRate]:
    """Read fixings from a CSV file with the columns `REFERENCE_COLUMNS`.

    Args:
        path: the file.
        time_zone: IANA name; times without an offset are read in it.

    Raises:
        InputError: the file cannot be used; names every problem with its row and field. A pair
            that has two fixings of one time, in either direction, is such a problem.
    """

    def make(row: _ReferenceRate) -> ReferenceRate:
        if row.base == row.quote:
            raise InputError(f"quote: {row.quote} is the base; it has no rate against itself")
        return ReferenceRate(row.base, row.quote, row.rate, row.fixed_at, row.source)

    rates = read_dated_rows(path, REFERENCE_COLUMNS, ("fixed_at",), time_zone, _ReferenceRate, make)
    keys = [(*sorted((rate.base.code, rate.quote.code)), rate.fixed_at) for rate in rates]
    refuse_repeated(path, "fixed_at", "a fixing of these two currencies at this time", keys)
    return rates


def write_reference_rates(path: Path, rates: Iterable[ReferenceRate]) -> None:
    """Write fixings as CSV with the columns `REFERENCE_COLUMNS`, in the order given, times in UTC.

    Raises:
        InputError: a source is not one line of text, or the file cannot be written there.
    """
    rows = []
    for rate in rates:
        pair = (rate.base.code, rate.quote.code, format(rate.rate, "f"))
        row = dict(zip(REFERENCE_COLUMNS, (*pair, rate.fixed_at, rate.source), strict=True))
        _, problems = fit(row, _ReferenceRate)
        if problems:
            texts = [f"{place_text(problem.place)}: {problem.message}" for problem in problems]
            raise InputError(
                f"the rate of {rate.base} in {rate.quote} cannot be written: {'; '.join(texts)}"
            )
        timestamp = from_timestamp(rate.fixed_at).replace(tzinfo=None)
        rows.append((*pair, f"{timestamp.isoformat(timespec='microseconds')}Z", rate.source))
    schema = dict.fromkeys(REFERENCE_COLUMNS, pl.String())
    write_csv(path, pl.DataFrame(rows, schema=schema, orient="row"))
