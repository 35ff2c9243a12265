"""Plots of the national-currency share: corridors and business days."""

from typing import Final

from babel.dates import format_date

from skontro.model import Currency
from skontro.report import captions
from skontro.report.drawing import (
    HeatMap,
    HeatMapCell,
    Line,
    LineChart,
    category_places,
    percent_axis,
)
from skontro.report.formatting import percent, short_amount
from skontro.report.palette import ACCENT, ACCENT_LIGHT, WARM, Plot
from skontro.statistics import CorridorShare, Definition, Layer, LayerShares, Summary

_LAYER_TITLES: Final = {
    Layer.INSTRUCTION: "As customers instruct",
    Layer.INTERBANK: "As accounts move",
    Layer.RESIDUAL: "As net positions were paid",
}
#: With more countries, percentages no longer fit into the cells of half a page.
_MAX_SIDE_BY_SIDE: Final = 12


def corridor_plot(shares: LayerShares, countries: tuple[str, ...], account: Currency) -> Plot:
    """Heat map of the share by payer and payee country.

    Args:
        shares: shares of one layer.
        countries: alpha-3 codes of both axes, so that two layers can be compared cell by cell.
        account: currency of values.
    """
    return Plot(
        name=f"corridors-{shares.layer.value}",
        title=f"{_LAYER_TITLES[shares.layer]}: national by corridor",
        reading=captions.corridors(shares, account),
        key="Each cell: the share in percent; where there is no room for it, its shade.",
        figure=_heat_map(shares, countries, account) if shares.corridors else None,
        wide=len(countries) > _MAX_SIDE_BY_SIDE,
    )


def _heat_map(shares: LayerShares, countries: tuple[str, ...], account: Currency) -> HeatMap:
    cells = {
        (part.payer_country.alpha3, part.payee_country.alpha3): _cell(part, account)
        for part in shares.corridors
    }
    return HeatMap(
        names=countries,
        across="Payee country",
        down="Payer country",
        cells=tuple(tuple(cells.get((payer, payee)) for payee in countries) for payer in countries),
    )


def _cell(corridor: CorridorShare, account: Currency) -> HeatMapCell | None:
    share = corridor.share
    by_corridor = share.by_corridor.share
    if by_corridor is None:
        return None
    uses = sorted(share.uses, key=lambda use: (-use.value, use.currency.code))
    lines = [
        f"{corridor.payer_country.name} → {corridor.payee_country.name}",
        f"national by corridor: {percent(by_corridor)} of {short_amount(share.value, account)}",
        f"by member: {percent(share.by_member.share)}",
        *(f"{use.currency}: {percent(share.share_of(use))}" for use in uses[:6]),
    ]
    if len(uses) > 6:
        lines.append(f"and {len(uses) - 6} more")
    return HeatMapCell(
        share=float(by_corridor),
        figure=percent(by_corridor).removesuffix("%"),
        hover="\n".join(lines),
    )


def day_plot(summary: Summary) -> Plot | None:
    """The share on each business day; None for a single day."""
    if len(summary.dates) < 2:
        return None
    dates = [format_date(date, "d MMM", locale="en") for date in summary.dates]
    lines = [
        _line_of_days(shares, definition, colour, number)
        for number, (shares, colour) in enumerate(
            zip(summary.layers, (ACCENT_LIGHT, ACCENT, WARM), strict=False)
        )
        for definition in Definition
    ]
    return Plot(
        name="days",
        title="By business day",
        reading=captions.days(summary),
        figure=LineChart(
            across=category_places("Business day", dates),
            axis=percent_axis("National-currency share of value"),
            lines=tuple(lines),
            height=300,
        ),
    )


def _line_of_days(shares: LayerShares, definition: Definition, colour: str, marker: int) -> Line:
    exact = [day.share.national(definition).share for day in shares.days]
    return Line(
        name=f"{_LAYER_TITLES[shares.layer]}, {definition.words}",
        # Floats are heights in a plot.
        values=tuple(None if share is None else float(share * 100) for share in exact),
        texts=tuple(percent(share) for share in exact),
        colour=colour,
        dash=2 if definition is Definition.BY_MEMBER else 0,
        marker=marker,
    )
