"""Schemas of cases about orders, and their mapping to the terms of the system."""

import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from skontro.ledger.case_orders import case_order
from skontro.model import (
    Currency,
    InputError,
    ReasonCode,
    find_currency,
    format_amount,
    parse_amount,
    timestamp_text,
)
from skontro.service.api.order_mapper import OrderMapper
from skontro.service.api.problems import Problem
from skontro.service.api.schema_fields import (
    Amount,
    AmountText,
    Bic,
    CurrencyCode,
    DateText,
    In,
    IsoDate,
    StatusName,
    TimestampText,
    Uetr,
)
from skontro.system.cases.case import Case, CaseEvent, CaseOrder, CaseTerms, Delay
from skontro.system.cases.case_table import CaseAct, CaseState, Outcome
from skontro.system.cases.case_types import CaseType, Party
from skontro.system.cases.inputs import MAX_DELAYS, MAX_EVIDENCE, MAX_REFERENCE, MAX_TEXT

_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=MAX_REFERENCE)]
Scheme = Annotated[str, StringConstraints(max_length=MAX_REFERENCE)]
CaseText = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
Evidence = Annotated[list[_Digest], Field(max_length=MAX_EVIDENCE)]

#: States of an order in the index that are ways of waiting.


class DelayIn(In):
    """A delay for which compensation is asked or given."""

    uetr: Uetr
    due_on: IsoDate = Field(description="Value date asked for.")
    settled_on: IsoDate = Field(description="Value date reached.")


class TermsIn(In):
    """Money from the respondent to the claimant, in the currency of the case."""

    principal: Amount = Field(default="0", description="Part of the order's amount, paid back.")
    compensation: Amount = Field(default="0", description="Interest, fees and charges.")
    delays: Annotated[list[DelayIn], Field(max_length=MAX_DELAYS)] = Field(
        default_factory=list, description="That the compensation is for; none for charges."
    )
    scheme: Scheme = Field(
        default="", description="Compensation scheme, as the rules on cases name it."
    )


class _Told(In):
    """Fields that each act may have."""

    reason: Annotated[str, StringConstraints(max_length=MAX_REFERENCE)] = Field(
        default="", description="Code of ISO 20022, or a word."
    )
    text: CaseText = Field(default="", description="For people: one line.")
    evidence: Evidence = Field(
        default_factory=list, description="SHA-256 of documents, which stay with the parties."
    )


class CaseIn(_Told):
    """The opening of a case."""

    reference: Reference = Field(description="The opener's own; unique for its side.")
    type: Annotated[CaseType, Field(strict=False, description="Decides the rules.")]
    uetr: Uetr | None = Field(
        default=None, description="The order that the case is about; none after an outage."
    )
    claimant: Bic | None = Field(
        default=None, description="Where the operator opens the case: for which participant."
    )
    currency: CurrencyCode | None = Field(
        default=None, description="The currency of a case without order."
    )
    terms: TermsIn | None = Field(default=None, description="The claim; left out for none.")


class ActIn(_Told):
    """An act in an open case."""

    act: Annotated[CaseAct, Field(strict=False, description="The act, as in the table.")]
    seen: Annotated[int, Field(ge=1, le=2**31)] | None = Field(
        default=None,
        description="`seen` of the case as it was read; another state refuses the act. Left "
        "out, the act is for the present state.",
    )
    terms: TermsIn | None = Field(
        default=None, description="The money that the act offers, proposes or awards."
    )


class DelayOut(BaseModel):
    """A delay that is compensated."""

    uetr: str
    due_on: DateText
    settled_on: DateText


class TermsOut(BaseModel):
    """Money from the respondent to the claimant."""

    total: AmountText
    principal: AmountText
    compensation: AmountText
    delays: list[DelayOut]
    scheme: str


class CaseOrderOut(BaseModel):
    """The order that a case is about, as it was at the opening."""

    uetr: str
    payer: str
    payee: str
    currency: str
    amount: AmountText
    status: StatusName
    date: DateText = Field(description="Its value date.")


class CasePaymentOut(BaseModel):
    """The order by which the case is paid."""

    uetr: str
    amount: AmountText
    attempt: int = Field(description="Number of the attempt; each order lasts for one day.")


class CaseEventOut(BaseModel):
    """An act in the history of a case."""

    at: TimestampText
    act: CaseAct
    by: Party
    state: CaseState = Field(description="After the act.")
    due: DateText | None
    terms: TermsOut | None
    reason: str
    text: str
    evidence: list[str]


class CaseOut(BaseModel):
    """A case; an open one has a side that owes the next act, and a last day for it."""

    case: int = Field(description="Number of the case.")
    reference: str
    type: CaseType
    claimant: str
    respondent: str = Field(description="A BIC, or `operator`.")
    opened_by: str
    currency: str
    state: CaseState
    owner: str | None = Field(description="BIC or `operator`: owes the next act; null if closed.")
    owner_as: Party | None = Field(description="The part in which it owes the act.")
    due: DateText | None = Field(description="Last business day for the act; null if closed.")
    outcome: Outcome
    seen: int = Field(description="To be named by an act that is meant for this state.")
    order: CaseOrderOut | None
    terms: TermsOut | None = Field(description="The money that was named last.")
    payment: CasePaymentOut | None


class CaseHistoryOut(CaseOut):
    """A case with its acts."""

    history: list[CaseEventOut]


class CasesOut(BaseModel):
    """Cases, the newest first."""

    cases: list[CaseOut]
    next: int | None = Field(description="`before` of the next page; null on the last one.")


class ActOut(BaseModel):
    """An act that was recorded, or proposed to a second person."""

    batch: int = Field(description="Number of a batch of the record.")
    case: int
    proposal: int | None = Field(
        description="Number of the proposal where a second person has to approve the act."
    )


class CaseFiguresOut(BaseModel):
    """Cases of one type, corridor and currency."""

    type: CaseType
    payer: str | None = Field(description="Country (alpha-3) of the order's payer.")
    payee: str | None = Field(description="Country (alpha-3) of the order's payee.")
    currency: str
    opened: int
    closed: int
    upheld: int = Field(description="Closed by a payment to the claimant.")
    mean_days: str | None = Field(description="Calendar days until the end.")
    share_upheld: str | None = Field(description="A share of the closed ones.")
    principal: AmountText = Field(description="Paid by the upheld ones.")
    compensation: AmountText = Field(description="Paid by the upheld ones.")


class CaseStatisticsOut(BaseModel):
    """Figures of open cases, and of those that ended in the last 400 days."""

    figures: list[CaseFiguresOut]


class CaseRulesOut(BaseModel):
    """Rules on cases in force."""

    scheme: str = Field(description="Compensation scheme; empty while none is agreed.")
    operator_account: str = Field(description="BIC whose accounts pay for the operator.")
    calendars: dict[str, dict[str, Any]] = Field(description="By country (alpha-2).")


def read_terms(shape: TermsIn | None, currency: Currency) -> CaseTerms | None:
    """Terms in minor units.

    Raises:
        Problem: an amount has too many decimals.
    """
    if shape is None:
        return None
    try:
        principal, compensation = (
            parse_amount(text, currency) for text in (shape.principal, shape.compensation)
        )
    except InputError as error:
        raise Problem(422, "Amount cannot be read", str(error), ReasonCode.WRONG_EXPONENT) from None
    delays = tuple(
        Delay(one.uetr, one.due_on.isoformat(), one.settled_on.isoformat()) for one in shape.delays
    )
    return CaseTerms(principal, compensation, delays, shape.scheme)


def case_order_of(
    mapper: OrderMapper,
    order: Any,  # noqa: ANN401  one record
    zone: datetime.tzinfo,
) -> CaseOrder:
    """The order of a case, from the index of the record."""
    return case_order(mapper.directory, order, zone)


def terms_out(terms: CaseTerms | None, code: str) -> dict[str, Any] | None:
    """Terms in the form of the API."""
    if terms is None:
        return None
    currency = find_currency(code)
    return {
        "total": format_amount(terms.total, currency),
        "principal": format_amount(terms.principal, currency),
        "compensation": format_amount(terms.compensation, currency),
        "delays": [
            {"uetr": one.uetr, "due_on": one.due_on, "settled_on": one.settled_on}
            for one in terms.delays
        ],
        "scheme": terms.scheme,
    }


def case_out(case: Case) -> dict[str, Any]:
    """A case in the form of the API, without its history."""
    currency, order, payment = find_currency(case.currency), case.order, case.payment
    return {
        "case": case.number,
        "reference": case.reference,
        "type": str(case.type),
        "claimant": case.claimant,
        "respondent": case.respondent,
        "opened_by": case.opened_by,
        "currency": case.currency,
        "state": str(case.state),
        "owner": case.owner_side or None,
        "owner_as": None if case.owner is None else str(case.owner),
        "due": case.due or None,
        "outcome": str(case.outcome),
        "seen": case.seen,
        "order": None
        if order is None
        else {
            "uetr": order.uetr,
            "payer": order.payer,
            "payee": order.payee,
            "currency": order.currency,
            "amount": format_amount(order.amount, currency),
            "status": str(order.status),
            "date": order.date,
        },
        "terms": terms_out(case.terms, case.currency),
        "payment": None
        if payment is None
        else {
            "uetr": payment.uetr,
            "amount": format_amount(payment.amount, currency),
            "attempt": payment.attempt,
        },
    }


def history_out(case: Case) -> list[dict[str, Any]]:
    """The acts of a case in the form of the API."""
    return [_event_out(event, case.currency) for event in case.history]


def _event_out(event: CaseEvent, code: str) -> dict[str, Any]:
    return {
        "at": timestamp_text(event.time),
        "act": str(event.act),
        "by": str(event.by),
        "state": str(event.state),
        "due": event.due or None,
        "terms": terms_out(event.terms, code),
        "reason": event.reason,
        "text": event.text,
        "evidence": list(event.evidence),
    }
