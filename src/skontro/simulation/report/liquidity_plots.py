"""Plots of liquidity and of delay."""

from typing import Final

import plotly.graph_objects as go
import polars as pl

from skontro.model import SECOND
from skontro.simulation.report import readings
from skontro.simulation.report.palette import ACCENT, AVAILABLE, CLASS_COLOURS, INK, WARM
from skontro.simulation.report.plot import Plot, as_figure, axis, label, shortened
from skontro.simulation.report.wording import Scale, count, short_amount, times
from skontro.statistics import Liquidity, ParticipantLiquidity, Summary

_MOST_PARTICIPANTS: Final = 25
_MINUTE: Final = 60 * SECOND
#: Upper ends of the bands of delay, with their labels.
_BANDS: Final = (
    (_MINUTE, "1 min"),
    (5 * _MINUTE, "5 min"),
    (15 * _MINUTE, "15 min"),
    (30 * _MINUTE, "30 min"),
    (60 * _MINUTE, "1 h"),
    (120 * _MINUTE, "2 h"),
    (240 * _MINUTE, "4 h"),
    (480 * _MINUTE, "8 h"),
)


def liquidity_plot(summary: Summary) -> Plot:
    """Liquidity used against available, with bounds, by participant."""
    rows = _participants(summary)
    height = 110 + 27 * len(rows)
    return Plot(
        name="liquidity",
        title="Liquidity by participant",
        key=("Largest users first. Beside each name: how often the liquidity it used turned over."),
        reading=readings.liquidity(summary),
        figure=_liquidity_bars(summary, rows, height) if rows else None,
        height=height,
    )


def _participants(summary: Summary) -> list[tuple[str, str, Liquidity]]:
    """Axis label, hover label and figures: the largest users by name, the others as one."""
    ranked = sorted(summary.liquidity.participants, key=_use_first)
    rows = [
        (label(shortened(part.name)), label(f"{part.name} ({part.bic})"), part.liquidity)
        for part in ranked[:_MOST_PARTICIPANTS]
    ]
    if rest := ranked[_MOST_PARTICIPANTS:]:
        name = count(len(rest), "other participant")
        rows.append((name, name, sum((part.liquidity for part in rest), Liquidity())))
    return rows


def _use_first(part: ParticipantLiquidity) -> tuple[int, int, str]:
    return (-part.liquidity.used, -part.liquidity.available, part.bic)


def _liquidity_bars(summary: Summary, rows: list[tuple[str, str, Liquidity]], height: int) -> str:
    account = summary.account_currency
    figures = [liquidity for _, _, liquidity in rows]
    largest = max(max(f.available, f.used, f.upper_bound) for f in figures)
    scale = Scale.fitting(largest, account)
    places = list(range(len(rows)))
    hovers = [
        "<br>".join(
            [
                f"<b>{name}</b>",
                f"available: {short_amount(f.available, account)}",
                f"used: {short_amount(f.used, account)}, of it credit "
                f"{short_amount(f.credit_used, account)}",
                f"settled: {short_amount(f.settled, account)}, turned over "
                f"{times(f.turnover_ratio)}",
                f"lower bound: {short_amount(f.lower_bound, account)}",
                f"upper bound: {short_amount(f.upper_bound, account)}",
            ]
        )
        for _, name, f in rows
    ]

    def bar(name: str, values: list[int], colour: str, width: float) -> go.Bar:
        return go.Bar(
            orientation="h", name=name, y=places, x=[scale.coordinate(v) for v in values],
            width=width, marker={"color": colour}, hovertext=hovers,
            hovertemplate="%{hovertext}<extra></extra>",
        )  # fmt: skip

    def mark(name: str, values: list[int], symbol: str, colour: str) -> go.Scatter:
        return go.Scatter(
            mode="markers", name=name, y=places, x=[scale.coordinate(v) for v in values],
            marker={"symbol": symbol, "size": 13, "line": {"width": 2, "color": colour}},
            hoverinfo="skip", cliponaxis=False,
        )  # fmt: skip

    return as_figure(
        [
            bar("Available", [f.available for f in figures], AVAILABLE, 0.72),
            bar("Used", [f.used for f in figures], ACCENT, 0.4),
            mark("Lower bound", [f.lower_bound for f in figures], "line-ns", WARM),
            mark("Upper bound", [f.upper_bound for f in figures], "line-ns", INK),
        ],
        height,
        barmode="overlay",
        margin={"l": 8, "r": 18, "t": 44, "b": 8},
        xaxis=axis(scale.label, range=[0, largest / scale.divisor * 1.03 or 1], tickformat=",~g"),
        yaxis=axis(
            range=[len(rows) - 0.4, -0.6],
            showgrid=False,
            tickvals=places,
            ticktext=[f"{name}  <b>{_turned_over(f)}</b>" for name, _, f in rows],
        ),
    )  # fmt: skip


def _turned_over(liquidity: Liquidity) -> str:
    ratio = liquidity.turnover_ratio
    return "unused" if ratio is None else f"{float(ratio):,.1f}×"  # noqa: RUF001


def delay_plot(summary: Summary, waits: pl.DataFrame) -> Plot:
    """Cumulative share of orders by delay, one line for each payment class."""
    height = 340
    return Plot(
        name="delay",
        title="Orders settled within a time, by payment class",
        reading=readings.delay(summary),
        figure=None if waits.is_empty() else _delay_lines(waits, height),
        height=height,
    )


def _delay_lines(waits: pl.DataFrame, height: int) -> str:
    traces = []
    names = ("urgent", "high", "normal")
    for name, colour, symbol in zip(
        names, CLASS_COLOURS, ("diamond", "square", "circle"), strict=True
    ):
        part = waits.filter(pl.col("payment_class") == name)
        if part.is_empty():
            continue
        settled = part.filter("settled")
        numbers = [
            settled.filter(~pl.col("from_queue")).height,
            *(settled.filter(pl.col("waited") <= end).height for end, _ in _BANDS),
            settled.height,
        ]
        traces.append(
            go.Scatter(
                x=["at once", *(text for _, text in _BANDS), "end of day"],
                y=[100 * number / part.height for number in numbers],
                mode="lines+markers",
                name=f"{name} ({count(part.height, 'order')})",
                line={"color": colour, "width": 2},
                marker={"size": 8, "symbol": symbol},
                cliponaxis=False,
                hovertemplate=f"{name}, %{{x}}: %{{y:.1f}}%<extra></extra>",
            )
        )
    return as_figure(
        traces,
        height,
        margin={"l": 8, "r": 18, "t": 40, "b": 8},
        xaxis=axis("Time since the order asked for settlement", type="category"),
        yaxis=axis("Share of orders", ticksuffix="%"),
    )
