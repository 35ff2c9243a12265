"""Linked systems as real processes, killed at random during links: both legs settle, or none."""

import json
import os
import queue
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from skontro.cli.federation.day import agree_contracts, all_links, generate_day
from skontro.cli.federation.processes import free_ports, operator
from skontro.cli.federation.systems import DemoSystem, make_system, rate_table
from skontro.cli.terminal import ExitCode
from skontro.service.client import Client, trial_clients
from skontro.service.clock import system_clock
from skontro.system.links.phases import ENDED
from skontro.system.links.terms import LinkTerms
from tests.cli.in_process import run_main
from tests.service.processes import ServiceProcess

pytestmark = pytest.mark.long

#: Kills of one run; `make link-kills COUNT=200` for the long one.
KILLS = int(os.environ.get("SKONTRO_LINK_KILLS", "2"))
SEED = int(os.environ.get("SKONTRO_KILL_SEED", "1"))
_SYSTEMS = 3
_LINKS_PER_KILL = 8
_SENDERS = 4
_END_SECONDS = 240.0


@attrs.define
class LinkedService(ServiceProcess):
    """The service of one country."""

    system: DemoSystem = attrs.field(kw_only=True)

    def operator(self, number: int = 0) -> Client:
        return operator(self.system, number)


@contextmanager
def started_countries(folder: Path) -> Iterator[list[LinkedService]]:
    """Three countries whose services are ended at the end; the test starts them."""
    now = datetime.now(UTC)
    ports = free_ports(_SYSTEMS)
    systems = [make_system(i, folder, port, now, _SYSTEMS) for i, port in enumerate(ports)]
    made = [
        LinkedService(
            one.folder,
            one.port,
            arguments=tuple(
                f"--peer={other.name}={other.url}" for other in systems if other != one
            ),
            system=one,
        )
        for one in systems
    ]
    try:
        yield made
    finally:
        for service in made:
            service.end()


@pytest.fixture
def services(tmp_path: Path) -> Iterator[list[LinkedService]]:
    with started_countries(tmp_path) as made:
        yield made


@attrs.define
class Load:
    """Senders that instruct each leg until it is acknowledged, whatever happens to the services."""

    services: list[LinkedService]
    legs: "queue.Queue[tuple[str, dict[str, Any]] | None]" = attrs.field(factory=queue.Queue)
    acknowledged: list[tuple[str, str]] = attrs.field(factory=list)
    refused: list[str] = attrs.field(factory=list)
    threads: list[threading.Thread] = attrs.field(factory=list)

    def start(self) -> None:
        for _ in range(_SENDERS):
            self.threads.append(threading.Thread(target=self._work, daemon=True))
            self.threads[-1].start()

    def add(self, links: Iterable[LinkTerms]) -> None:
        for terms in links:
            for leg in terms.legs:
                shown = leg.to_document()
                names = ("uetr", "payer", "payee", "currency", "amount")
                order = {name: shown[name] for name in names}
                self.legs.put((leg.system, {"order": order, "terms": terms.to_document()}))

    def stop(self) -> None:
        for _ in self.threads:
            self.legs.put(None)
        for thread in self.threads:
            thread.join(_END_SECONDS)

    def _work(self) -> None:
        clients = {
            one.system.name: trial_clients(one.folder, one.system.url) for one in self.services
        }
        while True:
            leg = self.legs.get()
            if leg is None:
                return
            name, body = leg
            self._until_answered(clients[name](body["order"]["payer"]), name, body)

    def _until_answered(self, client: Client, system: str, body: dict[str, Any]) -> None:
        key, deadline = str(uuid.uuid4()), time.monotonic() + _END_SECONDS
        said = ""
        while time.monotonic() < deadline:
            try:
                answer = client.send("POST", "/v1/links", body, key)
            except httpx.HTTPError as error:
                said = repr(error)
            else:
                if answer.status_code == 201:
                    self.acknowledged.append((system, body["order"]["uetr"]))
                    return
                said = answer.text
                if answer.status_code < 500 and answer.status_code != 429:
                    break
            time.sleep(0.1)
        self.refused.append(f"{system}: {said[:300]}")


def test_links_have_both_legs_or_none_whoever_is_killed(services: list[LinkedService]) -> None:
    draw = random.Random(SEED)
    for one in services:
        one.start()
        one.wait_ready()
    systems = [one.system for one in services]
    digests = agree_contracts(systems, lambda _: None)
    links = _LINKS_PER_KILL * KILLS
    day = generate_day(
        systems,
        rate_table(_SYSTEMS),
        digests,
        payments=0,
        links=links,
        seed=SEED,
        now=system_clock(),
    )
    load = Load(services)
    load.start()
    for kill in range(KILLS):
        load.add(day.links[kill * _LINKS_PER_KILL : (kill + 1) * _LINKS_PER_KILL])
        time.sleep(draw.uniform(0, 1))
        victims = draw.sample(services, draw.choice([1, 1, 1, 2]))
        for one in victims:
            if draw.random() < 0.3:
                one.kill_postgres()
            one.kill()
        time.sleep(draw.choice([0.0, draw.uniform(0, 1)]))
        for one in victims:
            one.start()
        for one in victims:
            one.wait_ready()
    load.stop()
    assert load.refused == []
    assert len(load.acknowledged) == sum(len(terms.legs) for terms in day.links)
    for one in services:
        _all_ended(one, links)
        _nothing_is_lost(one, load)
    for one in services:
        assert one.stop() == 0
    outcome = run_main("reconcile", *[str(one.folder) for one in services], "--json")
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    found = json.loads(outcome.stdout)
    assert found["agrees"], found["differences"]
    assert found["counts"]["settled"] > links // 2, found["counts"]


def _all_ended(one: LinkedService, most: int) -> None:
    """Each link of a system has come to an end, in time."""
    client, deadline = one.operator(), time.monotonic() + _END_SECONDS
    ended = {str(phase) for phase in ENDED}
    while True:
        links = all_links(client)
        if ended.issuperset(link["phase"] for link in links):
            break
        phases = Counter(link["phase"] for link in links)
        assert time.monotonic() < deadline, f"{one.system.name}: {phases}: {one.log()[-1500:]}"
        time.sleep(0.2)
    assert 0 < len(links) <= most
    client.close()


def _nothing_is_lost(one: LinkedService, load: Load) -> None:
    """Each leg that was acknowledged is an order of the record."""
    client = one.operator()
    for system, uetr in load.acknowledged:
        if system == one.system.name:
            assert client.get(f"/v1/orders/{uetr}").status_code == 200, uetr
    client.close()
