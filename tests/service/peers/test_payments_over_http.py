"""One-way payments between two services that speak HTTP with each other."""

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from skontro.service.own_orders import OwnOrders
from tests.cli.in_process import run_main
from tests.service.linked_services import SYSTEMS
from tests.service.peers.wired import Wired, until, wired_services
from tests.service.systems import BANKS, CURRENCIES

pytestmark = pytest.mark.long
PATH = "/v1/links/payments"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wired]:
    with wired_services(tmp_path_factory.mktemp("paying")) as running:
        running.agree_on_mirrors()
        yield running


def payment(origin: int, amount: str, **fields: object) -> dict[str, object]:
    return {
        "uetr": str(uuid.uuid4()),
        "destination": SYSTEMS[1 - origin],
        "payer": BANKS[0],
        "payee": BANKS[0],
        "currency": CURRENCIES[0],
        "amount": amount,
        "valid_until": "2026-11-24T12:45:00+00:00",
        "details": {"end_to_end_id": "INV-7"},
    } | fields


def pay(services: Wired, origin: int, body: dict[str, object]) -> httpx.Response:
    return services.live[origin].bank(0).send("POST", PATH, body)


def shown(services: Wired, place: int, origin: int, body: dict[str, object]) -> dict[str, Any]:
    path = f"{PATH}/{SYSTEMS[origin]}/{body['uetr']}"
    answer = services.live[place].operator().get(path)
    return dict(answer.json()) if answer.is_success else {"status": "unknown"}


def until_stages(services: Wired, origin: int, body: dict[str, object], *wanted: str) -> None:
    def reached() -> bool:
        for live in services.live:
            asyncio.run(OwnOrders(live.service.context).submit_due())
        found = [shown(services, place, origin, body)["status"] for place in (origin, 1 - origin)]
        return found == [*wanted]

    until(reached)


def test_banks_of_both_systems_pay_each_other_in_one_currency(services: Wired) -> None:
    there, back = payment(0, "7.00"), payment(1, "3.00")
    answer = pay(services, 0, there)
    assert answer.status_code == 201, answer.text
    assert answer.json()["order"]["status"] == "held"
    assert answer.json()["payment"]["side"] == "origin"
    until_stages(services, 0, there, "paid", "paid")
    # The same again is the same order, and the payment as it is by now.
    again = pay(services, 0, there).json()
    assert again["order"] == answer.json()["order"]
    assert again["payment"]["status"] == "paid"
    assert pay(services, 1, back).status_code == 201
    until_stages(services, 1, back, "paid", "paid")
    found = shown(services, 1, 0, there)
    assert (found["side"], found["stated"]["step"], found["own_order"]) == (
        "destination",
        "paid",
        None,
    )
    place = f"{PATH}/{SYSTEMS[0]}/{there['uetr']}"
    for system in range(2):
        seen = [services.live[system].bank(number).get(place) for number in range(3)]
        assert [one.status_code for one in seen] == [200, 404, 404]
        listed = services.live[system].bank(0).get(PATH).json()["payments"]
        assert [one["uetr"] for one in listed] == [there["uetr"], back["uetr"]]
        assert services.live[system].bank(2).get(PATH).json()["payments"] == []


def test_a_payment_to_a_bank_that_does_not_exist_comes_back(services: Wired) -> None:
    before = services.balances(0)
    lost = payment(0, "0.50", payee="ZZZZKGK0")
    assert pay(services, 0, lost).status_code == 201
    until_stages(services, 0, lost, "returned", "returned")
    assert shown(services, 0, 0, lost)["reason"] == "UNKNOWN_PARTICIPANT"
    assert services.balances(0) == before


def test_no_payment_begins_while_the_other_system_is_silent(services: Wired) -> None:
    services.wires[1].cut = True
    until(lambda: services.peer(0)["silent"])
    body = payment(0, "0.01")
    answer = pay(services, 0, body)
    assert (answer.status_code, answer.json()["reason"]) == (503, "LINK_PEER_SILENT")
    assert services.live[0].bank(0).get(f"/v1/orders/{body['uetr']}").status_code == 404
    services.wires[1].cut = False
    until(lambda: not services.peer(0)["silent"])


def test_both_records_agree(services: Wired, tmp_path: Path) -> None:
    for live in services.live:
        verified = live.verified()
        assert verified.difference is None, verified.difference
    outcome = run_main("reconcile", *services.urls)
    assert outcome.returncode == 0, outcome.stderr
