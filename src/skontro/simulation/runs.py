"""Offsetting runs as a table, and which run settled which order."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from skontro.engine import REASON_OF_ALGORITHM, Engine, EventKind
from skontro.files import MOMENT, RUNS
from skontro.model import Algorithm
from skontro.simulation.largest_value import Search
from skontro.simulation.period_record import PeriodRecord

Int64s = npt.NDArray[np.int64]

#: Orders that settled with one of these reasons settled together with others, in a run.
SIMULTANEOUS: Final = tuple(
    REASON_OF_ALGORITHM + int(algorithm) for algorithm in Algorithm if algorithm != Algorithm.BYPASS
)


def run_table(record: PeriodRecord, searches: Mapping[int, Search], engine: Engine) -> pl.DataFrame:
    """The table `RUNS`.

    Args:
        record: its runs are counted from 0.
        searches: what a search for the largest value had found, by number of the run.
        engine: gives the names of currencies.
    """
    runs = record.runs
    codes = pl.Series([currency.code for currency in engine.currencies], dtype=pl.String)
    names = {int(algorithm): algorithm.name.lower() for algorithm in Algorithm}
    found = [searches.get(number) for number in runs["number"].tolist()]
    return pl.DataFrame(
        {
            "run": runs["number"] - record.first_run,
            "at": pl.Series(runs["time"]).cast(MOMENT),
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


def places_of_runs(
    places: Int64s, currencies: Int64s, events: npt.NDArray[Any], runs: npt.NDArray[Any]
) -> Int64s:
    """The place among the events of the run that settled each of some orders.

    A run follows the orders it settled, with one event for each currency.

    Args:
        places: of the events with which the orders settled.
        currencies: of the orders, positions among the engine's.
        events, runs: all of them.
    """
    ran = np.flatnonzero(events["kind"] == EventKind.OFFSETTING_RAN)
    found = np.empty(len(places), np.int64)
    for currency in np.unique(currencies).tolist():
        of_currency = ran[runs["currency"] == currency]
        those = currencies == currency
        found[those] = of_currency[np.searchsorted(of_currency, places[those])]
    return found
