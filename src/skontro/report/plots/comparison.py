"""Plots of a comparison of designs: liquidity against delay, value by mechanism, optimum."""

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from skontro.files import MECHANISMS
from skontro.report.drawing import (
    DASHES,
    HATCHINGS,
    Bar,
    BarChart,
    BarRow,
    LegendEntry,
    Line,
    LineChart,
    Places,
    ValueAxis,
    percent_axis,
)
from skontro.report.formatting import Scale, exact_percent, percent, short_amount
from skontro.report.palette import ACCENT, AVAILABLE, SERIES, Plot
from skontro.simulation.compare import Comparison, Outcome
from skontro.simulation.compare.designs import TITLES
from skontro.simulation.compare.optimum import ALGORITHMS

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

_MECHANISM_COLOURS: Final = dict(zip(MECHANISMS, SERIES, strict=False))


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


def delay_curves(comparison: Comparison) -> Plot:
    """Delay against the liquidity provided, one line for each design."""
    return Plot(
        name="liquidity-delay",
        title="Delay against liquidity",
        key="0% is everything settled at once, 100% nothing settled on its day. Lower is better.",
        reading=_best_reading(comparison),
        figure=_curves(comparison, "Delay indicator", lambda outcome: outcome.delay),
    )


def value_curves(comparison: Comparison) -> Plot:
    """The share of value settled against the liquidity provided, one line for each design."""
    lowest = comparison.degrees[0]
    shares = {d: comparison.outcome(d, lowest).settled_share for d in comparison.designs}
    best = max(shares, key=lambda design: shares[design])
    equal = len(set(shares.values())) == 1 and len(shares) > 1
    who = "every design settles" if equal else f"{design_word(best)} settles the most:"
    return Plot(
        name="liquidity-value",
        title="Value settled against liquidity",
        key="Orders not settled by the end of their day are returned. Higher is better.",
        reading=(
            f"With {exact_percent(lowest)} of the scenario's liquidity, {who} "
            f"{percent(shares[best])} of the value submitted."
        ),
        figure=_curves(
            comparison,
            "Value settled, share of the value submitted",
            lambda outcome: outcome.settled_share,
        ),
    )


def _curves(
    comparison: Comparison, title: str, figure_of: Callable[[Outcome], Fraction | None]
) -> LineChart:
    largest = max(outcome.provided for outcome in comparison.outcomes)
    scale = Scale.fitting(largest, comparison.account_currency)
    provided = sorted({outcome.provided for outcome in comparison.outcomes})
    lines = []
    for number, design in enumerate(comparison.designs):
        outcomes = [comparison.outcome(design, degree) for degree in comparison.degrees]
        figures = [figure_of(outcome) for outcome in outcomes]
        lines.append(
            Line(
                name=design_word(design),
                at=tuple(scale.coordinate(outcome.provided) for outcome in outcomes),
                # Floats are heights in a plot.
                values=tuple(None if f is None else float(100 * f) for f in figures),
                texts=tuple(
                    f"{percent(figure)} with {exact_percent(outcome.degree)} of the liquidity"
                    for figure, outcome in zip(figures, outcomes, strict=True)
                ),
                colour=SERIES[number % len(SERIES)],
                dash=number % len(DASHES),
                marker=number,
            )
        )
    across = ValueAxis.of(
        f"Liquidity provided, {scale.label}", [scale.coordinate(largest)]
    ).ending_at_ticks(6)
    return LineChart(
        across=Places(
            title=across.title,
            at=tuple(scale.coordinate(minor) for minor in provided),
            labels=tuple(f"{scale.amount(minor)} provided" for minor in provided),
            ticks=tuple(across.ticks()),
            low=across.low,
            high=across.high,
        ),
        axis=percent_axis(title),
        lines=tuple(lines),
        height=400,
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
    start = f"With {exact_percent(lowest)} of the scenario's liquidity the delay indicator is "
    if delays[best] == delays[worst]:
        under = "every design" if len(delays) > 1 else design_word(best)
        return f"{start}{percent(delays[best])} under {under}."
    return (
        f"{start}{percent(delays[best])} under {design_word(best)} and "
        f"{percent(delays[worst])} under {design_word(worst)}."
    )


def mechanism_bars(comparison: Comparison) -> Plot:
    """Value settled by mechanism, one bar for each design, at the degree that tells most apart."""
    degree = most_informative_degree(comparison)
    outcomes = [comparison.outcome(design, degree) for design in comparison.designs]
    largest = outcomes[0].submitted.total  # the same payments come in under every design
    scale = Scale.fitting(largest, comparison.account_currency)
    used = [name for name in MECHANISMS if any(_value(outcome, name) for outcome in outcomes)]
    return Plot(
        name="mechanisms",
        title=f"Value settled by mechanism, with {exact_percent(degree)} of the liquidity",
        reading=_mechanism_reading(comparison, outcomes),
        figure=BarChart(
            axis=ValueAxis.of(f"Value settled, {scale.label}", [scale.coordinate(largest)]),
            rows=tuple(_mechanism_row(outcome, used, scale) for outcome in outcomes),
            legend=tuple(
                LegendEntry(
                    text=word(name),
                    colour=_MECHANISM_COLOURS[name],
                    hatching=number % HATCHINGS,
                )
                for number, name in enumerate(used)
            ),
            row_height=34,
        )
        if used
        else None,
    )


def _mechanism_row(outcome: Outcome, used: list[str], scale: Scale) -> BarRow:
    bars = []
    start = 0
    for number, name in enumerate(used):
        value = _value(outcome, name)
        bars.append(
            Bar(
                start=scale.coordinate(start),
                length=scale.coordinate(value),
                colour=_MECHANISM_COLOURS[name],
                hatching=number % HATCHINGS,
            )
        )
        start += value
    hover = [f"{word(name)}: {scale.amount(_value(outcome, name))}" for name in used]
    title = design_word(outcome.design)
    return BarRow(name=title, bars=tuple(bars), hover="\n".join([title, *hover]))


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


def most_informative_degree(comparison: Comparison) -> Fraction:
    """The degree of liquidity at which the designs differ most in the value they settle."""

    def spread(degree: Fraction) -> int:
        values = [comparison.outcome(d, degree).settled.total for d in comparison.designs]
        return max(values) - min(values)

    return max(comparison.degrees, key=lambda degree: (spread(degree), -degree))


def optimum_bars(comparison: Comparison) -> Plot:
    """Value that each algorithm settles from the same queues, and the proven upper bound."""
    degree = max(comparison.degrees, key=lambda d: (comparison.optima[d].bound, -d))
    optimum = comparison.optima[degree]
    scale = Scale.fitting(optimum.bound, comparison.account_currency)
    rows = [
        (word(name), optimum.settled[name], ACCENT, f"gap {percent(optimum.gap(name))}")
        for name in ALGORITHMS
    ]
    bound = short_amount(optimum.bound, comparison.account_currency)
    rows.append(("no choice settles more than", optimum.bound, AVAILABLE, bound))
    figure = BarChart(
        axis=ValueAxis.of(
            f"Value settled at once, {scale.label}", [scale.coordinate(optimum.bound)]
        ),
        rows=tuple(
            BarRow(
                name=name,
                bars=(Bar(length=scale.coordinate(value), colour=colour, text=text),),
                hover=f"{name}: {short_amount(value, comparison.account_currency)}, {text}",
            )
            for name, value, colour, text in rows
        ),
        row_height=32,
    )
    return Plot(
        name="optimum",
        title=f"Gap to the optimum, with {exact_percent(degree)} of the liquidity",
        key=(
            "The queues that gross settlement leaves at the end of the first day, offered to each "
            "algorithm once. The bound is proven in exact integers."
        ),
        reading=(
            f"Of {optimum.orders:,} orders queued, worth "
            f"{short_amount(optimum.queued, comparison.account_currency)}, maximum value settles "
            f"{short_amount(optimum.settled['maximum_value'], comparison.account_currency)}, "
            f"{percent(optimum.gap('maximum_value'))} below what no selection can exceed; the "
            f"greatest FIFO set is {percent(optimum.gap('greatest_fifo_set'))} below."
            if optimum.bound
            else "No queued order could settle under any algorithm."
        ),
        figure=figure if optimum.bound else None,
    )
