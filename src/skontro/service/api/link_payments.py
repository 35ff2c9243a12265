"""Routes of one-way payments to banks of other systems, for banks and the operator."""

from typing import Any, Final

import attrs
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from skontro.engine import CommandKind, to_records
from skontro.ledger.order_records import STATUSES
from skontro.model import (
    NO_DETAILS,
    InputError,
    OrderStatus,
    PaymentType,
    ReasonCode,
    find_currency,
    format_amount,
    timestamp_text,
    to_timestamp,
)
from skontro.service.api.link_payment_schemas import (
    LinkPaymentIn,
    LinkPaymentInstructionOut,
    LinkPaymentOut,
    LinkPaymentsOut,
)
from skontro.service.api.openapi import problems, takes
from skontro.service.api.order_reader import read_body
from skontro.service.api.order_schemas import OrderIn
from skontro.service.api.order_submission import read_submission, submit
from skontro.service.api.parameters import PageSize, PageStart, SystemInPath, UetrInPath
from skontro.service.api.peer_silence import refuse_silent
from skontro.service.api.problems import Problem, not_found, refused
from skontro.service.api.read_limits import PAGE_UNITS
from skontro.service.api.service_context import Anyone, Context, TheContext
from skontro.service.auth.credentials import Identity
from skontro.service.sequencer.idempotency import caller_of
from skontro.service.sequencer.link_batches import LinkOutcome
from skontro.service.sequencer.requests import LinkRequest, ReadOrders
from skontro.system import SettlementSystem
from skontro.system.links.link_batch import LinkInputs
from skontro.system.mirror.mirror_accounts import agreed, holder_in
from skontro.system.mirror.payment_book import OwnOrder
from skontro.system.mirror.payment_protocol import PaymentState
from skontro.system.mirror.payment_rules import refusal_of_payment
from skontro.system.mirror.payment_table import Cause, Side
from skontro.system.mirror.payment_terms import PaymentKey, PaymentTerms

router = APIRouter(prefix="/v1/links/payments", tags=["links"])

_LINKED: Final = int(CommandKind.SUBMIT_LINKED)
_REJECTED: Final = STATUSES.index(OrderStatus.REJECTED)


@attrs.frozen
class _Found:
    """A payment between two batches, and the order that it needs."""

    state: PaymentState
    own_order: OwnOrder | None


@router.post(
    "",
    operation_id="submit_link_payment",
    status_code=201,
    response_model=LinkPaymentInstructionOut,
    responses=problems(400, 403, 409, 422),
    openapi_extra=takes(LinkPaymentIn),
)
async def submit_payment(request: Request) -> JSONResponse:
    """Pay a bank of another system: submit the order to the mirror account, with its terms.

    The payer's order settles as any other. Then the destination pays the payee, or the payer has
    the money back. The same instruction again gets the same order, and the payment as it is by
    then. While the other system does not answer, none starts (`LINK_PEER_SILENT`).
    """
    context, identity, body, idempotency_key = await read_submission(request)
    instruction = read_body(LinkPaymentIn, body)
    holder, contract = _mirror_of(context, instruction)
    read = context.mapper.reader.read_order(_order_of(instruction, holder), identity)
    terms = _terms_of(context, instruction, contract, read)
    await _refuse_unfit(context, terms)
    commands = read.commands.evolve(kind=_LINKED)
    content = to_records(commands).tobytes() + terms.digest.encode()
    caller = caller_of(identity, idempotency_key, content)
    (record,) = await submit(context, caller, commands, read.details)
    answer: dict[str, Any] = {"order": context.mapper.entry_out(record), "batch": None}
    answer["payment"] = None
    if int(record["entry_status"]) != _REJECTED:
        # No key of a client has a space, so that this one is never a client's.
        key = None if idempotency_key is None else f"{idempotency_key} terms"
        terms_caller = caller_of(identity, key, content)
        outcome: LinkOutcome = await context.do(
            lambda done: LinkRequest(terms_caller, LinkInputs(payments=(terms,)), done)
        )
        for uetr, given, reason in outcome.refused:
            if (uetr, given) == (terms.uetr, str(Cause.INSTRUCTION)):
                raise refused(ReasonCode[reason])
        found = await _find(context, terms.key)
        answer["batch"] = outcome.batch
        answer["payment"] = None if found is None else _payment_out(found)
    return JSONResponse(answer, 201)


@router.get(
    "",
    operation_id="list_link_payments",
    response_model=LinkPaymentsOut,
    responses=problems(422),
)
async def list_payments(
    identity: Anyone, context: TheContext, after: PageStart = 0, limit: PageSize = 100
) -> dict[str, Any]:
    """List payments in the order in which this system learned of them.

    A page may be short although more follow. The payer sees its payments in the origin, and the
    payee in the destination. The operator sees all.
    """

    def query(system: SettlementSystem) -> tuple[list[_Found], int | None]:
        page = system.payments.page(after, limit)
        following = after + len(page) if len(page) == limit else None
        return [
            _Found(one, system.payments.own_order(one.terms.key))
            for one in page
            if _may_see(identity, one)
        ], following

    async with context.history.limits.turn(identity, PAGE_UNITS + limit):
        found, following = await context.ask(query)
    return {"payments": [_payment_out(one) for one in found], "next": following}


@router.get(
    "/{origin}/{uetr}",
    operation_id="get_link_payment",
    response_model=LinkPaymentOut,
    responses=problems(404, 422),
)
async def show_payment(
    origin: SystemInPath, uetr: UetrInPath, identity: Anyone, context: TheContext
) -> dict[str, Any]:
    """Show a payment: its status here, its reason, and the order that it waits for.

    Two origins may use the same UETR, so the origin is part of the address.
    """
    found = await _find(context, (origin, uetr))
    if found is None or not _may_see(identity, found.state):
        raise not_found(f"no payment {uetr} of {origin} is known")
    return _payment_out(found)


def _mirror_of(context: Context, instruction: LinkPaymentIn) -> tuple[str, str]:
    """The holder of the own mirror account, and the digest of the contract in force.

    Raises:
        Problem: there is no such contract, or no mirror account for the currency.
    """
    contracts = context.sequencer.view.link_contracts
    contract = contracts.get(instruction.destination)
    if contract is None:
        raise refused(ReasonCode.LINK_CONTRACT_UNKNOWN)
    digest = contract.digest.hex()
    if instruction.contract_sha256 not in (None, digest):
        raise refused(ReasonCode.LINK_CONTRACT_MISMATCH)
    mirror = agreed(contract, instruction.currency)
    if mirror is None:
        raise refused(ReasonCode.MIRROR_NOT_AGREED)
    return holder_in(contracts.own_system, *mirror), digest


def _order_of(instruction: LinkPaymentIn, holder: str) -> OrderIn:
    """The order of the payer to the mirror account; its values are checked already."""
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


def _terms_of(
    context: Context, instruction: LinkPaymentIn, contract: str, read: ReadOrders
) -> PaymentTerms:
    """The terms that follow from an instruction.

    Raises:
        Problem: they are malformed, such as details that are too long.
    """
    try:
        return PaymentTerms(
            instruction.uetr,
            context.sequencer.view.link_contracts.own_system,
            instruction.destination,
            instruction.payer,
            instruction.payee,
            instruction.currency,
            int(read.commands.amount[0]),
            contract,
            PaymentType(int(read.commands.column("payment_type")[0])),
            to_timestamp(instruction.valid_until),
            read.details[0] if read.details else NO_DETAILS,
        )
    except InputError as error:
        field, _, _ = str(error).partition(":")
        errors = [{"pointer": f"/{field}", "in": "body", "detail": str(error)}]
        raise Problem(422, "Terms cannot be formed", str(error), None, errors) from None


async def _refuse_unfit(context: Context, terms: PaymentTerms) -> None:
    """Refuse a new payment that the contract does not allow, or to a system that is silent.

    Raises:
        Problem: the reason. Nothing was recorded.
    """

    def query(system: SettlementSystem) -> ReasonCode | None:
        known = system.payments.get(terms.key)
        if known is not None and known.terms == terms:
            return None  # repeated
        return refusal_of_payment(system, terms, None, 0)

    reason: ReasonCode | None = await context.ask(query)
    if reason:
        raise refused(reason)
    if reason is not None:
        refuse_silent(context, [terms.destination])


async def _find(context: Context, key: PaymentKey) -> _Found | None:
    def query(system: SettlementSystem) -> _Found | None:
        state = system.payments.get(key)
        return None if state is None else _Found(state, system.payments.own_order(key))

    found: _Found | None = await context.ask(query)
    return found


def _may_see(identity: Identity, state: PaymentState) -> bool:
    """Whether a person is of the operator, or of the own bank of a payment.

    The BIC of the bank in the other system may belong to another bank here.
    """
    own = state.terms.payer if state.side == Side.ORIGIN else state.terms.payee
    return identity.is_operator or identity.side == own


def _payment_out(found: _Found) -> dict[str, Any]:
    """A payment in the form of the API."""
    state, terms = found.state, found.state.terms
    return {
        "uetr": terms.uetr,
        "origin": terms.origin,
        "destination": terms.destination,
        "payer": terms.payer,
        "payee": terms.payee,
        "currency": terms.currency,
        "amount": format_amount(terms.amount, find_currency(terms.currency)),
        "payment_type": terms.payment_type.name.lower(),
        "valid_until": timestamp_text(terms.valid_until),
        "terms_sha256": terms.digest,
        "contract_sha256": terms.contract,
        "side": str(state.side),
        "status": str(state.stage),
        "reason": None if state.reason == ReasonCode.NONE else state.reason.name,
        "stated": _stated_out(state),
        "own_order": _own_order_out(state, found.own_order),
    }


def _stated_out(state: PaymentState) -> dict[str, Any] | None:
    if not state.stated:
        return None
    step, batch, time = state.stated
    return {"step": str(step), "batch": batch, "at": timestamp_text(time)}


def _own_order_out(state: PaymentState, order: OwnOrder | None) -> dict[str, Any] | None:
    if order is None:
        return None
    return {
        "uetr": order.uetr,
        "kind": "return" if state.side == Side.ORIGIN else "payment",
        "submitted": order.placed,
        "attempt": order.attempt,
    }
