"""The rest without changes in a second process: the same figures, and an end in any case."""

import datetime
import multiprocessing
import os
import pickle
import threading
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from skontro.model import InputError
from skontro.simulation.what_if import compare_rests
from skontro.simulation.what_if import second_process as module
from skontro.simulation.what_if.second_process import (
    SecondProcess,
    _work,
    second_process,
    unchanged_rest,
)
from tests.service.systems import BANKS, NOON, OFFICE_HOURS
from tests.simulation.what_if.days import at, change, fork_at, orders

_ROWS = [(0, 1, 700), (1, 2, 600), (0, 2, 900), (2, 0, 100)]
_DUE = at(1, 2, 3, 4)


@pytest.fixture
def second() -> Iterator[SecondProcess]:
    """As in the other process, in a thread of this one."""
    ours, theirs = multiprocessing.Pipe()
    thread = threading.Thread(target=_work, args=[theirs])
    thread.start()
    yield SecondProcess(ours)
    ours.close()
    thread.join(30)
    assert not thread.is_alive()


def test_both_ways_give_the_same_figures(second: SecondProcess) -> None:
    changes = [change("set_credit_line", participant=BANKS[0], currency="KZT", amount="50.00")]
    fork = fork_at(NOON)
    alone = compare_rests(fork, orders(_ROWS), _DUE, changes)
    assert compare_rests(fork, orders(_ROWS), _DUE, changes, second) == alone
    assert alone.unchanged != alone.changed
    assert (alone.began, alone.unchanged) == unchanged_rest(fork, orders(_ROWS), _DUE)


def test_a_change_that_is_refused_ends_the_comparison(second: SecondProcess) -> None:
    late = change("set_credit_line", participant=BANKS[0], currency="KZT", amount="1", at="11:00")
    with pytest.raises(InputError, match="has passed"):
        compare_rests(fork_at(NOON), orders(_ROWS), _DUE, [late], second)


def test_an_error_in_the_other_process_is_raised_here(
    second: SecondProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object) -> None:
        raise InputError("no such day")

    monkeypatch.setattr(module, "unchanged_rest", fail)
    second.begin(fork_at(NOON), orders(_ROWS), _DUE)
    with pytest.raises(InputError, match="no such day"):
        second.result()


def test_a_machine_with_one_core_has_no_other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for count in (1, None):
        monkeypatch.setattr(os, "cpu_count", lambda count=count: count)
        with second_process() as found:
            assert found is None


def test_a_calendar_that_was_sent_has_the_time_zone_of_its_table() -> None:
    table = Path("/usr/share/zoneinfo/Asia/Almaty")
    content = table.read_bytes() if table.exists() else None
    made = attrs.evolve(OFFICE_HOURS, time_zone="Asia/Almaty", zone_table=content)
    sent = pickle.loads(pickle.dumps(made))
    assert (sent, sent.zone_table) == (made, content)
    for year in (1999, 2026):
        date, noon = datetime.date(year, 7, 1), datetime.time(12)
        assert sent.timestamp(date, noon) == made.timestamp(date, noon)


@pytest.mark.long
def test_a_process_of_its_own_gives_the_same_figures() -> None:
    fork, changes = fork_at(NOON), [change("suspend", participant=BANKS[1])]
    alone = compare_rests(fork, orders(_ROWS), _DUE, changes)
    with second_process() as other:
        assert (other is None) == (os.cpu_count() == 1)
        assert compare_rests(fork, orders(_ROWS), _DUE, changes, other) == alone
    with second_process():
        children = multiprocessing.active_children()
    assert not [one for one in multiprocessing.active_children() if one in children]
