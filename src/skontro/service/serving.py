"""The service as a process: recover, listen, stop without losing anything."""

import asyncio
import gc
import json
import logging
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import psycopg
import structlog
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from skontro.conduct import Batch, BatchKind, Rules, warm_up
from skontro.files.system import SYSTEM, read_system
from skontro.ledger import (
    Entry,
    Head,
    Journal,
    checked_url,
    connect,
    database_url,
    genesis,
    genesis_body,
    make_entry,
    own_request,
    read_rules,
    recover,
    shown_url,
    uetr_index,
)
from skontro.ledger.keys import KEY_FILE, make_private_key, public_text, read_private_key
from skontro.ledger.recovery import refuse_other_rules
from skontro.ledger.register import DEFAULT_DAYS
from skontro.model import InputError, SettlementCalendar, from_timestamp
from skontro.service.access import refuse_open_doors
from skontro.service.app import make_app
from skontro.service.context import Context
from skontro.service.desk import Desk
from skontro.service.history import History
from skontro.service.security import Doorkeeper
from skontro.service.sequencer import COMMANDS_PER_SNAPSHOT, Clock, Sequencer, system_clock

RECORD_FOLDER: Final = "record"
#: How long one thread may keep the others from running; Python's own 5 ms add up in each commit.
_SWITCH_SECONDS: Final = 0.001
#: Seconds in which the database must answer at the start; a change of its primary takes 20.
_REACH_SECONDS: Final = 120
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")

_log = structlog.get_logger("skontro")


@attrs.frozen
class Settings:
    """How the service runs; the rules of settlement are not here but in the system's folder.

    Attributes:
        folder: of the system.
        database: URL; None for the embedded PostgreSQL in the folder.
        host, port: to listen on.
        base_url: under which callers address the service; None for host and port.
        certificate, certificate_key: for TLS, or None.
        behind_proxy: something in front speaks TLS.
        days: business days whose orders are remembered.
        requests_per_second: that one person may make.
        most_waiting: orders and requests that may wait.
        commands_per_snapshot: after how many a snapshot is kept.
        signature_processes: that check signatures; with 0 the service does it itself.
    """

    folder: Path
    database: str | None = attrs.field(
        default=None, repr=lambda url: "None" if url is None else shown_url(url)
    )
    host: str = "127.0.0.1"
    port: int = 8790
    base_url: str | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None
    behind_proxy: bool = False
    days: int = DEFAULT_DAYS
    requests_per_second: float = 1_000
    most_waiting: int = 500_000
    commands_per_snapshot: int = COMMANDS_PER_SNAPSHOT
    signature_processes: int = 2

    def __attrs_post_init__(self) -> None:
        if self.database is not None:
            checked_url(self.database)
        safe = self.host in LOOPBACK or self.certificate is not None or self.behind_proxy
        if not safe:
            raise InputError(
                f"{self.host} can be reached from elsewhere: give --certificate and "
                "--certificate-key, or --behind-proxy if something in front speaks TLS"
            )
        if (self.certificate is None) != (self.certificate_key is None):
            raise InputError("TLS takes both --certificate and --certificate-key")

    @property
    def url(self) -> str:
        """Under which callers address the service."""
        scheme = "http" if self.certificate is None else "https"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.base_url or f"{scheme}://{host}:{self.port}"


@attrs.define(eq=False)
class Service:
    """A recovered system at work.

    Attributes:
        context: for the routes.
        sequencer: to be stopped at the end.
    """

    context: Context
    sequencer: Sequencer

    def stop(self) -> None:
        """Finish what was taken, and close the record."""
        self.sequencer.stop()
        self.context.history.close()


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The key of the writer; a new one where the folder has none."""
    path = folder / KEY_FILE
    return read_private_key(path) if path.exists() else make_private_key(path)


def start(
    settings: Settings,
    stopped: Callable[[Exception], None] | None = None,
    clock: Clock = system_clock,
) -> Service:
    """Recover the record, or begin one, and start to work.

    Raises:
        InputError: the folder, the record or the database cannot be used.
        InvariantBroken: the record contradicts itself.
    """
    folder = SYSTEM.find(settings.folder).parent
    rules = read_system(folder)
    refuse_open_doors(rules.credentials)
    key = signing_key(folder)
    warm_up(rules)
    uetr_index.warm_up()
    url = settings.database or database_url(folder / RECORD_FOLDER)
    journal = _reached(url)
    here = rules.calendar
    rules = _claim(journal, rules, key, clock())
    with connect(url) as connection:
        recovered = recover(connection, rules, settings.days, key.public_key())
    _log.info(
        "recovered",
        batch=recovered.head.number,
        replayed=recovered.replayed,
        orders=recovered.system.engine.orders,
        epoch=journal.epoch,
    )
    _warn_of_other_hours(here, recovered.system.clock.calendar, clock())
    sequencer = Sequencer(
        recovered.system,
        recovered.register,
        recovered.head,
        journal,
        key,
        clock=clock,
        most_waiting=settings.most_waiting,
        commands_per_snapshot=settings.commands_per_snapshot,
        stopped=stopped,
    )
    desk = Desk(rules, recovered.register, lambda: sequencer.view)
    doorkeeper = Doorkeeper(
        lambda: (sequencer.view.credentials, sequencer.view.directory),
        settings.url,
        settings.requests_per_second,
    )
    context = Context(sequencer, desk, doorkeeper, History(url), public_text(key))
    sequencer.start()
    return Service(context, sequencer)


def _reached(url: str) -> Journal:
    """The record, as soon as its database answers; it may be changing its primary.

    Raises:
        InputError: it does not answer for long.
    """
    deadline = time.monotonic() + _REACH_SECONDS
    while True:
        try:
            return Journal(url)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise InputError(
                    f"the database has not answered for {_REACH_SECONDS} s: {error}"
                ) from None
            _log.warning("database out of reach", error=str(error))
            time.sleep(1)


def _claim(journal: Journal, rules: Rules, key: Ed25519PrivateKey, now: int) -> Rules:
    """Become the writer of a record with these rules; gives the rules as recorded."""
    if journal.head().number >= 0:
        recorded, settings = read_rules(journal.connection)
        refuse_other_rules(rules, recorded)
        if settings.get("public_key") != public_text(key):
            raise InputError(
                f"{KEY_FILE} is not the key that the record began with; put that one back"
            )
        rules = recorded

    def first_entries(head: Head, epoch: int) -> Sequence[Entry]:
        entries = []
        if head.number < 0:
            body = genesis_body(rules, {"public_key": public_text(key)})
            entries.append(_signed(genesis(body, now), key))
            head = Head(0, now, entries[0].hash)
        batch = Batch(BatchKind.WRITER, max(now, head.time + 1), body=f'{{"epoch":{epoch}}}')
        entry = make_entry(head.number + 1, batch, own_request(0), head.hash)
        return [*entries, _signed(entry, key)]

    journal.claim(first_entries)
    return rules


def _warn_of_other_hours(here: SettlementCalendar, recorded: SettlementCalendar, now: int) -> None:
    """Say when this machine knows of clock changes that the record does not."""
    date = recorded.first_difference(here, from_timestamp(now).date())
    if date is not None:
        _log.warning("time zone differs", zone=here.time_zone, first=date.isoformat())


def _signed(entry: Entry, key: Ed25519PrivateKey) -> Entry:
    return attrs.evolve(entry, signature=key.sign(entry.hash))


def serve(settings: Settings) -> int:
    """Run until told to stop.

    Returns:
        The exit code: 0 after an orderly stop.
    """
    # The writer waits for the database many times in one commit, and each time for its turn after.
    sys.setswitchinterval(_SWITCH_SECONDS)
    outcome: list[Exception] = []
    service: list[Service] = []
    loops: list[asyncio.AbstractEventLoop] = []

    def stopped(error: Exception) -> None:
        _log.critical("stopped", error=str(error), kind=type(error).__name__)
        outcome.append(error)
        server.should_exit = True

    def begin(app: FastAPI) -> None:
        try:
            service.append(start(settings, stopped))
            # What was recovered stays: the collector need not walk through it again and again.
            gc.collect()
            gc.freeze()
            doorkeeper = service[0].context.doorkeeper
            if settings.signature_processes:
                starting = doorkeeper.start_processes(settings.signature_processes)
                asyncio.run_coroutine_threadsafe(starting, loops[0]).result()
            app.state.context = service[0].context
            _log.info("ready", url=settings.url)
        except Exception as error:
            stopped(error)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Recovery may take a while; meanwhile the process says that it lives and is not ready.
        loops.append(asyncio.get_running_loop())
        thread = threading.Thread(target=begin, args=[app], name="recovery", daemon=True)
        thread.start()
        yield
        await asyncio.to_thread(thread.join)
        for one in service:
            await asyncio.to_thread(one.stop)
            await one.context.doorkeeper.stop_processes()

    config = uvicorn.Config(
        make_app(lifespan),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=30,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.certificate_key,
        proxy_headers=False,
    )
    server = _Server(config)
    server.run()
    if outcome:
        raise outcome[0]
    _log.info("stopped in order")
    return 0


class _Server(uvicorn.Server):
    """Stops in order when told to, and then ends as a process that did."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn's own would raise the signal again, after everything is written."""

        def stop(_number: int, _frame: object) -> None:
            self.should_exit = True

        before = {one: signal.signal(one, stop) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def configure_logs(*, as_json: bool, verbose: bool) -> None:
    """Structured logs on standard error."""
    level = logging.DEBUG if verbose else logging.INFO
    renderer: Any = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    if as_json:
        renderer = structlog.processors.JSONRenderer(serializer=json.dumps, sort_keys=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
