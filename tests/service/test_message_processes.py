"""Messages to a real process with a PostgreSQL of its own, while processes are killed."""

import datetime
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.messages.valid import parts_of, text, texts
from tests.messages.written_payments import payment_message
from tests.service.processes import ServiceProcess, serving
from tests.service.systems import BANKS

pytestmark = pytest.mark.long

_FILES = 24
_ENTRIES = "BkToCstmrDbtCdtNtfctn/Ntfctn/Ntry"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with serving(tmp_path_factory.mktemp("system")) as running:
        yield running


def _payment(**fields: Any) -> tuple[str, bytes]:
    row = {
        "uetr": str(uuid.uuid4()),
        "payer": BANKS[0],
        "payee": BANKS[1],
        "currency": "KZT",
        "amount_minor": 1,
        "submitted_at": datetime.datetime.now(datetime.UTC),
    }
    row |= fields
    return row["uetr"], f"<M>{payment_message(row, 'pacs.009.001.08')}</M>".encode()


def test_what_was_answered_survives_the_machine_and_the_payee_reads_it(
    service: ServiceProcess,
) -> None:
    uetr, sent = _payment(amount_minor=77)
    answer = service.bank(0).submit_message(sent)
    _, document = parts_of(answer.content)
    assert text(document, "FIToFIPmtStsRpt/TxInfAndSts/TxSts") == "ACSC"
    service.kill()
    service.kill_postgres()
    service.start()
    service.wait_ready()
    again = service.bank(0).submit_message(sent)
    assert (again.status_code, again.content) == (201, answer.content)
    notified = service.bank(1).get(f"/v1/accounts/{BANKS[1]}/KZT/camt.054", limit=1_000)
    _, document = parts_of(notified.content)
    references = texts(document, f"{_ENTRIES}/NtryDtls/TxDtls/Refs/UETR")
    assert references.count(uetr) == 1
    assert texts(document, f"{_ENTRIES}/Amt")[references.index(uetr)] == "0.77"


class _Watcher:
    def __init__(self, service: ServiceProcess, folder: Path) -> None:
        key = service.folder / "keys" / f"{BANKS[0]}-1.pem"
        self._command = [sys.executable, "-m", "skontro", "watch", str(folder), "--quiet", "0.05"]
        self._command += ["--url", service.url, "--key", str(key), "--key-id", f"{BANKS[0]}-1"]

    def run(self, seconds: float) -> None:
        """Start it, and kill it some time after it has begun to write."""
        process = subprocess.Popen(self._command, stdout=subprocess.PIPE)
        try:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(seconds)
        finally:
            process.kill()
            process.wait()


def test_no_file_is_lost_or_doubled_when_the_watcher_is_killed(
    service: ServiceProcess, tmp_path: Path
) -> None:
    draw = random.Random(7)
    sent = {}
    for number in range(_FILES):
        uetr, content = _payment()
        partial = tmp_path / f"{number:03}.tmp"
        partial.write_bytes(content)
        partial.rename(tmp_path / f"{number:03}.xml")
        sent[uetr] = f"{number:03}"
    refused, content = _payment(payee="DDDDKGK0")
    (tmp_path / "wrong.xml").write_bytes(content)
    watcher, deadline = _Watcher(service, tmp_path), time.monotonic() + 900
    kills = 0
    while [*tmp_path.glob("*.xml")]:
        assert time.monotonic() < deadline
        watcher.run(draw.uniform(0, 0.3))
        kills += 1
    assert kills >= 2
    done = {one.name for one in (tmp_path / "done").glob("*.xml")}
    assert done == {f"{one}{end}" for one in sent.values() for end in (".xml", ".answer.xml")}
    for uetr, name in sent.items():
        _, document = parts_of((tmp_path / "done" / f"{name}.answer.xml").read_bytes())
        assert text(document, "FIToFIPmtStsRpt/TxInfAndSts/OrgnlUETR") == uetr
        assert text(document, "FIToFIPmtStsRpt/TxInfAndSts/TxSts") == "ACSC"
    assert {one.name for one in (tmp_path / "refused").iterdir()} == {
        "wrong.xml",
        "wrong.answer.xml",
    }
    entries: list[str] = []
    path = f"/v1/accounts/{BANKS[0]}/KZT/camt.054?limit=1000"
    _, document = parts_of(service.bank(0).http.get(path).content)
    entries = texts(document, f"{_ENTRIES}/NtryDtls/TxDtls/Refs/UETR")
    assert [entries.count(uetr) for uetr in sent] == [1] * _FILES
    assert refused not in entries
