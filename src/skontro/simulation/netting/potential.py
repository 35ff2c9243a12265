"""The netting potential of trade: the most that one cycle of a year could compensate."""

from collections.abc import Collection
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import attrs

from skontro.model import Currency, InputError, find_currency
from skontro.simulation.generator.sources import find_group, group_name, trade_matrix, trade_years
from skontro.simulation.netting.matrix import ObligationMatrix

#: Groups of the published table.
GROUPS: Final = ("CIS", "EAEU", "ASEAN", "ECOWAS", "AfCFTA")

_CENTS_PER_MILLION: Final = Decimal(100_000_000)


@attrs.frozen
class Potential:
    """Obligations of a group over a period, as one netting cycle.

    Attributes:
        name: of the group, or of a file.
        period: the year, or nothing.
        members: parties of the group, with obligations or without.
        currency: what obligations are valued in.
        matrix: the obligations.
    """

    name: str
    period: str
    members: int
    currency: Currency
    matrix: ObligationMatrix


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
        raise InputError(f"there is no trade matrix of {year}; there are those of {known}")
    owed = {
        (importer, exporter): int(
            (value * _CENTS_PER_MILLION).quantize(Decimal(1), ROUND_HALF_EVEN)
        )
        for (exporter, importer), value in trade_matrix(year).items()
        if exporter in members and importer in members and exporter != importer
    }
    return ObligationMatrix({pair: cents for pair, cents in owed.items() if cents > 0})


def potential_of_matrix(name: str, currency: Currency, matrix: ObligationMatrix) -> Potential:
    """The potential of obligations of one's own."""
    return Potential(name, "", len(matrix.parties), currency, matrix)
