"""The key figures at the top of a report."""

import attrs

from skontro.model import Currency
from skontro.report.formatting import (
    LAYER_WORDS,
    SHARE_OF,
    count,
    duration,
    percent,
    plain_ratio,
    short_amount,
    times,
)
from skontro.statistics import LayerShares, Summary


@attrs.frozen
class KeyFigure:
    """One figure, its title, and one line of context.

    Attributes:
        title: name of the figure.
        figure: the number.
        context: value to compare it with.
        before, after: the currency and the unit, where the figure is an amount.
    """

    title: str
    figure: str
    context: str
    before: str = ""
    after: str = ""

    @classmethod
    def amount(cls, title: str, minor: int, currency: Currency, context: str) -> "KeyFigure":
        """A figure that is an amount."""
        code, number, *unit = short_amount(minor, currency).split(" ")
        return cls(title, number, context, code, " ".join(unit))


def key_figures(summary: Summary) -> tuple[KeyFigure, ...]:
    """The key figures: national-currency share, turnover, liquidity, delay."""
    account = summary.account_currency
    turnover, liquidity, delay = (
        summary.turnover.total,
        summary.liquidity.total,
        summary.delay.total,
    )
    return (
        *(_share(shares) for shares in summary.layers),
        KeyFigure.amount(
            "Value settled",
            turnover.settled.total,
            account,
            f"{percent(turnover.settlement_ratio)} of the value submitted, "
            f"{count(turnover.settled.orders, 'order')}"
            if turnover.submitted.orders
            else "no order was submitted",
        ),
        KeyFigure.amount(
            "Liquidity used",
            liquidity.used,
            account,
            f"turned over {times(liquidity.turnover_ratio)}"
            if liquidity.used
            else "no balance fell below its opening",
        ),
        KeyFigure(
            "Mean delay by value",
            duration(delay.weighted_mean),
            "no order to measure"
            if delay.indicator is None
            else f"delay indicator {percent(delay.indicator)}",
        ),
        KeyFigure.amount(
            "Returned",
            turnover.returned.total,
            account,
            count(turnover.returned.orders, "order"),
        ),
    )


def _share(shares: LayerShares) -> KeyFigure:
    """The share of a layer by corridor, and next to it by member."""
    total = shares.total
    layer = f"{LAYER_WORDS[shares.layer]}, {SHARE_OF[shares.layer]}"
    return KeyFigure(
        f"National by corridor, {layer}",
        percent(total.by_corridor.share),
        "no order to measure"
        if total.by_corridor.share is None
        else f"by member {percent(total.by_member.share)}; "
        f"concentration index {plain_ratio(total.concentration)}",
    )
