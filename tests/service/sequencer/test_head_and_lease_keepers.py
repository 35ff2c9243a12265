"""The threads that keep the head and the lease: what they write, and when they give up."""

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from structlog.testing import capture_logs

from skontro.ledger import Fenced, Head, KeptHead
from skontro.ledger.head_file import read_head
from skontro.model import InputError
from skontro.service import metrics
from skontro.service.readiness import MAX_COMMIT_SECONDS, Readiness
from skontro.service.sequencer import head_keeper, lease_keeper
from skontro.service.sequencer.head_keeper import HeadKeeper
from skontro.service.sequencer.lease_keeper import LeaseKeeper
from tests.service.one_process import until
from tests.service.systems import NOON


def head(number: int) -> KeptHead:
    return KeptHead.of(Head(number, NOON, bytes([number]) * 32, bytes(64)), 1)


def kept(path: Path) -> int:
    found = read_head(path)
    return -1 if found is None else found.batch


def test_the_newest_head_is_written_and_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, written = tmp_path / "head.json", []
    write = head_keeper.write_head

    def watched(where: Path, one: KeptHead) -> None:
        written.append(one.batch)
        write(where, one)

    monkeypatch.setattr(head_keeper, "write_head", watched)
    keeper = HeadKeeper(path)
    keeper.keep()
    assert written == []
    keeper.note(head(1))
    keeper.note(head(2))
    for _ in range(2):
        keeper.keep()
    assert (written, kept(path)) == ([2], 2)
    assert metrics.HEAD_FILE_BATCH._value.get() == 2
    keeper.stop()  # one that was never started
    monkeypatch.setattr(head_keeper, "KEEP_SECONDS", 0.0)
    keeper = HeadKeeper(path)
    keeper.start()
    keeper.note(head(3))
    until(lambda: written == [2, 3])
    keeper.note(head(4))
    keeper.stop()
    assert (written, kept(path)) == ([2, 3, 4], 4)
    assert not keeper._thread.is_alive()


def test_the_last_head_is_written_at_the_end_and_none_more_often_than_ten_times_a_second(
    tmp_path: Path,
) -> None:
    path = tmp_path / "head.json"
    keeper = HeadKeeper(path)
    waited: list[float | None] = []
    wait = keeper._stopping.wait

    def watched(seconds: float | None = None) -> bool:
        waited.append(seconds)
        return wait(30)

    keeper._stopping.wait = watched  # type: ignore[method-assign]
    keeper.start()
    keeper.note(head(1))
    until(lambda: waited)
    assert kept(path) == 1
    assert waited[0] is not None
    assert 0 <= waited[0] <= 0.1
    keeper.note(head(2))
    keeper.stop()
    assert kept(path) == 2


def test_a_head_that_cannot_be_kept_is_told_once_and_counted(tmp_path: Path) -> None:
    keeper = HeadKeeper(tmp_path / "absent" / "head.json")
    before = metrics.HEAD_FILE_FAILURES._value.get()
    keeper.note(head(1))
    with capture_logs() as said:
        keeper.keep()
        keeper.keep()
        assert metrics.HEAD_FILE_FAILURES._value.get() == before + 2
        (tmp_path / "absent").mkdir()
        keeper.keep()
        assert kept(tmp_path / "absent" / "head.json") == 1
        keeper.note(head(2))
        (tmp_path / "absent" / "head.json").unlink()
        (tmp_path / "absent").rmdir()
        keeper.keep()
    assert [one["event"] for one in said] == ["head not kept outside the database"] * 2
    assert metrics.HEAD_FILE_FAILURES._value.get() == before + 3


class Connection:
    """To a database that answers as it is told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.closed, self.asked = error, False, list[Any]()
        self.interrupted: Any = "by the keeper"
        self.most_seconds = 0.0

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was asked; answers of renewals are put in before."""
    done: list[Any] = []

    def renew(connection: Connection, epoch: int) -> bool:
        done.append(("renew", epoch))
        if connection.error is not None:
            raise connection.error
        return True

    def release(connection: Connection, epoch: int) -> None:
        done.append(("release", epoch, connection.interrupted, connection.most_seconds))
        if connection.error is not None:
            raise connection.error

    monkeypatch.setattr(lease_keeper, "renew_lease", renew)
    monkeypatch.setattr(lease_keeper, "release_lease", release)
    return done


def test_a_renewal_has_a_bounded_time_and_a_failed_one_a_new_connection(
    database: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, good = Connection(psycopg.OperationalError("away")), Connection()
    made, asked = [broken, good], []

    def connect(*arguments: Any) -> Connection:
        asked.append(arguments)
        return made.pop(0)

    monkeypatch.setattr(lease_keeper, "connect_bounded", connect)
    keeper: Any = LeaseKeeper("url", 7, lambda _: None, None)
    waited: list[float] = []
    keeper._stopping = SimpleNamespace(is_set=lambda: False, wait=waited.append)
    assert keeper._renewed()
    assert broken.closed
    assert (keeper._connection, keeper._began, waited) == (good, None, [0.2])
    assert asked == [("url", 5.0, 30, keeper._interrupted)] * 2
    assert keeper._renewed()
    assert database == [("renew", 7)] * 3


def test_a_keeper_that_is_stopped_while_the_database_is_away_has_lost_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(*_: Any) -> Any:
        raise OSError("away")

    monkeypatch.setattr(lease_keeper, "connect_bounded", away)
    lost: list[Exception] = []
    keeper = LeaseKeeper("url", 7, lost.append)
    keeper.start()
    until(lambda: keeper.oldest_commit_seconds > 0)
    keeper.stop(20)
    assert not keeper._thread.is_alive()
    assert (lost, keeper._interrupted.is_set()) == ([], True)
    assert keeper._renewed()


@pytest.mark.parametrize(
    ("release", "error"), [(True, None), (False, None), (True, psycopg.OperationalError(" x "))]
)
def test_a_lease_is_given_up_within_the_time_there_is(
    database: list[Any], release: bool, error: Exception | None
) -> None:
    keeper: Any = LeaseKeeper("url", 7, lambda _: None)
    keeper._thread = threading.Thread(target=lambda: None)
    keeper._thread.start()
    keeper._connection = connection = Connection(error)
    with capture_logs() as said:
        keeper.stop(1.5, release=release)
    assert database == ([("release", 7, None, 1.5)] if release else [])
    assert connection.closed == (error is None)
    assert [(one["event"], one["error"]) for one in said] == (
        [] if error is None else [("lease not given up", "x")]
    )
    database.clear()
    connection.closed = True
    keeper.stop(1.5)
    assert database == []


def test_a_lease_that_is_lost_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lost: list[Exception] = []
    keeper: Any = LeaseKeeper("url", 7, lost.append)
    renewals = [True, True, False]
    monkeypatch.setattr(lease_keeper, "RENEW_SECONDS", 0.0)
    keeper._renewed = lambda: renewals.pop(0)
    keeper._run()
    assert [str(one) for one in lost] == ["another process has taken over the record"]
    assert (isinstance(lost[0], Fenced), renewals) == (True, [])
    keeper._renewed = lambda: 1 // 0
    keeper._run()
    assert isinstance(lost[1], ZeroDivisionError)


def test_a_service_is_ready_while_commits_become_durable() -> None:
    writer = SimpleNamespace(oldest_commit_seconds=0.0, reachable=True)
    clock = SimpleNamespace(held=False, trouble=None)
    sequencer: Any = SimpleNamespace(is_open=True, clock=clock, writer=writer)
    lease: Any = SimpleNamespace(oldest_commit_seconds=0.0)
    readiness = Readiness(sequencer, lease)
    assert readiness.why_not() is None
    for one, other in ((writer, lease), (lease, writer)):
        one.oldest_commit_seconds, other.oldest_commit_seconds = MAX_COMMIT_SECONDS, 0.5
        assert (readiness.why_not(), readiness.oldest_commit_seconds) == (None, 1.5)
        one.oldest_commit_seconds = 2.34
        told = "the oldest commit has not become durable for 2.3 s"
        assert readiness.why_not() == told
        one.oldest_commit_seconds = 0.0
    writer.reachable = False
    assert readiness.why_not() == "the database does not answer"
    clock.held, clock.trouble = True, "so"
    assert readiness.why_not() == "so; two operators must confirm the clock"
    sequencer.is_open = False
    assert readiness.why_not() == "the service is stopping"


def test_errors_of_the_file_are_those_that_it_may_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = HeadKeeper(tmp_path / "head.json")
    keeper.note(head(1))
    for error in (InputError("a"), OSError("b")):

        def fails(*_: Any, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(head_keeper, "write_head", fails)
        before = metrics.HEAD_FILE_FAILURES._value.get()
        keeper.keep()
        assert metrics.HEAD_FILE_FAILURES._value.get() == before + 1
