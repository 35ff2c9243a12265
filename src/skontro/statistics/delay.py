"""Delay: time that orders wait from submission to settlement.

Times are whole microseconds and amounts whole minor units until the last division.

Source of the delay indicator: H. Leinonen and K. Soramäki, Optimizing liquidity usage and
settlement speed in payment systems, Bank of Finland Discussion Papers 16/1999.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

import attrs
import polars as pl

from skontro.files.period import Results
from skontro.model import PaymentClass, RateTable
from skontro.model.order import OrderStatus
from skontro.statistics.exact import nearest_rank, ratio, sum_of, sum_of_products, valued
from skontro.statistics.period_orders import demanded, period_orders
from skontro.statistics.turnover import Tally

_MEDIAN: Final = Fraction(1, 2)
_PERCENTILE_95: Final = Fraction(95, 100)


@attrs.frozen
class Quantiles:
    """Quantiles by nearest rank of the delays of orders, in microseconds; None without orders."""

    median: int | None = None
    percentile_95: int | None = None
    longest: int | None = None


@attrs.frozen
class Delay:
    """Delay of a set of orders.

    Attributes:
        at_once: orders settled without waiting in the queue, valued.
        after_queuing: orders settled from the queue, valued.
        weighted_mean: mean delay of the settled orders weighted by value, in microseconds.
        indicator: value times waiting time, in value times the time to the end of the day: 0 when
            everything settles at once, 1 when nothing settles. A returned order counts as having
            waited to the end of the day.
        of_settled: quantiles over all settled orders, each order counted once.
        of_queued: the same over those settled from the queue.
    """

    at_once: Tally
    after_queuing: Tally
    weighted_mean: Fraction | None
    indicator: Fraction | None
    of_settled: Quantiles
    of_queued: Quantiles


@attrs.frozen
class ClassDelay:
    """Delay of the orders of one payment class."""

    payment_class: PaymentClass
    delay: Delay


@attrs.frozen
class DelayStatistics:
    """Delay of a period: of all orders, and of each of the three classes."""

    total: Delay
    classes: tuple[ClassDelay, ...]


def delays(results: Results) -> pl.DataFrame:
    """The orders that asked for liquidity, with the time that each waited.

    Returns:
        Rows of settled and returned orders that entered, in order of the orders' table, with
        ``payment_class``, ``currency``, ``amount_minor``, ``settled`` and ``from_queue``
        (booleans), and in microseconds ``waited`` (from entering to settlement, for a returned
        order to the end of the day) and ``to_close`` (from entering to the end of the day).
    """
    settled = pl.col("status") == OrderStatus.SETTLED.value
    until = pl.when(settled).then("final").otherwise("closes")
    return (
        period_orders(results)
        .filter(demanded())
        .select(
            "payment_class",
            "currency",
            "amount_minor",
            settled.alias("settled"),
            pl.col("queued").is_not_null().alias("from_queue"),
            (until - pl.col("entered")).alias("waited"),
            (pl.col("closes") - pl.col("entered")).alias("to_close"),
        )
    )


def measure_delay(results: Results) -> DelayStatistics:
    """Delay of all orders and by payment class.

    Raises:
        InputError: an order does not belong in a settled period, or a currency has no rate.
    """
    waits = delays(results)
    return DelayStatistics(
        total=_delay(waits, results.rates),
        classes=tuple(
            ClassDelay(
                payment_class,
                _delay(
                    waits.filter(pl.col("payment_class") == payment_class.name.lower()),
                    results.rates,
                ),
            )
            for payment_class in PaymentClass
        ),
    )


def _delay(waits: pl.DataFrame, rates: RateTable) -> Delay:
    settled = waits.filter("settled")
    queued = settled.filter("from_queue")
    return Delay(
        at_once=_tally(settled.filter(~pl.col("from_queue")), rates),
        after_queuing=_tally(queued, rates),
        weighted_mean=_weighted_mean(settled, rates),
        indicator=_indicator(waits, rates),
        of_settled=_quantiles(settled["waited"]),
        of_queued=_quantiles(queued["waited"]),
    )


def _tally(orders: pl.DataFrame, rates: RateTable) -> Tally:
    totals = _totals(orders, sum_of("amount_minor"))
    return Tally(orders.height, valued(rates, totals))


def _weighted_mean(settled: pl.DataFrame, rates: RateTable) -> Fraction | None:
    waited = valued(rates, _totals(settled, sum_of_products("amount_minor", "waited")))
    return ratio(waited, valued(rates, _totals(settled, sum_of("amount_minor"))))


def _indicator(waits: pl.DataFrame, rates: RateTable) -> Fraction | None:
    waited = valued(rates, _totals(waits, sum_of_products("amount_minor", "waited")))
    return ratio(waited, valued(rates, _totals(waits, sum_of_products("amount_minor", "to_close"))))


def _totals(orders: pl.DataFrame, total: pl.Expr) -> dict[str, int]:
    rows: Iterable[tuple[str, int]] = (
        orders.group_by("currency").agg(total.alias("total")).sort("currency").iter_rows()
    )
    return dict(rows)


def _quantiles(waited: pl.Series) -> Quantiles:
    ascending = waited.sort()
    return Quantiles(
        median=nearest_rank(ascending, _MEDIAN),
        percentile_95=nearest_rank(ascending, _PERCENTILE_95),
        longest=None if ascending.is_empty() else int(ascending[-1]),
    )
