"""The live service as a load: signed orders over HTTP, its record on the cluster."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

import httpx
from load import LoadReport

from skontro.files import write_participants
from skontro.ledger import connect, verify
from skontro.ledger.keys import read_private_key
from skontro.model import (
    Participant,
    ParticipantDirectory,
    SettlementAccount,
    find_country,
    find_currency,
)
from skontro.service.client import Client, Signature
from skontro.service.initialise import ALWAYS_OPEN, initialise_system, operator_tokens

_BICS = ("AAAAKZK0", "BBBBKZK0")
_BALANCE = 10**15
_ORDERS_PER_REQUEST = 20
_READY_SECONDS = 300


def _found(folder: Path) -> None:
    country, tenge = find_country("KAZ"), find_currency("KZT")
    directory = ParticipantDirectory(
        [Participant(bic, f"Bank {bic[:4]}", country) for bic in _BICS],
        [SettlementAccount(bic, tenge, _BALANCE) for bic in _BICS],
    )
    banks = folder.with_name(f"{folder.name}-banks.yaml")
    write_participants(banks, directory)
    initialise_system(
        folder,
        banks,
        name="Failover",
        time_zone=ALWAYS_OPEN.time_zone,
        opens=ALWAYS_OPEN.opens,
        closes=ALWAYS_OPEN.closes,
        weekend=(),
        holidays_in=(),
    )


def _wait_open(url: str, token: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("the service ended; service.log in its folder says why")
        try:
            day = httpx.get(f"{url}/v1/day", headers={"Authorization": f"Bearer {token}"})
            if day.json().get("phase") == "open":
                return
        except (httpx.HTTPError, ValueError):
            pass
        time.sleep(0.2)
    raise TimeoutError("the service does not open")


def _submit_until(
    url: str, signature: Signature, stop: threading.Event
) -> tuple[set[str], int, float]:
    """Acknowledged UETRs, requests without an answer, and the longest time between two answers."""
    client = Client(url, signature, timeout=90.0)
    acknowledged: set[str] = set()
    unsure, longest, last = 0, 0.0, time.monotonic()
    while not stop.is_set():
        orders = [
            {
                "uetr": str(uuid.uuid4()),
                "payer": _BICS[0],
                "payee": _BICS[1],
                "currency": "KZT",
                "amount": "1.00",
            }
            for _ in range(_ORDERS_PER_REQUEST)
        ]
        try:
            answer = client.submit_batch(orders, str(uuid.uuid4()))
        except httpx.HTTPError:
            unsure += 1
            continue
        if answer.status_code != 201:
            unsure += 1
            stop.wait(0.1)
            continue
        acknowledged |= {str(order["uetr"]) for order in orders}
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    client.close()
    return acknowledged, unsure, longest


def settled_orders(url: str, stop: threading.Event) -> LoadReport:
    """Run `skontro serve` on the cluster and submit orders until told to stop.

    The service is not restarted: it must live through every change of the primary.
    """
    folder = Path(tempfile.mkdtemp(prefix="skontro-failover-"))
    _found(folder)
    address = "http://127.0.0.1:8791"
    command = [sys.executable, "-m", "skontro", "serve", str(folder)]
    command += ["--database", url, "--port", "8791"]
    with (folder / "service.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_open(address, operator_tokens(folder)[0], process)
        key_id = f"{_BICS[0]}-1"
        signature = Signature(key_id, read_private_key(folder / "keys" / f"{key_id}.pem"))
        acknowledged, unsure, longest = _submit_until(address, signature, stop)
    finally:
        process.terminate()
        process.wait()

    def lost(at: str) -> int:
        with connect(at) as connection:
            rows = connection.execute("SELECT uetr::text FROM commands").fetchall()
            found = verify(connection)
        if found.difference is not None:
            raise RuntimeError(f"the record does not verify: {found.difference}")
        return len(acknowledged - {str(row[0]) for row in rows})

    return LoadReport(len(acknowledged), unsure, 0, longest, lost)
