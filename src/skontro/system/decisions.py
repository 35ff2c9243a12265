"""Acts of persons taken down: what is proposed, approved, rejected or revoked, and what follows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from skontro.engine import NO_COMMANDS, Commands, join
from skontro.model import InputError, ReasonCode
from skontro.system.actions import (
    check_proposal,
    make_proposal,
    may_be_done_alone,
    take_effect,
)
from skontro.system.four_eyes import Decision, DecisionKind, NotPermitted, Proposal

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem


def refuse_unfit(system: SettlementSystem, act: Decision, time: int) -> None:
    """Refuse what a person may not even propose, or alone; nothing is recorded of it.

    Raises:
        NotPermitted: the person may not act, or do alone what takes two.
        TooManyProposals: the side has so many open already.
        InputError: a proposal without an action.
    """
    if not system.credentials.may_decide(act.person):
        raise NotPermitted(f"{act.person.name} may not decide, or no longer")
    if act.kind not in (DecisionKind.PROPOSE, DecisionKind.REVOKE):
        return
    if act.action is None:
        raise InputError("a proposal needs an action")
    if act.kind == DecisionKind.PROPOSE:
        system.four_eyes.refuse_too_many(act.person, time)
    elif not may_be_done_alone(act.action):
        raise NotPermitted(f"{act.action.kind} takes two persons")


def decide(system: SettlementSystem, act: Decision, time: int) -> tuple[Commands, dict[str, Any]]:
    """Take an act down that `refuse_unfit` let pass.

    Returns:
        The commands that follow from it, and the body of its batch: the act, its proposal, the
        reason why it is refused, if it is, and the document that was shown.
    """
    commands, number, reason = NO_COMMANDS, -1, ReasonCode.NONE
    if act.kind in (DecisionKind.PROPOSE, DecisionKind.REVOKE) and act.action is not None:
        reason = check_proposal(system, act.person, act.action, time)
        proposal = None
        if not reason:
            proposal = make_proposal(system, act.person, act.action, time)
            system.four_eyes.add(proposal)
        if act.kind == DecisionKind.REVOKE and proposal is not None:
            system.four_eyes.take_out(proposal)
            commands, reason = take_effect(system, act.action, time)
    else:
        number = -1 if act.proposal is None else act.proposal
        proposal, reason = system.four_eyes.decide(act)
        if proposal is not None:
            commands, reason = _agree(system, proposal, time)
    body: dict[str, Any] = {"act": json.loads(act.to_json())}
    if proposal is not None:
        number = proposal.number
        body["shown"] = json.loads(proposal.shown)
    return commands, body | {"proposal": number, "reason": int(reason)}


def _agree(system: SettlementSystem, proposal: Proposal, time: int) -> tuple[Commands, ReasonCode]:
    """Two persons have agreed: it takes effect now, or with the start of its day."""
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
    """The commands of what was agreed on for the day that starts, and what became of each."""
    parts, outcomes = [NO_COMMANDS], []
    for proposal in system.four_eyes.take_due(date):
        commands, reason = take_effect(system, proposal.action, time)
        parts.append(commands)
        outcomes.append({"proposal": proposal.number, "reason": int(reason)})
    return join(parts), outcomes
