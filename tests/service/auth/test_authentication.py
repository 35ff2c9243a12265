"""Who is recognised, by what, and how often each may ask."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from fastapi import Request

from skontro.ledger.keys import public_text
from skontro.model import InputError
from skontro.service.api.problems import Problem
from skontro.service.auth import authentication
from skontro.service.auth.authentication import Authenticator, _Bucket
from skontro.service.auth.credentials import (
    Identity,
    access_of,
    make_credentials,
    require_two_operators,
)
from skontro.service.auth.signature_checks import Unavailable
from skontro.service.auth.signatures import Message, NotSigned, Signed
from skontro.system import OPERATOR, Credentials
from tests.service.systems import BANKS, directory

KEYS = [Ed25519PrivateKey.generate().public_key() for _ in range(2)]
OPERATORS = [("Anna", "operator", "token-a"), ("Boris", "operator", "token-b")]
DIRECTORY = directory()


def credentials(key: Ed25519PublicKey | None, *operators: tuple[str, str, str]) -> Credentials:
    people = [] if key is None else [("k-1", "Person", key)]
    return make_credentials(operators or OPERATORS, {BANKS[1]: people, "GONEKZK0": []})


@attrs.define
class Checks:
    """In the place of the processes: gives what it is told, or fails so."""

    result: Signed | Exception = ("k-1", {"a": "b"})
    meanwhile: Callable[[], object] = lambda: None
    messages: list[Message] = attrs.field(factory=list)
    done: list[Any] = attrs.field(factory=list)

    async def check(self, message: Message) -> Signed:
        self.messages.append(message)
        self.meanwhile()
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def update(self, keys: dict[str, Ed25519PublicKey]) -> None:
        self.done.append({name: public_text(key) for name, key in keys.items()})

    async def start(self) -> None:
        self.done.append("start")

    async def stop(self) -> None:
        self.done.append("stop")


class Door(Authenticator):
    """A authenticator whose credentials a test changes."""

    def __init__(self, checks: Checks | None = None, per_second: float = 1e6) -> None:
        self.now: Any = (credentials(KEYS[0]), DIRECTORY)
        super().__init__(lambda: self.now, "http://a.example/", per_second)
        self._checks = checks  # type: ignore[assignment]


def asked(
    door: Authenticator, *, query: bytes = b"", raw_path: bytes | None = b"/v1/a", **headers: str
) -> Any:
    lines = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/v1/\u00e4"}
    scope |= {"query_string": query, "headers": lines, "root_path": "", "server": ("a", 80)}
    if raw_path is not None:
        scope["raw_path"] = raw_path
    return asyncio.run(door.recognise(Request(scope)))


def refused(door: Authenticator, **headers: str) -> Problem:
    with pytest.raises(Problem) as problem:
        asked(door, **headers)
    return problem.value


def test_a_token_is_recognised_and_covers_no_body() -> None:
    identity = Identity("Boris", OPERATOR, -1, "operator")
    for text in ("Bearer token-b", "Bearer   token-b "):
        assert asked(Door(), authorization=text) == (identity, None)
    assert identity.is_operator
    for text, why in (
        ("Bearer token-c", "the token is not known"),
        ("Basic token-b", "sign the request as in RFC 9421, or send an operator's token"),
    ):
        problem = refused(Door(), authorization=text)
        assert (problem.status, problem.title, problem.detail) == (401, "Not recognised", why)
        assert problem.headers == {"WWW-Authenticate": "Bearer"}
    assert refused(Door()).status == 401


def test_a_signature_is_checked_and_its_key_belongs_to_a_participants_person() -> None:
    checks = Checks()
    found = asked(Door(checks), query=b"a=\xe4", signature_input="s", accept="*/*", user_agent="u")
    assert found == (Identity("Person", BANKS[1], 1, "participant"), {"a": "b"})
    assert checks.messages == [
        ("GET", "http://a.example/v1/a?a=\u00e4", [("signature-input", "s")])
    ]
    asked(Door(checks), raw_path=b"", signature_input="s", connection="close", x="\u00e9")
    assert checks.messages[1][1] == "http://a.example/v1/\u00e4"
    asked(Door(checks), raw_path=None, signature_input="s")
    assert checks.messages[2][1] == "http://a.example/v1/\u00e4"


def test_without_processes_it_is_checked_here() -> None:
    problem = refused(Door(), signature_input="a")
    assert problem.status == 401
    assert problem.detail.startswith("the signature is not good: ")


def test_what_cannot_be_checked_lets_nobody_in() -> None:
    assert refused(Door(Checks(NotSigned("so"))), signature_input="a").detail == "so"
    problem = refused(Door(Checks(Unavailable())), signature_input="a")
    assert (problem.status, problem.headers) == (503, {"Retry-After": "1"})
    assert problem.detail == "the signature cannot be checked now"
    assert refused(Door(Checks(("k-2", {}))), signature_input="a").detail == "the key is not known"


@pytest.mark.parametrize(("key", "recognised"), [(KEYS[0], True), (KEYS[1], False), (None, False)])
def test_a_key_that_changes_while_it_is_checked_lets_nobody_in(
    key: Ed25519PublicKey | None, recognised: bool
) -> None:
    checks = Checks()
    door = Door(checks)

    def change() -> None:
        door.now = (credentials(key), DIRECTORY)

    checks.meanwhile = change
    if recognised:
        assert asked(door, signature_input="a")[0].person == "Person"
    else:
        assert refused(door, signature_input="a").detail == "the key is not known"
    assert checks.done == [{} if key is None else {"k-1": public_text(key)}]


def test_credentials_and_directory_are_followed_each_by_itself() -> None:
    checks = Checks()
    door = Door(checks)
    door._follow()
    assert checks.done == []
    door.now = (door.now[0], directory(banks=BANKS[:1]))
    assert refused(door, signature_input="a").detail == "the key is not known"
    door.now = (door.now[0], DIRECTORY)
    assert asked(door, signature_input="a")[0].participant == 1
    door.now = (credentials(KEYS[0], ("Vera", "viewer", "token-v"), *OPERATORS), DIRECTORY)
    assert asked(door, authorization="Bearer token-v")[0].role == "viewer"
    assert len(checks.done) == 3


def test_processes_are_started_with_the_keys_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    checks = Checks()

    def make(keys: Any, count: int) -> Any:
        made.append((list(keys), count))
        return checks

    monkeypatch.setattr(authentication, "SignatureChecks", make)
    door = Door()
    asyncio.run(door.stop_processes())
    asyncio.run(door.start_processes(3))
    assert (made, checks.done, door._checks) == ([(["k-1"], 3)], ["start"], checks)
    asyncio.run(door.stop_processes())
    assert checks.done == ["start", "stop"]


def test_a_bucket_fills_to_two_seconds_worth() -> None:
    bucket = _Bucket(2.0, 100.0)
    assert [bucket.take(2.0, 100.0) for _ in range(3)] == [0, 0, 0.5]
    assert bucket.take(2.0, 100.25) == 0.25
    assert bucket.take(2.0, 100.5) == 0
    assert bucket.left == 0
    assert [bucket.take(2.0, 1_000.0) for _ in range(5)] == [0, 0, 0, 0, 0.5]


def test_whoever_asks_too_often_is_told_how_often_they_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [50.0]
    monkeypatch.setattr(authentication, "time", SimpleNamespace(monotonic=lambda: now[0]))
    door = Door(per_second=1)
    one, other, third = (Identity(name, BANKS[0], 0, "participant") for name in "ABC")
    door.slow_down(one)
    with pytest.raises(Problem) as problem:
        door.slow_down(one)
    assert (problem.value.status, problem.value.title) == (429, "Too many requests")
    assert problem.value.headers == {"Retry-After": "2"}
    assert problem.value.detail == "at most 1 requests a second of one person; send batches"
    door.slow_down(other)
    with pytest.raises(Problem) as problem:
        door.slow_down(third)
    assert problem.value.headers == {"Retry-After": "1"}
    assert problem.value.detail.startswith("at most 2 requests a second of all people of a part")
    for name in "ABC":
        door.slow_down(Identity(name, OPERATOR, -1, "operator"))
    now[0] += 0.5
    with pytest.raises(Problem) as problem:
        door.slow_down(one)
    assert problem.value.headers == {"Retry-After": "1"}
    now[0] += 0.5
    door.slow_down(one)


def test_participants_that_are_not_there_have_no_keys() -> None:
    access = access_of(credentials(KEYS[0]), directory(banks=BANKS[:1]))
    assert (access.keys, len(access.tokens)) == ({}, 2)
    known = access_of(credentials(KEYS[0]), DIRECTORY)
    assert known.keys["k-1"][1] == Identity("Person", BANKS[1], 1, "participant")


def test_a_system_that_one_operator_runs_alone_is_refused() -> None:
    require_two_operators(credentials(None))
    for operators in (OPERATORS[:1], [OPERATORS[0], ("Vera", "viewer", "v")]):
        with pytest.raises(InputError, match=r"access\.yaml: name at least two people"):
            require_two_operators(credentials(None, *operators))
