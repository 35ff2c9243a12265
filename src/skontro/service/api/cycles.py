"""Routes of joint netting cycles with other systems, for banks and the operator."""

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from skontro.engine import CommandKind, to_records
from skontro.ledger.order_records import STATUSES
from skontro.model import (
    InputError,
    OrderStatus,
    ReasonCode,
    find_currency,
    format_amount,
    timestamp_text,
    to_timestamp,
)
from skontro.service.api.cycle_answers import cycle_out
from skontro.service.api.cycle_schemas import (
    CycleOut,
    CyclesOut,
    ObligationIn,
    ObligationInstructionOut,
    ObligationOut,
    ObligationsOut,
)
from skontro.service.api.openapi import problems, takes
from skontro.service.api.order_reader import read_body
from skontro.service.api.order_schemas import OrderIn
from skontro.service.api.order_submission import read_submission, submit
from skontro.service.api.parameters import CycleInPath, PageSize, PageStart, UetrInPath
from skontro.service.api.problems import Problem, not_found, refused
from skontro.service.api.read_limits import PAGE_UNITS
from skontro.service.api.service_context import Anyone, Context, TheContext
from skontro.service.auth.credentials import Identity
from skontro.service.sequencer.idempotency import caller_of
from skontro.service.sequencer.link_batches import LinkOutcome
from skontro.service.sequencer.requests import LinkRequest
from skontro.system import SettlementSystem
from skontro.system.joint.joint_turn import INSTRUCTION
from skontro.system.joint.obligations import ObligationTerms, OwnObligation
from skontro.system.joint.publishing import refusal_of_obligation
from skontro.system.links.link_batch import LinkInputs

router = APIRouter(prefix="/v1/links", tags=["links"])

_LINKED: Final = int(CommandKind.SUBMIT_LINKED)
_REJECTED: Final = STATUSES.index(OrderStatus.REJECTED)


@router.post(
    "/obligations",
    operation_id="submit_obligation",
    status_code=201,
    response_model=ObligationInstructionOut,
    responses=problems(400, 403, 409, 422),
    openapi_extra=takes(ObligationIn),
)
async def submit_obligation(request: Request) -> JSONResponse:
    """Bring an obligation into the next joint cycle: submit the order that funds it.

    The order pays the clearing account of this system, and settles as any other. The same
    instruction again gets the same order, and the obligation as it is by then.
    """
    context, identity, body, idempotency_key = await read_submission(request)
    instruction = read_body(ObligationIn, body)
    holder = await _clearing(context, instruction.agreement)
    read = context.mapper.reader.read_order(_order_of(instruction, holder), identity)
    terms = _terms_of(instruction, int(read.commands.amount[0]))
    await _refuse_unfit(context, terms)
    commands = read.commands.evolve(kind=_LINKED)
    content = to_records(commands).tobytes() + repr(terms).encode()
    caller = caller_of(identity, idempotency_key, content)
    (record,) = await submit(context, caller, commands, read.details)
    answer: dict[str, Any] = {"order": context.mapper.entry_out(record), "batch": None}
    answer["obligation"] = None
    if int(record["entry_status"]) != _REJECTED:
        # No key of a client has a space, so that this one is never a client's.
        key = None if idempotency_key is None else f"{idempotency_key} terms"
        terms_caller = caller_of(identity, key, content)
        outcome: LinkOutcome = await context.do(
            lambda done: LinkRequest(terms_caller, LinkInputs(obligations=(terms,)), done)
        )
        for uetr, given, reason in outcome.refused:
            if (uetr, given) == (terms.uetr, INSTRUCTION):
                raise refused(ReasonCode[reason])
        found = await _obligation(context, terms.uetr)
        answer["batch"] = outcome.batch
        answer["obligation"] = None if found is None else _obligation_out(found)
    return JSONResponse(answer, 201)


@router.get(
    "/obligations",
    operation_id="list_obligations",
    response_model=ObligationsOut,
    responses=problems(422),
)
async def list_obligations(
    identity: Anyone, context: TheContext, after: PageStart = 0, limit: PageSize = 100
) -> dict[str, Any]:
    """List obligations of own banks in the order of instruction.

    A page may be short although more follow. A bank sees its own, and the operator sees all.
    """

    def query(system: SettlementSystem) -> tuple[list[OwnObligation], int | None]:
        page = system.joint.obligations.page(after, limit)
        following = after + len(page) if len(page) == limit else None
        return [one for one in page if _may_see(identity, one)], following

    async with context.history.limits.turn(identity, PAGE_UNITS + limit):
        found, following = await context.ask(query)
    return {"obligations": [_obligation_out(one) for one in found], "next": following}


@router.get(
    "/obligations/{uetr}",
    operation_id="get_obligation",
    response_model=ObligationOut,
    responses=problems(404, 422),
)
async def show_obligation(
    uetr: UetrInPath, identity: Anyone, context: TheContext
) -> dict[str, Any]:
    """Show an obligation of an own bank, by the UETR of the order that funds it."""
    found = await _obligation(context, uetr)
    if found is None or not _may_see(identity, found):
        raise not_found(f"no obligation {uetr} is known")
    return _obligation_out(found)


@router.get(
    "/cycles", operation_id="list_cycles", response_model=CyclesOut, responses=problems(422)
)
async def list_cycles(
    identity: Anyone, context: TheContext, after: PageStart = 0, limit: PageSize = 100
) -> dict[str, Any]:
    """List joint cycles in the order of their beginning.

    All people see the cycles. Amounts between systems are for the operator alone.
    """

    def query(system: SettlementSystem) -> tuple[list[dict[str, Any]], int | None]:
        page = system.joint.page(after, limit)
        following = after + len(page) if len(page) == limit else None
        return [cycle_out(system, one, identity) for one in page], following

    async with context.history.limits.turn(identity, PAGE_UNITS + limit):
        found, following = await context.ask(query)
    return {"cycles": found, "next": following}


@router.get(
    "/cycles/{cycle}",
    operation_id="get_cycle",
    response_model=CycleOut,
    responses=problems(404, 422),
)
async def show_cycle(cycle: CycleInPath, identity: Anyone, context: TheContext) -> dict[str, Any]:
    """Show a joint cycle: its members, its result, and the orders that this system submits."""

    def query(system: SettlementSystem) -> dict[str, Any] | None:
        state = system.joint.get(cycle)
        return None if state is None else cycle_out(system, state, identity)

    found: dict[str, Any] | None = await context.ask(query)
    if found is None:
        raise not_found(f"no joint cycle {cycle} is known")
    return found


async def _clearing(context: Context, name: str) -> str:
    """The holder of the clearing accounts of this system under an agreement.

    Raises:
        Problem: there is no such agreement.
    """

    def query(system: SettlementSystem) -> str:
        agreement = system.joint.agreement(name)
        own = system.link_contracts.own_system
        return "" if agreement is None else agreement.member(own).clearing

    holder: str = await context.ask(query)
    if not holder:
        raise refused(ReasonCode.CYCLE_NOT_AVAILABLE)
    return holder


def _order_of(instruction: ObligationIn, holder: str) -> OrderIn:
    """The order of the payer to the clearing account; its values are checked already."""
    return OrderIn.model_construct(
        uetr=instruction.uetr,
        payer=instruction.payer,
        payee=holder,
        currency=instruction.currency,
        amount=instruction.amount,
        payment_type=instruction.payment_type,
        latest_at=instruction.valid_until,
        details=instruction.details,
    )


def _terms_of(instruction: ObligationIn, amount: int) -> ObligationTerms:
    """The terms that follow from an instruction.

    Raises:
        Problem: they are malformed.
    """
    try:
        return ObligationTerms(
            instruction.uetr,
            instruction.agreement,
            instruction.payer,
            instruction.creditor_system,
            instruction.creditor,
            instruction.currency,
            amount,
            to_timestamp(instruction.valid_until),
        )
    except InputError as error:
        field, _, _ = str(error).partition(":")
        errors = [{"pointer": f"/{field}", "in": "body", "detail": str(error)}]
        raise Problem(422, "Terms cannot be formed", str(error), None, errors) from None


async def _refuse_unfit(context: Context, terms: ObligationTerms) -> None:
    """Refuse a new obligation that no cycle can take.

    Raises:
        Problem: the reason. Nothing was recorded.
    """

    def query(system: SettlementSystem) -> ReasonCode:
        known = system.joint.obligations.get(terms.uetr)
        if known is not None and known.terms == terms:
            return ReasonCode.NONE  # repeated
        return refusal_of_obligation(system, terms)

    reason: ReasonCode = await context.ask(query)
    if reason:
        raise refused(reason)


async def _obligation(context: Context, uetr: str) -> OwnObligation | None:
    found: OwnObligation | None = await context.ask(
        lambda system: system.joint.obligations.get(uetr)
    )
    return found


def _may_see(identity: Identity, one: OwnObligation) -> bool:
    return identity.is_operator or identity.side == one.terms.payer


def _obligation_out(one: OwnObligation) -> dict[str, Any]:
    """An obligation in the form of the API."""
    terms = one.terms
    return {
        "uetr": terms.uetr,
        "agreement": terms.agreement,
        "payer": terms.payer,
        "creditor_system": terms.creditor_system,
        "creditor": terms.creditor,
        "currency": terms.currency,
        "amount": format_amount(terms.amount, find_currency(terms.currency)),
        "valid_until": timestamp_text(terms.valid_until),
        "status": str(one.stage),
        "funded_at": None if one.funded_at < 0 else timestamp_text(one.funded_at),
        "cycle": one.cycle or None,
    }
