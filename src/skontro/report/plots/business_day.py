"""Plots of the business day: submitted, settled and queued value."""

import datetime
from collections.abc import Iterable
from typing import Final

import attrs
import polars as pl
from babel.dates import format_date

from skontro.files.period import Results
from skontro.model import SECOND, find_time_zone, to_timestamp
from skontro.report import captions
from skontro.report.drawing import Line, LineChart, Places, ValueAxis
from skontro.report.formatting import Scale, listed
from skontro.report.palette import ACCENT, INK, QUIET, CurrencyColours, Plot
from skontro.statistics import FIVE_MINUTES, timeline, total_timeline

_HOUR: Final = 3600 * SECOND
#: More times than a screen has columns add nothing to a plot.
_MAX_MOMENTS: Final = 1200
_MAX_TICKS: Final = 12


@attrs.frozen
class OpenHours:
    """The hours in which the system is open, one business day after the other, on one axis.

    Attributes:
        timestamps: times of the timeline, in local time.
        places: where each lies on the axis, in hours that the system was open before it; floats,
            because they are places on a screen.
        ticks: places and labels along the axis.
        breaks: where a business day ends and the next begins.
        title: title of the axis, with the time zone.
    """

    timestamps: tuple[datetime.datetime, ...]
    places: tuple[float, ...]
    ticks: tuple[tuple[float, str], ...]
    breaks: tuple[float, ...]
    title: str

    def across(self) -> Places:
        """The axis for a plot."""
        return Places(
            title=self.title,
            at=self.places,
            labels=tuple(
                format_date(timestamp, "EEE d MMM", locale="en") + timestamp.strftime(", %H:%M")
                for timestamp in self.timestamps
            ),
            ticks=self.ticks,
            low=0.0,
            high=self.places[-1] or 1.0,
            breaks=self.breaks,
        )


def day_timeline(results: Results) -> pl.DataFrame:
    """The timeline in steps of five minutes, or longer ones where that makes too many."""
    open_for = sum(day.closes_at - day.opens_at for day in results.business_days)
    step = FIVE_MINUTES
    while open_for // step > _MAX_MOMENTS:
        step *= 2
    return timeline(results, step)


def open_hours(results: Results, table: pl.DataFrame) -> OpenHours:
    """Positions of a timeline's times on the axis of a plot."""
    zone = find_time_zone(results.time_zone)
    timestamps: list[datetime.datetime] = []
    places: list[float] = []
    ticks: list[tuple[float, str]] = []
    breaks: list[float] = []
    open_before = 0
    one_day = len(results.business_days) == 1
    shown_days = -(-len(results.business_days) // _MAX_TICKS)
    for number, day in enumerate(results.business_days):
        at = table.filter(pl.col("business_date") == day.date)["observed_at"].unique().sort()
        timestamps.extend(timestamp.astimezone(zone) for timestamp in at)
        offset = open_before - day.opens_at
        places.extend((to_timestamp(timestamp) + offset) / _HOUR for timestamp in at)
        if one_day:
            ticks = _hours(day.opens_at, day.closes_at, zone)
        elif number % shown_days == 0:
            ticks.append((open_before / _HOUR, format_date(day.date, "EEE d MMM", locale="en")))
        if open_before:
            breaks.append(open_before / _HOUR)
        open_before += day.closes_at - day.opens_at
    title = (
        f"Time of day ({results.time_zone})"
        if one_day
        else f"Open hours of the business days, without the nights between ({results.time_zone})"
    )
    return OpenHours(tuple(timestamps), tuple(places), tuple(ticks), tuple(breaks), title)


def _hours(opens_at: int, closes_at: int, zone: datetime.tzinfo) -> list[tuple[float, str]]:
    step = -(-(closes_at - opens_at) // (_MAX_TICKS * _HOUR)) * _HOUR
    first = -(-opens_at // _HOUR) * _HOUR
    return [
        (
            (timestamp - opens_at) / _HOUR,
            datetime.datetime.fromtimestamp(timestamp // SECOND, zone).strftime("%H:%M"),
        )
        for timestamp in range(first, closes_at + 1, step)
    ]


def settlement_plot(results: Results, table: pl.DataFrame) -> Plot:
    """Cumulative value submitted and settled."""
    total = total_timeline(table)
    return Plot(
        name="settlement",
        title="Submitted and settled",
        reading=captions.settlement(results, total),
        figure=None if total.is_empty() else _settlement(results, table, total),
    )


def _settlement(results: Results, table: pl.DataFrame, total: pl.DataFrame) -> LineChart:
    submitted, settled = _whole(total["submitted_value"]), _whole(total["settled_value"])
    scale = Scale.fitting(max(submitted), results.rates.account_currency)
    submitted_line = _line("Submitted", submitted, scale, QUIET)
    return LineChart(
        across=open_hours(results, table).across(),
        axis=_value_axis("Value since the start of the business day", scale, max(submitted)),
        lines=(
            attrs.evolve(submitted_line, dash=2),
            _line("Settled", settled, scale, ACCENT),
        ),
    )


def queue_plots(
    results: Results, table: pl.DataFrame, colours: CurrencyColours
) -> tuple[Plot, ...]:
    """Value of the queued orders by currency, and their number."""
    total = total_timeline(table)
    queued = sum(_whole(total["queued_orders"])) > 0
    value = Plot(
        name="queue",
        title="Value of the queue",
        reading=captions.queue_value(results, total),
        figure=_queue_value(results, table, colours) if queued else None,
    )
    if not queued:
        return (value,)
    number = Plot(
        name="queue-orders",
        title="Length of the queue",
        reading=captions.queue_length(results, total),
        figure=_queue_length(results, table),
    )
    return value, number


def _queue_value(results: Results, table: pl.DataFrame, colours: CurrencyColours) -> LineChart:
    largest = max(_whole(total_timeline(table)["queued_value"]))
    scale = Scale.fitting(largest, results.rates.account_currency)
    return LineChart(
        across=open_hours(results, table).across(),
        axis=_value_axis("Value of queued orders", scale, largest),
        lines=tuple(
            attrs.evolve(_line(name, part, scale, colours.colour(code)), stacked=True)
            for code, name, part in _parts(table, colours)
        ),
        height=360,
    )


def _queue_length(results: Results, table: pl.DataFrame) -> LineChart:
    orders = _whole(total_timeline(table)["queued_orders"])
    line = Line(
        name="Queued orders",
        values=tuple(float(number) for number in orders),
        texts=tuple(f"{number:,}" for number in orders),
        colour=INK,
    )
    return LineChart(
        across=open_hours(results, table).across(),
        axis=ValueAxis.of("Number of queued orders", [float(max(orders))], whole=True),
        lines=(line,),
        height=230,
    )


def _value_axis(what: str, scale: Scale, largest: int) -> ValueAxis:
    return ValueAxis.of(f"{what}, {scale.label}", [scale.coordinate(largest)])


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


def _line(name: str, values: list[int], scale: Scale, colour: str) -> Line:
    return Line(
        name=name,
        values=tuple(scale.coordinate(value) for value in values),
        texts=tuple(scale.amount(value) for value in values),
        colour=colour,
    )


def _whole(column: pl.Series) -> list[int]:
    return [int(value) for value in column]
