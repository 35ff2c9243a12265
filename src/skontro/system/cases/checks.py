"""Checks of openings, acts and terms against the state of the system."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from skontro.model import MAX_AMOUNT, ReasonCode
from skontro.system.cases.case import Case, CaseOrder, CaseTerms
from skontro.system.cases.case_table import CaseAct, CaseRow, CaseState
from skontro.system.cases.case_types import (
    CASE_RULES,
    CaseMoney,
    CaseRule,
    CaseType,
    OrderSide,
    Party,
)
from skontro.system.cases.inputs import ActInCase, Opening, date_of
from skontro.system.cases.protocol import row_for
from skontro.system.four_eyes import OPERATOR

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

#: Most open cases of one side, and of the operator.
MAX_OPEN, MAX_OPEN_OF_OPERATOR = 1_000, 20_000

#: Most acts in one case, except those that close it.
MAX_ACTS: Final = 200


def _first(reasons: Iterator[ReasonCode]) -> ReasonCode:
    """The first reason, or `NONE`; later checks rely on earlier ones and are not made."""
    return next((reason for reason in reasons if reason), ReasonCode.NONE)


def refusal_of_opening(system: SettlementSystem, side: str, given: Opening) -> ReasonCode:
    """Why a side cannot open a case; `NONE` if it can.

    Args:
        system: in its current state.
        side: BIC or the operator.
        given: read from the document.
    """
    return _first(_refusals_of_opening(system, side, given))


def _refusals_of_opening(
    system: SettlementSystem, side: str, given: Opening
) -> Iterator[ReasonCode]:
    rule, claimant, order = CASE_RULES[given.type], given.claimant or side, given.order
    yield _refusal_of_claimant(system, side, claimant, rule)
    if order is None:
        if rule.order_states:
            yield ReasonCode.FIELD_MISSING
    elif not rule.order_states or given.currency:
        yield ReasonCode.FIELD_MALFORMED
    else:
        yield from _refusals_of_order(system, claimant, rule, order)
    currency = given.currency if order is None else order.currency
    if system.directory.account_number(claimant, currency) is None:
        yield ReasonCode.NO_SETTLEMENT_ACCOUNT
    if system.cases.by_reference(side, given.reference) is not None:
        yield ReasonCode.CASE_KNOWN
    if order is not None and system.cases.about(side, given.type, order.uetr) is not None:
        yield ReasonCode.CASE_KNOWN
    if system.cases.open_of(side) >= (MAX_OPEN_OF_OPERATOR if side == OPERATOR else MAX_OPEN):
        yield ReasonCode.TOO_MANY_CASES
    if given.terms is not None:
        yield refusal_of_terms(system, given.type, claimant, order, given.terms)


def _refusal_of_claimant(
    system: SettlementSystem, side: str, claimant: str, rule: CaseRule
) -> ReasonCode:
    allowed = rule.by_operator if side == OPERATOR else claimant == side
    if not allowed:
        return ReasonCode.CASE_NOT_FOR_ORDER
    if claimant not in system.directory:
        return ReasonCode.UNKNOWN_PARTICIPANT
    left = claimant in system.membership.left
    return ReasonCode.PARTICIPANT_LEFT if left else ReasonCode.NONE


def _refusals_of_order(
    system: SettlementSystem, claimant: str, rule: CaseRule, order: CaseOrder
) -> Iterator[ReasonCode]:
    sides = {OrderSide.PAYER: order.payer, OrderSide.PAYEE: order.payee}
    if any(bic not in system.directory for bic in sides.values()):
        yield ReasonCode.UNKNOWN_PARTICIPANT
    if order.payer == order.payee:
        yield ReasonCode.SAME_ACCOUNT
    accounts = [system.directory.account_number(bic, order.currency) for bic in sides.values()]
    if None in accounts:
        yield ReasonCode.NO_SETTLEMENT_ACCOUNT
    if any(bic in system.membership.left for bic in sides.values()):
        yield ReasonCode.PARTICIPANT_LEFT
    if claimant not in [sides[one] for one in rule.opened_by]:
        yield ReasonCode.CASE_NOT_FOR_ORDER
    if order.status not in rule.order_states or not _in_time(system, rule, order):
        yield ReasonCode.CASE_NOT_FOR_ORDER


def _in_time(system: SettlementSystem, rule: CaseRule, order: CaseOrder) -> bool:
    today = system.clock.date
    if rule.opens_within is None or today is None:
        return True
    return today <= date_of(order.date) + datetime.timedelta(rule.opens_within)


def respondent_of(claimant: str, given: Opening) -> str:
    """The side that answers a case: the operator, or the other side of the order."""
    if given.order is None or CASE_RULES[given.type].against_operator:
        return OPERATOR
    return given.order.payer if claimant == given.order.payee else given.order.payee


def refusal_of_terms(
    system: SettlementSystem,
    kind: CaseType,
    claimant: str,
    order: CaseOrder | None,
    terms: CaseTerms,
    case: int = -1,
) -> ReasonCode:
    """Why these terms cannot be named; `NONE` if they can.

    Args:
        system: in its current state.
        kind: type of the case.
        claimant: BIC.
        order: that the case is about.
        terms: with amounts in their range.
        case: number of the case; -1 before it has one.
    """
    rule, book = CASE_RULES[kind], system.cases
    if terms.total <= 0:
        return ReasonCode.AMOUNT_NOT_POSITIVE
    if terms.total > MAX_AMOUNT:
        return ReasonCode.AMOUNT_TOO_LARGE
    if rule.money == CaseMoney.NONE:
        return ReasonCode.FIELD_MALFORMED
    if terms.principal:
        if rule.money != CaseMoney.ALL or order is None:
            return ReasonCode.CASE_AMOUNT_TOO_LARGE
        named = book.reserved.principal(order.uetr, claimant, without=case)
        if terms.principal > order.amount - named:
            return ReasonCode.CASE_AMOUNT_TOO_LARGE
    return _refusal_of_compensation(system, kind, claimant, order, terms, case)


def _refusal_of_compensation(
    system: SettlementSystem,
    kind: CaseType,
    claimant: str,
    order: CaseOrder | None,
    terms: CaseTerms,
    case: int,
) -> ReasonCode:
    """Compensation for a delay names the delay and the scheme; charges name neither."""
    if not terms.compensation or kind == CaseType.CHARGES:
        return ReasonCode.FIELD_MALFORMED if terms.delays or terms.scheme else ReasonCode.NONE
    if not terms.delays:
        return ReasonCode.FIELD_MISSING
    if order is not None and any(delay.uetr != order.uetr for delay in terms.delays):
        return ReasonCode.FIELD_MALFORMED
    agreed = system.cases.rules.scheme
    if agreed and terms.scheme != agreed:
        return ReasonCode.SCHEME_NOT_AGREED
    free = system.cases.reserved.is_free(claimant, terms.delays, without=case)
    return ReasonCode.NONE if free else ReasonCode.DELAY_COMPENSATED


def paying_accounts(system: SettlementSystem, case: Case) -> tuple[int, int] | ReasonCode:
    """The accounts from and to which a case is paid, or why there are none."""
    payer = case.respondent if case.between_banks else system.cases.rules.operator_account
    debit = system.directory.account_number(payer, case.currency)
    credit = system.directory.account_number(case.claimant, case.currency)
    if debit is None or credit is None:
        return ReasonCode.NO_SETTLEMENT_ACCOUNT
    return ReasonCode.SAME_ACCOUNT if debit == credit else (debit, credit)


def row_of_act(
    system: SettlementSystem, side: str, given: ActInCase, *, two_people: bool
) -> tuple[Case, CaseRow] | ReasonCode:
    """The case and the transition of an act, or why it is refused.

    Args:
        system: in its current state.
        side: BIC or the operator.
        given: read from the document.
        two_people: whether a second person approves the act.
    """
    case = system.cases.get(given.case)
    if case is None:
        return ReasonCode.CASE_UNKNOWN
    parties = case.parties_of(side)
    if not parties:
        return ReasonCode.CASE_UNKNOWN
    row = row_for(case, given.act, parties)
    if isinstance(row, ReasonCode):
        return row
    reason = _first(_refusals_of_act(system, case, row, given))
    if reason:
        return reason
    if row.two_people and not two_people:
        return ReasonCode.SECOND_PERSON_NEEDED
    return case, row


def _refusals_of_act(
    system: SettlementSystem, case: Case, row: CaseRow, given: ActInCase
) -> Iterator[ReasonCode]:
    if given.seen != case.seen and row.act != CaseAct.ADD_EVIDENCE:
        yield ReasonCode.CASE_ACT_NOT_EXPECTED
    if row.then != CaseState.CLOSED and len(case.history) >= MAX_ACTS:
        yield ReasonCode.TOO_MANY_CASES
    needs_evidence = row.by in (Party.MEDIATOR, Party.ARBITER) or row.act == CaseAct.ADD_EVIDENCE
    if needs_evidence and not given.evidence:
        yield ReasonCode.FIELD_MISSING
    if row.sets_terms and given.terms is None:
        yield ReasonCode.FIELD_MISSING
    if not row.sets_terms and given.terms is not None:
        yield ReasonCode.FIELD_MALFORMED
    if row.act == CaseAct.GIVE_UP and case.payment is not None and case.payment.placed:
        yield ReasonCode.CASE_ACT_NOT_EXPECTED  # it may still settle today
    if given.terms is not None:
        yield refusal_of_terms(
            system, case.type, case.claimant, case.order, given.terms, case.number
        )
    yield _refusal_of_payment(system, case, row)


def _refusal_of_payment(system: SettlementSystem, case: Case, row: CaseRow) -> ReasonCode:
    """An act after which money is due, or may be by silence, has terms and accounts."""
    pays = row.then == CaseState.PAYMENT_DUE and row.state != CaseState.PAYMENT_DUE
    if not pays and not row.sets_terms:
        return ReasonCode.NONE
    if not row.sets_terms and case.terms is None:
        return ReasonCode.FIELD_MISSING
    accounts = paying_accounts(system, case)
    return accounts if isinstance(accounts, ReasonCode) else ReasonCode.NONE
