"""The route of ISO 20022 messages."""

from typing import Final

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from skontro.engine import Commands, to_records
from skontro.messages.message_read import MessageRead
from skontro.service.api.message_answers import duplicate, first_outcomes, refusal, xml_response
from skontro.service.api.message_reader import orders_of, read_message, sender_of
from skontro.service.api.message_requests import answer_requests
from skontro.service.api.openapi import message_answers, problems, takes_message
from skontro.service.api.problems import Problem
from skontro.service.api.service_context import BODY, context_of, identity_of, participant_of

router = APIRouter(prefix="/v1/messages", tags=["messages"])

#: Bytes that a payment has in a message, or more.
_BYTES_OF_PAYMENT: Final = 800
#: A longer message is read in a thread, and few at one time: others need not wait for it.
_SHORT: Final = 16_384


@router.post(
    "",
    operation_id="submit_message",
    status_code=201,
    response_class=Response,
    responses=problems(403) | message_answers(),
    openapi_extra=takes_message(),
)
async def submit_message(request: Request) -> Response:
    """Submit one ISO 20022 message; the answer comes when its first outcome is durable.

    Payments (pacs.008, pacs.009) are answered by pacs.002, requests to cancel (camt.056) by
    camt.029, others by camt.025 or the report that they ask for, unreadable messages by admi.002;
    each in the version that goes with the message, with a business header if it had one. The same
    message again gets the same answer; another one with its message id is a conflict.
    """
    context = await context_of(request)
    identity = await participant_of(await identity_of(request, context))
    body: bytes = request.scope[BODY]
    directory, side = context.mapper.directory, identity.side

    def read() -> tuple[MessageRead, Commands | None]:
        message = read_message(body, directory, identity)
        return message, orders_of(message, directory) if message.orders else None

    if len(body) <= _SHORT:
        message, orders = read()
    else:
        limits = context.batch_limits
        async with limits.turn(identity, len(body) / _BYTES_OF_PAYMENT):
            message, orders = await anyio.to_thread.run_sync(read)
    if not message.accepted:
        return refusal(context, message, side, body)
    if orders is None:
        return await answer_requests(context, identity, message, body)
    caller = sender_of(identity, message.message_id, to_records(orders).tobytes())
    try:
        details = [order.details for order in message.orders] if len(orders.details) else ()
        records = await context.submit(caller, orders, details)
    except Problem as problem:
        if problem.status != 409:
            raise
        return duplicate(context, message, side, body, problem)
    if len(records) <= 10:
        return xml_response(first_outcomes(context, message, side, records), 201)
    report = await anyio.to_thread.run_sync(first_outcomes, context, message, side, records)
    return xml_response(report, 201)
