"""Routes that read their request themselves pass no layer of the application."""

import asyncio
import json
from typing import Any

import pytest
from fastapi import FastAPI

from skontro.service.api.app import make_app


def asked(app: FastAPI, method: str, path: str) -> tuple[int, dict[str, Any]]:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}
    asyncio.run(app(scope | {"client": ("192.0.2.7", 1)}, receive, send))
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.mark.parametrize(
    ("method", "path", "straight"),
    [
        ("POST", "/v1/orders", True),
        ("POST", "/v1/orders/batch", True),
        ("POST", "/v1/messages", True),
        ("POST", "/v1/links/statements", True),
        ("GET", "/v1/orders", False),
        ("POST", "/v1/orders/", False),
        ("PUT", "/v1/orders", False),
    ],
)
def test_each_is_answered_by_the_gate(method: str, path: str, straight: bool) -> None:
    app = make_app()
    status, problem = asked(app, method, path)
    assert (status, problem["detail"]) == (503, "the record is being replayed")
    assert (app.middleware_stack is None) == straight


def test_both_ways_have_the_same_gate() -> None:
    """So limits on strangers and on bodies in memory count both."""
    app = make_app()
    assert asked(app, "POST", "/v1/orders")[0] == 503
    gate = app._gate  # type: ignore[attr-defined]
    assert asked(app, "GET", "/v1/orders")[0] == 503
    found: Any = app.middleware_stack
    while type(found) is not type(gate):
        found = found.app
    assert found is gate
