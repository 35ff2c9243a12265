"""The application of the pages: routes, files, errors as pages, headers of every response."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from skontro.service.api.problems import Problem
from skontro.web import (
    accounts,
    cases,
    cycles,
    forecast,
    held,
    links,
    messages,
    offsetting,
    orders,
    overview,
    pairs,
    proposals,
    render,
    sign_in,
    sign_in_oidc,
    what_if,
)
from skontro.web.forms import local_path
from skontro.web.live import LivePages
from skontro.web.sessions import Sessions
from skontro.web.viewer import NotSignedIn, language_of

#: All that a page needs comes from here, as files; a browser runs and fetches nothing else.
CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_FOR_EVER: Final = "public, max-age=31536000, immutable"

#: In this order: the first whose path fits answers.
ROUTERS: Final = (
    sign_in.router,
    sign_in_oidc.router,
    overview.router,
    held.router,  # before the orders, as the next: their paths would be of one order
    pairs.router,
    orders.router,
    cases.router,
    accounts.router,
    messages.router,
    links.router,
    cycles.router,
    offsetting.router,
    proposals.router,
    what_if.router,
    forecast.router,
)

_Scope = MutableMapping[str, Any]
_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


def make_pages(owner: FastAPI) -> FastAPI:
    """Make the application of the pages.

    Args:
        owner: the application whose state has the service's context.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.owner, app.state.sessions, app.state.live = owner, Sessions(), LivePages()
    for router in ROUTERS:
        app.include_router(router)
    app.add_api_route("/static/{version}/{name}", _static, methods=["GET"])
    app.add_exception_handler(NotSignedIn, _ask_to_sign_in)
    app.add_exception_handler(Problem, _show_problem)
    app.add_exception_handler(HTTPException, _show_http)
    app.add_exception_handler(RequestValidationError, _show_invalid)
    app.add_middleware(_Headers)
    return app


class _Headers:
    """Adds headers to every response."""

    def __init__(self, app: Callable[[_Scope, _Receive, _Send], Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        async def send_with_headers(message: _Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                more = _HEADERS | {"cache-control": "no-store"}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.encode(), value.encode())
                        for name, value in more.items()
                        if name.encode() not in given
                    ),
                ]
            await send(message)

        await self._app(scope, receive, send_with_headers)


async def _static(version: str, name: str) -> Response:
    """A script or style; its path names its content."""
    if name not in render.STATIC or render.static_path(name) != f"/static/{version}/{name}":
        raise Problem(404, "Not found", "there is no such file")
    headers = {"Cache-Control": _FOR_EVER}
    return Response(render.static_file(name), media_type=render.STATIC[name], headers=headers)


async def _ask_to_sign_in(request: Request, _error: Exception) -> Response:
    """Lead to the sign-in; parts of a page that wait for news get nothing more."""
    if request.headers.get("accept") == "text/event-stream":
        return Response(status_code=204)
    path = local_path(request.url.path) if request.method == "GET" else "/"
    return RedirectResponse("/sign-in" if path == "/" else f"/sign-in?to={path}", 303)


async def _show_problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        error = Problem(500, "Internal error", "the request failed; the log says why")
    request.scope["skontro.why"] = str(error)
    response = render.page(language_of(request), "problem.html.j2", error.status, problem=error)
    response.headers.update(error.headers)
    return response


async def _show_http(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        error = Problem(error.status_code, str(error.detail), "there is no such page")
    return await _show_problem(request, error)


async def _show_invalid(request: Request, error: Exception) -> Response:
    detail = "the address of the page cannot be read"
    if isinstance(error, RequestValidationError):
        named = sorted({str(one["loc"][-1]) for one in error.errors()[:10]})
        detail = f"{detail}: {', '.join(named)}"
    return await _show_problem(request, Problem(422, "Cannot be read", detail))
