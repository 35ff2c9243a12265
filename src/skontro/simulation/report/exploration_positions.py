"""What parties of an exploration owe and are owed over the year."""

from typing import Final

import plotly.graph_objects as go

from skontro.simulation.exploring import Exploration, Point
from skontro.simulation.report.exploration_words import design_words
from skontro.simulation.report.plot import Plot, as_figure, axis, label
from skontro.simulation.report.wording import Scale, short_amount

_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash")
_COLOURS: Final = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7b5aa6", "#b3a125",
    "#882255", "#2f8f8a",
)  # fmt: skip


def position_lines(exploration: Exploration, point: Point) -> Plot:
    """What each country owes and is owed after each cut-off of one design."""
    height = 420
    year = exploration.year
    cut_offs = point.design.cut_offs(year)
    dates = [year.dates[day].isoformat() for day in cut_offs]
    scale = Scale.fitting(int(abs(point.settled.balances).max()), year.currency)
    traces = [
        go.Scatter(
            x=dates,
            y=[scale.coordinate(int(b)) for b in point.settled.balances[:, number]],
            mode="lines",
            name=label(name),
            line={
                "color": _COLOURS[number % len(_COLOURS)],
                "dash": _DASHES[number // len(_COLOURS) % len(_DASHES)],
                "width": 2,
            },
            hovertemplate=f"%{{x}}: {scale.hover}<extra>%{{fullData.name}}</extra>",
        )
        for number, name in enumerate(year.labels)
    ]
    return Plot(
        name="positions",
        title="Positions over the year",
        key=f"With {design_words(point)}, at the central spread of daily totals. Above zero: what "
        "others owe the party, in their currencies; below zero: what it owes.",
        reading=_position_reading(exploration, point),
        figure=as_figure(
            traces,
            height,
            margin={"l": 8, "r": 18, "t": 96, "b": 8},
            xaxis=axis(),
            yaxis=axis(scale.label, zeroline=True),
        ),
        height=height,
    )


def _position_reading(exploration: Exploration, point: Point) -> str:
    last = point.settled.balances[-1].tolist()
    most, least = max(last), min(last)
    names, currency = exploration.year.labels, exploration.year.currency
    owed, owes = names[last.index(most)], names[last.index(least)]
    return (
        f"At the end of the year {owed} is owed {short_amount(most, currency)} and {owes} owes "
        f"{short_amount(-least, currency)}. A position at its limit stays there while trade "
        "goes on the same way, and every further imbalance is paid in the third currency."
    )
