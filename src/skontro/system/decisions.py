"""Decisions of people: proposals, approvals, rejections, revocations, and their effects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from skontro.engine import NO_COMMANDS, Commands, join
from skontro.model import InputError, ReasonCode
from skontro.system.action import ActionKind
from skontro.system.actions import (
    check_proposal,
    is_act,
    make_proposal,
    may_be_done_alone,
    take_effect,
)
from skontro.system.four_eyes import Decision, DecisionKind, NotPermitted, Proposal

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem


def refuse_unfit(system: SettlementSystem, decision: Decision, time: int) -> None:
    """Refuse a decision that the person may not make, before anything is recorded.

    Raises:
        NotPermitted: the person may not act, or the action takes two people.
        TooManyProposals: the side has too many open proposals.
        InputError: a proposal without an action.
    """
    if not system.credentials.may_decide(decision.person):
        raise NotPermitted(f"{decision.person.name} may not decide, or may no longer")
    if decision.kind not in (DecisionKind.PROPOSE, DecisionKind.REVOKE, DecisionKind.ACT):
        return
    if decision.action is None:
        raise InputError("a proposal needs an action")
    if decision.kind == DecisionKind.PROPOSE:
        system.four_eyes.refuse_too_many(decision.person, time)
    elif decision.kind == DecisionKind.ACT:
        if not is_act(decision.action):
            raise NotPermitted(f"{decision.action.kind} needs two people")
    elif not may_be_done_alone(decision.action):
        raise NotPermitted(f"{decision.action.kind} needs two people")


def decide(
    system: SettlementSystem, decision: Decision, time: int
) -> tuple[Commands, dict[str, Any]]:
    """Carry out a decision that has passed `refuse_unfit`.

    Returns:
        The commands that follow, and the body of the batch: the decision, its proposal, the
        reason of a refusal if any, the document shown, and the number of a case that it opened.
    """
    commands, number, reason = NO_COMMANDS, -1, ReasonCode.NONE
    proposal, opened = None, dict[str, int]()
    if decision.kind == DecisionKind.ACT and decision.action is not None:
        reason = check_proposal(system, decision.person, decision.action, time)
        if not reason:
            commands, reason = take_effect(system, decision.action, time)
        if not reason and decision.action.kind == ActionKind.OPEN_CASE:
            opened = {"case": system.cases.count - 1}
    elif (
        decision.kind in (DecisionKind.PROPOSE, DecisionKind.REVOKE) and decision.action is not None
    ):
        reason = check_proposal(system, decision.person, decision.action, time)
        if not reason:
            proposal = make_proposal(system, decision.person, decision.action, time)
            system.four_eyes.add(proposal)
        if decision.kind == DecisionKind.REVOKE and proposal is not None:
            system.four_eyes.take_out(proposal)
            commands, reason = take_effect(system, decision.action, time)
    else:
        number = -1 if decision.proposal is None else decision.proposal
        proposal, reason = system.four_eyes.decide(decision)
        if proposal is not None:
            commands, reason = _agree(system, proposal, time)
    body: dict[str, Any] = {"decision": json.loads(decision.to_json())}
    if proposal is not None:
        number = proposal.number
        body["shown"] = json.loads(proposal.shown)
    return commands, body | opened | {"proposal": number, "reason": int(reason)}


def _agree(system: SettlementSystem, proposal: Proposal, time: int) -> tuple[Commands, ReasonCode]:
    """Give effect to an agreed action, now or with the start of its day."""
    reason = check_proposal(system, proposal.person, proposal.action, time)
    if reason:
        return NO_COMMANDS, reason
    if proposal.action.effective_on is None:
        return take_effect(system, proposal.action, time)
    system.four_eyes.put_by(proposal)
    return NO_COMMANDS, ReasonCode.NONE


def take_agreed(
    system: SettlementSystem, date: str, time: int
) -> tuple[Commands, list[dict[str, int]]]:
    """The commands of actions agreed for the day that starts, and the outcome of each."""
    parts, outcomes = [NO_COMMANDS], []
    for proposal in system.four_eyes.take_due(date):
        commands, reason = take_effect(system, proposal.action, time)
        parts.append(commands)
        outcomes.append({"proposal": proposal.number, "reason": int(reason)})
    return join(parts), outcomes
