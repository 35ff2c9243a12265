"""Callers are recognised before their bodies; connections are bounded; every error is a problem."""

import contextlib
import json
import socket
import time
import uuid
from collections.abc import Iterator

import httpx
import psutil
import pytest

from tests.service.processes import ServiceProcess, serving
from tests.service.systems import order

pytestmark = pytest.mark.long

HEAD = b"POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with serving(tmp_path_factory.mktemp("system")) as running:
        yield running


def connected(service: ServiceProcess, seconds: float = 60) -> socket.socket:
    return socket.create_connection(("127.0.0.1", service.port), timeout=seconds)


def read_all(one: socket.socket) -> bytes:
    """Everything until the service closes."""
    found = b""
    try:
        while part := one.recv(65_536):
            found += part
    except ConnectionResetError:
        pass
    return found


def problem_of(answer: bytes) -> dict[str, object]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head.lower(), answer
    document: dict[str, object] = json.loads(body)
    return document


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /v1/orders HT",
        HEAD + b"X-Slow: ",
        b"",
    ],
)
def test_half_sent_headers_are_closed(service: ServiceProcess, sent: bytes) -> None:
    with connected(service) as one:
        one.sendall(sent)
        answer = read_all(one)
    assert problem_of(answer)["status"] == 408


@pytest.mark.parametrize("form", ["one", "many", "without end"])
def test_large_headers_are_refused(service: ServiceProcess, form: str) -> None:
    line = b"X-Large: " + b"a" * 1_000 + b"\r\n"
    sent = {
        "one": b"X-Large: " + b"a" * 10_000_000 + b"\r\n\r\n",
        "many": line * 10_000 + b"\r\n",
        "without end": b"X-Large: " + b"a" * 10_000_000,
    }[form]
    with connected(service) as one:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            one.sendall(HEAD + sent)
        answer = read_all(one)
    assert answer == b"" or b" 431 " in answer.splitlines()[0]
    assert httpx.get(f"{service.url}/health/live").status_code == 200


def test_a_stated_length_over_the_limit_is_refused_at_once(service: ServiceProcess) -> None:
    with connected(service) as one:
        one.sendall(HEAD + b"Content-Length: 1000000000\r\n\r\n")
        answer = read_all(one)
    assert problem_of(answer)["status"] == 413


def test_unsigned_bodies_hold_no_memory(service: ServiceProcess) -> None:
    assert service.process is not None
    process = psutil.Process(service.process.pid)
    before = process.memory_info().rss
    size = 8 * 2**20
    head = HEAD + b"Content-Length: %d\r\n\r\n" % size
    sockets = []
    try:
        for _ in range(100):
            one = connected(service)
            sockets.append(one)
            one.sendall(head)
            one.sendall(b"x" * (size - 1))
        after = process.memory_info().rss
        for one in sockets:
            assert b" 401 " in one.recv(65_536).splitlines()[0]
    finally:
        for one in sockets:
            one.close()
    assert after - before < 200 * 2**20


def test_a_caller_who_goes_away_is_no_error(service: ServiceProcess) -> None:
    bank = service.bank(0)
    request = bank.http.build_request("POST", "/v1/orders", json=order())
    assert bank.http.auth is not None
    signed = next(bank.http.auth.auth_flow(request))
    lines = b"".join(b"%s: %s\r\n" % (name, value) for name, value in signed.headers.raw)
    with connected(service) as one:
        one.sendall(b"POST /v1/orders HTTP/1.1\r\n" + lines + b"\r\n" + signed.content[:10])
        time.sleep(0.5)
    deadline = time.monotonic() + 30
    while 'status="499"' not in httpx.get(f"{service.url}/metrics").text:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert 'status="500"' not in httpx.get(f"{service.url}/metrics").text
    assert "Traceback" not in service.log()


def test_every_error_is_a_problem_document(service: ServiceProcess) -> None:
    bank, http = service.bank(0), httpx.Client(base_url=service.url)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    text = {"Content-Type": "text/plain"}
    answers = {
        404: bank.http.get("/v1/nothing"),
        401: http.get("/v1/nothing"),
        405: http.delete("/health/live"),
        415: bank.http.post("/v1/orders", content=b"{}", headers=text | key),
        422: bank.http.post("/v1/orders", json={}, headers=key),
        400: bank.http.post("/v1/orders", json={}, headers=[("Content-Type", "a/b")]),
    }
    for status, answer in answers.items():
        if status == 400:
            assert answer.status_code in (400, 415)
        else:
            assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
    with connected(service) as one:
        one.sendall(b"this is not HTTP\r\n\r\n")
        assert problem_of(read_all(one))["status"] == 400


def test_refusals_are_in_the_security_log(service: ServiceProcess) -> None:
    token = "Bearer of-nobody"
    answer = httpx.get(f"{service.url}/v1/day", headers={"Authorization": token})
    assert answer.status_code == 401
    assert "the token is not known" in service.log()
    assert "of-nobody" not in service.log()
