"""Offsetting runs of the last days, and sums of the running day, kept from committed batches."""

from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np

from skontro.engine import RUN
from skontro.ledger.chunked_array import ChunkedArray
from skontro.ledger.entry import Entry
from skontro.ledger.postgres.tables import Records
from skontro.model import Algorithm

#: A run, and the batch that has it.
KEPT_RUN: Final = np.dtype([("batch", np.int64), *((name, RUN[name]) for name in RUN.names or ())])

#: Runs of two orders at the entry of one: summed up, and not listed.
_ON_ENTRY: Final = int(Algorithm.BILATERAL_ON_ENTRY)


@attrs.frozen
class RunSums:
    """Sums of the runs of one algorithm in one currency on the running day.

    Attributes:
        algorithm: its number.
        currency: position among the directory's currencies.
        runs: number of runs.
        settled: orders.
        value, posted, freed: minor units; see `RUN`.
    """

    algorithm: int
    currency: int
    runs: int = 0
    settled: int = 0
    value: int = 0
    posted: int = 0
    freed: int = 0


class OffsettingRuns:
    """Runs in the order of the record.

        runs = OffsettingRuns(days=20)
        runs.add(entry)
        runs.before(None, limit=50)

    One thread adds; any thread may read at the same time.

    Args:
        days: business days whose runs are remembered.
    """

    def __init__(self, days: int) -> None:
        self._most_days = days
        self._rows = ChunkedArray(KEPT_RUN)
        self._firsts: list[int] = []
        #: Values are replaced, never changed.
        self._sums: dict[tuple[int, int], RunSums] = {}

    def begin_day(self) -> None:
        """Begin a day: nothing has run on it."""
        self._sums = {}
        self._firsts.append(self._rows.count)
        if len(self._firsts) > self._most_days:
            del self._firsts[: -self._most_days]
            self._rows.drop_before(self._firsts[0])

    def add(self, entry: Entry) -> None:
        """Add the next batch of the record."""
        runs = entry.batch.runs
        if not len(runs):
            return
        for run in runs:
            self._sum_up(run)
        listed = runs[runs["algorithm"] != _ON_ENTRY]
        rows = np.empty(len(listed), KEPT_RUN)
        rows["batch"] = entry.number
        for name in RUN.names or ():
            rows[name] = listed[name]
        self._rows.append(rows)

    def _sum_up(self, run: Records) -> None:
        key = int(run["algorithm"]), int(run["currency"])
        before = self._sums.get(key, RunSums(*key))
        self._sums[key] = RunSums(
            *key,
            before.runs + 1,
            before.settled + int(run["settled"]),
            before.value + int(run["value"]),
            before.posted + int(run["posted"]),
            before.freed + int(run["freed"]),
        )

    @property
    def sums(self) -> Sequence[RunSums]:
        """Sums of the running day, by algorithm and currency."""
        found = dict(self._sums)
        return [found[key] for key in sorted(found)]

    def before(self, number: int | None, limit: int) -> Records:
        """Listed runs, the newest first.

        Args:
            number: only runs with a lower number; None for all.
            limit: most runs.
        """
        end = self._rows.count if number is None else self._place_of(number)
        return self._rows.between(end - limit, end)[::-1].copy()

    def get(self, number: int) -> Records | None:
        """The listed run with a number; None if it is not remembered."""
        place = self._place_of(number)
        found = self._rows.between(place, place + 1)
        return found[0].copy() if len(found) and found[0]["number"] == number else None

    def _place_of(self, number: int) -> int:
        """The place of the first run with this number or a higher one."""
        low, high = self._rows.base, self._rows.count
        while low < high:
            middle = (low + high) // 2
            if int(self._rows[middle]["number"]) < number:
                low = middle + 1
            else:
                high = middle
        return low
