"""Plots of an exploration: the frontier, the length of cycles, holding limits, positions."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import plotly.graph_objects as go

from skontro.model import Netting
from skontro.simulation.exploring import CYCLES, Exploration, Point
from skontro.simulation.exploring.facts import PublishedShare
from skontro.simulation.report.exploration_words import (
    band_hover,
    band_key,
    cycle_words,
    design_words,
    error_bars,
    part_text,
    share_words,
)
from skontro.simulation.report.palette import ACCENT, INK, QUIET, WARM
from skontro.simulation.report.plot import Plot, as_figure, axis, label
from skontro.simulation.report.wording import percent

_COLOUR: Final = {Netting.BILATERAL: WARM, Netting.MULTILATERAL: ACCENT}
_BAND: Final = {
    Netting.BILATERAL: "rgba(200,100,27,0.16)",
    Netting.MULTILATERAL: "rgba(11,92,143,0.16)",
}
_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash")


def frontier(exploration: Exploration, facts: Sequence[PublishedShare]) -> Plot:
    """National-currency share against swap lines, by netting and cycle, with the bound."""
    height = 480
    shown = _first_of_each_share(facts)
    points = [point for point in exploration.points if point.design.holding is None]
    traces = _shortest_cycle_bands(exploration, points)
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
        key="Across: swap line of each two parties, as a part of their annual trade both ways. "
        f"Dotted lines: published shares.{band_key(exploration)}",
        reading=_frontier_reading(exploration, points),
        figure=as_figure(
            traces,
            height,
            margin={"l": 8, "r": 18, "t": 110, "b": 8},
            legend={"traceorder": "normal"},
            xaxis=axis("Swap line, part of annual trade", type="category"),
            yaxis=axis("Settled without the third currency", ticksuffix="%", range=[0, 102]),
            shapes=[_fact_line(fact) for fact in shown],
            annotations=[_fact_label(fact, number) for number, fact in enumerate(shown)],
        ),
        height=height,
    )


def _shortest_cycle_bands(exploration: Exploration, points: Sequence[Point]) -> list[go.Scatter]:
    """For each netting the area between the least and the greatest share at any spread."""
    cycles = [cycle for cycle in CYCLES if any(p.design.cycle == cycle for p in points)]
    if not cycles or len(exploration.spreads) == 1:
        return []
    traces = []
    for netting in Netting:
        chosen = _chosen(points, netting, cycles[0])
        across = [part_text(point.design.line) for point in chosen]
        bands = [exploration.band(point) for point in chosen]
        for place, fill in ((0, None), (1, "tonexty")):
            traces.append(
                go.Scatter(
                    x=across,
                    y=[float(100 * band[place]) for band in bands],
                    mode="lines",
                    line={"width": 0},
                    fill=fill,
                    fillcolor=_BAND[netting],
                    hoverinfo="skip",
                    showlegend=False,
                )
            )
    return traces


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
        customdata=[band_hover(exploration, point) for point in points],
        hovertemplate=f"{name}, swap line %{{x}}: %{{y:.1f}}%%{{customdata}}<extra></extra>",
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
        f"From {share_words(exploration, least)} with {design_words(least)} to "
        f"{share_words(exploration, most)} with {design_words(most)}."
    )


def cycle_bars(exploration: Exploration) -> Plot:
    """The share that netting alone reaches, by length of cycle."""
    height = 360
    points = [p for p in exploration.points if p.design.holding is None and not p.design.line]
    cycles = [cycle for cycle in CYCLES if any(p.design.cycle == cycle for p in points)]
    traces = []
    for netting in Netting:
        of_cycle = {p.design.cycle: p for p in points if p.design.netting == netting}
        chosen = [of_cycle[cycle] for cycle in cycles if cycle in of_cycle]
        if chosen:
            traces.append(
                go.Bar(
                    x=[cycle_words(point.design.cycle) for point in chosen],
                    y=[float(100 * exploration.share(point)) for point in chosen],
                    name=netting.value,
                    marker={"color": _COLOUR[netting]},
                    error_y=error_bars(exploration, chosen),
                    customdata=[band_hover(exploration, point) for point in chosen],
                    hovertemplate=f"{netting.value}, %{{x}}: %{{y:.1f}}%%{{customdata}}"
                    "<extra></extra>",
                )
            )
    return Plot(
        name="cycles",
        title="What netting alone reaches",
        key="No swap lines: every net position is paid in the third currency at the cut-off. "
        "Whiskers: from the highest to the lowest spread of daily totals.",
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
        f"At most {share_words(exploration, best)} of trade offsets itself, with "
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
                    error_y=error_bars(exploration, chosen),
                    customdata=[band_hover(exploration, point) for point in chosen],
                    hovertemplate=f"{netting.value}, holding limit %{{x}}: %{{y:.1f}}%"
                    "%{customdata}<extra></extra>",
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
