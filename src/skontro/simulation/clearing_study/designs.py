"""Designs of a clearing arrangement: how it nets, how often, and how much credit it gives."""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import attrs

from skontro.model import InputError, Netting, parse_decimal, quoted
from skontro.simulation.clearing_study.trade_year import TradeYear

#: Names of cycle lengths in business days, or in months as a negative number.
CYCLES: Final = {
    "daily": 1,
    "weekly": 5,
    "monthly": -1,
    "asian_clearing_union": -2,
    "aladi_reciprocal_credits": -4,
}

#: Swap lines as parts of annual trade.
LINES: Final = tuple(
    Fraction(text) / 100 for text in ("0", "0.25", "0.5", "1", "2", "4", "8", "16", "32")
)

#: Holding limits by the same measure.
HOLDINGS: Final = tuple(Fraction(text) / 100 for text in ("1", "2", "4", "8", "16", "32"))

_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)%")


def parse_part(text: str) -> Fraction:
    """A part such as 2.5%.

    Raises:
        InputError: it is none, or more than 1000%.
    """
    found = _PART.fullmatch(text)
    part = Fraction(parse_decimal(found[1])) / 100 if found else Fraction(-1)
    if not 0 <= part <= 10:
        raise InputError(f"{quoted(text)} is not a part of annual trade like 2.5%, up to 1000%")
    return part


@attrs.frozen(order=True)
class Design:
    """One arrangement.

    Attributes:
        netting: of each two countries by themselves, or of all together.
        cycle: one of `CYCLES`; at the end of each, positions beyond the limits are paid.
        line: swap line: what a country may owe after a cut-off, as a part of the annual trade,
            both ways, of each two countries; in multilateral netting the sum over its partners.
        holding: what a country may be owed after a cut-off, by the same measure; None for no limit
            beside the debtors' lines.
    """

    netting: Netting
    cycle: str
    line: Fraction
    holding: Fraction | None = None

    def cut_offs(self, year: TradeYear) -> list[int]:
        """The days, as positions, at the end of which a cycle ends; the last day is one."""
        length = CYCLES[self.cycle]
        last = len(year.dates) - 1
        if length > 0:
            ends = list(range(length - 1, last + 1, length))
        else:
            ends = [
                day
                for day in range(last)
                if year.dates[day].month != year.dates[day + 1].month
                and year.dates[day].month % -length == 0
            ]
        return [*ends, last] if not ends or ends[-1] != last else ends


def grid(
    nettings: Sequence[Netting],
    cycles: Sequence[str],
    lines: Sequence[Fraction],
    holdings: Sequence[Fraction | None],
) -> list[Design]:
    """Every combination, in order."""
    return [
        Design(netting, cycle, line, holding)
        for netting in nettings
        for cycle in cycles
        for holding in holdings
        for line in lines
    ]
