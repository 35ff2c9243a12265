"""Plots of the national-currency share: corridors and business days."""

from fractions import Fraction
from typing import Final

import plotly.graph_objects as go

from skontro.model import Currency
from skontro.simulation.report import readings
from skontro.simulation.report.palette import (
    ACCENT,
    ACCENT_LIGHT,
    SHARE_SCALE,
    WARM,
)
from skontro.simulation.report.plot import Plot, as_figure, axis, label
from skontro.simulation.report.wording import percent, short_amount
from skontro.statistics import CurrencyShares, Definition, Layer, LayerShares, Summary

_LAYER_TITLES: Final = {
    Layer.INSTRUCTION: "As customers instruct",
    Layer.INTERBANK: "As accounts move",
    Layer.RESIDUAL: "As net positions were paid",
}
#: With more countries, percentages no longer fit into the cells of a heat map.
_MOST_WITH_FIGURES: Final = 14


def corridor_plot(shares: LayerShares, countries: tuple[str, ...], account: Currency) -> Plot:
    """Heat map of the share by payer and payee country.

    Args:
        shares: of one layer.
        countries: alpha-3 codes of both axes, so that two layers can be compared cell by cell.
        account: what values are in.
    """
    many = len(countries) > _MOST_WITH_FIGURES
    height = 120 + len(countries) * (19 if many else 36)
    return Plot(
        name=f"corridors-{shares.layer.value}",
        title=f"{_LAYER_TITLES[shares.layer]}: national by corridor, in %",
        reading=readings.corridors(shares, account),
        figure=_heat_map(shares, countries, account, height) if shares.corridors else None,
        height=height,
        wide=many,
    )


def _heat_map(
    shares: LayerShares, countries: tuple[str, ...], account: Currency, height: int
) -> str:
    cells = {(c.payer_country.alpha3, c.payee_country.alpha3): c for c in shares.corridors}
    national: list[list[float | None]] = []
    figures: list[list[str]] = []
    hovers: list[list[str]] = []
    for payer in countries:
        row = [cells.get((payer, payee)) for payee in countries]
        exact = [None if cell is None else cell.share.by_corridor.share for cell in row]
        national.append([None if part is None else float(part * 100) for part in exact])
        figures.append(["" if part is None else str(round(part * 100)) for part in exact])
        hovers.append(
            [
                ""
                if cell is None
                else _corridor_hover(
                    cell.payer_country.name, cell.payee_country.name, cell.share, account
                )
                for cell in row
            ]
        )
    many = len(countries) > _MOST_WITH_FIGURES
    heat_map = go.Heatmap(
        x=list(countries),
        y=list(countries),
        z=national,
        text=figures,
        texttemplate="" if many else "%{text}",
        textfont={"size": 12},
        hovertext=hovers,
        hovertemplate="%{hovertext}<extra></extra>",
        hoverongaps=False,
        colorscale=[list(stop) for stop in SHARE_SCALE],
        zmin=0,
        zmax=100,
        xgap=1 if many else 2,
        ygap=1 if many else 2,
        colorbar={
            "orientation": "h",
            "thickness": 9,
            "len": 0.7,
            "y": -0.03,
            "yanchor": "top",
            "tickvals": [0, 25, 50, 75, 100],
            "ticktext": ["0%", "25%", "50%", "75%", "100%"],
            "tickfont": {"size": 11},
            "outlinewidth": 0,
        },
    )
    tick = {"size": 10 if many else 12}
    return as_figure(
        [heat_map],
        height,
        margin={"l": 8, "r": 8, "t": 8, "b": 44},
        xaxis=axis(
            "Payee country", side="top", showgrid=False, type="category", tickfont=tick,
            tickangle=-90 if many else 0, tickmode="linear",
        ),
        yaxis=axis(
            "Payer country", autorange="reversed", showgrid=False, type="category",
            tickfont=tick, tickmode="linear",
        ),
    )  # fmt: skip


def _corridor_hover(payer: str, payee: str, share: CurrencyShares, account: Currency) -> str:
    uses = sorted(share.uses, key=lambda use: (-use.value, use.currency.code))
    lines = [
        f"<b>{label(payer)} → {label(payee)}</b>",
        f"national by corridor: {percent(share.by_corridor.share)} of "
        f"{short_amount(share.value, account)}",
        f"by member: {percent(share.by_member.share)}",
        *(f"{use.currency}: {percent(share.share_of(use))}" for use in uses[:6]),
    ]
    if len(uses) > 6:
        lines.append(f"and {len(uses) - 6} more")
    return "<br>".join(lines)


_DASHES: Final = {Definition.BY_CORRIDOR: "solid", Definition.BY_MEMBER: "dot"}


def _per_cent(share: Fraction | None) -> float | None:
    """Where to plot a share; a float, because pixels are."""
    return None if share is None else float(share * 100)


def day_plot(summary: Summary) -> Plot | None:
    """The share on each business day; None for a single day."""
    if len(summary.dates) < 2:
        return None
    traces = [
        go.Scatter(
            x=[date.isoformat() for date in summary.dates],
            y=[_per_cent(day.share.national(definition).share) for day in shares.days],
            mode="lines+markers",
            name=f"{_LAYER_TITLES[shares.layer]}, {definition.words}",
            line={"color": colour, "width": 2, "dash": _DASHES[definition]},
            hovertemplate=f"%{{x}}, {definition.words}: %{{y:.1f}}%<extra></extra>",
        )
        for shares, colour in zip(summary.layers, (ACCENT_LIGHT, ACCENT, WARM), strict=False)
        for definition in Definition
    ]
    height = 280
    figure = as_figure(
        traces,
        height,
        margin={"l": 8, "r": 18, "t": 72, "b": 8},
        xaxis=axis(type="category", nticks=12),
        yaxis=axis("National-currency share", ticksuffix="%", rangemode="tozero"),
    )
    reading = readings.days(summary)
    return Plot(name="days", title="By business day", reading=reading, figure=figure, height=height)
