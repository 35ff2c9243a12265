"""Authentication: signatures of participants (RFC 9421), tokens of operators, and rate limits."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import Request

from skontro.ledger.keys import public_text
from skontro.model import ParticipantDirectory
from skontro.service.api.problems import Problem
from skontro.service.auth.credentials import Access, Identity, access_of, token_digest
from skontro.service.auth.signature_checks import SignatureChecks, Unavailable
from skontro.service.auth.signatures import Message, NotSigned, SignatureCheck
from skontro.service.auth.usual_signatures import UsualSignatures
from skontro.system import Credentials

#: Headers that every client sends and that say nothing about it: the verifier skips them.
_NEVER_COVERED: Final = frozenset({b"accept", b"accept-encoding", b"connection", b"user-agent"})
_BEARER: Final = "Bearer "
_CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}


class Authenticator:
    """Authenticates callers and limits their rates.

    Args:
        in_force: gives the credentials and the directory in force; changes apply at once.
        base_url: URL under which callers address the service; signatures cover it.
        per_second: requests per person, over any longer time.
    """

    def __init__(
        self,
        in_force: Callable[[], tuple[Credentials, ParticipantDirectory]],
        base_url: str,
        per_second: float,
    ) -> None:
        self._in_force, self._base_url = in_force, base_url.rstrip("/")
        self._followed = in_force()
        self._access = access_of(*self._followed)
        self._use(_keys_of(self._access))
        self._checks: SignatureChecks | None = None
        self._buckets: dict[str, _Bucket] = {}
        self._per_second = per_second
        self._lock = threading.Lock()

    @property
    def base_url(self) -> str:
        """The URL under which callers address the service, without a slash at its end."""
        return self._base_url

    async def start_processes(self, count: int) -> None:
        """Check signatures in this number of processes from now on."""
        checks = SignatureChecks(_keys_of(self._follow()), count)
        await checks.start()
        self._checks = checks

    async def stop_processes(self) -> None:
        """The inverse of `start_processes`."""
        if self._checks is not None:
            await self._checks.stop()

    def _follow(self) -> Access:
        """Follow the credentials in force, in the event loop; the processes get new keys first."""
        in_force = self._in_force()
        if in_force[0] is not self._followed[0] or in_force[1] is not self._followed[1]:
            self._followed, self._access = in_force, access_of(*in_force)
            keys = _keys_of(self._access)
            self._use(keys)
            if self._checks is not None:
                self._checks.update(keys)
        return self._access

    def _use(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._usual, self._check = UsualSignatures(keys), SignatureCheck(keys)

    async def recognise(self, request: Request) -> tuple[Identity, Mapping[str, str] | None]:
        """Authenticate a request by its headers alone.

        Returns:
            The caller, and the digests of the body that the signature covers, for `check_digest`;
            None for a token, which covers none.

        Raises:
            Problem: unknown caller (401), rate exceeded (429), or no check possible now (503).
        """
        authorization = request.headers.get("authorization", "")
        digests: Mapping[str, str] | None = None
        if authorization.startswith(_BEARER):
            found = self.holder_of_token(authorization.removeprefix(_BEARER).strip())
        elif "signature-input" in request.headers:
            found, digests = await self._verify(request)
        else:
            raise _unknown("sign the request as in RFC 9421, or send an operator's token")
        self.slow_down(found)
        return found, digests

    def holder_of_token(self, token: str) -> Identity:
        """The operator's person with this token.

        Raises:
            Problem: no token in force is the same.
        """
        found = self._follow().tokens.get(token_digest(token))
        if found is None:
            raise _unknown("the token is not known")
        return found

    def holder(self, credential: str) -> Identity | None:
        """The person who holds a credential now, in the event loop; None where none does.

        Args:
            credential: that of an `Identity`.
        """
        return self._follow().holder(credential)

    def credential_of(self, side: str, person: str) -> str | None:
        """A credential that a person holds now, in the event loop; None where there is none."""
        return self._follow().credential_of(side, person)

    async def _verify(self, request: Request) -> tuple[Identity, Mapping[str, str]]:
        message, before = self._message(request), self._follow()
        usual = self._usual.check(message)
        if usual is not None:
            return before.keys[usual[0]][1], usual[1]
        try:
            if self._checks is None:
                key_id, digests = self._check.check(message)
            else:
                key_id, digests = await self._checks.check(message)
        except NotSigned as error:
            raise _unknown(str(error)) from None
        except Unavailable:
            detail = "the signature cannot be checked now"
            raise Problem(503, "Not ready", detail, headers={"Retry-After": "1"}) from None
        # Checked elsewhere meanwhile: the key must still be there, and the same.
        known, now = before.keys.get(key_id), self._follow().keys.get(key_id)
        if known is None or now is None or public_text(known[0]) != public_text(now[0]):
            raise _unknown("the key is not known")
        return now[1], digests

    def _message(self, request: Request) -> Message:
        # From the scope: the request's own URL object costs more than all else here.
        asked = request.scope["query_string"].decode("latin-1")
        query = f"?{asked}" if asked else ""
        path = request.scope.get("raw_path", b"").decode("ascii") or request.url.path
        lines = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in request.headers.raw
            if name not in _NEVER_COVERED
        ]
        return request.method, f"{self._base_url}{path}{query}", lines

    def slow_down(self, identity: Identity) -> None:
        """Apply the rate of the person, and twice that rate to all people of the participant.

        Raises:
            Problem: the rate is exceeded.
        """
        limits = [(f"{identity.side}\0{identity.person}", self._per_second, "one person")]
        if not identity.is_operator:
            limits.append((identity.side, 2 * self._per_second, "all people of a participant"))
        for name, per_second, whom in limits:
            with self._lock:
                bucket = self._buckets.get(name)
                if bucket is None:
                    bucket = self._buckets[name] = _Bucket(per_second, time.monotonic())
                wait = bucket.take(per_second, time.monotonic())
            if wait > 0:
                raise Problem(
                    429,
                    "Too many requests",
                    f"at most {per_second:g} requests a second of {whom}; send batches",
                    headers={"Retry-After": str(int(wait) + 1)},
                )


@attrs.define
class _Bucket:
    """A token bucket of requests that holds two seconds' worth."""

    left: float
    at: float

    def take(self, per_second: float, now: float) -> float:
        """Take one request; seconds to wait, 0 if it was available."""
        self.left = min(2 * per_second, self.left + (now - self.at) * per_second)
        self.at = now
        if self.left < 1:
            return (1 - self.left) / per_second
        self.left -= 1
        return 0.0


def _keys_of(access: Access) -> dict[str, Ed25519PublicKey]:
    return {key_id: key for key_id, (key, _) in access.keys.items()}


def _unknown(why: str) -> Problem:
    return Problem(401, "Not recognised", why, headers=_CHALLENGE)
