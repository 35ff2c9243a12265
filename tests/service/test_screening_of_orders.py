"""Orders screened before they are put in sequence: what is not passed is held, and shown."""

import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

from skontro.model import Party, ScreeningOutcome
from skontro.screening.screener import Screened
from skontro.system import ScreeningPolicy
from tests.service.systems import (
    BANKS,
    NOON,
    LiveSystem,
    live_system,
    new_database,
    order,
    write_folder,
)

DEBTOR = {"name": "Anna Kim", "country": "KZ", "account": "KZ1", "address": ["Abai 1"]}
CREDITOR = {"name": "Osh Textile", "account": "77", "identifiers": [["LEI", "L1"]]}
DETAILS: dict[str, Any] = {
    "end_to_end_id": "INV-7",
    "remittance": ["Invoice 7"],
    "parties": {"debtor": DEBTOR, "creditor": CREDITOR},
}


@attrs.define
class Pool:
    """Screens by name, as it is told; with an error it fails."""

    outcomes: dict[str, ScreeningOutcome] = attrs.field(factory=dict)
    error: Exception | None = None
    digest: str = "ab" * 32
    asked: list[Party] = attrs.field(factory=list)
    days: list[datetime.date] = attrs.field(factory=list)

    async def screen(self, parties: Sequence[Party], today: datetime.date) -> list[Screened]:
        if self.error is not None:
            raise self.error
        self.asked += parties
        self.days.append(today)
        return [Screened(self.outcomes.get(one.name, ScreeningOutcome.PASSED)) for one in parties]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    folder: Path = tmp_path_factory.mktemp("system")
    write_folder(folder, screening=ScreeningPolicy())
    with live_system(folder) as system:
        yield system


@pytest.fixture
def pool(running: LiveSystem) -> Iterator[Pool]:
    found = Pool()
    screening = running.service.context.screening
    screening._pool = found
    yield found
    screening._pool = None


def customers(**fields: object) -> dict[str, Any]:
    return order(details=DETAILS) | fields


def first(system: LiveSystem, sent: dict[str, Any]) -> tuple[str, str | None]:
    answer = system.bank(0).submit(sent)
    assert answer.status_code == 201, answer.text
    return answer.json()["status"], answer.json()["reason"]


def shown(client: Any, sent: dict[str, Any]) -> dict[str, Any]:
    answer = client.get(f"/v1/orders/{sent['uetr']}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_what_passed_settles_and_shows_its_details_to_its_parties(
    running: LiveSystem, pool: Pool
) -> None:
    sent = customers()
    assert first(running, sent) == ("settled", None)
    assert [one.name for one in pool.asked] == ["Anna Kim", "Osh Textile", "Bank AAAA", "Bank BBBB"]
    payer = pool.asked[2]
    assert (payer.country, payer.identifiers) == ("KZ", (("BIC", BANKS[0]),))
    assert pool.days == [datetime.date(2026, 11, 24)]
    for client in (running.bank(0), running.bank(1), running.operator()):
        found = shown(client, sent)
        assert found["details"] == DETAILS
        assert found["screening"] == "passed"
    assert shown(running.bank(0), sent)["evidence"] is None
    evidence = shown(running.operator(), sent)["evidence"]
    assert (evidence["outcome"], evidence["lists"]) == ("passed", pool.digest)
    assert running.bank(2).get(f"/v1/orders/{sent['uetr']}").status_code == 404


def test_statements_of_both_sides_have_the_details(running: LiveSystem, pool: Pool) -> None:
    sent, plain = customers(), order(payment_type="interbank")
    running.bank(0).submit(sent)
    running.bank(0).submit(plain)
    for number in (0, 1):
        statement = running.bank(number).get(f"/v1/accounts/{BANKS[number]}/KZT/statement").json()
        told = {one["uetr"]: one["details"] for one in statement["entries"]}
        assert told[sent["uetr"]] == DETAILS
        assert told[plain["uetr"]] is None


def test_what_is_held_settles_when_two_persons_release_it(running: LiveSystem, pool: Pool) -> None:
    pool.outcomes["Osh Textile"] = ScreeningOutcome.HELD
    sent = customers()
    assert first(running, sent) == ("held", "SCREENING_HOLD")
    found = shown(running.bank(1), sent)
    assert (found["status"], found["reason"], found["number"]) == ("held", "SCREENING_HOLD", None)
    assert found["waiting_for"]["kind"] == "screening"
    evidence = shown(running.operator(), sent)["evidence"]
    assert evidence["parties"]["creditor"]["outcome"] == "held"
    day = running.operator().get("/v1/day").json()
    assert day["orders_held_for_screening"] == 1
    assert day["screening"] == {"screening": "required", "travel_rule": "hold"}
    wish = {"kind": "release_held_order", "uetr": sent["uetr"]}
    answer = running.bank(0).propose(wish)
    assert answer.status_code == 403
    number = running.operator(0).propose(wish).json()["proposal"]
    document = running.operator(1).get(f"/v1/proposals/{number}").json()["shown"]
    assert document["order"]["uetr"] == sent["uetr"]
    assert document["held_because"]["reason"] == "SCREENING_HOLD"
    hashed = running.operator(1).get(f"/v1/proposals/{number}").json()["hash"]
    assert running.operator(1).approve(number, hashed).is_success
    found = shown(running.bank(0), sent)
    assert (found["status"], found["screening"]) == ("settled", "released")
    assert found["details"] == DETAILS
    again = running.bank(0).submit(sent)
    assert (again.json()["status"], again.json()["reason"]) == ("held", "SCREENING_HOLD")
    refused = running.operator(0).propose(wish)
    assert (refused.status_code, refused.json()["reason"]) == (422, "ORDER_NOT_HELD")


def test_the_operator_rejects_and_the_payer_cancels(running: LiveSystem, pool: Pool) -> None:
    pool.outcomes["Anna Kim"] = ScreeningOutcome.HELD
    one, other = customers(), customers()
    assert first(running, one) == first(running, other) == ("held", "SCREENING_HOLD")
    assert running.agree({"kind": "reject_held_order", "uetr": one["uetr"]}).is_success
    found = shown(running.bank(0), one)
    assert (found["status"], found["reason"]) == ("rejected", "HELD_ORDER_REJECTED")
    answer = running.bank(0).send("POST", f"/v1/orders/{other['uetr']}/cancellation")
    assert answer.is_success
    found = shown(running.bank(0), other)
    assert (found["status"], found["reason"]) == ("cancelled", "CANCELLED_BY_PARTICIPANT")
    changed = running.bank(0).send(
        "PUT", f"/v1/orders/{customers_held(running)}/payment-class", {"payment_class": "high"}
    )
    assert (changed.status_code, changed.json()["reason"]) == (422, "ORDER_NOT_QUEUED")


def customers_held(running: LiveSystem) -> str:
    sent = customers()
    assert first(running, sent)[0] == "held"
    return str(sent["uetr"])


def test_a_listed_party_is_rejected(running: LiveSystem, pool: Pool) -> None:
    pool.outcomes["Anna Kim"] = ScreeningOutcome.REJECTED
    assert first(running, customers()) == ("rejected", "SCREENING_REJECTED")


def test_a_screener_that_fails_leaves_orders_held(running: LiveSystem, pool: Pool) -> None:
    pool.error = RuntimeError("gone")
    sent = customers()
    assert first(running, sent) == ("held", "NOT_SCREENED")
    assert shown(running.operator(), sent)["details"] == DETAILS
    pool.error = None
    again = running.bank(0).submit(sent)
    assert (again.json()["status"], again.json()["reason"]) == ("held", "NOT_SCREENED")


def test_without_a_screener_orders_are_held_and_readiness_says_so(running: LiveSystem) -> None:
    assert first(running, customers()) == ("held", "NOT_SCREENED")
    assert running.nobody().get("/health/ready").json()["screening"] == "off"


def test_readiness_tells_of_engines_that_are_not_ready(running: LiveSystem, pool: Pool) -> None:
    assert running.nobody().get("/health/ready").json()["screening"] == "ready"
    pool.digest = ""
    told = running.nobody().get("/health/ready").json()
    assert told["screening"] == "no engine is ready with the agreed lists; orders are not passed"


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, ("held", "TRAVEL_RULE_HOLD")),
        ({"payment_type": "interbank"}, ("settled", None)),
    ],
)
def test_a_customers_order_needs_its_parties(
    running: LiveSystem, pool: Pool, changes: dict[str, str], outcome: tuple[str, str | None]
) -> None:
    assert first(running, order() | changes) == outcome
    lacking = {"parties": {"debtor": DEBTOR}}
    assert first(running, order(details=lacking) | changes) == outcome


def test_orders_of_a_batch_have_details_each(running: LiveSystem, pool: Pool) -> None:
    pool.outcomes["Listed"] = ScreeningOutcome.HELD
    other = DETAILS | {"parties": {"debtor": DEBTOR | {"name": "Listed"}, "creditor": CREDITOR}}
    sent = [customers(), order(payment_type="interbank"), order(details=other), customers()]
    answer = running.bank(0).submit_batch(sent)
    told = [(one["status"], one["reason"]) for one in answer.json()["orders"]]
    assert told == [
        ("settled", None),
        ("settled", None),
        ("held", "SCREENING_HOLD"),
        ("settled", None),
    ]
    found = [shown(running.bank(0), one)["details"] for one in sent]
    assert found == [DETAILS, None, other, DETAILS]


def test_details_are_part_of_what_an_order_is(running: LiveSystem, pool: Pool) -> None:
    sent = customers()
    running.bank(0).submit(sent)
    assert running.bank(0).submit(sent | {"details": {"purpose": "GDDS"}}).status_code == 409
    without = {name: value for name, value in sent.items() if name != "details"}
    assert running.bank(0).submit(without).status_code == 409


@pytest.mark.parametrize(
    ("details", "pointer", "detail"),
    [
        ({"charge_bearer": "OUR"}, "details", "charge_bearer 'OUR' is not one of"),
        ({"parties": {"payer": {}}}, "details", "parties: 'payer' is not one of"),
        (
            {"parties": {"debtor": {"country": "ZZ"}}},
            "details/parties/debtor",
            "country 'ZZ' is no country code",
        ),
        ({"remittance": ["x" * 301]}, "details", "remittance 1 has 301 characters"),
    ],
)
def test_malformed_details_are_refused_by_field(
    running: LiveSystem, details: dict[str, Any], pointer: str, detail: str
) -> None:
    answer = running.bank(0).submit(order(details=details))
    assert answer.status_code == 422
    (mistake,) = answer.json()["errors"]
    assert mistake["pointer"] == f"/orders/0/{pointer}"
    assert mistake["reason"] == "FIELD_MALFORMED"
    assert mistake["detail"].startswith(detail)


@pytest.mark.parametrize(
    "details", [{"nom": "x"}, {"purpose": 7}, {"end_to_end_id": "x" * 36}, {"parties": []}]
)
def test_details_of_another_form_are_refused(running: LiveSystem, details: dict[str, Any]) -> None:
    answer = running.bank(0).submit(order(details=details))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/details")


def test_one_operator_holds_a_warehoused_order(running: LiveSystem, pool: Pool) -> None:
    sent = customers(value_date="2026-11-25")
    assert first(running, sent)[0] == "warehoused"
    wish = {"kind": "hold_order", "uetr": sent["uetr"], "evidence": '{"list":"UN"}'}
    answer = running.operator().send("POST", "/v1/revocations", wish)
    assert answer.status_code == 201, answer.text
    found = shown(running.bank(0), sent)
    assert (found["status"], found["reason"]) == ("held", "SCREENING_HOLD")
    assert found["screening"] == "held"
    unknown = wish | {"uetr": order()["uetr"]}
    assert running.operator().propose(unknown).status_code == 404


def test_held_orders_are_there_after_a_restart(tmp_path: Path) -> None:
    write_folder(tmp_path, screening=ScreeningPolicy())
    url, sent = new_database(), customers()
    with live_system(tmp_path, url) as system:
        assert first(system, sent) == ("held", "NOT_SCREENED")
    with live_system(tmp_path, url) as system:
        assert shown(system.bank(0), sent)["status"] == "held"
        system.agree({"kind": "release_held_order", "uetr": sent["uetr"]})
        found = shown(system.bank(1), sent)
        assert (found["status"], found["details"]) == ("settled", DETAILS)
        assert system.verified().difference is None
        system.move_to(NOON + 12 * 3_600_000_000)
    with live_system(tmp_path, url) as system:
        assert shown(system.bank(0), sent)["details"] == DETAILS
