"""Actions by which people open cases, act in them, and agree on the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from skontro.engine import NO_COMMANDS, Commands
from skontro.model import InputError, InvariantBroken, ReasonCode, find_currency
from skontro.system.action import Action, ActionKind, ActionRule, Document, given
from skontro.system.cases.case import Case, CaseOrder, CaseTerms
from skontro.system.cases.case_rules import CaseRules
from skontro.system.cases.checks import refusal_of_opening, respondent_of, row_of_act
from skontro.system.cases.inputs import ActInCase, Opening, read_act, read_opening
from skontro.system.cases.turn import act_in_case, open_case
from skontro.system.document_text import shown_amount, shown_participant
from skontro.system.four_eyes import OPERATOR

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem


def side_of(action: Action) -> str:
    """The side that acts: the participant that the action names, or the operator."""
    return action.participant or OPERATOR


def _check_opening(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    try:
        opening = read_opening(given(action.case))
    except InputError:
        return ReasonCode.FIELD_MALFORMED
    return refusal_of_opening(system, side_of(action), opening)


def _open(system: SettlementSystem, action: Action, time: int) -> tuple[Commands, ReasonCode]:
    open_case(system, side_of(action), read_opening(given(action.case)), time)
    return NO_COMMANDS, ReasonCode.NONE


def _show_opening(system: SettlementSystem, action: Action, _time: int) -> Document:
    opening, side = read_opening(given(action.case)), side_of(action)
    claimant = opening.claimant or side
    currency = opening.currency if opening.order is None else opening.order.currency
    return {
        "type": str(opening.type),
        "reference": opening.reference,
        "claimant": _shown_side(system, claimant),
        "respondent": _shown_side(system, respondent_of(claimant, opening)),
        "order": _shown_order(opening.order),
        "terms": _shown_terms(opening.terms, currency),
        **_told(opening),
    }


def _check_act(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    found = _found(system, action)
    return found if isinstance(found, ReasonCode) else ReasonCode.NONE


def _found(system: SettlementSystem, action: Action) -> tuple[Case, Any, ActInCase] | ReasonCode:
    try:
        act = read_act(given(action.case))
    except InputError:
        return ReasonCode.FIELD_MALFORMED
    two_people = action.kind == ActionKind.DECIDE_CASE
    found = row_of_act(system, side_of(action), act, two_people=two_people)
    return found if isinstance(found, ReasonCode) else (*found, act)


def _act(system: SettlementSystem, action: Action, time: int) -> tuple[Commands, ReasonCode]:
    found = _found(system, action)
    if isinstance(found, ReasonCode):
        return NO_COMMANDS, found
    case, row, act = found
    act_in_case(system, case, row, act, time)
    return NO_COMMANDS, ReasonCode.NONE


def _show_act(system: SettlementSystem, action: Action, _time: int) -> Document:
    found = _found(system, action)
    if isinstance(found, ReasonCode):
        raise InvariantBroken("an action is shown after its check", found.name)
    case, row, act = found
    terms = act.terms if row.sets_terms else case.terms
    return {
        "case": case.number,
        "reference": case.reference,
        "type": str(case.type),
        "claimant": _shown_side(system, case.claimant),
        "respondent": _shown_side(system, case.respondent),
        "order": _shown_order(case.order),
        "act": str(row.act),
        "as": str(row.by),
        "terms": _shown_terms(terms, case.currency),
        "from": str(case.state),
        "to": str(row.then),
        **_told(act),
    }


def _shown_side(system: SettlementSystem, side: str) -> Document | str:
    return side if side == OPERATOR else shown_participant(system.directory, side)


def _shown_order(order: CaseOrder | None) -> Document | str:
    if order is None:
        return "none"
    return {
        "uetr": order.uetr,
        "payer": order.payer,
        "payee": order.payee,
        "amount": shown_amount(order.amount, find_currency(order.currency)),
        "status": str(order.status),
        "date": order.date,
    }


def _shown_terms(terms: CaseTerms | None, code: str) -> Document | str:
    if terms is None:
        return "none"
    currency = find_currency(code)
    return {
        "total": shown_amount(terms.total, currency),
        "principal": shown_amount(terms.principal, currency),
        "compensation": shown_amount(terms.compensation, currency),
        "scheme": terms.scheme,
        "delays": [
            {"uetr": one.uetr, "due_on": one.due_on, "settled_on": one.settled_on}
            for one in terms.delays
        ],
    }


def _told(one: Opening | ActInCase) -> Document:
    return {"reason": one.reason, "text": one.text, "evidence": list(one.evidence)}


def _check_rules(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    try:
        rules = CaseRules.from_document(given(action.case_rules))
    except InputError:
        return ReasonCode.FIELD_MALFORMED
    if rules.operator_account and rules.operator_account not in system.directory:
        return ReasonCode.UNKNOWN_PARTICIPANT
    if rules.operator_account in system.membership.left:
        return ReasonCode.PARTICIPANT_LEFT
    return ReasonCode.NOTHING_TO_CHANGE if rules == system.cases.rules else ReasonCode.NONE


def _show_rules(system: SettlementSystem, action: Action, _time: int) -> Document:
    proposed = CaseRules.from_document(given(action.case_rules))
    return {"from": system.cases.rules.to_document(), "to": proposed.to_document()}


def _set_rules(system: SettlementSystem, action: Action, _time: int) -> tuple[Commands, ReasonCode]:
    system.cases.rules = CaseRules.from_document(given(action.case_rules))
    return NO_COMMANDS, ReasonCode.NONE


RULES: Final = {
    ActionKind.OPEN_CASE: ActionRule(
        needs=("case",),
        may_have=("participant",),
        of_participants=True,
        of_own_side=True,
        is_act=True,
        check=_check_opening,
        show=_show_opening,
        effect=_open,
    ),
    ActionKind.ACT_IN_CASE: ActionRule(
        needs=("case",),
        may_have=("participant",),
        of_participants=True,
        of_own_side=True,
        is_act=True,
        check=_check_act,
        show=_show_act,
        effect=_act,
    ),
    ActionKind.DECIDE_CASE: ActionRule(
        needs=("case",),
        may_have=("participant",),
        of_participants=True,
        of_own_side=True,
        check=_check_act,
        show=_show_act,
        effect=_act,
    ),
    ActionKind.SET_CASE_RULES: ActionRule(
        needs=("case_rules",),
        may_be_dated=True,
        check=_check_rules,
        show=_show_rules,
        effect=_set_rules,
    ),
}
