"""Gross and net positions of the parties of a clearing study over the year."""

import datetime
from collections.abc import Sequence

from babel.dates import format_date

from skontro.report.clearing_study_captions import design_words
from skontro.report.drawing import DASHES, Line, LineChart, Places, ValueAxis
from skontro.report.formatting import Scale, long_date, short_amount
from skontro.report.palette import SERIES, Plot
from skontro.simulation.clearing_study import Exploration, Point


def position_lines(exploration: Exploration, point: Point) -> Plot:
    """Position of each country after each cut-off of one design."""
    year = exploration.year
    balances = [
        [int(balance) for balance in point.settled.balances[:, number]]
        for number in range(len(year.labels))
    ]
    reached = [balance for party in balances for balance in party]
    scale = Scale.fitting(max((abs(balance) for balance in reached), default=0), year.currency)
    return Plot(
        name="positions",
        title="Positions over the year",
        key=f"With {design_words(point)}, at the central spread of daily totals. Above zero: "
        "claims on others, in their currencies; below zero: debts.",
        reading=_position_reading(exploration, point),
        figure=LineChart(
            across=_dates_across([year.dates[day] for day in point.design.cut_offs(year)]),
            axis=ValueAxis.of(
                f"Position after the cut-off, {scale.label}",
                [scale.coordinate(balance) for balance in reached],
            ),
            lines=tuple(
                Line(
                    name=name,
                    values=tuple(scale.coordinate(balance) for balance in balances[number]),
                    texts=tuple(scale.amount(balance) for balance in balances[number]),
                    colour=SERIES[number % len(SERIES)],
                    dash=number % len(DASHES),
                )
                for number, name in enumerate(year.labels)
            ),
            height=400,
        ),
    )


def _dates_across(dates: Sequence[datetime.date]) -> Places:
    days = [float(date.toordinal()) for date in dates]
    first, last = dates[0], dates[-1]
    months = [
        datetime.date(year, month, 1)
        for year in range(first.year, last.year + 1)
        for month in range(1, 13)
    ]
    return Places(
        title=f"Date of the cut-off, {first.year}",
        at=tuple(days),
        labels=tuple(long_date(date) for date in dates),
        ticks=tuple(
            (float(month.toordinal()), format_date(month, "MMM", locale="en"))
            for month in months
            if first <= month <= last
        ),
        low=days[0],
        high=max(days[-1], days[0] + 1.0),
    )


def _position_reading(exploration: Exploration, point: Point) -> str:
    last = point.settled.balances[-1].tolist()
    most, least = max(last), min(last)
    names, currency = exploration.year.labels, exploration.year.currency
    owed, owes = names[last.index(most)], names[last.index(least)]
    return (
        f"At the end of the year {owed} is owed {short_amount(most, currency)} and {owes} owes "
        f"{short_amount(-least, currency)}. A position at its limit stays there while "
        "trade continues in the same direction, and every further imbalance is paid in the third "
        "currency."
    )
