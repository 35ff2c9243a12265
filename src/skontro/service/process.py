"""The service as a process: listen, recover, handle signals, and always end."""

import asyncio
import atexit
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import attrs
import structlog
import uvicorn
from fastapi import FastAPI

from skontro.ledger import DatabaseLost, Fenced
from skontro.service.api.app import MakePages, make_app
from skontro.service.api.http_protocol import bounded_protocol
from skontro.service.auth.security_log import SecurityLog
from skontro.service.endpoint import listen, load_certificate, renew_certificate
from skontro.service.garbage import ShortPauses
from skontro.service.joint_cycles import JointCycles
from skontro.service.logs import read_level
from skontro.service.own_orders import OwnOrders
from skontro.service.record_claim import NotStarted
from skontro.service.settings import Settings
from skontro.service.startup import Service, start

#: How long one thread may keep the others from running; Python's own 5 ms add up in each commit.
_SWITCH_SECONDS: Final = 0.001
#: Seconds in which accepted requests must be written after the signal to stop.
_FINISH_SECONDS: Final = 5.0
#: Seconds for clients to receive their answers, or to finish sending a request.
_CLIENT_SECONDS: Final = 10
#: Seconds for a recovery that was called off to notice it.
_CALLED_OFF_SECONDS: Final = 4.0
#: Seconds after which the process ends in any case.
_END_SECONDS: Final = 17.0

_log = structlog.get_logger("skontro")

#: The exit code by the cause of the end; None for an orderly stop.
CodeOf = Callable[[Exception | None], int]

#: Called with the number of a signal, as `signal.signal` asks for it.
_Handler = Callable[[int, object], None]


def serve(settings: Settings, code_of: CodeOf, make_pages: MakePages | None = None) -> int:
    """Run until stopped.

    SIGTERM or SIGINT: accepted requests are finished and written, within 17 seconds. At a second
    signal the process ends at once. SIGHUP: certificate, log level, lists and `oidc.json` are read
    again.

    Args:
        settings: settings of the service.
        code_of: gives the exit code where the process must be ended before this returns.
        make_pages: makes the pages for people; None for the API alone.

    Returns:
        The exit code after an orderly stop.

    Raises:
        InputError: the address is in use, or another setting cannot be used.
        Fenced: another process has taken the record over.
        RecordInUse: another writer lives, and no takeover was requested.
        DatabaseLost: the record's database is gone, or did not answer when it had to.
        HeadRefused: the record is behind the head that was kept outside of it.
    """
    # The writer waits for the database many times in one commit, and each time for its turn after.
    sys.setswitchinterval(_SWITCH_SECONDS)
    read_level(settings.folder)
    with _signals_noted() as noted:
        sockets = listen(settings.host, settings.port)
        try:
            port = sockets[0].getsockname()[1]
            settings = attrs.evolve(settings, port=port)
            _Process(settings, code_of, noted, make_pages).run(sockets)
        finally:
            for one in sockets:
                one.close()
    _log.info("stopped in order")
    return 0


@contextmanager
def _signals_noted() -> Iterator[list[int]]:
    """Note signals to stop from before the first socket listens, until the process handles them.

    Their default would end the process without a word, although it can be reached already.
    """
    noted: list[int] = []

    def note(number: int, _frame: object) -> None:
        if number != signal.SIGHUP:  # all that it renews is about to be read
            noted.append(number)

    with _handlers(dict.fromkeys((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), note)):
        yield noted


@contextmanager
def _handlers(handlers: Mapping[signal.Signals, _Handler]) -> Iterator[None]:
    """Handle signals so; at the end those before are in force again."""
    before = {number: signal.signal(number, one) for number, one in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Process:
    """One run of the service, from the first signal handler to the end."""

    def __init__(
        self,
        settings: Settings,
        code_of: CodeOf,
        noted: Sequence[int] = (),
        make_pages: MakePages | None = None,
    ) -> None:
        self._settings, self._code_of = settings, code_of
        self._noted, self._make_pages = noted, make_pages
        self._stopping = threading.Event()
        self._signalled = False
        self._outcome: Exception | None = None
        self._service: Service | None = None
        self._pauses = ShortPauses()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unwritten = False
        self._own_work: tuple[Future[None], ...] = ()
        self._recovery: threading.Thread | None = None
        self._security = SecurityLog(settings.security_log)
        self._server = _Server(self._config())
        self._ended = threading.Event()

    def run(self, sockets: list[socket.socket]) -> None:
        """Run to the end.

        Raises:
            Exception: its cause, other than a signal.
        """
        try:
            self._run(sockets)
        finally:
            if self._service is None and not self._signalled:
                # A start that was refused: the caller continues.
                self._ended.set()

    def _run(self, sockets: list[socket.socket]) -> None:
        with self._signals():
            if not self._noted:
                self._server.run(sockets)
            if self._recovery is not None and self._recovery.is_alive():
                # In the middle of something that cannot be interrupted, such as a first compile.
                _log.warning("stopped before the record was recovered")
                atexit._run_exitfuncs()
                self._end(0)
        if self._outcome is None and self._unwritten:
            self._outcome = _not_written()
        if isinstance(self._outcome, Fenced):
            self._security.event("fenced", why=str(self._outcome))
        self._security.close()
        if self._outcome is not None:
            raise self._outcome

    def _config(self) -> uvicorn.Config:
        settings = self._settings
        config = uvicorn.Config(
            make_app(self._lifespan, self._security, self._make_pages),
            loop="uvloop",
            http=bounded_protocol(behind_proxy=settings.behind_proxy, security=self._security),
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_CLIENT_SECONDS,
            ssl_certfile=settings.certificate,
            ssl_keyfile=settings.certificate_key,
            proxy_headers=False,
        )
        load_certificate(config)
        return config

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        # Recovery may take a while; meanwhile the process says that it lives and is not ready.
        loop = self._loop = asyncio.get_running_loop()
        self._recovery = threading.Thread(
            target=self._begin, args=[app, loop], name="recovery", daemon=True
        )
        self._recovery.start()
        yield
        await asyncio.to_thread(self._recovery.join, _CALLED_OFF_SECONDS)
        self._pauses.end()
        for own in self._own_work:
            own.cancel()
        if self._service is not None:
            await asyncio.to_thread(self._finish, self._service)
            await self._service.context.authenticator.stop_processes()
            if self._service.screening is not None:
                await self._service.screening.stop()

    def _begin(self, app: FastAPI, loop: asyncio.AbstractEventLoop) -> None:
        try:
            self._service = start(self._settings, self._fail, stopping=self._stopping)
            # The recovered state stays: the garbage collector need not scan it repeatedly.
            self._pauses.begin()
            authenticator = self._service.context.authenticator
            if self._settings.signature_processes:
                starting = authenticator.start_processes(self._settings.signature_processes)
                asyncio.run_coroutine_threadsafe(starting, loop).result()
            if self._service.screening is not None:
                # Orders are held until its lists are loaded.
                asyncio.run_coroutine_threadsafe(self._service.screening.start(), loop).result()
            app.state.context = self._service.context
            context = self._service.context
            self._own_work = tuple(
                asyncio.run_coroutine_threadsafe(own.run(), loop)
                for own in (OwnOrders(context), JointCycles(context))
            )
            _log.info("ready", url=self._settings.url)
        except NotStarted as error:
            _log.info("not started", why=str(error))
        except Exception as error:
            # Not logged: it is raised at the end, and reported once.
            self._outcome = self._outcome or error
            self._stop()

    def _finish(self, service: Service) -> None:
        """Write the accepted work; safe to call again."""
        self._unwritten |= not service.stop(_FINISH_SECONDS)

    def _fail(self, error: Exception) -> None:
        _log.critical("stopped", error=str(error), kind=type(error).__name__)
        self._outcome = self._outcome or error
        self._stop()

    def _stop(self) -> None:
        """Begin to stop, with a time limit for pending work."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._server.should_exit = True
        # At once and not after the clients have gone: those that wait get their answers.
        service = self._service
        if service is not None:
            threading.Thread(target=self._finish, args=[service], daemon=True).start()
        threading.Thread(target=self._end_late, name="end", daemon=True).start()

    def _end_late(self) -> None:
        if self._ended.wait(_END_SECONDS):
            return
        finished = self._service is None or not self._unwritten
        error = self._outcome or (None if finished else _not_written())
        _log.critical("not stopped in time; ended", error=str(error or "nothing is lost"))
        self._end(self._code_of(error))

    def _end(self, code: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def stop(number: int, _frame: object) -> None:
            if self._signalled:
                self._end(128 + number)
            self._signalled = True
            self._stop()

        def reload(_number: int, _frame: object) -> None:
            threading.Thread(target=self._reload, name="reload", daemon=True).start()

        with _handlers({signal.SIGINT: stop, signal.SIGTERM: stop, signal.SIGHUP: reload}):
            yield

    def _reload(self) -> None:
        try:
            context = self._server.config.ssl
            if context is not None:
                renew_certificate(context, self._settings)
            if self._service is not None:
                self._service.reload()
                screening, loop = self._service.screening, self._loop
                if screening is not None and loop is not None:
                    # The lists in use stay until the new ones are loaded.
                    asyncio.run_coroutine_threadsafe(screening.reload(), loop).result()
                    _log.info("lists reloaded", digest=screening.digest)
            else:
                read_level(self._settings.folder)
        except Exception as error:
            _log.error("not reloaded; the previous values stay in force", error=str(error))


def _not_written() -> DatabaseLost:
    return DatabaseLost(
        "stopped while the database did not answer: unacknowledged requests may or may not "
        "be recorded; the next start finds out"
    )


class _Server(uvicorn.Server):
    """Leaves signals to the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing: Uvicorn's version would raise the signal again after all writing."""
        yield


__all__: Sequence[str] = ("serve",)
