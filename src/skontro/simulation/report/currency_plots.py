"""Plot of the currencies: the share of each at both layers, national and third use apart."""

from fractions import Fraction
from typing import Final

import attrs
import plotly.graph_objects as go

from skontro.simulation.report import readings
from skontro.simulation.report.palette import CurrencyColours, mixed
from skontro.simulation.report.plot import Plot, as_figure, axis
from skontro.simulation.report.wording import percent
from skontro.statistics import Definition, Layer, Summary

_LAYER_WORDS: Final = {
    Layer.INSTRUCTION: "as customers instruct",
    Layer.INTERBANK: "as accounts move",
}
_MOST_CURRENCIES: Final = 16
#: Distance of a bar's middle from its currency's line, which is 1 high.
_HALF_BAR: Final = 0.2


def currency_plot(summary: Summary, colours: CurrencyColours) -> Plot:
    """Bars of each currency's share at both layers, split into national and third use."""
    shown, rest = colours.ranked[:_MOST_CURRENCIES], colours.ranked[_MOST_CURRENCIES:]
    height = 50 + 46 * max(2, len(shown))
    return Plot(
        name="currencies",
        title="Currencies at both layers",
        key=(
            "Pale bar: as customers instruct. Full bar: as accounts move. Plain: national by "
            "corridor. Hatched: third, used between two countries of which neither issues it. "
            f"Issued by a member: {_of_members(summary)}."
            + (f" Not shown: the {len(rest)} least used currencies." if rest else "")
        ),
        reading=readings.currencies(summary),
        figure=_currency_bars(summary, shown, colours, height) if shown else None,
        height=height,
    )


def _of_members(summary: Summary) -> str:
    used = (use for shares in summary.layers for use in shares.total.uses if use.by_member.orders)
    return ", ".join(sorted({use.currency.code for use in used})) or "none of them"


def _currency_bars(
    summary: Summary, shown: tuple[str, ...], colours: CurrencyColours, height: int
) -> str:
    ranks = {code: rank for rank, code in enumerate(shown)}
    traces = []
    largest = 0.0
    for shares, offset, strength in (
        (summary.instruction, -_HALF_BAR, Fraction(1, 2)),
        (summary.interbank, _HALF_BAR, Fraction(1)),
    ):
        bars = [
            _Bar(
                layer=shares.layer,
                code=use.currency.code,
                place=ranks[use.currency.code] + offset,
                colour=mixed(colours.colour(use.currency.code), strength),
                national=shares.total.national_share_of(use, Definition.BY_CORRIDOR) or Fraction(),
                whole=shares.total.share_of(use) or Fraction(),
            )
            for use in shares.total.uses
            if use.currency.code in ranks
        ]
        traces.extend([_national_parts(bars), _third_parts(bars), _bar_ends(bars)])
        largest = max([largest, *(float(bar.whole * 100) for bar in bars)])
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


@attrs.frozen(kw_only=True)
class _Bar:
    """One currency at one layer: exact shares of the value of all, and where the bar lies."""

    layer: Layer
    code: str
    place: float
    colour: str
    national: Fraction
    whole: Fraction

    def hover(self, part: Fraction, role: str) -> str:
        layer = _LAYER_WORDS[self.layer]
        return f"<b>{self.code}</b>, {layer}: {percent(part)} as a {role} currency by corridor"


def _national_parts(bars: list[_Bar]) -> go.Bar:
    hovers = [bar.hover(bar.national, "national") for bar in bars]
    return _parts(bars, [bar.national for bar in bars], [Fraction() for _ in bars], hovers, "")


def _third_parts(bars: list[_Bar]) -> go.Bar:
    thirds = [bar.whole - bar.national for bar in bars]
    hovers = [bar.hover(third, "third") for bar, third in zip(bars, thirds, strict=True)]
    return _parts(bars, thirds, [bar.national for bar in bars], hovers, "/")


def _parts(
    bars: list[_Bar],
    widths: list[Fraction],
    starts: list[Fraction],
    hovers: list[str],
    hatching: str,
) -> go.Bar:
    return go.Bar(
        orientation="h",
        y=[bar.place for bar in bars],
        x=[float(width * 100) for width in widths],
        base=[float(start * 100) for start in starts],
        width=1.8 * _HALF_BAR,
        hovertext=hovers,
        hovertemplate="%{hovertext}<extra></extra>",
        marker={
            "color": [bar.colour for bar in bars],
            "pattern": {"shape": hatching, "size": 6, "solidity": 0.4},
        },
    )


def _bar_ends(bars: list[_Bar]) -> go.Scatter:
    return go.Scatter(
        x=[float(bar.whole * 100) for bar in bars],
        y=[bar.place for bar in bars],
        mode="text",
        text=[f" {percent(bar.whole)}" for bar in bars],
        textposition="middle right",
        textfont={"size": 11},
        cliponaxis=False,
        hoverinfo="skip",
    )
