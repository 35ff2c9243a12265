"""Plots of an exploration: the frontier, the length of cycles, holding limits, positions."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import plotly.graph_objects as go

from skontro.model import Netting, find_country
from skontro.simulation.exploring import CYCLES, Exploration, Point
from skontro.simulation.exploring.facts import PublishedShare
from skontro.simulation.report.palette import ACCENT, INK, QUIET, WARM
from skontro.simulation.report.plot import Plot, as_figure, axis, label
from skontro.simulation.report.wording import percent

_COLOUR: Final = {Netting.BILATERAL: WARM, Netting.MULTILATERAL: ACCENT}
_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash")
_LINES_OF_COUNTRIES: Final = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7b5aa6", "#b3a125",
    "#882255", "#2f8f8a",
)  # fmt: skip


def part_text(part: Fraction | None) -> str:
    """A limit as a part of annual trade: 0.25%, 8%, or that there is none."""
    if part is None:
        return "none"
    return f"{float(100 * part):g}%"


def frontier(exploration: Exploration, facts: Sequence[PublishedShare]) -> Plot:
    """National-currency share against swap lines, by netting and cycle, with the bound."""
    height = 480
    shown = _first_of_each_share(facts)
    points = [point for point in exploration.points if point.design.holding is None]
    traces = []
    for netting in Netting:
        for number, cycle in enumerate(CYCLES):
            chosen = _chosen(points, netting, cycle)
            if chosen:
                name = f"{netting.value}, {cycle_words(cycle)}"
                traces.append(_curve(exploration, chosen, name, _DASHES[number], netting))
    for netting in Netting:
        best = _best_by_line(exploration, [p for p in points if p.design.netting == netting])
        if best:
            traces.append(
                go.Scatter(
                    x=[part_text(line) for line in best],
                    y=[float(100 * share) for share in best.values()],
                    mode="markers",
                    name=f"{netting.value}, most that is possible",
                    marker={
                        "size": 11,
                        "symbol": "line-ew",
                        "line": {"width": 2, "color": _COLOUR[netting]},
                    },
                    hovertemplate="no course of action exceeds %{y:.1f}%<extra></extra>",
                )
            )
    return Plot(
        name="frontier",
        title="Reachable share against swap lines",
        key="Across: swap line of each two countries, as a part of their annual trade both ways. "
        "Dotted lines: published shares.",
        reading=_frontier_reading(exploration, points),
        figure=as_figure(
            traces,
            height,
            margin={"l": 8, "r": 18, "t": 110, "b": 8},
            xaxis=axis("Swap line, part of annual trade", type="category"),
            yaxis=axis("Settled without the third currency", ticksuffix="%", range=[0, 102]),
            shapes=[_fact_line(fact) for fact in shown],
            annotations=[_fact_label(fact, number) for number, fact in enumerate(shown)],
        ),
        height=height,
    )


def _chosen(points: Sequence[Point], netting: Netting, cycle: str) -> list[Point]:
    found = [p for p in points if p.design.netting == netting and p.design.cycle == cycle]
    return sorted(found, key=lambda point: point.design.line)


def _curve(
    exploration: Exploration, points: Sequence[Point], name: str, dash: str, netting: Netting
) -> go.Scatter:
    # Floats from here on are places in a plot.
    return go.Scatter(
        x=[part_text(point.design.line) for point in points],
        y=[float(100 * exploration.share(point)) for point in points],
        mode="lines",
        name=name,
        line={"color": _COLOUR[netting], "width": 2, "dash": dash},
        hovertemplate=f"{name}, swap line %{{x}}: %{{y:.1f}}%<extra></extra>",
    )


def _best_by_line(exploration: Exploration, points: Sequence[Point]) -> dict[Fraction, Fraction]:
    best: dict[Fraction, Fraction] = {}
    for point in sorted(points, key=lambda one: one.design.line):
        line = point.design.line
        best[line] = max(best.get(line, Fraction(0)), exploration.most(point))
    return best


def _first_of_each_share(facts: Sequence[PublishedShare]) -> list[PublishedShare]:
    """Of facts that would stand on one another, the first; the table has all of them."""
    first: dict[Fraction, PublishedShare] = {}
    for fact in facts:
        first.setdefault(fact.share, fact)
    return list(first.values())


def _fact_line(fact: PublishedShare) -> dict[str, object]:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": float(100 * fact.share),
        "y1": float(100 * fact.share),
        "line": {"color": QUIET, "width": 1, "dash": "dot"},
    }


def _fact_label(fact: PublishedShare, number: int) -> dict[str, object]:
    """The label of a line; neighbours stand side by side, so that none hides another."""
    more = "over " if fact.more_than else ""
    return {
        "xref": "paper",
        "x": 0.66 - 0.2 * (number % 4),
        "xanchor": "left",
        "y": float(100 * fact.share),
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 11, "color": INK},
        "text": label(f"{fact.scope} {fact.period}: {more}{percent(fact.share, 0)}"),
    }


def _frontier_reading(exploration: Exploration, points: Sequence[Point]) -> str:
    if not points:
        return "There are no points."
    least = min(points, key=exploration.share)
    most = max(points, key=exploration.share)
    return (
        f"From {percent(exploration.share(least))} with {_design_words(least)} to "
        f"{percent(exploration.share(most))} with {_design_words(most)}."
    )


def _design_words(point: Point) -> str:
    line = point.design.line
    credit = f"a swap line of {part_text(line)}" if line else "no swap lines"
    return f"{point.design.netting.value} netting, {cycle_words(point.design.cycle)}, and {credit}"


def cycle_words(cycle: str) -> str:
    """How often a cycle ends, in words."""
    return {
        "daily": "every day",
        "weekly": "every week",
        "monthly": "every month",
        "asian_clearing_union": "every two months",
        "aladi_reciprocal_credits": "every four months",
    }[cycle]


def cycle_bars(exploration: Exploration) -> Plot:
    """The share that netting alone reaches, by length of cycle."""
    height = 360
    points = [p for p in exploration.points if p.design.holding is None and not p.design.line]
    cycles = [cycle for cycle in CYCLES if any(p.design.cycle == cycle for p in points)]
    traces = []
    for netting in Netting:
        shares = {
            point.design.cycle: exploration.share(point)
            for point in points
            if point.design.netting == netting
        }
        if shares:
            traces.append(
                go.Bar(
                    x=[cycle_words(cycle) for cycle in cycles],
                    y=[float(100 * shares[cycle]) for cycle in cycles],
                    name=netting.value,
                    marker={"color": _COLOUR[netting]},
                    hovertemplate=f"{netting.value}, %{{x}}: %{{y:.1f}}%<extra></extra>",
                )
            )
    return Plot(
        name="cycles",
        title="What netting alone reaches",
        key="No swap lines: every net position is paid in the third currency at the cut-off.",
        reading=_cycle_reading(exploration, points),
        figure=as_figure(
            traces,
            height,
            barmode="group",
            margin={"l": 8, "r": 18, "t": 60, "b": 8},
            xaxis=axis(),
            yaxis=axis("Compensation ratio", ticksuffix="%", range=[0, 102]),
        )
        if traces
        else None,
        height=height,
    )


def _cycle_reading(exploration: Exploration, points: Sequence[Point]) -> str:
    if not points:
        return "No design without swap lines was looked at."
    best = max(points, key=exploration.share)
    return (
        f"At most {percent(exploration.share(best))} of trade offsets itself, with "
        f"{best.design.netting.value} netting {cycle_words(best.design.cycle)}; the rest is "
        "imbalance that no netting can shrink."
    )


def holding_curves(exploration: Exploration) -> Plot:
    """The share against the limit of what creditors hold, with the longest swap lines."""
    height = 360
    limited = [point for point in exploration.points if point.design.holding is not None]
    traces = []
    for netting in Netting:
        chosen = sorted(
            (point for point in limited if point.design.netting == netting),
            key=lambda point: point.design.holding or Fraction(0),
        )
        if chosen:
            traces.append(
                go.Scatter(
                    x=[part_text(point.design.holding) for point in chosen],
                    y=[float(100 * exploration.share(point)) for point in chosen],
                    mode="lines+markers",
                    name=netting.value,
                    line={"color": _COLOUR[netting], "width": 2},
                    hovertemplate=f"{netting.value}, holding limit %{{x}}: %{{y:.1f}}%"
                    "<extra></extra>",
                )
            )
    line = part_text(limited[0].design.line) if limited else ""
    return Plot(
        name="holdings",
        title="When holding limits bind",
        key=f"Debtors may owe {line} of annual trade; creditors keep no more than the limit.",
        reading="A creditor that will not hold its partners' currencies is paid in the third "
        "currency, however much credit its debtors have."
        if limited
        else "No holding limits were looked at.",
        figure=as_figure(
            traces,
            height,
            margin={"l": 8, "r": 18, "t": 60, "b": 8},
            xaxis=axis("Holding limit, part of annual trade", type="category"),
            yaxis=axis("Settled without the third currency", ticksuffix="%", range=[0, 102]),
        )
        if traces
        else None,
        height=height,
    )


def position_lines(exploration: Exploration, point: Point) -> Plot:
    """What each country owes and is owed after each cut-off of one design."""
    height = 420
    year = exploration.year
    cut_offs = point.design.cut_offs(year)
    dates = [year.dates[day].isoformat() for day in cut_offs]
    # Balances in US cents; a plot shows billions of dollars.
    traces = [
        go.Scatter(
            x=dates,
            y=[int(balance) / 1e11 for balance in point.settled.balances[:, number]],
            mode="lines",
            name=find_country(code).name,
            line={
                "color": _LINES_OF_COUNTRIES[number % len(_LINES_OF_COUNTRIES)],
                "dash": _DASHES[number // len(_LINES_OF_COUNTRIES) % len(_DASHES)],
                "width": 2,
            },
            hovertemplate="%{x}: %{y:.3f} bn<extra>%{fullData.name}</extra>",
        )
        for number, code in enumerate(year.countries)
    ]
    return Plot(
        name="positions",
        title="Positions over the year",
        key=f"With {_design_words(point)}. Above zero: what others owe the country, in their "
        "currencies; below zero: what it owes.",
        reading=_position_reading(exploration, point),
        figure=as_figure(
            traces,
            height,
            margin={"l": 8, "r": 18, "t": 96, "b": 8},
            xaxis=axis(),
            yaxis=axis("USD billion", zeroline=True),
        ),
        height=height,
    )


def _position_reading(exploration: Exploration, point: Point) -> str:
    last = point.settled.balances[-1].tolist()
    most, least = max(last), min(last)
    names = [find_country(code).name for code in exploration.year.countries]
    owed, owes = names[last.index(most)], names[last.index(least)]
    return (
        f"At the end of the year {owed} is owed USD {most / 1e11:.2f} bn and {owes} owes USD "
        f"{-least / 1e11:.2f} bn. A position at its limit stays there while trade goes on the same "
        "way, and every further imbalance is paid in the third currency."
    )
