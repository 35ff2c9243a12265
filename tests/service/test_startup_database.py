"""The way to the record at the start: a database that is away, one's own server, the lease."""

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import psycopg
import pytest
from structlog.testing import capture_logs

from skontro.ledger import Fenced
from skontro.ledger.keys import KEY_FILE
from skontro.model import InputError
from skontro.service import record_claim
from skontro.service.record_claim import NotStarted
from skontro.service.settings import Settings
from skontro.service.startup import start
from tests.service.systems import (
    Clock,
    connections,
    live_system,
    new_database,
    order,
    write_folder,
)


@attrs.define
class Waited(threading.Event):
    """Notes how long it was waited for."""

    seconds: list[float | None] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        super().__init__()

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        return self.is_set()


class Journals:
    """Journals, of which the first ones cannot be opened."""

    def __init__(self, away: int) -> None:
        self.left, self.closed = away, 0

    def __call__(self, url: str) -> Any:
        assert url == "url"
        if self.left:
            self.left -= 1
            raise psycopg.OperationalError("  away\n")
        return SimpleNamespace(close=self._close)

    def _close(self) -> None:
        self.closed += 1


def test_a_database_that_is_away_is_asked_again_each_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(record_claim, "Journal", Journals(away=2))
    stopping = Waited()
    with capture_logs() as said:
        record_claim._wait_for_database("url", time.monotonic() + 60, stopping)
    assert stopping.seconds == [1, 1]
    assert [(one["event"], one["error"]) for one in said] == [("database out of reach", "away")] * 2


def test_a_database_that_stays_away_is_given_up_and_so_is_a_start_that_is_called_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(record_claim, "Journal", Journals(away=9))
    with pytest.raises(InputError, match=r"^the database has not answered for 120 s: away$"):
        record_claim._wait_for_database("url", time.monotonic() - 1, Waited())
    stopping = Waited()
    stopping.set()
    with pytest.raises(NotStarted, match="stopped before the record was recovered"):
        record_claim._wait_for_database("url", time.monotonic() + 60, stopping)


def test_a_database_that_goes_away_meanwhile_is_reached_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journals, deadlines, tries = Journals(away=0), [], []
    rules: Any = object()

    def reached(url: str, deadline: float, _stopping: object) -> Any:
        deadlines.append(deadline - time.monotonic())
        return journals(url)

    def claim(*arguments: Any) -> Any:
        tries.append(arguments)
        if len(tries) < 3:
            raise psycopg.OperationalError(" gone ")
        return arguments[1]

    monkeypatch.setattr(record_claim, "_wait_for_database", reached)
    monkeypatch.setattr(record_claim, "_claim", claim)
    others: list[Any] = [object() for _ in range(5)]
    with capture_logs() as said:
        journal, claimed = record_claim.claim_record("url", rules, *others)
    assert claimed is rules
    assert tries[2] == (journal, rules, *others)
    assert journals.closed == 2
    assert [one["error"] for one in said] == ["gone", "gone"]
    assert max(deadlines) == pytest.approx(120, abs=5)

    def refused(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(record_claim, "_claim", refused)
    with pytest.raises(KeyboardInterrupt):
        record_claim.claim_record("url", rules, *others)
    assert journals.closed == 3


def test_the_embedded_server_is_started_and_watched_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Any] = []

    class Embedded:
        def __init__(self, folder: Path) -> None:
            done.append(folder)

        def start(self) -> str:
            done.append("start")
            return new_database()

        def forget_dead_users(self) -> None:
            done.append("forget")

        def revive(self) -> bool:
            return False

    elsewhere = Settings(tmp_path, database="postgresql://h/d")
    assert record_claim.open_database(elsewhere, tmp_path) == ("postgresql://h/d", None)
    monkeypatch.setattr(record_claim, "Embedded", Embedded)
    write_folder(tmp_path)
    service = start(Settings(tmp_path), clock=Clock())
    try:
        assert done == [tmp_path / "record", "start", "forget"]
        for one in (service.lease, service.sequencer.writer):
            assert isinstance(one._revive.__self__, Embedded)  # type: ignore[union-attr]
    finally:
        assert service.stop()


def test_only_the_key_that_the_record_began_with_writes_it(tmp_path: Path) -> None:
    write_folder(tmp_path)
    url = new_database()
    with live_system(tmp_path, url):
        pass
    (tmp_path / KEY_FILE).rename(tmp_path / "kept")
    with pytest.raises(InputError, match="is not the key that the record began with; put"):
        live_system(tmp_path, url).__enter__()
    assert connections(url) == 0


def test_who_is_told_to_take_over_ends_the_other(tmp_path: Path) -> None:
    write_folder(tmp_path)
    with live_system(tmp_path) as first:
        ended: list[Exception] = []
        first.service.sequencer._stopped = ended.append
        with live_system(tmp_path, first.url, take_over=True) as second:
            assert second.bank(0).submit(order()).status_code == 201
            deadline = time.monotonic() + 30
            while not ended:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            assert isinstance(ended[0], Fenced)
            assert first.bank(0).submit(order()).status_code == 503
