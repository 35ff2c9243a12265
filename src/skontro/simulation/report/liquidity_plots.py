"""Plot of liquidity by participant."""

from typing import Final

import plotly.graph_objects as go

from skontro.model import Currency
from skontro.simulation.report import readings
from skontro.simulation.report.palette import ACCENT, AVAILABLE, INK, WARM
from skontro.simulation.report.plot import Plot, as_figure, axis, label, shortened
from skontro.simulation.report.wording import Scale, count, plain_ratio, short_amount, times
from skontro.statistics import Liquidity, ParticipantLiquidity, Summary

_MOST_PARTICIPANTS: Final = 25


def liquidity_plot(summary: Summary) -> Plot:
    """Liquidity used against available, with bounds, by participant."""
    ranked = sorted(summary.liquidity.participants, key=_use_first)
    rows, rest = ranked[:_MOST_PARTICIPANTS], ranked[_MOST_PARTICIPANTS:]
    height = 110 + 27 * len(rows)
    return Plot(
        name="liquidity",
        title="Liquidity by participant",
        key=(
            "Largest users first. Beside each name: how often the liquidity it used turned over."
            + _of_others(summary, rest)
        ),
        reading=readings.liquidity(summary),
        figure=_liquidity_bars(summary, rows, height) if rows else None,
        height=height,
    )


def _of_others(summary: Summary, rest: list[ParticipantLiquidity]) -> str:
    """The smaller users together; as a bar their sum would dwarf those that are named."""
    if not rest:
        return ""
    total = sum((part.liquidity for part in rest), Liquidity())
    account = summary.account_currency
    return (
        f" Not shown: {count(len(rest), 'other participant')}, which together used "
        f"{short_amount(total.used, account)} of {short_amount(total.available, account)} "
        f"available."
    )


def _use_first(part: ParticipantLiquidity) -> tuple[int, int, str]:
    return (-part.liquidity.used, -part.liquidity.available, part.bic)


def _liquidity_bars(summary: Summary, rows: list[ParticipantLiquidity], height: int) -> str:
    figures = [part.liquidity for part in rows]
    largest = max(max(f.available, f.used, f.upper_bound) for f in figures)
    scale = Scale.fitting(largest, summary.account_currency)
    hovers = [_hover(part, summary.account_currency) for part in rows]
    return as_figure(
        [
            _bars("Available", [scale.coordinate(f.available) for f in figures], AVAILABLE, hovers),
            _bars("Used", [scale.coordinate(f.used) for f in figures], ACCENT, hovers),
            _marks("Lower bound", [scale.coordinate(f.lower_bound) for f in figures], WARM),
            _marks("Upper bound", [scale.coordinate(f.upper_bound) for f in figures], INK),
        ],
        height,
        barmode="overlay",
        margin={"l": 8, "r": 18, "t": 44, "b": 8},
        xaxis=axis(scale.label, range=[0, scale.coordinate(largest) * 1.03 or 1], tickformat=",~g"),
        yaxis=axis(
            range=[len(rows) - 0.4, -0.6],
            showgrid=False,
            tickvals=list(range(len(rows))),
            ticktext=[
                f"{label(shortened(part.name))}  <b>{_turned_over(part.liquidity)}</b>"
                for part in rows
            ],
        ),
    )


def _bars(name: str, lengths: list[float], colour: str, hovers: list[str]) -> go.Bar:
    return go.Bar(
        orientation="h",
        name=name,
        y=list(range(len(lengths))),
        x=lengths,
        width=0.72 if colour == AVAILABLE else 0.4,
        marker={"color": colour},
        hovertext=hovers,
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _marks(name: str, places: list[float], colour: str) -> go.Scatter:
    return go.Scatter(
        mode="markers",
        name=name,
        y=list(range(len(places))),
        x=places,
        marker={"symbol": "line-ns", "size": 13, "line": {"width": 2, "color": colour}},
        hoverinfo="skip",
        cliponaxis=False,
    )


def _hover(part: ParticipantLiquidity, account: Currency) -> str:
    figures = part.liquidity
    return "<br>".join(
        [
            f"<b>{label(part.name)} ({part.bic})</b>",
            f"available: {short_amount(figures.available, account)}",
            f"used: {short_amount(figures.used, account)}, of it credit "
            f"{short_amount(figures.credit_used, account)}",
            f"settled: {short_amount(figures.settled, account)}, turned over "
            f"{times(figures.turnover_ratio)}",
            f"lower bound: {short_amount(figures.lower_bound, account)}",
            f"upper bound: {short_amount(figures.upper_bound, account)}",
        ]
    )


def _turned_over(liquidity: Liquidity) -> str:
    ratio = liquidity.turnover_ratio
    return "unused" if ratio is None else f"{plain_ratio(ratio, 1)}×"  # noqa: RUF001
