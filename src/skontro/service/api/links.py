"""Routes of links with other systems, for banks and the operator."""

from collections import Counter
from typing import Any, Final

import attrs
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from skontro.engine import CommandKind, Commands, to_records
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
from skontro.service.api.link_schemas import (
    InstructionOut,
    LinkIn,
    LinkStateOut,
    LinkStatesOut,
    PeersOut,
)
from skontro.service.api.openapi import problems, takes
from skontro.service.api.order_reader import read_body
from skontro.service.api.order_submission import read_submission, submit
from skontro.service.api.parameters import IdempotencyKey, LinkInPath, PageSize, PageStart
from skontro.service.api.peer_silence import refuse_silent
from skontro.service.api.problems import Problem, not_found, refused
from skontro.service.api.read_limits import PAGE_UNITS
from skontro.service.api.service_context import (
    Anyone,
    ByParticipant,
    Context,
    TheContext,
)
from skontro.service.api.system_schemas import RequestOut
from skontro.service.auth.credentials import Identity
from skontro.service.peers.health import PeerHealth
from skontro.service.sequencer.idempotency import caller_of
from skontro.service.sequencer.link_batches import LinkOutcome
from skontro.service.sequencer.requests import LinkRequest, ReadOrders
from skontro.system import SettlementSystem
from skontro.system.links.link_batch import LinkInputs
from skontro.system.links.link_book import PhaseEntry
from skontro.system.links.link_state import LinkState
from skontro.system.links.obstacles import refusal_of_terms
from skontro.system.links.phases import Occurrence, Phase
from skontro.system.links.signed_quote import SignedQuote, refusal_of_quote
from skontro.system.links.terms import LinkLeg, LinkTerms

router = APIRouter(prefix="/v1/links", tags=["links"])

_LINKED: Final = int(CommandKind.SUBMIT_LINKED)
_REJECTED: Final = STATUSES.index(OrderStatus.REJECTED)
#: Fields of orders that a leg of a link does not have.
_NOT_OF_LEGS: Final = ("earliest_at", "value_date", "counterleg", "counterleg_terms")


@attrs.frozen
class _Found:
    """A link between two batches."""

    state: LinkState
    history: tuple[PhaseEntry, ...]


@router.post(
    "",
    operation_id="submit_link",
    status_code=201,
    response_model=InstructionOut,
    responses=problems(400, 403, 409, 422),
    openapi_extra=takes(LinkIn),
)
async def submit_link(request: Request) -> JSONResponse:
    """Instruct a link: submit the order of the own leg, with the terms that all banks instruct.

    The order waits, with nothing locked, until the banks of all systems have instructed the same
    terms. The same instruction again gets the same order, and the link as it is by then. While
    another system of the link does not answer, none starts (`LINK_PEER_SILENT`).
    """
    context, identity, body, idempotency_key = await read_submission(request)
    instruction = read_body(LinkIn, body)
    terms = _terms_of(instruction)
    signed = _quote_of(instruction)
    await _refuse_unfit(context, terms, signed)
    read = context.mapper.reader.read_order(instruction.order, identity)
    commands = _leg_of(context, instruction, terms, read)
    content = to_records(commands).tobytes() + terms.digest.encode()
    if signed is not None:
        content += signed.quote.digest.encode()
    quotes = () if signed is None else ((terms.link, signed),)
    caller = caller_of(identity, idempotency_key, content)
    (record,) = await submit(context, caller, commands, read.details)
    answer: dict[str, Any] = {"order": context.mapper.entry_out(record), "batch": None}
    answer["link"] = None
    if int(record["entry_status"]) != _REJECTED:
        # No key of a client has a space, so that this one is never a client's.
        key = None if idempotency_key is None else f"{idempotency_key} terms"
        terms_caller = caller_of(identity, key, content)
        outcome: LinkOutcome = await context.do(
            lambda done: LinkRequest(terms_caller, LinkInputs(terms=(terms,), quotes=quotes), done)
        )
        _refuse(outcome, terms.link, Occurrence.INSTRUCTION)
        found = await _find(context, terms.link)
        answer["batch"] = outcome.batch
        answer["link"] = None if found is None else _link_out(context, found)
    return JSONResponse(answer, 201)


@router.get("", operation_id="list_links", response_model=LinkStatesOut, responses=problems(422))
async def list_links(
    identity: Anyone, context: TheContext, after: PageStart = 0, limit: PageSize = 100
) -> dict[str, Any]:
    """List links in the order of instruction; a page may be short although more follow.

    The banks of a leg see its link, and the operator sees all.
    """

    def query(system: SettlementSystem) -> tuple[list[_Found], int | None]:
        page = system.links.page(after, limit)
        following = after + len(page) if len(page) == limit else None
        return [
            _Found(one, system.links.history(one.terms.link))
            for one in page
            if may_see_link(identity, one)
        ], following

    async with context.history.limits.turn(identity, PAGE_UNITS + limit):
        found, following = await context.ask(query)
    return {"links": [_link_out(context, one) for one in found], "next": following}


async def links_under_way(
    identity: Identity, context: Context, after: int, limit: int
) -> dict[str, Any]:
    """Links that have not ended here and that a caller may see, in the order of instruction.

    Args:
        identity: of the caller.
        context: context of the service.
        after: number of such links to pass over.
        limit: most links.
    """
    seen = [one for one in context.sequencer.view.links_under_way if may_see_link(identity, one)]
    page = seen[after : after + limit]

    def query(system: SettlementSystem) -> list[_Found]:
        return [_Found(one, system.links.history(one.terms.link)) for one in page]

    async with context.history.limits.turn(identity, PAGE_UNITS + len(page)):
        found = await context.ask(query)
    following = after + limit if len(seen) > after + limit else None
    return {"links": [_link_out(context, one) for one in found], "next": following}


@router.get("/peers", operation_id="list_link_peers", response_model=PeersOut, responses=problems())
async def list_peers(identity: Anyone, context: TheContext) -> dict[str, Any]:
    """List the systems with which links are agreed: whether they answer, and how far they are."""
    doubt: Counter[tuple[str, str]] = Counter()
    for one in context.sequencer.view.links_under_way:
        if one.in_doubt:
            for leg in one.legs:
                doubt[one.terms.decider, leg.currency] += leg.amount
    return {
        "peers": [_peer_out(one, identity, doubt) for one in context.peers.health()],
        "shut": context.peers.why_shut(),
    }


@router.get(
    "/{link}",
    operation_id="get_link",
    response_model=LinkStateOut,
    responses=problems(404, 422),
)
async def show_link(link: LinkInPath, identity: Anyone, context: TheContext) -> dict[str, Any]:
    """Show a link: its phase here with the batch of each, its reason, and money in doubt."""
    return _link_out(context, await _visible(context, identity, link))


@router.post(
    "/{link}/cancellation",
    operation_id="cancel_link",
    response_model=RequestOut,
    responses=problems(403, 404, 409, 422),
)
async def cancel_link(
    link: LinkInPath, identity: ByParticipant, context: TheContext, idempotency_key: IdempotencyKey
) -> dict[str, Any]:
    """Ask to end a link. Once earmarks are asked for, no bank's request changes the outcome."""
    found = await _visible(context, identity, link)
    payers = [leg.payer for leg in found.state.legs]
    if identity.side not in payers:
        raise Problem(403, "Not yours", f"only {' or '.join(payers)}, who pays, may end it")
    caller = caller_of(identity, idempotency_key, f"cancel link {link}".encode())
    outcome: LinkOutcome = await context.do(
        lambda done: LinkRequest(caller, LinkInputs(cancelled=(link,)), done)
    )
    _refuse(outcome, link, Occurrence.CANCELLATION)
    return {"batch": outcome.batch, "proposal": None}


def _terms_of(instruction: LinkIn) -> LinkTerms:
    try:
        return LinkTerms.from_document(instruction.terms)
    except InputError as error:
        errors = [{"pointer": "/terms", "in": "body", "detail": str(error)}]
        raise Problem(422, "Terms cannot be read", str(error), None, errors) from None


def _quote_of(instruction: LinkIn) -> SignedQuote | None:
    if instruction.quote is None:
        return None
    try:
        return SignedQuote.from_document(instruction.quote)
    except InputError as error:
        errors = [{"pointer": "/quote", "in": "body", "detail": str(error)}]
        raise Problem(422, "Quote cannot be read", str(error), None, errors) from None


async def _refuse_unfit(context: Context, terms: LinkTerms, signed: SignedQuote | None) -> None:
    """Refuse a new link without a contract, off its quote, or with a system that is silent.

    Raises:
        Problem: the reason. Nothing was recorded.
    """

    now = context.sequencer.clock()

    def query(system: SettlementSystem) -> tuple[ReasonCode, str]:
        known = system.links.get(terms.link)
        own = system.link_contracts.own_system
        if known is not None and known.terms == terms:
            return ReasonCode.NONE, ""  # repeated
        if own not in terms.systems:
            return ReasonCode.LINK_CONTRACT_UNKNOWN, own
        suspended = [system.link_contracts.refusal(one) for one in terms.peers_of(own)]
        reason = refusal_of_terms(system, terms) or max(suspended)
        if not reason and signed is not None:
            reason = refusal_of_quote(system, terms, signed, now)
        return reason, own

    reason, own = await context.ask(query)
    if reason:
        raise refused(reason)
    if own:
        refuse_silent(context, terms.peers_of(own))


def _leg_of(context: Context, instruction: LinkIn, terms: LinkTerms, read: ReadOrders) -> Commands:
    """The order as the own leg of the terms.

    Raises:
        Problem: it differs from that leg, or has what no leg has.
    """
    order, own = instruction.order, context.sequencer.view.link_contracts.own_system
    legs = terms.legs_of(own)
    leg = next((one for one in legs if one.uetr == order.uetr), legs[0])
    differ = ReasonCode.LINK_TERMS_DIFFER
    same = {
        "uetr": order.uetr == leg.uetr,
        "payer": order.payer == leg.payer,
        "payee": order.payee == leg.payee,
        "currency": order.currency == leg.currency,
        "amount": int(read.commands.amount[0]) == leg.amount,
        "latest_at": order.latest_at is None or to_timestamp(order.latest_at) == terms.valid_until,
    }
    errors = [
        _mistake(name, differ, "differs from the own leg of the terms")
        for name, is_same in same.items()
        if not is_same
    ]
    errors += [
        _mistake(name, ReasonCode.FIELD_MALFORMED, "has no place in a leg of a link")
        for name in _NOT_OF_LEGS
        if getattr(order, name) is not None
    ]
    if errors:
        detail = f"{len(errors)} mistakes; the order was not taken"
        raise Problem(422, "Order differs from its terms", detail, errors=errors)
    return read.commands.evolve(kind=_LINKED, latest=terms.valid_until)


def _mistake(field: str, reason: ReasonCode, detail: str) -> dict[str, Any]:
    return {
        "pointer": f"/order/{field}",
        "reason": reason.name,
        "reason_code": int(reason),
        "detail": detail,
    }


def _refuse(outcome: LinkOutcome, link: str, cause: Occurrence) -> None:
    """Refuse what the record refused.

    Raises:
        Problem: with the reason.
    """
    for refused_link, refused_input, reason in outcome.refused:
        if (refused_link, refused_input) == (link, str(cause)):
            raise refused(ReasonCode[reason])


async def _find(context: Context, link: str) -> _Found | None:
    def query(system: SettlementSystem) -> _Found | None:
        state = system.links.get(link)
        return None if state is None else _Found(state, system.links.history(link))

    found: _Found | None = await context.ask(query)
    return found


async def _visible(context: Context, identity: Identity, link: str) -> _Found:
    """A link that the caller may see.

    Raises:
        Problem: there is no such link.
    """
    found = await _find(context, link)
    if found is None or not may_see_link(identity, found.state):
        raise not_found(f"no link {link} is known")
    return found


def may_see_link(identity: Identity, state: LinkState) -> bool:
    """Whether a person is of the operator, or of a bank of an own leg."""
    parties = {bic for leg in state.legs for bic in (leg.payer, leg.payee)}
    return identity.is_operator or identity.side in parties


def _link_out(context: Context, found: _Found) -> dict[str, Any]:
    """A link in the form of the API."""
    state, terms = found.state, found.state.terms
    return {
        "link": terms.link,
        "role": str(state.role),
        "phase": str(state.phase),
        "reason": None if state.reason == ReasonCode.NONE else state.reason.name,
        "decider": terms.decider,
        "valid_until": timestamp_text(terms.valid_until),
        "decide_by": None if state.decide_by is None else timestamp_text(state.decide_by),
        "terms_sha256": terms.digest,
        "legs": [_leg_out(leg) for leg in terms.legs],
        "in_doubt": _in_doubt_out(context, found),
        "phases": [
            {"phase": str(one.phase), "batch": one.batch, "at": timestamp_text(one.time)}
            for one in found.history
        ],
    }


def _leg_out(leg: LinkLeg) -> dict[str, Any]:
    return {
        "system": leg.system,
        "uetr": leg.uetr,
        "payer": leg.payer,
        "payee": leg.payee,
        "currency": leg.currency,
        "amount": format_amount(leg.amount, find_currency(leg.currency)),
    }


def _in_doubt_out(context: Context, found: _Found) -> dict[str, Any] | None:
    """The money that is locked, with its age."""
    if not found.state.in_doubt:
        return None
    since = next(one.time for one in reversed(found.history) if one.phase == Phase.PREPARED)
    now = max(context.sequencer.view.time, context.sequencer.clock())
    amounts: Counter[str] = Counter()
    for leg in found.state.legs:
        amounts[leg.currency] += leg.amount
    return {
        "amounts": [_amount_out(code, amount) for code, amount in amounts.items()],
        "since": timestamp_text(since),
        "seconds": max(0, now - since) // 1_000_000,
    }


def _amount_out(code: str, amount: int) -> dict[str, str]:
    return {"currency": code, "amount": format_amount(amount, find_currency(code))}


def _peer_out(
    one: PeerHealth, identity: Identity, doubt: Counter[tuple[str, str]]
) -> dict[str, Any]:
    return {
        "peer": one.peer,
        "address": one.url is not None,
        "suspended": one.suspended,
        "silent": one.silent,
        "heard_seconds": None if one.heard is None else round(one.heard, 3),
        # A failure may show addresses inside the operator's network.
        "trouble": one.trouble if identity.is_operator else "",
        "waiting_proofs": one.waiting,
        "open_links": one.open_links,
        "in_doubt": [
            _amount_out(code, amount)
            for (peer, code), amount in sorted(doubt.items())
            if peer == one.peer and identity.is_operator
        ],
        "head_batch": None if one.head is None else one.head.batch,
        "head_hash": None if one.head is None else one.head.hash.hex(),
        "head_at": None if one.head is None else timestamp_text(one.head.time),
        "standing": str(one.standing),
        "beyond": one.beyond,
        "forks": [fork.to_document() for fork in one.forks],
    }
