"""Forms of the cells of a column: BICs, amounts, dates, times, currencies, references."""

import re
from collections.abc import Callable
from functools import cached_property
from typing import Final

import attrs
import polars as pl
from iso4217 import Currency as Listed

from skontro.imports.bank_codes import bic_of
from skontro.imports.source_table import SourceTable
from skontro.imports.times import DateForm, read_time
from skontro.imports.vocabulary import CURRENCY_WORDS, named
from skontro.model import UETR_PATTERN, InputError, find_currency

#: Different values of a column that are looked at.
_SAMPLE: Final = 400
_AMOUNT: Final = re.compile(
    r"[(+−–-]?\s*(?:[A-Z]{3}\s?)?\d[\d.,'’\s\u00a0\u202f]*(?:\s?[A-Z]{3})?\)?[−–-]?"
)
_ISIN: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{9}\d")
_UETR: Final = re.compile(UETR_PATTERN, re.IGNORECASE)
_MOMENT: Final = re.compile(r"(.*?\d{4}|\d{4}\D\d{1,2}\D\d{1,2})[T ]+(\d{1,2}[:.h]\d{2}.*)")
_OFFSET: Final = re.compile(r"\s*(?:Z|[+-]\d{2}:?\d{2})$")
_FORMS: Final = tuple(
    DateForm(order, calendar)
    for order in ("dmy", "ymd", "mdy")
    for calendar in ("gregorian", "buddhist")
)


@attrs.frozen(eq=False)
class Profile:
    """A column and the forms of its cells; shares are parts of the cells.

    Attributes:
        name: of the column.
        values: a sample of its different values, in order.
        counts: number of cells with each of them.
        distinct: number of different values.
        filled: number of cells that are not empty.
        rows: number of rows.
    """

    name: str
    values: tuple[str, ...]
    counts: tuple[int, ...]
    distinct: int
    filled: int
    rows: int

    def share(self, test: Callable[[str], object]) -> float:
        """The part of the cells for which a test is true."""
        hits = sum(
            count for value, count in zip(self.values, self.counts, strict=True) if test(value)
        )
        return hits / sum(self.counts) if self.counts else 0.0

    @cached_property
    def bics(self) -> float:
        """BICs."""
        return self.share(bic_of)

    @cached_property
    def amounts(self) -> float:
        """Numbers, as amounts are printed."""
        return self.share(_AMOUNT.fullmatch)

    @cached_property
    def currencies(self) -> float:
        """Currencies, by code, number or word."""
        return self.share(currency_of)

    @cached_property
    def securities(self) -> float:
        """Numbers of securities (ISIN)."""
        return self.share(_ISIN.fullmatch)

    @cached_property
    def uetrs(self) -> float:
        """UETRs."""
        return self.share(_UETR.fullmatch)

    @cached_property
    def dates(self) -> float:
        """Dates."""
        return self.share(is_date)

    @cached_property
    def times(self) -> float:
        """Times of day."""
        return self.share(read_time)

    @cached_property
    def moments(self) -> float:
        """Dates with a time of day."""
        return self.share(_is_moment)


def is_date(text: str) -> bool:
    """Whether a text is a date of the last or next decades, in any order of its parts."""
    dates = (form.read(text) for form in _FORMS)
    return any(date is not None and 1990 <= date.year <= 2060 for date in dates)


def _is_moment(text: str) -> bool:
    found = _MOMENT.fullmatch(_OFFSET.sub("", text))
    return found is not None and is_date(found[1]) and read_time(found[2]) is not None


def currency_of(text: str) -> str | None:
    """The code of a currency that a cell names; None if it names none."""
    code = text.strip()
    if code.isdigit() and len(code) <= 3:
        return NUMBERS.get(code.zfill(3))
    try:
        return find_currency(code.upper()).code
    except InputError:
        return named(code, CURRENCY_WORDS)


def _numbers() -> dict[str, str]:
    found = {f"{one.number:03}": one.code for one in Listed if one.number}
    # Account numbers still have the number of the rouble before 1998.
    return found | {"810": "RUB"}


NUMBERS: Final = _numbers()


def profiles(table: SourceTable) -> dict[str, Profile]:
    """The columns of a table by name, in their order."""
    found = {}
    for name in table.columns:
        cells = table.rows[name].drop_nulls()
        counted = cells.to_frame("value").group_by("value", maintain_order=True).len()
        sample = counted.head(_SAMPLE)
        found[name] = Profile(
            name,
            tuple(sample["value"].to_list()),
            tuple(sample["len"].to_list()),
            counted.height,
            cells.len(),
            table.rows.height,
        )
    return found


def depends_on(table: SourceTable, name: str, code: str) -> bool:
    """Whether each code has one name in a table, as the name of a bank and not of a customer."""
    pairs = table.rows.select(code, name).drop_nulls().unique()
    return bool(pairs.height) and pairs.height == pairs.select(pl.col(code).n_unique()).item()
