"""Routes of cases about orders: open, act, list, show."""

from typing import Annotated, Any

import attrs
from fastapi import APIRouter, Path, Query

from skontro.model import ReasonCode, find_currency
from skontro.model.text import canonical_text
from skontro.service.api.case_schemas import (
    ActIn,
    ActOut,
    CaseHistoryOut,
    CaseIn,
    CaseRulesOut,
    CasesOut,
    case_order_of,
    case_out,
    history_out,
    read_terms,
)
from skontro.service.api.openapi import problems
from skontro.service.api.parameters import MAX_NUMBER, IdempotencyKey
from skontro.service.api.problems import Problem, not_found, refused
from skontro.service.api.service_context import Anyone, Context, TheContext, visible_order
from skontro.service.auth.credentials import Identity
from skontro.service.sequencer.idempotency import caller_of
from skontro.system import (
    OPERATOR,
    Action,
    ActionKind,
    Decision,
    DecisionKind,
    Person,
    SettlementSystem,
)
from skontro.system.cases.case import Case
from skontro.system.cases.checks import row_of_act
from skontro.system.cases.inputs import ActInCase, Opening, input_document

router = APIRouter(prefix="/v1/cases", tags=["cases"])

CaseNumber = Annotated[
    int, Path(ge=0, le=MAX_NUMBER, description="Number of the case.", examples=[0])
]
Before = Annotated[
    int,
    Query(ge=0, le=MAX_NUMBER, description="`next` of the page before.", examples=[100]),
]
CaseCount = Annotated[int, Query(ge=1, le=1_000, description="Most cases.", examples=[100])]
OnlyDue = Annotated[
    bool,
    Query(description="Only open cases in which the caller owes the next act.", examples=[False]),
]


@router.post(
    "",
    operation_id="open_case",
    status_code=201,
    response_model=ActOut,
    responses=problems(400, 403, 404, 409, 422),
)
async def open_case(
    case: CaseIn, identity: Anyone, context: TheContext, idempotency_key: IdempotencyKey
) -> dict[str, Any]:
    """Open a case about an order; the other side of the order answers, or the operator.

    After an outage a case has no order, and the operator may open it for a participant.
    """
    opening = _read_opening(context, identity, case)
    decision = _decision(identity, DecisionKind.ACT, ActionKind.OPEN_CASE, opening)
    # Equal for a repetition, even if the order has another status by then.
    content = _content(attrs.evolve(opening, order=None), uetr=case.uetr)
    caller = caller_of(identity, idempotency_key, content)
    answer = await context.decide(caller, decision)
    return {"batch": answer["batch"], "case": answer["proposal"], "proposal": None}


@router.get("", operation_id="list_cases", response_model=CasesOut, responses=problems(422))
async def list_cases(
    identity: Anyone,
    context: TheContext,
    before: Before = MAX_NUMBER,
    limit: CaseCount = 100,
    due: OnlyDue = False,
) -> dict[str, Any]:
    """List the cases of the caller's side, the newest first; operators see all.

    A case is listed for 400 days after its end; the record keeps it for good.
    """
    side = None if identity.is_operator else identity.side

    def query(system: SettlementSystem) -> list[Case]:
        if not due:
            return system.cases.page(side, before, limit)
        owner = identity.side if side else OPERATOR
        return system.cases.due_of(owner, before, limit)

    found = await context.ask(query)
    more = len(found) == limit
    return {"cases": [case_out(one) for one in found], "next": found[-1].number if more else None}


@router.get(
    "/rules",
    operation_id="get_case_rules",
    response_model=CaseRulesOut,
    responses=problems(),
)
async def show_rules(_identity: Anyone, context: TheContext) -> dict[str, Any]:
    """Show the rules on cases in force: scheme, paying account, calendars of countries."""
    rules: dict[str, Any] = await context.ask(lambda system: system.cases.rules.to_document())
    return rules


@router.get(
    "/{number}",
    operation_id="get_case",
    response_model=CaseHistoryOut,
    responses=problems(404, 422),
)
async def show_case(number: CaseNumber, identity: Anyone, context: TheContext) -> dict[str, Any]:
    """Show a case with all acts, to its parties and the operator."""
    case = await visible_case(context, identity, number)
    return {**case_out(case), "history": history_out(case)}


@router.post(
    "/{number}/acts",
    operation_id="act_in_case",
    status_code=201,
    response_model=ActOut,
    responses=problems(400, 403, 404, 409, 422),
)
async def act(
    number: CaseNumber,
    given: ActIn,
    identity: Anyone,
    context: TheContext,
    idempotency_key: IdempotencyKey,
) -> dict[str, Any]:
    """Act in a case: answer, offer, accept, escalate, award and so on.

    An act that commits to money or decides is proposed, and a second person of the same side
    approves it.
    """
    case = await visible_case(context, identity, number)
    document = ActInCase(
        case=number,
        act=given.act,
        seen=case.seen if given.seen is None else given.seen,
        terms=read_terms(given.terms, find_currency(case.currency)),
        **_told(given),
    )
    alone = await context.ask(lambda system: _is_done_alone(system, _side(identity), document))
    kind, action = (
        (DecisionKind.ACT, ActionKind.ACT_IN_CASE)
        if alone
        else (DecisionKind.PROPOSE, ActionKind.DECIDE_CASE)
    )
    decision = _decision(identity, kind, action, document)
    content = _content(attrs.evolve(document, seen=0), seen=given.seen)
    answer = await context.decide(caller_of(identity, idempotency_key, content), decision)
    return {"batch": answer["batch"], "case": number, "proposal": answer["proposal"]}


async def visible_case(context: Context, identity: Identity, number: int) -> Case:
    """A case that the caller may see.

    Raises:
        Problem: there is no such case.
    """
    case: Case | None = await context.ask(lambda system: system.cases.get(number))
    if case is None or not (identity.is_operator or case.parties_of(identity.side)):
        raise not_found(f"no case {number} is known")
    return case


def _is_done_alone(system: SettlementSystem, side: str, given: ActInCase) -> bool:
    return row_of_act(system, side, given, two_people=False) != ReasonCode.SECOND_PERSON_NEEDED


def _side(identity: Identity) -> str:
    return OPERATOR if identity.is_operator else identity.side


def _decision(
    identity: Identity, kind: DecisionKind, action: ActionKind, given: Opening | ActInCase
) -> Decision:
    if identity.role == "viewer":
        raise Problem(403, "Not yours", "your role is to look only")
    participant = None if identity.is_operator else identity.side
    person = Person(identity.person, _side(identity))
    return Decision(kind, person, Action(action, participant, case=input_document(given)))


def _content(given: Opening | ActInCase, **sent: object) -> bytes:
    """The content of a request, equal for equal ones."""
    return canonical_text({"given": input_document(given), **sent}).encode()


def _told(given: CaseIn | ActIn) -> dict[str, Any]:
    return {"reason": given.reason, "text": given.text, "evidence": tuple(given.evidence)}


def _read_opening(context: Context, identity: Identity, given: CaseIn) -> Opening:
    """The opening in the terms of the system, with the order as the record has it.

    Raises:
        Problem: the caller may see no such order, or an amount cannot be read.
    """
    order = None
    if given.uetr is not None:
        record = visible_order(context, identity, given.uetr)
        zone = context.sequencer.system.clock.calendar.zone
        order = case_order_of(context.mapper, record, zone)
    code = given.currency if order is None else order.currency
    if code is None:
        raise refused(ReasonCode.FIELD_MISSING)
    if code not in context.mapper.currencies:
        raise not_found(f"no account is held in {code}")
    return Opening(
        reference=given.reference,
        type=given.type,
        claimant=given.claimant or "",
        currency=given.currency or "",
        order=order,
        terms=read_terms(given.terms, context.mapper.currencies[code]),
        **_told(given),
    )
