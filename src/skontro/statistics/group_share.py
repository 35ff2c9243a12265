"""National-currency share of a group of systems, from the settled value of each."""

import datetime
from collections.abc import Iterable
from typing import Final

import attrs
import polars as pl

from skontro.model import InputError, RateTable, find_country
from skontro.statistics.exact import sum_of
from skontro.statistics.nationality import with_nationality
from skontro.statistics.shares import CorridorShare, CurrencyShares, share_of_cells

_CELLS: Final = {
    "business_date": pl.Date(),
    "payer_country": pl.String(),
    "payee_country": pl.String(),
    "currency": pl.String(),
    "orders": pl.Int64(),
    "minor": pl.Int128(),
}
_KEYS: Final = [name for name in _CELLS if name not in ("orders", "minor")]

#: Business day, payer's and payee's country, currency, number of orders, minor units.
Cell = tuple[datetime.date, str, str, str, int, int]


@attrs.frozen
class GroupShare:
    """The share of a whole group.

    Attributes:
        countries: of all members, ISO 3166 codes, in order.
        total: all settled orders and links.
        cross_border: those between two different countries.
        corridors: ordered pairs of countries, by payer, then payee.
    """

    countries: tuple[str, ...]
    total: CurrencyShares
    cross_border: CurrencyShares
    corridors: tuple[CorridorShare, ...]


def group_share(
    members: Iterable[tuple[Iterable[str], Iterable[Cell]]], rates: RateTable
) -> GroupShare:
    """The share of all members together; the order of the members makes no difference.

    Amounts are summed by currency before they are valued.

    Args:
        members: countries and settled value of each.
        rates: one for each currency.

    Raises:
        InputError: there is no member, or a currency has no rate.
    """
    given = [([*countries], [*cells]) for countries, cells in members]
    if not given:
        raise InputError("a group has a member")
    countries = sorted({code for codes, _ in given for code in codes})
    rows = [cell for _, cells in given for cell in cells]
    cells = (
        pl.DataFrame(rows, schema=_CELLS, orient="row")
        .group_by(_KEYS)
        .agg(pl.col("orders").sum(), sum_of("minor").alias("minor"))
        .sort(_KEYS)
    )
    found = with_nationality(cells, tuple(find_country(code) for code in countries))
    pairs = found.partition_by("payer_country", "payee_country", as_dict=True)
    return GroupShare(
        tuple(countries),
        share_of_cells(found, rates),
        share_of_cells(found.filter(pl.col("payer_country") != pl.col("payee_country")), rates),
        tuple(
            CorridorShare(find_country(payer), find_country(payee), share_of_cells(part, rates))
            for (payer, payee), part in sorted(pairs.items())
        ),
    )
