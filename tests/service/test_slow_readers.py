"""A caller that takes its answer too slowly has a bounded time, and a new one each time."""

import asyncio
from types import SimpleNamespace
from typing import Any

from skontro.service.http_protocol import BoundedProtocol, ConnectionLimits


def writing(loop: asyncio.AbstractEventLoop, seconds: float, aborted: list[float]) -> Any:
    """A protocol in the middle of an answer, that notes when its connection is ended."""
    protocol: Any = BoundedProtocol.__new__(BoundedProtocol)
    protocol._limits = ConnectionLimits(write_seconds=seconds)
    protocol._write_timer = None
    protocol.loop = loop
    protocol.transport = SimpleNamespace(abort=lambda: aborted.append(loop.time()))
    protocol.flow = SimpleNamespace(pause_writing=lambda: None, resume_writing=lambda: None)
    return protocol


def test_a_connection_that_stays_full_is_ended_once() -> None:
    async def answer() -> list[float]:
        loop, aborted = asyncio.get_running_loop(), list[float]()
        protocol = writing(loop, 0.01, aborted)
        began = loop.time()
        protocol.pause_writing()
        protocol.pause_writing()
        while not aborted:
            await asyncio.sleep(0.005)
        assert aborted[0] >= began + 0.009
        await asyncio.sleep(0.05)
        return aborted

    assert len(asyncio.run(answer())) == 1


def test_one_that_goes_on_stays_and_is_given_the_whole_time_again() -> None:
    async def answer() -> None:
        aborted: list[float] = []
        protocol = writing(asyncio.get_running_loop(), 3600.0, aborted)
        protocol.pause_writing()
        first = protocol._write_timer
        protocol.resume_writing()
        assert first.cancelled()
        assert protocol._write_timer is None
        protocol.resume_writing()
        protocol.pause_writing()
        assert protocol._write_timer is not first
        protocol.resume_writing()
        assert aborted == []

    asyncio.run(answer())
