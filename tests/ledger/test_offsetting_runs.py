"""Offsetting runs and their sums, from batches of the record."""

import numpy as np

from skontro.engine import RUN
from skontro.ledger import Entry, make_entry, request_rows
from skontro.ledger.entry import NO_HASH
from skontro.ledger.offsetting_runs import OffsettingRuns, RunSums
from skontro.model import NO_DIGEST, Algorithm
from skontro.system import Batch, BatchKind

FIFO, ON_ENTRY = int(Algorithm.GREATEST_FIFO_SET), int(Algorithm.BILATERAL_ON_ENTRY)


def entry(number: int, *runs: tuple[int, ...]) -> Entry:
    """A batch with runs: number, algorithm, currency, settled, value, posted, freed."""
    rows = np.zeros(len(runs), RUN)
    for row, (run, algorithm, currency, settled, value, posted, freed) in zip(
        rows, runs, strict=True
    ):
        row["number"], row["time"], row["algorithm"] = run, 10 * number, algorithm
        row["currency"], row["considered"], row["settled"] = currency, settled + 1, settled
        row["value"], row["posted"], row["freed"] = value, posted, freed
    requests = request_rows([(-1, NO_DIGEST, NO_DIGEST, NO_DIGEST, 0, 0)])
    return make_entry(number, Batch(BatchKind.STEP, 10 * number, runs=rows), requests, NO_HASH)


def numbers(runs: OffsettingRuns, before: int | None = None, limit: int = 50) -> list[int]:
    return [int(one["number"]) for one in runs.before(before, limit)]


def test_runs_are_listed_newest_first_and_those_on_entry_only_summed_up() -> None:
    runs = OffsettingRuns(2)
    assert (numbers(runs), list(runs.sums), runs.get(0)) == ([], [], None)
    runs.begin_day()
    runs.add(entry(1, (0, FIFO, 1, 5, 500, 400, 300), (1, ON_ENTRY, 0, 2, 20, 30, 10)))
    runs.add(entry(2))
    runs.add(entry(3, (2, FIFO, 1, 7, 70, 60, 50), (3, FIFO, 0, 1, 9, 8, 7)))
    assert numbers(runs) == [3, 2, 0]
    assert numbers(runs, limit=2) == [3, 2]
    assert [numbers(runs, before) for before in (0, 1, 2, 3, 4)] == [
        [],
        [0],
        [0],
        [2, 0],
        [3, 2, 0],
    ]
    assert list(runs.sums) == [
        RunSums(ON_ENTRY, 0, 1, 2, 20, 30, 10),
        RunSums(FIFO, 0, 1, 1, 9, 8, 7),
        RunSums(FIFO, 1, 2, 12, 570, 460, 350),
    ]
    found = runs.get(2)
    assert found is not None
    fields = ("batch", "time", "algorithm", "currency", "considered", "settled", "freed")
    assert [int(found[name]) for name in fields] == [3, 30, FIFO, 1, 8, 7, 50]
    assert [runs.get(number) is None for number in (-1, 0, 1, 2, 3, 4)] == [
        True,
        False,
        True,
        False,
        False,
        True,
    ]


def test_sums_are_of_the_running_day_and_runs_of_the_last_days() -> None:
    runs = OffsettingRuns(2)
    for day in range(3):
        runs.begin_day()
        assert list(runs.sums) == []
        runs.add(entry(day + 1, (2 * day, FIFO, 0, 1, 1, 1, 1), (2 * day + 1, FIFO, 0, 1, 1, 1, 1)))
    assert numbers(runs) == [5, 4, 3, 2]
    assert list(runs.sums) == [RunSums(FIFO, 0, 2, 2, 2, 2, 2)]
    assert [runs.get(number) is None for number in (1, 2)] == [True, False]
