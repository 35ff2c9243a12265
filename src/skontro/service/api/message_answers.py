"""Answers to messages: the status of their orders, in the sender's version."""

import hashlib
import time
from collections.abc import Sequence
from typing import Any, Final

from fastapi.responses import Response

from skontro.ledger.order_records import STATUSES
from skontro.messages.answers import answer_that_refuses, answer_to_orders, answer_to_refused
from skontro.messages.instructed_order import TransactionReference
from skontro.messages.message_read import MessageRead
from skontro.messages.writers.heading import DEFAULT_HEADER, Heading, Institution
from skontro.messages.writers.status_codes import (
    TRANSACTION_STATUSES,
    StatusReason,
    status_reason,
)
from skontro.messages.writers.status_report import TransactionStatus
from skontro.model import OrderStatus, ReasonCode
from skontro.service.api.problems import Problem
from skontro.service.api.service_context import Context

#: Media type of messages.
XML: Final = "application/xml"


def xml_response(content: bytes, status: int = 200) -> Response:
    """A response with a message."""
    return Response(content, status, media_type=XML)


def heading_of(
    context: Context, message: MessageRead | None, side: str, message_id: str, at: int
) -> Heading:
    """The heading of a message to a participant, with a header if its message had one.

    Args:
        context: context of the service.
        message: that is answered; None for a message that the system sends by itself.
        side: BIC of the participant.
        message_id: id of the new message, at most 35 characters.
        at: when it was created, microseconds.
    """
    mapper = context.mapper
    header = DEFAULT_HEADER
    if message is not None:
        header = "" if message.header is None else message.header.name
    system = Institution(mapper.rules.name)
    receiver = Institution(mapper.directory.participant(side).name, side)
    return Heading(message_id, at, system, receiver, header)


def now() -> int:
    """The time of an answer to something that is not in the record, microseconds."""
    return time.time_ns() // 1_000


def content_id(content: bytes) -> str:
    """An id for the answer to something that is not in the record; equal for equal content."""
    return f"R{hashlib.sha256(content).hexdigest()[:34]}"


def refusal(context: Context, message: MessageRead, side: str, body: bytes) -> Response:
    """The answer to a message that is refused before anything is recorded."""
    heading = heading_of(context, message, side, content_id(body), now())
    return xml_response(answer_to_refused(heading, message), 422)


def duplicate(
    context: Context, message: MessageRead, side: str, body: bytes, problem: Problem
) -> Response:
    """The answer to payments whose message id or UETR was used for others; none were taken."""
    uetrs = [str(one["uetr"]) for one in problem.errors or ()]
    code = "DU03" if uetrs else "DU01"
    reason = StatusReason(code, (problem.detail if uetrs else _USED, *uetrs))
    heading = heading_of(context, message, side, content_id(body), now())
    return xml_response(answer_that_refuses(heading, message, [reason]), 409)


_USED: Final = "this message id was used for another message; none of its payments was taken"


def first_outcomes(
    context: Context, message: MessageRead, side: str, records: Sequence[Any]
) -> bytes:
    """The answer about the first outcome of each order, the same whenever it is asked for.

    Args:
        context: context of the service.
        message: its payments, in the order of the records.
        side: BIC of its sender.
        records: records of the orders in the order index, durable.
    """
    heading = heading_of(
        context, message, side, f"P{order_reference(records[0])}", int(records[0]["entry_time"])
    )
    transactions = [
        _status(reference, record, "entry_status", "entry_reason", "entry_time")
        for reference, record in zip(message.references, records, strict=True)
    ]
    return answer_to_orders(heading, message, transactions)


def present_status(reference: TransactionReference, record: Any) -> TransactionStatus:  # noqa: ANN401  a record
    """The status of an order now."""
    return _status(reference, record, "status", "reason", "status_time")


def order_reference(record: Any) -> str:  # noqa: ANN401  a record
    """The system's reference of an order: its batch in the record, and its place there."""
    return f"{record['batch']}.{record['position']}"


def reason_of(number: int) -> tuple[StatusReason, ...]:
    """A reason code as messages state it; none for 0."""
    try:
        reason = status_reason(ReasonCode(number))
    except ValueError:  # of a later version
        reason = StatusReason(f"REASON_{number}", is_proprietary=True)
    return () if reason is None else (reason,)


def _status(
    reference: TransactionReference,
    record: Any,  # noqa: ANN401  a record
    status_field: str,
    reason_field: str,
    time_field: str,
) -> TransactionStatus:
    status = str(STATUSES[int(record[status_field])])
    at = int(record[time_field])
    return TransactionStatus(
        status=TRANSACTION_STATUSES[status],
        reasons=reason_of(int(record[reason_field])),
        instruction_id=reference.instruction_id,
        end_to_end_id=reference.end_to_end_id,
        transaction_id=reference.transaction_id,
        uetr=reference.uetr,
        order=order_reference(record),
        accepted_at=None if status == OrderStatus.REJECTED else int(record["time"]),
        settled_at=at if status == OrderStatus.SETTLED else None,
    )
