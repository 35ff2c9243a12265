"""The thread that keeps messages and their answers in the database, before an answer is sent."""

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Final

import attrs
import psycopg
import structlog

from skontro.ledger.kept_messages import Exchange, keep_messages
from skontro.ledger.postgres.bounded_connection import BoundedConnection, connect_bounded

#: Most messages of one commit, and bytes after which it takes no more.
_MOST: Final = 500
_MOST_BYTES: Final = 16 * 2**20
#: Seconds for one exchange with the database.
_SECONDS: Final = 20

_log = structlog.get_logger("skontro.messages")


@attrs.frozen
class _Waiting:
    """An exchange to be kept, and who is told whether it was."""

    exchange: Exchange
    done: Callable[[bool], None]


class MessageKeeper:
    """Keeps messages: all that wait go into one commit.

        keeper = MessageKeeper(url)
        if await keeper.keep(exchange):
            ...  # now the answer may be sent

    It connects at the first message.

    Args:
        url: URL of the record's database.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._connection: BoundedConnection | None = None
        self._interrupted = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = False

    async def keep(self, exchange: Exchange) -> bool:
        """Keep a message with its answer, and wait until both are durable.

        Returns:
            False where the database did not take them.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()

        def settle(kept: bool) -> None:
            if not future.done():
                future.set_result(kept)

        def done(kept: bool) -> None:
            loop.call_soon_threadsafe(settle, kept)

        if not self._put(_Waiting(exchange, done)):
            return False
        return await future

    def stop(self, seconds: float = 5.0) -> None:
        """Keep what waits, and end the thread; what the database does not take in time is lost."""
        with self._lock:
            self._stopped, thread = True, self._thread
        if thread is not None:
            self._waiting.put(None)
            thread.join(seconds)
            self._interrupted.set()
            thread.join(seconds)

    def _put(self, one: _Waiting) -> bool:
        with self._lock:
            if self._stopped:
                return False
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="messages", daemon=True)
                self._thread.start()
            self._waiting.put(one)
        return True

    def _run(self) -> None:
        goes_on = True
        while goes_on:
            group, goes_on = self._next_group()
            if not group:
                continue
            kept = self._keep([one.exchange for one in group])
            for one in group:
                one.done(kept)
        if self._connection is not None:
            self._connection.close()

    def _next_group(self) -> tuple[list[_Waiting], bool]:
        """All that wait, up to the bounds of a commit; and whether more may come."""
        group: list[_Waiting] = []
        size = 0
        one = self._waiting.get()
        while one is not None:
            group.append(one)
            size += len(one.exchange.content) + len(one.exchange.answer)
            if len(group) >= _MOST or size >= _MOST_BYTES:
                return group, True
            try:
                one = self._waiting.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _keep(self, exchanges: list[Exchange]) -> bool:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = connect_bounded(self._url, _SECONDS, _SECONDS, self._interrupted)
            keep_messages(self._connection, exchanges)
        except psycopg.Error as error:
            _log.error("messages not kept", count=len(exchanges), error=type(error).__name__)
            if self._connection is not None:
                self._connection.close()
            return False
        return True
