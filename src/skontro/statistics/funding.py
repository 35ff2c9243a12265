"""Available credit, and residual payments after netting: two figures in addition to the layers."""

from enum import StrEnum
from fractions import Fraction

import attrs

from skontro.files.period import Results
from skontro.model import find_country, find_currency
from skontro.statistics.exact import ratio
from skontro.statistics.layers import Layer
from skontro.statistics.nationality import Definition
from skontro.statistics.shares import (
    CurrencyShares,
    LayerShares,
    national_currency_share,
    shares_before_returns,
)


class CreditLines(StrEnum):
    """Currencies in which accounts have intraday credit."""

    NONE = "none"
    HOME_ONLY = "home_currencies_only"
    OTHERS_TOO = "other_currencies_too"


@attrs.frozen
class CreditEffect:
    """Effect of scarce cover on the interbank share: returned orders are missing from it.

    Attributes:
        credit_lines: currencies with intraday credit.
        before_returns: all accepted orders in the currencies of settlement.
        settled: those of them that settled, the interbank layer.
    """

    credit_lines: CreditLines
    before_returns: CurrencyShares
    settled: CurrencyShares

    @property
    def lifts_share(self) -> bool:
        """Whether returns raised the interbank share, by either definition."""
        return any(
            (self.settled.national(one).share or 0) > (self.before_returns.national(one).share or 0)
            for one in Definition
        )


def credit_effect(results: Results, settled: CurrencyShares) -> CreditEffect:
    """The effect of credit on the interbank share of a period, whose total is given."""
    return CreditEffect(credit_lines(results), shares_before_returns(results), settled)


def credit_lines(results: Results) -> CreditLines:
    """Whether credit lines exist only in currencies that the holder's country issues.

    If so, orders in third currencies find less cover, more of them are returned, and the interbank
    share rises above the instruction share.
    """
    kinds = set()
    names = ("country", "currency", "credit_line_minor")
    dates = [day.date for day in results.business_days]
    for country, code, line in results.accounts.select(names).iter_rows():
        if line:
            issuer, currency = find_country(country), find_currency(code)
            kinds.add(all(issuer.issues(currency, date) for date in dates))
    if not kinds:
        return CreditLines.NONE
    return CreditLines.HOME_ONLY if kinds == {True} else CreditLines.OTHERS_TOO


@attrs.frozen
class ResidualFunding:
    """The third layer: net positions of cycles, and their final payment.

    Attributes:
        shares: shares of the net positions.
        gross_trade: value of the orders that the cycles settled.
    """

    shares: LayerShares
    gross_trade: int

    def share_of_net_positions(self, definition: Definition) -> Fraction | None:
        """National part of the net positions: how the residual itself was funded."""
        return self.shares.total.national(definition).share

    def share_of_gross_trade(self, definition: Definition) -> Fraction | None:
        """Part of the orders' value that needed no third currency in the end.

        Netting makes net positions small, so this is far above `share_of_net_positions` wherever
        much is netted. ``skontro explore`` measures this one.
        """
        third = self.shares.total.national(definition).third
        return ratio(self.gross_trade - third, self.gross_trade)


def residual_funding(results: Results, settled: CurrencyShares) -> ResidualFunding:
    """The third layer of a period of netting cycles, whose interbank total is given."""
    shares = national_currency_share(results, Layer.RESIDUAL)
    return ResidualFunding(shares, settled.value)
