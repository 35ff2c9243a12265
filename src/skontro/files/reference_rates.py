"""Fixings of reference rates from CSV and into it, as exact decimals."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import polars as pl

from skontro.files.dated_rows import read_dated_rows, refuse_repeated
from skontro.files.documents import Shape, fit, place_text
from skontro.files.shape_fields import CurrencyField, LineField, UnitsField
from skontro.files.writing import write_csv
from skontro.model import InputError, ReferenceRate, from_timestamp

#: `rate` units of `quote` are one unit of `base`.
REFERENCE_COLUMNS: Final = ("base", "quote", "rate", "fixed_at", "source")


class _ReferenceRate(Shape):
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
            that has two fixings of one moment, in either direction, is such a problem.
    """

    def make(row: _ReferenceRate) -> ReferenceRate:
        if row.base == row.quote:
            raise InputError(f"quote: {row.quote} is the base; a currency has no rate in itself")
        return ReferenceRate(row.base, row.quote, row.rate, row.fixed_at, row.source)

    rates = read_dated_rows(path, REFERENCE_COLUMNS, ("fixed_at",), time_zone, _ReferenceRate, make)
    keys = [(*sorted((rate.base.code, rate.quote.code)), rate.fixed_at) for rate in rates]
    refuse_repeated(path, "fixed_at", "a fixing of these two currencies at this moment", keys)
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
        moment = from_timestamp(rate.fixed_at).replace(tzinfo=None)
        rows.append((*pair, f"{moment.isoformat(timespec='microseconds')}Z", rate.source))
    schema = dict.fromkeys(REFERENCE_COLUMNS, pl.String())
    write_csv(path, pl.DataFrame(rows, schema=schema, orient="row"))
