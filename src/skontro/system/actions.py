"""Actions from proposal to effect: checks, the document to approve, and the commands.

A new kind of action is a value of `ActionKind`, the fields of `Action` that it uses, and a rule in
one of the modules collected here.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import attrs

from skontro.engine import NO_COMMANDS, Commands
from skontro.model import ReasonCode
from skontro.model.text import canonical_text
from skontro.system import (
    account_actions,
    calendar_actions,
    credential_actions,
    day_actions,
    membership_actions,
    operator_actions,
    policy_actions,
    screening_actions,
    screening_lists,
)
from skontro.system.action import Action, ActionKind, ActionRule
from skontro.system.cases import actions as case_actions
from skontro.system.document_text import shown_timestamp
from skontro.system.four_eyes import OPERATOR, PROPOSAL_LIFETIME, Person, Proposal
from skontro.system.joint import actions as joint_actions
from skontro.system.links import actions as link_actions

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

#: The rule of every kind of action.
ACTION_RULES: Final[Mapping[ActionKind, ActionRule]] = {
    **account_actions.RULES,
    **calendar_actions.RULES,
    **day_actions.RULES,
    **membership_actions.RULES,
    **operator_actions.RULES,
    **credential_actions.RULES,
    **screening_actions.RULES,
    **screening_lists.RULES,
    **link_actions.RULES,
    **policy_actions.RULES,
    **case_actions.RULES,
    **joint_actions.RULES,
}

#: The most days ahead for which an action may be agreed.
MAX_DAYS_AHEAD: Final = 366


def check_action(system: SettlementSystem, action: Action, time: int) -> ReasonCode:
    """Why an action cannot be proposed or take effect in the current state."""
    rule = ACTION_RULES[action.kind]
    used = [name for name in action.to_document() if name != "kind"]
    if any(name not in used for name in rule.needs):
        return ReasonCode.FIELD_MISSING
    if any(name not in rule.fields for name in used):
        return ReasonCode.FIELD_MALFORMED
    left = system.membership.left
    if action.participant in left or action.counterparty in left:
        return ReasonCode.PARTICIPANT_LEFT
    return rule.check(system, action, time)


def may_be_done_alone(action: Action) -> bool:
    """Whether one person may take the action alone in an emergency."""
    return ACTION_RULES[action.kind].by_one


def is_act(action: Action) -> bool:
    """Whether one person may take the action alone at any time."""
    return ACTION_RULES[action.kind].is_act


def check_proposal(
    system: SettlementSystem, person: Person, action: Action, time: int
) -> ReasonCode:
    """Why a person cannot propose an action in the current state."""
    if person.side == OPERATOR:
        if ACTION_RULES[action.kind].of_own_side and action.participant is not None:
            return ReasonCode.SECOND_PERSON_NEEDED
    else:
        own = ACTION_RULES[action.kind].of_participants and action.participant == person.side
        if not own:
            return ReasonCode.SECOND_PERSON_NEEDED
        alone = may_be_done_alone(action) or is_act(action)
        if person.side in system.suspended and not alone:
            return ReasonCode.PARTICIPANT_SUSPENDED
    reason = check_action(system, action, time)
    return reason or _check_date(system, action)


def _check_date(system: SettlementSystem, action: Action) -> ReasonCode:
    if action.effective_on is None:
        return ReasonCode.NONE
    try:
        date = datetime.date.fromisoformat(action.effective_on)
    except ValueError:
        return ReasonCode.FIELD_MALFORMED
    today = system.clock.date
    if not system.clock.takes_orders(date) or (today is not None and date <= today):
        return ReasonCode.NO_BUSINESS_DAY
    too_far = today is not None and (date - today).days > MAX_DAYS_AHEAD
    return ReasonCode.VALUE_DATE_TOO_FAR if too_far else ReasonCode.NONE


def make_proposal(system: SettlementSystem, person: Person, action: Action, time: int) -> Proposal:
    """A proposal with the document for its approver; `check_proposal` has passed."""
    number, lapses_at = system.four_eyes.count, time + PROPOSAL_LIFETIME
    zone = system.clock.calendar.zone
    document = {
        **ACTION_RULES[action.kind].show(system, action, time),
        "system": system.rules.name,
        "proposal": number,
        "action": str(action.kind),
        "proposed_by": attrs.asdict(person),
        "proposed_at": shown_timestamp(time, zone),
        "lapses_at": shown_timestamp(lapses_at, zone),
        "effective": action.effective_on or "at once",
    }
    return Proposal(number, person, action, time, lapses_at, canonical_text(document))


def take_effect(system: SettlementSystem, action: Action, time: int) -> tuple[Commands, ReasonCode]:
    """Take an agreed action: its commands, and the reason if it fails."""
    reason = check_action(system, action, time)
    if reason:
        return NO_COMMANDS, reason
    return ACTION_RULES[action.kind].effect(system, action, time)
