"""Many at once, too many at once, and a database that is slow."""

import datetime
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from skontro.ledger import Journal
from skontro.service.sequencer.requests import Overloaded
from tests.service.systems import LiveSystem, as_work, live_system, order, order_rows, write_folder

pytestmark = pytest.mark.long


@pytest.fixture
def system(tmp_path: Path) -> Iterator[LiveSystem]:
    write_folder(tmp_path)
    with live_system(tmp_path, max_waiting=1_000) as running:
        yield running


def test_more_than_may_wait_is_refused_at_once_and_loses_nothing(
    system: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Journal.append

    def slowly(journal: Journal, entries: object) -> None:
        time.sleep(0.3)
        append(journal, entries)  # type: ignore[arg-type]

    monkeypatch.setattr(Journal, "append", slowly)
    answers: list[object] = []
    taken = refused = 0
    for _ in range(40):
        try:
            system.service.sequencer.submit(as_work(order_rows(100), answers.append))
            taken += 1
        except Overloaded:
            refused += 1
    assert refused > 0
    deadline = time.monotonic() + 20
    while len(answers) < taken:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert all(isinstance(answer, range) and len(answer) == 100 for answer in answers)
    assert system.service.sequencer.waiting == 0
    over_http = system.bank(0).submit(order())
    assert over_http.status_code == 201
    assert system.service.sequencer.order_index.count == 100 * taken + 1


def test_too_much_waiting_is_429_over_http(
    system: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_work: object) -> None:
        raise Overloaded("1000 orders and requests wait")

    monkeypatch.setattr(system.service.sequencer, "submit", full)
    answer = system.bank(0).submit(order())
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")


def test_many_submitters_at_once_and_all_their_repetitions(system: LiveSystem) -> None:
    """The same orders from several threads: each is recorded once, and all get one answer."""
    batches = [[order(i % 3, (i + 1) % 3, "0.01") for _ in range(3)] for i in range(12)]
    answers: list[list[object]] = [[] for _ in batches]
    problems: list[str] = []

    def work(seed: int) -> None:
        for place in np.random.default_rng(seed).permutation(len(batches)).tolist():
            answer = system.bank(place % 3).submit_batch(batches[place], f"batch-{place}")
            if answer.status_code == 201:
                answers[place].append(answer.json())
            else:
                problems.append(answer.text)

    threads = [threading.Thread(target=work, args=[seed]) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert all(len(given) == 6 and given.count(given[0]) == 6 for given in answers)
    assert system.service.sequencer.order_index.count == 36
    assert system.verified().difference is None


def test_a_slow_disk_slows_answers_and_changes_none(
    system: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Journal.append
    draw = np.random.default_rng(1)

    def slowly(journal: Journal, entries: object) -> None:
        time.sleep(float(draw.uniform(0, 0.2)))
        append(journal, entries)  # type: ignore[arg-type]

    monkeypatch.setattr(Journal, "append", slowly)
    before = time.monotonic()
    for _ in range(10):
        assert system.bank(0).submit(order(amount="0.01")).json()["status"] == "settled"
    assert time.monotonic() - before > 0.3
    assert system.verified().difference is None


def test_the_clock_set_back_never_sets_the_record_back(system: LiveSystem) -> None:
    first = system.bank(0).submit(order()).json()
    system.clock.now -= 3600 * 1_000_000
    second = system.bank(0).submit(order()).json()
    timestamps = [datetime.datetime.fromisoformat(str(one["at"])) for one in (first, second)]
    assert timestamps[0] < timestamps[1]
    assert system.verified().difference is None
