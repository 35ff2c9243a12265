"""A joint cycle of real services: one is killed in the middle of it, and continues it."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from skontro.cli.federation.cycle import (
    CYCLES,
    OBLIGATIONS,
    agreement_of,
    generate_obligations,
)
from skontro.cli.federation.day import agree, agree_contracts, all_rows, answered
from skontro.cli.federation.systems import rate_table
from skontro.cli.terminal import ExitCode
from skontro.service.client import trial_clients
from skontro.service.clock import system_clock
from skontro.system.joint.cycle_state import CYCLE_ENDED
from tests.cli.federation.test_link_kills import LinkedService, started_countries
from tests.cli.in_process import run_main

pytestmark = pytest.mark.long
_END_SECONDS = 240.0


@pytest.fixture
def services(tmp_path: Path) -> Iterator[list[LinkedService]]:
    with started_countries(tmp_path) as made:
        yield made


def rows(one: LinkedService, path: str, name: str) -> list[dict[str, Any]]:
    client = one.operator()
    found = all_rows(client.get, path, name)
    client.close()
    return found


def agree_on_times(services: list[LinkedService], version: int, times: list[datetime]) -> None:
    systems = [one.system for one in services]
    agreement = agreement_of(systems, version, [f"{at:%H:%M:%S}" for at in times])
    document = agreement.to_document() | {"collect_within": 200}
    for one in systems:
        agree(one, {"kind": "set_cycle_agreement", "cycle_agreement": document}, document)


def test_a_member_that_is_killed_in_a_cycle_continues_it(services: list[LinkedService]) -> None:
    for one in services:
        one.start()
        one.wait_ready()
    systems = [one.system for one in services]
    agree_contracts(systems, lambda _: None)
    agree_on_times(services, 1, [datetime.now(UTC) + timedelta(hours=12)])
    owed = generate_obligations(systems, rate_table(3), [], seed=1, now=system_clock())
    clients = {one.name: trial_clients(one.folder, one.url) for one in systems}
    for system, body in owed:
        client = clients[system.name](body["payer"])
        answered(client.send("POST", OBLIGATIONS, body, body["uetr"]))
    soon = datetime.now(UTC) + timedelta(seconds=5)
    agree_on_times(services, 2, [soon + timedelta(seconds=15 * number) for number in range(10)])
    victim, deadline = services[1], time.monotonic() + _END_SECONDS
    ended = {str(phase) for phase in CYCLE_ENDED}
    while not rows(services[0], CYCLES, "cycles"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    victim.kill()
    first = rows(services[0], CYCLES, "cycles")[0]
    victim.start()
    victim.wait_ready()
    for one in services:
        while {row["status"] for row in rows(one, OBLIGATIONS, "obligations")} != {"netted"}:
            assert time.monotonic() < deadline, one.log()[-2000:]
            time.sleep(0.2)
    [netted] = {row["cycle"] for row in rows(services[0], OBLIGATIONS, "obligations")}
    assert netted == first["cycle"]
    for one in services:
        paid = next(row for row in rows(one, CYCLES, "cycles") if row["cycle"] == netted)
        assert (paid["status"], len(paid["taking_part"])) == ("paid", 3)
    for one in services:
        assert one.stop() == 0
    assert first["status"] not in ended
    outcome = run_main("reconcile", *[str(one.folder) for one in services], "--json")
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    found = json.loads(outcome.stdout)
    assert found["agrees"], found["differences"]
    assert found["counts"]["settled"] >= 1
