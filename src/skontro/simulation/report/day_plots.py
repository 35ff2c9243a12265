"""Plots of the business day: what came in, what settled, what waited."""

import datetime
from collections.abc import Iterable
from typing import Final

import attrs
import plotly.graph_objects as go
import polars as pl
from babel.dates import format_date

from skontro.files.period import Results
from skontro.model import SECOND, find_time_zone, to_timestamp
from skontro.simulation.report import readings
from skontro.simulation.report.palette import ACCENT, INK, QUIET, CurrencyColours
from skontro.simulation.report.plot import Plot, as_figure, axis
from skontro.simulation.report.wording import Scale, listed
from skontro.statistics import FIVE_MINUTES, timeline, total_timeline

_HOUR: Final = 3600 * SECOND
#: More moments than a screen has columns add nothing to a plot.
_MOST_MOMENTS: Final = 1200
_MOST_TICKS: Final = 12


@attrs.frozen
class OpenHours:
    """The hours in which the system is open, one business day after the other, on one axis.

    Attributes:
        moments: of the timeline, in local time.
        places: where each lies on the axis, in hours that the system was open before it; floats,
            because they are places on a screen.
        ticks: places and labels along the axis.
        title: of the axis.
    """

    moments: tuple[datetime.datetime, ...]
    places: tuple[float, ...]
    ticks: tuple[tuple[float, str], ...]
    title: str

    @property
    def labels(self) -> list[str]:
        """What a hover label says of each moment."""
        return [
            format_date(m, "EEE d MMM", locale="en") + m.strftime(", %H:%M") for m in self.moments
        ]

    def axis(self) -> dict[str, object]:
        """The axis for Plotly."""
        return axis(
            self.title,
            tickvals=[place for place, _ in self.ticks],
            ticktext=[text for _, text in self.ticks],
            range=[0, self.places[-1]],
        )


def day_timeline(results: Results) -> pl.DataFrame:
    """The timeline in steps of five minutes, or longer ones where that makes too many."""
    open_for = sum(day.closes_at - day.opens_at for day in results.business_days)
    step = FIVE_MINUTES
    while open_for // step > _MOST_MOMENTS:
        step *= 2
    return timeline(results, step)


def open_hours(results: Results, table: pl.DataFrame) -> OpenHours:
    """Where the moments of a timeline lie on the axis of a plot."""
    zone = find_time_zone(results.time_zone)
    moments: list[datetime.datetime] = []
    places: list[float] = []
    ticks: list[tuple[float, str]] = []
    open_before = 0
    one_day = len(results.business_days) == 1
    shown_days = -(-len(results.business_days) // _MOST_TICKS)
    for number, day in enumerate(results.business_days):
        at = table.filter(pl.col("business_date") == day.date)["moment_at"].unique().sort()
        moments.extend(moment.astimezone(zone) for moment in at)
        offset = open_before - day.opens_at
        places.extend((to_timestamp(moment) + offset) / _HOUR for moment in at)
        if one_day:
            ticks = _hours(day.opens_at, day.closes_at, zone)
        elif number % shown_days == 0:
            ticks.append((open_before / _HOUR, format_date(day.date, "EEE d MMM", locale="en")))
        open_before += day.closes_at - day.opens_at
    title = f"Local time ({results.time_zone})" if one_day else "Start of each business day"
    return OpenHours(tuple(moments), tuple(places), tuple(ticks), title)


def _hours(opens_at: int, closes_at: int, zone: datetime.tzinfo) -> list[tuple[float, str]]:
    step = -(-(closes_at - opens_at) // (_MOST_TICKS * _HOUR)) * _HOUR
    first = -(-opens_at // _HOUR) * _HOUR
    return [
        (
            (moment - opens_at) / _HOUR,
            datetime.datetime.fromtimestamp(moment // SECOND, zone).strftime("%H:%M"),
        )
        for moment in range(first, closes_at + 1, step)
    ]


def settlement_plot(results: Results, table: pl.DataFrame) -> Plot:
    """Cumulative value submitted and settled."""
    total = total_timeline(table)
    height = 340
    return Plot(
        name="settlement",
        title="Submitted and settled",
        reading=readings.settlement(results, total),
        figure=None if total.is_empty() else _settlement(results, table, total, height),
        height=height,
    )


def _settlement(results: Results, table: pl.DataFrame, total: pl.DataFrame, height: int) -> str:
    hours = open_hours(results, table)
    submitted, settled = _whole(total["submitted_value"]), _whole(total["settled_value"])
    scale = Scale.fitting(max(submitted), results.rates.account_currency)
    traces = [
        _line(hours, submitted, scale, "Submitted", {"color": QUIET, "width": 2, "dash": "dot"}),
        _line(hours, settled, scale, "Settled", {"color": ACCENT, "width": 2.5}),
    ]
    return as_figure(
        traces,
        height,
        margin={"l": 8, "r": 18, "t": 40, "b": 8},
        xaxis=hours.axis(),
        yaxis=axis(scale.label, rangemode="tozero", tickformat=",~g"),
    )


def queue_plot(results: Results, table: pl.DataFrame, colours: CurrencyColours) -> Plot:
    """Value and number of queued orders."""
    total = total_timeline(table)
    queued = sum(_whole(total["queued_orders"])) > 0
    height = 460
    return Plot(
        name="queue",
        title="The queue",
        reading=readings.queue(results, total),
        figure=_queue(results, table, colours, height) if queued else None,
        height=height,
    )


def _queue(results: Results, table: pl.DataFrame, colours: CurrencyColours, height: int) -> str:
    hours = open_hours(results, table)
    total = total_timeline(table)
    largest = max(_whole(total["queued_value"]))
    scale = Scale.fitting(largest, results.rates.account_currency)
    traces = [
        _area(hours, part, scale, name, colours.colour(code))
        for code, name, part in _parts(table, colours)
    ]
    number = go.Scatter(
        x=list(hours.places),
        y=_whole(total["queued_orders"]),
        yaxis="y2",
        showlegend=False,
        line={"color": INK, "width": 1.8},
        customdata=hours.labels,
        hovertemplate="%{customdata}: %{y:,} orders<extra></extra>",
    )
    return as_figure(
        [*traces, number],
        height,
        margin={"l": 8, "r": 18, "t": 64, "b": 8},
        legend={"traceorder": "normal"},
        xaxis=hours.axis() | {"anchor": "y2"},
        yaxis=axis(f"Value, {scale.label}", domain=[0.42, 1], rangemode="tozero", tickformat=",~g"),
        yaxis2=axis("Orders", domain=[0, 0.32], rangemode="tozero", tickformat=",d"),
    )


def _parts(table: pl.DataFrame, colours: CurrencyColours) -> Iterable[tuple[str, str, list[int]]]:
    """Queue value by currency, coloured ones first, the rest as one; none that never queued."""
    groups: list[tuple[str, str, tuple[str, ...]]]
    groups = [(code, code, (code,)) for code in colours.coloured]
    if colours.others:
        name = (
            listed(colours.others) if len(colours.others) < 4 else f"{len(colours.others)} others"
        )
        groups.append((colours.others[0], name, colours.others))
    for code, name, codes in groups:
        part = total_timeline(table.filter(pl.col("currency").is_in(list(codes))))
        values = _whole(part["queued_value"])
        if any(values):
            yield code, name, values


def _area(hours: OpenHours, values: list[int], scale: Scale, name: str, colour: str) -> go.Scatter:
    return go.Scatter(
        x=list(hours.places),
        y=[scale.coordinate(value) for value in values],
        name=name,
        stackgroup="queue",
        mode="lines",
        line={"color": colour, "width": 0.6},
        fillcolor=colour,
        customdata=hours.labels,
        hovertemplate=f"{name}, %{{customdata}}: {scale.hover}<extra></extra>",
    )


def _line(
    hours: OpenHours, values: list[int], scale: Scale, name: str, line: dict[str, object]
) -> go.Scatter:
    return go.Scatter(
        x=list(hours.places),
        y=[scale.coordinate(value) for value in values],
        name=name,
        mode="lines",
        line=line,
        customdata=hours.labels,
        hovertemplate=f"{name}, %{{customdata}}: {scale.hover}<extra></extra>",
    )


def _whole(column: pl.Series) -> list[int]:
    return [int(value) for value in column]
