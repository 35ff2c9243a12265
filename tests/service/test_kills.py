"""The service and PostgreSQL killed at random points under load: nothing acknowledged is lost."""

import os
import random
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import attrs
import httpx
import pytest

from skontro.ledger import connect, verify
from skontro.service.client import Client
from tests.service.changing_load import ChangingLoad
from tests.service.processes import ServiceProcess
from tests.service.systems import BANKS, TOKENS, order, write_folder

pytestmark = pytest.mark.long

#: Kills of one run; `SKONTRO_KILLS=200` for the long one.
KILLS = int(os.environ.get("SKONTRO_KILLS", "4"))
SEED = int(os.environ.get("SKONTRO_KILL_SEED", "1"))
_CLIENTS = 3


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ServiceProcess]:
    write_folder(tmp_path, balance=100_000_000)
    running = ServiceProcess(tmp_path, arguments=("--commands-per-snapshot", "50"))
    try:
        yield running
    finally:
        running.end()


@attrs.define
class Load:
    """Clients that submit without pause, repeat what was not answered, and note the answers."""

    service: ServiceProcess
    acknowledged: dict[str, dict[str, object]] = attrs.field(factory=dict)
    pairs: list[tuple[str, str]] = attrs.field(factory=list)
    thieves: list[str] = attrs.field(factory=list)
    changed_answers: list[str] = attrs.field(factory=list)
    stopping: threading.Event = attrs.field(factory=threading.Event)
    threads: list[threading.Thread] = attrs.field(factory=list)

    def start(self) -> None:
        for number in range(_CLIENTS):
            thread = threading.Thread(target=self._work, args=[number], daemon=True)
            thread.start()
            self.threads.append(thread)

    def stop(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def _work(self, number: int) -> None:
        draw = random.Random(number)
        client = self.service.bank(number % len(BANKS))
        while not self.stopping.is_set():
            what = draw.random()
            if what < 0.2:
                self._submit_pair(client, number % len(BANKS))
            elif what < 0.4:
                self._submit_legs(client, number % len(BANKS), draw.random() < 0.5)
            else:
                count = draw.choice([1, 1, 5, 50])
                payee = (number + draw.randint(1, 2)) % len(BANKS)
                orders = [order(number % len(BANKS), payee, "0.10") for _ in range(count)]
                self._until_answered(client, orders)
        client.close()

    def _submit_pair(self, client: object, payer: int) -> None:
        """Two legs in one batch: they settle together or not at all."""
        one = order(payer, (payer + 1) % len(BANKS), "0.10", "KZT")
        other = order(payer, (payer + 2) % len(BANKS), "0.20", "RUB")
        one["counterleg"], other["counterleg"] = other["uetr"], one["uetr"]
        self.pairs.append((str(one["uetr"]), str(other["uetr"])))
        self._until_answered(client, [one, other])

    def _submit_legs(self, client: Client, payer: int, with_terms: bool) -> None:
        """Two legs of two banks in turn; between them an order that names the first."""
        payee = (payer + 1) % len(BANKS)
        one = order(payer, payee, "0.10", "KZT")
        other = order(payee, payer, "0.20", "RUB", counterleg=one["uetr"])
        one["counterleg"] = other["uetr"]
        if with_terms:
            for leg, counterleg in ((one, other), (other, one)):
                fields = ("payer", "payee", "currency", "amount")
                leg["counterleg_terms"] = {name: counterleg[name] for name in fields}
        thief = order(payee, payer, "0.01", "RUB", counterleg=one["uetr"])
        self.pairs.append((str(one["uetr"]), str(other["uetr"])))
        self.thieves.append(str(thief["uetr"]))
        self._until_answered(client, [one])
        counterparty = self.service.bank(payee)
        self._until_answered(counterparty, [thief])
        self._until_answered(counterparty, [other])
        counterparty.close()

    def _until_answered(self, client: object, orders: list[dict[str, object]]) -> None:
        key = str(uuid.uuid4())
        while not self.stopping.is_set():
            try:
                answer = client.submit_batch(orders, key)  # type: ignore[attr-defined]
            except httpx.HTTPError:
                time.sleep(0.02)
                continue
            if answer.status_code == 201:
                self._note(answer.json()["orders"])
                return
            assert answer.status_code in (429, 503), answer.text
            time.sleep(0.02)

    def _note(self, answers: list[dict[str, object]]) -> None:
        for one in answers:
            before = self.acknowledged.setdefault(str(one["uetr"]), one)
            if before != one:
                self.changed_answers.append(str(one["uetr"]))


def test_nothing_acknowledged_is_lost_whoever_is_killed(service: ServiceProcess) -> None:
    draw = random.Random(SEED)
    service.start()
    service.wait_ready()
    load, changes = Load(service), ChangingLoad(service)
    load.start()
    changes.start()
    for _ in range(KILLS):
        time.sleep(draw.uniform(0.05, 0.6))
        victim = draw.choice(["service", "postgres", "both"])
        if victim != "service":
            service.kill_postgres()
        if victim != "postgres":  # the service starts its own server again
            time.sleep(draw.choice([0, draw.uniform(0, 1)]))
            service.kill()
            service.start()
        service.wait_ready()
    time.sleep(0.5)
    load.stop()
    changes.stop()
    assert changes.newcomers, "nobody was admitted"
    changes.check()
    assert len(load.acknowledged) > 20 * KILLS, "there was hardly any load"
    _nothing_is_lost(service, load)
    assert service.stop() == 0
    service.start()
    service.wait_ready()
    changes.check()
    with connect(service.database()) as connection:
        found = verify(connection)
    assert found.difference is None
    assert service.stop() == 0


def _nothing_is_lost(service: ServiceProcess, load: Load) -> None:
    assert load.changed_answers == []
    client = service.operator()
    recorded: dict[str, dict[str, object]] = {}
    after: int | None = 0
    while after is not None:
        answer = client.get("/v1/orders", after=after, limit=1000)
        if answer.status_code == 429:
            time.sleep(int(answer.headers["retry-after"]))
            continue
        page = answer.json()
        recorded |= {one["uetr"]: one for one in page["orders"]}
        after = page["next"]
    lost = [uetr for uetr in load.acknowledged if uetr not in recorded]
    assert lost == []
    for uetr, answer in load.acknowledged.items():
        assert recorded[uetr]["batch"] == answer["batch"]
    for pair in load.pairs:
        fates = [recorded[uetr]["status"] if uetr in recorded else "absent" for uetr in pair]
        settled = [fate == "settled" for fate in fates]
        assert all(settled) or not any(settled), f"the legs {pair} have the fates {fates}"
    stolen = [u for u in load.thieves if u in recorded and recorded[u]["status"] != "rejected"]
    assert stolen == []


def test_a_full_disk_stops_acknowledgements_and_loses_nothing(service: ServiceProcess) -> None:
    """The database refuses to write, as with a full disk; when there is room again all goes on."""
    service.start()
    service.wait_ready()
    client = service.bank(0)
    first = order()
    assert client.submit(first).status_code == 201
    with connect(service.database()) as connection:
        connection.execute(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE disk_full USING MESSAGE = 'no space left on device'; END $$"
        )
        connection.execute(
            "CREATE TRIGGER no_room BEFORE INSERT ON command FOR EACH STATEMENT "
            "EXECUTE FUNCTION no_room()"
        )
        second = order()
        with pytest.raises(httpx.ReadTimeout):
            client.http.post("/v1/orders", json=second, timeout=1.0)
        assert httpx.get(f"{service.url}/health/ready").status_code == 503
        connection.execute("DROP TRIGGER no_room ON command")
    deadline = time.monotonic() + 20
    while httpx.get(f"{service.url}/health/ready").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert client.submit(second).status_code == 201
    with connect(service.database()) as connection:
        connection.execute("DROP FUNCTION no_room")
        assert verify(connection).difference is None
    assert service.stop() == 0


def test_no_secret_comes_into_the_log(tmp_path: Path) -> None:
    write_folder(tmp_path)
    service = ServiceProcess(tmp_path, arguments=("--verbose", "--logs", "json"))
    service.start()
    try:
        service.wait_ready()
        assert service.bank(0).submit(order()).status_code == 201
        assert Client(service.url, token="not-a-token").get("/v1/day").status_code == 401
        assert service.stop() == 0
    finally:
        service.end()
    assert '"route": "/v1/day"' in service.log()
    for secret in (*TOKENS, "not-a-token", "PRIVATE KEY", "pyhms="):
        assert secret not in service.log()
