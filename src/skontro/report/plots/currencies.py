"""Plot of the currencies: each share at both layers, with national and third-currency use apart."""

from fractions import Fraction
from typing import Final

from skontro.report import captions
from skontro.report.drawing import Bar, BarChart, BarRow, LegendEntry, percent_axis
from skontro.report.formatting import percent
from skontro.report.palette import ACCENT, ACCENT_LIGHT, Plot
from skontro.statistics import CurrencyUse, Definition, Layer, LayerShares, Summary

_LAYER_WORDS: Final = {
    Layer.INSTRUCTION: "as customers instruct",
    Layer.INTERBANK: "as accounts move",
}
_COLOURS: Final = {Layer.INSTRUCTION: ACCENT_LIGHT, Layer.INTERBANK: ACCENT}
_MAX_CURRENCIES: Final = 16


def currency_plot(summary: Summary, ranked: tuple[str, ...]) -> Plot:
    """Bars of each currency's share at both layers, split into national and third use.

    Args:
        summary: summary of the period.
        ranked: codes of all currencies, most used first.
    """
    shown, rest = ranked[:_MAX_CURRENCIES], ranked[_MAX_CURRENCIES:]
    return Plot(
        name="currencies",
        title="Currencies at both layers",
        key=(
            "Plain: national by corridor. Hatched: third, used between two countries of which "
            f"neither issues it. Issued by a member: {_of_members(summary)}."
            + (f" Not shown: the {len(rest)} least used currencies." if rest else "")
        ),
        reading=captions.currencies(summary),
        figure=_currency_bars(summary, shown) if shown else None,
    )


def _of_members(summary: Summary) -> str:
    used = (use for shares in summary.layers for use in shares.total.uses if use.by_member.orders)
    return ", ".join(sorted({use.currency.code for use in used})) or "none of them"


def _currency_bars(summary: Summary, shown: tuple[str, ...]) -> BarChart:
    layers = (summary.instruction, summary.interbank)
    return BarChart(
        axis=percent_axis("Share of the value of all orders at the layer"),
        rows=tuple(_row(code, layers) for code in shown),
        legend=tuple(
            LegendEntry(
                text=f"{_LAYER_WORDS[layer].capitalize()}, {role}", colour=colour, hatching=hatching
            )
            for layer, colour in _COLOURS.items()
            for hatching, role in enumerate(("national by corridor", "third"))
        ),
        lanes=len(layers),
        row_height=38,
    )


def _row(code: str, layers: tuple[LayerShares, ...]) -> BarRow:
    bars: list[Bar] = []
    hover_lines = [code]
    for lane, shares in enumerate(layers):
        use = next((use for use in shares.total.uses if use.currency.code == code), None)
        if use is not None:
            bars.extend(_bars(shares, use, lane))
            national, whole = _parts(shares, use)
            words = _LAYER_WORDS[shares.layer]
            hover_lines.append(
                f"{words}: {percent(whole)}, of it {percent(national)} national by corridor"
            )
    return BarRow(name=code, bars=tuple(bars), hover="\n".join(hover_lines))


def _bars(shares: LayerShares, use: CurrencyUse, lane: int) -> tuple[Bar, Bar]:
    national, whole = _parts(shares, use)
    colour = _COLOURS[shares.layer]
    # Floats are lengths in a plot.
    return (
        Bar(length=float(national * 100), colour=colour, lane=lane),
        Bar(
            start=float(national * 100),
            length=float((whole - national) * 100),
            colour=colour,
            hatching=1,
            lane=lane,
            text=percent(whole),
        ),
    )


def _parts(shares: LayerShares, use: CurrencyUse) -> tuple[Fraction, Fraction]:
    """A currency's part of all value: as a national currency, and in total."""
    total = shares.total
    return (
        total.national_share_of(use, Definition.BY_CORRIDOR) or Fraction(),
        total.share_of(use) or Fraction(),
    )
