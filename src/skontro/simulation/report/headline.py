"""The row of key figures at the top of a report."""

import attrs

from skontro.simulation.report.wording import (
    count,
    duration,
    percent,
    plain_ratio,
    short_amount,
    times,
)
from skontro.statistics import NationalShare, Summary


@attrs.frozen
class KeyFigure:
    """One figure, what it is, and one line of context."""

    title: str
    figure: str
    context: str


def key_figures(summary: Summary) -> tuple[KeyFigure, ...]:
    """Six figures that answer: in whose currencies, how much, with what, how fast."""
    account = summary.account_currency
    turnover, liquidity, delay = (
        summary.turnover.total,
        summary.liquidity.total,
        summary.delay.total,
    )
    return (
        KeyFigure(
            "National-currency share, instruction",
            percent(summary.instruction.total.share),
            _concentration(summary.instruction.total),
        ),
        KeyFigure(
            "National-currency share, interbank",
            percent(summary.interbank.total.share),
            _concentration(summary.interbank.total),
        ),
        KeyFigure(
            "Value settled",
            short_amount(turnover.settled.total, account),
            f"{percent(turnover.settlement_ratio)} of the value submitted, "
            f"{count(turnover.settled.orders, 'order')}",
        ),
        KeyFigure(
            "Liquidity used",
            short_amount(liquidity.used, account),
            f"turned over {times(liquidity.turnover_ratio)}"
            if liquidity.used
            else "no balance fell below its opening",
        ),
        KeyFigure(
            "Mean delay by value",
            duration(delay.weighted_mean),
            f"delay indicator {plain_ratio(delay.indicator, 3)}",
        ),
        KeyFigure(
            "Returned",
            short_amount(turnover.returned.total, account),
            count(turnover.returned.orders, "order"),
        ),
    )


def _concentration(share: NationalShare) -> str:
    return f"concentration index {plain_ratio(share.concentration)}"
