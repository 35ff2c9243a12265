"""The band of a clearing study in text and marks: shares from the highest to the lowest spread."""

from collections.abc import Sequence
from fractions import Fraction

from skontro.report.formatting import exact_percent, listed, percent
from skontro.simulation.clearing_study import Exploration, Point


def part_text(part: Fraction | None) -> str:
    """A limit as a part of annual trade, such as 0.25% or 8%, or the text for no limit."""
    if part is None:
        return "none"
    return exact_percent(part)


def spreads_text(exploration: Exploration) -> str:
    """The spreads of daily totals for the figures and for the band."""
    spreads = [f"{spread.normalize():f}" for spread in exploration.spreads]
    if len(spreads) == 1:
        return f"spread of daily totals {spreads[0]}"
    shown = f"{exploration.year.spread.normalize():f}"
    return f"spread of daily totals {shown}, band {listed(spreads)}"


def band_key(exploration: Exploration) -> str:
    """Meaning of the shaded area of the frontier."""
    if len(exploration.spreads) == 1:
        return f" Spread of daily totals: {exploration.spreads[0].normalize():f}."
    return (
        " Shaded: the shortest cycle, whose share depends most on how much trade varies from day "
        f"to day; {spreads_text(exploration)}."
    )


def band_hover(exploration: Exploration, point: Point) -> str:
    """The band of a point, in brackets; empty if there is none."""
    low, high = exploration.band(point)
    return "" if low == high else f" ({percent(low)} to {percent(high)})"


def band_of(
    exploration: Exploration, points: Sequence[Point]
) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """Least and greatest shares at any spread, in percent; None where there is one spread.

    Floats, because they are places in a plot.
    """
    if len(exploration.spreads) == 1:
        return None
    bands = [exploration.band(point) for point in points]
    return (
        tuple(float(100 * low) for low, _ in bands),
        tuple(float(100 * high) for _, high in bands),
    )


def share_words(exploration: Exploration, point: Point) -> str:
    """A share with its band."""
    low, high = exploration.band(point)
    share = percent(exploration.share(point))
    band = f"{percent(low)} to {percent(high)}, depending on how much trade varies from day to day"
    return share if percent(low) == percent(high) else f"{share} ({band})"


def design_words(point: Point) -> str:
    """A design, for sentences."""
    line = point.design.line
    credit = f"a swap line of {part_text(line)}" if line else "no swap lines"
    return f"{point.design.netting.value} netting, {cycle_words(point.design.cycle)}, and {credit}"


def cycle_words(cycle: str) -> str:
    """How often a cycle ends, as text."""
    return {
        "daily": "every day",
        "weekly": "every week",
        "monthly": "every month",
        "asian_clearing_union": "every two months",
        "aladi_reciprocal_credits": "every four months",
    }[cycle]
