"""The orders of a period with the times and layers that all statistics need."""

from typing import Final
from weakref import finalize

import polars as pl

from skontro.files.period import Results
from skontro.model import InputError
from skontro.model.order import OrderStatus

_FINAL: Final = (
    OrderStatus.SETTLED,
    OrderStatus.RETURNED,
    OrderStatus.CANCELLED,
    OrderStatus.REJECTED,
)
_MOMENTS: Final = {
    "submitted": "submitted_at",
    "entered": "entered_at",
    "queued": "queued_at",
    "final": "final_at",
}


#: Every statistic asks for the table of its results; it is kept as long as these are.
_known: Final[dict[int, pl.DataFrame]] = {}


def period_orders(results: Results) -> pl.DataFrame:
    """The table of orders with times as integers and the two layers side by side.

    Added columns: ``submitted``, ``entered``, ``queued``, ``final`` (microseconds since 1970 in
    UTC, null as in the table), ``closes`` (end of the order's business day),
    ``instruction_currency``, ``instruction_minor`` (the customers' amount, else the order's).

    Raises:
        InputError: an order is not final, lies outside the business days, or has an instructed
            currency without an instructed amount.
    """
    key = id(results)
    if key not in _known:
        _known[key] = _with_times_and_layers(results)
        finalize(results, _known.pop, key, None)
    return _known[key]


def _with_times_and_layers(results: Results) -> pl.DataFrame:
    orders = results.orders
    _refuse_unfinished(orders)
    closes = {day.date: day.closes_at for day in results.business_days}
    orders = orders.with_columns(
        *(pl.col(column).dt.epoch("us").alias(name) for name, column in _MOMENTS.items()),
        pl.col("business_date")
        .replace_strict(closes, default=None, return_dtype=pl.Int64)
        .alias("closes"),
        pl.coalesce("instructed_currency", "currency").alias("instruction_currency"),
        pl.when(pl.col("instructed_currency").is_null())
        .then("amount_minor")
        .otherwise("instructed_amount_minor")
        .alias("instruction_minor"),
    )
    _refuse_incomplete(orders)
    return orders


def demanded() -> pl.Expr:
    """Orders that asked for liquidity: entered, and settled or returned; not those withdrawn."""
    wanted = pl.col("status").is_in([OrderStatus.SETTLED.value, OrderStatus.RETURNED.value])
    return wanted & pl.col("entered").is_not_null()


def _refuse_unfinished(orders: pl.DataFrame) -> None:
    unfinished = orders.filter(~pl.col("status").is_in([status.value for status in _FINAL]))
    if not unfinished.is_empty():
        uetr, status = unfinished.row(0, named=True)["uetr"], unfinished["status"][0]
        raise InputError(
            f"table orders: order {uetr}: status {status!r} is not final; statistics are of a "
            "period that has ended"
        )


def _refuse_incomplete(orders: pl.DataFrame) -> None:
    for column, problem in (
        ("closes", "business_date is not one of the business days"),
        ("instruction_minor", "instructed_amount_minor is missing next to instructed_currency"),
    ):
        incomplete = orders.filter(pl.col(column).is_null())
        if not incomplete.is_empty():
            raise InputError(f"table orders: order {incomplete['uetr'][0]}: {problem}")
