"""A network between two services that can break: connections through it are dead for ever then."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from typing import Any, Final

_BLOCK: Final = 65_536


class BrokenNetwork:
    """Carries connections from ports of its own to the services behind them.

        network = BrokenNetwork()
        port = network.way_to(8_000)  # the peer connects to this port instead of 8000
        network.broken = True

    What is sent while it is broken gets lost without an error, as where routers drop packets. A
    connection that was open then, or was made then, carries nothing afterwards either. That is
    worse than in most networks.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._broken = False
        #: Raised at each break; connections of an earlier one are dead.
        self._breaks = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def broken(self) -> bool:
        """Whether nothing arrives."""
        return self._broken

    @broken.setter
    def broken(self, value: bool) -> None:
        self._breaks += value and not self._broken
        self._broken = value

    def way_to(self, port: int) -> int:
        """A port of this machine that leads to another one."""

        async def serve() -> int:
            server = await asyncio.start_server(
                lambda *streams: self._begin(self._carry(port, *streams)), "127.0.0.1", 0
            )
            return int(server.sockets[0].getsockname()[1])

        return asyncio.run_coroutine_threadsafe(serve(), self._loop).result(60)

    def close(self) -> None:
        """End all connections."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self._loop.close()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(
        self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        breaks, dead = self._breaks, self._broken
        if dead:
            await asyncio.Event().wait()  # until the end: it neither fails nor carries anything
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(self._pump(reader, back, breaks), self._pump(there, writer, breaks))

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, breaks: int
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while block := await reader.read(_BLOCK):
                if breaks != self._breaks:
                    await asyncio.Event().wait()
                writer.write(block)
                await writer.drain()
        if breaks == self._breaks:
            writer.close()
