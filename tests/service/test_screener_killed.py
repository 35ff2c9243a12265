"""Engines of screening killed under load: nothing settles that they did not pass."""

import random
import shutil
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from skontro.ledger import connect, verify
from skontro.model import ScreeningOutcome
from skontro.service.client import Client
from skontro.system import ScreeningPolicy
from tests.screening.cuts import DATA
from tests.service.processes import ServiceProcess
from tests.service.systems import order, write_folder

pytestmark = pytest.mark.long

LISTS = """\
format: skontro screening lists
max_age_days: 36500
lists:
  - {name: UN, file: un_cut.xml, canaries: [Eric Badege]}
"""
_ENGINE = "skontro.screening.engine_process"
_SECONDS = 15.0


def payment(draw: random.Random) -> dict[str, Any]:
    """A customer's payment; the creditor of one in five is on the list."""
    listed = draw.random() < 0.2
    creditor = "Eric Badege" if listed else f"Anna Kim {draw.randrange(10**9)}"
    party = {"name": "Peter Smith", "country": "KZ", "account": "K", "address": ["Abai 1"]}
    details = {"parties": {"debtor": party, "creditor": party | {"name": creditor}}}
    return order(amount="0.10", details=details)


class Load:
    """Batches without pause, and the first outcome of each order by UETR."""

    def __init__(self, client: Client, seed: int) -> None:
        self.listed: set[str] = set()
        self.outcomes: dict[str, tuple[str, str | None]] = {}
        self.stopping = threading.Event()
        self._client, self._draw = client, random.Random(seed)
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def _work(self) -> None:
        while not self.stopping.is_set():
            sent = [payment(self._draw) for _ in range(self._draw.choice([1, 5, 40]))]
            for one in sent:
                if one["details"]["parties"]["creditor"]["name"] == "Eric Badege":
                    self.listed.add(one["uetr"])
            answer = self._client.submit_batch(sent)
            assert answer.status_code == 201, answer.text
            for told in answer.json()["orders"]:
                self.outcomes[told["uetr"]] = told["status"], told["reason"]


def engines(service: ServiceProcess) -> list[psutil.Process]:
    assert service.process is not None
    found = []
    for one in psutil.Process(service.process.pid).children(recursive=True):
        try:
            if any(_ENGINE in word for word in one.cmdline()):
                found.append(one)
        except psutil.NoSuchProcess:
            continue
    return found


def wait_until_passed(service: ServiceProcess) -> None:
    deadline = time.monotonic() + 180
    client, draw = service.bank(0), random.Random(0)
    while True:
        sent = payment(draw)
        answer = client.submit(sent).json()
        if answer["status"] == "settled":
            return
        assert time.monotonic() < deadline, answer
        time.sleep(0.2)


def test_nothing_settles_that_was_not_passed(tmp_path: Path) -> None:
    folder, lists = tmp_path / "system", tmp_path / "lists"
    folder.mkdir()
    lists.mkdir()
    shutil.copy(DATA / "un_cut.xml", lists)
    (lists / "lists.yaml").write_text(LISTS, encoding="utf-8")
    write_folder(folder, balance=10**12, screening=ScreeningPolicy())
    arguments = ("--screening-lists", str(lists / "lists.yaml"), "--screening-processes", "2")
    service = ServiceProcess(folder, arguments=arguments)
    try:
        service.start()
        service.wait_ready()
        wait_until_passed(service)
        loads = [Load(service.bank(0, person), person) for person in (1, 2)]
        draw, kills, ends = random.Random(7), 0, time.monotonic() + _SECONDS
        while time.monotonic() < ends:
            alive = engines(service)
            for one in alive if draw.random() < 0.5 else alive[:1]:
                one.kill()
                kills += 1
            time.sleep(draw.choice([0.1, 0.5, 2.0]))
        for load in loads:
            load.stopping.set()
            load.thread.join(120)
            assert not load.thread.is_alive()
        assert kills >= 5
        wait_until_passed(service)
        assert service.stop() == 0
        service.start()
        service.wait_ready()
        url = database_of(folder)
        _check(url, loads)
    finally:
        service.end()


def database_of(folder: Path) -> str:
    from skontro.ledger.postgres.embedded import Embedded

    return Embedded(folder / "record").start()


def _check(url: str, loads: list[Load]) -> None:
    outcomes = {uetr: told for load in loads for uetr, told in load.outcomes.items()}
    listed = {uetr for load in loads for uetr in load.listed}
    statuses = Counter(outcomes.values())
    assert statuses["settled", None] > 0
    assert statuses["held", "SCREENING_HOLD"] > 0, statuses
    assert not {uetr for uetr in listed if outcomes.get(uetr, ("", ""))[0] == "settled"}
    with psycopg.connect(url) as connection:
        unscreened = connection.execute(
            "SELECT count(*) FROM commands WHERE kind = 0 AND acceptance = 0 AND screening <> %s",
            [int(ScreeningOutcome.PASSED)],
        ).fetchone()
        assert unscreened == (0,)
        settled = connection.execute("SELECT count(*) FROM postings").fetchone()
        accepted = connection.execute(
            "SELECT count(*) FROM commands WHERE kind = 0 AND acceptance = 0"
        ).fetchone()
        assert settled == accepted
    with connect(url) as connection:
        assert verify(connection).difference is None


def test_held_orders_survive_a_kill_of_the_service(tmp_path: Path) -> None:
    write_folder(tmp_path, screening=ScreeningPolicy())
    service = ServiceProcess(tmp_path, arguments=("--commands-per-snapshot", "5"))
    try:
        service.start()
        service.wait_ready()
        sent = [payment(random.Random(number)) for number in range(7)]
        for one in sent:
            assert service.bank(0).submit(one).json()["reason"] == "NOT_SCREENED"
        service.kill()
        service.start()
        service.wait_ready()
        day = service.operator().get("/v1/day").json()
        assert day["orders_held_for_screening"] == 7
        for one in sent:
            found = service.bank(1).get(f"/v1/orders/{one['uetr']}").json()
            assert (found["status"], found["reason"]) == ("held", "NOT_SCREENED")
            assert found["details"] == one["details"]
    finally:
        service.end()
