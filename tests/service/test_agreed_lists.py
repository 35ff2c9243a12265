"""A live system with agreed lists: other lists hold, and two people replace them."""

import datetime
import shutil
import time
from pathlib import Path
from typing import Any

import attrs
import psycopg
import pytest

from skontro.files.system_rules import write_system
from skontro.ledger import connect, verify
from skontro.screening.pinned_lists import pin_lists, stage_lists
from skontro.system import ScreeningPolicy
from tests.screening.cuts import DATA
from tests.service.processes import ServiceProcess
from tests.service.systems import order, write_folder

pytestmark = pytest.mark.long

_OTHER = '{"id":"N1","schema":"Person","properties":{"name":["Nadia Novak"]}}\n'
_TODAY = datetime.datetime.now(datetime.UTC).date()


def documents(folder: Path) -> tuple[Path, Path]:
    """Two documents of lists: that of the United Nations, and the same with another list."""
    shutil.copy(DATA / "un_cut.xml", folder)
    (folder / "other.json").write_text(_OTHER, encoding="utf-8")
    un = "  - {name: UN, file: un_cut.xml, canaries: [Eric Badege]}\n"
    other = f"  - {{name: Other, file: other.json, published: {_TODAY}, canaries: [Nadia Novak]}}\n"
    texts = {"first.yaml": un, "second.yaml": un + other}
    for name, lists in texts.items():
        head = "format: skontro screening lists\nmax_age_days: 36500\nlists:\n"
        (folder / name).write_text(head + lists, encoding="utf-8")
    return folder / "first.yaml", folder / "second.yaml"


def payment(creditor: str) -> dict[str, Any]:
    party = {"name": "Peter Smith", "country": "KZ", "account": "K", "address": ["Abai 1"]}
    details = {"parties": {"debtor": party, "creditor": party | {"name": creditor}}}
    return order(amount="0.10", details=details)


def sent(service: ServiceProcess, creditor: str) -> tuple[str, Any]:
    """The status of a payment to a creditor, and the evidence of its screening."""
    one = payment(creditor)
    answer = service.bank(0).submit(one)
    assert answer.status_code == 201, answer.text
    found = service.operator().get(f"/v1/orders/{one['uetr']}").json()
    return answer.json()["status"], found["evidence"]


def wait_until_ready(service: ServiceProcess) -> None:
    deadline = time.monotonic() + 180
    while service.operator().get("/health/ready").json()["screening"] != "ready":
        assert time.monotonic() < deadline, service.log()
        time.sleep(0.1)


def log_has(service: ServiceProcess, text: str) -> None:
    deadline = time.monotonic() + 180
    while text not in service.log():
        assert time.monotonic() < deadline, service.log()
        time.sleep(0.1)


NOT_AGREED = "the lists that are loaded are not those that two people agreed to"


def start(service: ServiceProcess) -> None:
    service.start()
    service.wait_ready()


def check_that_other_lists_are_not_loaded(service: ServiceProcess, second: Path) -> None:
    """Lists that were replaced in the folder alone are refused, and those in use stay."""
    pin_lists([second], service.folder, _TODAY)
    service.reload()
    log_has(service, NOT_AGREED)
    assert sent(service, "Nadia Novak")[0] == "settled"


def check_that_a_start_with_them_holds(service: ServiceProcess) -> None:
    assert service.stop() == 0
    start(service)
    deadline = time.monotonic() + 180
    reasons: set[str] = set()
    while reasons != {NOT_AGREED}:
        assert time.monotonic() < deadline, reasons
        status, evidence = sent(service, "Anna Kim")
        assert status == "held"
        reasons = {one["reason"] for one in evidence["parties"].values()}
    told = service.operator().get("/health/ready").json()["screening"]
    assert told == "no engine is ready with the agreed lists; orders are not passed"


def check_that_two_people_replace_them(service: ServiceProcess, second: Path) -> str:
    """The next order is screened with the new ones; gives their digest."""
    screener, _ = stage_lists([second], service.folder, _TODAY)
    lists = screener.described.to_document()
    wish = {"kind": "set_screening_lists", "screening_lists": lists}
    number = service.operator(0).propose(wish).json()["proposal"]
    shown = service.operator(1).get(f"/v1/proposals/{number}").json()
    assert [one["list"] for one in shown["shown"]["changes"]] == ["Other"]
    assert service.operator(1).approve(number, shown["hash"]).is_success
    status, evidence = sent(service, "Nadia Novak")
    assert (status, evidence["lists"]) == ("held", screener.digest)
    assert evidence["parties"]["creditor"]["hits"][0]["list_name"] == "Other"
    assert sent(service, "Anna Kim")[0] == "settled"
    return screener.digest


def check_the_record(url: str) -> None:
    """Nothing was admitted that had not passed."""
    with connect(url) as connection:
        assert verify(connection).difference is None
    with psycopg.connect(url) as connection:
        others = connection.execute(
            "SELECT count(*) FROM commands WHERE kind = 0 AND acceptance = 0 AND screening <> 1"
        ).fetchone()
        assert others == (0,)


def test_lists_are_replaced_by_two_people_and_other_lists_hold(tmp_path: Path) -> None:
    folder = tmp_path / "system"
    folder.mkdir()
    first, second = documents(tmp_path)
    rules = write_folder(folder, balance=10**9, screening=ScreeningPolicy())
    agreed = pin_lists([first], folder, _TODAY).described
    write_system(folder, attrs.evolve(rules, screening_lists=agreed))
    service = ServiceProcess(folder)
    try:
        start(service)
        wait_until_ready(service)
        status, evidence = sent(service, "Nadia Novak")
        assert (status, evidence["lists"]) == ("settled", agreed.digest)
        day = service.operator().get("/v1/day").json()
        assert day["screening_lists"] == agreed.named()
        own = (folder / "screening-lists.yaml").read_text()
        check_that_other_lists_are_not_loaded(service, second)
        check_that_a_start_with_them_holds(service)
        (folder / "screening-lists.yaml").write_text(own)
        service.reload()
        wait_until_ready(service)
        assert sent(service, "Nadia Novak")[0] == "settled"
        digest = check_that_two_people_replace_them(service, second)
        service.kill()
        start(service)
        wait_until_ready(service)
        assert sent(service, "Nadia Novak")[1]["lists"] == digest
        check_the_record(service.database())
    finally:
        service.end()
