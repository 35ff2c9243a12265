"""One signature at a time: what it must cover, how old it may be, and the process that checks."""

import datetime
import io
import signal
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, InvalidSignature, algorithms

from skontro.service.auth import signature_process
from skontro.service.auth.signature_process import frame, main, unframed
from skontro.service.auth.signatures import Message, NotSigned, SignatureCheck, _Keys, check_digest
from skontro.service.client import Signature, _OwnKey, _Signable

KEY = Ed25519PrivateKey.generate()
CHECK = SignatureCheck({"key": KEY.public_key()})
URL = "http://testserver/v1/orders"
COVERED = ("@method", "@target-uri")


def signed(
    *covered: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    age: float = 0.0,
    label: str = "a",
    key_id: str = "key",
) -> Message:
    request = httpx.Request("POST", URL, content=body or None, headers=headers)
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_OwnKey(KEY))
    signer.sign(
        _Signable(request),
        key_id=key_id,
        covered_component_ids=covered or COVERED,
        body=body or None,
        label=label,
        created=datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=age),
    )
    return "POST", URL, [*request.headers.items()]


def without(message: Message, *names: str) -> Message:
    method, url, lines = message
    return method, url, [line for line in lines if line[0] not in names]


def test_a_good_signature_names_its_key_and_what_it_covers_of_the_body() -> None:
    assert CHECK.check(signed()) == ("key", {})
    key_id, digests = CHECK.check(signed(body=b"{}"))
    assert (key_id, [*digests]) == ("key", ['"content-digest"'])
    check_digest(digests, b"{}")
    with pytest.raises(NotSigned, match="the body is not the signed one: "):
        check_digest(digests, b"[]")
    with pytest.raises(NotSigned, match="does not cover the content-digest of the body"):
        check_digest({}, b"{}")


@pytest.mark.parametrize(("age", "good"), [(290, True), (310, False)])
def test_a_signature_is_good_for_five_minutes(age: float, good: bool) -> None:
    if good:
        CHECK.check(signed(age=age))
    else:
        with pytest.raises(NotSigned, match=r"the signature is not good: .* age "):
            CHECK.check(signed(age=age))


def test_a_key_that_is_not_known_signs_nothing() -> None:
    with pytest.raises(NotSigned, match="the signature is not good: unknown key"):
        CHECK.check(signed(key_id="other"))
    with pytest.raises(InvalidSignature, match="other: nothing is signed here"):
        _Keys({}).resolve_private_key("other")
    with pytest.raises(KeyError, match="other"):
        _OwnKey(KEY).resolve_public_key("other")


@pytest.mark.parametrize(
    ("covered", "headers", "missing"),
    [
        (("@method",), {}, '"@target-uri"'),
        (("@target-uri",), {}, '"@method"'),
        (COVERED, {"Idempotency-Key": "k"}, '"idempotency-key"'),
        (("@authority",), {"Idempotency-Key": "k"}, '"@method", "@target-uri", "idempotency-key"'),
        ((*COVERED, "idempotency-key"), {"Idempotency-Key": "k"}, None),
    ],
)
def test_what_decides_is_covered(
    covered: tuple[str, ...], headers: dict[str, str], missing: str | None
) -> None:
    message = signed(*covered, headers=headers)
    if missing is None:
        CHECK.check(message)
    else:
        with pytest.raises(NotSigned) as refused:
            CHECK.check(message)
        assert str(refused.value) == f"the signature does not cover {missing}"


@pytest.mark.parametrize(
    ("line", "announces"),
    [
        (("content-length", "0"), False),
        (("content-length", "1"), True),
        (("transfer-encoding", "chunked"), True),
        (("content-digest", "sha-256=:AAAA:"), True),
        (("content-type", "application/json"), False),
    ],
)
def test_a_body_that_is_announced_has_its_digest_covered(
    line: tuple[str, str], announces: bool
) -> None:
    method, url, lines = without(signed(), "content-length")
    if announces:
        with pytest.raises(NotSigned, match="does not cover the content-digest of the body"):
            CHECK.check((method, url, [*lines, line]))
    else:
        CHECK.check((method, url, [*lines, line]))


def test_two_signatures_are_not_one() -> None:
    one, other = signed(label="a"), signed(label="b")
    both = [
        (name, f"{value}, {dict(other[2])[name]}")
        for name, value in one[2]
        if name.startswith("signature")
    ]
    with pytest.raises(NotSigned, match="the signature is not good: Multiple signatures"):
        CHECK.check(("POST", URL, [*without(one, "signature", "signature-input")[2], *both]))


class Output(io.BytesIO):
    """Notes how much was there whenever it was flushed."""

    flushed: list[int]

    def flush(self) -> None:
        self.flushed.append(self.tell())


@pytest.fixture
def _signals() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def answered(monkeypatch: pytest.MonkeyPatch, *frames: bytes) -> tuple[list[Any], Output]:
    output = Output()
    output.flushed = []
    given = SimpleNamespace(buffer=io.BytesIO(b"".join(frames)))
    monkeypatch.setattr(signature_process.sys, "stdin", given)
    monkeypatch.setattr(signature_process.sys, "stdout", SimpleNamespace(buffer=output))
    main()
    monkeypatch.undo()
    output.seek(0)
    answers = []
    while (length := output.read(4)) != b"":
        answers.append(unframed(output.read(int.from_bytes(length, "big"))))
    return answers, output


@pytest.mark.usefixtures("_signals")
def test_the_process_answers_each_frame_at_once_by_the_keys_that_it_was_last_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys = frame({"key": KEY.public_key().public_bytes_raw()})
    good, wrong = signed(), without(signed(), "signature")
    frames = [keys, frame([good, wrong]), frame([good]), frame({}), frame([good])]
    answers, output = answered(monkeypatch, *frames)
    assert [len(one) for one in answers] == [2, 1, 1]
    assert answers[0][0] == answers[1][0] == (("key", {}), "")
    assert answers[0][1][0] is None
    assert answers[0][1][1].startswith("the signature is not good: ")
    assert answers[2] == [(None, "the signature is not good: unknown key")]
    assert len(output.flushed) == 3
    assert output.flushed == sorted(set(output.flushed))
    assert output.flushed[-1] == len(output.getvalue())
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN


@pytest.mark.usefixtures("_signals")
@pytest.mark.parametrize("rest", [b"", b"\0", b"\0\0\0"])
def test_the_process_ends_with_its_input(monkeypatch: pytest.MonkeyPatch, rest: bytes) -> None:
    assert answered(monkeypatch, frame({}), rest)[0] == []


def test_the_client_covers_what_the_service_wants() -> None:
    request = httpx.Request("POST", URL, content=b"{}", headers={"Idempotency-Key": "k"})
    (sent,) = Signature("key", KEY).auth_flow(request)
    message = ("POST", URL, [*sent.headers.items()])
    assert CHECK.check(message)[0] == "key"
    assert '"idempotency-key"' in sent.headers["signature-input"]
    (bare,) = Signature("key", KEY).auth_flow(httpx.Request("GET", URL))
    assert CHECK.check(("GET", URL, [*bare.headers.items()])) == ("key", {})
    assert Signature.requires_request_body
