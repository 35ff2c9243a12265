"""Messages of a request, from XML to the engine's columns."""

import hashlib
from collections.abc import Sequence
from typing import Final

from skontro.engine import (
    ANY_TIME_AFTER,
    ANY_TIME_BEFORE,
    NO_UETR,
    CommandKind,
    Commands,
    commands_of,
    uetr_bytes,
)
from skontro.messages.findings import Finding, FindingCode, Step
from skontro.messages.instructed_order import Counterleg, InstructedOrder
from skontro.messages.message_read import MessageRead
from skontro.messages.parsing import Limits
from skontro.messages.reading import read_messages
from skontro.messages.system_view import SystemView
from skontro.model import InvariantBroken, ParticipantDirectory
from skontro.service.api.order_schemas import MAX_ORDERS
from skontro.service.api.service_context import MAX_BYTES
from skontro.service.auth.credentials import Identity
from skontro.service.sequencer.requests import ORDER_COLUMNS, Caller
from skontro.system.acceptance import day_number

_LIMITS: Final = Limits(MAX_BYTES)


def read_message(body: bytes, directory: ParticipantDirectory, identity: Identity) -> MessageRead:
    """The one message of a request, checked against participants and its sender.

    Dates, hours and duplicates are left to the sequencer, so that their outcome is recorded.

    Args:
        body: body of the request.
        directory: participants and accounts.
        identity: identity of the participant's person.

    Returns:
        The message; one with findings that refuse it where the request has none, or several.
    """
    messages = read_messages(body, SystemView(directory=directory, sender=identity.side), _LIMITS)
    first = messages[0]
    faults = []
    if len(messages) > 1:
        faults.append(f"holds {len(messages)} messages; send one in each request")
    if len(first.orders) > MAX_ORDERS:
        faults.append(f"holds {len(first.orders):,} payments; {MAX_ORDERS:,} is the most")
    if first.accepted and not first.orders and not first.requests and not faults:
        faults.append("asks for nothing")
    found = [Finding(Step.INPUT, "", 0, FindingCode.INVALID_FILE_FORMAT, one) for one in faults]
    if not found:
        return first
    return MessageRead(
        first.name, first.message_id, first.header, first.instructing, findings=(*found,)
    )


def commands_of_orders(
    orders: Sequence[InstructedOrder], directory: ParticipantDirectory
) -> Commands:
    """The orders of an accepted message as commands; their time is set later.

    Args:
        orders: checked against the directory.
        directory: participants and accounts.
    """
    rows = [_row(order, directory) for order in orders]
    columns = dict(zip(ORDER_COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
    return commands_of(len(rows), **columns)


def _row(order: InstructedOrder, directory: ParticipantDirectory) -> tuple[int | bytes, ...]:
    payer, payee = _accounts(order, directory)
    kind, counterleg = CommandKind.SUBMIT, (NO_UETR, -1, -1, 0)
    if order.counterleg is not None:
        other, kind = order.counterleg, CommandKind.SUBMIT_LEG
        counterleg = (uetr_bytes(other.uetr), *_accounts(other, directory), other.amount)
    return (
        int(kind),
        payer,
        payee,
        order.amount,
        int(order.payment_class),
        int(order.payment_type),
        ANY_TIME_BEFORE if order.earliest is None else order.earliest,
        ANY_TIME_AFTER if order.latest is None else order.latest,
        0 if order.value_date is None else day_number(order.value_date),
        uetr_bytes(order.uetr),
        *counterleg,
        order.details.digest,
    )


def _accounts(
    order: InstructedOrder | Counterleg, directory: ParticipantDirectory
) -> tuple[int, int]:
    """Account numbers of payer and payee."""
    payer = directory.account_number(order.payer, order.currency)
    payee = directory.account_number(order.payee, order.currency)
    if payer is None or payee is None:
        raise InvariantBroken("messages are checked by the directory", f"order {order.uetr}")
    return payer, payee


def sender_of(identity: Identity, message_id: str, content: bytes) -> Caller:
    """The caller of a message: its id is that of the request, for all people of the participant.

    Args:
        identity: identity of the person.
        message_id: id of the message, with the position of the request if it has several.
        content: content of the request; equal for equal requests.
    """
    key = message_key(identity.side, message_id)
    return Caller(identity.participant, identity.digest, key, hashlib.sha256(content).digest())


def message_key(side: str, message_id: str) -> bytes:
    """The request id of a message, under which the record and the kept messages have it.

    Args:
        side: BIC of its sender.
        message_id: as in `sender_of`.
    """
    return hashlib.sha256(f"message {side} {message_id}".encode()).digest()
