"""The business day in steps: submitted, settled and queued value."""

from typing import Final

import polars as pl

from skontro.files.period import Results
from skontro.files.tables import TIMESTAMP, TOTAL
from skontro.model import SECOND, BusinessDay, InputError, RateTable, find_currency
from skontro.model.order import OrderStatus
from skontro.statistics.period_orders import period_orders

#: Five minutes, in the unit of every timestamp.
FIVE_MINUTES: Final = 300 * SECOND

#: One row for each business day, time and currency; ``*_value`` in minor units of the currency
#: of account. ``submitted_*`` and ``settled_*`` count from the opening of the day.
TIMELINE: Final = pl.Schema(
    {
        "business_date": pl.Date(),
        "observed_at": TIMESTAMP,
        "currency": pl.String(),
        "queued_orders": pl.Int64(),
        "queued_minor": TOTAL,
        "queued_value": TOTAL,
        "submitted_minor": TOTAL,
        "submitted_value": TOTAL,
        "settled_minor": TOTAL,
        "settled_value": TOTAL,
    }
)

#: The same for all currencies together, one row for each business day and time.
TOTAL_TIMELINE: Final = pl.Schema(
    {
        "business_date": pl.Date(),
        "observed_at": TIMESTAMP,
        "queued_orders": pl.Int64(),
        "queued_value": TOTAL,
        "submitted_value": TOTAL,
        "settled_value": TOTAL,
    }
)

_MINOR: Final = ("queued_minor", "submitted_minor", "settled_minor")


def timeline(results: Results, step: int = FIVE_MINUTES) -> pl.DataFrame:
    """The state at the opening, after every step, and at the end of each business day.

    An order is in the queue at a time when it joined at or before it and became final after it;
    so at the end of the day, when what is left is returned, the queue is empty. An order counts as
    submitted from its submission, as settled from its settlement; rejected orders never count.

    Args:
        results: the period.
        step: microseconds between two times.

    Returns:
        A table with the columns `TIMELINE`, by date, time and currency code.

    Raises:
        InputError: the step is not positive, an order does not belong in a settled period, or a
            currency has no rate.
    """
    if step <= 0:
        raise InputError(f"step between two times: {step} is not greater than zero")
    orders = period_orders(results).filter(pl.col("status") != OrderStatus.REJECTED.value)
    grid = _grid(results, sorted(orders["currency"].unique()), step)
    counted = (
        pl.concat(_changes(orders, results.business_days, step))
        .group_by("business_date", "step", "currency")
        .agg(pl.all().sum())
    )
    keys = ["business_date", "step", "currency"]
    states = (
        grid.join(counted, on=keys, how="left")
        .sort(keys)
        .with_columns(
            pl.col("queued_orders", *_MINOR)
            .fill_null(0)
            .cum_sum()
            .over("business_date", "currency")
        )
    )
    return _valued(states, results.rates).select(TIMELINE.names()).cast(TIMELINE)


def total_timeline(table: pl.DataFrame) -> pl.DataFrame:
    """All currencies of a timeline together, with the columns `TOTAL_TIMELINE`.

    Args:
        table: the result of `timeline`, or its rows of some currencies.
    """
    return (
        table.group_by("business_date", "observed_at")
        .agg(
            pl.col("queued_orders").sum(),
            *(
                pl.col(column).cast(pl.Int128).sum()
                for column in ("queued_value", "submitted_value", "settled_value")
            ),
        )
        .sort("business_date", "observed_at")
        .cast(TOTAL_TIMELINE)
    )


def _timestamps(day: BusinessDay, step: int) -> list[int]:
    return [*range(day.opens_at, day.closes_at, step), day.closes_at]


def _grid(results: Results, currencies: list[str], step: int) -> pl.DataFrame:
    rows = [
        (day.date, number, timestamp)
        for day in results.business_days
        for number, timestamp in enumerate(_timestamps(day, step))
    ]
    schema = {"business_date": pl.Date(), "step": pl.Int64(), "observed_at": TIMESTAMP}
    timestamps = pl.DataFrame(rows, schema=schema, orient="row")
    return timestamps.join(
        pl.DataFrame({"currency": currencies}, schema={"currency": pl.String}), how="cross"
    )


def _changes(orders: pl.DataFrame, days: tuple[BusinessDay, ...], step: int) -> list[pl.DataFrame]:
    """Change by each order at its first and last visible time."""
    waited = orders.filter(pl.col("queued").is_not_null())
    settled = orders.filter(pl.col("status") == OrderStatus.SETTLED.value)
    return [
        _change(waited, days, step, "queued", queued=1),
        _change(waited, days, step, "final", queued=-1),
        _change(orders, days, step, "submitted", submitted=1),
        _change(settled, days, step, "final", settled=1),
    ]


def _change(
    orders: pl.DataFrame,
    days: tuple[BusinessDay, ...],
    step: int,
    timestamp: str,
    *,
    queued: int = 0,
    submitted: int = 0,
    settled: int = 0,
) -> pl.DataFrame:
    opens = {day.date: day.opens_at for day in days}
    last = {day.date: len(_timestamps(day, step)) - 1 for day in days}
    date = pl.col("business_date")
    since = pl.col(timestamp) - date.replace_strict(opens, return_dtype=pl.Int64)
    minor = pl.col("amount_minor").cast(pl.Int128)
    return orders.select(
        date,
        ((since + (step - 1)) // step)
        .clip(0, date.replace_strict(last, return_dtype=pl.Int64))
        .alias("step"),
        "currency",
        pl.lit(queued, dtype=pl.Int64).alias("queued_orders"),
        (minor * queued).alias("queued_minor"),
        (minor * submitted).alias("submitted_minor"),
        (minor * settled).alias("settled_minor"),
    )


def _valued(states: pl.DataFrame, rates: RateTable) -> pl.DataFrame:
    currencies = [find_currency(code) for code in states["currency"]]
    return states.with_columns(
        pl.Series(
            column.replace("minor", "value"),
            [
                rates.value(minor, currency)
                for minor, currency in zip(states[column], currencies, strict=True)
            ],
            dtype=pl.Int128,
        )
        for column in _MINOR
    )
