"""Two definitions of a national currency: by corridor and by member."""

import datetime
from enum import StrEnum
from typing import Final

import polars as pl

from skontro.files.period import Results
from skontro.model import Country, find_country


class Definition(StrEnum):
    """Definition of the currencies that count as national.

    Published shares seldom say which they use; those of the CIS appear to count by member.
    """

    BY_CORRIDOR = "by_corridor"
    BY_MEMBER = "by_member"

    @property
    def words(self) -> str:
        """As a label: ``by corridor``."""
        return self.value.replace("_", " ")

    @property
    def meaning(self) -> str:
        """The definition in one clause."""
        return _MEANINGS[self]


_MEANINGS: Final = {
    Definition.BY_CORRIDOR: "the payer's or the payee's country issues the currency",
    Definition.BY_MEMBER: "any country of the group issues the currency",
}


def group_of(results: Results) -> tuple[Country, ...]:
    """The group of a period: the countries whose participants hold accounts.

    The clearing agent of netting cycles does not make its country a member.
    """
    agent = results.netting.clearing_agent if results.netting else None
    accounts = results.accounts
    if agent is not None:
        accounts = accounts.filter(pl.col("bic") != agent)
    return tuple(find_country(code) for code in accounts["country"].unique().sort())


def with_nationality(cells: pl.DataFrame, group: tuple[Country, ...]) -> pl.DataFrame:
    """The cells with a column of booleans for each `Definition`.

    Args:
        cells: columns ``business_date``, ``payer_country``, ``payee_country`` and ``currency``.
        group: as `group_of` gives.
    """
    codes = _Issued(group)
    by_corridor, by_member = [], []
    names = ["business_date", "payer_country", "payee_country", "currency"]
    for date, payer, payee, currency in cells.select(names).iter_rows():
        by_corridor.append(currency in codes.of(payer, date) | codes.of(payee, date))
        by_member.append(by_corridor[-1] or currency in codes.of_group(date))
    return cells.with_columns(
        pl.Series(Definition.BY_CORRIDOR.value, by_corridor, dtype=pl.Boolean),
        pl.Series(Definition.BY_MEMBER.value, by_member, dtype=pl.Boolean),
    )


class _Issued:
    """Codes of the currencies that countries issue, looked up once for each date."""

    def __init__(self, group: tuple[Country, ...]) -> None:
        self._members = [country.alpha3 for country in group]
        self._of: dict[tuple[str, datetime.date], frozenset[str]] = {}
        self._of_group: dict[datetime.date, frozenset[str]] = {}

    def of(self, country: str | None, date: datetime.date) -> frozenset[str]:
        if country is None:
            return frozenset()
        if (country, date) not in self._of:
            own = find_country(country).issued(date)
            self._of[country, date] = frozenset(currency.code for currency in own)
        return self._of[country, date]

    def of_group(self, date: datetime.date) -> frozenset[str]:
        if date not in self._of_group:
            self._of_group[date] = frozenset().union(*(self.of(c, date) for c in self._members))
        return self._of_group[date]
