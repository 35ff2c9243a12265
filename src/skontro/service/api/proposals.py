"""Routes for four-eyes decisions: propose, list, approve, reject."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from skontro.service.api.openapi import problems
from skontro.service.api.parameters import IdempotencyKey, ProposalNumber
from skontro.service.api.problems import Problem, not_found
from skontro.service.api.proposal_schemas import (
    ActionIn,
    ApprovalIn,
    ProposalOut,
    ProposalsOut,
    proposal_out,
    read_action,
)
from skontro.service.api.service_context import (
    Anyone,
    Context,
    TheContext,
)
from skontro.service.api.system_schemas import RequestOut
from skontro.service.auth.credentials import Identity
from skontro.service.sequencer.idempotency import caller_of
from skontro.system import (
    ACTION_RULES,
    OPERATOR,
    Decision,
    DecisionKind,
    Person,
    Proposal,
    SettlementSystem,
)
from skontro.system.joint.agreed_accounts import UnfitAccount, unfit_account
from skontro.system.joint.agreement import read_agreement

router = APIRouter(prefix="/v1", tags=["four eyes"])


@router.post(
    "/proposals",
    operation_id="propose",
    status_code=201,
    response_model=RequestOut,
    responses=problems(400, 403, 404, 409, 422),
)
async def propose(
    action: ActionIn, identity: Anyone, context: TheContext, idempotency_key: IdempotencyKey
) -> JSONResponse:
    """Propose an action that needs the approval of a second person.

    Operators may propose every action, participants' people those on their own limits and keys.
    """
    _may_propose(identity, action)
    act = Decision(DecisionKind.PROPOSE, _person(identity), read_action(context.mapper, action))
    await _refuse_unfit_accounts(context, act)
    caller = caller_of(identity, idempotency_key, act.to_json().encode())
    answer = await context.decide(caller, act)
    return JSONResponse(answer, 201)


@router.post(
    "/revocations",
    operation_id="revoke",
    status_code=201,
    response_model=RequestOut,
    responses=problems(400, 403, 404, 409, 422),
)
async def revoke(
    action: ActionIn, identity: Anyone, context: TheContext, idempotency_key: IdempotencyKey
) -> JSONResponse:
    """Revoke a key (`revoke_key`) or remove a person (`remove_person`), alone and at once.

    Operators may act on anybody, as long as two operators remain. Participants' people may act on
    their own side.
    """
    _may_propose(identity, action)
    if not ACTION_RULES[action.kind].by_one:
        raise Problem(403, "Not yours", f"{action.kind} needs a second person: propose it")
    act = Decision(DecisionKind.REVOKE, _person(identity), read_action(context.mapper, action))
    caller = caller_of(identity, idempotency_key, act.to_json().encode())
    answer = await context.decide(caller, act)
    return JSONResponse(answer, 201)


@router.get(
    "/proposals",
    operation_id="list_proposals",
    response_model=ProposalsOut,
    responses=problems(),
)
async def list_proposals(identity: Anyone, context: TheContext) -> dict[str, Any]:
    """List the proposals of the caller's side, in their shown form; operators see all sides."""
    return {"proposals": [proposal_out(one, status) for one, status in _visible(context, identity)]}


@router.get(
    "/proposals/{number}",
    operation_id="get_proposal",
    response_model=ProposalOut,
    responses=problems(404, 422),
)
async def show_proposal(
    number: ProposalNumber, identity: Anyone, context: TheContext
) -> dict[str, Any]:
    """Show a proposal that is open, or approved for a coming day."""
    for one, status in _visible(context, identity):
        if one.number == number:
            return proposal_out(one, status)
    raise not_found(f"no proposal {number} is open")


@router.post(
    "/proposals/{number}/approval",
    operation_id="approve_proposal",
    response_model=RequestOut,
    responses=problems(400, 403, 409, 422),
)
async def approve(
    number: ProposalNumber,
    approval: ApprovalIn,
    identity: Anyone,
    context: TheContext,
    idempotency_key: IdempotencyKey,
) -> dict[str, Any]:
    """Approve another person's proposal of the caller's side, exactly as shown."""
    act = Decision(DecisionKind.APPROVE, _person(identity), proposal=number, hash=approval.hash)
    return await _decide(context, identity, act, idempotency_key)


@router.post(
    "/proposals/{number}/rejection",
    operation_id="reject_proposal",
    response_model=RequestOut,
    responses=problems(403, 409, 422),
)
async def reject(
    number: ProposalNumber, identity: Anyone, context: TheContext, idempotency_key: IdempotencyKey
) -> dict[str, Any]:
    """Close a proposal of the caller's side without effect; operators may close any."""
    act = Decision(DecisionKind.REJECT, _person(identity), proposal=number)
    return await _decide(context, identity, act, idempotency_key)


async def _refuse_unfit_accounts(context: Context, act: Decision) -> None:
    """Name the field and the account of an agreement on joint cycles that cannot serve.

    Raises:
        Problem: there is one.
    """
    if act.action is None or act.action.cycle_agreement is None:
        return
    agreement = read_agreement(act.action.cycle_agreement)

    def find(system: SettlementSystem) -> UnfitAccount | None:
        is_member = system.link_contracts.own_system in agreement.systems
        return unfit_account(system, agreement) if is_member else None

    unfit: UnfitAccount | None = await context.ask(find)
    if unfit is not None:
        detail = f"{unfit.text}: {unfit.reason.explanation}"
        errors = [
            {
                "pointer": f"/cycle_agreement/members/{unfit.account.field}",
                "reason": unfit.reason.name,
                "detail": unfit.text,
            }
        ]
        raise Problem(422, "Refused", detail, unfit.reason, errors)


def _visible(context: Context, identity: Identity) -> Iterator[tuple[Proposal, str]]:
    view = context.sequencer.view
    for one in view.proposals:
        if one.lapses_at > view.time and _sees(identity, one):
            yield one, "open"
    for one in view.agreed:
        if _sees(identity, one):
            yield one, "agreed"


def _sees(identity: Identity, proposal: Proposal) -> bool:
    return identity.is_operator or proposal.person.side == identity.side


def _person(identity: Identity) -> Person:
    return Person(identity.person, OPERATOR if identity.is_operator else identity.side)


def _may_decide(identity: Identity) -> None:
    if identity.role == "viewer":
        raise Problem(403, "Not yours", "your role is to look only")


def _may_propose(identity: Identity, action: ActionIn) -> None:
    _may_decide(identity)
    if not identity.is_operator:
        allowed = ACTION_RULES[action.kind].of_participants
        if not allowed or action.participant != identity.side:
            detail = "participants decide on their own limits and keys"
            raise Problem(403, "Not yours", detail)


async def _decide(context: Context, identity: Identity, act: Decision, key: str) -> dict[str, Any]:
    _may_decide(identity)
    content = f"{act.kind} {act.proposal} {act.hash or ''}".encode()
    return await context.decide(caller_of(identity, key, content), act)
