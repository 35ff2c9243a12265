"""The route of ISO 20022 messages."""

from typing import Final

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from skontro.engine import Commands
from skontro.messages.cases.case_message import CaseMessage
from skontro.messages.message_read import MessageRead
from skontro.messages.requested_orders import ORDERING
from skontro.messages.requests import DirectDebit
from skontro.service.api.case_messages import answer_case_message
from skontro.service.api.message_answers import refusal
from skontro.service.api.message_exchange import exchange_of
from skontro.service.api.message_orders import enter_orders, enter_requested_orders
from skontro.service.api.message_reader import commands_of_orders, read_message
from skontro.service.api.message_requests import answer_requests
from skontro.service.api.openapi import message_answers, problems, takes_message
from skontro.service.api.problems import Problem
from skontro.service.api.service_context import (
    BODY,
    Context,
    context_of,
    identity_of,
    participant_of,
)
from skontro.service.auth.credentials import Identity

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

    Payments (pacs.008, pacs.009, pacs.004) are answered by pacs.002, trades (fxtr.014) by fxtr.017,
    requests to cancel (camt.056) by camt.029, others by camt.025 or the report that they ask for,
    unreadable messages by admi.002;
    each in the version that goes with the message, with a business header if it had one. The same
    message again gets the same answer; another one with its message id is a conflict. Messages and
    answers are kept, and the pages show them.
    """
    context = await context_of(request)
    identity = await participant_of(await identity_of(request, context))
    body: bytes = request.scope[BODY]
    directory = context.mapper.directory

    def read() -> tuple[MessageRead, Commands | None]:
        message = read_message(body, directory, identity)
        orders = message.orders
        return message, commands_of_orders(orders, directory) if orders else None

    if len(body) <= _SHORT:
        message, orders = read()
    else:
        limits = context.batch_limits
        async with limits.turn(identity, len(body) / _BYTES_OF_PAYMENT):
            message, orders = await anyio.to_thread.run_sync(read)
    answer = await _answer(context, identity, message, body, orders)
    if not await context.messages.keep(exchange_of(context, identity, message, body, answer)):
        detail = "the message could not be kept; send it again, and nothing is done twice"
        raise Problem(503, "Not kept", detail, headers={"Retry-After": "1"})
    return answer


async def _answer(
    context: Context,
    identity: Identity,
    message: MessageRead,
    body: bytes,
    orders: Commands | None,
) -> Response:
    if not message.accepted:
        return refusal(context, message, identity.side, body)
    if orders is not None:
        return await enter_orders(context, identity, message, body, message.orders, orders)
    if isinstance(message.requests[0], (*ORDERING, DirectDebit)):
        return await enter_requested_orders(context, identity, message, body)
    told = [one for one in message.requests if isinstance(one, CaseMessage)]
    if told:
        return await answer_case_message(context, identity, message, told, body)
    return await answer_requests(context, identity, message, body)
