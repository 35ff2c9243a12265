"""The service as a process: how it begins, how it ends, and that it always does."""

import asyncio
import atexit
import gc
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from skontro.ledger import DatabaseLost, Fenced
from skontro.model import InputError
from skontro.service import process
from skontro.service.process import _Process
from skontro.service.record_claim import NotStarted
from skontro.service.settings import Settings
from tests.service.one_process import a_service, until
from tests.service.test_process_signals import write_certificate


def test_stopping_finishes_what_was_taken_at_once_and_only_once(
    running: Any, ended: list[int]
) -> None:
    running._service = service = a_service()
    running._stop()
    until(lambda: service.calls)
    running._stop()
    time.sleep(0.02)
    assert service.calls == [(5.0, False)]
    assert ended == []
    assert not running._unwritten


def test_what_was_once_not_written_stays_so(running: Any) -> None:
    for stopped, unwritten in ((True, False), (False, True), (True, True)):
        running._finish(a_service(stopped))
        assert running._unwritten == unwritten


@pytest.mark.parametrize("outcome", [None, Fenced("taken over")])
@pytest.mark.parametrize("unwritten", [False, True])
@pytest.mark.parametrize("has_service", [False, True])
def test_it_ends_whatever_it_waits_for(
    running: Any,
    ended: list[int],
    asked: list[Exception | None],
    monkeypatch: pytest.MonkeyPatch,
    outcome: Exception | None,
    unwritten: bool,
    has_service: bool,
) -> None:
    monkeypatch.setattr(process, "_END_SECONDS", 0.001)
    running._outcome, running._unwritten = outcome, unwritten
    running._service = a_service() if has_service else None
    with capture_logs() as said:
        running._end_late()
    assert ended == [7]
    assert said[0]["event"] == "not stopped in time; ended"
    if outcome is not None:
        assert (asked, said[0]["error"]) == ([outcome], "taken over")
    elif unwritten and has_service:
        assert isinstance(asked[0], DatabaseLost)
        assert "may or may not be recorded" in said[0]["error"]
    else:
        assert (asked, said[0]["error"]) == ([None], "nothing is lost")
    running._ended.set()
    running._end_late()
    assert ended == [7]


def test_what_was_printed_is_seen_before_the_end(
    running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    for name in ("stdout", "stderr"):
        stream = SimpleNamespace(flush=lambda name=name: done.append(name))
        monkeypatch.setattr(process.sys, name, stream)
    monkeypatch.setattr(process.os, "_exit", lambda code: done.append(f"end {code}"))
    running._end(3)
    monkeypatch.undo()
    assert done == ["stdout", "stderr", "end 3"]


def test_the_first_error_is_what_ended_it(running: Any) -> None:
    first, second = Fenced("first"), ValueError("second")
    with capture_logs() as said:
        running._fail(first)
        running._fail(second)
    assert running._outcome is first
    assert running._stopping.is_set()
    assert [(one["event"], one["error"], one["kind"]) for one in said] == [
        ("stopped", "first", "Fenced"),
        ("stopped", "second", "ValueError"),
    ]


def test_a_first_compile_is_not_waited_for(
    running: Any, ended: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(atexit, "_run_exitfuncs", lambda: done.append("at exit"))
    compiling = threading.Event()

    def run(_sockets: object) -> None:
        running._recovery = threading.Thread(target=compiling.wait)
        running._recovery.start()

    running._server.run = run
    try:
        with capture_logs() as said:
            running.run([])
    finally:
        compiling.set()
    assert (done, ended) == (["at exit"], [0])
    assert [one["event"] for one in said] == ["stopped before the record was recovered"]
    running._recovery.join()
    running._server.run = lambda _sockets: None
    running.run([])
    assert (done, ended) == (["at exit"], [0])


def test_what_ended_it_is_raised_and_being_fenced_is_in_the_security_log(
    tmp_path: Path, ended: list[int]
) -> None:
    for outcome, shown in ((Fenced("taken over"), True), (ValueError("another"), False)):
        path = tmp_path / f"{shown}.log"
        running: Any = _Process(Settings(tmp_path, security_log=path), lambda _: 1)
        running._outcome, running._unwritten = outcome, True
        running._server.run = lambda _sockets: None
        with pytest.raises(type(outcome)):
            running.run([])
        text = path.read_text()
        assert ('"event": "fenced"' in text and '"why": "taken over"' in text) == shown
        assert running._security._file is None, "it is closed"
    assert ended == []


def test_what_was_not_written_is_an_error(running: Any) -> None:
    running._unwritten, running._server.run = True, lambda _sockets: None
    with pytest.raises(DatabaseLost, match="may or may not be recorded; the next start finds out"):
        running.run([])


@pytest.mark.parametrize(
    ("signalled", "has_service", "goes_on"),
    [(False, False, True), (True, False, False), (False, True, False), (True, True, False)],
)
def test_only_after_a_refused_start_does_the_caller_go_on(
    running: Any, signalled: bool, has_service: bool, goes_on: bool
) -> None:
    running._signalled, running._server.run = signalled, lambda _sockets: None
    running._service = a_service() if has_service else None
    running.run([])
    assert running._ended.is_set() == goes_on


def test_what_uvicorn_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    bounded = process.bounded_protocol
    monkeypatch.setattr(
        process, "bounded_protocol", lambda **named: told.append(named) or bounded(**named)
    )
    made: Any = _Process(Settings(tmp_path, behind_proxy=True), lambda _: 1)
    config = made._server.config
    assert (config.loop, config.ws, config.timeout_graceful_shutdown) == ("uvloop", "none", 10)
    # Forwarding headers are never believed, and lines about requests are the service's own.
    off = (config.proxy_headers, config.server_header, config.access_log, config.log_config)
    assert off == (False, False, False, None)
    assert told == [{"behind_proxy": True, "security": made._security}]
    assert config.app.state.security is made._security
    assert (config.ssl_certfile, config.ssl_keyfile, config.ssl) == (None, None, None)


def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    write_certificate(tmp_path, 1)
    certificate, absent = tmp_path / "certificate.pem", tmp_path / "absent.pem"
    for key in (absent, certificate):
        with pytest.raises(InputError) as refused:
            _Process(Settings(tmp_path, certificate=certificate, certificate_key=key), lambda _: 1)
        told = f"{certificate}, {key}: the certificate and its key cannot be used: "
        assert str(refused.value).startswith(told)


def begun(running: Any, start: Callable[..., Any], collected: list[str] | None = None) -> FastAPI:
    """Let a process begin beside an event loop, as it does."""
    app, collector = FastAPI(), [] if collected is None else collected

    async def begin() -> None:
        await asyncio.to_thread(running._begin, app, asyncio.get_running_loop())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "start", start)
        for name in ("collect", "freeze"):
            patch.setattr(gc, name, lambda name=name: collector.append(name))
        asyncio.run(begin())
        running._pauses.end()
    return app


@pytest.mark.parametrize("screens", [False, True])
@pytest.mark.parametrize("processes", [0, 3])
def test_it_is_ready_when_signatures_can_be_checked(
    tmp_path: Path, processes: int, screens: bool
) -> None:
    settings = Settings(tmp_path, signature_processes=processes)
    service = a_service(screens=screens)
    running: Any = _Process(settings, lambda _: 1)
    told: list[Any] = []
    collected: list[str] = []

    def start(*arguments: Any, **named: Any) -> Any:
        told.append((arguments, named))
        return service

    with capture_logs() as said:
        app = begun(running, start, collected)
    assert collected == ["collect", "freeze"]
    assert told == [((settings, running._fail), {"stopping": running._stopping})]
    started = [("start", processes)] if processes else []
    assert service.calls == started + (["start screening"] if screens else [])
    assert app.state.context is service.context
    assert len(running._own_work) == 2
    assert running._service is service
    assert [one["event"] for one in said] == ["ready"]
    assert not running._stopping.is_set()


def test_lists_are_read_again_with_the_settings(running: Any) -> None:
    running._service = service = a_service(screens=True)

    async def reload() -> None:
        running._loop = asyncio.get_running_loop()
        await asyncio.to_thread(running._reload)

    with capture_logs() as said:
        asyncio.run(reload())
    assert service.calls == ["reload", "reload screening"]
    assert [(one["event"], one["digest"]) for one in said] == [("lists reloaded", "ab")]


def test_a_start_that_fails_stops_it_and_one_that_was_called_off_is_no_error(
    running: Any,
) -> None:
    def called_off(*_: Any, **__: Any) -> None:
        raise NotStarted("told to stop")

    with capture_logs() as said:
        begun(running, called_off)
    assert [(one["event"], one["why"]) for one in said] == [("not started", "told to stop")]
    assert (running._outcome, running._stopping.is_set()) == (None, False)
    failures = [InputError("first"), InputError("second")]
    for failure in failures:

        def fails(*_: Any, failure: Exception = failure, **__: Any) -> None:
            raise failure

        begun(running, fails)
        assert running._outcome is failures[0]
        assert running._stopping.is_set()
    assert not hasattr(begun(running, called_off).state, "context")


def test_in_the_end_it_writes_what_was_taken_and_ends_its_processes(
    running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    running._service = service = a_service(stopped=False, screens=True)
    monkeypatch.setattr(process, "_CALLED_OFF_SECONDS", 0.01)
    stuck = threading.Event()
    running._begin = lambda *_: stuck.wait()

    async def live() -> None:
        async with running._lifespan(FastAPI()):
            assert (running._recovery.name, running._recovery.daemon) == ("recovery", True)
            told.append([*service.calls])

    told: list[list[Any]] = []
    asyncio.run(live())
    assert service.calls == [(5.0, False), "stop processes", "stop screening"]
    assert running._unwritten
    running._service = None
    asyncio.run(live())
    stuck.set()
    assert told == [[], service.calls]
