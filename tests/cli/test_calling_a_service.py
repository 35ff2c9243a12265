"""How commands reach a service, and what they say where it cannot be reached or understood."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.cli import propose, status
from skontro.cli.connection import Service, _refusal, connected, printable, read_secret
from skontro.cli.propose import _action, _public_key, _value
from skontro.cli.shown import proposal_lines, shown_hash
from skontro.cli.status import _lines
from skontro.cli.terminal import ExitCode
from skontro.ledger.keys import make_private_key, public_text
from skontro.model import InputError
from tests.cli.in_process import run_main

URL = "http://127.0.0.1:9"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


@pytest.fixture(autouse=True)
def no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SKONTRO_TOKEN", raising=False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--key", "k.pem"], "a participant's person calls with both --key and --key-id"),
        (["--key-id", "k"], "a participant's person calls with both --key and --key-id"),
        (
            ["--key", "k.pem", "--key-id", "k", "--token-file", "t"],
            "call with a token or with a key, not with both",
        ),
        (["--key", "k.pem", "--key-id", "k\n"], "is not a key id"),
        (["--key", "k.pem", "--key-id", "k"], "k.pem: the key cannot be read: "),
        (["--token-file", "none"], "none: there is no such file"),
        (["--token-file", "two"], "two: one line without spaces is expected"),
        (["--token-file", "blank"], "blank: one line without spaces is expected"),
        (["--token-file", "wide"], "the token has characters that cannot be sent: "),
        (["--token-file", "good", "--url", "http://[::1"], "'http://[::1' is not the URL of a ser"),
        ([], "say who you are: --token-file or SKONTRO_TOKEN for an operator, --key and --key-id"),
        (["--token-file", "good"], f"{URL} does not answer: "),
    ],
)
def test_who_calls_and_where_must_be_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {"two": "a b", "blank": " \n", "wide": "tökén", "good": "token\n"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    outcome = run_main("status", "--url", URL, *arguments)
    assert (outcome.returncode, outcome.stdout) == (ExitCode.INPUT_UNUSABLE, "")
    assert said in outcome.stderr


def test_a_token_comes_of_the_file_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[dict[str, Any]] = []
    closed: list[bool] = []

    def client(url: str, signature: Any = None, **options: Any) -> Any:
        made.append({"url": url, "signature": signature} | options)
        return SimpleNamespace(close=lambda: closed.append(True))

    monkeypatch.setattr("skontro.service.client.Client", client)
    monkeypatch.setenv("SKONTRO_TOKEN", "of the environment")
    (tmp_path / "token").write_text("of-the-file\n")
    make_private_key(tmp_path / "key.pem")
    for arguments in ((None, None, None), (tmp_path / "token", None, None)):
        with connected(URL, *arguments) as service:
            assert isinstance(service, Service)
    with pytest.raises(ZeroDivisionError), connected(URL, None, tmp_path / "key.pem", "me"):
        raise ZeroDivisionError
    assert [one.get("token") for one in made] == ["of the environment", "of-the-file", None]
    assert made[2]["signature"]._key_id == "me"
    assert {(one["url"], one["timeout"]) for one in made} == {(URL, 30)}
    assert closed == [True] * 3


class _Answering:
    """A client whose service answers with one status and text."""

    def __init__(self, status: int, text: str) -> None:
        self.answer = httpx.Response(status, text=text)
        self.asked: list[tuple[str, ...]] = []

    def get(self, path: str) -> httpx.Response:
        self.asked.append((path,))
        return self.answer

    def send(self, method: str, path: str, body: Any) -> httpx.Response:
        self.asked.append((method, path, json.dumps(body)))
        return self.answer


def answering(status: int, text: str) -> Service:
    client: Any = _Answering(status, text)
    return Service(client, URL)


def test_answers_are_json_and_refusals_are_errors() -> None:
    service = answering(201, '{"a": 1}')
    assert service.get("/v1/day") == service.post("/v1/x", {"b": 2}) == {"a": 1}
    service.post("/v1/y")
    assert service.client.asked == [  # type: ignore[attr-defined]
        ("/v1/day",),
        ("POST", "/v1/x", '{"b": 2}'),
        ("POST", "/v1/y", "null"),
    ]
    with pytest.raises(InputError, match=f"{URL} does not answer as the service does"):
        answering(200, "<html>").get("/")
    with pytest.raises(InputError, match=r"the service refused \(403\): no \[NOT_YOURS\]"):
        answering(403, '{"detail": "no", "reason": "NOT_YOURS"}').get("/")


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        ([], "the service refused (400)"),
        ({}, "the service refused (400): "),
        ({"detail": "no", "reason": None}, "the service refused (400): no"),
        (
            {"detail": "two", "errors": [{"pointer": "/a/b", "detail": "is\x1b"}, {}]},
            "the service refused (400): two\n  a/b: is\\x1b\n  : ",
        ),
    ],
)
def test_refusals_in_words(problem: object, said: str) -> None:
    assert _refusal(400, problem) == said


def test_what_could_steer_a_terminal_is_a_code() -> None:
    assert printable("a\t\x1b\u202e é") == "a\\x09\\x1b\\x202e é"


def test_a_secret_is_one_word(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("\n  word \n")
    assert read_secret(tmp_path / "secret") == "word"


def _pem(key: Any) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    text: bytes = key.public_key().public_bytes(serialization.Encoding.PEM, form)
    return text.decode()


def test_public_keys_come_of_either_key_or_as_they_stand(tmp_path: Path) -> None:
    private = make_private_key(tmp_path / "private.pem")
    assert _public_key(tmp_path / "private.pem") == public_text(private)
    (tmp_path / "public.pem").write_text(_pem(KEY))
    assert _public_key(tmp_path / "public.pem") == public_text(KEY)
    (tmp_path / "bare").write_text(f"{public_text(KEY)}\n")
    assert _public_key(tmp_path / "bare") == public_text(KEY)
    (tmp_path / "other.pem").write_text(_pem(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(InputError, match=r"other\.pem: this is not an Ed25519 key"):
        _public_key(tmp_path / "other.pem")
    (tmp_path / "broken.pem").write_text(_pem(KEY).replace("M", "?"))
    with pytest.raises(InputError, match=r"broken\.pem: the key cannot be read: "):
        _public_key(tmp_path / "broken.pem")


def test_fields_are_text_lists_or_json_as_the_action_takes_them(tmp_path: Path) -> None:
    assert _value("participant", "7") == "7"
    assert _value("no_such_field", "true") == "true"
    assert _value("currencies", "KZT,RUB") == ["KZT", "RUB"]
    assert _value("currencies", '["KZT"]') == ["KZT"]
    assert _value("proposal", "7") == 7
    (tmp_path / "text").write_text(" KZT,RUB \n")
    assert _value("currencies", f"@{tmp_path / 'text'}") == ["KZT", "RUB"]
    (tmp_path / "zone").write_bytes(b"\0\xff")
    assert _value("clock_changes", f"@{tmp_path / 'zone'}") == base64.b64encode(b"\0\xff").decode()
    (tmp_path / "rules.yaml").write_text("rulebook: {offset_on_entry: true}\nname: x\n")
    (tmp_path / "bare.yaml").write_text("offset_on_entry: true\n")
    (tmp_path / "list.yaml").write_text("[1]\n")
    for name in ("rules.yaml", "bare.yaml"):
        assert _value("rulebook", f"@{tmp_path / name}") == {"offset_on_entry": True}
    assert _value("rulebook", f"@{tmp_path / 'list.yaml'}") == [1]
    (tmp_path / "broken.yaml").write_text("a: [\n")
    with pytest.raises(InputError, match=r"broken\.yaml: .*this is not YAML"):
        _value("rulebook", f"@{tmp_path / 'broken.yaml'}")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (["participant=\ud800"], "participant: this cannot be sent as JSON: "),
        (["participant"], "'participant': give each field once, as NAME=VALUE"),
        (["a=1", "a=2"], "'a=2': give each field once, as NAME=VALUE"),
        (["kind=suspend"], "'kind=suspend': give each field once, as NAME=VALUE"),
        (["proposal=x"], "proposal: 'x' is not JSON"),
    ],
)
def test_fields_that_cannot_be_sent_are_named(fields: list[str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        _action("suspend", fields)
    assert str(caught.value).startswith(said)
    assert _action("suspend", ["participant=a=b", "x="]) == {
        "kind": "suspend",
        "participant": "a=b",
        "x": "",
    }


def _proposal(**shown: object) -> dict[str, Any]:
    timestamp = {"local": "12:00", "utc": "07:00Z"}
    document = {
        "proposal": 7,
        "system": "Test",
        "action": "set_rulebook",
        "proposed_by": {"name": "Anna", "side": "operator"},
        "proposed_at": timestamp,
        "lapses_at": timestamp,
    } | shown
    return {"status": "open", "shown": document, "hash": shown_hash(document)}


def test_a_proposal_is_told_field_by_field() -> None:
    rules = {"depth": 3, "at": ["09:00", 7], "runs": [{"every": None}, {"work": []}]}
    shown = _proposal(to_be=rules, bank={"bic": "AAAAKZK0", "name": "A"}, amounts=[["1"], ["2"]])
    assert proposal_lines(shown) == [
        "Proposal 7 in Test: set_rulebook (open)",
        "  proposed by Anna (operator) at 12:00 (UTC 07:00Z)",
        "  lapses at 12:00 (UTC 07:00Z)",
        "  amounts 1: 1",
        "  amounts 2: 2",
        "  bank: AAAAKZK0, A",
        "  to be:",
        "    at: 09:00, 7",
        "    depth: 3",
        "    runs 1:",
        "      every: none",
        "    runs 2:",
        "      work: ",
        f"  hash {shown['hash']}",
    ]
    assert "(agreed, waits for its day)" in proposal_lines(shown | {"status": "agreed"})[0]
    assert shown_hash({"b": "é", "a": 1}) == shown_hash({"a": 1, "b": "é"})
    # The hash as docs/reference/live-service.md defines it, from another program.
    assert shown_hash({"b": [1], "a": "é"}) == (
        "fe44b490e297c0523c2a1ce591fc7b3b064b5ad3f2ac4634523685392680de5d"
    )


class _Service:
    """A service with one proposal, which notes what is posted."""

    def __init__(self, proposal: dict[str, Any]) -> None:
        self.proposal = proposal
        self.posted: list[tuple[str, Any]] = []

    def get(self, path: str) -> Any:
        assert path == "/v1/proposals/7"
        return self.proposal

    def post(self, path: str, body: Any = None) -> Any:
        self.posted.append((path, body))
        return {"batch": 3}


@pytest.mark.parametrize(
    ("changed", "arguments", "said"),
    [
        ({}, ["--yes"], "--yes needs --hash, the hash of the proposal to approve"),
        (
            {"hash": "0" * 64},
            ["--yes", "--hash", "x"],
            "the service's hash is not that of the proposal",
        ),
        ({}, ["--yes", "--hash", "0" * 64], "the proposal shown has the hash"),
        ({}, [], None),
    ],
)
def test_nothing_is_approved_but_what_is_shown(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], arguments: list[str], said: str | None
) -> None:
    import contextlib
    import io

    service = _Service(_proposal() | changed)

    @contextlib.contextmanager
    def connect(*_: object) -> Iterator[_Service]:
        yield service

    monkeypatch.setattr(propose, "connected", connect)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    outcome = run_main("approve", "7", *arguments)
    if said is None:
        assert service.posted == [("/v1/proposals/7/approval", {"hash": service.proposal["hash"]})]
        assert outcome.stdout.endswith("Approved in batch 3.\n")
        return
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert said in outcome.stderr
    assert service.posted == []
    other = _Service(_proposal(proposal=8))
    service = other
    outcome = run_main("approve", "7", "--yes", "--hash", other.proposal["hash"])
    assert "the service's hash is not that of the proposal" in outcome.stderr
    assert other.posted == []


FOUND: dict[str, Any] = {
    "ready": {"status": "ready", "lag": 2, "batch": 5},
    "day": {
        "date": "2026-11-24",
        "phase": "open",
        "as_of": "12:00",
        "currencies": {"RUB": "closed", "KZT": "open", "EUR": "cut_off"},
        "steps": [
            {"due": "16:00", "kind": "customer_cut_off", "currency": "KZT"},
            {"due": "18:00", "kind": "end_of_day", "currency": None},
        ],
        "queued_orders": 1234,
        "held_orders": 2,
        "warehoused_orders": 3,
        "orders_held_for_screening": 4_321,
        "suspended": ["AAAAKZK0", "BBBBKGK0"],
    },
    "head": {"batch": 5, "time": "11:59", "hash": "ab"},
    "proposals": [],
}


def test_where_a_system_stands_is_told_line_by_line() -> None:
    assert _lines(FOUND) == [
        "Ready, batch 5, lag 2",
        "Business day 2026-11-24: open, as of 12:00",
        "  EUR: cut_off",
        "  RUB: closed",
        "  next 16:00: customer_cut_off KZT",
        "  next 18:00: end_of_day",
        "Orders: 1,234 queued, 2 held, 3 warehoused, 4,321 held for screening",
        "Suspended: AAAAKZK0, BBBBKGK0",
        "Head of the record: batch 5 at 11:59, ab",
        "Proposals: none",
    ]
    day = FOUND["day"] | {"date": None, "suspended": []}
    lines = _lines(FOUND | {"day": day, "proposals": [_proposal(), _proposal()]})
    assert lines[1] == "Business day none yet: open, as of 12:00"
    assert "Suspended: nobody" in lines
    assert lines[9:12] == ["Proposals: 2", "", "Proposal 7 in Test: set_rulebook (open)"]
    assert lines.count("") == 2


def test_a_service_that_is_not_ready_is_told_with_all_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import contextlib

    answers = {
        "/v1/day": FOUND["day"],
        "/v1/record/head": FOUND["head"],
        "/v1/proposals": {"proposals": []},
    }

    class Unready:
        def get(self, path: str) -> Any:
            if path == "/health/ready":
                raise InputError("the database is away")
            return answers[path]

    @contextlib.contextmanager
    def connect(*_: object) -> Iterator[Unready]:
        yield Unready()

    monkeypatch.setattr(status, "connected", connect)
    outcome = run_main("status")
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert outcome.stdout.startswith("Not ready: the database is away\nBusiness day 2026-11-24")
    assert outcome.stderr == "skontro: the service is not ready: the database is away\n"
    FOUND["head"]["hash"] = "é"
    told = run_main("status", "--json").stdout
    assert '"hash": "é"' in told
    document = json.loads(told)
    FOUND["head"]["hash"] = "ab"
    assert document.pop("head")["hash"] == "é"
    assert document == {
        "ready": {"status": "not ready: the database is away"},
        "day": FOUND["day"],
        "proposals": [],
    }
