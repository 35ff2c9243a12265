"""Every documented status is brought about on every operation, and no other one comes."""

import datetime
import json
import re
import uuid
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from skontro.ledger.bundles import lines
from skontro.model import SECOND, from_timestamp
from skontro.service.api.app import make_app
from skontro.service.api.gate import MAX_PEER_BYTES
from skontro.service.api.service_context import MAX_BYTES
from skontro.service.client import Client
from tests.messages.valid import parts_of
from tests.messages.written_payments import payment_message, status_request
from tests.service.peers.stub_peer import OWN, PEER, StubPeer, agree_with, instruction
from tests.service.systems import (
    BANKS,
    DAY,
    NOON,
    LiveSystem,
    live_system,
    order,
    write_folder,
)

Json = dict[str, Any]

DOCUMENT: Json = json.loads(json.dumps(make_app().openapi()))
OPERATIONS: dict[str, tuple[str, str, Json]] = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}
#: Answers of the connection, before there is a request; test_gate.py brings them about.
OF_CONNECTIONS = {"408", "431"}
#: Written as a body it is none.
BROKEN = b'{"a": '
ABSENT = str(uuid.uuid4())
LIMIT = {"kind": "set_net_sender_limit", "participant": BANKS[0], "currency": "KZT"}


class Observed:
    """Sends requests to operations, and holds each answer against the document."""

    def __init__(self) -> None:
        self.statuses: dict[str, set[str]] = defaultdict(set)

    def send(
        self,
        client: Client,
        name: str,
        body: object = None,
        key: str | None = None,
        query: str = "",
        **path: object,
    ) -> httpx.Response:
        method, route, operation = OPERATIONS[name]
        values = {
            "uetr": ABSENT,
            "bic": BANKS[0],
            "currency": "KZT",
            "payment_class": "high",
            "number": 0,
            "place": 0,
            "link": ABSENT,
            "cycle": "x",
            "origin": OWN,
        } | path
        arguments: Json = {"headers": {"Idempotency-Key": key or str(uuid.uuid4())}}
        if isinstance(body, bytes):
            arguments["content"] = body
            kind = "xml" if name == "submit_message" else "json"
            arguments["headers"]["Content-Type"] = f"application/{kind}"
        elif body is not None:
            arguments["json"] = body
        if method == "GET":
            del arguments["headers"]["Idempotency-Key"]
        answer = client.http.request(method, route.format(**values) + query, **arguments)
        self.check(name, operation, answer)
        return answer

    def check(self, name: str, operation: Json, answer: httpx.Response) -> None:
        status = str(answer.status_code)
        self.statuses[name].add(status)
        documented = operation["responses"].get(status)
        assert documented, (name, status, answer.text)
        media = answer.headers["content-type"].partition(";")[0]
        assert media in documented["content"], (name, status, media)
        if media == "application/xml":
            parts_of(answer.content)
        elif media != "text/plain":
            schema = documented["content"][media]["schema"]
            schema = {**schema, "components": DOCUMENT["components"]}
            jsonschema.Draft202012Validator(schema).validate(answer.json())
        if status == "429":
            assert int(answer.headers["Retry-After"]) > 0


@pytest.fixture(scope="module")
def peer() -> StubPeer:
    return StubPeer()


@pytest.fixture(scope="module")
def system(peer: StubPeer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    """A live system with a peer that answers."""
    folder = tmp_path_factory.mktemp("system")
    write_folder(folder)
    with live_system(folder, transports=peer.transport, peers=peer.addresses) as running:
        yield running


@pytest.mark.long
def test_the_documented_statuses_are_those_that_come(
    system: LiveSystem, peer: StubPeer, tmp_path: Path
) -> None:
    observed = Observed()
    _orders(observed, system)
    _accounts(observed, system)
    _messages(observed, system)
    _proposals(observed, system)
    _cases(observed, system)
    _others(observed, system)
    _links(observed, system, peer)
    _of_all(observed, system)
    _while_it_fails(observed, system)
    write_folder(tmp_path)
    with live_system(tmp_path, requests_per_second=1e-9) as slow:
        for name in _of_callers():
            observed.send(slow.bank(0), name)
    documented = {
        name: set(operation["responses"]) - OF_CONNECTIONS
        for name, (_, _, operation) in OPERATIONS.items()
    }
    different = {
        name: sorted(documented[name] ^ observed.statuses[name])
        for name in documented
        if documented[name] != observed.statuses[name]
    }
    assert different == {}


def _of_callers() -> list[str]:
    return [name for name, (_, _, operation) in OPERATIONS.items() if operation["security"]]


def _orders(observed: Observed, system: LiveSystem) -> None:
    bank, other, send = system.bank(0), system.bank(1), observed.send
    settled, waiting = order(amount="1.00"), order(amount="90000.00")
    for one in (settled, waiting):
        assert send(bank, "submit_order", one).status_code == 201
    for wrong in (settled | {"amount": "2.00"}, order(payee=0), {}, BROKEN):
        send(bank, "submit_order", wrong)
        send(bank, "submit_order_batch", wrong if wrong == BROKEN else {"orders": [wrong]})
    send(other, "submit_order", order())
    send(other, "submit_order_batch", {"orders": [order()]})
    send(bank, "submit_order_batch", {"orders": [order(amount="1.00"), order(amount="1.00")]})
    for name in ("get_order", "get_receipt"):
        for uetr in (settled["uetr"], ABSENT, "x"):
            send(bank, name, uetr=uetr)
    key = str(uuid.uuid4())
    bodies: dict[str, object] = {
        "change_payment_class": {"payment_class": "high"},
        "move_order": {"position": "front"},
        "change_times": {"latest_at": "2026-11-24T17:30:00+00:00"},
        "cancel_order": None,
    }
    for name, body in bodies.items():
        send(other, name, body, uetr=waiting["uetr"])
        for uetr in (ABSENT, "x", settled["uetr"], waiting["uetr"]):
            send(bank, name, body, key=key if uetr == waiting["uetr"] else None, uetr=uetr)
            send(bank, name, body and BROKEN, uetr=uetr)
        send(bank, "move_order", {"position": "end"}, key=key, uetr=waiting["uetr"])
        waiting = order(amount="90000.00")
        send(bank, "submit_order", waiting)
        send(bank, name, body, key=key, uetr=waiting["uetr"])
        key = str(uuid.uuid4())
    send(bank, "list_orders")
    send(bank, "list_orders", query="?limit=0")


def _accounts(observed: Observed, system: LiveSystem) -> None:
    bank, other, operator, send = system.bank(0), system.bank(1), system.operator(), observed.send
    send(bank, "list_accounts")
    for name in ("get_account", "list_queued_orders", "get_statement"):
        send(bank, name)
        send(other, name)
        send(operator, name, bic="ZZZZKZK0")
        send(bank, name, currency="x")
    key = str(uuid.uuid4())
    for amount in ("1.00", "2.00"):
        send(bank, "set_reservation", {"amount": amount}, key=key)
    send(other, "set_reservation", {"amount": "1.00"})
    send(bank, "set_reservation", {"amount": "1.00"}, currency="XXX")
    send(bank, "set_reservation", {"amount": 1})
    send(bank, "set_reservation", BROKEN)


def _messages(observed: Observed, system: LiveSystem) -> None:
    bank, other, operator, send = system.bank(0), system.bank(1), system.operator(), observed.send
    sent = order(amount="1.00") | {"amount_minor": 100}
    sent["submitted_at"] = datetime.datetime.fromtimestamp(NOON / 1e6, datetime.UTC)
    payment = payment_message(sent, "pacs.008.001.08", with_header=False).encode()
    for body in (payment, payment.replace(b">1.00<", b">1.01<"), status_request("Q", ABSENT)):
        send(bank, "submit_message", body)
    send(operator, "submit_message", b"<a/>")
    for name in ("get_account_report", "get_account_statement", "get_account_notification"):
        send(bank, name)
        send(other, name)
        send(operator, name, bic="ZZZZKZK0")
        send(bank, name, currency="x")
    system.move_to(NOON + DAY)
    send(bank, "get_account_statement", query="?date=2026-11-24")
    twice = [("Content-Type", "application/xml"), ("Content-Type", "application/xml")]
    answer = bank.http.post("/v1/messages", content=b"<a/>", headers=twice)
    observed.check("submit_message", OPERATIONS["submit_message"][2], answer)


def _cases(observed: Observed, system: LiveSystem) -> None:
    bank, vera, send = system.bank(0), system.operator(2), observed.send
    outage, key = {"reference": "S-1", "type": "outage", "currency": "KZT"}, str(uuid.uuid4())
    case = send(bank, "open_case", outage, key=key).json()["case"]
    send(bank, "open_case", outage | {"reference": "S-2"}, key=key)
    send(bank, "open_case", outage)
    send(bank, "open_case", outage | {"uetr": ABSENT})
    send(bank, "open_case", BROKEN)
    send(vera, "open_case", outage)
    key, evidence = str(uuid.uuid4()), {"act": "add evidence", "evidence": ["ab" * 32]}
    send(bank, "act_in_case", evidence, number=case, key=key)
    send(bank, "act_in_case", {"act": "withdraw"}, number=case, key=key)
    send(bank, "act_in_case", {"act": "award"}, number=case)
    send(bank, "act_in_case", BROKEN, number=case)
    send(vera, "act_in_case", evidence, number=case)
    for name in ("act_in_case", "get_case"):
        send(bank, name, evidence if name == "act_in_case" else None, number=999)
    for number in (case, -1):
        send(bank, "get_case", number=number)
        for name in ("get_case_message", "get_case_bundle"):
            send(bank, name, number=number)
    settled = order(amount="1.00")
    assert bank.submit(settled).json()["status"] == "settled"
    recall = {"reference": "S-3", "type": "recall", "uetr": settled["uetr"]}
    recalled = send(bank, "open_case", recall).json()["case"]
    assert send(bank, "get_case_message", number=recalled).status_code == 200
    _bundles(observed, system, recalled)
    send(bank, "get_case_rules")
    send(bank, "get_case_statistics")
    send(bank, "list_cases")
    send(bank, "list_cases", query="?limit=0")


def _bundles(observed: Observed, system: LiveSystem, case: int) -> None:
    """A bundle that is given, one that would show another's payment, and one that is too large."""
    bank, send = system.bank(0), observed.send
    send(bank, "get_case_bundle", number=999)
    assert send(bank, "get_case_bundle", number=case).status_code == 200
    both = [order(amount="1.00"), order(payee=2, amount="1.00")]
    assert bank.send("POST", "/v1/orders/batch", {"orders": both}).is_success
    recall = {"reference": "S-4", "type": "recall", "uetr": both[0]["uetr"]}
    mixed = send(bank, "open_case", recall).json()["case"]
    assert send(bank, "get_case_bundle", number=mixed).status_code == 403
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "MAX_BYTES", 1_000)
        assert send(bank, "get_case_bundle", number=case).status_code == 409


def _proposals(observed: Observed, system: LiveSystem) -> None:
    anna, boris, vera = (system.operator(number) for number in range(3))
    send, key = observed.send, str(uuid.uuid4())
    number = send(anna, "propose", LIMIT, key=key).json()["proposal"]
    send(anna, "propose", LIMIT | {"amount": "1.00"}, key=key)
    revocation = {"kind": "revoke_key", "participant": BANKS[2], "key_id": f"{BANKS[2]}-2"}
    send(anna, "revoke", revocation, key=key)
    send(anna, "revoke", revocation)
    for name, action in (("propose", LIMIT), ("revoke", revocation)):
        send(vera, name, action)
        for wrong in (action | {"participant": "ZZZZKZK0"}, action | {"role": "viewer"}, BROKEN):
            send(anna, name, wrong)
    send(anna, "list_proposals")
    for which in (number, 2**50, "x"):
        send(anna, "get_proposal", number=which)
    shown = {"hash": send(boris, "get_proposal", number=number).json()["hash"]}
    send(vera, "approve_proposal", shown, number=number)
    send(anna, "approve_proposal", shown, number=number)
    send(anna, "approve_proposal", shown, number=number, key=key)
    send(anna, "approve_proposal", BROKEN, number=number)
    send(boris, "approve_proposal", shown, number=number)
    another = send(anna, "propose", LIMIT).json()["proposal"]
    send(vera, "reject_proposal", number=another)
    send(anna, "reject_proposal", number=another, key=key)
    send(anna, "reject_proposal", number=another)
    send(anna, "reject_proposal", number=another)


def _others(observed: Observed, system: LiveSystem) -> None:
    bank, send = system.bank(0), observed.send
    for client, query in (
        (system.bank(0), ""),
        (system.bank(0), f"?after={2**53 - 1}"),
        (system.bank(0), "?after=x"),
        (system.operator(), ""),
    ):
        send(client, "get_system_event", query=query)
    for name in ("get_business_day", "list_participants", "get_record_head"):
        send(bank, name)
    operator = system.operator()
    send(bank, "make_sign_in_code")
    send(bank, "get_policy_rules")
    send(operator, "get_policy_rules", query=f"?participant={BANKS[1]}&customer_account=KZ1")
    send(bank, "get_policy_rules", query=f"?participant={BANKS[1]}")
    send(operator, "get_policy_rules", query="?participant=ZZZZKZK0")
    send(operator, "get_policy_rules", query="?participant=x")
    send(bank, "list_record_links", query="?first=0")
    send(bank, "list_record_links", query="?first=-1")
    for name in ("get_liveness", "get_readiness", "get_metrics"):
        send(system.nobody(), name)


def _links(observed: Observed, system: LiveSystem, peer: StubPeer) -> None:
    bank, other, nobody, send = system.bank(0), system.bank(1), system.nobody(), observed.send
    agree_with(system, peer)
    terms = peer.terms(1_00, NOON + DAY + DAY // 4)
    body = instruction(terms)
    key = str(uuid.uuid4())
    assert send(bank, "submit_link", body, key=key).status_code == 201
    for changed in (body | {"terms": {}}, BROKEN):
        send(bank, "submit_link", changed)
    send(bank, "submit_link", instruction(peer.terms(2_00, NOON + DAY + DAY // 4)), key=key)
    send(other, "submit_link", instruction(peer.terms(2_00, NOON + DAY + DAY // 4)))
    for name, query in (("list_links", "?limit=0"), ("list_links", ""), ("list_link_peers", "")):
        send(bank, name, query=query)
    for name in ("get_link", "cancel_link"):
        for link in (terms.link, ABSENT, "x"):
            send(other, name, link=link)
    send(bank, "get_link", link=terms.link)
    key = str(uuid.uuid4())
    send(bank, "cancel_link", link=terms.link, key=key)
    send(bank, "cancel_link", link=terms.link)
    another = peer.terms(1_00, NOON + DAY + DAY // 4)
    send(bank, "submit_link", instruction(another))
    send(bank, "cancel_link", link=another.link, key=key)
    _payments(observed, bank, other)
    _cycles(observed, system, peer)
    statements = "take_link_statements"
    unproved = peer.envelope() | {"sender": "XX-RTGS"}
    not_held = peer.envelope(held=peer.head)
    elsewhere = peer.envelope() | {"addressee": "XX-RTGS"}
    for envelope in (peer.envelope(), unproved, elsewhere, not_held, BROKEN):
        send(nobody, statements, envelope)
    send(nobody, statements, b" " * (MAX_PEER_BYTES + 1))
    answer = nobody.http.post("/v1/links/statements", content=b"a", headers=_TEXT)
    observed.check(statements, OPERATIONS[statements][2], answer)
    budgets = system.service.context.peer_intake.limits._budgets
    for budget in budgets.values():
        budget.left = -1e6
    send(nobody, statements, BROKEN)
    budgets.clear()


def _payments(observed: Observed, bank: Client, other: Client) -> None:
    send, submit = observed.send, "submit_link_payment"
    body: Json = {
        "uetr": str(uuid.uuid4()),
        "destination": PEER,
        "payer": BANKS[0],
        "payee": "ALFAKG22",
        "currency": "RUB",
        "amount": "0.01",
        "valid_until": "2026-11-26T03:00:00+00:00",
    }
    key = str(uuid.uuid4())
    answer = send(bank, submit, body, key=key)
    assert answer.status_code == 201, answer.text
    assert answer.json()["payment"]["status"] == "sent"
    assert send(bank, submit, body, key=key).json() == answer.json()
    another = body | {"uetr": str(uuid.uuid4())}
    assert send(bank, submit, another, key=key).status_code == 409
    assert send(other, submit, another).status_code == 403
    for changed, reason in (
        ({"destination": "XX-RTGS"}, "LINK_CONTRACT_UNKNOWN"),
        ({"contract_sha256": "ab" * 32}, "LINK_CONTRACT_MISMATCH"),
        ({"currency": "KZT"}, "MIRROR_NOT_AGREED"),
        ({"amount": "10000000.00"}, "LINK_CAP_REACHED"),
    ):
        refusal = send(bank, submit, another | changed)
        assert (refusal.status_code, refusal.json()["reason"]) == (422, reason)
    unknown = send(bank, submit, another | {"amount": "1e3"})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/amount")
    send(bank, submit, BROKEN)
    name = "get_link_payment"
    for client, uetr, status in (
        (bank, body["uetr"], 200),
        (other, body["uetr"], 404),
        (bank, another["uetr"], 404),
        (bank, "x", 422),
    ):
        assert send(client, name, uetr=uetr).status_code == status
    assert send(bank, name, uetr=body["uetr"], origin=PEER).status_code == 404
    assert send(bank, name, uetr=body["uetr"], origin="-").status_code == 422
    for client, query, count in ((bank, "", 1), (other, "", 0), (bank, "?after=1", 0)):
        listed = send(client, "list_link_payments", query=query)
        assert len(listed.json()["payments"]) == count
        assert listed.json()["next"] is None
    assert send(bank, "list_link_payments", query="?limit=1").json()["next"] == 1
    send(bank, "list_link_payments", query="?limit=0")


def _cycles(observed: Observed, system: LiveSystem, peer: StubPeer) -> None:
    send, submit, bank, other = observed.send, "submit_obligation", system.bank(0), system.bank(1)
    soon = from_timestamp(system.clock() + 2 * SECOND)
    at = soon.strftime("%H:%M:%S")
    agreement = {"kind": "set_cycle_agreement", "cycle_agreement": peer.cycle_agreement(at)}
    unfit = agreement | {"cycle_agreement": peer.cycle_agreement(at, BANKS[2])}
    refusal = system.operator(0).propose(unfit)
    assert (refusal.status_code, refusal.json()["reason"]) == (422, "EARMARK_ACCOUNT")
    text = f"accounts of {OWN}, account of {PEER}: {BANKS[2]} keeps earmarks in KZT, by the "
    assert refusal.json()["detail"].startswith(f"{text}contract with {PEER}: an account for")
    assert refusal.json()["errors"][0]["pointer"] == "/cycle_agreement/members/accounts"
    assert system.agree(agreement).is_success
    body: Json = {
        "uetr": str(uuid.uuid4()),
        "agreement": "CIS",
        "payer": BANKS[0],
        "creditor_system": PEER,
        "creditor": "ALFAKG22",
        "currency": "KZT",
        "amount": "0.01",
        "valid_until": "2026-11-26T03:00:00+00:00",
    }
    key = str(uuid.uuid4())
    answer = send(bank, submit, body, key=key)
    assert answer.status_code == 201, answer.text
    assert answer.json()["obligation"]["status"] == "funded"
    assert send(bank, submit, body, key=key).json() == answer.json()
    another = body | {"uetr": str(uuid.uuid4())}
    assert send(bank, submit, another, key=key).status_code == 409
    assert send(other, submit, another).status_code == 403
    for changed in ({"agreement": "XX"}, {"creditor_system": "XX-RTGS"}, {"currency": "RUB"}):
        refusal = send(bank, submit, another | changed)
        assert (refusal.status_code, refusal.json()["reason"]) == (422, "CYCLE_NOT_AVAILABLE")
    send(bank, submit, BROKEN)
    for client, uetr, status in (
        (bank, body["uetr"], 200),
        (other, body["uetr"], 404),
        (bank, another["uetr"], 404),
        (bank, "x", 422),
    ):
        assert send(client, "get_obligation", uetr=uetr).status_code == status
    for client, query, count in ((bank, "", 1), (other, "", 0), (bank, "?after=1", 0)):
        listed = send(client, "list_obligations", query=query)
        assert (len(listed.json()["obligations"]), listed.json()["next"]) == (count, None)
    assert send(bank, "list_obligations", query="?limit=1").json()["next"] == 1
    send(bank, "list_obligations", query="?limit=0")
    system.move_to(system.clock() + 90 * SECOND)
    assert bank.submit(order(amount="0.01")).is_success  # the cycle begins after it
    for client, seen in ((bank, 0), (system.operator(), 1)):
        (found,) = send(client, "list_cycles").json()["cycles"]
        assert found["status"] == "not_paid", found
        assert send(client, "get_cycle", cycle=found["cycle"]).json() == found
        assert seen in (0, 1)
    assert send(bank, "list_cycles", query="?limit=1").json()["next"] == 1
    send(bank, "list_cycles", query="?limit=0")
    absent = "CIS.20261124T123000Z.0000000000000000"
    assert send(bank, "get_cycle", cycle=absent).status_code == 404
    assert send(bank, "get_cycle", cycle="x").status_code == 422


def _of_all(observed: Observed, system: LiveSystem) -> None:
    """What every operation that recognises its caller may answer."""
    large = b" " * (MAX_BYTES + 1)
    for name in _of_callers():
        observed.send(system.nobody(), name)
        observed.send(system.bank(0), name, BROKEN)
        observed.send(system.operator(), name, large)
        method, path, operation = OPERATIONS[name]
        if "415" in operation["responses"]:
            path = path.replace("{uetr}", ABSENT).replace("{number}", "0")
            path = path.replace("{link}", ABSENT)
            path = path.format(bic=BANKS[0], currency="KZT", payment_class="high")
            answer = system.bank(0).http.request(method, path, content=b"a", headers=_TEXT)
            observed.check(name, operation, answer)


_TEXT = {"Content-Type": "text/plain", "Idempotency-Key": "of-text"}


def _while_it_fails(observed: Observed, system: LiveSystem) -> None:
    """Before the record is recovered, and with a fault in the service itself."""
    context, bank = system.service.context, system.bank(0)
    app = system.transport.app
    app.state.context = None
    try:
        for name, (_, _, operation) in OPERATIONS.items():
            if "503" in operation["responses"]:
                observed.send(bank, name)
    finally:
        app.state.context = context
    kept = {name: getattr(context, name) for name in ("authenticator", "sequencer")}
    for name in kept:
        object.__setattr__(context, name, None)
    try:
        for name, (_, _, operation) in OPERATIONS.items():
            if "500" in operation["responses"]:
                observed.send(bank, name)
    finally:
        for name, value in kept.items():
            object.__setattr__(context, name, value)


@pytest.mark.long
def test_the_examples_are_what_the_service_says_today(tmp_path: Path) -> None:
    """The same session once more; `python -m tests.service.example_session` writes them anew."""
    from tests.service.example_session import FILE, session
    from tests.service.systems import OFFICE_HOURS

    write_folder(tmp_path, OFFICE_HOURS)
    peer = StubPeer()
    with live_system(tmp_path, transports=peer.transport, peers=peer.addresses) as running:
        fresh = json.loads(json.dumps(session(running, peer).document()))
    assert _form(fresh) == _form(json.loads(FILE.read_text()))


def _form(value: Any, field: str = "") -> Any:
    """A document without what differs from one session to the next."""
    if isinstance(value, dict):
        return {key: _form(child, key) for key, child in value.items()}
    if isinstance(value, list):
        return [_form(child, field) for child in value]
    if field in ("batch", "proposal", "number", "time", "claim", "heard_seconds", "waiting_proofs"):
        return type(value).__name__
    if field == "code":  # drawn
        return len(value)
    if field == "header":  # of a batch, with its number and time
        return len(value)
    return _text_form(value) if isinstance(value, str) else value


def _text_form(value: str) -> str:
    if value.startswith("# HELP"):
        return "metrics"
    if value.startswith("<?xml"):  # a batch has another number, a report is written now
        plain = re.sub(r">R[0-9a-f]{34}<", ">R<", value)
        return re.sub(r"\.0Z", "Z", re.sub(r"[0-9]+", "0", plain))
    # Keys are new, and with them hashes; a batch is some microseconds later than another.
    return re.sub(r"(?<=#code=).*|[0-9a-f]{64,}|(?<=:00)\.[0-9]{6}", "", value)
