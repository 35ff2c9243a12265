"""Plots of the national-currency share: corridors, currencies and business days."""

from fractions import Fraction
from typing import Final

import plotly.graph_objects as go

from skontro.model import Currency
from skontro.simulation.report import readings
from skontro.simulation.report.palette import (
    ACCENT,
    ACCENT_LIGHT,
    SHARE_SCALE,
    CurrencyColours,
    mixed,
)
from skontro.simulation.report.plot import Plot, as_figure, axis, label
from skontro.simulation.report.wording import percent, short_amount
from skontro.statistics import Layer, LayerShares, NationalShare, Summary

_LAYER_TITLES: Final = {
    Layer.INSTRUCTION: "As customers instruct",
    Layer.INTERBANK: "As accounts move",
}
#: With more countries, percentages no longer fit into the cells of a heat map.
_MOST_WITH_FIGURES: Final = 14
#: Distance of a bar's middle from its currency's line, which is 1 high.
_HALF_BAR: Final = 0.2


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
        title=_LAYER_TITLES[shares.layer],
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
        exact = [None if cell is None else cell.share.share for cell in row]
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


def _corridor_hover(payer: str, payee: str, share: NationalShare, account: Currency) -> str:
    uses = sorted(share.uses, key=lambda use: (-use.value, use.currency.code))
    lines = [
        f"<b>{label(payer)} → {label(payee)}</b>",
        f"national currencies: {percent(share.share)} of {short_amount(share.value, account)}",
        *(f"{use.currency}: {percent(share.share_of(use))}" for use in uses[:6]),
    ]
    if len(uses) > 6:
        lines.append(f"and {len(uses) - 6} more")
    return "<br>".join(lines)


def currency_plot(summary: Summary, colours: CurrencyColours) -> Plot:
    """Bars of each currency's share at both layers, split into national and third use."""
    height = 96 + 46 * len(colours.ranked)
    return Plot(
        name="currencies",
        title="Currencies at both layers",
        key=(
            "Pale bar: as customers instruct. Full bar: as accounts move. Hatched: used between "
            "two countries of which neither has this currency."
        ),
        reading=readings.currencies(summary),
        figure=_currency_bars(summary, colours, height) if colours.ranked else None,
        height=height,
    )


def _currency_bars(summary: Summary, colours: CurrencyColours, height: int) -> str:
    ranks = {code: rank for rank, code in enumerate(colours.ranked)}
    traces = []
    largest = 0.0
    for shares, offset, strength in (
        (summary.instruction, -_HALF_BAR, Fraction(1, 2)),
        (summary.interbank, _HALF_BAR, Fraction(1)),
    ):
        places = [ranks[use.currency.code] + offset for use in shares.total.uses]
        traces.append(_bars(shares, places, colours, strength, national=True))
        traces.append(_bars(shares, places, colours, strength, national=False))
        traces.append(_bar_ends(shares.total, places))
        largest = max([largest, *traces[-1].x])
    return as_figure(
        traces,
        height,
        barmode="overlay",
        margin={"l": 8, "r": 18, "t": 8, "b": 8},
        xaxis=axis("Share of value", ticksuffix="%", range=[0, largest * 1.1 or 1]),
        yaxis=axis(
            range=[len(ranks) - 0.45, -0.55],
            showgrid=False,
            tickvals=list(ranks.values()),
            ticktext=list(ranks),
        ),
        showlegend=False,
    )


def _bars(
    shares: LayerShares,
    places: list[float],
    colours: CurrencyColours,
    strength: Fraction,
    *,
    national: bool,
) -> go.Bar:
    total = shares.total
    own = [total.national_share_of(use) or Fraction() for use in total.uses]
    rest = [
        (total.share_of(use) or Fraction()) - part
        for use, part in zip(total.uses, own, strict=True)
    ]
    parts = own if national else rest
    role = "as a national currency" if national else "as a third currency"
    return go.Bar(
        orientation="h",
        y=places,
        x=[float(part * 100) for part in parts],
        base=[0.0 if national else float(part * 100) for part in own],
        width=1.8 * _HALF_BAR,
        hovertext=[
            f"<b>{use.currency}</b>, {_LAYER_TITLES[shares.layer].lower()}: {percent(part)} {role}"
            for use, part in zip(total.uses, parts, strict=True)
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        marker={
            "color": [mixed(colours.colour(use.currency.code), strength) for use in total.uses],
            "pattern": {"shape": "" if national else "/", "size": 6, "solidity": 0.4},
        },
    )


def _bar_ends(total: NationalShare, places: list[float]) -> go.Scatter:
    ends = [total.share_of(use) or Fraction() for use in total.uses]
    return go.Scatter(
        x=[float(end * 100) for end in ends],
        y=places,
        mode="text",
        text=[f" {percent(end)}" for end in ends],
        textposition="middle right",
        textfont={"size": 11},
        cliponaxis=False,
        hoverinfo="skip",
    )


def day_plot(summary: Summary) -> Plot | None:
    """The share on each business day; None for a single day."""
    if len(summary.dates) < 2:
        return None
    traces = [
        go.Scatter(
            x=[date.isoformat() for date in summary.dates],
            y=[None if d.share.share is None else float(d.share.share * 100) for d in shares.days],
            mode="lines+markers",
            name=_LAYER_TITLES[shares.layer],
            line={"color": colour, "width": 2},
            hovertemplate="%{x}: %{y:.1f}%<extra></extra>",
        )
        for shares, colour in (
            (summary.instruction, ACCENT_LIGHT),
            (summary.interbank, ACCENT),
        )
    ]
    height = 280
    figure = as_figure(
        traces,
        height,
        margin={"l": 8, "r": 18, "t": 40, "b": 8},
        xaxis=axis(type="category", nticks=12),
        yaxis=axis("National-currency share", ticksuffix="%", rangemode="tozero"),
    )
    reading = readings.days(summary)
    return Plot(name="days", title="By business day", reading=reading, figure=figure, height=height)
