"""Who may do what: every route with every kind of caller."""

import datetime
import json
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from skontro.ledger.keys import make_private_key
from skontro.service.api.app import make_app
from skontro.service.client import Client, Signature
from tests.messages.written_payments import payment_message
from tests.service.systems import (
    BANKS,
    NOON,
    URL,
    LiveSystem,
    live_system,
    order,
    write_folder,
)

OK, UNKNOWN, FORBIDDEN, ABSENT = 200, 401, 403, 404
CALLERS = ("nobody", "viewer", "operator", "owner", "other")

APPROVAL = {"hash": "0" * 64}

#: Method, path, body and what each of CALLERS gets; {uetr} is a queued order of the owner's to the
#: other, {secret} one that only the owner and a third bank are part of.
MATRIX: tuple[tuple[str, str, object, tuple[int, ...]], ...] = (
    ("POST", "/v1/orders", "order", (UNKNOWN, FORBIDDEN, FORBIDDEN, 201, FORBIDDEN)),
    ("POST", "/v1/orders/batch", "orders", (UNKNOWN, FORBIDDEN, FORBIDDEN, 201, FORBIDDEN)),
    ("POST", "/v1/messages", b"message", (UNKNOWN, FORBIDDEN, FORBIDDEN, 201, 422)),
    ("GET", "/v1/accounts/{owner}/KZT/camt.052", None, (UNKNOWN, OK, OK, OK, FORBIDDEN)),
    ("GET", "/v1/accounts/{owner}/KZT/camt.053", None, (UNKNOWN, 409, 409, 409, FORBIDDEN)),
    ("GET", "/v1/accounts/{owner}/KZT/camt.054", None, (UNKNOWN, OK, OK, OK, FORBIDDEN)),
    ("GET", "/v1/orders", None, (UNKNOWN, OK, OK, OK, OK)),
    ("GET", "/v1/orders/{uetr}", None, (UNKNOWN, OK, OK, OK, OK)),
    ("GET", "/v1/orders/{secret}", None, (UNKNOWN, OK, OK, OK, ABSENT)),
    ("GET", "/v1/orders/{uetr}/receipt", None, (UNKNOWN, OK, OK, OK, ABSENT)),
    (
        "PUT",
        "/v1/orders/{uetr}/payment-class",
        {"payment_class": "high"},
        (UNKNOWN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN),
    ),
    (
        "PUT",
        "/v1/orders/{uetr}/times",
        {"latest_at": "2026-11-25T12:00:00Z"},
        (UNKNOWN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN),
    ),
    (
        "PUT",
        "/v1/orders/{uetr}/position",
        {"position": "front"},
        (UNKNOWN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN),
    ),
    (
        "PUT",
        "/v1/orders/{secret}/position",
        {"position": "front"},
        (UNKNOWN, FORBIDDEN, FORBIDDEN, OK, ABSENT),
    ),
    ("GET", "/v1/accounts", None, (UNKNOWN, OK, OK, OK, OK)),
    ("GET", "/v1/accounts/{owner}/KZT", None, (UNKNOWN, OK, OK, OK, FORBIDDEN)),
    ("GET", "/v1/accounts/{owner}/KZT/queue", None, (UNKNOWN, OK, OK, OK, FORBIDDEN)),
    ("GET", "/v1/accounts/{owner}/KZT/statement", None, (UNKNOWN, OK, OK, OK, FORBIDDEN)),
    (
        "PUT",
        "/v1/accounts/{owner}/KZT/reservations/high",
        {"amount": "0"},
        (UNKNOWN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN),
    ),
    (
        "POST",
        "/v1/proposals",
        {"kind": "set_net_sender_limit", "participant": "{owner}", "currency": "KZT"},
        (UNKNOWN, FORBIDDEN, 201, 201, FORBIDDEN),
    ),
    (
        "POST",
        "/v1/proposals",
        {"kind": "suspend", "participant": "{owner}"},
        (UNKNOWN, FORBIDDEN, 201, FORBIDDEN, FORBIDDEN),
    ),
    (
        "POST",
        "/v1/proposals",
        {
            "kind": "transfer_in",
            "participant": "{owner}",
            "currency": "KZT",
            "amount": "1",
        },
        (UNKNOWN, FORBIDDEN, 201, FORBIDDEN, FORBIDDEN),
    ),
    (
        "POST",
        "/v1/revocations",
        {"kind": "revoke_key", "participant": "{owner}", "key_id": "absent"},
        (UNKNOWN, FORBIDDEN, 422, 422, FORBIDDEN),
    ),
    ("GET", "/v1/proposals", None, (UNKNOWN, OK, OK, OK, OK)),
    ("GET", "/v1/proposals/{proposal}", None, (UNKNOWN, OK, OK, ABSENT, ABSENT)),
    ("POST", "/v1/proposals/{proposal}/approval", APPROVAL, (UNKNOWN, FORBIDDEN, 422, 422, 422)),
    ("POST", "/v1/proposals/{proposal}/rejection", None, (UNKNOWN, FORBIDDEN, OK, 422, 422)),
    ("GET", "/v1/day", None, (UNKNOWN, OK, OK, OK, OK)),
    ("GET", "/v1/day/admi.004", None, (UNKNOWN, FORBIDDEN, FORBIDDEN, OK, OK)),
    ("POST", "/v1/links", {"order": 1, "terms": {}}, (UNKNOWN, FORBIDDEN, FORBIDDEN, 422, 422)),
    ("POST", "/v1/links/statements", {}, (422, 422, 422, 422, 422)),
    ("GET", "/v1/links", None, (UNKNOWN, OK, OK, OK, OK)),
    ("POST", "/v1/links/payments", {"uetr": 1}, (UNKNOWN, FORBIDDEN, FORBIDDEN, 422, 422)),
    ("GET", "/v1/links/payments", None, (UNKNOWN, OK, OK, OK, OK)),
    (
        "GET",
        "/v1/links/payments/{origin}/{uetr}",
        None,
        (UNKNOWN, ABSENT, ABSENT, ABSENT, ABSENT),
    ),
    ("GET", "/v1/links/peers", None, (UNKNOWN, OK, OK, OK, OK)),
    ("GET", "/v1/links/{link}", None, (UNKNOWN, ABSENT, ABSENT, ABSENT, ABSENT)),
    (
        "POST",
        "/v1/links/{link}/cancellation",
        None,
        (UNKNOWN, FORBIDDEN, FORBIDDEN, ABSENT, ABSENT),
    ),
    (
        "POST",
        "/v1/links/obligations",
        {"order": 1},
        (UNKNOWN, FORBIDDEN, FORBIDDEN, 422, 422),
    ),
    ("GET", "/v1/links/obligations", None, (UNKNOWN, OK, OK, OK, OK)),
    (
        "GET",
        "/v1/links/obligations/{uetr}",
        None,
        (UNKNOWN, ABSENT, ABSENT, ABSENT, ABSENT),
    ),
    ("GET", "/v1/links/cycles", None, (UNKNOWN, OK, OK, OK, OK)),
    ("GET", "/v1/links/cycles/{cycle}", None, (UNKNOWN, ABSENT, ABSENT, ABSENT, ABSENT)),
    ("GET", "/v1/policy", None, (UNKNOWN, OK, OK, OK, OK)),
    (
        "POST",
        "/v1/cases",
        {"reference": "R", "type": "outage", "currency": "KZT"},
        (UNKNOWN, FORBIDDEN, 422, 201, 201),
    ),
    ("GET", "/v1/cases", None, (UNKNOWN, OK, OK, OK, OK)),
    ("GET", "/v1/cases/rules", None, (UNKNOWN, OK, OK, OK, OK)),
    ("GET", "/v1/cases/statistics", None, (UNKNOWN, OK, OK, OK, OK)),
    ("GET", "/v1/cases/{case}", None, (UNKNOWN, OK, OK, OK, ABSENT)),
    ("GET", "/v1/cases/{case}/bundle", None, (UNKNOWN, OK, OK, OK, ABSENT)),
    ("GET", "/v1/cases/{case}/messages/0", None, (UNKNOWN, ABSENT, ABSENT, ABSENT, ABSENT)),
    ("POST", "/v1/cases/{case}/acts", {"act": "withdraw"}, (UNKNOWN, FORBIDDEN, 422, 201, ABSENT)),
    ("GET", "/v1/participants", None, (UNKNOWN, OK, OK, OK, OK)),
    ("GET", "/v1/record/head", None, (UNKNOWN, OK, OK, OK, OK)),
    ("GET", "/v1/record/links?first=0", None, (UNKNOWN, OK, OK, OK, OK)),
    ("POST", "/v1/sign-in-codes", None, (UNKNOWN, 201, 201, 201, 201)),
    ("POST", "/v1/orders/{uetr}/cancellation", None, (UNKNOWN, FORBIDDEN, FORBIDDEN, OK, 403)),
    ("GET", "/health/live", None, (OK, OK, OK, OK, OK)),
    ("GET", "/health/ready", None, (OK, OK, OK, OK, OK)),
    ("GET", "/metrics", None, (OK, OK, OK, OK, OK)),
)


def clients(system: LiveSystem) -> dict[str, Client]:
    return {
        "nobody": system.nobody(),
        "viewer": system.operator(2),
        "operator": system.operator(0),
        "owner": system.bank(0),
        "other": system.bank(1),
    }


def _names(system: LiveSystem, route: str) -> dict[str, str]:
    """What a route's path speaks of: orders that wait and a proposal, new ones for each request."""
    names = {
        "owner": BANKS[0],
        "link": str(uuid.uuid4()),
        "origin": "KZ-RTGS",
        "cycle": "CIS.20261124T130000Z.5b57de503345ba6e",
    }
    for name, payee in (("uetr", 1), ("secret", 2)):
        if f"{{{name}}}" in route:
            waiting = order(0, payee, "70000.00")
            assert system.bank(0).submit(waiting).json()["status"] == "queued"
            names[name] = str(waiting["uetr"])
    if "{case}" in route:
        case = {"reference": uuid.uuid4().hex, "type": "outage", "currency": "KZT"}
        names["case"] = str(system.bank(0).send("POST", "/v1/cases", case).json()["case"])
    if "{proposal}" in route:
        wish = {"kind": "suspend", "participant": BANKS[2]}
        names["proposal"] = str(system.operator(0).propose(wish).json()["proposal"])
    return names


def _body(body: object, names: dict[str, str]) -> object:
    if body == "order":
        return order(amount="0.01")
    if body == "orders":
        return {"orders": [order(amount="0.01")]}
    if body == b"message":
        payment = order(amount="0.01") | {"amount_minor": 1}
        payment["submitted_at"] = datetime.datetime.fromtimestamp(NOON / 1e6, datetime.UTC)
        return payment_message(payment, "pacs.009.001.08", with_header=False).encode()
    return json.loads(json.dumps(body).replace("{owner}", names["owner"]))


def test_every_route_with_every_caller(system: LiveSystem) -> None:
    wrong, callers = [], clients(system)
    for method, path, body, expected in MATRIX:
        for caller, status in zip(CALLERS, expected, strict=True):
            names = _names(system, path)
            client = callers[caller]
            content = _body(body, names)
            headers = {"Idempotency-Key": str(uuid.uuid4())}
            if isinstance(content, bytes):
                headers["Content-Type"] = "application/xml"
                sent: dict[str, Any] = {"content": content}
            else:
                sent = {"json": content}
            answer = client.http.request(method, path.format(**names), headers=headers, **sent)
            if answer.status_code != status:
                wrong.append((method, path, caller, status, answer.status_code, answer.text))
            if "proposal" in names:
                system.operator(1).reject(int(names["proposal"]))
    assert wrong == []


def test_the_matrix_leaves_no_route_out() -> None:
    tested = {(method, path.split("?")[0]) for method, path, _, _ in MATRIX}
    generic = {
        (method, path.replace("{secret}", "{uetr}").replace("{owner}/KZT", "{bic}/{currency}"))
        for method, path in tested
    }
    generic = {
        (method, path.replace("{proposal}", "{number}").replace("/high", "/{payment_class}"))
        for method, path in generic
    }
    generic = {
        (method, path.replace("{case}", "{number}").replace("messages/0", "messages/{place}"))
        for method, path in generic
    }
    document = make_app().openapi()["paths"]
    routes = {(m.upper(), path) for path, item in document.items() for m in item}
    assert routes - generic == set()


def _signed(system: LiveSystem) -> httpx.Request:
    client = system.bank(0)
    headers = {"Idempotency-Key": "good"}
    request = client.http.build_request("POST", "/v1/orders", json=order(), headers=headers)
    assert client.http.auth is not None
    return next(client.http.auth.auth_flow(request))


@pytest.mark.parametrize(
    "spoil",
    [
        "body",
        "method",
        "path",
        "key",
        "signature",
        "stranger",
        "digest",
        "no digest",
        "two persons",
    ],
)
def test_a_request_that_is_not_as_it_was_signed_is_not_recognised(
    system: LiveSystem, spoil: str
) -> None:
    request = _signed(system)
    method, url, headers, content = request.method, request.url, request.headers, request.content
    if spoil == "body":
        content = content.replace(b"10.00", b"90.00")
    elif spoil == "method":
        method = "PUT"
        url = httpx.URL(f"{URL}/v1/orders/{uuid.uuid4()}/position")
    elif spoil == "path":
        url = httpx.URL(f"{URL}/v1/orders/batch")
    elif spoil == "key":
        headers["Idempotency-Key"] = "another"
    elif spoil == "signature":
        headers["Signature"] = headers["Signature"].replace("=:", "=:A", 1)
    elif spoil == "stranger":
        headers["Signature-Input"] = headers["Signature-Input"].replace(
            f"{BANKS[0]}-1", f"{BANKS[1]}-1"
        )
    elif spoil == "digest":
        headers["Content-Digest"] = "sha-256=:AAAA:"
    elif spoil == "no digest":
        del headers["Content-Digest"]
    else:
        stranger = Signature(f"{BANKS[0]}-1", make_private_key(system.folder / f"{spoil}.pem"))
        headers = next(stranger.auth_flow(httpx.Request(method, url, content=content))).headers
    sent = httpx.Request(method, url, headers=headers, content=content)
    answer = system.transport.handle_request(sent)
    assert answer.status_code == UNKNOWN, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_was_signed_long_ago_is_not_recognised(
    system: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datetime

    from skontro.service.auth import signatures

    request = _signed(system)
    assert system.transport.handle_request(request).status_code == 201
    monkeypatch.setattr(signatures, "MAX_AGE", datetime.timedelta(seconds=-30))
    assert system.transport.handle_request(_signed(system)).status_code == UNKNOWN


def test_those_who_ask_too_often_are_slowed_down(tmp_path: Path) -> None:
    write_folder(tmp_path)
    with live_system(tmp_path, requests_per_second=5) as system:
        answers = [system.bank(0).get("/v1/day") for _ in range(30)]
        assert {answer.status_code for answer in answers} == {200, 429}
        slowed = next(answer for answer in answers if answer.status_code == 429)
        assert int(slowed.headers["retry-after"]) >= 1
        assert system.bank(1).get("/v1/day").status_code == 200


def test_two_persons_of_one_side_may_choose_the_same_request_id(system: LiveSystem) -> None:
    key = str(uuid.uuid4())
    answers = [system.bank(0, person).submit(order(amount="0.01"), key) for person in (1, 2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert system.bank(0, 1).submit(order(amount="0.02"), key).status_code == 409
