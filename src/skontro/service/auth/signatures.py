"""Signatures of requests (RFC 9421); few imports, because it also runs in other processes."""

import datetime
import hashlib
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Final

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    VerificationKey,
    algorithms,
)
from http_message_signatures.digests import ContentDigest
from http_message_signatures.exceptions import HTTPMessageSignaturesException

#: A signature is good for so long; a copy of it after that is refused.
MAX_AGE: Final = datetime.timedelta(minutes=5)
#: Components that every signature covers, as in RFC 9421; the library checks the digest of a body.
REQUIRED: Final = {'"@method"', '"@target-uri"'}
KEY: Final = '"idempotency-key"'
#: Part of the names of components that cover a body.
DIGEST: Final = "content-digest"

#: Method, full URL, and header lines with lower-case names of a request.
Message = tuple[str, str, list[tuple[str, str]]]
#: The id of the key of a good signature, and the digests that it covers.
Signed = tuple[str, dict[str, str]]


class NotSigned(Exception):  # noqa: N818  the fact is the name
    """The request is not properly signed; the message says why."""


@attrs.frozen
class _Request:
    """A request in the form that the verifier needs."""

    method: str
    url: str
    headers: "_Headers"


class _Headers:
    def __init__(self, lines: list[tuple[str, str]]) -> None:
        self._lines = lines

    def items(self) -> Iterable[tuple[str, str]]:
        return self._lines


class _Keys(HTTPSignatureKeyResolver):
    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = keys

    def resolve_public_key(self, key_id: str) -> VerificationKey:
        found = self._keys.get(key_id)
        if found is None:
            raise InvalidSignature("unknown key")
        return found

    def resolve_private_key(self, key_id: str) -> bytes:
        raise InvalidSignature(f"{key_id}: nothing is signed here")


class SignatureCheck:
    """Checks signatures.

    Args:
        keys: by key id.
    """

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._verifier = HTTPMessageVerifier(
            signature_algorithm=algorithms.ED25519, key_resolver=_Keys(keys)
        )

    def check(self, message: Message) -> Signed:
        """Check a request's signature; its key id, and the digests of its body.

        The body itself, which may still be in transit, is not checked: see `check_digest`.

        Raises:
            NotSigned: no known key signed it, or the signature does not cover all required parts.
        """
        method, url, lines = message
        request = _Request(method, url, _Headers(lines))
        try:
            (result,) = self._verifier.verify(request, max_age=MAX_AGE)
        except (InvalidSignature, HTTPMessageSignaturesException, ValueError) as error:
            raise NotSigned(f"the signature is not good: {error}") from None
        covered = result.covered_components
        has_key = any(name == "idempotency-key" for name, _ in lines)
        required = REQUIRED | ({KEY} if has_key else set())
        missing = required - covered.keys()
        if missing:
            raise NotSigned(f"the signature does not cover {', '.join(sorted(missing))}")
        digests = {name: value for name, value in covered.items() if DIGEST in name}
        if not digests and any(announces_body(name, value) for name, value in lines):
            raise NotSigned("the signature does not cover the content-digest of the body")
        return str(result.parameters.get("keyid", "")), digests


def check_digest(digests: Mapping[str, str], body: bytes) -> None:
    """Check that a body matches its signed digest (RFC 9530).

    Args:
        digests: result of `SignatureCheck.check`.
        body: complete, as received.

    Raises:
        NotSigned: it does not match.
    """
    usual = f"sha-256=:{b64encode(hashlib.sha256(body).digest()).decode()}:"
    if digests == {f'"{DIGEST}"': usual}:
        return  # most digests have this form; the library reads all others
    try:
        good = ContentDigest.verify_components(digests, body)
    except (InvalidSignature, HTTPMessageSignaturesException, ValueError) as error:
        raise NotSigned(f"the body is not the signed one: {error}") from None
    if not good:
        raise NotSigned("the signature does not cover the content-digest of the body")


def announces_body(name: str, value: str) -> bool:
    """Whether a header line, with its name in lower case, says that a body follows."""
    return name in (DIGEST, "transfer-encoding") or (name == "content-length" and value != "0")
