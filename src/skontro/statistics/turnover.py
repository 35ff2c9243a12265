"""Turnover: number and value of submitted orders, by outcome."""

from collections.abc import Iterable
from fractions import Fraction

import attrs
import polars as pl

from skontro.files.period import Results
from skontro.model import Currency, RateTable, find_currency
from skontro.model.order import OrderStatus
from skontro.statistics.exact import ratio, sum_of
from skontro.statistics.period_orders import period_orders


@attrs.frozen
class Tally:
    """Number and total of orders.

    Attributes:
        orders: number of orders.
        total: minor units of the currency that the holder of the tally names.
    """

    orders: int = 0
    total: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.orders + other.orders, self.total + other.total)


@attrs.frozen
class Turnover:
    """Submitted orders by outcome; every submitted order has one of the outcomes."""

    submitted: Tally = Tally()
    settled: Tally = Tally()
    returned: Tally = Tally()
    cancelled: Tally = Tally()
    rejected: Tally = Tally()

    @property
    def settlement_ratio(self) -> Fraction | None:
        """Value settled over value submitted; None if nothing was submitted."""
        return ratio(self.settled.total, self.submitted.total)


@attrs.frozen
class CurrencyTurnover:
    """Turnover in one currency: in its minor units, and valued in the currency of account."""

    currency: Currency
    turnover: Turnover
    valued: Turnover


@attrs.frozen
class TurnoverStatistics:
    """Turnover of a period.

    Attributes:
        total: valued in the currency of account, the sum of the currencies.
        currencies: by code.
    """

    total: Turnover
    currencies: tuple[CurrencyTurnover, ...]


def measure_turnover(results: Results) -> TurnoverStatistics:
    """Number and value of orders submitted, settled, returned, cancelled and rejected.

    Raises:
        InputError: an order does not belong in a settled period, or a currency has no rate.
    """
    sums = (
        period_orders(results)
        .group_by("currency", "status")
        .agg(pl.len().cast(pl.Int64).alias("orders"), sum_of("amount_minor").alias("minor"))
        .sort("currency", "status")
    )
    tallies: dict[str, dict[str, Tally]] = {}
    for code, status, orders, minor in sums.iter_rows():
        tallies.setdefault(code, {})[status] = Tally(orders, minor)
    currencies = tuple(
        _currency_turnover(find_currency(code), by_status, results.rates)
        for code, by_status in tallies.items()
    )
    return TurnoverStatistics(_sum(part.valued for part in currencies), currencies)


def _currency_turnover(
    currency: Currency, tallies: dict[str, Tally], rates: RateTable
) -> CurrencyTurnover:
    turnover = Turnover(
        submitted=sum(tallies.values(), Tally()),
        settled=tallies.get(OrderStatus.SETTLED, Tally()),
        returned=tallies.get(OrderStatus.RETURNED, Tally()),
        cancelled=tallies.get(OrderStatus.CANCELLED, Tally()),
        rejected=tallies.get(OrderStatus.REJECTED, Tally()),
    )
    valued = Turnover(
        **{
            name: Tally(tally.orders, rates.value(tally.total, currency))
            for name, tally in attrs.asdict(turnover, recurse=False).items()
        }
    )
    return CurrencyTurnover(currency, turnover, valued)


def _sum(parts: Iterable[Turnover]) -> Turnover:
    total = Turnover()
    for part in parts:
        total = Turnover(
            submitted=total.submitted + part.submitted,
            settled=total.settled + part.settled,
            returned=total.returned + part.returned,
            cancelled=total.cancelled + part.cancelled,
            rejected=total.rejected + part.rejected,
        )
    return total
