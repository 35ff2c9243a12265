"""The way of a request through the gate, step by step, without a socket."""

import asyncio
import base64
import hashlib
import json
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from starlette.requests import ClientDisconnect
from structlog.testing import capture_logs

from skontro.service import metrics
from skontro.service.api import gate as gates
from skontro.service.api.gate import Gate, _Held
from skontro.service.api.problems import Problem
from skontro.service.api.service_context import BODY, CALLER, MAX_BYTES, Context
from skontro.service.auth.credentials import Identity
from skontro.system import OPERATOR

BANK = Identity("Person 1", "AAAAKZK0", 0, "participant")
JSON = [(b"content-type", b"application/json")]


@attrs.define
class Door:
    """An application behind its gate, and what came to each."""

    digests: dict[str, str] | None = None
    answer: Callable[..., Any] | None = None
    identity: Identity = BANK
    reached: list[Any] = attrs.field(factory=list)
    refused: list[tuple[int, dict[str, Any]]] = attrs.field(factory=list)
    ticks: int = 0
    slept: list[float] = attrs.field(factory=list)

    def gate(self) -> Gate:
        owner = FastAPI()
        nothing: Any = None
        owner.state.context = Context(
            nothing, nothing, self, nothing, "", nothing, nothing, nothing, nothing
        )  # type: ignore[arg-type]
        owner.state.security = SimpleNamespace(
            refused=lambda status, **facts: self.refused.append((status, facts)), tick=self._tick
        )

        async def straight(request: Request) -> PlainTextResponse:
            self.reached.append(("straight", request.scope[BODY]))
            return PlainTextResponse("done")

        return Gate(owner, {("POST", "/v1/straight"): straight}).before(self._app)

    def _tick(self) -> None:
        self.ticks += 1

    async def recognise(self, _request: Request) -> tuple[Identity, dict[str, str] | None]:
        return self.identity, self.digests

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            self.reached.append((scope["type"], await receive()))
            return
        parts = [await receive() for _ in range(2)]
        self.reached.append((scope["path"], parts[0].get("body"), scope.get(CALLER)))
        assert parts[1] == {"type": "http.disconnect"}
        if self.answer is not None:
            await self.answer(scope, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def sent(
    door: Door,
    *parts: bytes,
    method: str = "POST",
    path: str = "/v1/other",
    headers: list[tuple[bytes, bytes]] | None = None,
    gate: Gate | None = None,
    **scope: Any,
) -> tuple[int, dict[str, Any], list[Any]]:
    """Status, problem document and all messages of the answer to a request."""
    messages = [
        {"type": "http.request", "body": part} | ({"more_body": True} if more else {})
        for part, more in zip(parts, [True] * (len(parts) - 1) + [False], strict=False)
    ]
    answers: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        answers.append(message)

    async def sleep(seconds: float) -> None:
        door.slept.append(seconds)

    whole = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": JSON if headers is None else headers,
        "client": ("192.0.2.7", 1),
    } | scope
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gates.asyncio, "sleep", sleep)
        asyncio.run((gate or door.gate())(whole, receive, send))
    if not answers:
        return 0, {}, []
    body = b"".join(one.get("body", b"") for one in answers)
    document = json.loads(body) if body[:1] == b"{" else {"text": body.decode()}
    return answers[0]["status"], document, answers


def test_what_is_no_request_goes_through() -> None:
    door = Door()
    sent(door, type="lifespan")
    assert (door.reached, door.ticks) == ([("lifespan", {"type": "http.disconnect"})], 0)


def test_a_body_comes_whole_and_once_with_its_caller() -> None:
    door = Door()
    assert sent(door, b'{"a":', b"1}")[0] == 200
    assert door.reached == [("/v1/other", b'{"a":1}', BANK)]
    assert sent(door, b'{"a":', b"1}", path="/v1/straight")[1] == {"text": "done"}
    assert door.reached[1] == ("straight", b'{"a":1}')
    assert sent(door, path="/health/live", headers=[])[0] == 200
    assert door.reached[2] == ("/health/live", None, None)
    assert door.ticks == 3
    length = [(b"content-length", b"0")]
    assert sent(door, headers=length)[0] == 200
    assert door.reached[3] == ("/v1/other", b"", BANK)


@pytest.mark.parametrize("name", ["authorization", "content-digest", "content-type"])
def test_a_header_that_decides_comes_once(name: str) -> None:
    twice = [*JSON, (name.encode(), b"a"), (name.encode(), b"a")]
    status, problem, _ = sent(Door(), b"{}", headers=twice)
    assert (status, problem["title"]) == (400, "Header twice")
    assert problem["detail"] == f"send one {name} header"
    key = [*JSON, (b"idempotency-key", b"a"), (b"x-other", b"1"), (b"x-other", b"1")]
    assert sent(Door(), b"{}", headers=key)[0] == 200
    assert sent(Door(), b"{}", headers=[*key, (b"idempotency-key", b"b")])[0] == 400


@pytest.mark.parametrize(
    ("method", "kind", "body", "status"),
    [
        ("POST", b"application/json", b"{}", 200),
        ("PUT", b"Application/JSON ; charset=utf-8", b"{}", 200),
        ("POST", b"text/json", b"{}", 415),
        ("PUT", None, b"{}", 415),
        ("POST", None, b"", 200),
        ("GET", None, b"{}", 200),
        ("GET", None, b"{", 400),
        ("POST", b"application/json", b'{"a":1,"a":1}', 400),
    ],
)
def test_a_body_is_json_and_says_so(
    method: str, kind: bytes | None, body: bytes, status: int
) -> None:
    headers = [] if kind is None else [(b"content-type", kind)]
    found, problem, _ = sent(Door(), body, method=method, headers=headers)
    assert found == status
    if status == 415:
        assert problem["detail"] == "send the body as Content-Type: application/json"
    if status in (400, 415):
        assert problem["title"] == "Not JSON"


@pytest.mark.parametrize(
    ("stated", "status"),
    [
        (str(MAX_BYTES), 200),
        (str(MAX_BYTES + 1), 413),
        ("-1", 413),
        ("1x", 413),
        ("\u00b2", 413),
        ("0", 200),
    ],
)
def test_a_stated_length_is_a_number_of_bytes_that_are_taken(stated: str, status: int) -> None:
    headers = [*JSON, (b"content-length", stated.encode("latin-1"))]
    parts = [] if stated == "0" else [b"{}"]
    found, problem, answers = sent(Door(), *parts, headers=headers)
    assert found == status
    if status == 413:
        assert problem["detail"] == f"a body has at most {MAX_BYTES} bytes"
        assert (b"connection", b"close") in answers[0]["headers"]


def test_a_body_that_goes_on_beyond_what_is_taken_is_given_up() -> None:
    fits = b"[" + b" " * (MAX_BYTES - 2) + b"]"
    assert sent(Door(), fits)[0] == 200
    assert sent(Door(), fits, b" ")[0] == 413


def test_bytes_that_are_held_are_bounded_for_a_side_and_in_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gates, "MAX_HELD_OF_SIDE", 100)
    monkeypatch.setattr(gates, "MAX_HELD", 150)
    held: dict[str, int] = {}
    first, second, other = _Held(held, "A"), _Held(held, "A"), _Held(held, "B")
    first.take(40)
    second.take(20)
    first.take(40)
    with pytest.raises(Problem) as refused:
        second.take(1)
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "1"})
    assert refused.value.title == "Too much at once"
    assert refused.value.detail == "too many large requests are under way; try again"
    other.take(50)
    with pytest.raises(Problem):
        other.take(1)
    first.release()
    assert held == {"A": 20, "B": 50}
    other.take(50)
    second.release()
    other.release()
    assert held == {}


def test_bytes_are_held_for_as_long_as_a_request_is_under_way() -> None:
    seen: list[dict[str, int]] = []

    async def answer(_scope: Any, send: Any) -> None:
        seen.append(dict(gate._held))
        await send({"type": "http.response.start", "status": 200, "headers": []})

    door = Door(answer=answer)
    gate = door.gate()
    sent(door, b"[1,2]", gate=gate)
    assert (seen, gate._held) == ([{BANK.side: 5}], {})


def digest_of(body: bytes) -> dict[str, str]:
    value = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return {'"content-digest"': f"sha-256=:{value}:"}


@pytest.mark.parametrize("size", [0, 2, 65_536, 65_537])
def test_a_signed_body_is_the_one_that_was_signed(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    threads: list[bool] = []
    check = gates.check_digest

    def watched(*arguments: Any) -> None:
        threads.append(threading.current_thread() is threading.main_thread())
        check(*arguments)

    monkeypatch.setattr(gates, "check_digest", watched)
    body = b"[" + b" " * (size - 2) + b"]" if size else b""
    assert sent(Door(digests=digest_of(body)), body)[0] == 200
    assert threads == [size <= 65_536], "a long digest is computed in a thread"
    status, problem, answers = sent(Door(digests=digest_of(b"other")), body)
    assert (status, problem["title"]) == (401, "Not recognised")
    assert problem["detail"].startswith("the body is not the signed one: ")
    assert (b"www-authenticate", b"Bearer") in answers[0]["headers"]
    # A token covers nothing, and what has neither body nor digest needs none.
    assert sent(Door(), body)[0] == 200
    assert sent(Door(digests={}), body)[0] == (401 if body else 200)


def counted(status: int, route: str, method: str = "POST") -> float:
    return metrics.REQUESTS.labels(method, route, str(status))._value.get()


def fails_with(error: Exception, *, after: int = 0) -> Callable[..., Any]:
    async def answer(scope: Any, send: Any) -> None:
        if after:
            await send({"type": "http.response.start", "status": after, "headers": []})
        raise error

    return answer


def test_a_fault_is_a_problem_that_tells_nothing_and_a_line_in_the_log() -> None:
    door, before = Door(answer=fails_with(ValueError("secret"))), counted(500, "none")
    with capture_logs() as said:
        status, problem, _ = sent(door, b"{}")
    assert (status, problem["title"], "secret" in str(problem)) == (500, "Internal error", False)
    assert counted(500, "none") == before + 1
    assert [(one["event"], one["log_level"]) for one in said] == [
        ("request failed", "error"),
        ("request", "error"),
    ]
    assert said[0]["error"] == "ValueError"
    assert (said[1]["method"], said[1]["route"], said[1]["status"]) == ("POST", "none", 500)
    assert said[1]["milliseconds"] >= 0
    assert door.refused == []


def test_an_answer_that_has_begun_is_not_begun_again() -> None:
    for error in (ValueError("late"), Problem(403, "Not yours", "late")):
        door = Door(answer=fails_with(error, after=201))
        before = counted(201, "none")
        status, _, answers = sent(door, b"{}")
        assert (status, len(answers), counted(201, "none")) == (201, 1, before + 1)


def test_a_problem_is_answered_as_it_is_and_told_to_the_security_log() -> None:
    door = Door(answer=fails_with(Problem(403, "Not yours", "because")))
    headers = [
        *JSON,
        (b"signature-input", b'a=();keyid="K-1"'),
        (b"x-forwarded-for", b"198.51.100.1"),
    ]
    with capture_logs() as said:
        status, problem, _ = sent(door, b"{}", headers=headers)
    assert (status, problem["detail"], door.slept) == (403, "because", [])
    facts = {
        "address": "192.0.2.7",
        "method": "POST",
        "route": None,
        "why": "because",
        "key_id_claimed": "K-1",
        "forwarded_for_claimed": "198.51.100.1",
        "side": "AAAAKZK0",
        "person": "Person 1",
    }
    assert door.refused == [(403, facts)]
    assert [(one["event"], one["log_level"]) for one in said] == [("request", "debug")]
    other = Door(answer=fails_with(Problem(403, "Not yours", "because")))
    route = SimpleNamespace(path="/health/{which}")
    sent(other, path="/health/a", headers=[], client=None, route=route)
    told = other.refused[0][1]
    assert (told["address"], told["route"]) == ("unknown", "/health/{which}")
    assert [told[name] for name in ("side", "person", "forwarded_for_claimed")] == [None] * 3


def test_a_caller_who_goes_away_is_counted_and_not_answered() -> None:
    door, before = Door(), counted(499, "none")
    status, _, _ = sent(door, b"{}", headers=[*JSON, (b"content-length", b"2")])
    assert status == 200
    assert sent(door, headers=[*JSON, (b"content-length", b"2")])[2] == []
    assert counted(499, "none") == before + 1
    gone = Door(answer=fails_with(ClientDisconnect()))
    assert sent(gone, b"{}")[2] == []


def test_how_long_a_request_took_is_measured_and_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    timestamps = [1.0, 1.0123456]
    monkeypatch.setattr(gates.time, "perf_counter", lambda: timestamps.pop(0))
    seconds = metrics.REQUEST_SECONDS._sum.get()
    with capture_logs() as said:
        sent(Door(), b"{}")
    assert said[0]["milliseconds"] == 12.346
    assert metrics.REQUEST_SECONDS._sum.get() - seconds == pytest.approx(0.0123456)


def test_routes_are_counted_by_their_pattern() -> None:
    for scope, route in (
        ({"path": "/v1/straight"}, "/v1/straight"),
        ({"path": "/v1/straight", "method": "PUT"}, "none"),
        ({"path": "/v1/a", "route": SimpleNamespace(path="/v1/{x}")}, "/v1/{x}"),
        ({"path": "/v1/a"}, "none"),
    ):
        method = str(scope.get("method", "POST"))
        before = counted(200, route, method)
        sent(Door(), b"{}", **scope)  # type: ignore[arg-type]
        assert counted(200, route, method) == before + 1


def test_who_asks_too_often_waits_for_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "_SECONDS_TO_REFUSE", 0.5)
    for status, slept in ((429, [0.5]), (401, []), (403, []), (413, [])):
        door = Door(answer=fails_with(Problem(status, "a", "b")))
        assert sent(door, b"{}")[0] == status
        assert (door.slept, door.refused[0][0]) == (slept, status)


def test_strangers_who_flood_wait_for_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "_SECONDS_TO_REFUSE", 0.5)
    monkeypatch.setattr(gates, "_STRANGERS_AT_ONCE", 2)
    monkeypatch.setattr(gates, "_STRANGERS_A_SECOND", 1e-9)
    door = Door(answer=fails_with(Problem(401, "a", "b")))
    gate, slept = door.gate(), []
    other = Door(answer=fails_with(Problem(403, "a", "b")))
    other_gate = other.gate()
    other_gate._strangers = gate._strangers
    for _ in range(4):
        sent(other, b"{}", gate=other_gate)
    assert other.slept == []
    for _ in range(4):
        sent(door, b"{}", gate=gate)
        slept.append(len(door.slept))
    assert slept == [0, 0, 0, 1]


def test_each_address_may_be_unknown_twenty_times_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1_000.0]
    monkeypatch.setattr(gates.time, "monotonic", lambda: now[0])
    gate = Door().gate()

    def asked(times: int, scope: dict[str, Any]) -> int:
        return sum(gate._is_flooding(scope) for _ in range(times))

    one, other = {"client": ("a", 1)}, {"client": ("b", 2)}
    assert asked(500, one) == 0
    assert asked(100, one) == 100
    assert asked(1, other) == asked(1, {"client": None}) == asked(1, {}) == 0
    # A second's worth may be owed, no more.
    now[0] += 1.0
    assert asked(1, one) == 1
    now[0] += 0.04
    assert asked(1, one) == 1
    now[0] += 0.07
    assert asked(1, one) == 0
    now[0] += 1_000
    assert asked(501, one) == 1


def test_addresses_of_strangers_are_forgotten_when_they_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gates, "_MAX_ADDRESSES", 3)
    gate, kept = Door().gate(), []
    for number in range(4):
        gate._is_flooding({"client": (f"a{number}", 1)})
        kept.append(len(gate._strangers))
    assert kept == [1, 2, 3, 1]


def test_the_operator_is_a_side_too() -> None:
    anna = Identity("Anna", OPERATOR, -1, "operator")
    door = Door(identity=anna, answer=fails_with(Problem(403, "a", "b")))
    sent(door, b"{}")
    assert (door.refused[0][1]["side"], door.refused[0][1]["person"]) == (OPERATOR, "Anna")
