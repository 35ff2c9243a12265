"""Start and stop of a live system: claim and recover the record, and stop without loss."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import psycopg
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.files.system_rules import SYSTEM, read_system
from skontro.ledger import (
    Embedded,
    Entry,
    Head,
    Journal,
    KeptHead,
    Recovered,
    checked_url,
    connect,
    genesis,
    genesis_body,
    make_entry,
    own_request,
    read_rules,
    recover,
    shown_url,
    uetr_index,
    writer_body,
)
from skontro.ledger.head_file import HEAD_FILE, compare_with_record, read_head
from skontro.ledger.keys import KEY_FILE, make_private_key, public_text, read_private_key
from skontro.ledger.lease import LEASE_SECONDS, Lease, wait_until_free
from skontro.ledger.order_index import DEFAULT_DAYS
from skontro.ledger.recovery import refuse_other_rules
from skontro.model import InputError, SettlementCalendar, from_timestamp
from skontro.screening.pool import ScreeningPool
from skontro.service.api.order_mapper import OrderMapper
from skontro.service.api.order_screening import OrderScreening
from skontro.service.api.record_queries import History
from skontro.service.api.service_context import Context
from skontro.service.auth.authentication import Authenticator
from skontro.service.auth.credentials import require_two_operators
from skontro.service.clock import Clock, WatchedClock
from skontro.service.logs import read_level
from skontro.service.readiness import Readiness
from skontro.service.sequencer.head_keeper import HeadKeeper
from skontro.service.sequencer.lease_keeper import LeaseKeeper
from skontro.service.sequencer.sequencer import COMMANDS_PER_SNAPSHOT, Sequencer
from skontro.system import Batch, BatchKind, Rules, precompile

RECORD_FOLDER: Final = "record"
#: Seconds in which the database must answer at the start; a change of its primary takes 20.
_REACH_SECONDS: Final = 120
#: Days that the clock may be ahead of the record at the start: a long weekend out of service.
CLOCK_AHEAD_DAYS: Final = 4
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")

_log = structlog.get_logger("skontro")


class NotStarted(Exception):  # noqa: N818  the fact is the name
    """The start was cancelled before the service was running; nothing was accepted."""


@attrs.frozen
class Settings:
    """How the service runs; the rules of settlement are not here but in the system's folder.

    Attributes:
        folder: folder of the system.
        database: URL; None for the embedded PostgreSQL in the folder.
        host, port: to listen on.
        base_url: under which callers address the service; None for host and port.
        certificate, certificate_key: for TLS, or None.
        behind_proxy: something in front speaks TLS.
        days: business days whose orders are remembered.
        requests_per_second: that one person may make.
        max_waiting: orders and requests that may wait.
        commands_per_snapshot: after how many a snapshot is kept.
        signature_processes: that check signatures; with 0 the service does it itself.
        security_log: file to which refusals are also appended, or None.
        take_over: claim the record from another writer that lives.
        head_file: where the newest head is kept; None for the system's folder.
        accept_head: hash of the record's last batch, in hexadecimal, to go on from it although the
            head that was kept is another.
        clock_ahead_days: that the clock may be ahead of the record at the start.
        screening_lists: document of the lists, or None: orders are then not screened.
        screening_processes: that screen parties.
        second_engine: command of another screening engine, whose stricter outcomes count.
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
    requests_per_second: float = 200
    max_waiting: int = 500_000
    commands_per_snapshot: int = COMMANDS_PER_SNAPSHOT
    signature_processes: int = 2
    security_log: Path | None = None
    take_over: bool = False
    head_file: Path | None = None
    accept_head: str | None = None
    clock_ahead_days: int = CLOCK_AHEAD_DAYS
    screening_lists: Path | None = None
    screening_processes: int = 1
    second_engine: tuple[str, ...] = ()

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
        sequencer, lease, head: the threads, to be stopped at the end.
        folder: folder of the system.
        screening: its processes, or None.
    """

    context: Context
    sequencer: Sequencer
    lease: LeaseKeeper
    head: HeadKeeper
    folder: Path
    screening: ScreeningPool | None = None
    _lock: threading.Lock = attrs.field(factory=threading.Lock)
    _stopped: bool | None = None

    def stop(self, seconds: float = 60.0) -> bool:
        """Complete accepted work, and close the record; a second call returns the same answer.

        Args:
            seconds: time limit; unwritten work is then given up.

        Returns:
            Whether all accepted work is written.
        """
        with self._lock:
            if self._stopped is None:
                self._stopped = self.sequencer.stop(seconds)
                self.head.stop()
                self.lease.stop(release=self._stopped)
                self.context.history.close()
            return self._stopped

    def reload(self) -> None:
        """Reload the settings that may change while the service runs.

        Raises:
            InputError: they cannot be used; the previous ones stay in force.
        """
        level = read_level(self.folder)
        _log.info("reloaded", log_level=level or "as started")


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The writer's key; a new one if the folder has none."""
    path = folder / KEY_FILE
    return read_private_key(path) if path.exists() else make_private_key(path)


def start(
    settings: Settings,
    stopped: Callable[[Exception], None] | None = None,
    clock: Clock | None = None,
    stopping: threading.Event | None = None,
) -> Service:
    """Recover the record, or begin one, and start the service.

    Args:
        settings: settings of the service.
        stopped: called once if the service cannot go on.
        clock: gives microseconds since 1970 and is trusted; by default the machine's, watched.
        stopping: when set, the start is called off.

    Raises:
        InputError: the folder, the record or the database cannot be used.
        InvariantBroken: the record contradicts itself.
        RecordInUse: another writer lives.
        HeadRefused: the record is behind the head that was kept outside of it.
        NotStarted: it was called off.
    """
    stopping = stopping or threading.Event()
    folder = SYSTEM.find(settings.folder).parent
    rules = read_system(folder)
    require_two_operators(rules.credentials)
    key = signing_key(folder)
    precompile(rules)
    uetr_index.precompile()
    watched = _watched(clock)
    head_path = settings.head_file or folder / HEAD_FILE
    kept = read_head(head_path)
    url, embedded = _database(settings, folder)
    revive = None if embedded is None else embedded.revive
    here = rules.calendar
    journal, rules = _claimed(url, rules, key, watched, kept, settings, stopping)
    ending = _Ending(stopped, stopping)
    lease = LeaseKeeper(url, journal.epoch, ending.end, revive)
    lease.start()
    try:
        with connect(url) as connection:
            recovered = recover(connection, rules, settings.days, key.public_key(), ending.check)
        ending.check()
    except BaseException:
        lease.stop()
        journal.close()
        raise
    _log.info(
        "recovered",
        batch=recovered.head.number,
        replayed=recovered.replayed,
        orders=recovered.system.engine.orders,
        epoch=journal.epoch,
    )
    head = _head_keeper(head_path, kept, recovered.head, journal.epoch)
    _warn_of_other_hours(here, recovered.system.clock.calendar, watched())
    sequencer = _sequencer(settings, recovered, journal, key, watched, ending, revive, head)
    pool = None
    if settings.screening_lists is not None:
        pool = ScreeningPool(
            settings.screening_lists, settings.screening_processes, settings.second_engine
        )
    context = Context(
        sequencer,
        OrderMapper(rules, recovered.register, lambda: sequencer.view),
        Authenticator(
            lambda: (sequencer.view.credentials, sequencer.view.directory),
            settings.url,
            settings.requests_per_second,
        ),
        History(url),
        public_text(key),
        Readiness(sequencer, lease),
        OrderScreening(
            pool, lambda: sequencer.view.directory, lambda: from_timestamp(watched()).date()
        ),
    )
    sequencer.start()
    ending.hand_to(sequencer)
    return Service(context, sequencer, lease, head, folder, pool)


class _Ending:
    """Stops the service from other threads, before and after the sequencer exists."""

    def __init__(
        self, stopped: Callable[[Exception], None] | None, stopping: threading.Event
    ) -> None:
        self.stopped, self._stopping = stopped, stopping
        self._sequencer: Sequencer | None = None
        self._error: Exception | None = None
        self._lock = threading.Lock()

    def end(self, error: Exception) -> None:
        """End the service because the lease or the database is lost."""
        with self._lock:
            self._error = self._error or error
            sequencer = self._sequencer
        if sequencer is not None:
            sequencer.fail(error)

    def hand_to(self, sequencer: Sequencer) -> None:
        """Inform this sequencer from now on."""
        with self._lock:
            self._sequencer = sequencer
            error = self._error
        if error is not None:
            sequencer.fail(error)

    def check(self, *_progress: object) -> None:
        """Check for a stop between the steps of the recovery.

        Raises:
            NotStarted: the start was cancelled; or the error that ended it.
        """
        if self._error is not None:
            raise self._error
        _refuse_if_called_off(self._stopping)


def _refuse_if_called_off(stopping: threading.Event) -> None:
    if stopping.is_set():
        raise NotStarted("stopped before the record was recovered")


def _watched(clock: Clock | None) -> WatchedClock:
    if clock is None:
        return WatchedClock()
    return clock if isinstance(clock, WatchedClock) else WatchedClock.plain(clock)


def _database(settings: Settings, folder: Path) -> tuple[str, Embedded | None]:
    """URL of the record, and the embedded server to supervise, if there is one."""
    if settings.database is not None:
        return settings.database, None
    embedded = Embedded(folder / RECORD_FOLDER)
    url = embedded.start()
    embedded.forget_dead_users()
    return url, embedded


def _head_keeper(path: Path, kept: KeptHead | None, head: Head, epoch: int) -> HeadKeeper:
    """Start keeping the head; its first one is on disk before the service is ready."""
    if kept is None and head.number > 1:
        _log.warning("no head was kept outside the database; kept from now on", file=str(path))
    keeper = HeadKeeper(path)
    keeper.tell(KeptHead.of(head, epoch))
    keeper.keep()
    keeper.start()
    return keeper


def _sequencer(
    settings: Settings,
    recovered: Recovered,
    journal: Journal,
    key: Ed25519PrivateKey,
    clock: WatchedClock,
    ending: _Ending,
    revive: Callable[[], object] | None,
    head: HeadKeeper,
) -> Sequencer:
    return Sequencer(
        recovered.system,
        recovered.register,
        recovered.head,
        journal,
        key,
        clock=clock,
        max_waiting=settings.max_waiting,
        commands_per_snapshot=settings.commands_per_snapshot,
        stopped=ending.stopped,
        revive=revive,
        durable=lambda newest: head.tell(KeptHead.of(newest, journal.epoch)),
    )


def _claimed(
    url: str,
    rules: Rules,
    key: Ed25519PrivateKey,
    clock: WatchedClock,
    kept: KeptHead | None,
    settings: Settings,
    stopping: threading.Event,
) -> tuple[Journal, Rules]:
    """The record, claimed as soon as its database answers and no other process writes it."""
    deadline = time.monotonic() + _REACH_SECONDS
    while True:
        journal = _wait_for_database(url, deadline, stopping)
        try:
            return journal, _claim(journal, rules, key, clock, kept, settings, stopping)
        except psycopg.OperationalError as error:
            journal.close()
            _log.warning("database out of reach", error=str(error).strip())
        except BaseException:
            journal.close()
            raise


def _wait_for_database(url: str, deadline: float, stopping: threading.Event) -> Journal:
    """The record, as soon as its database answers; it may be changing its primary.

    Raises:
        InputError: it does not answer for long.
        NotStarted: the start was called off.
    """
    while True:
        _refuse_if_called_off(stopping)
        try:
            return Journal(url)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise InputError(
                    f"the database has not answered for {_REACH_SECONDS} s: {str(error).strip()}"
                ) from None
            _log.warning("database out of reach", error=str(error).strip())
            stopping.wait(1)


def _claim(
    journal: Journal,
    rules: Rules,
    key: Ed25519PrivateKey,
    clock: WatchedClock,
    kept: KeptHead | None,
    settings: Settings,
    stopping: threading.Event,
) -> Rules:
    """Claim a record with these rules; returns the rules as recorded."""
    if journal.head().number >= 0:
        recorded, recorded_settings = read_rules(journal.connection)
        refuse_other_rules(rules, recorded)
        if recorded_settings.get("public_key") != public_text(key):
            raise InputError(
                f"{KEY_FILE} is not the key that the record began with; put that one back"
            )
        rules = recorded

    def first_entries(head: Head, epoch: int) -> Sequence[Entry]:
        said: dict[str, Any] | None = None
        if kept is not None:
            said = compare_with_record(journal.connection, kept, head, settings.accept_head)
        clock.begin(None if head.number < 0 else head.time, settings.clock_ahead_days)
        now, entries = clock(), []
        if head.number < 0:
            body = genesis_body(rules, {"public_key": public_text(key)})
            entries.append(_signed(genesis(body, now), key))
            head = Head(0, now, entries[0].hash)
        time_of_claim = max(now, head.time + 1)
        batch = Batch(BatchKind.WRITER, time_of_claim, body=writer_body(epoch, said))
        entry = make_entry(head.number + 1, batch, own_request(0), head.hash)
        return [*entries, _signed(entry, key)]

    lease = None
    if not settings.take_over:
        lease = wait_until_free(journal.connection, _log_wait, stopping)
        _refuse_if_called_off(stopping)
    journal.claim(first_entries, free=lease)
    return rules


def _warn_of_other_hours(here: SettlementCalendar, recorded: SettlementCalendar, now: int) -> None:
    """Warn if this machine knows of clock changes that the record does not."""
    date = recorded.first_difference(here, from_timestamp(now).date())
    if date is not None:
        _log.warning("time zone differs", zone=here.time_zone, first=date.isoformat())


def _log_wait(lease: Lease) -> None:
    _log.warning(
        "waiting for another writer's lease to expire",
        holder=lease.holder.name,
        age=round(lease.age, 1),
        seconds=LEASE_SECONDS,
    )


def _signed(entry: Entry, key: Ed25519PrivateKey) -> Entry:
    return attrs.evolve(entry, signature=key.sign(entry.hash))
