"""The thread that renews the writer's lease, and detects a takeover.

Each renewal is a small durable commit. So it also proves, while no orders arrive, that commits
still become durable.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

import psycopg
import structlog

from skontro.ledger.journal import Fenced
from skontro.ledger.lease import RENEW_SECONDS, release_lease, renew_lease
from skontro.ledger.postgres.bounded_connection import BoundedConnection, connect_bounded

#: A renewal without an answer for so long is tried again on a new connection.
_CLIENT_SECONDS: Final = 5.0
_SERVER_SECONDS: Final = 30

_log = structlog.get_logger("skontro.lease")


class LeaseKeeper:
    """Renews a lease until it is stopped or lost.

    Args:
        url: URL of the database.
        epoch: with which this process claimed the record.
        lost: called once, from this thread, with `Fenced` when another process has taken over, or
            with another error that ends the service.
        revive: called before each attempt to reach the database again.
    """

    def __init__(
        self,
        url: str,
        epoch: int,
        lost: Callable[[Exception], None],
        revive: Callable[[], object] | None = None,
    ) -> None:
        self._url, self._epoch, self._lost, self._revive = url, epoch, lost, revive
        self._connection: BoundedConnection | None = None
        self._began: float | None = None
        self._stopping = threading.Event()
        self._interrupted = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    @property
    def oldest_commit_seconds(self) -> float:
        """Age of the current renewal, failed attempts included; 0 if none is under way."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, seconds: float = 2.0, *, release: bool = True) -> None:
        """Stop renewing; release the lease if the database responds.

        Args:
            seconds: time limit.
            release: whether the next writer may start before the lease expires.
        """
        self._stopping.set()
        self._thread.join(seconds)
        self._interrupted.set()
        connection = self._connection
        if connection is None or self._thread.is_alive() or connection.closed:
            return
        try:
            if release:
                connection.interrupted, connection.most_seconds = None, seconds
                release_lease(connection, self._epoch)
            connection.close()
        except (psycopg.Error, OSError) as error:
            _log.warning("lease not given up", error=str(error).strip())

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                if not self._renewed():
                    self._lost(Fenced("another process has taken over the record"))
                    return
                self._stopping.wait(RENEW_SECONDS)
        except Exception as error:
            self._lost(error)

    def _renewed(self) -> bool:
        """Renew the lease, with as many attempts as needed; False if another has taken over."""
        self._began = time.monotonic()
        while not self._stopping.is_set():
            try:
                if self._connection is None:
                    if self._revive is not None:
                        self._revive()
                    self._connection = connect_bounded(
                        self._url, _CLIENT_SECONDS, _SERVER_SECONDS, self._interrupted
                    )
                held = renew_lease(self._connection, self._epoch)
            except (psycopg.Error, OSError):
                if self._connection is not None:
                    self._connection.close()
                self._connection = None
                self._stopping.wait(0.2)
                continue
            self._began = None
            return held
        return True
