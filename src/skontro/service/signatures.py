"""Signatures of requests (RFC 9421). Imports little: it also runs in processes of its own."""

import datetime
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
from http_message_signatures.exceptions import HTTPMessageSignaturesException

#: A signature is good for so long; a copy of it after that is refused.
MAX_AGE: Final = datetime.timedelta(minutes=5)
#: What every signature covers, as RFC 9421 writes it; the library sees to the digest of a body.
_REQUIRED: Final = {'"@method"', '"@target-uri"'}
_KEY: Final = '"idempotency-key"'

#: Method, full URL, header lines with lower-case names, and body of a request.
Message = tuple[str, str, list[tuple[str, str]], bytes]


class NotSigned(Exception):  # noqa: N818  the fact is the name
    """The request is not signed as it must be; says why."""


@attrs.frozen
class _Request:
    """A request as the verifier wants it."""

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

    def check(self, message: Message) -> str:
        """The id of the key that the request is signed with.

        Raises:
            NotSigned: it is not signed by a known key, or not all that matters is.
        """
        method, url, lines, body = message
        request = _Request(method, url, _Headers(lines))
        try:
            results = self._verifier.verify(request, max_age=MAX_AGE, body=body)
        except (InvalidSignature, HTTPMessageSignaturesException, ValueError) as error:
            raise NotSigned(f"the signature is not good: {error}") from None
        if len(results) != 1:
            raise NotSigned("send one signature")
        has_key = any(name == "idempotency-key" for name, _ in lines)
        required = _REQUIRED | ({_KEY} if has_key else set())
        missing = required - results[0].covered_components.keys()
        if missing:
            raise NotSigned(f"the signature does not cover {', '.join(sorted(missing))}")
        return str(results[0].parameters.get("keyid", ""))
