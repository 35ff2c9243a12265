"""A caller that takes its answer too slowly has a bounded time, and a new one each time."""

import asyncio
from types import SimpleNamespace
from typing import Any

from skontro.service.api.http_protocol import BoundedProtocol, ConnectionLimits


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


def test_a_caller_whose_body_is_not_taken_is_not_the_slow_one() -> None:
    async def answer() -> list[tuple[int, str]]:
        protocol, refused = writing(asyncio.get_running_loop(), 1.0, []), list[tuple[int, str]]()
        protocol._limits = ConnectionLimits(body_seconds=100.0, header_seconds=9.0)
        protocol._timer = None
        protocol._refuse = lambda status, _title, detail: refused.append((status, detail))
        for in_body, paused in ((True, True), (True, False), (False, True)):
            protocol._in_body, protocol.flow.read_paused = in_body, paused
            protocol._too_late()
            assert (protocol._timer is not None) == (in_body and paused)
            if protocol._timer is not None:
                assert protocol._timer.when() - protocol.loop.time() > 99
                protocol._stop_timer()
            assert protocol._timer is None
        return refused

    assert asyncio.run(answer()) == [
        (408, "the body did not arrive within 100 s"),
        (408, "the headers did not arrive within 9 s"),
    ]


def test_a_lost_connection_leaves_no_timer_and_gives_its_place_back() -> None:
    async def lose() -> None:
        protocol = writing(asyncio.get_running_loop(), 100.0, [])
        protocol._timer, protocol.client = None, None
        closed: list[str] = []
        protocol._open = SimpleNamespace(close=closed.append)
        protocol.cycle = None
        protocol.connections, protocol.logger = {protocol}, SimpleNamespace(level=100)
        protocol.timeout_keep_alive_task, protocol.parser = None, None
        protocol._start_timer(100.0)
        protocol.pause_writing()
        timers = protocol._timer, protocol._write_timer
        protocol.connection_lost(ConnectionResetError())
        assert all(one.cancelled() for one in timers)
        assert (closed, protocol.connections) == (["unknown"], set())

    asyncio.run(lose())
