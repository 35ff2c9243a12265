"""Plot of delay by payment class."""

from typing import Final

import plotly.graph_objects as go
import polars as pl

from skontro.model import SECOND, PaymentClass
from skontro.simulation.report import readings
from skontro.simulation.report.palette import CLASS_COLOURS
from skontro.simulation.report.plot import Plot, as_figure, axis
from skontro.simulation.report.wording import count
from skontro.statistics import Summary

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
_SYMBOLS: Final = ("diamond", "square", "circle")


def delay_plot(summary: Summary, waits: pl.DataFrame) -> Plot:
    """Cumulative share of orders by delay, one line for each payment class.

    Args:
        summary: of the period.
        waits: what `skontro.statistics.delays` returned for it.
    """
    height = 340
    return Plot(
        name="delay",
        title="Orders settled within a time, by payment class",
        key="Orders never settled count as well, so a line that ends below 100% shows returns.",
        reading=readings.delay(summary),
        figure=_delay_lines(waits, height) if waits["settled"].any() else None,
        height=height,
    )


def _delay_lines(waits: pl.DataFrame, height: int) -> str:
    traces = [
        _line(part, payment_class, colour, symbol)
        for payment_class, colour, symbol in zip(PaymentClass, CLASS_COLOURS, _SYMBOLS, strict=True)
        if not (
            part := waits.filter(pl.col("payment_class") == payment_class.name.lower())
        ).is_empty()
    ]
    shares = [share for trace in traces for share in trace.y]
    lowest, highest = min(shares), max(shares)
    # A percentage point at least, so that lines that never rise lie inside the plot.
    margin = max(1.0, (highest - lowest) / 12)
    return as_figure(
        traces,
        height,
        margin={"l": 8, "r": 18, "t": 40, "b": 8},
        showlegend=True,
        xaxis=axis("Time since the order asked for settlement", type="category"),
        yaxis=axis(
            "Share of orders",
            ticksuffix="%",
            range=[max(0.0, lowest - margin), min(100.0, highest + margin)],
        ),
    )


def _line(part: pl.DataFrame, payment_class: PaymentClass, colour: str, symbol: str) -> go.Scatter:
    settled = part.filter("settled")
    numbers = [
        settled.filter(~pl.col("from_queue")).height,
        *(settled.filter(pl.col("waited") <= end).height for end, _ in _BANDS),
        settled.height,
    ]
    name = payment_class.name.lower()
    return go.Scatter(
        x=["at once", *(text for _, text in _BANDS), "end of day"],
        y=[100 * number / part.height for number in numbers],
        mode="lines+markers",
        name=f"{name} ({count(part.height, 'order')})",
        line={"color": colour, "width": 2},
        marker={"size": 8, "symbol": symbol},
        cliponaxis=False,
        hovertemplate=f"{name}, %{{x}}: %{{y:.1f}}%<extra></extra>",
    )
