"""Sign-in by OpenID Connect: authorization code with PKCE, and ID tokens checked with joserfc.

Sources: OpenID Connect Core 1.0, sections 3.1.2 to 3.1.3.7; Discovery 1.0; RFC 7636; RFC 9207.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

import attrs
import httpx
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from skontro.service.auth.oidc_settings import OidcSettings, is_safe_url

#: Seconds in which a person has signed in at the issuer, and sign-ins that wait for it.
ATTEMPT_SECONDS: Final = 600
MAX_ATTEMPTS: Final = 10_000
#: Seconds by which the clock of the issuer may differ.
LEEWAY_SECONDS: Final = 60
#: Seconds after which the issuer's description is read again; and, for an unknown key, the least.
DISCOVERY_SECONDS: Final = 3_600
ROTATION_SECONDS: Final = 10
#: Algorithms of signatures; none of them has a secret that this system would share.
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "Ed25519", "EdDSA")
_ANSWER_SECONDS: Final = 10.0
_MAX_BYTES: Final = 1_048_576
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class NotSignedInThere(Exception):  # noqa: N818  the fact is the name
    """The issuer does not say who this is, or what it says does not hold."""


class IssuerAway(Exception):  # noqa: N818  the fact is the name
    """The issuer does not answer, or not in the form of the standard."""


@attrs.frozen
class Attempt:
    """A sign-in that has begun.

    Attributes:
        browser: secret of the browser that began it; no other one ends the attempt.
        verifier: of PKCE.
        nonce: must be in the ID token.
        to: path to show then.
        ends: seconds of the clock.
    """

    browser: str
    verifier: str
    nonce: str
    to: str
    ends: float


@attrs.frozen
class _Issuer:
    """Description and keys of the issuer, and when they were read."""

    endpoints: dict[str, str]
    keys: KeySet
    read_at: float


class OpenIdClient:
    """Signs people in at one issuer; for the event loop's thread alone.

        url, browser = await client.begin("/orders", answer_url)
        person, to = await client.finish(query, browser, answer_url)

    Args:
        settings: of the issuer and its people.
        clock: gives seconds for time-outs.
        now: gives seconds since 1970 for the times in tokens.
    """

    def __init__(
        self,
        settings: OidcSettings,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self._clock, self._now = clock, now
        self._issuer: _Issuer | None = None
        self._http: httpx.AsyncClient | None = None
        #: By hash of the state, in the order in which they began.
        self._attempts: dict[bytes, Attempt] = {}

    async def begin(self, to: str, answer_url: str) -> tuple[str, str]:
        """Begin a sign-in: the URL at the issuer, and a secret for the browser alone.

        Args:
            to: path to show then.
            answer_url: to which the issuer sends the browser back.

        Raises:
            IssuerAway: it cannot be reached.
        """
        issuer = await self._description()
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        ends = self._clock() + ATTEMPT_SECONDS
        attempt = Attempt(secrets.token_urlsafe(32), verifier, secrets.token_urlsafe(32), to, ends)
        self._forget_old()
        if len(self._attempts) >= MAX_ATTEMPTS:
            del self._attempts[next(iter(self._attempts))]
        self._attempts[_digest(state)] = attempt
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": answer_url,
            "scope": "openid",
            "state": state,
            "nonce": attempt.nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        endpoint = issuer.endpoints["authorization_endpoint"]
        joint = "&" if "?" in endpoint else "?"
        return f"{endpoint}{joint}{urlencode(query)}", attempt.browser

    async def finish(
        self, query: dict[str, str], browser: str, answer_url: str
    ) -> tuple[tuple[str, str], str]:
        """Who has signed in, as side and person, and the path to show.

        Args:
            query: with which the issuer sent the browser back.
            browser: the secret that the browser keeps.
            answer_url: as for `begin`.

        Raises:
            NotSignedInThere: no person has, or a check fails.
            IssuerAway: it cannot be reached.
        """
        self._forget_old()
        key = _digest(query.get("state", ""))
        attempt = self._attempts.get(key)
        if attempt is None or not secrets.compare_digest(
            attempt.browser.encode(), browser.encode()
        ):
            raise NotSignedInThere("this sign-in did not begin here, or too long ago; begin again")
        del self._attempts[key]
        if query.get("iss", self.settings.issuer) != self.settings.issuer:
            raise NotSignedInThere("the answer comes from another issuer")
        if "error" in query or not query.get("code"):
            raise NotSignedInThere("the issuer has not signed this person in")
        token = await self._exchange(query["code"], attempt.verifier, answer_url)
        subject = await self._subject(token, attempt.nonce)
        found = self.settings.people.get(subject)
        if found is None:
            raise NotSignedInThere(f"oidc.json names no person for the subject {subject!r}")
        return found, attempt.to

    def _forget_old(self) -> None:
        now = self._clock()
        for key in [key for key, one in self._attempts.items() if one.ends <= now]:
            del self._attempts[key]

    async def _exchange(self, code: str, verifier: str, answer_url: str) -> str:
        """The ID token for a code."""
        issuer, settings = await self._description(), self.settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": answer_url,
            "client_id": settings.client_id,
            "code_verifier": verifier,
        }
        if settings.client_secret is not None:
            form["client_secret"] = settings.client_secret
        answer = await self._send("POST", issuer.endpoints["token_endpoint"], form)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise NotSignedInThere("the issuer gives no ID token for this code")
        return token

    async def _subject(self, token: str, nonce: str) -> str:
        """The subject of an ID token, all of whose checks hold."""
        checks = jwt.JWTClaimsRegistry(
            now=int(self._now()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = (await self._decoded(token)).claims
            checks.validate(claims)
        except (JoseError, ValueError) as error:
            raise NotSignedInThere(f"the ID token does not hold: {error}") from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self.settings.client_id) != (
            self.settings.client_id
        ):
            raise NotSignedInThere("the ID token is for another client")
        return str(claims["sub"])

    async def _decoded(self, token: str) -> jwt.Token:
        """The token with its signature checked; a key that is new there is read once."""
        issuer = await self._description()
        try:
            return jwt.decode(token, issuer.keys, algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            if self._clock() - issuer.read_at < ROTATION_SECONDS:
                raise
        issuer = await self._description(again=True)
        return jwt.decode(token, issuer.keys, algorithms=ALGORITHMS)

    async def _description(self, *, again: bool = False) -> _Issuer:
        now, known = self._clock(), self._issuer
        if known is not None and not again and now - known.read_at < DISCOVERY_SECONDS:
            return known
        base = self.settings.issuer.rstrip("/")
        found = await self._send("GET", f"{base}/.well-known/openid-configuration")
        if found.get("issuer") != self.settings.issuer:
            raise IssuerAway("the issuer names itself otherwise than oidc.json")
        for name in _ENDPOINTS:
            if not is_safe_url(found.get(name)):
                raise IssuerAway(f"the issuer's {name} is no URL with TLS")
        endpoints = {name: str(found[name]) for name in _ENDPOINTS}
        try:
            keys = KeySet.import_key_set(await self._send("GET", endpoints["jwks_uri"]))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError, AttributeError):
            raise IssuerAway("the issuer's keys cannot be read") from None
        self._issuer = _Issuer(endpoints, keys, now)
        return self._issuer

    async def _send(
        self, method: str, url: str, form: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """A JSON object from the issuer; no redirection is followed."""
        if self._http is None:
            limits = httpx.Limits(max_keepalive_connections=0)
            self._http = httpx.AsyncClient(timeout=_ANSWER_SECONDS, limits=limits)
        try:
            async with self._http.stream(method, url, data=form) as response:
                body = bytearray()
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > _MAX_BYTES:
                        raise IssuerAway("the issuer's answer is too long")
            if response.status_code == 400 and form is not None:
                raise NotSignedInThere("the issuer does not accept the code")
            found = httpx.Response(response.status_code, content=bytes(body)).json()
        except (httpx.HTTPError, ValueError):
            raise IssuerAway("the issuer does not answer in the form of the standard") from None
        if not response.is_success or not isinstance(found, dict):
            raise IssuerAway(f"the issuer answers {response.status_code}")
        return found


@attrs.define(eq=False)
class OpenIdSignIn:
    """The issuer in use, which settings read again may change or take away.

        sign_in = OpenIdSignIn()
        sign_in.use(read_oidc(folder))

    Attributes:
        client: signs people in; None where no issuer is configured.
    """

    client: OpenIdClient | None = None

    def use(self, settings: OidcSettings | None) -> None:
        """Sign people in by these settings from now on; None ends it.

        Sign-ins under way can be finished if issuer and client stay the same.
        """
        known = self.client
        if (
            known is not None
            and settings is not None
            and (known.settings.issuer, known.settings.client_id)
            == (settings.issuer, settings.client_id)
        ):
            known.settings = settings
        else:
            self.client = None if settings is None else OpenIdClient(settings)


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
