"""Drawn requests to the live application: no server's error, and answers as the document says."""

import datetime
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from skontro.service.api.app import make_app
from tests.service.systems import LiveSystem

pytestmark = pytest.mark.long

#: Whether a good request is accepted depends on the state, and so is asked elsewhere.
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
_SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", make_app())


@pytest.fixture(scope="module")
def system(system: LiveSystem) -> Iterator[LiveSystem]:
    """Its record must be whole when all that was drawn has come."""
    yield system
    assert system.verified().difference is None


@_SCHEMA.parametrize()
@settings(max_examples=15, derandomize=True, deadline=None, suppress_health_check=[*HealthCheck])
def test_whatever_comes_in_the_openapi_document_says_what_goes_out(
    case: schemathesis.Case, system: LiveSystem
) -> None:
    """As an operator, as two participants and as nobody, each time the same request."""
    callers = (system.operator(0), system.bank(0), system.bank(1, person=2), system.nobody())
    for client in callers:
        arguments = case.as_transport_kwargs(base_url="http://testserver")
        request = client.http.build_request(
            arguments["method"],
            arguments["url"],
            params=arguments.get("params"),
            headers=_sendable(arguments.get("headers") or {}),
            json=arguments.get("json"),
            content=arguments.get("data"),
        )
        answer = client.http.send(request)
        answer.elapsed = datetime.timedelta(0)
        assert answer.status_code != 500, answer.text
        case.validate_response(answer, checks=_CHECKS)


def _sendable(headers: dict[str, object]) -> dict[str, str]:
    """Headers that a client can send; who calls is not drawn, but said by the client."""
    found = {}
    for name, value in headers.items():
        text = str(value)
        drawn = name.lower() not in ("authorization", "signature", "signature-input")
        if drawn and text.isascii() and text.isprintable():
            found[name] = text.strip() or "x"
    return found
