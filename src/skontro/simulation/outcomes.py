"""What became of each order, read off the engine's events."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from skontro.engine import EventKind
from skontro.files import MOMENT, ORDERS, Scenario
from skontro.model import InvariantBroken, OrderStatus, ReasonCode

_FINAL: Final = {
    EventKind.SETTLED: OrderStatus.SETTLED,
    EventKind.REFUSED: OrderStatus.REFUSED,
    EventKind.RETURNED: OrderStatus.RETURNED,
    EventKind.CANCELLED: OrderStatus.CANCELLED,
}

#: An order's time before anything has happened to it.
_NEVER: Final = np.iinfo(np.int64).min


def order_outcomes(scenario: Scenario, events: npt.NDArray[Any]) -> pl.DataFrame:
    """A table with the columns `ORDERS`: the payments, and how each of them ended.

    Args:
        scenario: payment row i is order i.
        events: all of the engine's events of the period.

    Raises:
        InvariantBroken: an order ended twice or not at all.
    """
    count = scenario.payments.height
    final = events[np.isin(events["kind"], list(_FINAL))]
    ends = np.bincount(final["order"], minlength=count)
    if (ends != 1).any():
        order = int(np.flatnonzero(ends != 1)[0])
        raise InvariantBroken("an order ends once", f"order {order} ended {ends[order]} times")
    kind = np.zeros(count, np.int32)
    kind[final["order"]] = final["kind"]
    reason = np.zeros(count, np.int32)
    reason[final["order"]] = final["reason"]
    final_at = _times(final, count)
    queued_at = _times(events[events["kind"] == EventKind.QUEUED], count)
    settled_unqueued = (kind == EventKind.SETTLED) & (queued_at == _NEVER)
    outcome = pl.DataFrame(
        {
            "order": np.arange(count, dtype=np.int64),
            "kind": kind,
            "reason_number": reason,
            "entered_at": np.where(settled_unqueued, final_at, queued_at),
            "queued_at": queued_at,
            "final_at": final_at,
        }
    )
    return _named(pl.concat([scenario.payments, outcome], how="horizontal"), scenario)


def _times(events: npt.NDArray[Any], count: int) -> npt.NDArray[np.int64]:
    times = np.full(count, _NEVER, np.int64)
    times[events["order"]] = events["time"]
    return times


def _named(orders: pl.DataFrame, scenario: Scenario) -> pl.DataFrame:
    """Numbers replaced by names, and the countries and business date added."""
    country = {p.bic: p.country.alpha3 for p in scenario.directory.participants}
    reasons = {int(code): code.name for code in ReasonCode if code != ReasonCode.NONE}
    moments = [
        pl.when(pl.col(name) != _NEVER).then(pl.col(name)).cast(MOMENT).alias(name)
        for name in ("entered_at", "queued_at", "final_at")
    ]
    named = orders.with_columns(
        *moments,
        pl.col("kind")
        .replace_strict({int(k): str(s) for k, s in _FINAL.items()}, return_dtype=pl.String)
        .alias("status"),
        pl.when(pl.col("kind") == EventKind.SETTLED)
        .then(
            pl.when(pl.col("queued_at") == _NEVER).then(pl.lit("entry")).otherwise(pl.lit("queue"))
        )
        .alias("mechanism"),
        pl.lit(None, pl.Int64).alias("run"),
        pl.col("reason_number")
        .replace_strict(reasons, default=None, return_dtype=pl.String)
        .alias("reason"),
        pl.col("payer").replace_strict(country, return_dtype=pl.String).alias("payer_country"),
        pl.col("payee").replace_strict(country, return_dtype=pl.String).alias("payee_country"),
        _business_date(scenario),
    )
    return named.select(list(ORDERS))


def _business_date(scenario: Scenario) -> pl.Expr:
    """The date of the business day during which, or else before which, an order was submitted."""
    date: pl.Expr = pl.lit(scenario.business_days[-1].date)
    submitted = pl.col("submitted_at").to_physical()
    for day in reversed(scenario.business_days[:-1]):
        date = pl.when(submitted < day.closes_at).then(pl.lit(day.date)).otherwise(date)
    return date.alias("business_date")
