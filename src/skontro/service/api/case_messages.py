"""Messages about cases: those of participants open cases and answer, acts give messages."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from fastapi.responses import Response

from skontro.messages.answers import original_of
from skontro.messages.cases.case_message import CaseMessage
from skontro.messages.cases.writing import write_case_message
from skontro.messages.message_read import MessageRead
from skontro.messages.requests import CancellationRequest
from skontro.messages.writers.receipts import DONE, REFUSED, Handling, write_receipt
from skontro.messages.writers.status_codes import StatusReason
from skontro.messages.writers.versions import answer_version
from skontro.model import InputError, ReasonCode
from skontro.model.identity import check_uetr
from skontro.service.api.case_schemas import case_order_of
from skontro.service.api.cases import CaseNumber, visible_case
from skontro.service.api.message_answers import (
    content_id,
    heading_of,
    now,
    reason_of,
    xml_response,
)
from skontro.service.api.message_reader import sender_of
from skontro.service.api.openapi import gives_one_message, problems
from skontro.service.api.parameters import MAX_NUMBER
from skontro.service.api.problems import Problem, not_found
from skontro.service.api.service_context import Anyone, Context, TheContext, visible_order
from skontro.service.auth.credentials import Identity
from skontro.service.case_exchange.incoming import ANSWERS, act_of, opening_of, recall_of
from skontro.service.case_exchange.outgoing import message_of
from skontro.system import Action, ActionKind, Decision, DecisionKind, Person, SettlementSystem
from skontro.system.cases.case import Case, CaseOrder
from skontro.system.cases.checks import row_of_act
from skontro.system.cases.inputs import ActInCase, Opening, input_document

router = APIRouter(prefix="/v1/cases", tags=["cases"])

#: Outcomes answered by a problem and not by a message, since the outcome is unknown.
_RETRY: Final = (429, 503)

ActPlace = Annotated[
    int,
    Path(ge=0, le=MAX_NUMBER, description="Place of the act in the history, from 0.", examples=[0]),
]


@router.get(
    "/{number}/messages/{place}",
    operation_id="get_case_message",
    response_class=Response,
    responses=problems(404, 422) | gives_one_message(),
)
async def show_message(
    number: CaseNumber, place: ActPlace, identity: Anyone, context: TheContext
) -> Response:
    """Show the ISO 20022 message that an act of a case gives the other bank.

    Openings, answers and payments have one; it is the same each time.
    """
    case = await visible_case(context, identity, number)
    message = message_of(case, place) if place < len(case.history) else None
    if message is None:
        raise not_found(f"act {place} of case {number} has no message")
    return xml_response(write_case_message(message))


async def answer_case_message(
    context: Context,
    identity: Identity,
    message: MessageRead,
    told: Sequence[CaseMessage],
    body: bytes,
) -> Response:
    """Open a case by a message, or act in one, and answer by a camt.025.

    Args:
        context: context of the service.
        identity: identity of the participant's person.
        message: accepted.
        told: what it says, for each payment.
        body: in which it came.

    Raises:
        Problem: it was not done, and may be sent again.
    """
    one, evidence = told[0], hashlib.sha256(body).hexdigest()
    try:
        if len(told) > 1:
            raise InputError("send one payment in each message")
        _refuse_other_sender(identity, one)
        if one.kind in ANSWERS:
            text = await _act(context, identity, message, one, evidence)
        else:
            opening = opening_of(one, _order_of(context, identity, one.uetr), evidence)
            text = f"case {await open_by_message(context, identity, message, opening, 0)} is open"
        handling = Handling(DONE, text=text)
    except InputError as error:
        handling = Handling(REFUSED, (StatusReason("NARR", (str(error),)),))
    except Problem as problem:
        handling = Handling(REFUSED, (refusal_reason(problem),))
    receipt = write_receipt(
        heading_of(context, message, identity.side, content_id(body), now()),
        original_of(message),
        handling,
        uetr=one.uetr,
        message_name=answer_version("camt.025", message.name),
    )
    return xml_response(receipt, 200 if handling.status == DONE else 422)


def _refuse_other_sender(identity: Identity, one: CaseMessage) -> None:
    if one.assigner and one.assigner != identity.side:
        raise InputError(f"the message is of {one.assigner}, and {identity.side} sent it")


def _order_of(context: Context, identity: Identity, uetr: str) -> CaseOrder:
    """The order that a message is about.

    Raises:
        InputError: the message names none.
        Problem: the sender may see no such order.
    """
    if not uetr:
        raise InputError("the UETR of the payment is missing; a case is about one order")
    order = visible_order(context, identity, check_uetr(uetr))
    zone = context.sequencer.system.clock.calendar.zone
    return case_order_of(context.mapper, order, zone)


async def open_by_message(
    context: Context, identity: Identity, message: MessageRead, opening: Opening, position: int
) -> int:
    """Open a case for a participant; its number.

    Args:
        context: context of the service.
        identity: identity of the participant's person.
        message: that asks for it.
        opening: of the case.
        position: of the request in the message.

    Raises:
        Problem: it was refused, with its reason.
    """
    answer = await _decide(
        context,
        identity,
        f"{message.message_id} {position} case",
        (DecisionKind.ACT, ActionKind.OPEN_CASE),
        opening,
    )
    return int(answer["proposal"])


async def open_recall(
    context: Context,
    identity: Identity,
    message: MessageRead,
    request: CancellationRequest,
    position: int,
    body: bytes,
) -> int:
    """Open a case about an order that is final, where its cancellation is asked for.

    Raises:
        Problem: it was refused, with its reason.
    """
    order = _order_of(context, identity, request.original.uetr)
    opening = recall_of(request, order, hashlib.sha256(body).hexdigest())
    return await open_by_message(context, identity, message, opening, position)


async def _act(
    context: Context, identity: Identity, message: MessageRead, one: CaseMessage, evidence: str
) -> str:
    """Act in the case that an answer names; for the receipt, what was done."""

    def find(system: SettlementSystem) -> tuple[Case | None, str]:
        return system.cases.by_reference(one.creator, one.case), system.cases.rules.scheme

    case, scheme = await context.ask(find)
    if case is None and one.kind == "camt.111" and not one.creator:
        case = await context.ask(lambda system: system.cases.by_reference(one.assignee, one.case))
    if case is None or not case.parties_of(identity.side):
        raise InputError(f"no case {one.case} of {one.creator or one.assignee} is known")
    given = act_of(one, case, evidence, scheme)
    alone = await context.ask(lambda system: _is_done_alone(system, identity.side, given))
    kinds = (
        (DecisionKind.ACT, ActionKind.ACT_IN_CASE)
        if alone
        else (DecisionKind.PROPOSE, ActionKind.DECIDE_CASE)
    )
    answer = await _decide(context, identity, message.message_id, kinds, given)
    if alone:
        return f"case {case.number}: {given.act}"
    return f"case {case.number}: {given.act}, when a second person approves {answer['proposal']}"


def _is_done_alone(system: SettlementSystem, side: str, given: ActInCase) -> bool:
    return row_of_act(system, side, given, two_people=False) != ReasonCode.SECOND_PERSON_NEEDED


async def _decide(
    context: Context,
    identity: Identity,
    key: str,
    kinds: tuple[DecisionKind, ActionKind],
    given: Opening | ActInCase,
) -> dict[str, Any]:
    kind, action = kinds
    document = input_document(given)
    person = Person(identity.person, identity.side)
    decision = Decision(kind, person, Action(action, identity.side, case=document))
    # The same when the message is sent again, as the case may have changed meanwhile.
    content = f"{action} {given.evidence}".encode()
    return await context.decide(sender_of(identity, key, content), decision)


def refusal_reason(problem: Problem) -> StatusReason:
    """The reason of a refusal; a refusal that may be retried is raised again."""
    if problem.status in _RETRY:
        raise problem
    if problem.reason is not None:
        (reason,) = reason_of(int(problem.reason))
        return reason
    return StatusReason("NARR", (problem.detail,))
