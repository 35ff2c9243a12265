"""Plots of a comparison over seeds: differences to the baseline, with their intervals."""

from fractions import Fraction
from typing import Final

from skontro.report.drawing import Line, LineChart, Places, ValueAxis
from skontro.report.formatting import exact_percent
from skontro.report.palette import SERIES, Plot
from skontro.report.plots.comparison import design_word
from skontro.simulation.compare import SeedComparison

#: The part of the room of a design that its marks take.
_SPREAD: Final = 0.6
_TITLES: Final = {
    "settled_share": ("Value settled", "Above zero, more settles."),
    "delay_indicator": ("Delay indicator", "Below zero, payments settle sooner."),
}


def difference_plots(comparison: SeedComparison) -> tuple[Plot, ...]:
    """Differences of value settled and of delay; none with the baseline alone."""
    others = [design for design in comparison.designs if design != comparison.baseline]
    return tuple(_plot(comparison, figure, others) for figure in _TITLES if others)


def _plot(comparison: SeedComparison, figure: str, designs: list[str]) -> Plot:
    title, key = _TITLES[figure]
    baseline = design_word(comparison.baseline)
    confidence = exact_percent(Fraction(comparison.confidence))
    places = _places(comparison, designs)
    lines = tuple(
        _line(comparison, figure, designs, number) for number in range(len(comparison.degrees))
    )
    ends = [
        value
        for line in lines
        for values in (line.whiskers or ())
        for value in values
    ]  # fmt: skip
    return Plot(
        name=f"differences-{figure.replace('_', '-')}",
        title=f"{title}: difference to {baseline}",
        key=f"{key} Bars: paired t intervals of {confidence} over the seeds.",
        reading=_reading(comparison, figure, designs),
        figure=LineChart(
            across=places,
            axis=ValueAxis.of("Percentage points", ends),
            lines=lines,
        ),
    )


def _places(comparison: SeedComparison, designs: list[str]) -> Places:
    at = {
        _place(design, degree, len(comparison.degrees)): (
            f"{design_word(name)}, {exact_percent(comparison.degrees[degree])} of the liquidity"
        )
        for design, name in enumerate(designs)
        for degree in range(len(comparison.degrees))
    }
    return Places(
        title=f"Design, compared over {len(comparison.seeds):,} seeds",
        at=tuple(at),
        labels=tuple(at.values()),
        ticks=tuple((float(place), design_word(name)) for place, name in enumerate(designs)),
        low=-0.5,
        high=len(designs) - 0.5,
    )


def _place(design: int, degree: int, degrees: int) -> float:
    return design + (degree - (degrees - 1) / 2) * _SPREAD / degrees


def _line(comparison: SeedComparison, figure: str, designs: list[str], number: int) -> Line:
    degree = comparison.degrees[number]
    found = [comparison.difference(figure, design, degree) for design in designs]
    means = [0.0 if one is None else float(one.mean * 100) for one in found]
    reaches = [0.0 if one is None else (one.half_width or 0.0) * 100 for one in found]
    pairs = list(zip(means, reaches, strict=True))
    return Line(
        name=f"{exact_percent(degree)} of the liquidity",
        at=tuple(_place(place, number, len(comparison.degrees)) for place in range(len(designs))),
        values=tuple(None if one is None else mean for one, mean in zip(found, means, strict=True)),
        texts=tuple(f"{mean:+.2f} ± {reach:.2f} points" for mean, reach in pairs),
        colour=SERIES[number % len(SERIES)],
        marker=number,
        whiskers=(
            tuple(mean - reach for mean, reach in pairs),
            tuple(mean + reach for mean, reach in pairs),
        ),
        joined=False,
    )


def _reading(comparison: SeedComparison, figure: str, designs: list[str]) -> str:
    """How many of the differences are sure to differ from zero."""
    found = [
        comparison.difference(figure, design, degree)
        for design in designs
        for degree in comparison.degrees
    ]
    sure = sum(
        one is not None and one.half_width is not None and abs(one.mean) > one.half_width
        for one in found
    )
    return (
        f"{sure} of {len(found)} intervals leave out zero. They hold one by one, not all together."
    )
