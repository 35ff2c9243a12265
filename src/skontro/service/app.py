"""The HTTP application: routes, errors as problems, limits, metrics and logs of requests."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from skontro import __version__
from skontro.service import (
    metrics,
    routes_accounts,
    routes_orders,
    routes_proposals,
    routes_system,
)
from skontro.service.context import MOST_BYTES
from skontro.service.openapi import TITLE, use_routers
from skontro.service.problems import Problem, answer_problem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Endpoint = Callable[[Request], Awaitable[JSONResponse]]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

_log = structlog.get_logger("skontro.http")

#: Routes that read their request themselves.
_STRAIGHT: Final[dict[tuple[str, str], Endpoint]] = {
    ("POST", "/v1/orders"): routes_orders.submit_order,
    ("POST", "/v1/orders/batch"): routes_orders.submit_orders,
}


def make_app(lifespan: Lifespan | None = None) -> FastAPI:
    """The application; its state gets a `Context` when the record was recovered."""
    app = FastAPI(
        title=TITLE,
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # those pages load scripts from elsewhere
        redoc_url=None,
    )
    use_routers(
        app,
        routes_orders.router,
        routes_accounts.router,
        routes_proposals.router,
        routes_system.router,
        routes_system.open_router,
    )
    app.add_exception_handler(Problem, answer_problem)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_middleware(_Watch, owner=app)
    return app


async def _answer_http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        return await answer_problem(request, error)
    title = str(error.detail)
    headers = dict(error.headers or {})
    return await answer_problem(request, Problem(error.status_code, title, title, headers=headers))


async def _answer_invalid(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        return await answer_problem(request, error)
    errors = [
        {
            "pointer": "/" + "/".join(str(step) for step in one["loc"][1:]),
            "in": str(one["loc"][0]),
            "detail": one["msg"],
        }
        for one in error.errors()[:100]
    ]
    broken = any(one["type"] == "json_invalid" for one in error.errors())
    if broken:
        problem = Problem(400, "Not JSON", "the body is not JSON", None, errors)
    else:
        detail = "the request does not have the form that the OpenAPI document describes"
        problem = Problem(422, "Request cannot be read", detail, None, errors)
    return await answer_problem(request, problem)


async def _answer_straight(endpoint: Endpoint, scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    try:
        response = await endpoint(request)
    except Problem as problem:
        response = await answer_problem(request, problem)
    except Exception as error:
        _log.exception("request failed", error=str(error))
        response = await answer_problem(request, error)
    await response(scope, receive, send)


class _Watch:
    """Refuses bodies that are too large; counts and logs every request, never what it carries.

    Sends the two routes of orders on their straight way: what the application's layers would add
    costs as much as the rest of it.
    """

    def __init__(self, app: Application, owner: FastAPI) -> None:
        self._app, self._owner = app, owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, taken = time.perf_counter(), 500, 0

        async def watched_receive() -> MutableMapping[str, Any]:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MOST_BYTES:
                raise Problem(413, "Too large", f"a body has at most {MOST_BYTES} bytes")
            return message

        async def watched_send(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        straight = _STRAIGHT.get((scope["method"], scope["path"]))
        try:
            if straight is None:
                await self._app(scope, watched_receive, watched_send)
            else:
                scope["app"] = self._owner
                await _answer_straight(straight, scope, watched_receive, watched_send)
        finally:
            path = "none" if straight is None else scope["path"]
            route = getattr(scope.get("route"), "path", path)
            seconds = time.perf_counter() - started
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
