"""Plots of a clearing study: the frontier, the length of cycles, holding limits."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import attrs

from skontro.model import Netting
from skontro.report.clearing_study_captions import (
    band_hover,
    band_key,
    band_of,
    cycle_words,
    design_words,
    part_text,
    share_words,
)
from skontro.report.drawing import (
    ColumnChart,
    LegendEntry,
    Line,
    LineChart,
    Places,
    Reference,
    category_places,
    percent_axis,
)
from skontro.report.formatting import exact_percent, percent
from skontro.report.palette import ACCENT, WARM, Plot
from skontro.simulation.clearing_study import CYCLES, Exploration, Point
from skontro.simulation.clearing_study.published_shares import PublishedShare

_COLOUR: Final = {Netting.BILATERAL: WARM, Netting.MULTILATERAL: ACCENT}
_HATCHING: Final = {Netting.BILATERAL: 1, Netting.MULTILATERAL: 0}
_SHARE: Final = "Share of gross trade without third currency"


def frontier(exploration: Exploration, facts: Sequence[PublishedShare]) -> Plot:
    """National-currency share against swap lines, by netting and cycle, with the bound."""
    shown = _first_of_each_share(facts)
    points = [point for point in exploration.points if point.design.holding is None]
    return Plot(
        name="frontier",
        title="Reachable share against swap lines",
        key="Across: swap line of each two parties, as a part of their annual trade both ways. "
        f"Dotted lines: published shares.{band_key(exploration)}",
        reading=_frontier_reading(exploration, points),
        figure=LineChart(
            across=_parts_across(
                "Swap line, part of annual trade (steps, not to scale)",
                sorted({point.design.line for point in points}),
            ),
            axis=percent_axis(_SHARE),
            lines=(*_curves(exploration, points), *_bounds(exploration, points)),
            references=tuple(_reference(fact) for fact in shown),
            height=460,
        )
        if points
        else None,
    )


def _curves(exploration: Exploration, points: Sequence[Point]) -> list[Line]:
    """One for each netting and cycle; the shortest cycle, which varies most, with its band."""
    curves = []
    for netting in Netting:
        cycles = [cycle for cycle in CYCLES if _chosen(points, netting, cycle)]
        for dash, cycle in enumerate(CYCLES):
            chosen = _chosen(points, netting, cycle)
            if chosen:
                name = f"{netting.value}, {cycle_words(cycle)}"
                curve = _line(exploration, chosen, name, netting)
                band = band_of(exploration, chosen) if cycle == cycles[0] else None
                at = _places_of(points, [point.design.line for point in chosen])
                curves.append(attrs.evolve(curve, at=at, dash=dash, band=band))
    return curves


def _bounds(exploration: Exploration, points: Sequence[Point]) -> list[Line]:
    """Upper bound of every course of action, for each netting."""
    bounds = []
    for netting in Netting:
        best = _best_by_line(exploration, [p for p in points if p.design.netting == netting])
        if best:
            bounds.append(
                Line(
                    name=f"{netting.value}, most that is possible",
                    values=tuple(float(100 * share) for share in best.values()),
                    texts=tuple(percent(share) for share in best.values()),
                    colour=_COLOUR[netting],
                    at=_places_of(points, list(best)),
                    joined=False,
                )
            )
    return bounds


def _parts_across(title: str, parts: Sequence[Fraction]) -> Places:
    names = [part_text(part) for part in parts]
    return attrs.evolve(category_places(title, names), labels=tuple(f"With {n}" for n in names))


def _places_of(points: Sequence[Point], lines: Sequence[Fraction]) -> tuple[float, ...]:
    """The places of swap lines among those of all points."""
    every = sorted({point.design.line for point in points})
    return tuple(float(every.index(line)) for line in lines)


def _chosen(points: Sequence[Point], netting: Netting, cycle: str) -> list[Point]:
    found = [p for p in points if p.design.netting == netting and p.design.cycle == cycle]
    return sorted(found, key=lambda point: point.design.line)


def _line(exploration: Exploration, points: Sequence[Point], name: str, netting: Netting) -> Line:
    return Line(
        name=name,
        # Floats are heights in a plot.
        values=tuple(float(100 * exploration.share(point)) for point in points),
        texts=tuple(_share_text(exploration, point) for point in points),
        colour=_COLOUR[netting],
    )


def _share_text(exploration: Exploration, point: Point) -> str:
    return percent(exploration.share(point)) + band_hover(exploration, point)


def _best_by_line(exploration: Exploration, points: Sequence[Point]) -> dict[Fraction, Fraction]:
    best: dict[Fraction, Fraction] = {}
    for point in sorted(points, key=lambda one: one.design.line):
        line = point.design.line
        best[line] = max(best.get(line, Fraction(0)), exploration.most(point))
    return best


def _first_of_each_share(facts: Sequence[PublishedShare]) -> list[PublishedShare]:
    """The first of published shares that would overlap; the table has all of them."""
    first: dict[Fraction, PublishedShare] = {}
    for fact in facts:
        first.setdefault(fact.share, fact)
    return list(first.values())


def _reference(fact: PublishedShare) -> Reference:
    more = "over " if fact.more_than else ""
    return Reference(
        value=float(100 * fact.share),
        text=f"{fact.scope} {fact.period}: {more}{exact_percent(fact.share)}",
    )


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
    points = [p for p in exploration.points if p.design.holding is None and not p.design.line]
    cycles = [cycle for cycle in CYCLES if any(p.design.cycle == cycle for p in points)]
    by_design = {(point.design.netting, point.design.cycle): point for point in points}
    nettings = [n for n in Netting if any(point.design.netting == n for point in points)]
    rows = [[by_design.get((netting, cycle)) for cycle in cycles] for netting in nettings]
    return Plot(
        name="cycles",
        title="Share by netting alone",
        key="No swap lines: every net position is paid in the third currency at the cut-off. "
        "Whiskers: from the highest to the lowest spread of daily totals.",
        reading=_cycle_reading(exploration, points),
        figure=ColumnChart(
            axis=percent_axis("Compensation ratio"),
            names=tuple(cycle_words(cycle) for cycle in cycles),
            legend=tuple(
                LegendEntry(text=n.value, colour=_COLOUR[n], hatching=_HATCHING[n])
                for n in nettings
            ),
            values=tuple(
                tuple(None if p is None else float(100 * exploration.share(p)) for p in row)
                for row in rows
            ),
            texts=tuple(
                tuple("" if p is None else _share_text(exploration, p) for p in row) for row in rows
            ),
            ranges=tuple(
                tuple(None if p is None else _range(exploration, p) for p in row) for row in rows
            ),
        )
        if points
        else None,
    )


def _range(exploration: Exploration, point: Point) -> tuple[float, float] | None:
    band = band_of(exploration, [point])
    return None if band is None else (band[0][0], band[1][0])


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
    """The share by holding limit of creditors, with the longest swap lines."""
    limited = [point for point in exploration.points if point.design.holding is not None]
    holdings = sorted({point.design.holding or Fraction(0) for point in limited})
    lines = []
    for number, netting in enumerate(Netting):
        chosen = sorted(
            (point for point in limited if point.design.netting == netting),
            key=lambda point: point.design.holding or Fraction(0),
        )
        if chosen:
            lines.append(
                attrs.evolve(
                    _line(exploration, chosen, netting.value, netting),
                    at=tuple(
                        float(holdings.index(p.design.holding or Fraction(0))) for p in chosen
                    ),
                    dash=number,
                    marker=number,
                    whiskers=band_of(exploration, chosen),
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
        figure=LineChart(
            across=_parts_across("Holding limit, part of annual trade (not to scale)", holdings),
            axis=percent_axis(_SHARE),
            lines=tuple(lines),
            height=320,
        )
        if lines
        else None,
    )
