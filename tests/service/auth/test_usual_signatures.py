"""Signatures checked without the library: never good where the library refuses, and never other."""

import time
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.service.auth import usual_signatures
from skontro.service.auth.signatures import Message
from skontro.service.auth.usual_signatures import UsualSignatures
from skontro.service.client import Signature
from tests.draws import seeds
from tests.service.auth.odd_signatures import (
    KEY,
    LIBRARY,
    LINES,
    NAMES,
    URL,
    USUAL,
    compare,
    components,
    parameters,
    signed,
)


def changed(message: Message, **values: str) -> Message:
    method, url, lines = message
    named = {name.replace("_", "-"): value for name, value in values.items()}
    return method, url, [(name, named.get(name, value)) for name, value in lines]


def test_what_the_client_signs_is_usual() -> None:
    for content, headers in ((b"{}", {"Idempotency-Key": "k"}), (b"{}", {}), (b"", {})):
        request = httpx.Request("POST", URL + "?a=1%20", content=content, headers=headers)
        sent = next(Signature("key", KEY).auth_flow(request))
        message = (sent.method, str(sent.url), [*sent.headers.items()])
        found = USUAL.check(message)
        assert found is not None
        assert found == LIBRARY.check(message)
    assert USUAL.check(signed()) == ("key", {'"content-digest"': LINES[4][1]})


USUAL_SHAPES: list[dict[str, Any]] = [
    {},
    {"label": "a"},
    {"label": "sig_1-b"},
    {"names": NAMES[::-1]},
    {"names": (*NAMES, "host", "content-type", "content-length")},
    {"lines": (*LINES, ("x", "\u00e9"), ("y", ""))},
    {"lines": (*LINES, ("x-y", " \ta b\t ")), "names": (*NAMES, "x-y")},
    {"lines": LINES[:3], "names": NAMES[:3]},
    {"lines": (*LINES[:3], ("content-length", "0")), "names": NAMES[:3]},
    {"lines": LINES[:2], "names": NAMES[:2]},
    {"method": "PUT"},
    {"url": "https://a-b.example:8443/"},
    {"url": "http://a/v1/%aF!$&'()*+,;=:@-._~?%00/?&=a"},
    {"url": "http://a/v1?"},
    {"shown": f'({components(NAMES)});keyid="key";created={int(time.time())}'},
    {"shown": f'({components(NAMES)});alg="ed25519";created={int(time.time())};keyid="key"'},
    {"shown": f"({components(NAMES)}){parameters(key_id='a;b=c')}"},
    {"shown": f"({components(NAMES)}){parameters(key_id=' ')}"},
]

OTHER_SHAPES: list[dict[str, Any]] = [
    {"label": "*"},
    {"label": "Sig"},
    {"label": "1"},
    {"label": ""},
    {"names": (*NAMES, "@authority")},
    {"names": (*NAMES, "x-none")},
    {"names": (*NAMES, "Host")},
    {"names": (*NAMES, "@method")},
    {"names": NAMES[:3]},
    {"names": NAMES[1:]},
    {"names": (NAMES[0], *NAMES[2:])},
    {"names": (*NAMES[:2], NAMES[3])},
    {"names": ()},
    {"lines": (*LINES, ("x", "")), "names": (*NAMES, "x")},
    {"lines": (*LINES, ("x", "\u00e9")), "names": (*NAMES, "x")},
    {"lines": (*LINES, ("x", "a\tb")), "names": (*NAMES, "x")},
    {"lines": (*LINES, ("x", "a\r\n b")), "names": (*NAMES, "x")},
    {"lines": (*LINES, ("x", "1"), ("x", "2"))},
    {"lines": (*LINES, ("Host", "other"))},
    {"lines": (*LINES, ("\u00e9", "1"))},
    {"lines": (*LINES, ("@method", "GET")), "names": NAMES[1:]},
    {"lines": (*LINES[:3], ("transfer-encoding", "chunked")), "names": NAMES[:3]},
    {"lines": LINES[:4], "names": NAMES[:3]},
    {"lines": (*LINES[:3], LINES[4]), "names": NAMES[:3]},
    {"method": "post"},
    {"method": ""},
    {"url": "http://a"},
    {"url": "http://u@a/v1"},
    {"url": "http://a/v1#b"},
    {"url": "http://a/v1%a"},
    {"url": "http://a/v1?%a"},
    {"url": "http://a/\u00e4"},
    {"url": "HTTP://a/v1"},
    {"url": "http://[::1]/v1"},
    {"url": "http://a/v1\n"},
    {"shown": f"({components(NAMES)})"},
    {"shown": f'({components(NAMES)});keyid="key"'},
    {"shown": f"({components(NAMES)});created={int(time.time())}"},
    {"shown": f'({components(NAMES)});created={int(time.time())};alg="ed25519"'},
    {"shown": f'({components(NAMES)}){parameters()};keyid="key"'},
    {"shown": f'({components(NAMES)});keyid="key"{parameters()}'[:-14]},
    {"shown": f"({components(NAMES)});created=1{parameters()}"[:-14]},
    {"shown": f'({components(NAMES)}){parameters()};tag="a"'},
    {"shown": f'({components(NAMES)}){parameters()};nonce="a"'},
    {"shown": f"({components(NAMES)}){parameters()};expires=9999999999"},
    {"shown": f'({components(NAMES)}){parameters()[:-9]}rsa-v1_5"'},
    {"shown": f"({components(NAMES)}){parameters(key_id='none')}"},
    {"shown": f"({components(NAMES)}){parameters(key_id='')}"},
    {"shown": f"({components(NAMES)}) {parameters()}"},
    {"shown": f"({components(NAMES)}; {parameters()[1:]}"},
    {"shown": f"( {components(NAMES)}){parameters()}"},
    {"shown": f"({components(NAMES)} ){parameters()}"},
    {"shown": f"({components(NAMES).replace(' ', '  ')}){parameters()}"},
    {"shown": f"({components(NAMES)}){parameters().replace('created=', 'created=0')}"},
    {"shown": f"({components(NAMES)}){parameters().replace(';alg', '.0;alg')}"},
    {"shown": f"({components(NAMES)};sf){parameters()}"},
    {"shown": f"({components(NAMES)}){parameters()}, b=1"},
]


@pytest.mark.parametrize("shape", USUAL_SHAPES)
def test_usual_forms_are_read_as_by_the_library(shape: dict[str, Any]) -> None:
    message = signed(**shape)
    found = USUAL.check(message)
    assert found is not None
    assert found == LIBRARY.check(message)


@pytest.mark.parametrize("shape", OTHER_SHAPES)
def test_all_other_forms_are_left_to_the_library(shape: dict[str, Any]) -> None:
    """Even with a signature over these parts as they stand."""
    assert USUAL.check(signed(**shape)) is None


@pytest.mark.parametrize("name", ["signature", "signature-input"])
def test_both_lines_of_a_signature_are_needed(name: str) -> None:
    method, url, lines = signed()
    assert USUAL.check((method, url, [line for line in lines if line[0] != name])) is None
    assert USUAL.check((method, url, [*lines, dict([lines[-1]]).popitem()])) is None


def test_a_signature_has_64_bytes_under_the_label_of_its_input() -> None:
    message = signed()
    text = message[2][-1][1]
    assert USUAL.check(changed(message, signature=text)) is not None
    stray = text[:-4] + chr(ord(text[-4]) + 1) + text[-3:]  # bits beyond the last byte
    for other in (
        text.replace("sig=", "other="),
        text.replace("==", "="),
        text.replace("=:", "=:AAAA"),
        text + ", other=:AAAA:",
        text + ";a",
        text[:10] + ("a" if text[10] != "a" else "b") + text[11:],
        stray,
        "",
    ):
        assert USUAL.check(changed(message, signature=other)) is None


def test_signatures_of_other_values_are_not_good() -> None:
    method, url, lines = message = signed()
    assert USUAL.check(("PUT", url, lines)) is None
    assert USUAL.check((method, url + "/batch", lines)) is None
    for name in ("idempotency_key", "content_digest"):
        assert USUAL.check(changed(message, **{name: "other"})) is None
    assert USUAL.check(changed(message, content_type="text/plain")) is not None  # not covered
    assert (
        UsualSignatures({"key": Ed25519PrivateKey.generate().public_key()}).check(message) is None
    )


@pytest.mark.parametrize(
    ("age", "good"), [(-5, False), (-4, True), (0, True), (300, True), (301, False)]
)
def test_the_age_is_within_the_librarys_bounds(
    age: int, good: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = int(time.time())
    monkeypatch.setattr(usual_signatures.time, "time", lambda: float(made + age))
    shown = f'({components(NAMES)});created={made};keyid="key"'
    assert (USUAL.check(signed(shown=shown)) is not None) == good


@pytest.mark.parametrize("seed", seeds(range(12)))
def test_what_is_good_here_is_the_same_for_the_library(seed: int) -> None:
    found = compare(200, seed)
    assert found["both"] >= 20
    assert found["library"] >= 5
    assert found["none"] >= 20
