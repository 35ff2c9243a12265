"""Signatures of the usual form, checked without the library.

The form is a part of RFC 9421 that leaves nothing to interpret: one signature, names of header
fields that occur once, and parameters in their canonical form. The request then contains each line
of the signature base letter by letter. All else is left to the library.
"""

import re
import time
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skontro.service.auth import signatures
from skontro.service.auth.signatures import (
    DIGEST,
    KEY,
    REQUIRED,
    Message,
    Signed,
    announces_body,
)

#: A covered component without parameters, and a parameter in its canonical form.
_NAME: Final = r'"(?:@method|@target-uri|[a-z][a-z0-9-]*)"'
_PARAMETER: Final = r';(?:created=([1-9][0-9]{0,11})|keyid="([ !#-\[\]-~]+)"|(alg="ed25519"))'
#: `Signature-Input`: label, what the base repeats, the covered components, and parameters.
_INPUT: Final = re.compile(
    rf"([a-z][a-z0-9_-]*)=(\(({_NAME}(?: {_NAME})*)\)((?:{_PARAMETER}){{2,3}}))"
)
_PARAMETERS: Final = re.compile(_PARAMETER)
#: `Signature`: label, and 64 bytes.
_SIGNATURE: Final = re.compile(r"([a-z][a-z0-9_-]*)=:([A-Za-z0-9+/]{86}==):")
#: A URL whose parts together are the URL again.
_URL: Final = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?"
    r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
    r"(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
)
_METHOD: Final = re.compile(r"[A-Z]+")
#: Seconds that a signature may be early, a little less than by the library.
_EARLY: Final = 4


class UsualSignatures:
    """Checks signatures of the usual form.

    Args:
        keys: by key id.

    Example:
        >>> UsualSignatures({}).check(("GET", "http://a.example/v1/day", [])) is None
        True
    """

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = keys

    def check(self, message: Message) -> Signed | None:
        """The key id and the digests of the body, as `SignatureCheck.check` gives them.

        None where the form is not the usual one, or the signature is not good: the library decides.
        """
        fields = _fields_of(message)
        given = None if fields is None else _given(fields)
        if fields is None or given is None:
            return None
        key = self._keys.get(given.key_id)
        age = signatures.MAX_AGE.total_seconds()
        if key is None or not -age <= given.made - time.time() <= _EARLY:
            return None
        covered = _covered(message, fields, given.names)
        if covered is None:
            return None
        lines = [f"{name}: {value}" for name, value in covered.items()]
        base = "\n".join([*lines, f'"@signature-params": {given.shown}'])
        try:
            key.verify(given.signature, base.encode())
        except InvalidSignature:
            return None
        return given.key_id, {name: value for name, value in covered.items() if DIGEST in name}


class _Given(NamedTuple):
    """The statements of a request on its signature."""

    #: Covered components and parameters, as the base repeats them.
    shown: str
    names: Sequence[str]
    made: int
    key_id: str
    signature: bytes


def _given(fields: Mapping[str, str]) -> _Given | None:
    """None where it is not usual."""
    given = _INPUT.fullmatch(fields.get("signature-input", ""))
    signed = _SIGNATURE.fullmatch(fields.get("signature", ""))
    if given is None or signed is None or given[1] != signed[1]:
        return None
    signature = a2b_base64(signed[2])
    if b2a_base64(signature, newline=False) != signed[2].encode():
        return None  # bits beyond the last byte
    made, key_id = _parameters_of(given[4])
    return _Given(given[2], given[3].split(" "), made, key_id, signature)


def _fields_of(message: Message) -> dict[str, str] | None:
    """Header fields by name, without space around; None where one occurs twice or is not usual."""
    method, url, lines = message
    fields = {name: value.strip(" \t") for name, value in lines}
    names = "".join(fields)
    usual = len(fields) == len(lines) and names.isascii() and names == names.lower()
    if not usual or not _METHOD.fullmatch(method) or not _URL.fullmatch(url):
        return None
    return fields


def _parameters_of(text: str) -> tuple[int, str]:
    """When the signature was made, in seconds, and the key id; "" where one is not there once."""
    found = zip(*_PARAMETERS.findall(text), strict=True)
    made, key_id, algorithm = ([one for one in column if one] for column in found)
    if len(made) != 1 or len(key_id) != 1 or len(algorithm) > 1:
        return 0, ""
    return int(made[0]), key_id[0]


def _covered(
    message: Message, fields: Mapping[str, str], names: Sequence[str]
) -> dict[str, str] | None:
    """Values by component as in the base; None where one is not usual, or a required one lacks."""
    method, url, lines = message
    covered = {}
    for name in names:
        value = fields.get(name[1:-1], "")
        if name in REQUIRED:
            value = method if name == '"@method"' else url
        if not (value and value.isascii() and value.isprintable()):
            return None
        covered[name] = value
    missing = len(covered) < len(names) or not covered.keys() >= REQUIRED
    if missing or (KEY not in covered and "idempotency-key" in fields):
        return None
    has_digest = any(DIGEST in name for name in covered)
    if not has_digest and any(announces_body(name, value) for name, value in lines):
        return None
    return covered
