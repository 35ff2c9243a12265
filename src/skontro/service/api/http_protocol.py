"""HTTP connections with bounds: on their number, on headers, and on the time of each part.

Uvicorn with httptools bounds none of these: a header may have any size, and half a request may stay
open for ever. A connection that exceeds a bound gets a problem document and is closed.
"""

import asyncio
import json
import resource
from collections import Counter
from typing import Any, Final

import attrs
import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from skontro.service import metrics
from skontro.service.api.problems import Problem
from skontro.service.auth.security_log import SecurityLog

#: Files that the process needs besides connections: the database's, processes', logs.
_OTHER_FILES: Final = 256


@attrs.frozen
class ConnectionLimits:
    """Bounds of connections.

    Attributes:
        connections: in total.
        per_address: from one address; behind a proxy, all connections come from its own.
        header_bytes: size of the request line and all header lines together.
        header_lines: their number.
        header_seconds: from the first byte, or from connecting, to the end of the headers.
        body_seconds: from there to the end of the body.
        write_seconds: time in which a caller must receive its response.
    """

    connections: int = 4_096
    per_address: int = 1_024
    header_bytes: int = 65_536
    header_lines: int = 100
    header_seconds: float = 10
    body_seconds: float = 60
    write_seconds: float = 60

    @classmethod
    def of_process(cls, *, behind_proxy: bool) -> "ConnectionLimits":
        """Limits that fit the number of files the process may open."""
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        limits = cls()
        total = limits.connections
        if files != resource.RLIM_INFINITY:
            total = max(16, min(total, files - _OTHER_FILES))
        per_address = total if behind_proxy else min(limits.per_address, max(8, total // 2))
        return cls(connections=total, per_address=per_address)


class Connections:
    """Counts of the open connections, shared by all of them."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._by_address: Counter[str] = Counter()
        self._total = 0

    def open(self, address: str) -> str | None:
        """Count one more connection, or name the exceeded limit. `close` follows in both cases."""
        self._total += 1
        self._by_address[address] += 1
        if self._total > self._limits.connections:
            return f"{self._limits.connections} connections are open"
        if self._by_address[address] > self._limits.per_address:
            return f"{self._limits.per_address} connections are open from this address"
        return None

    def close(self, address: str) -> None:
        """Count one connection less."""
        self._total -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]


class _HeadersTooLarge(Exception):  # noqa: N818  stops the parser
    """The headers exceed the limit."""


class BoundedProtocol(HttpToolsProtocol):
    """Uvicorn's protocol within `ConnectionLimits`.

    Args:
        config, server_state, app_state, _loop: as Uvicorn gives them.
        limits, connections: of the service.
        security: log of refusals.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: ConnectionLimits,
        open_connections: Connections,
        security: SecurityLog,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits, self._open, self._security = limits, open_connections, security
        self._timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._in_headers, self._in_body, self._refused = False, False, False
        #: Bytes of headers: given by the parser, and fed to it without an end of the headers.
        self._parsed, self._fed, self._lines = 0, 0, 0
        self._began_now = False

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else "unknown"

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, and limit the time of its first request."""
        super().connection_made(transport)
        full = self._open.open(self._address)
        if full is not None:
            self._refuse(503, "Too many connections", full)
            return
        self._start_timer(self._limits.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection; Uvicorn informs the application."""
        self._open.close(self._address)
        self._stop_timer()
        if self._write_timer is not None:
            self._write_timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, which calls the methods below."""
        if self._refused:
            return
        self._unset_keepalive_if_required()
        if self._timer is None and not self._in_body:
            self._start_timer(self._limits.header_seconds)
        self._began_now = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return  # other protocols are not spoken; the request is answered as it is
        except httptools.HttpParserError as error:
            if isinstance(error.__context__, _HeadersTooLarge):
                self._refuse_headers()
            else:
                self._refuse(400, "Not HTTP", "this is not a request that can be read")
            return
        if self._in_headers and not self._began_now:
            self._fed += len(data)
            if self._fed > self._limits.header_bytes:
                self._refuse_headers()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_headers, self._began_now = True, True
        self._parsed, self._fed, self._lines = 0, 0, 0
        if self._timer is None:
            self._start_timer(self._limits.header_seconds)

    def on_url(self, url: bytes) -> None:
        """A part of the request line."""
        super().on_url(url)
        self._count(len(url), 0)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header line."""
        self._count(len(name) + len(value) + 4, 1)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The body follows, and the application begins."""
        self._in_headers, self._in_body = False, True
        self._start_timer(self._limits.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is complete."""
        self._in_body = False
        self._stop_timer()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The caller reads its response too slowly; start the time limit."""
        super().pause_writing()
        if self._write_timer is None:
            seconds = self._limits.write_seconds
            self._write_timer = self.loop.call_later(seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The caller has read most of the response."""
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def _count(self, size: int, lines: int) -> None:
        self._parsed += size
        self._lines += lines
        if self._parsed > self._limits.header_bytes or self._lines > self._limits.header_lines:
            raise _HeadersTooLarge

    def _start_timer(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, self._too_late)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_late(self) -> None:
        if self._in_body and self.flow.read_paused:
            self._start_timer(self._limits.body_seconds)  # the caller is not slow
            return
        part = "body" if self._in_body else "headers"
        seconds = self._limits.body_seconds if self._in_body else self._limits.header_seconds
        self._refuse(408, "Too slow", f"the {part} did not arrive within {seconds:g} s")

    def _refuse_headers(self) -> None:
        limits = self._limits
        detail = f"at most {limits.header_bytes} bytes in {limits.header_lines} lines are read"
        self._refuse(431, "Headers too large", detail)

    def _refuse(self, status: int, title: str, detail: str) -> None:
        """Answer with a problem, unless a response has begun, and close."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        self._stop_timer()
        cycle = self.cycle
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(_answer(Problem(status, title, detail)))
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()
        metrics.REQUESTS.labels("none", "none", str(status)).inc()
        self._security.refused(status, address=self._address, why=detail)


def _answer(problem: Problem) -> bytes:
    body = json.dumps(problem.document()).encode()
    lines = [
        STATUS_LINE[problem.status].rstrip(),
        b"content-type: application/problem+json",
        b"content-length: %d" % len(body),
        b"connection: close",
    ]
    return b"\r\n".join([*lines, b"", body])


def bounded_protocol(*, behind_proxy: bool, security: SecurityLog) -> type[asyncio.Protocol]:
    """The protocol factory of a service; Uvicorn calls it for every connection."""
    limits = ConnectionLimits.of_process(behind_proxy=behind_proxy)
    open_connections = Connections(limits)

    class _Bounded(BoundedProtocol):
        def __init__(self, **arguments: Any) -> None:  # noqa: ANN401  those of Uvicorn
            super().__init__(
                **arguments, limits=limits, open_connections=open_connections, security=security
            )

    return _Bounded
