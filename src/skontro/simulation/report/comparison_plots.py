"""Plots of a comparison of designs: liquidity against delay, value by mechanism, optimum."""

import textwrap
from collections.abc import Callable
from fractions import Fraction
from typing import Final

import plotly.graph_objects as go

from skontro.files import MECHANISMS
from skontro.simulation.comparison import Comparison, Outcome
from skontro.simulation.comparison.designs import TITLES
from skontro.simulation.comparison.optimum import ALGORITHMS
from skontro.simulation.report.palette import ACCENT, ACCENT_LIGHT, AVAILABLE, QUIET, WARM
from skontro.simulation.report.plot import Plot, as_figure, axis, label
from skontro.simulation.report.wording import Scale, percent, short_amount

#: As reports call algorithms and mechanisms.
WORDS: Final = {
    "entry": "at once",
    "queue": "from the queue, in turn",
    "bilateral_on_entry": "offset on entry",
    "all_or_nothing": "all or nothing",
    "greatest_fifo_set": "greatest FIFO set",
    "bilateral_pass": "bilateral pass",
    "bypass": "bypass",
    "maximum_value": "maximum value",
    "within_position_limits": "within position limits",
}

#: Letters of a line beside a bar.
_AXIS_WIDTH: Final = 24

#: Twelve that are told apart on white and on dark grey; with `_SYMBOLS` without colours too.
_COLOURS: Final = (
    QUIET,
    "#56b4e9",
    "#e69f00",
    "#cc79a7",
    ACCENT,
    "#009e73",
    WARM,
    "#7b5aa6",
    "#b3a125",
    "#882255",
    "#2f8f8a",
    "#a6761d",
)
_SYMBOLS: Final = (
    "circle", "square", "diamond", "cross", "triangle-up", "triangle-down", "star", "hexagon", "x",
    "bowtie", "pentagon", "hourglass",
)  # fmt: skip
#: From the thirteenth design on colours and symbols come again, with another kind of line.
_DASHES: Final = ("solid", "dash", "dot", "dashdot")
_MECHANISM_COLOURS: Final = dict(
    zip(
        MECHANISMS,
        (
            AVAILABLE,
            ACCENT_LIGHT,
            "#56b4e9",
            "#cc79a7",
            ACCENT,
            "#009e73",
            "#e69f00",
            WARM,
            "#7b5aa6",
        ),
        strict=True,
    )
)


def word(name: str) -> str:
    """An algorithm or mechanism in words."""
    return WORDS[name]


def heading(name: str) -> str:
    """An algorithm or mechanism as a heading."""
    text = word(name)
    return text[:1].upper() + text[1:]


def design_word(name: str) -> str:
    """A design inside a sentence: a built-in one in words, one of the user's own by its name."""
    return TITLES.get(name, name)


def _design_first(name: str) -> str:
    """A design at the start of a sentence; a name of the user's own stays as it is."""
    text = design_word(name)
    return text[:1].upper() + text[1:] if name in TITLES else text


def _on_axis(name: str) -> str:
    """A design beside its bar, in lines of a length that leaves room for the bar."""
    return "<br>".join(label(line) for line in textwrap.wrap(design_word(name), _AXIS_WIDTH))


def delay_curves(comparison: Comparison) -> Plot:
    """Delay against the liquidity provided, one line for each design."""
    height = _curves_height(comparison)
    return Plot(
        name="liquidity-delay",
        title="Delay against liquidity",
        key="0 is everything settled at once, 100% nothing settled on its day. Lower is better.",
        reading=_best_reading(comparison),
        figure=_curves(comparison, "Delay indicator", height, _delay_of),
        height=height,
    )


def value_curves(comparison: Comparison) -> Plot:
    """The share of value settled against the liquidity provided, one line for each design."""
    height = _curves_height(comparison)
    lowest = comparison.degrees[0]
    shares = {d: comparison.outcome(d, lowest).settled_share for d in comparison.designs}
    best = max(shares, key=lambda design: shares[design])
    return Plot(
        name="liquidity-value",
        title="Value settled against liquidity",
        key="What is not settled by the end of its day is returned. Higher is better.",
        reading=(
            f"With {percent(lowest, 0)} of the scenario's liquidity, {design_word(best)} settles "
            f"the most: {percent(shares[best])} of the value submitted."
        ),
        figure=_curves(comparison, "Share of value settled", height, _share_of),
        height=height,
    )


def _curves_height(comparison: Comparison) -> int:
    """More for many designs: on a telephone each stands on a line of its own above the curves."""
    return 420 + 14 * max(0, len(comparison.designs) - 6)


def _delay_of(outcome: Outcome) -> float | None:
    # Floats from here on are places in a plot.
    return None if outcome.delay is None else float(100 * outcome.delay)


def _share_of(outcome: Outcome) -> float | None:
    return float(100 * outcome.settled_share)


def _curves(
    comparison: Comparison,
    title: str,
    height: int,
    figure_of: Callable[[Outcome], float | None],
) -> str:
    largest = max(outcome.provided for outcome in comparison.outcomes)
    scale = Scale.fitting(largest, comparison.account_currency)
    traces = []
    for number, design in enumerate(comparison.designs):
        name = label(design_word(design))
        outcomes = [comparison.outcome(design, degree) for degree in comparison.degrees]
        traces.append(
            go.Scatter(
                x=[scale.coordinate(outcome.provided) for outcome in outcomes],
                y=[figure_of(outcome) for outcome in outcomes],
                mode="lines+markers",
                name=name,
                line={
                    "color": _COLOURS[number % len(_COLOURS)],
                    "width": 2,
                    "dash": _DASHES[number // len(_COLOURS) % len(_DASHES)],
                },
                marker={"size": 8, "symbol": _SYMBOLS[number % len(_SYMBOLS)]},
                customdata=[percent(degree, 0) for degree in comparison.degrees],
                hovertemplate=(
                    f"{name}, %{{customdata}} of the liquidity: %{{y:.1f}}%<extra></extra>"
                ),
            )
        )
    return as_figure(
        traces,
        height,
        margin={"l": 8, "r": 18, "t": 84, "b": 8},
        xaxis=axis(f"Liquidity provided, {scale.label}", rangemode="tozero"),
        yaxis=axis(title, ticksuffix="%"),
    )


def _best_reading(comparison: Comparison) -> str:
    lowest = comparison.degrees[0]
    delays = {
        design: outcome.delay
        for design in comparison.designs
        if (outcome := comparison.outcome(design, lowest)).delay is not None
    }
    if not delays:
        return "There were no orders."
    best = min(delays, key=lambda design: delays[design] or 0)
    worst = max(delays, key=lambda design: delays[design] or 0)
    return (
        f"With {percent(lowest, 0)} of the scenario's liquidity the delay indicator is "
        f"{percent(delays[best])} under {design_word(best)} and {percent(delays[worst])} under "
        f"{design_word(worst)}."
    )


def mechanism_bars(comparison: Comparison) -> Plot:
    """Value settled by mechanism, one bar for each design, at the degree that tells most apart."""
    degree = telling_degree(comparison)
    outcomes = [comparison.outcome(design, degree) for design in comparison.designs]
    largest = max((outcome.submitted.total for outcome in outcomes), default=0)
    scale = Scale.fitting(largest, comparison.account_currency)
    height = 120 + 44 * len(outcomes)
    traces = [
        go.Bar(
            orientation="h",
            y=[_on_axis(outcome.design) for outcome in outcomes],
            x=[scale.coordinate(_value(outcome, mechanism)) for outcome in outcomes],
            name=word(mechanism),
            marker={"color": _MECHANISM_COLOURS[mechanism]},
            hovertemplate=(
                f"%{{y}}, {word(mechanism)}: %{{x:,.{scale.places}f}} {scale.label}<extra></extra>"
            ),
        )
        for mechanism in MECHANISMS
        if any(_value(outcome, mechanism) for outcome in outcomes)
    ]
    return Plot(
        name="mechanisms",
        title=f"Value settled by mechanism, with {percent(degree, 0)} of the liquidity",
        reading=_mechanism_reading(comparison, outcomes),
        figure=as_figure(
            traces,
            height,
            barmode="stack",
            margin={"l": 8, "r": 18, "t": 72, "b": 8},
            legend={"traceorder": "normal"},
            xaxis=axis(f"Value settled, {scale.label}"),
            yaxis=axis(autorange="reversed"),
        )
        if traces
        else None,
        height=height,
    )


def _value(outcome: Outcome, mechanism: str) -> int:
    tally = outcome.by_mechanism.get(mechanism)
    return tally.total if tally else 0


def _mechanism_reading(comparison: Comparison, outcomes: list[Outcome]) -> str:
    best = max(outcomes, key=lambda outcome: outcome.settled.total)
    return (
        f"{_design_first(best.design)} settles the most, "
        f"{short_amount(best.settled.total, comparison.account_currency)} of "
        f"{short_amount(best.submitted.total, comparison.account_currency)} submitted."
    )


def telling_degree(comparison: Comparison) -> Fraction:
    """The degree of liquidity at which the designs differ most in the value they settle."""

    def spread(degree: Fraction) -> int:
        values = [comparison.outcome(d, degree).settled.total for d in comparison.designs]
        return max(values) - min(values)

    return max(comparison.degrees, key=lambda degree: (spread(degree), -degree))


def optimum_bars(comparison: Comparison) -> Plot:
    """Value that each algorithm settles of the same queues, beside what none can exceed."""
    degree = max(comparison.degrees, key=lambda d: (comparison.optima[d].bound, -d))
    optimum = comparison.optima[degree]
    scale = Scale.fitting(optimum.bound, comparison.account_currency)
    values = [optimum.settled[name] for name in ALGORITHMS]
    height = 260
    figure = as_figure(
        [
            go.Bar(
                orientation="h",
                y=[*(word(name) for name in ALGORITHMS), "no choice settles more than"],
                x=[scale.coordinate(value) for value in (*values, optimum.bound)],
                marker={"color": [*[ACCENT] * len(values), AVAILABLE]},
                text=[
                    *(f"gap {percent(optimum.gap(name))}" for name in ALGORITHMS),
                    short_amount(optimum.bound, comparison.account_currency),
                ],
                textposition="auto",
                hovertemplate=f"%{{y}}: %{{x:,.{scale.places}f}} {scale.label}<extra></extra>",
            )
        ],
        height,
        showlegend=False,
        xaxis=axis(f"Value settled at once, {scale.label}"),
        yaxis=axis(autorange="reversed"),
    )
    return Plot(
        name="optimum",
        title=f"Gap to the optimum, with {percent(degree, 0)} of the liquidity",
        key=(
            "The queues that gross settlement leaves at the end of the first day, offered to each "
            "algorithm once. The bound is that of a linear program in exact arithmetic."
        ),
        reading=(
            f"Of {optimum.orders:,} orders queued, worth "
            f"{short_amount(optimum.queued, comparison.account_currency)}, maximum value settles "
            f"{short_amount(optimum.settled['maximum_value'], comparison.account_currency)}, "
            f"{percent(optimum.gap('maximum_value'))} below what no choice can exceed; the "
            f"greatest FIFO set is {percent(optimum.gap('greatest_fifo_set'))} below."
            if optimum.bound
            else "No queued order could settle under any algorithm."
        ),
        figure=figure if optimum.bound else None,
        height=height,
    )
