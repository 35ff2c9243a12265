"""The commands of the how-to, one after the other, as a newcomer types them."""

import shlex
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from skontro.ledger.keys import public_text, read_private_key
from tests.cli.documents import ROOT, blocks
from tests.service.processes import ServiceProcess, free_port

pytestmark = pytest.mark.long

HOW_TO = ROOT / "docs" / "how-to" / "run-a-live-system.md"


def run(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "skontro", *arguments]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, input="y\n"
    )
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done.stdout


def test_a_newcomer_runs_a_live_system(tmp_path: Path) -> None:
    port = free_port()
    service: ServiceProcess | None = None
    outputs: dict[str, str] = {}
    try:
        for text in blocks(HOW_TO, "shell"):
            for line in text.splitlines():
                words = shlex.split(line)[1:]
                if words[0] == "serve":
                    service = ServiceProcess(tmp_path / words[1], port)
                    service.start()
                    _wait_open(service)
                    continue
                if words[0] in ("send", "status", "propose", "approve", "revoke"):
                    words += ["--url", f"http://127.0.0.1:{port}"]
                outputs[words[0]] = run(tmp_path, *words)
        assert service is not None
        assert "settled" in outputs["send"]
        assert "suspend" in outputs["status"]
        assert "Approved" in outputs["approve"]
        assert "The record is consistent" in outputs["verify"]
        _receipt_of_an_order_checks(tmp_path, service)
        assert service.stop() == 0
        for name, listed in (("README.md", "init"), ("docs/README.md", "run-a-live-system")):
            assert listed in (ROOT / name).read_text()
    finally:
        if service is not None:
            service.end()


def _wait_open(service: ServiceProcess) -> None:
    from skontro.service.initialise import operator_tokens

    token = operator_tokens(service.folder)[0]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            headers = {"Authorization": f"Bearer {token}"}
            day = httpx.get(f"{service.url}/v1/day", headers=headers).json()
            if day.get("phase") == "open":
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError(service.log())


def _receipt_of_an_order_checks(folder: Path, service: ServiceProcess) -> None:
    import json

    from skontro.service.client import Client
    from skontro.service.initialise import operator_tokens

    client = Client(service.url, token=operator_tokens(service.folder)[0])
    uetr = client.get("/v1/orders", limit=1).json()["orders"][0]["uetr"]
    receipt = client.get(f"/v1/orders/{uetr}/receipt").json()
    head = client.get("/v1/record/head").json()
    (folder / "receipt.json").write_text(json.dumps(receipt))
    links = client.get("/v1/record/links", first=receipt["batch"], limit=10_000).json()
    links["links"] = [one for one in links["links"] if one["batch"] <= head["batch"]]
    (folder / "links.json").write_text(json.dumps(links))
    key = public_text(read_private_key(service.folder / "signing.key"))
    options = ["--public-key", key, "--links", "links.json", "--head", head["hash"]]
    assert uetr in run(folder, "receipt", "receipt.json", *options)
    receipt["request"] = receipt["request"][:-2] + "01"
    (folder / "receipt.json").write_text(json.dumps(receipt))
    command = [sys.executable, "-m", "skontro", "receipt", "receipt.json", *options]
    forged = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert forged.returncode == 3, forged.stderr
