"""Handling of every request: authentication, then body, then route; all errors in one form.

Callers are authenticated by their headers before any byte of the body is read (a signature covers
the body's Content-Digest). So an unknown caller cannot make the service hold a body.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

import anyio.to_thread
import structlog
from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from skontro.files.json_reading import NotJsonError, read_json
from skontro.service import metrics
from skontro.service.api.parameters import media_type_of
from skontro.service.api.problems import Problem, answer_problem
from skontro.service.api.read_limits import Budget
from skontro.service.api.service_context import BODY, CALLER, MAX_BYTES, context_of
from skontro.service.auth.credentials import Identity
from skontro.service.auth.security_log import WATCHED, SecurityLog, key_id_claimed
from skontro.service.auth.signatures import NotSigned, check_digest
from skontro.service.tables.transfer import FORMS
from skontro.service.traces import TRACES

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Endpoint = Callable[[Request], Awaitable[Response]]

#: Paths of the application besides `/v1/`; all others are those of the pages, where there are any.
OPEN_PATHS: Final = ("/health/live", "/health/ready", "/metrics", "/openapi.json")
#: The path that takes XML; all others take JSON.
MESSAGES: Final = "/v1/messages"
#: The path that takes tables too.
BATCHES: Final = "/v1/orders/batch"
#: The route of other systems, which their proofs identify, and most bytes of its bodies.
PEERS: Final = ("POST", "/v1/links/statements")
MAX_PEER_BYTES: Final = 2**20
_A_PEER: Final = Identity("", "peers", -1, "peer")
#: Bytes of bodies that are held at one time: of all callers, and of one side.
MAX_HELD: Final = 256 * 2**20
MAX_HELD_OF_SIDE: Final = 64 * 2**20
#: "Too many requests" and "not recognised"; and how long a caller waits for the one answer, or
#: the other where its address asks often: more than so many times a second, and at once.
_TOO_MANY: Final = 429
_STRANGER: Final = 401
_SECONDS_TO_REFUSE: Final = 0.5
_STRANGERS_A_SECOND, _STRANGERS_AT_ONCE = 20, 500
#: Addresses of strangers that are remembered.
_MAX_ADDRESSES: Final = 10_000
#: In the place of a status, where the caller went away before there was one.
_GONE: Final = 499
#: A digest of more bytes than this is computed in a thread.
_LONG: Final = 65_536
#: Header fields that must not come twice: a reader between could choose the other one.
_ONCE: Final = (b"authorization", b"content-digest", b"content-type", b"idempotency-key")

_log = structlog.get_logger("skontro.http")


class Gate:
    """Authenticates requests, passes them to the application, and counts and logs them.

    Args:
        owner: application whose state has the context.
        straight: routes that read their request themselves, by method and path. The application's
            layers would cost as much again as the rest of such a request.
        pages: the application of the pages for people, or None.
    """

    def __init__(
        self,
        owner: FastAPI,
        straight: Mapping[tuple[str, str], Endpoint],
        pages: Application | None = None,
    ) -> None:
        self._owner, self._straight, self._pages = owner, straight, pages
        self._app: Application
        self._held: dict[str, int] = {}
        self._strangers: dict[str, Budget] = {}

    def before(self, app: Application) -> "Gate":
        """Put the gate before an application, which gets all other routes."""
        self._app = app
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if status in WATCHED:
                    self._security.refused(status, **_facts(scope))
                if status == _TOO_MANY or (status == _STRANGER and self._is_flooding(scope)):
                    # Else a caller that continues at once takes nearly as much as one served.
                    await asyncio.sleep(_SECONDS_TO_REFUSE)
            await send(message)

        try:
            if TRACES.on:
                with TRACES.request(scope):
                    await self._answer(scope, receive, watched_send)
            else:
                await self._answer(scope, receive, watched_send)
        except ClientDisconnect:
            pass  # the caller is gone
        except Exception as error:
            if not isinstance(error, Problem):
                _log.exception("request failed", error=type(error).__name__)
            if not status:
                response = await answer_problem(Request(scope), error)
                await response(scope, receive, watched_send)
        finally:
            self._note(scope, status or _GONE, time.perf_counter() - started)

    @property
    def _security(self) -> SecurityLog:
        log: SecurityLog = self._owner.state.security
        return log

    def _is_flooding(self, scope: Scope) -> bool:
        """Whether an address sends too many unauthenticated requests, this one included."""
        address, now = str((scope.get("client") or ("",))[0]), time.monotonic()
        if len(self._strangers) >= _MAX_ADDRESSES:
            self._strangers.clear()
        budget = self._strangers.get(address)
        if budget is None:
            budget = Budget(_STRANGERS_A_SECOND, _STRANGERS_AT_ONCE, now)
            self._strangers[address] = budget
        flooding = budget.wait(now) > 0
        budget.spend(1)
        budget.left = max(budget.left, -_STRANGERS_A_SECOND)
        return flooding

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self._owner
        if not scope["path"].startswith("/v1/"):
            is_page = self._pages is not None and scope["path"] not in OPEN_PATHS
            await (self._pages if self._pages and is_page else self._app)(scope, receive, send)
            return
        request = Request(scope, receive)
        by_peer = (scope["method"], scope["path"]) == PEERS
        most = MAX_PEER_BYTES if by_peer else MAX_BYTES
        length = _content_length(request, most)
        _refuse_doubled(request)
        context = await context_of(request)
        identity, digests = _A_PEER, None
        if not by_peer:
            identity, digests = await context.authenticator.recognise(request)
        scope[CALLER] = identity
        held = _Held(self._held, identity.side, most)
        try:
            body = await _read(receive, held, length)
            await _check(body, digests)
            scope[BODY] = body
            straight = self._straight.get((scope["method"], scope["path"]))
            if body and scope["method"] in ("POST", "PUT"):
                _check_type(request)
            if straight is not None:
                response = await straight(request)
                await response(scope, receive, send)
                return
            if body:
                _check_json(body)
            await self._app(scope, _again(body, receive), send)
        finally:
            held.release()

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = _route(scope, self._straight)
        metrics.REQUESTS.labels(scope["method"], route, str(status)).inc()
        metrics.REQUEST_SECONDS.observe(seconds)
        level = "error" if status == 500 else "debug"
        getattr(_log, level)(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 3),
        )
        self._security.tick()


class _Held:
    """Bytes of one body, counted among all bodies in memory."""

    def __init__(self, held: dict[str, int], side: str, most: int = MAX_BYTES) -> None:
        self._held, self._side, self._size, self._most = held, side, 0, most

    def take(self, size: int) -> None:
        if size + self._size > self._most:
            raise _too_large(self._most)
        of_side = self._held.get(self._side, 0)
        if of_side + size > MAX_HELD_OF_SIDE or sum(self._held.values()) + size > MAX_HELD:
            detail = "too many large requests are under way; try again"
            raise Problem(429, "Too much at once", detail, headers={"Retry-After": "1"})
        self._size += size
        self._held[self._side] = of_side + size

    def release(self) -> None:
        left = self._held.get(self._side, 0) - self._size
        if left > 0:
            self._held[self._side] = left
        else:
            self._held.pop(self._side, None)


async def _read(receive: Receive, held: _Held, length: int | None) -> bytes:
    parts: list[bytes] = []
    more = length is None or length > 0
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part = message.get("body", b"")
        held.take(len(part))
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


async def _check(body: bytes, digests: Mapping[str, str] | None) -> None:
    """Check a body against its signed digest; operators' tokens cover none."""
    if digests is None or not (body or digests):
        return
    try:
        if len(body) > _LONG:
            await anyio.to_thread.run_sync(check_digest, digests, body)
        else:
            check_digest(digests, body)
    except NotSigned as error:
        raise Problem(
            401, "Not recognised", str(error), headers={"WWW-Authenticate": "Bearer"}
        ) from None


def _content_length(request: Request, most: int) -> int | None:
    """Length of the body; None where it is not stated.

    Raises:
        Problem: it exceeds the limit.
    """
    stated = request.headers.get("content-length")
    if stated is None:
        # Without either header a request has no body; in-process callers may still send one.
        return None
    length = int(stated) if stated.isascii() and stated.isdigit() else most + 1
    if length > most:
        raise _too_large(most)
    return length


def _too_large(most: int) -> Problem:
    detail = f"a body has at most {most} bytes"
    return Problem(413, "Too large", detail, headers={"Connection": "close"})


def _refuse_doubled(request: Request) -> None:
    names = [name for name, _ in request.headers.raw]
    for name in _ONCE:
        if names.count(name) > 1:
            raise Problem(400, "Header twice", f"send one {name.decode()} header")


def _check_type(request: Request) -> None:
    kind, path = media_type_of(request.headers.get("content-type", "")), request.scope["path"]
    form = "XML" if path == MESSAGES else "JSON"
    wanted = f"application/{form.lower()}"
    if kind != wanted and not (path == BATCHES and kind in FORMS):
        raise Problem(415, f"Not {form}", f"send the body as Content-Type: {wanted}")


def _check_json(body: bytes) -> None:
    try:
        read_json(body)
    except NotJsonError as error:
        raise Problem(400, "Not JSON", str(error)) from None


def _again(body: bytes, receive: Receive) -> Receive:
    """Replay a body that was already read."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def _route(scope: Scope, straight: Mapping[tuple[str, str], Endpoint]) -> str:
    """The route's pattern, never text chosen by a caller."""
    known = (scope["method"], scope["path"]) in straight
    return str(getattr(scope.get("route"), "path", scope["path"] if known else "none"))


def _facts(scope: Scope) -> dict[str, str | None]:
    headers = dict(scope["headers"])
    signature = headers.get(b"signature-input", b"").decode("latin-1")
    forwarded = headers.get(b"x-forwarded-for")
    identity: Identity | None = scope.get(CALLER)
    return {
        "address": (scope.get("client") or ("unknown", 0))[0],
        "method": scope["method"],
        "route": getattr(scope.get("route"), "path", None),
        "why": scope.get("skontro.why"),
        "key_id_claimed": key_id_claimed(signature),
        "forwarded_for_claimed": None if forwarded is None else forwarded.decode("latin-1"),
        "side": None if identity is None else identity.side,
        "person": None if identity is None else identity.person,
    }
