"""Plot of liquidity by participant."""

from typing import Final

from skontro.model import Currency
from skontro.report import captions
from skontro.report.drawing import (
    Bar,
    BarChart,
    BarRow,
    LegendEntry,
    PointMark,
    Shape,
    ValueAxis,
)
from skontro.report.formatting import Scale, count, plain_ratio, short_amount, times
from skontro.report.palette import ACCENT, AVAILABLE, INK, WARM, Plot
from skontro.statistics import Liquidity, ParticipantLiquidity, Summary

_MAX_PARTICIPANTS: Final = 25


def liquidity_plot(summary: Summary) -> Plot:
    """Liquidity used against available, with bounds, by participant."""
    ranked = sorted(summary.liquidity.participants, key=_use_first)
    rows, rest = ranked[:_MAX_PARTICIPANTS], ranked[_MAX_PARTICIPANTS:]
    return Plot(
        name="liquidity",
        title="Liquidity by participant",
        key=(
            "Largest users first. Next to each name: turnover of the liquidity used."
            + _of_others(summary, rest)
        ),
        reading=captions.liquidity(summary),
        figure=_liquidity_bars(summary, rows) if rows else None,
    )


def _of_others(summary: Summary, rest: list[ParticipantLiquidity]) -> str:
    """The smaller users together; as a bar their sum would dwarf those that are named."""
    if not rest:
        return ""
    total = sum((part.liquidity for part in rest), Liquidity())
    account = summary.account_currency
    return (
        f" Not shown: {count(len(rest), 'other participant')}, which together used "
        f"{short_amount(total.used, account)} of {short_amount(total.available, account)} "
        f"available."
    )


def _use_first(part: ParticipantLiquidity) -> tuple[int, int, str]:
    return (-part.liquidity.used, -part.liquidity.available, part.bic)


def _liquidity_bars(summary: Summary, rows: list[ParticipantLiquidity]) -> BarChart:
    account = summary.account_currency
    figures = [part.liquidity for part in rows]
    largest = max(max(f.available, f.used, f.upper_bound) for f in figures)
    scale = Scale.fitting(largest, account)
    return BarChart(
        axis=ValueAxis.of(f"Liquidity, {scale.label}", [scale.coordinate(largest)]),
        rows=tuple(
            BarRow(
                name=part.name,
                figure=_turned_over(part.liquidity),
                bars=(
                    Bar(length=scale.coordinate(part.liquidity.available), colour=AVAILABLE),
                    Bar(
                        length=scale.coordinate(part.liquidity.used), colour=ACCENT, thickness=0.44
                    ),
                ),
                marks=(
                    PointMark(value=scale.coordinate(part.liquidity.lower_bound), colour=WARM),
                    PointMark(value=scale.coordinate(part.liquidity.upper_bound), colour=INK),
                ),
                hover=_hover(part, account),
            )
            for part in rows
        ),
        legend=(
            LegendEntry(text="Available", colour=AVAILABLE),
            LegendEntry(text="Used", colour=ACCENT),
            LegendEntry(text="Lower bound", colour=WARM, shape=Shape.TICK),
            LegendEntry(text="Upper bound", colour=INK, shape=Shape.TICK),
        ),
    )


def _hover(part: ParticipantLiquidity, account: Currency) -> str:
    figures = part.liquidity
    return "\n".join(
        [
            f"{part.name} ({part.bic})",
            f"available: {short_amount(figures.available, account)}",
            f"used: {short_amount(figures.used, account)}, of it credit "
            f"{short_amount(figures.credit_used, account)}",
            f"settled: {short_amount(figures.settled, account)}, turned over "
            f"{times(figures.turnover_ratio)}",
            f"lower bound: {short_amount(figures.lower_bound, account)}",
            f"upper bound: {short_amount(figures.upper_bound, account)}",
        ]
    )


def _turned_over(liquidity: Liquidity) -> str:
    ratio = liquidity.turnover_ratio
    return "unused" if ratio is None else f"{plain_ratio(ratio, 1)}×"  # noqa: RUF001
