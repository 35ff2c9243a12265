"""Signed batches over HTTP as JSON, Arrow and Parquet, with class, times and legs."""

import asyncio
import datetime
import io
import json
import random
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
import polars as pl
import psutil

from benchmarks.live import in_batches, offer, running_service
from benchmarks.live_system import bic, write_folder
from benchmarks.measuring import Findings, stopwatch
from skontro.ledger import database_url
from skontro.service.client import Signature
from skontro.service.tables.transfer import TableForm

_ROWS: Final = 10_000
_CONNECTIONS: Final = 4
#: Of ten orders, one is a leg of a pair.
_LEG_EVERY: Final = 10
_CLASSES: Final = ("normal", "high", "urgent")

_Form = tuple[str, Callable[[list[dict[str, Any]]], bytes]]


def tables_over_http(orders: int, repeats: int) -> Findings:
    """Orders a second in each form, in turns on one service; and in process beside it.

    Args:
        orders: of each form and turn.
        repeats: turns.
    """
    forms: dict[str, _Form] = {
        "JSON": ("application/json", _as_json),
        "Arrow": (TableForm.ARROW.media_type, _as_arrow),
        "Parquet": (TableForm.PARQUET.media_type, _as_parquet),
    }
    found: dict[str, list[float]] = {name: [] for name in forms}
    spent: dict[str, list[float]] = {name: [] for name in forms}
    sizes: dict[str, float] = {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        _, keys = write_folder(folder, more=("RUB",))
        url = database_url(str(folder / "record"))
        in_process, _ = in_batches(folder, url, orders)
        signatures = [Signature(one, key) for one, key in keys.items()]
        with running_service(folder, url, "--requests-per-second", "100000") as port:
            for turn in range(repeats + 1):
                for form, (media, write) in forms.items():
                    count = orders if turn else 4 * _ROWS
                    requests = _requests(port, media, write, signatures, count)
                    begin, before = stopwatch(), _processor_time()
                    failures = asyncio.run(offer(port, requests, 10**9, _CONNECTIONS, 0))[3]
                    elapsed = stopwatch() - begin
                    if failures:
                        raise RuntimeError(f"{failures} batches of {form} failed")
                    sizes[form] = sum(map(len, requests)) / (len(requests) * _ROWS)
                    if turn:
                        count = len(requests) * _ROWS
                        found[form].append(count / elapsed)
                        spent[form].append((_processor_time() - before) / count)
                    # What one side may send in a second is given back meanwhile.
                    time.sleep(3)
    best = {form: max(rates) for form, rates in found.items()}
    return Findings(
        name="tables-over-http",
        title="Durable orders a second in signed batches over HTTP, by form",
        columns=("form", "best", "median", "bytes an order", "processor time an order, µs"),
        rows=[
            ("in process, without HTTP", round(in_process), None, None, None),
            *(
                (
                    form,
                    round(best[form]),
                    round(sorted(rates)[len(rates) // 2]),
                    round(sizes[form]),
                    round(1e6 * min(spent[form]), 1),
                )
                for form, rates in found.items()
            ),
        ],
        notes=(
            f"{orders:,} orders a turn, {repeats} turns, {_ROWS:,} orders a request, "
            f"{_CONNECTIONS} connections; each order has a class and times, one of {_LEG_EVERY} is "
            "a leg with terms of its counterleg; in process they are plain. The client shares the "
            "cores; its requests are made before. Processor time is that of the service and of the "
            "processes that it started, without PostgreSQL",
        ),
    )


def _processor_time() -> float:
    """Seconds that the processes of the service have computed."""
    (service,) = [one for one in psutil.Process().children() if "serve" in one.cmdline()]
    spent = 0.0
    for one in (service, *service.children(recursive=True)):
        times = one.cpu_times()
        spent += times.user + times.system
    return spent


def _requests(
    port: int,
    media: str,
    write: Callable[[list[dict[str, Any]]], bytes],
    signatures: Sequence[Signature],
    orders: int,
) -> list[bytes]:
    draw, requests = random.Random(7), []
    for number in range(max(1, orders // _ROWS)):
        sender = number % len(signatures)
        rows = [_order(draw, sender, place) for place in range(_ROWS)]
        requests.append(_signed(port, media, write(rows), signatures[sender]))
    return requests


def _order(draw: random.Random, sender: int, place: int) -> dict[str, Any]:
    order: dict[str, Any] = {
        "uetr": str(uuid.uuid4()),
        "payer": bic(sender),
        "payee": bic(100 + draw.randrange(800)),
        "currency": "KZT",
        "amount": f"{draw.randrange(1, 10_000)}.{draw.randrange(100):02}",
        "payment_class": _CLASSES[draw.randrange(3)],
        "earliest_at": _moment(draw.randrange(60)),
        "latest_at": _moment(10**8 + draw.randrange(60)),
    }
    if place % _LEG_EVERY == 0:
        order["counterleg"] = str(uuid.uuid4())
        order["counterleg_terms"] = {
            "payer": order["payee"],
            "payee": order["payer"],
            "currency": "RUB",
            "amount": "7.50",
        }
    return order


def _moment(seconds: int) -> str:
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    return (start + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _as_json(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps({"orders": rows}).encode()


def _table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """The orders with the types that Arrow has for them."""
    flat = [
        {name: value for name, value in row.items() if name != "counterleg_terms"}
        | {f"counterleg_{name}": one for name, one in row.get("counterleg_terms", {}).items()}
        for row in rows
    ]
    table = pl.DataFrame(flat, infer_schema_length=None)
    times = pl.col("earliest_at", "latest_at").str.to_datetime(
        "%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC"
    )
    uetrs = [uuid.UUID(row["uetr"]).bytes for row in rows]
    return table.with_columns(times, uetr=pl.Series(uetrs))


def _as_arrow(rows: list[dict[str, Any]]) -> bytes:
    made = io.BytesIO()
    _table(rows).write_ipc_stream(made)
    return made.getvalue()


def _as_parquet(rows: list[dict[str, Any]]) -> bytes:
    made = io.BytesIO()
    _table(rows).write_parquet(made, compression="lz4")
    return made.getvalue()


def _signed(port: int, media: str, content: bytes, signature: Signature) -> bytes:
    path = "/v1/orders/batch"
    headers = {"Content-Type": media, "Idempotency-Key": str(uuid.uuid4())}
    request = httpx.Request(
        "POST", f"http://127.0.0.1:{port}{path}", headers=headers, content=content
    )
    request = next(signature.auth_flow(request))
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join([f"POST {path} HTTP/1.1", *lines, "", ""]).encode() + content
