"""Trade as obligations: the importer owes the exporter; and its netting potential."""

from collections.abc import Collection
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from skontro.model import InputError, find_currency
from skontro.netting import ObligationMatrix, Potential
from skontro.simulation.generator.sources import find_group, group_name, trade_matrix, trade_years

#: Groups of the published table.
GROUPS: Final = ("CIS", "EAEU", "ASEAN", "ECOWAS", "AfCFTA")

_CENTS_PER_MILLION: Final = Decimal(100_000_000)


def potential_of_trade(group: str, year: int) -> Potential:
    """Goods trade inside a group of countries; see `trade_among`.

    Raises:
        InputError: there is no such group, or no matrix of the year.
    """
    members = find_group(group)
    matrix = trade_among(members, year)
    return Potential(group_name(group), str(year), len(members), find_currency("USD"), matrix)


def trade_among(members: Collection[str], year: int) -> ObligationMatrix:
    """Goods trade of a year among countries, US cents: the importer owes the exporter.

    Each flow is rounded to cents, half to even; countries are named by their alpha-3 codes.
    Source: IMF DOTS, as shipped.

    Raises:
        InputError: there is no matrix of the year.
    """
    if year not in trade_years():
        known = ", ".join(map(str, trade_years()))
        raise InputError(f"there is no trade matrix of {year}; available are those of {known}")
    owed = {
        (importer, exporter): int(
            (value * _CENTS_PER_MILLION).quantize(Decimal(1), ROUND_HALF_EVEN)
        )
        for (exporter, importer), value in trade_matrix(year).items()
        if exporter in members and importer in members and exporter != importer
    }
    return ObligationMatrix({pair: cents for pair, cents in owed.items() if cents > 0})
