"""`skontro rescreen` with a live system: a warehoused order that becomes a hit is held."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import skontro.cli.rescreen as command
from skontro.cli.connection import Service
from skontro.system import ScreeningPolicy, ScreeningRule, TravelRule
from tests.cli.in_process import run_main
from tests.screening.cuts import write_lists
from tests.service.systems import LiveSystem, live_system, order, write_folder

pytestmark = pytest.mark.long

ON = ("--date", "2026-03-01")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[LiveSystem]:
    folder = tmp_path / "system"
    folder.mkdir()
    # As it was before lists were required: orders came in unscreened.
    write_folder(folder, screening=ScreeningPolicy(ScreeningRule.OFF, TravelRule.OFF))
    with live_system(folder) as system:
        yield system


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    return write_lists(tmp_path)


def warehoused(system: LiveSystem, creditor: str) -> str:
    details = {"parties": {"debtor": {"name": "Anna Kim"}, "creditor": {"name": creditor}}}
    sent = order(value_date="2026-11-25", details=details)
    assert system.bank(0).submit(sent).json()["status"] == "warehoused"
    return str(sent["uetr"])


def test_a_hit_is_held_and_nothing_else(
    running: LiveSystem, lists: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def connected(*_: object) -> Iterator[Service]:
        yield Service(running.operator(), "the service")

    monkeypatch.setattr(command, "connected", connected)
    listed, clean = warehoused(running, "Badege Erik"), warehoused(running, "Olga Petrova")

    def rescreened() -> dict[str, tuple[str, str]]:
        outcome = run_main("rescreen", lists, *ON, "--json")
        assert outcome.returncode == 0, outcome.stderr
        # The service of this process may log to the same stream before.
        [document] = re.findall(r"^\{.*", outcome.stdout, re.MULTILINE | re.DOTALL)
        found = json.loads(document)["orders"]
        return {one["uetr"]: (one["outcome"], one["action"]) for one in found}

    def shown(uetr: str) -> dict[str, Any]:
        found: dict[str, Any] = running.operator().get(f"/v1/orders/{uetr}").json()
        return found

    assert run_main("rescreen", lists, *ON, "--dry-run").returncode == 0
    assert shown(listed)["status"] == "warehoused"
    assert rescreened() == {listed: ("held", "held"), clean: ("passed", "none")}
    assert (shown(listed)["status"], shown(clean)["status"]) == ("held", "warehoused")
    # Again, it is held already, and its outcome is shown.
    assert rescreened() == {listed: ("held", "none"), clean: ("passed", "none")}
    proposal = running.operator(0).propose({"kind": "release_held_order", "uetr": listed}).json()
    document = running.operator(1).get(f"/v1/proposals/{proposal['proposal']}").json()["shown"]
    hit = document["evidence"]["parties"]["creditor"]["hits"][0]
    assert (hit["matched"], hit["list_name"]) == ("ERIC BADEGE", "UN")
    assert running.verified().difference is None
