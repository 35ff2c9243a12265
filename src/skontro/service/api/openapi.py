"""The OpenAPI document of the service: FastAPI's output from the routes, and additions to it.

FastAPI does not know the permitted callers of a route, the errors of the layers around it, or the
bodies of routes that read their request themselves. Examples are in `openapi_examples.json`.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from skontro.service.api.cycle_schemas import ObligationIn
from skontro.service.api.link_payment_schemas import LinkPaymentIn
from skontro.service.api.link_schemas import EnvelopeIn, LinkIn
from skontro.service.api.order_schemas import OrderIn, OrdersIn
from skontro.service.api.parameters import (
    IDEMPOTENCY_KEY,
    KEY_CHARACTERS,
    KEY_DESCRIPTION,
    KEY_PATTERN,
)
from skontro.service.api.service_context import identity_of, participant_of
from skontro.service.api.system_schemas import ProblemOut
from skontro.service.tables.transfer import FORMS

Document = dict[str, Any]

TITLE: Final = "Skontro"
DESCRIPTION: Final = """Settlement of payments between countries in their own currencies.

Amounts are decimal text in the currency's unit, times RFC 3339 text, dates ISO 8601 text.
Participants sign their requests, operators send a token: see the security schemes. Every request
answered with success is durable. Errors are problem documents (RFC 9457); `reason` and
`reason_code` are those of the settlement rules."""

TAGS: Final = {
    "orders": "Transfer orders: submit, follow, change and cancel them; proof that they are kept.",
    "messages": "ISO 20022 messages: payments, requests to cancel and change, questions.",
    "accounts": "Settlement accounts: balances, queues, statements and reservations.",
    "four eyes": "Actions that one person proposes and another of the same side approves, by "
    "the hash of the document that both were shown.",
    "business day": "The business day and its participants.",
    "links": "Links with other systems: payment versus payment without an operator between them.",
    "policy rules": "Caps, eligible payments, velocity and structuring.",
    "cases": "Cases about orders: recalls, claims, investigations, and their deadlines.",
    "record": "The chain of signed batches in which everything is kept.",
    "pages": "The pages for people, which a browser opens at the service's URL.",
    "health": "Readiness and metrics, open to all callers that reach the port.",
}

_BASE_COMPONENTS: Final = (
    "Ed25519 signature of the request (RFC 9421) by one of the participant's people. "
    "`Signature-Input` names the covered components: `@method`, `@target-uri`, "
    "`idempotency-key` where the header is sent, and `content-digest` (RFC 9530, SHA-256) where "
    "there is a body; and the parameters `created` (seconds, not older than five minutes), `keyid` "
    "and, if stated, `alg` (`ed25519`)."
)
SECURITY_SCHEMES: Final[Document] = {
    "signature_input": {
        "type": "apiKey",
        "in": "header",
        "name": "Signature-Input",
        "description": f'{_BASE_COMPONENTS} Example: `pyhms=("@method" "@target-uri" '
        '"idempotency-key" "content-digest");created=1795521600;keyid="AAAAKZK0-1";'
        'alg="ed25519"`. Sent together with `Signature`, and with `Content-Digest` where there '
        "is a body.",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "Signature",
        "description": "Signature over the components that `Signature-Input` names, under the "
        "same label, in Base64: `pyhms=:…:`.",
    },
    "operator_token": {
        "type": "http",
        "scheme": "bearer",
        "description": "Token of one of the operator's people. The role `viewer` sees "
        "everything; `operator` also proposes and decides.",
    },
}
_PARTICIPANT: Final[Document] = {"signature_input": [], "signature": []}
_OPERATOR: Final[Document] = {"operator_token": []}

_STATUSES: Final = {
    400: "The body is not JSON, or a header is repeated.",
    401: "The caller is not recognised.",
    403: "The caller may not do this.",
    404: "It is not there, or the caller may not see it.",
    408: "The request did not arrive in time.",
    409: "The UETR or the Idempotency-Key was used for something else.",
    413: "The body is too large.",
    415: "The body is not sent as application/json.",
    422: "The request is refused, with the reason; or it does not have the described form.",
    429: "The caller asks too often, or too much waits to become durable; nothing was taken.",
    431: "The headers are too large.",
    500: "The request failed; the log of the service says why.",
    503: "The service is not ready, or it is not known whether the request was recorded: send it "
    "again.",
}
#: Errors of every route that recognises its caller.
_OF_CALLERS: Final = (400, 401, 408, 413, 415, 429, 431, 500, 503)
_RETRY_AFTER: Final[Document] = {
    "description": "Seconds after which to try again.",
    "schema": {"type": "string", "pattern": "^[0-9]+$"},
}
_CHALLENGE: Final[Document] = {
    "description": "How to be recognised.",
    "schema": {"type": "string"},
}
_HEADERS: Final[dict[int, Document]] = {
    401: {"WWW-Authenticate": _CHALLENGE},
    429: {"Retry-After": _RETRY_AFTER},
    503: {"Retry-After": _RETRY_AFTER},
}
_NO_EXAMPLES: Final[Document] = {"requests": {}, "answers": {}}
_SCHEMAS: Final = "#/components/schemas/"
_XML: Final = "application/xml"
_MESSAGE: Final[Document] = {"$ref": f"{_SCHEMAS}Message"}
#: A message is described by its own schema, published by ISO 20022.
_MESSAGE_SCHEMA: Final[Document] = {
    "type": "string",
    "title": "Message",
    "description": "An ISO 20022 message as XML in UTF-8, with or without a business header "
    "(head.001) and an envelope; the schemas of ISO 20022 describe it.",
}


def problems(*statuses: int, by_callers: bool = True) -> dict[int | str, Document]:
    """The errors of a route, for its `responses`.

    Args:
        statuses: specific to the route.
        by_callers: whether it authenticates its caller, and so has the errors of all such routes.
    """
    documented = {*statuses, *(_OF_CALLERS if by_callers else ())}
    return {status: _problem(status) for status in sorted(documented)}


def takes(shape: type[BaseModel], *tables: str) -> Document:
    """`openapi_extra` of a participants' route that reads its request itself.

    Args:
        shape: of its JSON.
        tables: media types of tables that it takes too.
    """
    schema = {"$ref": _SCHEMAS + shape.__name__}
    key = {
        "name": IDEMPOTENCY_KEY,
        "in": "header",
        "required": False,
        "description": KEY_DESCRIPTION,
        "schema": {
            "type": "string",
            "pattern": KEY_PATTERN,
            "minLength": 1,
            "maxLength": KEY_CHARACTERS,
        },
        "example": "7d0f4c1e-1f63-4b0c-9d57-3d2c0f7f1a10",
    }
    content: Document = {"application/json": {"schema": schema}}
    content |= {one: {"schema": {"type": "string", "format": "binary"}} for one in tables}
    body = {"required": True, "content": content}
    return {"requestBody": body, "parameters": [key], "security": [_PARTICIPANT]}


def takes_from_peers(shape: type[BaseModel]) -> Document:
    """`openapi_extra` of the route of other systems, which reads its request itself."""
    schema = {"$ref": _SCHEMAS + shape.__name__}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"requestBody": body, "security": []}


def takes_message() -> Document:
    """`openapi_extra` of the participants' route for messages, which reads its request itself."""
    body = {"required": True, "content": {_XML: {"schema": _MESSAGE}}}
    return {"requestBody": body, "security": [_PARTICIPANT]}


def message_answers() -> dict[int | str, Document]:
    """The answers of the route for messages that are messages themselves."""
    return {
        200: _message("The request was handled: camt.029, camt.025, pacs.002, or what was asked."),
        201: _message(
            "The first outcome of the orders is durable: pacs.002, camt.025 or fxtr.017."
        ),
        409: _message("The message id or a UETR was used before: pacs.002; nothing was taken."),
        415: _problem(415) | {"description": "The body is not sent as application/xml."},
        422: _message("The message is refused: pacs.002, camt.025, admi.002 or admi.007."),
    }


def gives_message() -> dict[int | str, Document]:
    """The success of a route that answers with a message."""
    link = {"description": "Path of the next page.", "schema": {"type": "string"}}
    return {200: _message("The message.") | {"headers": {"Link": link}}}


def gives_one_message() -> dict[int | str, Document]:
    """The success of a route that answers with a message, without further pages."""
    return {200: _message("The message.")}


def _message(description: str) -> Document:
    return {"description": description, "content": {_XML: {"schema": _MESSAGE}}}


def use_routers(app: FastAPI, *routers: APIRouter) -> None:
    """Add the routes and their complete document to an application."""
    for router in routers:
        app.include_router(router)

    def openapi() -> Document:  # FastAPI asks to be extended so
        if app.openapi_schema is None:
            app.openapi_schema = make_document(app, routers)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def make_document(app: FastAPI, routers: Sequence[APIRouter]) -> Document:
    """The OpenAPI 3.1 document of an application that has these routers."""
    document = get_openapi(
        title=TITLE,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        license_info={"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/", "description": "The service that gave this document."}],
    )
    components = document["components"]
    components["securitySchemes"] = SECURITY_SCHEMES
    _add_schemas(
        components["schemas"],
        OrderIn,
        OrdersIn,
        ProblemOut,
        LinkIn,
        LinkPaymentIn,
        ObligationIn,
        EnvelopeIn,
    )
    components["schemas"]["Message"] = _MESSAGE_SCHEMA
    examples = json.loads(
        files(__package__).joinpath("openapi_examples.json").read_text(encoding="utf-8")
    )
    callers = {
        route.operation_id: _callers(route.dependant)
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute)
    }
    for item in document["paths"].values():
        if "get" in item:  # its body is ignored
            item["get"]["responses"].pop("415", None)
    for operation in (one for item in document["paths"].values() for one in item.values()):
        _split_description(operation)
        operation.setdefault("security", callers[operation["operationId"]])
        _add_examples(operation, examples)
    return document


def _problem(status: int) -> Document:
    schema = {"$ref": f"{_SCHEMAS}{ProblemOut.__name__}"}
    answer: Document = {
        "description": _STATUSES[status],
        "content": {"application/problem+json": {"schema": schema}},
    }
    if status in _HEADERS:
        answer["headers"] = _HEADERS[status]
    return answer


def _add_schemas(schemas: Document, *shapes: type[BaseModel]) -> None:
    """Add schemas that no route declares to FastAPI, and their parts."""
    mode: Any = "validation"
    _, found = models_json_schema(
        [(shape, mode) for shape in shapes], ref_template=_SCHEMAS + "{model}"
    )
    for name, schema in found["$defs"].items():
        schemas.setdefault(name, schema)


def _split_description(operation: Document) -> None:
    """Split a route's description into its first sentence and the rest."""
    first, _, rest = operation["description"].partition("\n\n")
    operation["summary"] = " ".join(first.split()).rstrip(".")
    operation["description"] = rest or first


def _callers(dependant: Dependant) -> list[Document]:
    """The permitted callers of a route, by its dependencies."""
    calls = set(_calls(dependant))
    if participant_of in calls:
        return [_PARTICIPANT]
    return [_PARTICIPANT, _OPERATOR] if identity_of in calls else []


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for one in dependant.dependencies:
        if one.call is not None:
            yield one.call
        yield from _calls(one)


def _add_examples(operation: Document, examples: Document) -> None:
    """Add examples of the operation's request and success, and of problems by status."""
    own = examples["operations"].get(operation["operationId"], _NO_EXAMPLES)
    if "requestBody" in operation:
        _exemplify(operation["requestBody"]["content"], own["requests"])
    for status, answer in operation["responses"].items():
        if _XML in answer["content"]:  # of several statuses; the names begin with them
            named = {n: one for n, one in own["answers"].items() if n.startswith(f"{status} ")}
            _exemplify(answer["content"], named)
        elif status.startswith("2"):
            _exemplify(answer["content"], own["answers"])
        else:
            _exemplify(answer["content"], examples["problems"].get(status, {}))


def _exemplify(content: Document, examples: Document) -> None:
    if not examples:
        return  # a new operation: the session that records examples reads this document
    for media_type, media in content.items():
        if media_type not in FORMS:  # tables have no example in JSON
            media["examples"] = {name: {"value": value} for name, value in examples.items()}
