"""One participant floods the live service; how long does another one wait for its answers?

The flood comes from a process of its own, over sixteen connections for each kind of request. Each
connection sends the next one as soon as it is answered, and never stops at a refusal.
"""

import asyncio
import json
import multiprocessing
import os
import re
import tempfile
import uuid
from collections.abc import Callable, Sequence
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final

import httpx

from benchmarks.live import in_batches, offer, running_service
from benchmarks.live_system import bic, order, signed_request, write_folder
from benchmarks.measuring import Findings
from skontro.ledger import database_url
from skontro.service.client import Signature

_CONNECTIONS: Final = 16
_BATCH: Final = 10_000
#: Orders a second that the other participant sends, one by one.
_RATE: Final = 50
_WARM_SECONDS: Final = 3

Requests = list[bytes]


def flooded_service(orders: int, seconds: int) -> Findings:
    """Latency of one participant's orders while another floods, by kind of flood.

    Args:
        orders: of the running day that are in the record before.
        seconds: that each kind of flood takes.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        _, keys = write_folder(folder)
        url = database_url(str(folder / "record"))
        in_batches(folder, url, orders)
        signatures = {one: Signature(one, key) for one, key in keys.items()}
        rows = []
        # The limits that a service has by default.
        with running_service(folder, url) as port:
            for kind, makers in _FLOODS.items():
                address, flooder = f"http://127.0.0.1:{port}", bic(0)
                floods = [make(address, flooder, signatures[flooder]) for make in makers]
                rows.append((kind, *_measured(port, floods, signatures, seconds)))
    return Findings(
        name="flooded-service",
        title=f"Orders of one participant while another floods, {orders:,} orders in the record",
        columns=(
            "the other sends",
            "its requests answered, a second",
            "median latency, ms",
            "99th percentile, ms",
            "failures",
        ),
        rows=rows,
        notes=(
            f"measured: {_RATE} signed orders a second, at fixed times; the flood: "
            f"{_CONNECTIONS} connections a kind, one request after the other, from a process "
            "of low priority that shares the two cores with the service and PostgreSQL",
        ),
    )


def _measured(
    port: int, floods: Sequence[Requests], signatures: dict[str, Signature], seconds: int
) -> tuple[float, float, float, int]:
    victim = bic(1)
    requests = [
        signed_request(f"http://127.0.0.1:{port}", [order(victim, bic(200))], signatures[victim])
        for _ in range(_RATE * (seconds + _WARM_SECONDS))
    ]
    context = multiprocessing.get_context("spawn")
    stop, answered = context.Event(), context.Value("q", 0)
    flood = context.Process(target=_flood, args=[port, floods, stop, answered])
    flood.start()
    try:
        _, median, high, failures = asyncio.run(offer(port, requests, _RATE, 4, _WARM_SECONDS))
    finally:
        stop.set()
        flood.join()
    return round(answered.value / (seconds + _WARM_SECONDS)), median, high, failures


def _flood(port: int, floods: Sequence[Requests], stop: Event, answered: "object") -> None:
    async def exchange(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
    ) -> bool:
        """Whether the connection stays open."""
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        await reader.readexactly(int(length[1]) if length else 0)
        return b"connection: close" not in head.lower()

    async def send(requests: Requests, place: int) -> int:
        count = 0
        while not stop.is_set():
            writer = None
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                stays = True
                while stays and not stop.is_set():
                    request = requests[place % len(requests)]
                    stays = await asyncio.wait_for(exchange(reader, writer, request), 10)
                    place += _CONNECTIONS
                    count += 1
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                await asyncio.sleep(0.01)
            finally:
                if writer is not None:
                    writer.transport.abort()
        return count

    async def everything() -> int:
        tasks = [send(requests, n) for requests in floods for n in range(_CONNECTIONS)]
        return sum(await asyncio.gather(*tasks))

    # It would have a machine of its own; here the service comes first.
    os.nice(10)
    answered.value = asyncio.run(everything())  # type: ignore[attr-defined]


def _orders(url: str, sender: str, signature: Signature) -> Requests:
    return [
        signed_request(url, [order(sender, bic(100 + n % 800))], signature) for n in range(20_000)
    ]


def _bad_batches(url: str, sender: str, signature: Signature) -> Requests:
    """10,000 orders of which the last has the UETR of the first."""
    requests = []
    for n in range(8):
        batch = [order(sender, bic(100 + n)) for _ in range(_BATCH)]
        batch[-1]["uetr"] = batch[0]["uetr"]
        requests.append(signed_request(url, batch, signature))
    return requests


def _signed(url: str, method: str, path: str, body: object, signature: Signature) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    headers = {"Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json"}
    request = httpx.Request(method, url + path, headers=headers, content=content)
    request = next(signature.auth_flow(request))
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode() + content


def _lists(url: str, sender: str, signature: Signature) -> Requests:
    paths = ["/v1/orders?limit=1000", "/v1/orders?limit=1000&status=queued"]
    paths += [f"/v1/accounts/{sender}/KZT/{what}" for what in ("statement?limit=1000", "queue")]
    return [_signed(url, "GET", path, None, signature) for path in paths * 100]


def _proposals(url: str, sender: str, signature: Signature) -> Requests:
    action = {"kind": "set_net_sender_limit", "participant": sender, "currency": "KZT"}
    return [
        _signed(url, "POST", "/v1/proposals", action | {"amount": f"{n}.00"}, signature)
        for n in range(5_000)
    ]


def _unsigned(url: str, sender: str, _signature: Signature) -> Requests:
    """Bodies of 8 MB that nobody signed."""
    body = b"[" + b" " * (8 * 2**20 - 2) + b"]"
    head = f"POST /v1/orders/batch HTTP/1.1\r\nHost: {url[7:]}\r\nContent-Length: {len(body)}\r\n"
    return [head.encode() + b"Content-Type: application/json\r\n\r\n" + body]


_Maker = Callable[[str, str, Signature], Requests]
_FLOODS: Final[dict[str, tuple[_Maker, ...]]] = {
    "nothing": (),
    "orders": (_orders,),
    "lists, statements and queues": (_lists,),
    "proposals": (_proposals,),
    "batches with a UETR twice": (_bad_batches,),
    "unsigned bodies of 8 MB": (_unsigned,),
    "signed requests of all kinds at once": (_orders, _lists, _proposals, _bad_batches),
    "all of these at once": (_orders, _lists, _proposals, _bad_batches, _unsigned),
}
