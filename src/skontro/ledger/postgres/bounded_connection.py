"""Connections with a bounded wait for the database."""

import threading
import time
from collections.abc import Generator
from typing import Any, Final, TypeVar

import psycopg

from skontro.ledger.postgres.address import checked_url
from skontro.ledger.postgres.connection import unavailable

_Result = TypeVar("_Result")

#: Seconds between checks of the deadline while the server is silent.
_LOOK: Final = 0.1
#: Seconds for one host to accept a connection.
_CONNECT_SECONDS: Final = 4


class BoundedConnection(psycopg.Connection[tuple[object, ...]]):
    """A connection with a client-side deadline for each exchange with the server.

    A stopped server, a hanging machine or a silent network sends no error, and the server's own
    `statement_timeout` stops with it. After the deadline the connection is closed. The outcome of
    the statement sent is then unknown: the server may still execute it.

    Attributes:
        most_seconds: for one exchange.
        interrupted: when set, all waits end.
    """

    most_seconds: float = 20.0
    interrupted: threading.Event | None = None

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401  as psycopg's
        """Consume a generator of psycopg, up to the deadline."""
        return super().wait(self._bounded(gen), *arguments, **options)

    def _bounded(self, gen: Generator[Any, Any, _Result]) -> Generator[Any, Any, _Result]:
        deadline = time.monotonic() + self.most_seconds
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready:
                    self._refuse_to_wait(deadline)
                wanted = gen.send(ready)
        except StopIteration as end:
            result: _Result = end.value
            return result

    def _refuse_to_wait(self, deadline: float) -> None:
        stopped = self.interrupted is not None and self.interrupted.is_set()
        if stopped or time.monotonic() > deadline:
            self.pgconn.finish()
            why = (
                "stopped" if stopped else f"the database gave no answer for {self.most_seconds:g} s"
            )
            raise psycopg.OperationalError(why)


def connect_bounded(
    url: str,
    most_seconds: float,
    server_seconds: int,
    interrupted: threading.Event | None = None,
) -> BoundedConnection:
    """A connection whose every exchange ends within a time.

    Args:
        url: URL of the database.
        most_seconds: client-side limit for one exchange.
        server_seconds: the server's limit for a statement, waiting for replicas included.
        interrupted: when set, all waits end.

    Raises:
        DatabaseUnavailable: the database does not answer.
        InputError: the URL is not valid.
    """
    checked_url(url, "the database")
    try:
        connection = BoundedConnection.connect(
            url,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=3,
            tcp_user_timeout=15_000,
            application_name="skontro",
        )
        connection.most_seconds, connection.interrupted = most_seconds, interrupted
        _bound_server(connection, server_seconds)
    except psycopg.Error as error:
        raise unavailable(error, url) from None
    return connection


def _bound_server(connection: BoundedConnection, server_seconds: int) -> None:
    # The server must also release the locks of a machine that is gone.
    connection.execute(
        f"SET statement_timeout = '{server_seconds:d}s'; "
        f"SET idle_in_transaction_session_timeout = '{server_seconds:d}s'; "
        "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; "
        "SET tcp_keepalives_count = 3".encode()
    )
