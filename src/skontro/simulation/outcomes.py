"""The outcome of each order and of each offsetting run, taken from the engine's events."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from skontro.engine import REASON_OF_ALGORITHM, Engine, EventKind
from skontro.files import EARMARKED, ORDERS, RUNS, TIMESTAMP, Scenario
from skontro.model import Algorithm, InvariantBroken, OrderStatus, ReasonCode
from skontro.simulation.maximum_value import Search
from skontro.simulation.period_record import PeriodRecord, SubmittedPayments

Int64s = npt.NDArray[np.int64]

#: Orders that settled with one of these reasons settled together with others, in a run.
SIMULTANEOUS: Final = tuple(
    REASON_OF_ALGORITHM + int(algorithm) for algorithm in Algorithm if algorithm != Algorithm.BYPASS
)


def run_table(record: PeriodRecord, searches: Mapping[int, Search], engine: Engine) -> pl.DataFrame:
    """The table `RUNS`.

    Args:
        record: its runs are counted from 0.
        searches: results of searches for maximum value, by number of the run.
        engine: gives the names of currencies.
    """
    runs = record.runs
    codes = pl.Series([currency.code for currency in engine.currencies], dtype=pl.String)
    names = {int(algorithm): algorithm.name.lower() for algorithm in Algorithm}
    found = [searches.get(number) for number in runs["number"].tolist()]
    return pl.DataFrame(
        {
            "run": runs["number"] - record.first_run,
            "at": pl.Series(runs["time"]).cast(TIMESTAMP),
            "algorithm": pl.Series(runs["algorithm"]).replace_strict(names, return_dtype=pl.String),
            "currency": codes[runs["currency"]],
            "considered_orders": runs["considered"],
            "settled_orders": runs["settled"],
            "settled_minor": runs["value"],
            "liquidity_freed_minor": runs["freed"],
            "bound_minor": [None if search is None else search.bound for search in found],
            "work": [None if search is None else search.work for search in found],
        },
        schema=RUNS,
    )


def indices_of_runs(
    indices: Int64s, currencies: Int64s, events: npt.NDArray[Any], runs: npt.NDArray[Any]
) -> Int64s:
    """The index among the events of the run that settled each of some orders.

    A run follows the orders it settled, with one event for each currency.

    Args:
        indices: indices of the events with which the orders settled.
        currencies: currencies of the orders, positions among the engine's.
        events, runs: all of them.
    """
    ran = np.flatnonzero(events["kind"] == EventKind.OFFSETTING_RAN)
    found = np.empty(len(indices), np.int64)
    for currency in np.unique(currencies).tolist():
        of_currency = ran[runs["currency"] == currency]
        those = currencies == currency
        found[those] = of_currency[np.searchsorted(of_currency, indices[those])]
    return found


_FINAL: Final = {
    EventKind.SETTLED: OrderStatus.SETTLED,
    EventKind.REJECTED: OrderStatus.REJECTED,
    EventKind.RETURNED: OrderStatus.RETURNED,
    EventKind.CANCELLED: OrderStatus.CANCELLED,
    EventKind.COMPLETED: OrderStatus.SETTLED,
    EventKind.RELEASED: OrderStatus.RETURNED,
}
_ENDS_OF_EARMARKS: Final = (EventKind.COMPLETED, EventKind.RELEASED)
_SETTLED: Final = (EventKind.SETTLED, EventKind.COMPLETED)

#: The run of an order that no run settled.
NO_RUN: Final = -1

#: An order's time before anything has happened to it.
_NEVER: Final = np.iinfo(np.int64).min


def order_outcomes(
    submitted: SubmittedPayments, record: PeriodRecord, engine: Engine
) -> pl.DataFrame:
    """A table with the columns `ORDERS`: the payments, and how each of them ended.

    Args:
        submitted: the payments, in order of submission to the engine.
        record: record of the whole period.
        engine: gives the numbers of currencies.

    Raises:
        InvariantBroken: an order ended twice, or neither ended nor has an open earmark.
    """
    events = record.events
    if len(record.carried):  # their orders are of an earlier period
        events = events[~np.isin(events["order"], record.carried["order"]) | ~_of_earmarks(events)]
    count = len(record.orders)
    final = events[np.isin(events["kind"], list(_FINAL))]
    ended = record.indices(final)
    earmarked = events[events["kind"] == EventKind.EARMARKED]
    locked = record.indices(earmarked)
    unlocked = ended[np.isin(final["kind"], _ENDS_OF_EARMARKS)]
    still_locked = locked[~np.isin(locked, unlocked)]
    ends = np.bincount(np.concatenate([ended, still_locked]), minlength=count)
    if (ends != 1).any():
        wrong = int(np.flatnonzero(ends != 1)[0])
        evidence = f"order {record.first_order + wrong} ended {ends[wrong]} times"
        raise InvariantBroken("an order ends once", evidence)
    kind = np.zeros(count, np.int32)
    kind[still_locked] = EventKind.EARMARKED
    kind[ended] = final["kind"]
    reason = np.zeros(count, np.int32)
    reason[ended] = final["reason"]
    final_at = _times(record, final)
    queued_at = _times(record, events[events["kind"] == EventKind.QUEUED])
    earmarked_at = _times(record, earmarked)
    settled_unqueued = (kind == EventKind.SETTLED) & (queued_at == _NEVER)
    index = submitted.index_of_row
    outcome = pl.DataFrame(
        {
            "order": np.arange(len(index), dtype=np.int64),
            "kind": kind[index],
            "reason_number": reason[index],
            "entered_at": np.where(
                earmarked_at != _NEVER,
                earmarked_at,
                np.where(settled_unqueued, final_at, queued_at),
            )[index],
            "queued_at": queued_at[index],
            "final_at": final_at[index],
            "run": _runs_of_orders(submitted, record, engine),
        }
    )
    scenario = submitted.scenario
    orders = pl.concat([scenario.payments, outcome], how="horizontal")
    orders = orders.join(scenario.rows, on="uetr", how="left", maintain_order="left")
    return _named(orders, scenario)


def _of_earmarks(events: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    return np.isin(events["kind"], (EventKind.EARMARKED, *_ENDS_OF_EARMARKS))


def _times(record: PeriodRecord, events: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    times = np.full(len(record.orders), _NEVER, np.int64)
    times[record.indices(events)] = events["time"]
    return times


def _runs_of_orders(
    submitted: SubmittedPayments, record: PeriodRecord, engine: Engine
) -> pl.Series:
    """The number of the run that settled each payment, or null."""
    events, runs = record.events, record.runs
    numbers = np.full(submitted.scenario.payments.height, NO_RUN, np.int64)
    if len(runs):
        settled = events["kind"] == EventKind.SETTLED
        indices = np.flatnonzero(settled & np.isin(events["reason"], SIMULTANEOUS))
        rows = submitted.row[record.indices(events[indices])]
        position = {currency.code: i for i, currency in enumerate(engine.currencies)}
        currencies = submitted.scenario.payments["currency"].replace_strict(
            position, default=NO_RUN, return_dtype=pl.Int64
        )
        ran = indices_of_runs(indices, currencies.to_numpy()[rows], events, runs)
        numbers[rows] = events["order"][ran] - record.first_run
    return pl.Series(numbers).set(pl.Series(numbers == NO_RUN), None)


def _named(orders: pl.DataFrame, scenario: Scenario) -> pl.DataFrame:
    """Numbers replaced by names, and the countries and business date added."""
    country = {p.bic: p.country.alpha3 for p in scenario.directory.participants}
    how = {REASON_OF_ALGORITHM + int(algorithm) for algorithm in Algorithm}
    reasons = {int(code): code.name for code in ReasonCode if code and int(code) not in how}
    statuses = {int(kind): str(status) for kind, status in _FINAL.items()}
    statuses[int(EventKind.EARMARKED)] = EARMARKED
    timestamps = [
        pl.when(pl.col(name) != _NEVER).then(pl.col(name)).cast(TIMESTAMP).alias(name)
        for name in ("entered_at", "queued_at", "final_at")
    ]
    named = orders.with_columns(
        *timestamps,
        pl.col("kind").replace_strict(statuses, return_dtype=pl.String).alias("status"),
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
        pl.when(pl.col("kind").is_in([int(kind) for kind in _SETTLED]))
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
