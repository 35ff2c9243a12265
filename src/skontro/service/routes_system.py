"""Routes about the system: two persons, the business day, the record, health."""

from typing import Annotated, Any

import anyio.to_thread
import attrs
from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from skontro.conduct import OPERATOR, Act, ActKind, Person
from skontro.conduct.two_persons import OF_PARTICIPANTS
from skontro.model import moment_text
from skontro.service import metrics
from skontro.service.access import Identity
from skontro.service.context import (
    PROBLEMS,
    Anyone,
    Context,
    IdempotencyKey,
    TheContext,
    caller_of,
)
from skontro.service.problems import Problem
from skontro.service.read_limits import DATABASE_UNITS
from skontro.service.shapes import ActionIn, DayOut, HeadOut, ProposalsOut, RequestOut

router = APIRouter(prefix="/v1", responses=PROBLEMS)
open_router = APIRouter(tags=["health"])

Number = Annotated[int, Path(ge=0, le=2**53)]


@router.post("/proposals", status_code=201, response_model=RequestOut, tags=["two persons"])
async def propose(
    action: ActionIn, identity: Anyone, context: TheContext, idempotency_key: IdempotencyKey
) -> JSONResponse:
    """Propose something that takes two persons.

    Operators propose anything; participants' persons limits of their own accounts.
    """
    _may_decide(identity)
    if not identity.is_operator:
        allowed = action.kind in [str(kind) for kind in OF_PARTICIPANTS]
        if not allowed or action.participant != identity.side:
            raise Problem(403, "Not yours", "participants decide on limits of their own accounts")
    act = Act(ActKind.PROPOSE, _person(identity), context.desk.action(action))
    content = action.model_dump_json().encode()
    answer = await context.decide(caller_of(identity, idempotency_key, content), act)
    return JSONResponse(answer, 201)


@router.get("/proposals", response_model=ProposalsOut, tags=["two persons"])
async def list_proposals(identity: Anyone, context: TheContext) -> dict[str, Any]:
    """The open proposals of one's own side."""
    found = [
        {
            "number": one.number,
            "person": one.person.name,
            "proposed_at": moment_text(one.proposed_at),
            "action": _named(context, attrs.asdict(one.action)),
        }
        for one in context.sequencer.view.proposals
        if one.person.side == identity.side
    ]
    return {"proposals": found}


@router.post("/proposals/{number}/approval", response_model=RequestOut, tags=["two persons"])
async def approve(
    number: Number, identity: Anyone, context: TheContext, idempotency_key: IdempotencyKey
) -> dict[str, Any]:
    """Let a proposal of another person of one's side take effect."""
    return await _decide(context, identity, ActKind.APPROVE, number, idempotency_key)


@router.post("/proposals/{number}/rejection", response_model=RequestOut, tags=["two persons"])
async def reject(
    number: Number, identity: Anyone, context: TheContext, idempotency_key: IdempotencyKey
) -> dict[str, Any]:
    """Close a proposal of one's side, one's own too, without effect."""
    return await _decide(context, identity, ActKind.REJECT, number, idempotency_key)


@router.get("/day", response_model=DayOut, tags=["business day"])
async def show_day(_identity: Anyone, context: TheContext) -> dict[str, Any]:
    """Where the business day stands and what comes next."""
    view = context.sequencer.view
    return {
        "date": view.date,
        "phase": view.phase.name.lower(),
        "currencies": {code: phase.name.lower() for code, phase in view.phases.items()},
        "steps": [
            {"due": moment_text(step.due), "kind": str(step.kind)}
            | ({"currency": step.currency} if step.currency else {})
            for step in view.steps
        ],
        "as_of": moment_text(max(view.time, 0)),
        "queued_orders": view.queued,
        "held_orders": view.held,
        "warehoused_orders": view.warehoused,
        "suspended": list(view.suspended),
    }


@router.get("/participants", tags=["business day"])
async def list_participants(_identity: Anyone, context: TheContext) -> dict[str, Any]:
    """Everybody who takes part, named in full, and the currencies of their accounts."""
    directory = context.desk.directory
    return {
        "participants": [
            {
                "bic": one.bic,
                "name": one.name,
                "country": one.country.alpha3,
                "lei": one.lei,
                "currencies": [a.currency.code for a in directory.accounts if a.bic == one.bic],
            }
            for one in directory.participants
        ]
    }


@router.get("/record/head", response_model=HeadOut, tags=["record"])
async def show_head(_identity: Anyone, context: TheContext) -> dict[str, Any]:
    """The last durable batch: publish it, and nobody can change what came before."""
    view = context.sequencer.view
    return {
        "batch": view.batch,
        "time": moment_text(max(view.time, 0)),
        "hash": view.hash.hex(),
        "signature": view.signature.hex(),
        "public_key": context.public_key,
    }


@router.get("/record/links", tags=["record"])
async def show_links(
    identity: Anyone,
    context: TheContext,
    first: Annotated[int, Query(ge=0, le=2**53)],
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
) -> dict[str, Any]:
    """The hashes of batches from one on: they lead from a receipt to a later head."""
    last = min(first + limit - 1, context.sequencer.view.batch)
    async with context.history.limits.turn(identity, DATABASE_UNITS + limit / 10):
        links = await anyio.to_thread.run_sync(context.history.links, first, last)
    return {"links": links}


@open_router.get("/health/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@open_router.get("/health/ready", responses={503: PROBLEMS[503]})
async def ready(context: TheContext) -> dict[str, str]:
    """The record was recovered, and the database answers."""
    if not context.sequencer.writer.reachable:
        raise Problem(503, "Not ready", "the database does not answer")
    return {"status": "ready"}


@open_router.get("/metrics", response_class=PlainTextResponse)
async def show_metrics(context: TheContext) -> Response:
    """For Prometheus."""
    view = context.sequencer.view
    metrics.WAITING.set(context.sequencer.waiting)
    metrics.QUEUED.set(view.queued)
    metrics.HELD.set(view.held)
    metrics.WAREHOUSED.set(view.warehoused)
    metrics.HEAD.set(view.batch)
    return Response(generate_latest(metrics.REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _person(identity: Identity) -> Person:
    return Person(identity.person, OPERATOR if identity.is_operator else identity.side)


def _may_decide(identity: Identity) -> None:
    if identity.role == "viewer":
        raise Problem(403, "Not yours", "your role is to look only")


async def _decide(
    context: Context, identity: Identity, kind: ActKind, number: int, key: str
) -> dict[str, Any]:
    _may_decide(identity)
    act = Act(kind, _person(identity), proposal=number)
    caller = caller_of(identity, key, f"{kind} {number}".encode())
    return await context.decide(caller, act)


def _named(context: Context, action: dict[str, Any]) -> dict[str, Any]:
    """An action with names again in the place of account numbers."""
    accounts = context.desk.directory.accounts
    shown = {name: value for name, value in action.items() if value is not None}
    for name in ("account", "counterparty"):
        if name in shown:
            account = accounts[shown[name]]
            shown[name] = {"participant": account.bic, "currency": account.currency.code}
    return shown
