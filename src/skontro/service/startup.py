"""Start and stop of a live system: recover the claimed record, and stop without loss."""

import threading
from collections.abc import Callable
from pathlib import Path

import attrs
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.compilation import prepare
from skontro.files.system_rules import SYSTEM, read_system
from skontro.ledger import Head, Journal, KeptHead, Recovered, connect, recover
from skontro.ledger.head_file import HEAD_FILE, read_head
from skontro.ledger.keys import public_text
from skontro.ledger.link_proof import proof_of_head
from skontro.model import SettlementCalendar, from_timestamp
from skontro.screening.pool import ScreeningPool
from skontro.service.api.case_bundles import CaseBundles
from skontro.service.api.order_mapper import OrderMapper
from skontro.service.api.order_submission import OrderScreening
from skontro.service.api.record_queries import History
from skontro.service.api.service_context import Context
from skontro.service.auth.authentication import Authenticator
from skontro.service.auth.credentials import require_two_operators
from skontro.service.auth.oidc import OpenIdSignIn
from skontro.service.auth.oidc_settings import read_oidc
from skontro.service.clock import Clock, WatchedClock
from skontro.service.logs import read_level
from skontro.service.peers.from_record import hashes_of
from skontro.service.peers.peers import Peers, Transports
from skontro.service.readiness import Readiness
from skontro.service.record_claim import (
    claim_record,
    open_database,
    refuse_if_called_off,
    signing_key,
)
from skontro.service.sequencer.head_keeper import HeadKeeper
from skontro.service.sequencer.lease_keeper import LeaseKeeper
from skontro.service.sequencer.link_batches import Outbox, Shut
from skontro.service.sequencer.sequencer import Sequencer
from skontro.service.settings import Settings
from skontro.system import ScreeningLists, precompile

_log = structlog.get_logger("skontro")


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
                self.context.messages.stop()
                self.context.peers.stop()
                self.context.tables.stop()
                self.head.stop()
                self.lease.stop(release=self._stopped)
                self.context.history.close()
            return self._stopped

    def reload(self) -> None:
        """Reload the settings that may change while the service runs: log level and issuer.

        Raises:
            InputError: they cannot be used; the previous ones stay in force.
        """
        oidc = read_oidc(self.folder)
        level = read_level(self.folder)
        self.context.open_id.use(oidc)
        issuer = "none" if oidc is None else oidc.issuer
        _log.info("reloaded", log_level=level or "as started", issuer=issuer)


def start(
    settings: Settings,
    stopped: Callable[[Exception], None] | None = None,
    clock: Clock | None = None,
    stopping: threading.Event | None = None,
    outbox: Outbox | None = None,
    transports: Transports | None = None,
) -> Service:
    """Recover the record, or begin one, and start the service.

    Args:
        settings: settings of the service.
        stopped: called once if the service cannot continue.
        clock: gives microseconds since 1970 and is trusted; by default the machine's, watched.
        stopping: when set, the start is called off.
        outbox: called with proofs of durable statements for other systems, instead of sending them.
        transports: of HTTP to other systems; None for the network.

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
    prepare()
    precompile(rules)
    watched = _watched(clock)
    head_path = settings.head_file or folder / HEAD_FILE
    kept = read_head(head_path)
    peers = Peers(settings.peers_in_use, transports)
    open_id = OpenIdSignIn()
    open_id.use(read_oidc(folder))
    url, embedded = open_database(settings, folder)
    revive = None if embedded is None else embedded.revive
    here = rules.calendar
    journal, rules = claim_record(url, rules, key, watched, kept, settings, stopping)
    ending = _Ending(stopped, stopping)
    lease = LeaseKeeper(url, journal.epoch, ending.end, revive)
    lease.start()
    try:
        with connect(url) as connection:
            recovered = recover(connection, rules, settings.days, key.public_key(), ending.check)
            head_proof = proof_of_head(connection, recovered.head)
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
    if outbox is None:
        # The claim of the record is its last batch.
        peers.keep_shut(recovered.system, recovered.head.time, hashes_of(url))
        outbox = peers.outbox
    shut = peers.shut
    sequencer = _sequencer(
        settings, recovered, journal, key, watched, ending, revive, head, outbox, shut
    )
    pool = None
    lists = settings.lists_in_use
    if lists is not None:
        pool = ScreeningPool(
            lists,
            settings.screening_processes,
            settings.second_engine,
            agreed=lambda: _digest_of(sequencer.view.screening_lists),
        )
    context = Context(
        sequencer,
        OrderMapper(rules, recovered.order_index, lambda: sequencer.view),
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
        peers,
        CaseBundles(rules.name, key),
        open_id=open_id,
    )
    peers.start(sequencer, head_proof, recovered.head.time, key)
    sequencer.start()
    ending.hand_to(sequencer)
    return Service(context, sequencer, lease, head, folder, pool)


def _digest_of(lists: ScreeningLists | None) -> str:
    return "" if lists is None else lists.digest


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
        refuse_if_called_off(self._stopping)


def _watched(clock: Clock | None) -> WatchedClock:
    if clock is None:
        return WatchedClock()
    return clock if isinstance(clock, WatchedClock) else WatchedClock.plain(clock)


def _head_keeper(path: Path, kept: KeptHead | None, head: Head, epoch: int) -> HeadKeeper:
    """Start keeping the head; its first one is on disk before the service is ready."""
    if kept is None and head.number > 1:
        _log.warning("no head was kept outside the database; kept from now on", file=str(path))
    keeper = HeadKeeper(path)
    keeper.note(KeptHead.of(head, epoch))
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
    outbox: Outbox | None,
    links_shut: Callable[[], Shut],
) -> Sequencer:
    return Sequencer(
        recovered.system,
        recovered.order_index,
        recovered.head,
        journal,
        key,
        clock=clock,
        max_waiting=settings.max_waiting,
        commands_per_snapshot=settings.commands_per_snapshot,
        batches_per_snapshot=settings.batches_per_snapshot,
        stopped=ending.stopped,
        revive=revive,
        durable=lambda newest: head.note(KeptHead.of(newest, journal.epoch)),
        outbox=outbox,
        links_shut=links_shut,
    )


def _warn_of_other_hours(here: SettlementCalendar, recorded: SettlementCalendar, now: int) -> None:
    """Warn if this machine knows of clock changes that the record does not."""
    date = recorded.first_difference(here, from_timestamp(now).date())
    if date is not None:
        _log.warning("time zone differs", zone=here.time_zone, first=date.isoformat())
