"""One connection, byte by byte, without a socket: what is counted, timed, refused and given up."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from skontro.service import metrics
from skontro.service.api.http_protocol import (
    BoundedProtocol,
    ConnectionLimits,
    Connections,
    bounded_protocol,
)

LIMITS = ConnectionLimits(
    connections=3,
    per_address=2,
    header_bytes=100,
    header_lines=3,
    header_seconds=10.0,
    body_seconds=60.0,
)
GET = b"GET / HTTP/1.1\r\n"


@attrs.define(eq=False)
class Transport:
    """As the event loop gives it."""

    peer: Any = ("192.0.2.7", 1)
    written: bytes = b""
    closed: bool = False

    def get_extra_info(self, name: str) -> Any:
        return {"peername": self.peer, "sockname": ("127.0.0.1", 80)}.get(name)

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def set_protocol(self, _protocol: object) -> None: ...


@attrs.define(eq=False)
class Line:
    """A connection to an application that answers when it is told to."""

    counts: Connections = attrs.field(factory=lambda: Connections(LIMITS))
    transport: Transport = attrs.field(factory=Transport)
    refused: list[Any] = attrs.field(factory=list)
    requests: list[Any] = attrs.field(factory=list)
    answers: Any = None
    protocol: Any = None

    def connect(self) -> "Line":
        self.answers = asyncio.Event()
        config = Config(
            self._app, interface="asgi3", ws="none", log_config=None, proxy_headers=False
        )
        config.load()
        log: Any = SimpleNamespace(
            refused=lambda status, **facts: self.refused.append((status, facts))
        )
        self.protocol = BoundedProtocol(
            config,
            ServerState(),
            {},
            asyncio.get_running_loop(),
            limits=LIMITS,
            open_connections=self.counts,
            security=log,
        )
        self.protocol.connection_made(self.transport)
        return self

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        self.requests.append((scope["path"], dict(scope["headers"])))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.answers.wait()
        await send({"type": "http.response.body", "body": b"done"})

    def feed(self, *parts: bytes) -> None:
        for part in parts:
            self.protocol.data_received(part)

    def seconds(self) -> float | None:
        """For how long the timer goes on; None where there is none."""
        timer = self.protocol._timer
        return None if timer is None else round(timer.when() - self.protocol.loop.time(), 1)

    def problem(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.transport.written.partition(b"\r\n\r\n")[2])
        return document


def alive(test: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await test()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    asyncio.run(run())


async def a_moment() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_each_part_of_a_request_has_its_time() -> None:
    async def test() -> None:
        line = Line().connect()
        assert line.seconds() == 10
        later = line.protocol.loop.time() + 3
        line.protocol.loop.time = lambda: later
        line.feed(GET)
        assert line.seconds() == 7, "from when it was connected"
        line.feed(b"Host: a\r\nContent-Length: 2\r\n\r\n")
        assert line.seconds() == 60
        line.feed(b"a")
        assert line.seconds() == 60
        line.feed(b"b")
        assert line.seconds() is None
        line.feed(b"G")
        assert line.seconds() == 10, "the next request"
        line.feed(b"ET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")
        assert line.seconds() == 60

    alive(test)


def test_two_requests_at_once_each_begin_anew() -> None:
    async def test() -> None:
        line = Line().connect()
        line.answers.set()
        whole = GET + b"Host: " + b"a" * 60 + b"\r\n\r\n"
        line.feed(whole + whole[:-1])
        assert line.seconds() == 10
        line.feed(whole[-1:])
        await a_moment()
        assert line.refused == []
        assert line.seconds() is None
        assert [path for path, _ in line.requests] == ["/", "/"]
        assert line.requests[0][1] == {b"host": b"a" * 60}

    alive(test)


@pytest.mark.parametrize("beyond", [0, 1])
def test_headers_without_an_end_are_counted_as_they_come(beyond: int) -> None:
    async def test() -> None:
        for parts in ([1] * (100 + beyond), [50, 50 + beyond]):
            line = Line().connect()
            line.feed(GET + b"X: ")
            line.feed(*(b"a" * size for size in parts))
            assert [status for status, _ in line.refused] == [431] * beyond
            assert line.transport.closed == bool(beyond)
            if beyond:
                detail = "at most 100 bytes in 3 lines are read"
                assert line.problem()["detail"] == detail
                assert line.refused[0][1] == {"address": "192.0.2.7", "why": detail}

    alive(test)


@pytest.mark.parametrize(("size", "lines", "fits"), [(84, 3, True), (85, 3, False), (1, 4, False)])
def test_whole_headers_are_counted_with_the_path(size: int, lines: int, fits: bool) -> None:
    """The path has one byte, and each line four more than its name and value."""

    async def test() -> None:
        line = Line().connect()
        line.feed(GET + b"A: " + b"a" * size + b"\r\n" + b"B:\r\n" * (lines - 1) + b"\r\n")
        assert (line.refused == []) == fits
        await a_moment()
        assert len(line.requests) == fits

    alive(test)


def test_a_body_is_no_header() -> None:
    async def test() -> None:
        line = Line().connect()
        line.feed(GET + b"Content-Length: 500\r\n\r\n", *[b"b" * 50] * 9)
        assert line.refused == []
        assert line.seconds() == 60

    alive(test)


def test_what_was_refused_is_not_read_on() -> None:
    async def test() -> None:
        before = metrics.REQUESTS.labels("none", "none", "400")._value.get()
        line = Line().connect()
        line.feed(b"\0\0\0\0", GET + b"\r\n", b"\0")
        assert line.problem() == {
            "type": "about:blank",
            "title": "Not HTTP",
            "status": 400,
            "detail": "this is not a request that can be read",
        }
        assert line.transport.written.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert (len(line.refused), line.transport.closed, line.seconds()) == (1, True, None)
        assert metrics.REQUESTS.labels("none", "none", "400")._value.get() == before + 1
        await a_moment()
        assert line.requests == []

    alive(test)


def test_what_is_closing_already_is_not_refused() -> None:
    async def test() -> None:
        line = Line().connect()
        line.transport.closed = True
        line.protocol._too_late()
        assert (line.refused, line.transport.written) == ([], b"")

    alive(test)


@pytest.mark.parametrize("answered", [False, True])
def test_an_answer_that_has_begun_is_cut_off_and_one_that_is_whole_is_followed(
    answered: bool,
) -> None:
    async def test() -> None:
        line = Line().connect()
        if answered:
            line.answers.set()
        line.feed(GET + b"Host: a\r\n\r\n")
        await a_moment()
        cycle = line.protocol.cycle
        assert (cycle.response_started, cycle.response_complete) == (True, answered)
        line.feed(b"\0\0\0")
        assert line.transport.written.count(b"HTTP/1.1 400") == answered
        assert line.transport.closed
        assert cycle.disconnected != answered
        assert cycle.message_event.is_set()

    alive(test)


def test_a_request_that_was_not_answered_yet_is_answered_with_the_problem() -> None:
    async def test() -> None:
        line = Line().connect()
        line.feed(GET + b"Content-Length: 9\r\n\r\n")
        cycle = line.protocol.cycle
        line.protocol._too_late()
        assert line.problem()["detail"] == "the body did not arrive within 60 s"
        assert (cycle.disconnected, cycle.message_event.is_set()) == (True, True)

    alive(test)


def test_other_protocols_are_not_spoken() -> None:
    async def test() -> None:
        line = Line().connect()
        line.answers.set()
        line.feed(GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        await a_moment()
        assert (len(line.requests), line.refused) == (1, [])

    alive(test)


def test_a_connection_beyond_the_bound_is_told_so_and_counts_until_it_is_lost() -> None:
    async def test() -> None:
        counts = Connections(LIMITS)
        lines = [Line(counts).connect() for _ in range(3)]
        assert [len(one.refused) for one in lines] == [0, 0, 1]
        assert lines[2].problem()["status"] == 503
        assert lines[2].problem()["title"] == "Too many connections"
        assert lines[2].seconds() is None
        lines[0].protocol.connection_lost(None)
        assert lines[0].seconds() is None
        assert Line(counts).connect().refused != []
        for one in lines[1:]:
            one.protocol.connection_lost(None)
        assert Line(counts, Transport(peer=None)).connect().refused == []
        assert counts._by_address == {"192.0.2.7": 1, "unknown": 1}

    alive(test)


def test_data_ends_the_wait_for_another_request() -> None:
    async def test() -> None:
        line = Line().connect()
        waiting = line.protocol.loop.call_later(5, lambda: None)
        line.protocol.timeout_keep_alive_task = waiting
        line.feed(b"G")
        assert waiting.cancelled()

    alive(test)


def test_the_protocol_of_a_service_shares_its_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(BoundedProtocol, "__init__", lambda _self, **named: told.append(named))
    log: Any = object()
    for behind_proxy in (False, True):
        made: Any = bounded_protocol(behind_proxy=behind_proxy, security=log)
        made(config=1)
        made(config=2)
        one, other = told[-2:]
        assert one["open_connections"] is other["open_connections"]
        assert (one["security"], one["limits"]) == (log, one["open_connections"]._limits)
        wanted = ConnectionLimits.of_process(behind_proxy=behind_proxy)
        assert (one["limits"], one["config"], other["config"]) == (wanted, 1, 2)
