"""Single signed orders over HTTP: latency by rate, and the processor time of each part.

Orders are offered at fixed times, answered or not, by a process of its own. It shares the cores
with the service, the service's signature processes and PostgreSQL.
"""

import asyncio
import multiprocessing
import tempfile
from collections import deque
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, cast

import httpx
import numpy as np
import psutil
import uvloop

from benchmarks.live import running_service
from benchmarks.live_system import TOKENS, bic, order, signed_request, write_folder
from benchmarks.measuring import Findings, stopwatch
from skontro.ledger import database_url
from skontro.service.client import Signature

#: Connections of the sender: enough that an order seldom waits for one.
_CONNECTIONS: Final = 256
#: Seconds of each load that count for nothing: connections and caches are new.
_WARM_SECONDS: Final = 2
#: Seconds between looks of the sender for orders that are due.
_LOOK: Final = 0.001
#: The latency within which a rate is borne, in milliseconds.
_BOUND: Final = 50.0
#: Seconds in which the last orders must be answered.
_PATIENCE: Final = 30.0

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length: "


def single_orders(rates: Sequence[int], seconds: int) -> Findings:
    """Latency and processor time of single orders, by the rate at which they are offered.

    Args:
        rates: a second.
        seconds: that each takes.
    """
    rows = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        _, keys = write_folder(folder)
        signatures = [(one, Signature(one, key)) for one, key in keys.items()]
        url = database_url(str(folder / "record"))
        with running_service(folder, url, "--requests-per-second", "100000") as port:
            parts = _parts(port, folder / "record")
            _measured(port, signatures, 200, 2, parts)
            rows = [(rate, *_measured(port, signatures, rate, seconds, parts)) for rate in rates]
    borne = [rate for rate, answered, _, high, *_ in rows if high < _BOUND and answered > 0]
    return Findings(
        name="single-orders",
        title=f"Single signed orders over HTTP; most with 99 % within {_BOUND:g} ms: "
        f"{max(borne, default=0):,} a second",
        columns=(
            "offered a second",
            "answered a second",
            "median, ms",
            "99th percentile, ms",
            "failures",
            *(f"{part}, µs an order" for part in (*parts, "sender")),
        ),
        rows=rows,
        notes=(
            f"{_CONNECTIONS} connections of one sender; latency counts from the time at which an "
            f"order was due; {_WARM_SECONDS} s before count for nothing",
        ),
    )


Parts = dict[str, list[psutil.Process]]


def _parts(port: int, record: Path) -> Parts:
    """The processes of the service's parts, by name."""
    [service] = [
        one.pid
        for one in psutil.net_connections("tcp")
        if one.status == psutil.CONN_LISTEN and one.laddr.port == port
    ]
    process = psutil.Process(service)
    # A request starts what the service starts at the first one.
    address = f"http://127.0.0.1:{port}/v1/day"
    httpx.get(address, headers={"Authorization": f"Bearer {TOKENS[0]}"})
    server = psutil.Process(int((record / "postmaster.pid").read_text().split()[0]))
    return {"service": [process], "signatures": process.children(), "database": [server]}


def _spent(parts: Parts) -> list[float]:
    """Processor seconds of each part so far, with those of all child processes."""
    return [sum(map(_seconds, processes)) for processes in parts.values()]


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
        children = process.children() if process.name() == "postgres" else []
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system + sum(map(_seconds, children))


def _measured(
    port: int, signatures: Sequence[tuple[str, Signature]], rate: int, seconds: int, parts: Parts
) -> tuple[float, ...]:
    """Answers a second, median, 99th percentile, failures, and microseconds of each part."""
    requests = []
    address = f"http://127.0.0.1:{port}"
    for place in range(rate * (seconds + _WARM_SECONDS)):
        sender, signature = signatures[place % len(signatures)]
        payee = bic(100 + place % 800)
        requests.append(signed_request(address, [order(sender, payee)], signature))
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_send, args=[port, requests, rate, theirs])
    process.start()
    ours.recv()
    before = _spent(parts)
    ours.send(None)
    latencies, failures, elapsed, spent = ours.recv()
    after = _spent(parts)
    process.join()
    each = 1e6 / len(requests)
    counted = 1000 * np.array(latencies[_WARM_SECONDS * rate :])
    return (
        round(len(requests) / elapsed),
        float(np.percentile(counted, 50)),
        float(np.percentile(counted, 99)),
        failures,
        *(round(each * (late - early)) for early, late in zip(before, after, strict=True)),
        round(each * spent),
    )


def _send(port: int, requests: Sequence[bytes], rate: int, answer: Connection) -> None:
    uvloop.run(_Sender(port, requests, rate, answer).run())


class _Sender:
    """Offers requests at a rate over connections that are free."""

    def __init__(self, port: int, requests: Sequence[bytes], rate: int, answer: Connection) -> None:
        self._port, self._requests, self._rate, self._answer = port, requests, rate, answer
        self.free: deque[_Exchange] = deque()
        self.latencies = [0.0] * len(requests)
        self.failures, self.left = 0, len(requests)
        self.begin = 0.0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(_CONNECTIONS):
            await loop.create_connection(lambda: _Exchange(self), "127.0.0.1", self._port)
        self._answer.send(None)
        self._answer.recv()
        spent = psutil.Process().cpu_times()
        self.begin, place = stopwatch(), 0
        while place < len(self._requests):
            due = min(int((stopwatch() - self.begin) * self._rate) + 1, len(self._requests))
            while place < due and self.free:
                self.free.popleft().send(place, self._requests[place])
                place += 1
            await asyncio.sleep(_LOOK)
        deadline = stopwatch() + _PATIENCE
        while self.left and stopwatch() < deadline:
            await asyncio.sleep(_LOOK)
        elapsed = stopwatch() - self.begin
        now = psutil.Process().cpu_times()
        used = now.user + now.system - spent.user - spent.system
        self._answer.send((self.latencies, self.failures + self.left, elapsed, used))

    def answered(self, place: int, *, well: bool) -> None:
        self.latencies[place] = stopwatch() - self.begin - place / self._rate
        self.failures += not well
        self.left -= 1


class _Exchange(asyncio.Protocol):
    """One connection, with one request at a time."""

    def __init__(self, sender: _Sender) -> None:
        self._sender, self._place, self._got = sender, -1, b""
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self._sender.free.append(self)

    def send(self, place: int, request: bytes) -> None:
        self._place, self._got = place, b""
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(_END)
        if not found:
            return
        place = head.lower().find(_LENGTH)
        length = int(head[place + len(_LENGTH) :].split(b"\r", 1)[0]) if place >= 0 else 0
        if len(body) < length:
            return
        self._sender.answered(self._place, well=head.startswith(b"HTTP/1.1 201"))
        self._sender.free.append(self)
