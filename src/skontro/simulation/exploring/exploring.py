"""Points of many designs for one year of trade, each with its bound."""

from collections.abc import Sequence
from fractions import Fraction

import attrs

from skontro.simulation.exploring.bound import least_third_currency
from skontro.simulation.exploring.clearing import Settled, settle_design
from skontro.simulation.exploring.designs import Design
from skontro.simulation.exploring.trade_year import TradeYear
from skontro.simulation.progress import Progress
from skontro.statistics import ratio


@attrs.frozen(eq=False)
class Point:
    """One design for a year of trade.

    Attributes:
        design: the arrangement.
        third: what the engine's settlement paid in the third currency, US cents.
        least_third: no course of action pays less.
        settled: the settlement.
    """

    design: Design
    third: int
    least_third: int
    settled: Settled


@attrs.frozen(eq=False)
class Exploration:
    """A year of trade under many designs."""

    year: TradeYear
    points: tuple[Point, ...]

    def share(self, point: Point) -> Fraction:
        """Part of the trade that was settled without the third currency."""
        return 1 - (ratio(point.third, self.year.total) or Fraction(0))

    def most(self, point: Point) -> Fraction:
        """The part that no course of action exceeds under this design."""
        return 1 - (ratio(point.least_third, self.year.total) or Fraction(0))


def explore(
    year: TradeYear, designs: Sequence[Design], progress: Progress | None = None
) -> Exploration:
    """Settle the year under each design and bound what could have been reached."""
    points = []
    for number, design in enumerate(designs):
        settled = settle_design(year, design)
        points.append(Point(design, settled.third, least_third_currency(year, design), settled))
        if progress is not None:
            progress(number + 1, len(designs))
    return Exploration(year, tuple(points))
