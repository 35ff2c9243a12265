"""Routes of orders."""

from typing import Any

import anyio.to_thread
import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic_core import to_json

from skontro.engine import CommandKind, Commands, command, to_records
from skontro.ledger.order_records import STATUSES, OrderPage
from skontro.model import NO_DIGEST, OrderStatus, PaymentClass, ReasonCode, to_timestamp
from skontro.service.api.openapi import problems, takes
from skontro.service.api.order_schemas import (
    ClassIn,
    EntryOut,
    OrderIn,
    OrderOut,
    OrdersOut,
    PositionIn,
    TimesIn,
)
from skontro.service.api.order_submission import read_submission, submit
from skontro.service.api.parameters import IdempotencyKey, PageSize, PageStart, Statuses, UetrInPath
from skontro.service.api.problems import not_found, refused
from skontro.service.api.read_limits import (
    DATABASE_UNITS,
    LOOKS_PER_UNIT,
    PAGE_UNITS,
    json_response,
)
from skontro.service.api.service_context import (
    Anyone,
    ByParticipant,
    Context,
    TheContext,
    kind_of_move,
    own_order,
    visible_order,
)
from skontro.service.api.system_schemas import ReceiptOut, RequestOut
from skontro.service.api.waiting_reasons import explain, orders_out
from skontro.service.auth.credentials import Identity
from skontro.service.sequencer.idempotency import caller_of

router = APIRouter(prefix="/v1/orders", tags=["orders"])

#: Hashes that cost as much as one order.
_HASHES_PER_UNIT = 10


@router.post(
    "",
    operation_id="submit_order",
    status_code=201,
    response_model=EntryOut,
    responses=problems(400, 403, 409, 422),
    openapi_extra=takes(OrderIn),
)
async def submit_order(request: Request) -> JSONResponse:
    """Submit one order; it is answered when its first outcome is durable.

    The same order again gets the same response; another order with its UETR is a conflict.
    """
    # Every single order passes here, so there is nothing beyond its needs.
    context, identity, body, idempotency_key = await read_submission(request)
    read = context.mapper.reader.read_one(body, identity)
    caller = caller_of(identity, idempotency_key, to_records(read.commands).tobytes())
    (record,) = await submit(context, caller, read.commands, read.details)
    return JSONResponse(context.mapper.entry_out(record), 201)


@router.get("", operation_id="list_orders", response_model=OrdersOut, responses=problems(422))
async def list_orders(
    identity: Anyone,
    context: TheContext,
    status: Statuses = None,
    after: PageStart = 0,
    limit: PageSize = 100,
) -> Response:
    """List orders in the order of submission; a page may be short although more follow.

    Each matching order is on exactly one page, with its status at the time of reading.
    """
    order_index, mapper = context.mapper.order_index, context.mapper
    accounts = None if identity.is_operator else mapper.accounts_of(identity.side)

    limits = context.history.limits

    def look() -> OrderPage:
        page = order_index.page(accounts, status or (), after, limit)
        limits.charge(identity, len(page.orders) + page.looked_at / LOOKS_PER_UNIT)
        return page

    def write() -> bytes:
        orders = orders_out(context, identity, explained)
        return to_json({"orders": orders, "next": page.following})

    async with limits.turn(identity, PAGE_UNITS):
        page = await anyio.to_thread.run_sync(look)
        explained = await explain(context, page.indices)
        return json_response(await anyio.to_thread.run_sync(write))


@router.get(
    "/{uetr}", operation_id="get_order", response_model=OrderOut, responses=problems(404, 422)
)
async def show_order(uetr: UetrInPath, identity: Anyone, context: TheContext) -> dict[str, Any]:
    """Show one order with its status and, if it waits, the reason."""
    visible_order(context, identity, uetr)
    explained = await explain(context, np.array([context.mapper.index_of(uetr)], np.int64))
    (order,) = orders_out(context, identity, explained)
    return order | await _texts_of(context, identity, explained.orders[0])


async def _texts_of(context: Context, identity: Identity, record: Any) -> dict[str, Any]:  # noqa: ANN401
    """Details of an order, and for the operator the evidence of its screening."""
    history, batch, position = context.history, int(record["batch"]), int(record["position"])
    has_details = record["details"].tobytes() != NO_DIGEST
    if not (has_details or (identity.is_operator and record["screening"])):
        return {}

    def look() -> dict[str, Any]:
        found = history.texts_of(batch, position)
        shown = found if identity.is_operator else {"details": found.get("details")}
        history.limits.charge(identity, 1)
        return shown

    async with history.limits.turn(identity, DATABASE_UNITS):
        return await anyio.to_thread.run_sync(look)


@router.get(
    "/{uetr}/receipt",
    operation_id="get_receipt",
    response_model=ReceiptOut,
    responses=problems(404, 422),
)
async def show_receipt(uetr: UetrInPath, identity: Anyone, context: TheContext) -> Response:
    """Prove that the request with this order is in the record; `skontro receipt` checks the proof.

    Orders submitted in the same request are part of the proof.
    """
    order = visible_order(context, identity, uetr)
    payer = context.mapper.directory.accounts[int(order["payer"])].bic
    if not identity.is_operator and identity.side != payer:
        raise not_found(f"no receipt of order {uetr} for you; it is its payer's")
    batch, position = int(order["batch"]), int(order["position"])
    history = context.history

    def read() -> bytes:
        proof = history.proof(batch)
        if proof is None:
            proof = history.read_proof(batch)
            history.limits.charge(identity, proof.size / _HASHES_PER_UNIT)
        request = proof.request_of(position)
        if request is None:
            raise not_found(f"the record has no request for order {uetr}")
        return to_json(proof.receipt(request, context.public_key))

    async with history.limits.turn(identity, DATABASE_UNITS):
        return json_response(await anyio.to_thread.run_sync(read))


@router.post(
    "/{uetr}/cancellation",
    operation_id="cancel_order",
    response_model=RequestOut,
    responses=problems(403, 404, 409, 422),
)
async def cancel_order(
    uetr: UetrInPath, identity: ByParticipant, context: TheContext, idempotency_key: IdempotencyKey
) -> dict[str, Any]:
    """Cancel an order that is not final."""
    order = own_order(context, identity, uetr)
    if _is_outside(order):
        request = command(CommandKind.CANCEL, 0, uetr=order["uetr"].tobytes())
    else:
        request = _about(order, CommandKind.CANCEL)
    return await _request(context, identity, idempotency_key, f"cancel {uetr}", request)


@router.put(
    "/{uetr}/payment-class",
    operation_id="change_payment_class",
    response_model=RequestOut,
    responses=problems(400, 403, 404, 409, 422),
)
async def change_class(
    uetr: UetrInPath,
    change: ClassIn,
    identity: ByParticipant,
    context: TheContext,
    idempotency_key: IdempotencyKey,
) -> dict[str, Any]:
    """Change the class of a waiting order."""
    order = own_order(context, identity, uetr)
    payment_class = PaymentClass[change.payment_class.upper()]
    request = _about(order, CommandKind.CHANGE_CLASS, payment_class=int(payment_class))
    content = f"class {uetr} {change.payment_class}"
    return await _request(context, identity, idempotency_key, content, request)


@router.put(
    "/{uetr}/times",
    operation_id="change_times",
    response_model=RequestOut,
    responses=problems(400, 403, 404, 409, 422),
)
async def change_times_of_order(
    uetr: UetrInPath,
    change: TimesIn,
    identity: ByParticipant,
    context: TheContext,
    idempotency_key: IdempotencyKey,
) -> dict[str, Any]:
    """Change the times between which a waiting order may settle."""
    given = {"earliest": change.earliest_at, "latest": change.latest_at}
    times = {name: to_timestamp(time) for name, time in given.items() if time is not None}
    request = _about(own_order(context, identity, uetr), CommandKind.CHANGE_TIMES, **times)
    content = f"times {uetr} {times}"
    return await _request(context, identity, idempotency_key, content, request)


@router.put(
    "/{uetr}/position",
    operation_id="move_order",
    response_model=RequestOut,
    responses=problems(400, 403, 404, 409, 422),
)
async def move_order(
    uetr: UetrInPath,
    change: PositionIn,
    identity: ByParticipant,
    context: TheContext,
    idempotency_key: IdempotencyKey,
) -> dict[str, Any]:
    """Move a queued order to the front or the end of its class."""
    request = _about(own_order(context, identity, uetr), kind_of_move(change.position))
    content = f"move {uetr} {change.position}"
    return await _request(context, identity, idempotency_key, content, request)


def _is_outside(order: Any) -> bool:  # noqa: ANN401  a record
    """Whether the order waits outside the engine: warehoused, or held without a number."""
    status = STATUSES[int(order["status"])]
    return status == "warehoused" or (status == OrderStatus.HELD and int(order["number"]) < 0)


def _about(order: Any, kind: CommandKind, **fields: int) -> Commands:  # noqa: ANN401  a record
    number = int(order["number"])
    if number < 0:
        refusal = ReasonCode.ORDER_FINAL
        if _is_outside(order):
            refusal = ReasonCode.ORDER_NOT_QUEUED
        raise refused(refusal)
    return command(kind, 0, order=number, **fields)


async def _request(
    context: Context, identity: Anyone, key: str, content: str, request: Commands
) -> dict[str, Any]:
    return await context.request(caller_of(identity, key, content.encode()), request)
