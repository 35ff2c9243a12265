"""Results of many designs for one year of trade, each with its bound and its band."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import attrs

from skontro.simulation.clearing_study.bound import least_third_currency
from skontro.simulation.clearing_study.clearing import Settled, settle_design
from skontro.simulation.clearing_study.designs import Design
from skontro.simulation.clearing_study.trade_year import AnnualTrade, TradeYear, spread_over_year
from skontro.simulation.progress import Progress
from skontro.statistics import ratio


@attrs.frozen(eq=False)
class Point:
    """The result of one design for a year of trade.

    Attributes:
        design: the arrangement.
        third: payments in the third currency in the engine's settlement, minor units, at the
            central spread of daily totals.
        least_third: no course of action pays less, at that spread.
        settled: the settlement at that spread.
        by_spread: the same at each spread of the exploration, in their order.
    """

    design: Design
    third: int
    least_third: int
    settled: Settled
    by_spread: tuple[int, ...]


@attrs.frozen(eq=False)
class Exploration:
    """A year of trade under many designs.

    Attributes:
        years: the trade at each spread of daily totals, ascending; all of the same total.
        points: one for each design.
    """

    years: tuple[TradeYear, ...]
    points: tuple[Point, ...]

    @property
    def year(self) -> TradeYear:
        """The trade at the central spread."""
        return self.years[central(len(self.years))]

    @property
    def spreads(self) -> tuple[Decimal, ...]:
        """Ascending."""
        return tuple(year.spread for year in self.years)

    def share(self, point: Point) -> Fraction:
        """Part of the trade that was settled without the third currency, at the central spread."""
        return self._share(point.third)

    def band(self, point: Point) -> tuple[Fraction, Fraction]:
        """The least and the greatest share at any of the spreads."""
        return self._share(max(point.by_spread)), self._share(min(point.by_spread))

    def most(self, point: Point) -> Fraction:
        """The part that no course of action exceeds under this design, at the central spread."""
        return self._share(point.least_third)

    def _share(self, third: int) -> Fraction:
        return 1 - (ratio(third, self.year.total) or Fraction(0))


def central(spreads: int) -> int:
    """The index of the central one of so many spreads, ascending: the higher of the middle two.

    The fitted spreads are three, and the greatest two are equal for very small trade. So the low
    one is never the central one.
    """
    return spreads // 2


def explore(
    trade: AnnualTrade,
    spreads: Sequence[Decimal],
    designs: Sequence[Design],
    seed: int = 1,
    progress: Progress | None = None,
) -> Exploration:
    """Settle a year under each design, with an upper bound of the reachable share.

    Args:
        trade: obligations of the year.
        spreads: spreads of the daily totals, at least one; the middle one is central.
        designs: the arrangements.
        seed: spreads trade over the days.
        progress: called with the number of designs done.
    """
    years = tuple(spread_over_year(trade, spread, seed) for spread in sorted({*spreads}))
    middle = central(len(years))
    points = []
    for number, design in enumerate(designs):
        settled = [settle_design(year, design) for year in years]
        points.append(
            Point(
                design,
                settled[middle].third,
                least_third_currency(years[middle], design),
                settled[middle],
                tuple(one.third for one in settled),
            )
        )
        if progress is not None:
            progress(number + 1, len(designs))
    return Exploration(years, tuple(points))
