"""Who calls: signatures of participants (RFC 9421), tokens of operators, and how often they may."""

import datetime
import threading
import time
from collections.abc import Iterable
from typing import Final

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import Request
from http_message_signatures import (
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    VerificationKey,
    algorithms,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from skontro.service.access import Access, Identity, token_digest
from skontro.service.problems import Problem

#: A signature is good for so long; a copy of it after that is refused.
MAX_AGE: Final = datetime.timedelta(minutes=5)
#: What every signature covers, as RFC 9421 writes it; the library sees to the digest of a body.
_REQUIRED: Final = {'"@method"', '"@target-uri"'}
_KEY: Final = '"idempotency-key"'
#: Headers that every client sends and that tell nothing: not worth the verifier's while.
_NEVER_COVERED: Final = frozenset({b"accept", b"accept-encoding", b"connection", b"user-agent"})
_BEARER: Final = "Bearer "
_CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}


@attrs.frozen
class _Message:
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
    def __init__(self, access: Access) -> None:
        self._access = access

    def resolve_public_key(self, key_id: str) -> VerificationKey:
        found = self._access.keys.get(key_id)
        if found is None:
            raise InvalidSignature("unknown key")
        key: Ed25519PublicKey = found[0]
        return key

    def resolve_private_key(self, key_id: str) -> bytes:
        raise InvalidSignature(f"{key_id}: nothing is signed here")


class Doorkeeper:
    """Recognises callers and slows down those who ask too much.

    Args:
        access: who may come in.
        base_url: under which callers address the service; signatures cover it.
        per_second: requests that one person may make, over any longer time.
    """

    def __init__(self, access: Access, base_url: str, per_second: float) -> None:
        self._access, self._base_url = access, base_url.rstrip("/")
        self._verifier = HTTPMessageVerifier(
            signature_algorithm=algorithms.ED25519, key_resolver=_Keys(access)
        )
        self._buckets: dict[str, _Bucket] = {}
        self._per_second = per_second
        self._lock = threading.Lock()

    def recognise(self, request: Request, body: bytes) -> Identity:
        """Who makes this request.

        Raises:
            Problem: nobody who may (401), or too often (429).
        """
        authorization = request.headers.get("authorization", "")
        if authorization.startswith(_BEARER):
            token = token_digest(authorization.removeprefix(_BEARER).strip())
            found = self._access.tokens.get(token)
            if found is None:
                raise _unknown("the token is not known")
        elif "signature-input" in request.headers:
            found = self._verify(request, body)
        else:
            raise _unknown("sign the request as in RFC 9421, or send an operator's token")
        self._slow_down(found)
        return found

    def _verify(self, request: Request, body: bytes) -> Identity:
        query = f"?{request.url.query}" if request.url.query else ""
        path = request.scope.get("raw_path", b"").decode("ascii") or request.url.path
        lines = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in request.headers.raw
            if name not in _NEVER_COVERED
        ]
        message = _Message(request.method, f"{self._base_url}{path}{query}", _Headers(lines))
        try:
            results = self._verifier.verify(message, max_age=MAX_AGE, body=body)
        except (InvalidSignature, HTTPMessageSignaturesException, ValueError) as error:
            raise _unknown(f"the signature is not good: {error}") from None
        if len(results) != 1:
            raise _unknown("send one signature")
        required = _REQUIRED | ({_KEY} if "idempotency-key" in request.headers else set())
        missing = required - results[0].covered_components.keys()
        if missing:
            raise _unknown(f"the signature does not cover {', '.join(sorted(missing))}")
        key_id = str(results[0].parameters.get("keyid", ""))
        return self._access.keys[key_id][1]

    def _slow_down(self, identity: Identity) -> None:
        name = f"{identity.side}\0{identity.person}"
        with self._lock:
            bucket = self._buckets.get(name)
            if bucket is None:
                bucket = self._buckets[name] = _Bucket(self._per_second, time.monotonic())
            wait = bucket.take(self._per_second, time.monotonic())
        if wait > 0:
            raise Problem(
                429,
                "Too many requests",
                f"at most {self._per_second:g} requests a second; send batches",
                headers={"Retry-After": str(int(wait) + 1)},
            )


@attrs.define
class _Bucket:
    """Requests that may be made at once; fills up with time to two seconds' worth."""

    left: float
    at: float

    def take(self, per_second: float, now: float) -> float:
        """Seconds to wait; 0 where one could be taken."""
        self.left = min(2 * per_second, self.left + (now - self.at) * per_second)
        self.at = now
        if self.left < 1:
            return (1 - self.left) / per_second
        self.left -= 1
        return 0.0


def _unknown(why: str) -> Problem:
    return Problem(401, "Not recognised", why, headers=_CHALLENGE)
