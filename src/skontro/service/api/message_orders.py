"""Orders in messages: payments, returns, transfers of liquidity and legs of trades."""

import itertools
from collections.abc import Sequence
from typing import Final

import anyio.to_thread
from fastapi.responses import Response

from skontro.engine import Commands, to_records, uetr_bytes
from skontro.ledger.order_records import STATUSES
from skontro.messages.answers import answer_that_refuses
from skontro.messages.instructed_order import InstructedOrder
from skontro.messages.message_read import MessageRead
from skontro.messages.requested_orders import NO_MANDATE, order_of_return, orders_of_requests
from skontro.messages.requests import DirectDebit, PaymentReturn
from skontro.messages.writers.status_codes import StatusReason
from skontro.model import OrderStatus, format_amount
from skontro.service.api.message_answers import (
    content_id,
    duplicate,
    first_outcomes,
    heading_of,
    now,
    order_reference,
    xml_response,
)
from skontro.service.api.message_reader import commands_of_orders, sender_of
from skontro.service.api.order_submission import submit
from skontro.service.api.problems import Problem
from skontro.service.api.service_context import Context, visible_order
from skontro.service.auth.credentials import Identity

#: A longer report is written in a thread.
_SHORT: Final = 10
#: An order with one of these statuses is over and has not settled.
_UNSETTLED: Final = (OrderStatus.REJECTED, OrderStatus.RETURNED, OrderStatus.CANCELLED)


async def enter_orders(
    context: Context,
    identity: Identity,
    message: MessageRead,
    body: bytes,
    orders: Sequence[InstructedOrder],
    commands: Commands,
) -> Response:
    """Submit the orders of a message, and answer with their first outcomes once they are durable.

    Args:
        context: context of the service.
        identity: identity of the participant's person.
        message: accepted.
        body: in which it came.
        orders: of the message.
        commands: the orders as commands.

    Raises:
        Problem: nothing was taken, and it may be sent again.
    """
    caller = sender_of(identity, message.message_id, to_records(commands).tobytes())
    try:
        details = [order.details for order in orders] if len(commands.details) else ()
        records = await submit(context, caller, commands, details)
    except Problem as problem:
        if problem.status != 409:
            raise
        return duplicate(context, message, identity.side, body, problem)
    if len(records) <= _SHORT:
        return xml_response(first_outcomes(context, message, identity.side, records), 201)
    report = await anyio.to_thread.run_sync(
        first_outcomes, context, message, identity.side, records
    )
    return xml_response(report, 201)


async def enter_requested_orders(
    context: Context, identity: Identity, message: MessageRead, body: bytes
) -> Response:
    """Submit the orders that requests of a message ask for, or refuse the whole message.

    Args:
        context, identity, message, body: as in `enter_orders`.
    """
    orders: list[InstructedOrder] = []
    reasons: list[StatusReason] = []
    for request in message.requests:
        if isinstance(request, DirectDebit):
            reasons.append(NO_MANDATE)
        elif isinstance(request, PaymentReturn):
            found = _return(context, identity, request)
            if isinstance(found, StatusReason):
                reasons.append(found)
            else:
                orders.append(found)
        else:
            orders += orders_of_requests([request])
    if reasons:
        heading = heading_of(context, message, identity.side, content_id(body), now())
        return xml_response(answer_that_refuses(heading, message, reasons), 422)
    commands = commands_of_orders(orders, context.mapper.directory)
    return await enter_orders(context, identity, message, body, orders, commands)


def _return(
    context: Context, identity: Identity, request: PaymentReturn
) -> InstructedOrder | StatusReason:
    """The order that returns a settled one, or why it cannot be returned.

    The checks need no place in the record: a return takes money from its own sender alone. No order
    is returned twice, since a second return has the UETR of the first.
    """
    reason = _why_not_returned(context, identity, request)
    if reason is not None:
        return reason
    order_index = context.mapper.order_index
    for attempt in itertools.count(1):
        order = order_of_return(request, attempt)
        index = order_index.index_of(uetr_bytes(order.uetr))
        if index is None:
            return order
        before = order_index.order(index)
        if int(before["participant"]) != identity.participant:
            continue  # an order of someone else that has this UETR
        if before["details"].tobytes() == order.details.digest:
            return order  # the same message again
        if STATUSES[int(before["status"])] not in _UNSETTLED:
            text = f"was returned before: order {order_reference(before)}"
            return _refusal("AM05", request, text)
    raise AssertionError  # the attempts have no end


def _why_not_returned(
    context: Context, identity: Identity, request: PaymentReturn
) -> StatusReason | None:
    uetr = request.original.uetr
    try:
        original = visible_order(context, identity, uetr)
    except Problem:
        return _refusal("NOOR", request, "no order with this UETR is known")
    accounts = context.mapper.directory.accounts
    payer, payee = accounts[int(original["payer"])], accounts[int(original["payee"])]
    if (request.payer, request.payee) != (payee.bic, payer.bic):
        text = f"was paid by {payer.bic} to {payee.bic}; {payee.bic} may return it to {payer.bic}"
        return _refusal("AGNT", request, text)
    status = STATUSES[int(original["status"])]
    if status != OrderStatus.SETTLED:
        return _refusal("NARR", request, f"is {status}; a settled order is returned")
    if request.currency != payer.currency.code:
        text = f"was paid in {payer.currency.code}, not in {request.currency}"
        return _refusal("AM03", request, text)
    if request.amount > int(original["amount"]):
        text = f"was of {format_amount(int(original['amount']), payer.currency)}; no more goes back"
        return _refusal("AM09", request, text)
    return None


def _refusal(code: str, request: PaymentReturn, text: str) -> StatusReason:
    return StatusReason(code, (f"{request.return_id}: {request.original.uetr}", text))
