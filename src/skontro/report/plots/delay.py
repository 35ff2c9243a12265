"""Plot of delay by payment class."""

from typing import Final

import polars as pl

from skontro.model import SECOND, PaymentClass
from skontro.report import captions
from skontro.report.drawing import Line, LineChart, category_places, percent_axis
from skontro.report.formatting import count, percent
from skontro.report.palette import CLASS_COLOURS, Plot
from skontro.statistics import Summary, ratio

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


def delay_plot(summary: Summary, waits: pl.DataFrame) -> Plot:
    """Cumulative share of orders by delay, one line for each payment class.

    Args:
        summary: summary of the period.
        waits: the result of `skontro.statistics.delays`.
    """
    return Plot(
        name="delay",
        title="Orders settled within a time, by payment class",
        key="Orders never settled count as well, so a line that ends below 100% shows returns.",
        reading=captions.delay(summary),
        figure=_delay_lines(waits) if waits["settled"].any() else None,
    )


def _delay_lines(waits: pl.DataFrame) -> LineChart:
    lines = [
        _line(part, payment_class, number)
        for number, payment_class in enumerate(PaymentClass)
        if not (
            part := waits.filter(pl.col("payment_class") == payment_class.name.lower())
        ).is_empty()
    ]
    return LineChart(
        across=category_places(
            "Time since the order asked for settlement (bands, not to scale)",
            ["at once", *(text for _, text in _BANDS), "end of day"],
        ),
        axis=percent_axis("Share of orders settled within the time"),
        lines=tuple(lines),
    )


def _line(part: pl.DataFrame, payment_class: PaymentClass, number: int) -> Line:
    settled = part.filter("settled")
    numbers = [
        settled.filter(~pl.col("from_queue")).height,
        *(settled.filter(pl.col("waited") <= end).height for end, _ in _BANDS),
        settled.height,
    ]
    return Line(
        name=f"{payment_class.name.lower()} ({count(part.height, 'order')})",
        values=tuple(100 * settled_by / part.height for settled_by in numbers),
        texts=tuple(percent(ratio(settled_by, part.height)) for settled_by in numbers),
        colour=CLASS_COLOURS[number],
        dash=number,
        marker=number,
    )
