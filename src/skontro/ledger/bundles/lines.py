"""The file of a bundle: one canonical JSON text a line, the last one signs all before it.

A line has only one form, so any changed byte is found: in the signed part by its hash, in the last
line by its form or its signature. Nothing is compressed, so a file cannot unfold to a large one.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.files.json_reading import NotJsonError, read_json
from skontro.ledger.keys import public_key
from skontro.model import InputError
from skontro.model.signatures import is_signed
from skontro.model.text import canonical_text

#: Bounds of a bundle, and so of the time that a check takes.
MAX_BYTES: Final = 40_000_000
MAX_LINES: Final = 20_000

#: Before the hash that is signed, so that no signature of another kind can pass for it.
_PREFIX: Final = b"skontro bundle 1\0"
_DIGEST: Final = re.compile("[0-9a-f]{64}")
_SIGNATURE: Final = re.compile("[0-9a-f]{128}")
_END_FIELDS: Final = {"kind", "lines", "sha256", "signature"}


@attrs.frozen
class Lines:
    """The content of a bundle.

    Attributes:
        items: the lines without the last one, as JSON objects.
        sha256: of them, in hexadecimal.
    """

    items: tuple[dict[str, Any], ...]
    sha256: str


def pack(items: Sequence[dict[str, Any]], key: Ed25519PrivateKey) -> bytes:
    """The file with these items, signed.

    Args:
        items: JSON objects, each with its `kind`.
        key: of the system that makes the bundle.

    Raises:
        InputError: there are too many, or they are too large.
    """
    if len(items) + 1 > MAX_LINES:
        raise InputError(f"a bundle has {MAX_LINES:,} lines at most; leave out orders or messages")
    content = "".join(f"{canonical_text(item)}\n" for item in items).encode()
    digest = hashlib.sha256(content).digest()
    end = {
        "kind": "end",
        "lines": len(items),
        "sha256": digest.hex(),
        "signature": key.sign(_PREFIX + digest).hex(),
    }
    content += f"{canonical_text(end)}\n".encode()
    if len(content) > MAX_BYTES:
        raise InputError(
            f"the bundle has {len(content):,} bytes, {MAX_BYTES:,} at most; leave out orders or "
            "messages"
        )
    return content


def unpack(content: bytes, key: str) -> Lines:
    """The items of a file, if this key has signed it.

    Args:
        content: of the file, from anybody.
        key: public key in hexadecimal, from a source that the checker trusts.

    Raises:
        InputError: it is no bundle, or not as it was signed.
    """
    signer = public_key(key)
    lines, signed = _divided(content)
    end = _object(lines[-1], len(lines))
    if end.keys() != _END_FIELDS or end["kind"] != "end":
        raise InputError("the last line is not the end of a bundle; the file was cut off")
    sha256, signature = end["sha256"], end["signature"]
    if not isinstance(sha256, str) or not _DIGEST.fullmatch(sha256):
        raise InputError("the last line has no SHA-256")
    if not isinstance(signature, str) or not _SIGNATURE.fullmatch(signature):
        raise InputError("the last line has no signature")
    digest = hashlib.sha256(signed).digest()
    if end["lines"] != len(lines) - 1 or digest.hex() != sha256:
        raise InputError("the content is not that which was signed: a byte or a line differs")
    if not is_signed(signer, _PREFIX + digest, bytes.fromhex(signature)):
        raise InputError("the signature of the bundle is not that of this key")
    items = tuple(_object(line, number) for number, line in enumerate(lines[:-1], start=1))
    return Lines(items, sha256)


def signer_of(content: bytes) -> str:
    """The key that a bundle names, in hexadecimal; it proves nothing by itself.

    Raises:
        InputError: it is no bundle.
    """
    lines, _ = _divided(content)
    key = _object(lines[0], 1).get("public_key")
    if not isinstance(key, str):
        raise InputError("line 1: a bundle begins with the system that made it")
    return key


def _divided(content: bytes) -> tuple[list[bytes], bytes]:
    """The lines, and the bytes before the last one."""
    if len(content) > MAX_BYTES:
        raise InputError(f"no bundle has more than {MAX_BYTES:,} bytes")
    if not content.endswith(b"\n"):
        raise InputError("this is no bundle, or its end was cut off")
    lines = content.split(b"\n", MAX_LINES + 1)[:-1]
    if not 2 <= len(lines) <= MAX_LINES:
        raise InputError(f"a bundle has 2 to {MAX_LINES:,} lines")
    return lines, content[: len(content) - len(lines[-1]) - 1]


def _object(line: bytes, number: int) -> dict[str, Any]:
    try:
        found = read_json(line)
    except NotJsonError as error:
        raise InputError(f"line {number}: {error}") from None
    if not isinstance(found, dict) or not isinstance(found.get("kind"), str):
        raise InputError(f"line {number}: is no object with its kind")
    if canonical_text(found).encode() != line:
        raise InputError(f"line {number}: is not written as bundles are")
    return found


def hexadecimal(values: Iterable[bytes]) -> list[str]:
    """Byte strings as hexadecimal texts."""
    return [one.hex() for one in values]
