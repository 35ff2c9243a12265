"""Evidence bundles over HTTP: for both sides and the operator, without payments of others."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from skontro.ledger import connect
from skontro.ledger.bundles.case_part import content_of
from skontro.ledger.bundles.checking import CheckedBundle, check_bundle
from skontro.ledger.bundles.making import StoredRecord, make_bundle
from skontro.ledger.keys import KEY_FILE, public_text, read_private_key
from skontro.service.api import case_bundles
from skontro.service.own_orders import OwnOrders
from tests.service.one_process import until
from tests.service.systems import (
    LiveSystem,
    approve,
    live_system,
    new_database,
    order,
    write_folder,
)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    folder: Path = tmp_path_factory.mktemp("bundles")
    write_folder(folder)
    with live_system(folder, new_database()) as system:
        yield system


@pytest.fixture(autouse=True)
def _unused_shares(live: LiveSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a fast machine the tests of one second would use up a bank's share."""
    monkeypatch.setattr(live.service.context.bundles.limits, "_sides", {})


def opened(live: LiveSystem, reference: str, uetr: object, kind: str = "recall") -> int:
    given = {"reference": reference, "type": kind, "uetr": uetr}
    answer = live.bank(0).send("POST", "/v1/cases", given)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["case"])


def act(live: LiveSystem, bank: int, case: int, name: str, **fields: object) -> Any:
    answer = live.bank(bank).send("POST", f"/v1/cases/{case}/acts", {"act": name} | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


def recalled(live: LiveSystem, reference: str) -> int:
    one = order()
    assert live.bank(0).submit(one).json()["status"] == "settled"
    return opened(live, reference, one["uetr"])


def get(live: LiveSystem, case: int, bank: int | None = None) -> httpx.Response:
    client = live.operator(2) if bank is None else live.bank(bank)
    return client.get(f"/v1/cases/{case}/bundle")


def checked(live: LiveSystem, answer: httpx.Response) -> CheckedBundle:
    assert answer.status_code == 200, answer.text
    key = public_text(read_private_key(live.folder / KEY_FILE))
    return check_bundle(answer.content, [key])


def test_a_paid_case_is_proven_to_both_sides_and_the_operator(live: LiveSystem) -> None:
    case = recalled(live, "B-1")
    offer = act(live, 1, case, "offer", terms={"principal": "4.00"})
    assert approve(live.bank(1, 2), offer["proposal"]).is_success
    accepted = act(live, 0, case, "accept")
    assert approve(live.bank(0, 2), accepted["proposal"]).is_success
    assert asyncio.run(OwnOrders(live.service.context).submit_of_cases()) == 1
    answers = [get(live, case, bank) for bank in (0, 1, None)]
    assert {answer.content for answer in answers} == {answers[0].content}
    found = checked(live, answers[0])
    assert found.case is not None
    assert [one["act"] for one in found.case["history"]] == ["open", "offer", "accept", "paid"]
    assert [(one.status, one.amount) for one in found.orders] == [
        ("settled", 1_000),
        ("settled", 400),
    ]
    headers = answers[0].headers
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert headers["content-disposition"] == f'attachment; filename="case-{case}.bundle"'
    assert (get(live, case, 2).status_code, get(live, 999).status_code) == (404, 404)


def test_the_bytes_are_those_that_the_command_writes(live: LiveSystem) -> None:
    case = recalled(live, "B-2")
    system = live.service.sequencer.system
    content = content_of(system.rules.name, system.cases.get(case))
    key = read_private_key(live.folder / KEY_FILE)
    with connect(live.url) as connection:
        made = make_bundle(StoredRecord(connection), system.directory, content, key)
    assert get(live, case, 0).content == made


def test_a_bank_gets_no_payments_of_others(live: LiveSystem) -> None:
    both = [order(), order(payee=2)]
    assert live.bank(0).send("POST", "/v1/orders/batch", {"orders": both}).is_success
    case = opened(live, "B-3", both[0]["uetr"])
    found = checked(live, get(live, case))
    (settled,) = [one.batch for one in found.orders]
    for bank in (0, 1):
        answer = get(live, case, bank)
        assert (answer.status_code, answer.json()["title"]) == (403, "Not yours")
        told = f"it would tell about others (batches {settled}); ask the operator for the bundle"
        assert answer.json()["detail"] == told


def test_a_refusal_names_five_batches(live: LiveSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    case = recalled(live, "B-7")
    found = [*range(3, 8)]
    monkeypatch.setattr(case_bundles.CaseBundles, "strangers", lambda *_: found)
    assert "(batches 3, 4, 5, 6, 7)" in get(live, case, 0).json()["detail"]
    found.append(8)
    assert "(batches 3, 4, 5, 6, 7)" in get(live, case, 0).json()["detail"]
    assert get(live, case).status_code == 200


def test_one_bundle_is_made_at_a_time_and_a_side_asks_for_two(
    live: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, kept = recalled(live, "B-8"), case_bundles.CaseBundles.make
    lock, running, most = threading.Lock(), list[int](), list[int]()
    going, told = threading.Event(), list[int]()

    def make(*arguments: Any) -> bytes:
        with lock:
            running.append(1)
            most.append(len(running))
        assert going.wait(60)
        content = kept(*arguments)
        with lock:
            running.pop()
        return content

    monkeypatch.setattr(case_bundles.CaseBundles, "make", make)
    limits = live.service.context.bundles.limits
    monkeypatch.setattr(limits, "_per_second", 1e9)
    monkeypatch.setattr(limits, "_sides", {})
    askers = [
        threading.Thread(target=lambda bank=bank: told.append(get(live, case, bank).status_code))
        for bank in (0, 0, 1)
    ]
    for one in askers:
        one.start()
    until(lambda: sorted(one.reads for one in limits._sides.values()) == [1, 2])
    assert get(live, case, 0).status_code == 429
    time.sleep(0.2)  # for a second one, if it were let in
    going.set()
    for one in askers:
        one.join(120)
    assert (told, set(most)) == ([200] * 3, {1})


def test_a_case_that_changes_meanwhile_is_made_again(
    live: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, made = recalled(live, "B-4"), list[int]()
    kept = case_bundles.CaseBundles.make
    changes = 2

    def make(*arguments: Any) -> bytes:
        content = kept(*arguments)
        made.append(len(content))
        if len(made) <= changes:
            evidence = [f"{len(made):064x}"]
            other = threading.Thread(
                target=act, args=(live, 0, case, "add evidence"), kwargs={"evidence": evidence}
            )
            other.start()
            other.join(60)
        return content

    monkeypatch.setattr(case_bundles.CaseBundles, "make", make)
    found = checked(live, get(live, case))
    assert found.case is not None
    assert [one["act"] for one in found.case["history"]] == [
        "open",
        "add evidence",
        "add evidence",
    ]
    assert len(made) == 3
    changes = 100
    answer = get(live, case)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert len(made) == 6


def test_bundles_cost_units_by_their_size(
    live: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, charged = recalled(live, "B-5"), list[float]()
    limits = live.service.context.bundles.limits
    kept = limits.charge
    monkeypatch.setattr(case_bundles, "_BYTES_PER_UNIT", 100)
    monkeypatch.setattr(
        limits, "charge", lambda who, units: (charged.append(units), kept(who, units))
    )
    size = len(get(live, case, 0).content)
    assert charged == [size // 100]


def test_a_side_that_asks_too_often_waits(live: LiveSystem) -> None:
    case = recalled(live, "B-6")
    answers = [get(live, case, 1) for _ in range(40)]
    assert {one.status_code for one in answers} == {200, 429}
    assert get(live, case).status_code == 200
