"""A start, and the end of what it started: what is handed on, said and called off."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from structlog.testing import capture_logs

from skontro.ledger import DatabaseLost, Fenced, Head, KeptHead, connect
from skontro.ledger.keys import public_text
from skontro.ledger.lease import Holder, Lease
from skontro.service import logs, record_claim, startup
from skontro.service.api import read_limits
from skontro.service.api.service_context import Context
from skontro.service.api.waiting_reasons import Explained
from skontro.service.auth.credentials import Access
from skontro.service.clock import WatchedClock, system_clock
from skontro.service.readiness import Readiness
from skontro.service.record_claim import NotStarted, signing_key
from skontro.service.sequencer.idempotency import Taken
from skontro.service.sequencer.requests import (
    Caller,
    CommitGroupBuilder,
    DecisionRequest,
    Group,
    Orders,
    Query,
    Request,
    View,
)
from skontro.service.settings import Settings
from skontro.service.startup import Service, _Ending, start
from skontro.system import Rules
from tests.service.one_process import until
from tests.service.systems import (
    NOON,
    OFFICE_HOURS,
    Clock,
    connections,
    live_system,
    new_database,
    order,
    write_folder,
)


@attrs.define
class Told:
    """A sequencer as far as its end goes."""

    errors: list[Exception] = attrs.field(factory=list)

    def fail(self, error: Exception) -> None:
        self.errors.append(error)


def test_what_ends_the_service_before_there_is_one_ends_it_when_there_is() -> None:
    for errors in ([], [Fenced("a")], [Fenced("a"), DatabaseLost("b")]):
        ending, sequencer = _Ending(None, threading.Event()), Told()
        for error in errors:
            ending.end(error)
        assert sequencer.errors == []
        ending.hand_to(sequencer)  # type: ignore[arg-type]
        assert sequencer.errors == errors[:1]
        last = Fenced("c")
        ending.end(last)
        assert sequencer.errors == [*errors[:1], last]
        with pytest.raises(Fenced, match="a" if errors else "c"):
            ending.check("some", "progress")


def test_a_recovery_is_called_off_between_its_steps() -> None:
    stopping = threading.Event()
    ending = _Ending(None, stopping)
    ending.check()
    stopping.set()
    with pytest.raises(NotStarted):
        ending.check()


def test_a_recovery_that_fails_leaves_the_record_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path)
    url, stopping = new_database(), threading.Event()
    recover = startup.recover

    def called_off(*arguments: Any) -> Any:
        stopping.set()
        return recover(*arguments)

    def broken(*_: Any) -> Any:
        raise ValueError("of all kinds")

    settings = Settings(tmp_path, database=url)
    for fails, error in ((called_off, NotStarted), (broken, ValueError)):
        monkeypatch.setattr(startup, "recover", fails)
        with pytest.raises(error):
            start(settings, clock=Clock(), stopping=stopping)
        assert connections(url) == 0
        stopping.clear()
    monkeypatch.setattr(startup, "recover", recover)
    with capture_logs() as said, live_system(tmp_path, url) as system:
        assert system.bank(0).submit(order()).status_code == 201
    assert "waiting for another writer's lease to expire" not in [one["event"] for one in said]


def test_a_start_says_what_it_recovered_and_hands_its_settings_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path)
    url, recovered = new_database(), []
    with live_system(tmp_path, url) as system:
        assert system.bank(0).submit_batch([order(), order()]).status_code == 201
        batch = system.service.sequencer.view.batch
    recover = startup.recover

    def watched(*arguments: Any) -> Any:
        recovered.append(arguments)
        return recover(*arguments)

    monkeypatch.setattr(startup, "recover", watched)
    settings = {
        "days": 3,
        "max_waiting": 1_234,
        "commands_per_snapshot": 567,
        "batches_per_snapshot": 89,
        "requests_per_second": 8.5,
        "base_url": "http://elsewhere",
        "head_file": tmp_path / "elsewhere.json",
    }
    with capture_logs() as said, live_system(tmp_path, url, **settings) as system:
        (told,) = [one for one in said if one["event"] == "recovered"]
        assert (told["orders"], told["epoch"]) == (2, 2)
        assert told["batch"] == batch + 1
        assert told["replayed"] >= 2
        _, _, days, key, check = recovered[0]
        assert days == 3
        assert public_text(key) == public_text(signing_key(tmp_path)) == told_key(system)
        assert isinstance(check.__self__, _Ending)
        sequencer, authenticator = system.service.sequencer, system.service.context.authenticator
        assert sequencer._commands_per_snapshot == 567
        assert sequencer._batches_per_snapshot == 89
        assert sequencer._intake.backlog._most == 1_234
        assert (authenticator._base_url, authenticator._per_second) == ("http://elsewhere", 8.5)
        assert (tmp_path / "elsewhere.json").exists()
        assert sequencer.waiting == 0
        threads = {one.name: one.daemon for one in threading.enumerate()}
        assert all(threads[name] for name in ("sequencer", "writer", "lease", "head"))


@pytest.mark.parametrize("setting", ["commands_per_snapshot", "batches_per_snapshot"])
def test_a_snapshot_is_kept_after_so_many(tmp_path: Path, setting: str) -> None:
    write_folder(tmp_path)
    with live_system(tmp_path, **{setting: 3}) as system:

        def newest() -> Any:
            with connect(system.url) as connection:
                row = connection.execute("SELECT max(batch) FROM snapshot").fetchone()
            assert row is not None
            return row[0]

        sequencer = system.service.sequencer
        sequencer._since_snapshot = sequencer._batches_since = 0
        for _ in range(2):
            before = newest()
            for _ in range(2):
                assert system.bank(0).submit(order(amount="0.01")).status_code == 201
                assert newest() == before
            assert system.bank(0).submit(order(amount="0.01")).status_code == 201
            until(lambda before=before: newest() != before)
        assert (sequencer._since_snapshot, sequencer._batches_since) == (0, 0)


@pytest.mark.parametrize(
    "kind",
    [
        *(
            Access,
            Context,
            Explained,
            CommitGroupBuilder,
            Readiness,
            Service,
            Taken,
            read_limits._Side,
        ),
        *(Caller, DecisionRequest, Group, Orders, Query, Request, View),
    ],
)
def test_what_holds_arrays_or_threads_is_itself_and_equal_to_nothing_else(kind: type) -> None:
    assert kind.__eq__ is object.__eq__
    assert kind.__hash__ is object.__hash__


def told_key(system: Any) -> str:
    return str(system.service.context.public_key)


def test_the_machines_own_clock_is_watched_and_another_is_trusted() -> None:
    own = startup._watched(None)
    assert own._watched
    assert abs(own() - system_clock()) < 1_000_000_000
    given = WatchedClock(lambda: 1, lambda: 1)
    assert startup._watched(given) is given
    trusted = startup._watched(lambda: 7)
    assert (trusted(), trusted._watched) == (7, False)


@pytest.mark.parametrize(("number", "kept", "warned"), [(1, False, 0), (2, False, 1), (2, True, 0)])
def test_a_head_that_was_not_kept_is_said_and_is_kept_at_once(
    tmp_path: Path, number: int, kept: bool, warned: int
) -> None:
    path, head = tmp_path / "head.json", Head(number, NOON, b"\1" * 32, b"\2" * 64)
    with capture_logs() as said:
        keeper = startup._head_keeper(path, KeptHead.of(head, 1) if kept else None, head, 1)
    try:
        assert path.exists()
        assert [one["file"] for one in said] == [str(path)] * warned
        assert keeper._thread.is_alive()
    finally:
        keeper.stop()


def test_who_waits_for_a_lease_says_for_whose() -> None:
    with capture_logs() as said:
        record_claim._log_wait(Lease(Holder("process 7 on h", ""), 1, "now", 2.345))
    assert said == [
        {
            "event": "waiting for another writer's lease to expire",
            "log_level": "warning",
            "holder": "process 7 on h",
            "age": 2.3,
            "seconds": 5.0,
        }
    ]


def test_other_hours_of_the_time_zone_are_said(tmp_path: Path) -> None:
    from skontro.files.system_rules import read_zone_table

    rules: Rules = write_folder(tmp_path, attrs.evolve(OFFICE_HOURS, time_zone="Europe/Berlin"))
    here = rules.calendar
    recorded = attrs.evolve(here, zone_table=read_zone_table("Europe/Moscow"))
    with capture_logs() as said:
        startup._warn_of_other_hours(here, here, NOON)
        startup._warn_of_other_hours(here, recorded, NOON)
    assert [(one["event"], one["zone"], one["first"]) for one in said] == [
        ("time zone differs", "Europe/Berlin", "2026-11-24")
    ]


@pytest.mark.parametrize("written", [True, False])
def test_stopping_stops_each_part_once_and_gives_the_same_answer_again(written: bool) -> None:
    done: list[Any] = []

    def part(name: str, answer: object = None) -> Any:
        def stop(*arguments: Any, **named: Any) -> Any:
            done.append((name, *arguments, *named.items()))
            return answer

        return SimpleNamespace(stop=stop, close=stop)

    service: Any = Service(
        SimpleNamespace(  # type: ignore[arg-type]
            **{name: part(name) for name in ("history", "messages", "peers", "tables")}
        ),
        part("sequencer", written),
        part("lease"),
        part("head"),
        Path(),
    )
    assert service.stop() is written
    assert service.stop(7.0) is written
    assert done == [
        ("sequencer", 60.0),
        ("messages",),
        ("peers",),
        ("tables",),
        ("head",),
        ("lease", ("release", written)),
        ("history",),
    ]


@pytest.fixture
def _level() -> Iterator[None]:
    level = logs._level[0]
    yield
    logs._level[0] = level


@pytest.mark.usefixtures("_level")
def test_reading_anew_says_which_level_is_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    open_id = SimpleNamespace(use=told.append)
    parts: list[Any] = [SimpleNamespace(open_id=open_id), *[None] * 3]
    service = Service(*parts, tmp_path)
    monkeypatch.setattr(startup, "_log", SimpleNamespace(info=lambda *a, **n: told.append((a, n))))
    service.reload()
    (tmp_path / "log-level").write_text("error")
    service.reload()
    lines = [
        (("reloaded",), {"log_level": level, "issuer": "none"}) for level in ("as started", "error")
    ]
    assert told == [None, lines[0], None, lines[1]]
    assert logs._level[0] == logging.ERROR
