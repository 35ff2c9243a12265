"""Effects of openings, acts and days on the cases of a system."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Final

import attrs

from skontro.model import InputError, InvariantBroken, Phase, ReasonCode, from_timestamp
from skontro.system.cases.case import Case, CaseEvent, CasePayment
from skontro.system.cases.case_book import next_attempt, uetr_of_attempt
from skontro.system.cases.case_table import DAYS, REMINDERS, CaseAct, CaseRow, CaseState
from skontro.system.cases.case_types import Party
from skontro.system.cases.checks import paying_accounts, respondent_of
from skontro.system.cases.clocks import CaseClock
from skontro.system.cases.inputs import ActInCase, Opening
from skontro.system.cases.protocol import advance_case, row_for

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

#: How long closed cases are kept in the state, in microseconds; the record keeps them for good.
KEPT: Final = 400 * 86_400 * 1_000_000

_DAY: Final = datetime.timedelta(days=1)

#: Phases in which the running business day has ended.
_AFTER_DAY: Final = (Phase.END_OF_DAY, Phase.SEALED)


def next_business_day(system: SettlementSystem, after: datetime.date) -> datetime.date:
    """The first business day of the system after a date; the next date where none is near."""
    try:
        return system.clock.calendar.first_business_day(after + _DAY)
    except InputError:
        return after + _DAY


def day_after(system: SettlementSystem) -> str:
    """The business day after the running one, ISO 8601; empty before the first."""
    date = system.clock.date
    return "" if date is None else next_business_day(system, date).isoformat()


def day_of_acts(system: SettlementSystem, time: int) -> datetime.date:
    """The business day for which an act at this time counts (D2)."""
    date = system.clock.date
    if date is None:
        local = from_timestamp(time).astimezone(system.clock.calendar.zone).date()
        return next_business_day(system, local - _DAY)
    return next_business_day(system, date) if system.clock.phase in _AFTER_DAY else date


def case_clock(system: SettlementSystem) -> CaseClock:
    """Counts business days by the calendars in force."""
    return CaseClock(system.clock.calendar, system.cases.rules, system.directory)


def _due(clock: CaseClock, case: Case, date: datetime.date) -> str:
    """The last business day of the next act, when the state is entered on a date."""
    if case.closed:
        return ""
    days = DAYS.get(case.state, case.rule.answer_days)
    return clock.after(case.sides, date, days).isoformat()


def open_case(system: SettlementSystem, side: str, given: Opening, time: int) -> Case:
    """Open a case; `refusal_of_opening` has passed."""
    book, order = system.cases, given.order
    claimant = given.claimant or side
    case = Case(
        number=book.count,
        reference=given.reference,
        type=given.type,
        claimant=claimant,
        respondent=respondent_of(claimant, given),
        opened_by=side,
        currency=given.currency if order is None else order.currency,
        order=order,
        state=CaseState.ANSWER_DUE,
        due="",
        terms=given.terms,
    )
    case = attrs.evolve(case, due=_due(case_clock(system), case, day_of_acts(system, time)))
    by = Party.CLAIMANT if side == claimant else Party.OPERATOR
    event = CaseEvent(
        time,
        CaseAct.OPEN,
        by,
        case.state,
        case.due,
        given.terms,
        given.reason,
        given.text,
        given.evidence,
    )
    case = attrs.evolve(case, history=(event,))
    book.put(case)
    return case


def act_in_case(
    system: SettlementSystem, case: Case, row: CaseRow, given: ActInCase, time: int
) -> Case:
    """Carry out an act; `row_of_act` has passed."""
    after = advance_case(case, row, given.terms)
    if row.then != row.state:
        date = day_of_acts(system, time)
        after = attrs.evolve(after, due=_due(case_clock(system), after, date))
    event = CaseEvent(
        time,
        row.act,
        row.by,
        after.state,
        after.due,
        given.terms,
        given.reason,
        given.text,
        given.evidence,
    )
    return _keep(system, case, attrs.evolve(after, history=(*case.history, event)), time)


def _keep(system: SettlementSystem, before: Case, after: Case, time: int) -> Case:
    """Keep a case; one that is to be paid gets its payment."""
    if after.state == CaseState.PAYMENT_DUE and before.state != CaseState.PAYMENT_DUE:
        accounts = paying_accounts(system, after)
        if after.terms is None or isinstance(accounts, ReasonCode):
            raise InvariantBroken("a case that is to be paid has terms and accounts", str(accounts))
        payment = CasePayment(
            uetr_of_attempt(after, time, 1),
            *accounts,
            amount=after.terms.total,
        )
        after = attrs.evolve(after, payment=payment)
    system.cases.put(after)
    return after


def begin_day(
    system: SettlementSystem, before: datetime.date | None, date: datetime.date, time: int
) -> None:
    """Apply the deadlines that have passed, and remind owners of those that come (D3, D4, D5).

    Args:
        system: whose business day starts.
        before: the business day before, on which the service ran; None for the first.
        date: the business day that starts.
        time: of the batch.
    """
    system.cases.forget(time - KEPT)
    if not system.cases.number_open:
        return
    clock, previous = case_clock(system), date - _DAY if before is None else before
    for kept in system.cases.open:
        case = _payable(kept, date, time)
        if case != kept:
            system.cases.put(case)
        left = clock.left(case.sides, previous, datetime.date.fromisoformat(case.due))
        if left == 0:
            _fall_silent(system, clock, case, date, time)
            continue
        due = clock.after(case.sides, date - _DAY, left).isoformat()
        if due != case.due:
            system.cases.move_deadline(attrs.evolve(case, due=due))
        if clock.is_open(case.sides, date) and left in REMINDERS:
            system.cases.remind(attrs.evolve(case, due=due))


def _payable(case: Case, date: datetime.date, time: int) -> Case:
    """The case, with another UETR where an order could not be submitted on the day before."""
    payment = case.payment
    if payment is None or payment.placed or payment.not_before >= date.isoformat():
        return case
    return next_attempt(case, time, payment.not_before)


def _fall_silent(
    system: SettlementSystem, clock: CaseClock, case: Case, date: datetime.date, time: int
) -> None:
    row = row_for(case, CaseAct.SILENCE, (Party.SYSTEM,))
    if isinstance(row, ReasonCode):
        raise InvariantBroken("silence has an effect in every state", str(case.state))
    after = advance_case(case, row, None)
    # The day that starts is the first for the next act.
    after = attrs.evolve(after, due=_due(clock, after, date - _DAY))
    event = CaseEvent(time, row.act, row.by, after.state, after.due)
    _keep(system, case, attrs.evolve(after, history=(*case.history, event)), time)
