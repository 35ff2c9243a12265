"""Requests in messages: cancel, change, ask for statuses and for accounts."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi.responses import Response

from skontro.engine import CommandKind, Commands, command
from skontro.ledger.order_records import STATUSES
from skontro.messages.answers import original_of
from skontro.messages.instructed_order import TransactionReference
from skontro.messages.message_read import MessageRead
from skontro.messages.requests import (
    AccountQuery,
    CancellationRequest,
    ModificationRequest,
    OriginalReference,
    ReportRequest,
    StatusRequest,
    TransactionQuery,
)
from skontro.messages.writers.cancellation import (
    CANCELLED,
    PENDING,
    CancellationStatus,
    write_resolution,
)
from skontro.messages.writers.cancellation import REFUSED as NOT_CANCELLED
from skontro.messages.writers.heading import Original
from skontro.messages.writers.receipts import DONE, REFUSED, Handling, write_receipt
from skontro.messages.writers.status_codes import StatusReason
from skontro.messages.writers.status_report import TransactionStatus, write_status_report
from skontro.messages.writers.versions import answer_version
from skontro.model import InputError, OrderStatus, ReasonCode
from skontro.model.identity import check_uetr
from skontro.service.api.account_messages import answer_report_requests
from skontro.service.api.case_messages import open_recall, refusal_reason
from skontro.service.api.message_answers import (
    content_id,
    heading_of,
    now,
    present_status,
    xml_response,
)
from skontro.service.api.message_queries import answer_account_queries, answer_order_queries
from skontro.service.api.message_reader import sender_of
from skontro.service.api.problems import Problem
from skontro.service.api.service_context import Context, own_order, visible_order
from skontro.service.auth.credentials import Identity

#: No original transaction received (`ExternalPaymentCancellationRejection1Code`).
_UNKNOWN: Final = StatusReason("NOOR", ("no order with this UETR is known",))
_ONE_CHANGE: Final = "send one change in each message"


async def answer_requests(
    context: Context, identity: Identity, message: MessageRead, body: bytes
) -> Response:
    """Carry out a message's requests other than payments, and answer.

    Args:
        context: context of the service.
        identity: identity of the participant's person.
        message: accepted, with requests.
        body: in which it came.

    Raises:
        Problem: it was not done, and may be sent again.
    """
    requests: Any = message.requests
    if isinstance(requests[0], CancellationRequest):
        return await _cancel(context, identity, message, requests, body)
    if isinstance(requests[0], StatusRequest):
        return _report_statuses(context, identity, message, requests, body)
    if isinstance(requests[0], AccountQuery):
        return await answer_account_queries(context, identity, message, requests, body)
    if isinstance(requests[0], TransactionQuery):
        return await answer_order_queries(context, identity, message, requests, body)
    if isinstance(requests[0], ReportRequest):
        try:
            return await answer_report_requests(context, identity, message, requests)
        except Problem as problem:
            handling, uetr = Handling(REFUSED, (refusal_reason(problem),)), ""
    elif len(requests) == 1:
        handling = await _change(context, identity, message, requests[0])
        uetr = requests[0].original.uetr
    else:
        handling, uetr = Handling(REFUSED, text=_ONE_CHANGE), ""
    receipt = write_receipt(
        heading_of(context, message, identity.side, content_id(body), now()),
        original_of(message),
        handling,
        uetr=uetr,
        message_name=answer_version("camt.025", message.name),
    )
    return xml_response(receipt, 200 if handling.status == DONE else 422)


async def _cancel(
    context: Context,
    identity: Identity,
    message: MessageRead,
    requests: Sequence[CancellationRequest],
    body: bytes,
) -> Response:
    statuses = []
    for position, one in enumerate(requests):
        status, reason = CANCELLED, None
        try:
            order = _own(context, identity, one.original)
            if order is None:
                reason = _UNKNOWN
            elif STATUSES[int(order["status"])] == OrderStatus.SETTLED:
                number = await open_recall(context, identity, message, one, position, body)
                status, reason = PENDING, _recalled(number)
            else:
                content = f"cancel {one.original.uetr}"
                await _do(context, identity, message, position, content, _cancellation(order))
        except Problem as problem:
            reason = refusal_reason(problem)
        if reason is not None and status == CANCELLED:
            status = NOT_CANCELLED
        original = one.original
        statuses.append(
            CancellationStatus(
                status=status,
                reason=reason,
                instruction_id=original.instruction_id,
                end_to_end_id=original.end_to_end_id,
                transaction_id=original.transaction_id,
                uetr=original.uetr,
                original=Original(original.message_id, original.message_name)
                if original.message_id
                else None,
            )
        )
    heading = heading_of(context, message, identity.side, content_id(body), now())
    resolution = write_resolution(heading, original_of(message), statuses)
    return xml_response(resolution)


def _recalled(number: int) -> StatusReason:
    """Why an order that is final is not cancelled, and what follows."""
    return StatusReason("NARR", ("the order is final", f"case {number} asks the payee for it"))


def _cancellation(order: Any) -> Commands:  # noqa: ANN401  a record
    # By UETR while it has no number, in any status: so a repetition is the same command.
    if int(order["number"]) < 0:
        return command(CommandKind.CANCEL, 0, uetr=order["uetr"].tobytes())
    return _about(order, CommandKind.CANCEL)


def _about(order: Any, kind: CommandKind, **fields: int) -> Commands:  # noqa: ANN401  a record
    number = int(order["number"])
    if number < 0:
        waits = STATUSES[int(order["status"])] == "warehoused"
        reason = ReasonCode.ORDER_NOT_QUEUED if waits else ReasonCode.ORDER_FINAL
        raise Problem(422, "Refused", reason.explanation, reason)
    return command(kind, 0, order=number, **fields)


async def _change(
    context: Context, identity: Identity, message: MessageRead, change: ModificationRequest
) -> Handling:
    given = {"earliest": change.earliest, "latest": change.latest}
    times = {name: time for name, time in given.items() if time is not None}
    if change.payment_class is not None and times:
        text = f"the priority or the times, not both at once: {_ONE_CHANGE}"
        return Handling(REFUSED, text=text)
    try:
        order = _own(context, identity, change.original)
        if order is None:
            return Handling(REFUSED, (_UNKNOWN,))
        if change.payment_class is not None:
            what, fields = "class", {"payment_class": int(change.payment_class)}
            kind = CommandKind.CHANGE_CLASS
            done = f"the order is {change.payment_class.name.lower()}"
        else:
            what, fields, kind = "times", times, CommandKind.CHANGE_TIMES
            done = "the order has the new times"
        content = f"{what} {change.original.uetr} {fields}"
        await _do(context, identity, message, 0, content, _about(order, kind, **fields))
    except Problem as problem:
        return Handling(REFUSED, (refusal_reason(problem),))
    return Handling(DONE, text=done)


async def _do(
    context: Context,
    identity: Identity,
    message: MessageRead,
    position: int,
    content: str,
    wanted: Commands,
) -> None:
    caller = sender_of(identity, f"{message.message_id} {position}", content.encode())
    await context.request(caller, wanted)


def _own(context: Context, identity: Identity, original: OriginalReference) -> Any:  # noqa: ANN401
    """The caller's order that the original reference names; None if there is none."""
    return _find(context, identity, original, own_order)


def _find(context: Context, identity: Identity, original: OriginalReference, find: Any) -> Any:  # noqa: ANN401
    try:
        return find(context, identity, check_uetr(original.uetr))
    except InputError:
        return None
    except Problem as problem:
        if problem.status == 404:
            return None
        raise


def _report_statuses(
    context: Context,
    identity: Identity,
    message: MessageRead,
    requests: Sequence[StatusRequest],
    body: bytes,
) -> Response:
    statuses = []
    for one in requests:
        original = one.original
        reference = TransactionReference(
            original.instruction_id,
            original.end_to_end_id,
            original.transaction_id,
            original.uetr,
        )
        order = _find(context, identity, original, visible_order)
        statuses.append(
            TransactionStatus(
                status="RJCT",
                reasons=(_UNKNOWN,),
                instruction_id=original.instruction_id,
                end_to_end_id=original.end_to_end_id,
                transaction_id=original.transaction_id,
                uetr=original.uetr,
            )
            if order is None
            else present_status(reference, order)
        )
    report = write_status_report(
        heading_of(context, message, identity.side, content_id(body), now()),
        original_of(message),
        statuses,
        message_name=answer_version("pacs.002", message.name),
    )
    return xml_response(report)
