"""The HTTP application: routes, errors as problems, limits, metrics and logs of requests."""

from collections.abc import Callable, Container
from contextlib import AbstractAsyncContextManager
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from skontro import __version__
from skontro.service.api import (
    account_messages,
    accounts,
    case_bundles,
    case_messages,
    case_statistics,
    cases,
    cycles,
    link_payments,
    links,
    messages,
    order_batches,
    orders,
    peer_statements,
    policy,
    proposals,
    sign_in,
    system,
    system_events,
)
from skontro.service.api.gate import MESSAGES, PEERS, Endpoint, Gate, Receive, Scope, Send
from skontro.service.api.openapi import TITLE, use_routers
from skontro.service.api.problems import Problem, answer_problem
from skontro.service.auth.security_log import SecurityLog

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

#: Makes the application of the pages for the one whose state has the context.
MakePages = Callable[[FastAPI], FastAPI]

#: Routes that read their request themselves.
_STRAIGHT: Final[dict[tuple[str, str], Endpoint]] = {
    ("POST", "/v1/orders"): orders.submit_order,
    ("POST", "/v1/orders/batch"): order_batches.submit_orders,
    ("POST", MESSAGES): messages.submit_message,
    ("POST", "/v1/links"): links.submit_link,
    ("POST", "/v1/links/payments"): link_payments.submit_payment,
    ("POST", "/v1/links/obligations"): cycles.submit_obligation,
    PEERS: peer_statements.take_statements,
}


def make_app(
    lifespan: Lifespan | None = None,
    security: SecurityLog | None = None,
    make_pages: MakePages | None = None,
) -> FastAPI:
    """Make the application; its state gets a `Context` after the record was recovered.

    Args:
        lifespan: what begins and ends with it.
        security: log of refusals.
        make_pages: makes the pages for people, at all other paths; None for the API alone.
    """
    app = _Application(
        title=TITLE,
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # those pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # a signature covers one address
    )
    use_routers(
        app,
        orders.router,
        order_batches.router,
        messages.router,
        accounts.router,
        account_messages.router,
        proposals.router,
        peer_statements.router,
        link_payments.router,
        cycles.router,
        links.router,
        policy.router,
        case_statistics.router,
        cases.router,
        case_messages.router,
        case_bundles.router,
        system.router,
        system_events.router,
        sign_in.router,
        system.open_router,
    )
    app.add_exception_handler(Problem, answer_problem)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.state.security = security or SecurityLog()
    pages = None if make_pages is None else make_pages(app)
    gate = Gate(app, _STRAIGHT, pages)
    app.straight_to(gate, _STRAIGHT)
    app.add_middleware(gate.before)
    return app


class _Application(FastAPI):
    """The application, with a way past its layers for routes that read their request themselves."""

    def straight_to(self, gate: Gate, routes: Container[tuple[str, str]]) -> None:
        """Give these routes, by method and path, to the gate at once; it answers all errors."""
        self._gate, self._routes = gate, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] == "http" and (scope["method"], scope["path"]) in self._routes:
            await self._gate(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


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
    detail = "the request does not have the form that the OpenAPI document describes"
    problem = Problem(422, "Request cannot be read", detail, None, errors)
    return await answer_problem(request, problem)
