"""The figures of a period in one object, for terminal, file and report."""

import datetime
from collections.abc import Mapping
from fractions import Fraction

import attrs

from skontro.files.notebook import counted, html_table, with_plot
from skontro.files.period import Results
from skontro.model import Country, Currency, Rate
from skontro.statistics.delay import DelayStatistics, measure_delay
from skontro.statistics.exact import decimal_text
from skontro.statistics.funding import (
    CreditEffect,
    ResidualFunding,
    credit_effect,
    residual_funding,
)
from skontro.statistics.layers import Layer
from skontro.statistics.liquidity import LiquidityStatistics, measure_liquidity
from skontro.statistics.nationality import group_of
from skontro.statistics.shares import LayerShares, national_currency_share
from skontro.statistics.turnover import TurnoverStatistics, measure_turnover


@attrs.frozen(kw_only=True)
class Summary:
    """Every figure of a period; values are in minor units of the currency of account.

    Attributes:
        name: one line for titles.
        dates: the business days.
        account_currency: currency of values.
        rates: rates of the values.
        provenance: sources of the data, one line of text for each key.
        group: countries whose currencies are national by member.
        instruction, interbank: national-currency share at the two layers of orders.
        residual: that of the third layer; None without netting cycles.
        credit: currencies with intraday credit, and the effect on the share.
        turnover, liquidity, delay: as their own modules define them.

    Example:
        >>> import skontro as sk
        >>> from skontro.testing import small_day
        >>> sk.summarise(sk.settle(small_day())).liquidity.total.used
        7000
    """

    name: str
    dates: tuple[datetime.date, ...]
    account_currency: Currency
    rates: tuple[Rate, ...]
    provenance: Mapping[str, str]
    group: tuple[Country, ...]
    instruction: LayerShares
    interbank: LayerShares
    residual: ResidualFunding | None
    credit: CreditEffect
    turnover: TurnoverStatistics
    liquidity: LiquidityStatistics
    delay: DelayStatistics

    @property
    def layers(self) -> tuple[LayerShares, ...]:
        """The available layers, in order."""
        third = () if self.residual is None else (self.residual.shares,)
        return (self.instruction, self.interbank, *third)

    def __repr__(self) -> str:
        return f"<Summary {self.name!r}: {self._size()}>"

    def _size(self) -> str:
        total = self.turnover.total
        return f"{total.settled.orders:,} of {counted(total.submitted.orders, 'order')} settled"

    def _repr_html_(self) -> str:
        """For notebooks: national-currency share by layer and definition, and its currencies."""
        rows = [
            (
                shares.layer.value,
                f"{shares.total.orders:,}",
                _percent(shares.total.by_corridor.share),
                _percent(shares.total.by_member.share),
            )
            for shares in self.layers
        ]
        head = ("National-currency share", "Payments", "By corridor", "By member")
        ratio = _percent(self.turnover.total.settlement_ratio)
        delay = _percent(self.delay.total.indicator)
        note = f"{self._size()}; settlement ratio {ratio}, delay indicator {delay}"
        return with_plot(self, html_table(self.name, note, head, rows))


def _percent(share: Fraction | None) -> str:
    return "" if share is None else f"{decimal_text(share * 100, 1)}%"


def summarise(results: Results) -> Summary:
    """All figures of a period.

    Raises:
        InputError: an order does not belong in a settled period, or a currency has no rate.
        InvariantBroken: a table contradicts itself.
    """
    interbank = national_currency_share(results, Layer.INTERBANK)
    return Summary(
        name=results.name,
        dates=tuple(day.date for day in results.business_days),
        account_currency=results.rates.account_currency,
        rates=results.rates.rates,
        provenance=results.provenance,
        group=group_of(results),
        instruction=national_currency_share(results, Layer.INSTRUCTION),
        interbank=interbank,
        residual=None if results.netting is None else residual_funding(results, interbank.total),
        credit=credit_effect(results, interbank.total),
        turnover=measure_turnover(results),
        liquidity=measure_liquidity(results),
        delay=measure_delay(results),
    )
