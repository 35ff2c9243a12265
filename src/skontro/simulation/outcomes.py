"""What became of each order, read off the engine's events."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from skontro.engine import REASON_OF_ALGORITHM, Engine, EventKind
from skontro.files import MOMENT, ORDERS, Scenario
from skontro.model import Algorithm, InvariantBroken, OrderStatus, ReasonCode
from skontro.simulation.runs import SIMULTANEOUS, places_of_runs

_FINAL: Final = {
    EventKind.SETTLED: OrderStatus.SETTLED,
    EventKind.REFUSED: OrderStatus.REFUSED,
    EventKind.RETURNED: OrderStatus.RETURNED,
    EventKind.CANCELLED: OrderStatus.CANCELLED,
}

#: Of an order that no run settled.
NO_RUN: Final = -1

#: An order's time before anything has happened to it.
_NEVER: Final = np.iinfo(np.int64).min


def order_outcomes(
    scenario: Scenario,
    events: npt.NDArray[Any],
    runs: npt.NDArray[Any],
    engine: Engine,
) -> pl.DataFrame:
    """A table with the columns `ORDERS`: the payments, and how each of them ended.

    Args:
        scenario: payment row i is order i.
        events, runs: all of the engine's of the period.
        engine: gives the numbers of currencies.

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
            "run": _runs_of_orders(scenario, events, runs, engine),
        }
    )
    orders = pl.concat([scenario.payments, outcome], how="horizontal")
    orders = orders.join(scenario.rows, on="uetr", how="left", maintain_order="left")
    return _named(orders, scenario)


def _times(events: npt.NDArray[Any], count: int) -> npt.NDArray[np.int64]:
    times = np.full(count, _NEVER, np.int64)
    times[events["order"]] = events["time"]
    return times


def _runs_of_orders(
    scenario: Scenario, events: npt.NDArray[Any], runs: npt.NDArray[Any], engine: Engine
) -> pl.Series:
    """The number of the run that settled each order, or null."""
    numbers = np.full(scenario.payments.height, NO_RUN, np.int64)
    if len(runs):
        settled = events["kind"] == EventKind.SETTLED
        places = np.flatnonzero(settled & np.isin(events["reason"], SIMULTANEOUS))
        orders = events["order"][places]
        position = {currency.code: i for i, currency in enumerate(engine.currencies)}
        currencies = scenario.payments["currency"].replace_strict(
            position, default=NO_RUN, return_dtype=pl.Int64
        )
        ran = places_of_runs(places, currencies.to_numpy()[orders], events, runs)
        numbers[orders] = events["order"][ran]
    return pl.Series(numbers).set(pl.Series(numbers == NO_RUN), None)


def _named(orders: pl.DataFrame, scenario: Scenario) -> pl.DataFrame:
    """Numbers replaced by names, and the countries and business date added."""
    country = {p.bic: p.country.alpha3 for p in scenario.directory.participants}
    how = {REASON_OF_ALGORITHM + int(algorithm) for algorithm in Algorithm}
    reasons = {int(code): code.name for code in ReasonCode if code and int(code) not in how}
    moments = [
        pl.when(pl.col(name) != _NEVER).then(pl.col(name)).cast(MOMENT).alias(name)
        for name in ("entered_at", "queued_at", "final_at")
    ]
    named = orders.with_columns(
        *moments,
        pl.col("kind")
        .replace_strict({int(k): str(s) for k, s in _FINAL.items()}, return_dtype=pl.String)
        .alias("status"),
        _mechanism(),
        pl.col("reason_number")
        .replace_strict(reasons, default=None, return_dtype=pl.String)
        .alias("reason"),
        pl.col("payer").replace_strict(country, return_dtype=pl.String).alias("payer_country"),
        pl.col("payee").replace_strict(country, return_dtype=pl.String).alias("payee_country"),
        _business_date(scenario),
    )
    return named.select(list(ORDERS))


def _mechanism() -> pl.Expr:
    """How each order settled: by an algorithm, or by itself at entry or from the queue."""
    by_itself = (
        pl.when(pl.col("queued_at") == _NEVER).then(pl.lit("entry")).otherwise(pl.lit("queue"))
    )
    names = {REASON_OF_ALGORITHM + int(a): a.name.lower() for a in Algorithm}
    algorithm = pl.col("reason_number").replace_strict(names, default=None, return_dtype=pl.String)
    return (
        pl.when(pl.col("kind") == EventKind.SETTLED)
        .then(pl.coalesce(algorithm, by_itself))
        .alias("mechanism")
    )


def _business_date(scenario: Scenario) -> pl.Expr:
    """The date of the business day during which, or else before which, an order was submitted."""
    date: pl.Expr = pl.lit(scenario.business_days[-1].date)
    submitted = pl.col("submitted_at").to_physical()
    for day in reversed(scenario.business_days[:-1]):
        date = pl.when(submitted < day.closes_at).then(pl.lit(day.date)).otherwise(date)
    return date.alias("business_date")
