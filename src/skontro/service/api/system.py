"""Routes of the system: the business day, the record, health."""

from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from skontro.model import timestamp_text
from skontro.service import metrics
from skontro.service.api.openapi import problems
from skontro.service.api.parameters import FirstBatch, LinkCount
from skontro.service.api.problems import Problem
from skontro.service.api.read_limits import DATABASE_UNITS
from skontro.service.api.service_context import (
    Anyone,
    TheContext,
)
from skontro.service.api.system_schemas import (
    DayOut,
    HeadOut,
    LinksOut,
    LiveOut,
    ParticipantsOut,
    ReadyOut,
)
from skontro.service.sequencer.requests import View

router = APIRouter(prefix="/v1")
open_router = APIRouter(tags=["health"])


@router.get(
    "/day",
    operation_id="get_business_day",
    response_model=DayOut,
    responses=problems(),
    tags=["business day"],
)
async def show_day(_identity: Anyone, context: TheContext) -> dict[str, Any]:
    """Show the phase of the business day and its next steps."""
    view = context.sequencer.view
    lists = view.screening_lists
    return {
        "date": view.date,
        "phase": view.phase.name.lower(),
        "currencies": {code: phase.name.lower() for code, phase in view.phases.items()},
        "steps": [
            {"due": timestamp_text(step.due), "kind": str(step.kind)}
            | ({"currency": step.currency} if step.currency else {})
            for step in view.steps
        ],
        "as_of": timestamp_text(max(view.time, 0)),
        "queued_orders": view.queued,
        "held_orders": view.held,
        "warehoused_orders": view.warehoused,
        "orders_held_for_screening": view.screening_holds,
        "screening": view.screening.to_document(),
        "screening_lists": None if lists is None else lists.named(),
        "suspended": list(view.suspended),
    }


@router.get(
    "/participants",
    operation_id="list_participants",
    response_model=ParticipantsOut,
    responses=problems(),
    tags=["business day"],
)
async def list_participants(_identity: Anyone, context: TheContext) -> dict[str, Any]:
    """List all current and former participants, with the currencies of their accounts."""
    return {"participants": participants_out(context.sequencer.view)}


def participants_out(view: View, prefix: str = "") -> list[dict[str, Any]]:
    """Participants as the API shows them.

    Args:
        view: of the system.
        prefix: only those whose BIC begins so.
    """
    currencies: dict[str, list[str]] = {}
    for account in view.directory.accounts:
        currencies.setdefault(account.bic, []).append(account.currency.code)
    return [
        {
            "bic": one.bic,
            "name": one.name,
            "country": one.country.alpha3,
            "lei": one.lei,
            "status": _status(view, one.bic),
            "currencies": currencies.get(one.bic, []),
        }
        for one in view.directory.participants
        if one.bic.startswith(prefix)
    ]


def _status(view: View, bic: str) -> str:
    if bic in view.left:
        return "left"
    return "suspended" if bic in view.suspended else "active"


@router.get(
    "/record/head",
    operation_id="get_record_head",
    response_model=HeadOut,
    responses=problems(),
    tags=["record"],
)
async def show_head(_identity: Anyone, context: TheContext) -> dict[str, Any]:
    """Show the last durable batch. Once published, it protects all earlier batches."""
    view = context.sequencer.view
    return {
        "batch": view.batch,
        "time": timestamp_text(max(view.time, 0)),
        "hash": view.hash.hex(),
        "signature": view.signature.hex(),
        "public_key": context.public_key,
    }


@router.get(
    "/record/links",
    operation_id="list_record_links",
    response_model=LinksOut,
    responses=problems(422),
    tags=["record"],
)
async def show_links(
    identity: Anyone,
    context: TheContext,
    first: FirstBatch,
    limit: LinkCount = 1_000,
) -> dict[str, Any]:
    """Show the hashes of batches from one on: they lead from a receipt to a later head."""
    last = min(first + limit - 1, context.sequencer.view.batch)
    async with context.history.limits.turn(identity, DATABASE_UNITS + limit / 10):
        links = await anyio.to_thread.run_sync(context.history.links, first, last)
    return {"links": links}


@open_router.get("/health/live", operation_id="get_liveness", response_model=LiveOut)
async def live() -> dict[str, str]:
    """Report that the process responds."""
    return {"status": "live"}


@open_router.get(
    "/health/ready",
    operation_id="get_readiness",
    response_model=ReadyOut,
    response_model_exclude_unset=True,
    responses=problems(500, 503, by_callers=False),
)
async def ready(context: TheContext) -> dict[str, str]:
    """Report readiness: the record is recovered, commits become durable, the clock is trusted.

    With `clock` it reports that the wall clock has jumped and is not followed.
    """
    why_not = context.readiness.why_not()
    if why_not is not None:
        raise Problem(503, "Not ready", why_not)
    trouble = context.sequencer.clock.trouble
    return {
        "status": "ready",
        **({"clock": trouble} if trouble else {}),
        "screening": _state_of(context.screening.lists),
        **({"links": shut} if (shut := context.peers.why_shut()) else {}),
    }


def _state_of(lists: str | None) -> str:
    if lists is None:
        return "off"
    return "ready" if lists else "no engine is ready with the agreed lists; orders are not passed"


@open_router.get(
    "/metrics",
    operation_id="get_metrics",
    response_class=PlainTextResponse,
    responses=problems(500, 503, by_callers=False),
)
async def show_metrics(context: TheContext) -> Response:
    """Metrics for Prometheus."""
    metrics.WAITING.set(context.sequencer.waiting)
    metrics.show_view(context.sequencer.view)
    metrics.OLDEST_COMMIT_SECONDS.set(context.readiness.oldest_commit_seconds)
    context.peers.show_metrics()
    clock = context.sequencer.clock
    metrics.CLOCK_TRUSTED.set(clock.trouble is None)
    metrics.CLOCK_DEVIATION_SECONDS.set(clock.deviation / 1e6)
    return Response(generate_latest(metrics.REGISTRY), media_type=CONTENT_TYPE_LATEST)
