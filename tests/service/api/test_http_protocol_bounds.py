"""Bounds of connections, small ones: how many, how large headers may be, how long parts take."""

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from skontro.service.api import http_protocol
from skontro.service.api.http_protocol import ConnectionLimits, Connections
from tests.service.in_threads import Served, served
from tests.service.systems import order, write_folder

LIMITS = ConnectionLimits(
    connections=6,
    per_address=4,
    header_bytes=3_000,
    header_lines=20,
    header_seconds=0.5,
    body_seconds=0.6,
)
LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("system")
    write_folder(folder)
    with contextlib.ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ConnectionLimits, "of_process", classmethod(lambda *_, **__: LIMITS))
            running = stack.enter_context(served(folder))
        yield running


def connected(service: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", service.port), timeout=30)


def read_all(one: socket.socket) -> bytes:
    """Everything until the service closes."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while part := one.recv(65_536):
            found += part
    return found


def answer_to(service: Served, *parts: bytes) -> bytes:
    with connected(service) as one:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                one.sendall(part)
        return read_all(one)


def problem_of(answer: bytes) -> dict[str, object]:
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert b"content-type: application/problem+json" in lines
    assert b"connection: close" in lines
    assert b"content-length: %d" % len(body) in lines
    document: dict[str, object] = json.loads(body)
    assert lines[0].startswith(b"http/1.1 %d " % document["status"])
    return document


def test_what_is_whole_is_answered_again_and_again(service: Served) -> None:
    with httpx.Client(base_url=service.url) as http:
        for _ in range(5):
            assert http.get("/health/live").status_code == 200
    assert service.bank(0).submit(order()).status_code == 201
    close = b"Connection: close\r\n\r\n"
    assert answer_to(service, LIVE + close).startswith(b"HTTP/1.1 200 ")
    # In pieces, and two requests at once.
    pieces = [bytes([byte]) for byte in LIVE + close]
    assert answer_to(service, *pieces).startswith(b"HTTP/1.1 200 ")
    both = answer_to(service, LIVE + b"\r\n" + LIVE + close)
    assert both.count(b"HTTP/1.1 200 ") == 2


@pytest.mark.parametrize(
    ("sent", "part"),
    [
        (b"", "headers"),
        (b"GET /health/live HT", "headers"),
        (LIVE + b"X-Slow: ", "headers"),
        (b"POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n", ""),
    ],
)
def test_what_does_not_come_is_not_waited_for(service: Served, sent: bytes, part: str) -> None:
    answer = answer_to(service, sent)
    if not part:  # nobody who is not recognised is waited for at all
        assert b" 401 " in answer.split(b"\r\n")[0]
        return
    problem = problem_of(answer)
    assert (problem["status"], problem["title"]) == (408, "Too slow")
    assert str(problem["detail"]) == f"the {part} did not arrive within 0.5 s"


def test_a_body_that_stops_in_the_middle_is_given_up(service: Served) -> None:
    bank = service.bank(0)
    request = bank.http.build_request("POST", "/v1/orders", json=order())
    assert bank.http.auth is not None
    signed = next(bank.http.auth.auth_flow(request))
    lines = b"".join(b"%s: %s\r\n" % (name, value) for name, value in signed.headers.raw)
    head = b"POST /v1/orders HTTP/1.1\r\n" + lines + b"\r\n"
    problem = problem_of(answer_to(service, head + signed.content[:10]))
    assert (problem["status"], problem["title"]) == (408, "Too slow")
    assert "the body did not arrive within 0.6 s" in str(problem["detail"])


@pytest.mark.parametrize(("lines", "fits"), [(19, True), (20, False)])
def test_header_lines_are_counted(service: Served, lines: int, fits: bool) -> None:
    """One more is the host's."""
    more = b"".join(b"X-%d: a\r\n" % number for number in range(lines - 1))
    answer = answer_to(service, LIVE + b"Connection: close\r\n" + more + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 %d " % (200 if fits else 431))
    if not fits:
        problem = problem_of(answer)
        assert problem["title"] == "Headers too large"
        assert problem["detail"] == "at most 3000 bytes in 20 lines are read"


@pytest.mark.parametrize("beyond", [0, 1])
def test_header_bytes_are_counted(service: Served, beyond: int) -> None:
    """Of each line its name, its value and four more; of the request line the path."""
    close = b"Connection: close\r\n"
    others = len(b"/health/live") + len(b"Hostx") + 4 + len(b"Connectionclose") + 4
    line = b"X: " + b"a" * (LIMITS.header_bytes - others - 5 + beyond)
    status = 431 if beyond else 200
    assert answer_to(service, LIVE + close + line + b"\r\n\r\n").startswith(
        b"HTTP/1.1 %d " % status
    )
    path = b"a" * (LIMITS.header_bytes - others + len(b"/health/live") - 1 + beyond)
    whole = b"GET /" + path + b" HTTP/1.1\r\nHost: x\r\n" + close + b"\r\n"
    assert answer_to(service, whole).startswith(b"HTTP/1.1 %d " % (431 if beyond else 404))


def test_headers_without_an_end_are_not_kept(service: Served) -> None:
    for beginning in (b"X-Large: ", b""):
        answer = answer_to(service, LIVE, beginning + b"a" * 2_000_000)
        assert answer == b"" or problem_of(answer)["status"] == 431


def test_the_size_of_one_request_is_not_added_to_the_next(service: Served) -> None:
    with httpx.Client(base_url=service.url) as http:
        for _ in range(5):
            assert http.get("/health/live", headers={"X-Large": "a" * 1_000}).status_code == 200


def test_what_is_no_http_is_told_so(service: Served) -> None:
    problem = problem_of(answer_to(service, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\r\n\r\n"))
    assert (problem["status"], problem["title"]) == (400, "Not HTTP")


def test_too_many_connections_are_refused_and_room_comes_back(service: Served) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            one = stack.enter_context(connected(service))
            one.sendall(b"G")
        problem = problem_of(read_all(stack.enter_context(connected(service))))
        assert problem["status"] == 503
        assert problem["detail"] == "4 connections are open from this address"
    for _ in range(3):
        assert httpx.get(f"{service.url}/health/live").status_code == 200


def test_connections_are_counted_by_address_and_in_all() -> None:
    counts = Connections(ConnectionLimits(connections=3, per_address=2))
    assert counts.open("a") is None
    assert counts.open("a") is None
    assert counts.open("a") == "2 connections are open from this address"
    counts.close("a")
    assert counts.open("b") is None
    assert counts.open("b") == "3 connections are open"
    counts.close("b")
    counts.close("b")
    assert counts.open("a") == "2 connections are open from this address"
    counts.close("a")
    counts.close("a")
    assert counts.open("c") is None
    assert counts.open("c") is None
    counts.close("a")
    assert counts.open("a") is None


@pytest.mark.parametrize(
    ("files", "behind_proxy", "total", "per_address"),
    [
        (-1, False, 4_096, 1_024),
        (1_000_000, False, 4_096, 1_024),
        (1_000_000, True, 4_096, 4_096),
        (1_256, False, 1_000, 500),
        (1_256, True, 1_000, 1_000),
        (100, False, 16, 8),
    ],
)
def test_the_process_has_files_for_its_connections(
    files: int, behind_proxy: bool, total: int, per_address: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol.resource, "getrlimit", lambda _: (files, files))
    limits = ConnectionLimits.of_process(behind_proxy=behind_proxy)
    assert (limits.connections, limits.per_address) == (total, per_address)
