"""Designs of a clearing arrangement: netting form, cycle length and credit."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

import attrs

from skontro.model import (
    CYCLE_PRESETS,
    CycleLength,
    InputError,
    Netting,
    parse_decimal,
    quoted,
)
from skontro.model.text import none_of
from skontro.netting.cycle import last_days
from skontro.simulation.clearing_study.trade_year import TradeYear

#: Lengths of cycles, in business days or calendar months.
CYCLES: Final[Mapping[str, CycleLength]] = {
    "daily": CYCLE_PRESETS["daily"],
    "weekly": CycleLength(5, "days"),
    "monthly": CycleLength(1, "months"),
    "asian_clearing_union": CYCLE_PRESETS["asian_clearing_union"],
    "aladi_reciprocal_credits": CYCLE_PRESETS["aladi_reciprocal_credits"],
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
        InputError: it is not a part, or is more than 1000%.
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
        netting: netting of each two countries by themselves, or of all together.
        cycle: one of `CYCLES`; at the end of each, positions beyond the limits are paid.
        line: swap line: the most that a country may owe after a cut-off, as a part of annual trade,
            both ways, of each two countries; in multilateral netting the sum over its partners.
        holding: the most owed to a country after a cut-off, by the same measure; None for no limit
            other than the debtors' lines.
    """

    netting: Netting
    cycle: str
    line: Fraction
    holding: Fraction | None = None

    def cut_offs(self, year: TradeYear) -> list[int]:
        """Indexes of the days that end a cycle; the last day is one of them."""
        return last_days(CYCLES[self.cycle], year.dates)


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


def all_designs(
    lines: Sequence[str], holdings: Sequence[str], cycles: Sequence[str]
) -> list[Design]:
    """Designs of both nettings: lines by cycle, then holding limits with the longest line.

    Args:
        lines: swap lines such as "2%"; by default `LINES`.
        holdings: holding limits such as "2%"; by default `HOLDINGS`.
        cycles: names of `CYCLES`; by default all.

    Raises:
        InputError: a part cannot be read, or there is no such cycle.
    """
    unknown = [name for name in cycles if name not in CYCLES]
    if unknown:
        raise InputError(f"cycles: {none_of(unknown[0], CYCLES)}")
    of_lines = [parse_part(text) for text in lines] or list(LINES)
    of_holdings = [parse_part(text) for text in holdings] or list(HOLDINGS)
    of_cycles = list(cycles) or list(CYCLES)
    # Holding limits matter where there is credit: they are looked at with the longest lines.
    middle = of_cycles[len(of_cycles) // 2]
    return [
        *grid(list(Netting), of_cycles, of_lines, [None]),
        *grid(list(Netting), [middle], [max(of_lines)], of_holdings),
    ]
