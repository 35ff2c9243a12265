"""What waits to be put in order: nothing is lost or turned round, however it is cut into groups."""

import threading
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.engine import CommandKind, from_records, join, to_records
from skontro.service.sequencer import intake_queue
from skontro.service.sequencer.intake_queue import IntakeQueue, size_of
from skontro.service.sequencer.requests import (
    CommitGroupBuilder,
    Orders,
    Overloaded,
    Query,
    Stopping,
    Work,
    answering,
)
from tests.command_rows import command_rows
from tests.draws import examples
from tests.service.sequencer.test_backlog import of


def new_inbox(max_waiting: int = 10_000, *, idle: bool = True) -> IntakeQueue:
    free = threading.Event()
    if idle:
        free.set()
    return IntakeQueue(max_waiting, free)


def query(done: Any = None) -> Query:
    return Query(lambda _: None, done or (lambda _: None))


@given(sizes=st.lists(st.integers(0, 12), max_size=40), most=st.integers(1, 12))
@settings(max_examples=examples(60))
def test_groups_are_full_in_order_and_complete(sizes: list[int], most: int) -> None:
    """Of 0 orders: a query, which counts as one."""
    works: list[Work] = [of(place % 5, size) if size else query()
                         for place, size in enumerate(sizes)]  # fmt: skip
    box, given_out = new_inbox(), []
    for work in works:
        box.put(work)
    assert box.is_open
    assert box.close()
    assert not box.close()
    assert not box.is_open
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake_queue, "MAX_ORDERS_PER_BATCH", most)
        more = True
        while more:
            group, more = box.next_group()
            total = sum(size_of(one) for one in group)
            assert total <= most or len(group) == 1
            if more and len(given_out) + len(group) < len(works):
                following = works[len(given_out) + len(group)]
                assert total + size_of(following) > most, "the group was not full"
            given_out += group
    assert [id(one) for one in given_out] == [id(one) for one in works]
    assert box.backlog.waiting == sum(max(size, 1) for size in sizes)


def test_nothing_is_taken_when_it_is_full_or_closed() -> None:
    box = new_inbox(100)
    box.put(of(0, 25))
    with pytest.raises(Overloaded):
        box.put(of(0, 1))
    box.close()
    with pytest.raises(Stopping, match="is stopping"):
        box.put(of(1, 1))
    assert box.backlog.waiting == 25
    assert [size_of(one) for one in box.next_group()[0]] == [25]


def test_whoever_still_waits_is_told_why() -> None:
    box, told = new_inbox(), []
    for _ in range(3):
        box.put(query(told.append))
    box.close()
    box.refuse_all("the record is lost")
    assert [str(one) for one in told] == ["the record is lost"] * 3
    assert all(isinstance(one, Stopping) for one in told)
    assert box.next_group() == ([], False)


def test_an_empty_inbox_lets_the_clock_be_looked_at() -> None:
    assert new_inbox().next_group() == ([], True)


def test_a_small_group_waits_while_the_writer_is_at_work_and_a_large_one_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intake_queue, "_GOES_AHEAD", 20)
    box = new_inbox(idle=False)
    box.put(of(0, 20))
    assert [size_of(one) for one in box.next_group()[0]] == [20]
    box.put(of(0, 19))
    groups: list[list[Work]] = []
    taker = threading.Thread(target=lambda: groups.append(box.next_group()[0]))
    taker.start()
    time.sleep(0.05)
    assert not groups
    box.put(of(1, 1))
    taker.join(20)
    assert [size_of(one) for one in groups[0]] == [19, 1]


def test_groups_of_several_callers_are_apart_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """And those of one caller that waits for its answer are not."""
    now, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(intake_queue.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(intake_queue.time, "sleep", sleep)
    box = new_inbox()
    box.put(of(0))
    assert len(box.next_group()[0]) == 1
    box.put(of(0))
    assert len(box.next_group()[0]) == 1
    assert not slept, "one caller after the other"
    for _ in range(2):
        box.put(of(0))
    assert len(box.next_group()[0]) == 2
    assert not slept
    box.put(of(0))
    assert len(box.next_group()[0]) == 1
    assert sum(slept) == pytest.approx(intake_queue._LINGER)
    assert max(slept) <= intake_queue._LOOK
    box.put(of(0))
    assert len(box.next_group()[0]) == 1
    assert sum(slept) == pytest.approx(intake_queue._LINGER), "no crowd any more"


def test_joined_commands_are_one_after_the_other() -> None:
    parts = [command_rows(size, CommandKind.SUBMIT, size) for size in (3, 0, 1, 5)]
    parts[2]["uetr"], parts[3]["latest"] = np.void(bytes(range(16))), 7
    whole = join([from_records(part) for part in parts])
    assert to_records(whole).tobytes() == np.concatenate(parts).tobytes()
    assert len(join([from_records(parts[1])])) == len(join([])) == 0
    told: list[object] = []
    answering(told.append, 7)()
    assert told == [7]
    assert CommitGroupBuilder().commands == 0
    assert size_of(Orders(of(0).caller, from_records(parts[3]), told.append)) == 5
