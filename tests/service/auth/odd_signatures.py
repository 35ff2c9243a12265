"""Messages of signers who have their own idea of the form, or that were changed on the way.

    python -m tests.service.auth.odd_signatures 1000000

checks so many messages both ways, without the library and with it.
"""

import random
import re
import sys
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.service.auth.signatures import Message, NotSigned, SignatureCheck, Signed
from skontro.service.auth.usual_signatures import UsualSignatures

KEY = Ed25519PrivateKey.generate()
KEYS = {name: KEY.public_key() for name in ("key", "a;b=c", "key-1", " ")}
USUAL, LIBRARY = UsualSignatures(KEYS), SignatureCheck(KEYS)
URL = "http://testserver/v1/orders"
LINES = (
    ("host", "testserver"),
    ("content-type", "application/json"),
    ("idempotency-key", "k-1"),
    ("content-length", "2"),
    ("content-digest", "sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:"),
)
NAMES = ("@method", "@target-uri", "idempotency-key", "content-digest")


def by_library(message: Message) -> Signed | None:
    try:
        return LIBRARY.check(message)
    except NotSigned:
        return None


def parameters(age: float = 0, key_id: str = "key") -> str:
    return f';created={int(time.time() - age)};keyid="{key_id}";alg="ed25519"'


def components(names: Sequence[str]) -> str:
    return " ".join(f'"{name}"' for name in names)


def signed(
    names: Sequence[str] = NAMES,
    lines: Sequence[tuple[str, str]] = LINES,
    *,
    shown: str | None = None,
    label: str = "sig",
    method: str = "POST",
    url: str = URL,
) -> Message:
    """A message whose signature is over these parts as they stand, well formed or not."""
    shown = f"({components(names)}){parameters()}" if shown is None else shown
    values = dict(lines) | {"@method": method, "@target-uri": url, "@authority": "testserver"}
    base = [f'"{name}": {values.get(name, "").strip()}' for name in names]
    base.append(f'"@signature-params": {shown}')
    signature = b64encode(KEY.sign("\n".join(base).encode())).decode()
    given = ("signature-input", f"{label}={shown}"), ("signature", f"{label}=:{signature}:")
    return method, url, [*lines, *given]


_PIECES: Final = (
    *';=(), "\\\t:?*@A0-',
    '"@method"',
    '"@target-uri"',
    '"host"',
    '"content-digest";sf',
    '"content-digest";key="sha-256"',
    ";created=1",
    ';keyid="key"',
    ';keyid="key-1"',
    ';alg="ed25519"',
    ";expires=9999999999",
    ';nonce="n"',
    "\u00e9",
    "%41",
)


def odd(draw: random.Random, text: str, chance: float) -> str:
    """A text with, by chance, pieces put in, taken out or doubled."""
    while draw.random() < chance:
        start = draw.randint(0, len(text))
        end = draw.randint(start, min(len(text), start + 3))
        piece = draw.choice(_PIECES) if draw.random() < 0.7 else text[start:end] * 2
        text = text[:start] + piece + text[end:]
    return text


def odd_message(draw: random.Random) -> Message:
    """A message with a signature over its parts as they stand, unless changed afterwards."""
    others = draw.sample(["host", "content-type", "@authority"], k=draw.choice((0, 0, 1, 2, 3)))
    names = draw.sample([*NAMES, *others], k=len(NAMES) + len(others) - (draw.random() < 0.1))
    shown = f"({components(names)}){parameters(draw.randint(-9, 320))}"
    shown = odd(draw, shown, 0.3)
    covered = re.findall(r'"([^"]*)"', shown.partition(")")[0])
    lines = [(odd(draw, name, 0.01), odd(draw, value, 0.03)) for name, value in LINES]
    if draw.random() < 0.05:
        lines.append(draw.choice(lines))
    method, url, lines = signed(
        covered,
        lines,
        shown=shown,
        label=odd(draw, "sig", 0.05),
        method=draw.choice(
            ("POST", "POST", "POST", "GET", "OPTIONS", "post", "PUT", "GET", "P\u00d6ST")
        ),
        url=odd(draw, draw.choice((URL, URL + "?after=1", "http://testserver")), 0.1),
    )
    if draw.random() < 0.3:
        place = draw.randrange(len(lines))
        lines[place] = lines[place][0], odd(draw, lines[place][1], 0.8)
    return method, url, lines


def compare(count: int, seed: int) -> Counter[str]:
    """Check messages both ways; how many were good for both, for the library alone, or for none."""
    draw, found = random.Random(seed), Counter[str]()
    for _ in range(count):
        message = odd_message(draw)
        usual, other = USUAL.check(message), by_library(message)
        if usual is not None:
            assert usual == other, message
        found["both" if usual else "library" if other else "none"] += 1
    return found


if __name__ == "__main__":
    sys.stdout.write(f"{compare(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)}\n")
