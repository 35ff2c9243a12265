"""The thread that writes groups of batches, and answers requests once they are durable."""

import itertools
import queue
import threading
import time
from collections.abc import Callable
from typing import Final

import psycopg
import structlog

from skontro.ledger import CommitUnknown, Entry, Fenced, Journal, OrderIndex
from skontro.service import metrics
from skontro.service.sequencer.idempotency import IdsInUse
from skontro.service.sequencer.requests import Group, Stopping

#: Seconds between attempts to reach a database that is away.
_RETRY: Final = (0.05, 0.1, 0.2, 0.5, 1.0)

_log = structlog.get_logger("skontro.writer")


class Writer:
    """Writes groups in order of arrival.

    Args:
        journal: claimed.
        order_index: updated after each commit.
        published: called after each commit.
        failed: called once, if writing cannot continue.
        ids_in_use: informed of ids that have reached the order index.
        revive: called before each attempt to reach the database again.
    """

    def __init__(
        self,
        journal: Journal,
        order_index: OrderIndex,
        published: Callable[[Group], None],
        failed: Callable[[Exception], None],
        ids_in_use: IdsInUse,
        revive: Callable[[], object] | None = None,
    ) -> None:
        self._journal, self._order_index = journal, order_index
        self._published, self._failed = published, failed
        self._ids_in_use, self._revive = ids_in_use, revive
        #: When the commit began that is not durable yet.
        self._began: float | None = None
        #: Two at most: one being written, one applied meanwhile.
        self._groups: queue.Queue[Group | None] = queue.Queue(maxsize=2)
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._abandoned = threading.Event()
        #: Set while nothing is under way.
        self.idle = threading.Event()
        self.idle.set()
        #: Whether the database answers.
        self.reachable = True

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def oldest_commit_seconds(self) -> float:
        """Age of the oldest commit under way; 0 if there is none."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    def put(self, group: Group | None) -> None:
        """Add the next group, or None for the end; waits while two are under way."""
        self.idle.clear()
        while not self._abandoned.is_set():
            try:
                self._groups.put(group, timeout=0.5)
                return
            except queue.Full:
                continue
        if group is not None:
            _refuse(group, "the record can no longer be written")

    def stop(self, seconds: float) -> bool:
        """Wait until everything is written, within a time limit in seconds.

        Returns:
            Whether it is.
        """
        if self._thread.ident is None:
            return True
        self._thread.join(seconds)
        if self._thread.is_alive():
            self.abandon()
            self._thread.join(2)
        if not self._thread.is_alive():
            self._journal.close()
        return not self._abandoned.is_set()

    def abandon(self) -> None:
        """Stop writing; pending callers learn that recording is unknown."""
        self._abandoned.set()
        self._journal.interrupt()

    def _run(self) -> None:
        while (group := self._next()) is not None:
            try:
                self._write(group)
                if self._groups.empty():
                    self.idle.set()
            except Exception as error:
                self._abandoned.set()
                _log.critical("cannot write", error=str(error), kind=type(error).__name__)
                _refuse(group, str(error))
                self._failed(error)
                break
        while True:
            try:
                left = self._groups.get_nowait()
            except queue.Empty:
                return
            if left is not None:
                _refuse(left, "the record can no longer be written")

    def _next(self) -> Group | None:
        while not self._abandoned.is_set():
            try:
                return self._groups.get(timeout=0.5)
            except queue.Empty:
                continue
        return None

    def _write(self, group: Group) -> None:
        if group.entries:
            self._began = started = time.monotonic()
            if group.trace is not None:
                group.trace.commits()
            self._append(group.entries)
            self._began = None
            if group.trace is not None:
                group.trace.durable([one.number for one in group.entries])
            metrics.COMMIT_SECONDS.observe(time.monotonic() - started)
            metrics.count_entries(group.entries)
            for entry in group.entries:
                self._order_index.add(entry)
            self._ids_in_use.forget(group.in_flight)
        self._published(group)
        if group.snapshot is not None:
            self._keep_snapshot(*group.snapshot)

    def _append(self, entries: tuple[Entry, ...]) -> None:
        try:
            self._journal.append(entries)
            return
        except CommitUnknown as error:
            self._out_of_reach(error)
        for attempt in itertools.count():
            if self._abandoned.is_set():
                raise Stopping("stopped while the database was out of reach")
            try:
                if self._revive is not None:
                    self._revive()
                written = self._journal.resolve(entries)
                if not written:
                    self._journal.append(entries)
                self.reachable = True
                metrics.DATABASE_REACHABLE.set(1)
                _log.info("database reached again", batch=entries[-1].number, found=written)
                return
            except CommitUnknown as error:
                self._out_of_reach(error)
                if self._abandoned.wait(_RETRY[min(attempt, len(_RETRY) - 1)]):
                    raise Stopping("stopped while the database was out of reach") from error

    def _out_of_reach(self, error: CommitUnknown) -> None:
        if self.reachable:
            _log.warning("database out of reach", error=str(error))
        self.reachable = False
        metrics.DATABASE_REACHABLE.set(0)

    def _keep_snapshot(self, number: int, snapshot: bytes) -> None:
        try:
            self._journal.write_snapshot(number, snapshot)
        except (psycopg.Error, Fenced) as error:
            # It only makes the next start quicker; that its hash is recorded harms nothing.
            _log.warning("snapshot not written", batch=number, error=str(error))


def _refuse(group: Group, why: str) -> None:
    for done in group.refuse:
        done(Stopping(why))
