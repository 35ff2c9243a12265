"""A session with a real service; its requests and answers are the OpenAPI document's examples.

``python -m tests.service.example_session`` writes them anew.
"""

import base64
import datetime
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import attrs
import httpx

import skontro.service
from skontro.files.system_rules import read_zone_table
from skontro.ledger.keys import make_private_key, public_text
from skontro.service.api.app import make_app
from skontro.service.api.http_protocol import ConnectionLimits
from skontro.service.api.problems import Problem
from skontro.service.api.service_context import MAX_BYTES
from skontro.service.auth.credentials import token_digest
from skontro.service.client import Client
from skontro.system.links.certificate import Certificate
from tests.messages.written_payments import payment_message, status_request
from tests.service.peers.stub_peer import PEER, StubPeer
from tests.service.systems import (
    BANKS,
    DAY,
    NOON,
    OFFICE_HOURS,
    LiveSystem,
    approve,
    live_system,
    write_folder,
)

FILE = Path(skontro.service.__file__).parent.joinpath("api", "openapi_examples.json")
KEY = "7d0f4c1e-1f63-4b0c-9d57-3d2c0f7f1a10"
UETRS = [f"0c6e4b6a-5d0e-4b8f-9a53-0d3c8c2f6b{number:02x}" for number in range(32)]
TOMORROW = "2026-11-25"
ABSENT = "3f2c9a70-7b1e-4d55-8c37-6a1d1f1f9e01"


def order(place: int, amount: str, **fields: object) -> dict[str, object]:
    found: dict[str, object] = {
        "uetr": UETRS[place],
        "payer": BANKS[0],
        "payee": BANKS[1],
        "currency": "KZT",
        "amount": amount,
    }
    return found | fields


ORDERS: dict[str, dict[str, object]] = {
    "payment": order(0, "1250.50"),
    "payment at a time": order(
        1,
        "75.00",
        payment_class="urgent",
        payment_type="interbank",
        earliest_at="2026-11-24T15:00:00+00:00",
        latest_at="2026-11-24T17:30:00+00:00",
    ),
    "payment on a coming day": order(2, "300.00", value_date=TOMORROW),
    "leg of a pair": order(
        3,
        "2000.00",
        counterleg=UETRS[4],
        counterleg_terms={
            "payer": BANKS[1],
            "payee": BANKS[0],
            "currency": "RUB",
            "amount": "340.00",
        },
    ),
    "payment without cover": order(5, "9000.00", payment_class="high"),
    "payment with its parties": order(
        21,
        "80.00",
        details={
            "end_to_end_id": "INV-2026-117",
            "purpose": "GDDS",
            "remittance": ["Invoice 117"],
            "parties": {
                "debtor": {
                    "name": "Aigul Serik",
                    "country": "KZ",
                    "account": "KZ75125KZT2069100100",
                    "address": ["Abai 1", "Almaty"],
                },
                "creditor": {
                    "name": "Osh Textile",
                    "country": "KG",
                    "account": "1234567890",
                    "identifiers": [["LEI", "529900T8BM49AURSDO55"]],
                },
            },
        },
    ),
}


@attrs.define
class Session:
    """Requests one after the other, and what is kept of them."""

    system: LiveSystem
    peer: StubPeer
    operations: dict[str, Any] = attrs.field(factory=dict)
    problems: dict[str, Any] = attrs.field(factory=dict)
    ids: dict[tuple[str, str], str] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        paths = make_app().openapi()["paths"]
        self.ids = {
            (method.upper(), path): operation["operationId"]
            for path, item in paths.items()
            for method, operation in item.items()
        }

    def send(
        self,
        client: Client,
        method: str,
        route: str,
        name: str = "example",
        body: dict[str, Any] | None = None,
        query: str = "",
        **path: object,
    ) -> httpx.Response:
        """Make a request, and keep it with its answer under a name."""
        url = route.format(**path) + query
        answer = client.send(method, url, body) if method != "GET" else client.http.get(url)
        assert answer.is_success, (method, url, body, answer.text)
        kept = self.operations.setdefault(self.ids[method, route], {"requests": {}, "answers": {}})
        if body is not None:
            kept["requests"][name] = body
        if "json" in answer.headers["content-type"]:
            kept["answers"][name] = answer.json()
        else:
            kept["answers"][name] = "\n".join(answer.text.splitlines()[:6]) + "\n"
        return answer

    def message(self, client: Client, name: str, body: bytes) -> httpx.Response:
        """Submit a message, and keep it with its answer, also where that is a refusal."""
        answer = client.submit_message(body)
        kept = self.operations.setdefault("submit_message", {"requests": {}, "answers": {}})
        kept["requests"][name] = body.decode()
        kept["answers"][f"{answer.status_code} {name}"] = answer.text
        return answer

    def report(self, client: Client, kind: str, bic: str, currency: str, **query: object) -> None:
        """Get an account's report as a message, and keep it."""
        route = f"/v1/accounts/{{bic}}/{{currency}}/{kind}"
        answer = client.get(route.format(bic=bic, currency=currency), limit=2, **query)
        assert answer.is_success, answer.text
        name = self.ids["GET", route]
        self.operations[name] = {"requests": {}, "answers": {"200 first page": answer.text}}

    def event(self, client: Client) -> None:
        """Get the first step of the business day as a message, and keep it."""
        route = "/v1/day/admi.004"
        answer = client.get(route)
        assert answer.is_success, answer.text
        name = self.ids["GET", route]
        self.operations[name] = {"requests": {}, "answers": {"200 start": answer.text}}

    def problem(self, name: str, answer: httpx.Response) -> None:
        """Keep an answer that is no success."""
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        self.problems.setdefault(str(answer.status_code), {})[name] = answer.json()

    def document(self) -> dict[str, Any]:
        return {"operations": self.operations, "problems": self.problems}


def actions(
    folder: Path, contract: dict[str, Any], agreement: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """One action of each kind, those first that others build on."""
    account = {"participant": BANKS[0], "currency": "KZT"}
    key = public_text(make_private_key(folder / "new.pem").public_key())
    token = token_digest("a long random token").hex()
    sent: dict[str, dict[str, Any]] = {
        "set_credit_line": {**account, "amount": "50.00"},
        "set_net_sender_limit": {**account, "amount": "8000.00"},
        "set_bilateral_limit": {**account, "counterparty": BANKS[1], "amount": "7500.00"},
        "transfer_in": {**account, "amount": "500.00"},
        "transfer_out": {**account, "amount": "100.00"},
        "suspend": {"participant": BANKS[2]},
        "resume": {"participant": BANKS[2]},
        "extend": {
            "step": "customer_cut_off",
            "currency": "RUB",
            "until": "2026-11-24T15:30:00+00:00",
        },
        "withdraw_extension": {"step": "customer_cut_off", "currency": "RUB"},
        "offset": {"algorithm": "greatest_fifo_set"},
        "cancel": {"uetr": UETRS[5]},
        "admit": {
            "participant": "DDDDTJ22",
            "name": "Bank DDDD",
            "country": "TJK",
            "currencies": ["KZT", "RUB"],
        },
        "open_account": {"participant": BANKS[0], "currency": "UZS"},
        "exit": {"participant": BANKS[2], "effective_on": TOMORROW},
        "set_rulebook": {"rulebook": {"offset_on_entry": True}, "effective_on": TOMORROW},
        "confirm_clock": {"until": "2026-11-24T12:00:00+00:00"},
        "set_clock_changes": {
            "clock_changes": base64.b64encode(read_zone_table("Asia/Dubai")).decode()
        },
        "set_standing_net_sender_limit": {**account, "amount": "8000.00"},
        "set_standing_bilateral_limit": {
            **account,
            "counterparty": BANKS[1],
            "amount": "7500.00",
        },
        "add_key": {
            "participant": BANKS[0],
            "person": "Dana Serik",
            "key_id": "AAAAKZK0-3",
            "public_key": key,
        },
        "replace_key": {"participant": BANKS[0], "key_id": f"{BANKS[0]}-2", "public_key": key},
        "revoke_key": {"participant": BANKS[0], "key_id": f"{BANKS[0]}-2"},
        "add_operator": {"person": "Igor", "role": "operator", "token_sha256": token},
        "replace_token": {"person": "Vera", "token_sha256": token},
        "set_role": {"person": "Vera", "role": "operator"},
        "remove_person": {"person": "Vera"},
        "set_screening": {
            "screening": "required",
            "travel_rule": "reject",
            "effective_on": TOMORROW,
        },
        "set_screening_lists": {
            "screening_lists": {
                "lists": [
                    {
                        "name": "UN",
                        "published": "2026-11-23",
                        "sha256": "3f9a" * 16,
                        "entries": 1_002,
                    }
                ],
                "threshold": 85,
                "max_age_days": 7,
                "rejects_confirmed": True,
            }
        },
        "hold_order": {"uetr": UETRS[2], "evidence": '{"list":"UN","entry":"QDi.001"}'},
        "release_held_order": {"uetr": UETRS[2]},
        "reject_held_order": {"uetr": UETRS[2]},
        "set_link_contract": {"peer": "KG-RTGS", "link_contract": contract},
        "set_cycle_agreement": {"cycle_agreement": agreement},
        "suspend_links": {"peer": "KG-RTGS"},
        "resume_links": {"peer": "KG-RTGS"},
        "open_links": {"peer": "KG-RTGS"},
        "set_policy_rules": {
            "policy_rules": {
                "format": "skontro policy rules",
                "version": 1,
                "effective_on": TOMORROW,
                "rates": {
                    "currency": "KZT",
                    "as_of": "2026-11-23",
                    "source": "central bank",
                    "units": {"RUB": "0.16"},
                },
                "caps": [
                    {
                        "name": "small corporates",
                        "action": "hold",
                        "amount": "2500000.00",
                        "currency": "KZT",
                        "period": "quarter",
                        "subject": "customer",
                        "countries": ["KZ"],
                    }
                ],
            },
            "trial_sha256": token,
            "effective_on": TOMORROW,
        },
        "set_case_rules": {
            "case_rules": {
                "scheme": "csdr-cash",
                "operator_account": BANKS[2],
                "calendars": {"KZ": {"weekend": [5, 6], "holidays": ["2026-12-16"]}},
            }
        },
    }
    return {kind: {"kind": kind, **fields} for kind, fields in sent.items()}


def session(system: LiveSystem, peer: StubPeer) -> Session:
    """Every operation, and every kind of problem.

    Args:
        system: on its first day.
        peer: the other system that its settings name.
    """
    done = Session(system, peer)
    _orders(done)
    _messages(done)
    _cases(done)
    _two_persons(done)
    _looks(done)
    _problems(done)
    _cycles(done)
    _day_that_is_over(done)
    return done


def _orders(done: Session) -> None:
    bank, other = done.system.bank(0), done.system.bank(1)
    for name, sent in ORDERS.items():
        done.send(bank, "POST", "/v1/orders", name, sent)
    terms = {"counterleg_terms": {"payer": BANKS[0], "payee": BANKS[1], "currency": "KZT"}}
    terms["counterleg_terms"]["amount"] = "2000.00"
    leg = order(4, "340.00", payer=BANKS[1], payee=BANKS[0], currency="RUB", counterleg=UETRS[3])
    done.send(other, "POST", "/v1/orders", "other leg of the pair", leg | terms)
    batch = {"orders": [order(6, "10.00"), order(7, "8900.00")]}
    done.send(bank, "POST", "/v1/orders/batch", "two payments", batch)
    done.send(bank, "GET", "/v1/orders", "first page", query="?limit=4")
    for name, place in [
        ("settled", 0),
        ("waits for its time", 1),
        ("waits for cover", 5),
        ("with its parties", 21),
    ]:
        done.send(bank, "GET", "/v1/orders/{uetr}", name, uetr=UETRS[place])
    done.send(bank, "GET", "/v1/orders/{uetr}/receipt", uetr=UETRS[0])
    put, classes = "/v1/orders/{uetr}/payment-class", {"payment_class": "high"}
    done.send(bank, "PUT", put, "high", classes, uetr=UETRS[7])
    done.send(
        bank, "PUT", "/v1/orders/{uetr}/position", "front", {"position": "front"}, uetr=UETRS[7]
    )
    times = {"latest_at": "2026-11-24T13:00:00Z"}
    done.send(bank, "PUT", "/v1/orders/{uetr}/times", "until one o'clock", times, uetr=UETRS[7])
    done.send(bank, "POST", "/v1/orders/{uetr}/cancellation", uetr=UETRS[7])


def _cases(done: Session) -> None:
    bank, other = done.system.bank(0), done.system.bank(1)
    claim = {"principal": "1250.50"}
    recall = {
        "reference": "CASE-7",
        "type": "recall",
        "uetr": UETRS[0],
        "terms": claim,
        "reason": "DUPL",
        "text": "The customer has paid the invoice twice.",
        "evidence": ["3f9a" * 16],
    }
    case = done.send(bank, "POST", "/v1/cases", "recall", recall).json()["case"]
    path = "/v1/cases/{number}/acts"
    done.send(other, "POST", path, "a question", {"act": "ask", "text": "Which?"}, number=case)
    done.send(bank, "POST", path, "an answer", {"act": "inform", "text": "INV-7"}, number=case)
    offer = {"act": "offer", "seen": 3, "terms": {"principal": "1000.00"}}
    done.send(other, "POST", path, "an offer by one of two people", offer, number=case)
    done.send(bank, "GET", "/v1/cases", query="?limit=2")
    done.send(bank, "GET", "/v1/cases/{number}", number=case)
    done.send(
        bank, "GET", "/v1/cases/{number}/messages/{place}", "200 recall", number=case, place=0
    )
    done.send(bank, "GET", "/v1/cases/{number}/bundle", number=case)
    done.send(bank, "GET", "/v1/cases/rules")
    done.send(bank, "GET", "/v1/cases/statistics")


def _messages(done: Session) -> None:
    bank = done.system.bank(0)
    sent = {
        "uetr": UETRS[20],
        "payer": BANKS[0],
        "payee": BANKS[1],
        "currency": "KZT",
        "amount_minor": 2_550,
        "submitted_at": datetime.datetime(2026, 11, 24, 11, 59, tzinfo=datetime.UTC),
    }
    payment = f"<Message>{payment_message(sent, 'pacs.009.001.08')}</Message>"
    assert done.message(bank, "payment", payment.encode()).status_code == 201
    changed = payment.replace(">25.50<", ">25.51<")
    assert done.message(bank, "message id in use", changed.encode()).status_code == 409
    assert done.message(bank, "no message", b"<a/>").status_code == 422
    asked = status_request("Q-1", UETRS[20])
    assert done.message(bank, "question for a status", asked).status_code == 200
    for kind in ("camt.052", "camt.054"):
        done.report(done.system.bank(1), kind, bic=BANKS[1], currency="KZT")
    done.event(done.system.bank(1))


def _day_that_is_over(done: Session) -> None:
    done.system.move_to(NOON + DAY // 2)
    done.report(done.system.bank(1), "camt.053", bic=BANKS[1], currency="KZT", date="2026-11-24")


def _two_persons(done: Session) -> None:
    first, second = done.system.operator(0), done.system.operator(1)
    agreed, contract = 0, done.peer.contract(done.system.service.context.public_key)
    agreement = done.peer.cycle_agreement("12:00:02")
    for kind, action in actions(done.system.folder, contract, agreement).items():
        number = done.send(first, "POST", "/v1/proposals", kind, action).json()["proposal"]
        if kind == "set_credit_line":
            done.send(second, "GET", "/v1/proposals", "operator's")
            shown = done.send(second, "GET", "/v1/proposals/{number}", number=number).json()
            path, body = "/v1/proposals/{number}/approval", {"hash": shown["hash"]}
            done.send(second, "POST", path, "as shown", body, number=number)
        elif kind in ("suspend", "resume", "extend", "exit"):
            answer = approve(second, number)
            assert answer.is_success, answer.text
            agreed = number
        elif kind in ("hold_order", "set_link_contract", "set_cycle_agreement", "suspend_links"):
            assert approve(second, number).is_success
            if kind == "set_link_contract":
                _links(done)
        else:
            done.send(second, "POST", "/v1/proposals/{number}/rejection", number=number)
    # No bank has instructed the link, so the certificate about it is refused.
    certificate = Certificate(UETRS[9], "ab" * 32, "KG-RTGS", "The record of the decider is lost")
    ended = {"kind": "end_link_in_doubt", "certificate": certificate.to_document()}
    answer = first.send("POST", "/v1/proposals", ended)
    done.problem("no such link", answer)
    done.operations[done.ids["POST", "/v1/proposals"]]["requests"][ended["kind"]] = ended
    action = {"kind": "withdraw_agreed", "proposal": agreed}
    done.send(first, "POST", "/v1/proposals", "withdraw_agreed", action)
    revoked = {"kind": "revoke_key", "participant": BANKS[2], "key_id": f"{BANKS[2]}-2"}
    done.send(done.system.bank(2), "POST", "/v1/revocations", "revoke_key", revoked)
    removed = {"kind": "remove_person", "person": "Vera"}
    done.send(first, "POST", "/v1/revocations", "remove_person", removed)


def _links(done: Session) -> None:
    bank, operator, peer = done.system.bank(0), done.system.operator(), done.peer
    deadline = time.monotonic() + 60
    while done.system.service.context.peers.is_silent(PEER):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    terms = peer.terms(link=UETRS[10], uetr=UETRS[11], peers=UETRS[12])
    own = terms.legs[0].to_document()
    names = ("uetr", "payer", "payee", "currency", "amount")
    body = {"order": {name: own[name] for name in names}, "terms": terms.to_document()}
    done.send(bank, "POST", "/v1/links", "two currencies", body)
    statement = peer.statement(terms)
    nobody = done.system.nobody()
    for name, envelope in {
        "a statement": peer.envelope(peer.proof(statement)),
        "a head": peer.envelope(),
    }.items():
        done.send(nobody, "POST", "/v1/links/statements", name, envelope)
    done.send(bank, "GET", "/v1/links", query="?limit=2")
    done.send(operator, "GET", "/v1/links/peers")
    done.send(bank, "GET", "/v1/links/{link}", link=terms.link)
    done.send(bank, "POST", "/v1/links/{link}/cancellation", link=terms.link)
    _payments(done)


def _payments(done: Session) -> None:
    bank = done.system.bank(0)
    payment = {
        "uetr": UETRS[13],
        "destination": PEER,
        "payer": BANKS[0],
        "payee": "ALFAKG22",
        "currency": "RUB",
        "amount": "75.00",
        "valid_until": "2026-11-24T15:30:00+00:00",
        "details": {"end_to_end_id": "INV-2026-118"},
    }
    done.send(bank, "POST", "/v1/links/payments", "to a bank of another system", payment)
    done.send(bank, "GET", "/v1/links/payments", query="?limit=2")
    place = {"origin": "KZ-RTGS", "uetr": UETRS[13]}
    done.send(bank, "GET", "/v1/links/payments/{origin}/{uetr}", **place)


def _cycles(done: Session) -> None:
    bank, operator = done.system.bank(0), done.system.operator()
    owed = {
        "uetr": UETRS[29],
        "agreement": "CIS",
        "payer": BANKS[0],
        "creditor_system": PEER,
        "creditor": "ALFAKG22",
        "currency": "KZT",
        "amount": "120.00",
        "valid_until": "2026-11-24T15:30:00+00:00",
    }
    done.send(bank, "POST", "/v1/links/obligations", "to a bank of another system", owed)
    done.send(bank, "GET", "/v1/links/obligations", query="?limit=2")
    done.send(bank, "GET", "/v1/links/obligations/{uetr}", uetr=UETRS[29])
    done.system.move_to(NOON + 3_000_000)
    bank.submit(order(31, "1.00"))  # after which the cycle begins
    done.send(operator, "GET", "/v1/links/cycles", query="?limit=2")
    (found,) = operator.get("/v1/links/cycles").json()["cycles"]
    done.send(operator, "GET", "/v1/links/cycles/{cycle}", cycle=found["cycle"])


def _looks(done: Session) -> None:
    bank, anybody = done.system.bank(0), done.system.nobody()
    account = {"bic": BANKS[0], "currency": "KZT"}
    done.send(bank, "GET", "/v1/accounts")
    done.send(bank, "GET", "/v1/accounts/{bic}/{currency}", **account)
    done.send(bank, "GET", "/v1/accounts/{bic}/{currency}/queue", **account)
    done.send(bank, "GET", "/v1/accounts/{bic}/{currency}/statement", query="?limit=2", **account)
    path = "/v1/accounts/{bic}/{currency}/reservations/{payment_class}"
    amount = {"amount": "400.00"}
    done.send(bank, "PUT", path, "for urgent", amount, payment_class="urgent", **account)
    done.send(bank, "GET", "/v1/day")
    done.send(bank, "GET", "/v1/policy")
    done.send(bank, "GET", "/v1/participants")
    done.send(bank, "GET", "/v1/record/head")
    done.send(bank, "GET", "/v1/record/links", query="?first=0&limit=2")
    done.send(bank, "POST", "/v1/sign-in-codes")
    for path in ("/health/live", "/health/ready", "/metrics"):
        done.send(anybody, "GET", path)


def _problems(done: Session) -> None:
    bank = done.system.bank(0)
    limit = {"kind": "set_net_sender_limit", "participant": BANKS[0], "currency": "KZT"}
    post = bank.http.post
    json_type = {"Content-Type": "application/json", "Idempotency-Key": KEY}
    done.problem("not JSON", post("/v1/orders", content=b'{"uetr": ', headers=json_type))
    done.problem("unsigned", done.system.nobody().get("/v1/orders"))
    done.problem("another's account", bank.get(f"/v1/accounts/{BANKS[1]}/KZT"))
    done.problem("no such order", bank.get(f"/v1/orders/{ABSENT}"))
    done.problem("UETR in use", bank.submit(order(0, "1.00")))
    bank.propose(limit, KEY)
    done.problem("Idempotency-Key in use", bank.propose(limit | {"amount": "1.00"}, KEY))
    large = b" " * (MAX_BYTES + 1)
    done.problem("too large", post("/v1/orders", content=large, headers=json_type))
    text_type = {"Content-Type": "text/plain", "Idempotency-Key": KEY}
    done.problem("not JSON", post("/v1/orders", content=b"{}", headers=text_type))
    final = bank.send("POST", f"/v1/orders/{UETRS[0]}/cancellation")
    done.problem("refused", final)
    done.problem("malformed", bank.submit(order(8, "1e3")))
    done.problem("unknown payee", bank.submit(order(9, "1.00", payee="ZZZZKZK0")))
    answers = [bank.propose(limit | {"amount": f"{number}.00"}) for number in range(2, 13)]
    done.problem("too many proposals", answers[-1])
    # Those of the connection, for which there is none here.
    limits = ConnectionLimits()
    late = f"the body did not arrive within {limits.body_seconds:g} s"
    done.problems["408"] = {"too slow": Problem(408, "Too slow", late).document()}
    lines = f"at most {limits.header_bytes} bytes in {limits.header_lines} lines are read"
    done.problems["431"] = {"too large": Problem(431, "Headers too large", lines).document()}
    done.problems["500"] = {"failed": _failed(done.system)}
    with httpx.Client(transport=_unready(), base_url="http://testserver") as client:
        done.problem("not ready", client.get("/health/ready"))


def _failed(system: LiveSystem) -> dict[str, Any]:
    """The answer where the service has a fault, which only a test can bring about."""
    context = system.service.context
    kept = context.authenticator
    object.__setattr__(context, "authenticator", None)
    try:
        answer = system.bank(0).submit(order(10, "1.00"))
    finally:
        object.__setattr__(context, "authenticator", kept)
    assert answer.status_code == 500, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _unready() -> httpx.BaseTransport:
    from tests.service.systems import _InProcess

    return _InProcess(make_app())


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder), OFFICE_HOURS)
        peer = StubPeer()
        options: Any = {"peers": peer.addresses, "transports": peer.transport}
        with live_system(Path(folder), **options) as system:
            document = session(system, peer).document()
    FILE.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
