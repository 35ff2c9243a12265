"""The figures of a period in one object, for a terminal, a file or a report."""

import datetime
from collections.abc import Mapping

import attrs

from skontro.files.period import Results
from skontro.model import Currency, Rate
from skontro.statistics.delay import DelayStatistics, measure_delay
from skontro.statistics.liquidity import LiquidityStatistics, measure_liquidity
from skontro.statistics.shares import Layer, LayerShares, national_currency_share
from skontro.statistics.turnover import TurnoverStatistics, measure_turnover


@attrs.frozen(kw_only=True)
class Summary:
    """Every figure of a period; values are in minor units of the currency of account.

    Attributes:
        name: one line for titles.
        dates: the business days.
        account_currency: what values are in.
        rates: what they were valued at.
        provenance: where the data came from, key to one line of text.
        instruction, interbank: national-currency share at the two layers.
        turnover, liquidity, delay: as their own modules define them.
    """

    name: str
    dates: tuple[datetime.date, ...]
    account_currency: Currency
    rates: tuple[Rate, ...]
    provenance: Mapping[str, str]
    instruction: LayerShares
    interbank: LayerShares
    turnover: TurnoverStatistics
    liquidity: LiquidityStatistics
    delay: DelayStatistics


def summarise(results: Results) -> Summary:
    """All figures of a period.

    Raises:
        InputError: an order does not belong in a settled period, or a currency has no rate.
        InvariantBroken: a table contradicts itself.
    """
    return Summary(
        name=results.name,
        dates=tuple(day.date for day in results.business_days),
        account_currency=results.rates.account_currency,
        rates=results.rates.rates,
        provenance=results.provenance,
        instruction=national_currency_share(results, Layer.INSTRUCTION),
        interbank=national_currency_share(results, Layer.INTERBANK),
        turnover=measure_turnover(results),
        liquidity=measure_liquidity(results),
        delay=measure_delay(results),
    )
