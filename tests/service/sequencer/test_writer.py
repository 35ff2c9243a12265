"""The thread that writes, while the database goes away, comes back, or belongs to another."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
import psycopg
import pytest

from skontro.engine import EventKind
from skontro.ledger import Entry, Fenced, Journal, OrderIndex
from skontro.ledger.journal import CommitUnknown
from skontro.service import metrics
from skontro.service.sequencer import writer as writing
from skontro.service.sequencer.idempotency import IdsInUse
from skontro.service.sequencer.lease_keeper import LeaseKeeper
from skontro.service.sequencer.requests import Group, Stopping
from skontro.service.sequencer.writer import Writer
from tests.ledger.test_journal import ENTRIES, is_there
from tests.service.systems import new_database


@attrs.define
class Scene:
    """A writer over a real record, and what it has told so far."""

    journal: Journal
    writer: Writer
    told: list[object]
    published: list[Group]
    failed: list[Exception]
    revived: list[int]

    def group(self, entries: Sequence[Entry], snapshot: tuple[int, bytes] | None = None) -> Group:
        return Group(
            entries=tuple(entries),
            answers=(),
            refuse=(self.told.append,),
            in_flight=(),
            answered={},
            view=None,  # type: ignore[arg-type]
            snapshot=snapshot,
            commands=0,
        )


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setattr(writing, "_RETRY", (0.01,))
    journal = Journal(new_database())
    journal.claim(lambda _head, _epoch: [ENTRIES[0]])
    order_index = OrderIndex()
    order_index.add(ENTRIES[0])
    published: list[Group] = []
    failed: list[Exception] = []
    revived: list[int] = []
    writer = Writer(
        journal,
        order_index,
        published.append,
        failed.append,
        IdsInUse(order_index),
        lambda: revived.append(1),
    )
    yield Scene(journal, writer, [], published, failed, revived)
    writer.abandon()
    writer.stop(20)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def failing(scene: Scene, monkeypatch: pytest.MonkeyPatch, times: int, *, writes: bool) -> None:
    """Let the next appends be in doubt, whether or not they were written."""
    append, left = scene.journal.append, [times]

    def once(entries: Sequence[Entry]) -> None:
        if left[0]:
            left[0] -= 1
            if writes:
                append(entries)
            raise CommitUnknown("the connection failed")
        append(entries)

    monkeypatch.setattr(scene.journal, "append", once)


def test_groups_are_written_in_turn_and_then_published(scene: Scene) -> None:
    assert scene.writer.idle.is_set()
    assert scene.writer.oldest_commit_seconds == 0
    scene.writer.start()
    groups = [scene.group(ENTRIES[1:3]), scene.group([], (2, b"state")), scene.group(ENTRIES[3:5])]
    for group in groups:
        scene.writer.put(group)
    scene.writer.put(None)
    assert scene.writer.stop(30)
    assert scene.published == groups
    assert not scene.failed
    assert not scene.told
    other = Journal(scene.journal._url)
    is_there(other, ENTRIES[:5])
    assert other.connection.execute("SELECT batch, state FROM snapshot").fetchall() == [
        (2, b"state")
    ]
    other.close()
    assert scene.writer.reachable


@pytest.mark.parametrize("writes", [False, True])
def test_a_database_that_comes_back_has_every_batch_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, writes: bool
) -> None:
    failing(scene, monkeypatch, 1 if writes else 3, writes=writes)
    scene.writer.start()
    scene.writer.put(scene.group(ENTRIES[1:3]))
    until(lambda: scene.published)
    assert scene.writer.reachable
    assert scene.revived
    scene.writer.put(scene.group(ENTRIES[3:4]))
    until(lambda: len(scene.published) == 2)
    until(scene.writer.idle.is_set)
    assert scene.writer.oldest_commit_seconds == 0
    is_there(scene.journal, ENTRIES[:4])


def test_what_cannot_be_written_any_more_is_refused(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody who waits is told, also those whose groups come after."""
    other = Journal(scene.journal._url)
    other.claim(lambda _head, _epoch: [])
    scene.writer.put(scene.group(ENTRIES[1:2]))
    scene.writer.put(scene.group(ENTRIES[2:3]))
    scene.writer.start()
    until(lambda: len(scene.told) == 2)
    assert all(isinstance(one, Stopping) for one in scene.told)
    assert str(scene.told[1]) == "the record can no longer be written"
    until(lambda: scene.failed)
    assert isinstance(scene.failed[0], Fenced)
    assert len(scene.failed) == 1
    scene.writer.put(scene.group(ENTRIES[3:4]))
    assert len(scene.told) == 3
    assert not scene.published
    assert not scene.writer.stop(5)
    is_there(other, ENTRIES[:1])
    other.close()


def test_stopping_while_the_database_is_away_says_that_it_is_not_written(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(scene, monkeypatch, 10**9, writes=False)
    scene.writer.start()
    scene.writer.put(scene.group(ENTRIES[1:2]))
    until(lambda: not scene.writer.reachable)
    assert scene.writer.oldest_commit_seconds > 0
    assert not scene.writer.idle.is_set()
    assert not scene.writer.stop(0.05)
    assert [str(one) for one in scene.told] == ["stopped while the database was out of reach"]


def test_a_snapshot_that_cannot_be_written_stops_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(_number: int, _state: bytes) -> None:
        raise psycopg.OperationalError("no room")

    monkeypatch.setattr(scene.journal, "write_snapshot", write)
    scene.writer.start()
    scene.writer.put(scene.group(ENTRIES[1:2], (1, b"a")))
    scene.writer.put(scene.group(ENTRIES[2:3]))
    until(lambda: len(scene.published) == 2)
    assert not scene.failed


def test_a_writer_that_was_never_started_has_nothing_to_wait_for(scene: Scene) -> None:
    assert scene.writer.stop(0)


def test_a_third_group_waits_for_its_turn(scene: Scene) -> None:
    put, full = scene.writer._groups.put, [2]

    def crowded(group: Group | None, timeout: float) -> None:
        if full[0]:
            full[0] -= 1
            raise queue.Full
        put(group, timeout=timeout)

    scene.writer._groups.put = crowded  # type: ignore[method-assign]
    scene.writer.put(scene.group([]))
    assert (full, scene.writer._groups.qsize(), scene.writer.idle.is_set()) == ([0], 1, False)
    assert scene.writer._groups.maxsize == 2


def test_a_writer_that_was_told_to_stop_does_not_look_for_what_became_of_a_commit(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(scene, monkeypatch, 1, writes=False)
    scene.writer._abandoned.set()
    with pytest.raises(Stopping, match="stopped while the database was out of reach"):
        scene.writer._append(tuple(ENTRIES[1:2]))
    assert (scene.revived, scene.writer.reachable) == ([], False)
    assert metrics.DATABASE_REACHABLE._value.get() == 0
    metrics.DATABASE_REACHABLE.set(1)


def test_what_a_commit_made_durable_is_counted() -> None:
    def counts() -> dict[str, float]:
        found = {"batches": metrics.BATCHES._value.get(), "rows": metrics.COMMANDS._value.get()}
        for kind in EventKind:
            name = kind.name.lower()
            found[name] = metrics.EVENTS.labels(name)._value.get()
        return found

    before = counts()
    metrics.count_entries(ENTRIES[:5])
    added = {name: value - before[name] for name, value in counts().items()}
    assert added.pop("batches") == 5
    assert added.pop("rows") == sum(len(one.batch.commands) for one in ENTRIES[:5])
    for kind in EventKind:
        told = sum(int((one.batch.events["kind"] == kind).sum()) for one in ENTRIES[:5])
        assert added[kind.name.lower()] == told
    assert sum(added.values()) > 0


@pytest.fixture
def record() -> Iterator[Journal]:
    journal = Journal(new_database())
    journal.claim(lambda _head, _epoch: [ENTRIES[0]])
    yield journal
    journal.close()


def test_a_lease_is_renewed_until_another_takes_over(
    record: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skontro.service.sequencer.lease_keeper._CLIENT_SECONDS", 60.0)
    lost: list[Exception] = []
    keeper = LeaseKeeper(record._url, record.epoch, lost.append)
    assert keeper.oldest_commit_seconds == 0
    keeper.start()
    until(lambda: keeper._connection is not None and keeper._began is None)
    first = _renewed(record)
    until(lambda: _renewed(record) != first)
    assert not lost
    other = Journal(record._url)
    other.claim(lambda _head, _epoch: [])
    until(lambda: lost)
    assert isinstance(lost[0], Fenced)
    keeper.stop()
    assert _renewed(other) is not None, "the lease was another's to give up"
    other.close()


def test_a_lease_is_given_up_at_the_end_unless_told_otherwise(record: Journal) -> None:
    for release in (False, True):
        keeper = LeaseKeeper(record._url, record.epoch, lambda _: None)
        keeper.start()
        until(lambda keeper=keeper: keeper._connection is not None and keeper._began is None)
        keeper.stop(20, release=release)
        assert (_renewed(record) is None) == release


def test_a_database_that_is_away_is_tried_again(
    record: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    from skontro.service.sequencer import lease_keeper

    tries: list[int] = []
    connect: Any = lease_keeper.connect_bounded

    def unreachable(*arguments: Any) -> Any:
        tries.append(1)
        if len(tries) < 3:
            raise psycopg.OperationalError("away")
        return connect(*arguments)

    monkeypatch.setattr(lease_keeper, "connect_bounded", unreachable)
    revived, lost = [], list[Exception]()
    keeper = LeaseKeeper(record._url, record.epoch, lost.append, lambda: revived.append(1))
    keeper.start()
    until(lambda: len(tries) == 3 and keeper._began is None)
    assert len(revived) == 3
    broken = threading.Event()

    def revive() -> None:
        broken.set()
        raise RuntimeError("the server is gone for good")

    keeper.stop(20)
    tries.clear()
    other = LeaseKeeper(record._url, record.epoch, lost.append, revive)
    other.start()
    assert broken.wait(20)
    until(lambda: lost)
    assert str(lost[0]) == "the server is gone for good"
    other.stop(20)


def _renewed(journal: Journal) -> str | None:
    from skontro.ledger.lease import read_lease

    return read_lease(journal.connection).renewed
