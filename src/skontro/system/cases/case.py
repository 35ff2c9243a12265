"""A case as the record has it: parties, order, terms, state, deadline and history."""

from __future__ import annotations

from typing import Any

import attrs

from skontro.model import OrderStatus
from skontro.system.cases.case_table import OWNERS, CaseAct, CaseState, Outcome
from skontro.system.cases.case_types import CASE_RULES, CaseRule, CaseType, Party
from skontro.system.four_eyes import OPERATOR


@attrs.frozen
class CaseOrder:
    """The order that a case is about, as the record had it when the case was opened.

    Attributes:
        uetr: of the order.
        payer, payee: BICs.
        currency: code.
        amount: minor units.
        status: of the order then.
        date: its value date, ISO 8601.
    """

    uetr: str
    payer: str
    payee: str
    currency: str
    amount: int
    status: OrderStatus
    date: str


@attrs.frozen
class Delay:
    """A delay that is compensated: an order's UETR, and the value dates asked for and reached."""

    uetr: str
    due_on: str
    settled_on: str


@attrs.frozen
class CaseTerms:
    """Money from the respondent to the claimant.

    Attributes:
        principal: part of the order's amount that is paid back, minor units.
        compensation: interest, fees and charges, minor units.
        delays: the delays that the compensation is for; no other case compensates them.
        scheme: name of the compensation scheme by which it was computed; empty for none.
    """

    principal: int = 0
    compensation: int = 0
    delays: tuple[Delay, ...] = ()
    scheme: str = ""

    @property
    def total(self) -> int:
        """Minor units that are paid."""
        return self.principal + self.compensation


@attrs.frozen
class CaseEvent:
    """One act in the history of a case.

    Attributes:
        time: record time, microseconds.
        act, by: what was done, and by which party.
        state: after it.
        due: last business day for the next act, ISO 8601; empty when closed.
        terms: money that it named; None for none.
        reason: code of ISO 20022 or a name, as text; may be empty.
        text: for people; may be empty.
        evidence: SHA-256 of documents, hexadecimal.
    """

    time: int
    act: CaseAct
    by: Party
    state: CaseState
    due: str
    terms: CaseTerms | None = None
    reason: str = ""
    text: str = ""
    evidence: tuple[str, ...] = ()


@attrs.frozen
class CasePayment:
    """The order by which a case is paid.

    Attributes:
        uetr: of the present attempt.
        payer, payee: account numbers.
        amount: minor units of the case's currency.
        attempt: number of the attempt, from 1.
        not_before: business day from which it is submitted, ISO 8601.
        placed: whether it was submitted and has not ended.
    """

    uetr: str
    payer: int
    payee: int
    amount: int
    attempt: int = 1
    not_before: str = ""
    placed: bool = False


@attrs.frozen
class Case:
    """A case in the record of a system.

    Attributes:
        number: 0, 1, 2 … in order of opening.
        reference: by the side that opened it, up to 35 characters.
        type: decides the rules.
        claimant, respondent: BICs; the respondent may be the operator.
        opened_by: BIC or the operator.
        currency: code of its money.
        order: that it is about; None for an outage.
        state: how far it has come.
        due: last business day for the next act, ISO 8601; empty when closed.
        terms: money claimed, offered, awarded or agreed last; None for none.
        asked: number of questions to the claimant.
        outcome: how it was closed.
        payment: the order that pays; None before payment is due.
        history: all acts.
    """

    number: int
    reference: str
    type: CaseType
    claimant: str
    respondent: str
    opened_by: str
    currency: str
    order: CaseOrder | None
    state: CaseState
    due: str
    terms: CaseTerms | None = None
    asked: int = 0
    outcome: Outcome = Outcome.NONE
    payment: CasePayment | None = None
    history: tuple[CaseEvent, ...] = ()

    @property
    def rule(self) -> CaseRule:
        """The rule of its type."""
        return CASE_RULES[self.type]

    @property
    def closed(self) -> bool:
        """Whether no act is due any more."""
        return self.state == CaseState.CLOSED

    @property
    def owner(self) -> Party | None:
        """The party that owes the next act until `due`; None when closed."""
        return OWNERS.get(self.state)

    @property
    def owner_side(self) -> str:
        """The side that owes the next act: a BIC or the operator; empty when closed.

        The acts of mediator and arbiter are entered by two people of the operator.
        """
        if self.owner is None:
            return ""
        sides = {Party.CLAIMANT: self.claimant, Party.RESPONDENT: self.respondent}
        return sides.get(self.owner, OPERATOR)

    @property
    def seen(self) -> int:
        """The number of acts other than new evidence; each act names it, so that it fits."""
        return sum(event.act != CaseAct.ADD_EVIDENCE for event in self.history)

    @property
    def sides(self) -> tuple[str, str]:
        """Claimant and respondent, whose calendars count."""
        return self.claimant, self.respondent

    @property
    def between_banks(self) -> bool:
        """Whether the operator is not the respondent."""
        return self.respondent != OPERATOR

    def parties_of(self, side: str) -> tuple[Party, ...]:
        """The parts that a side may take in this case; none for a stranger."""
        parties = []
        if side == self.claimant:
            parties.append(Party.CLAIMANT)
        if side == self.respondent:
            parties.append(Party.RESPONDENT)
        if side == OPERATOR:
            parties += [Party.OPERATOR, Party.MEDIATOR, Party.ARBITER]
        return tuple(parties)

    def to_document(self) -> dict[str, Any]:
        """As JSON values."""
        return attrs.asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Case:
        """The inverse of `to_document`."""
        order, payment = document["order"], document["payment"]
        return cls(
            **{
                **document,
                "type": CaseType(document["type"]),
                "state": CaseState(document["state"]),
                "outcome": Outcome(document["outcome"]),
                "order": None if order is None else _order(order),
                "terms": _terms(document["terms"]),
                "payment": None if payment is None else CasePayment(**payment),
                "history": tuple(_event(one) for one in document["history"]),
            }
        )


def _order(document: dict[str, Any]) -> CaseOrder:
    return CaseOrder(**{**document, "status": OrderStatus(document["status"])})


def _terms(document: dict[str, Any] | None) -> CaseTerms | None:
    if document is None:
        return None
    delays = tuple(Delay(**one) for one in document["delays"])
    return CaseTerms(**{**document, "delays": delays})


def _event(document: dict[str, Any]) -> CaseEvent:
    return CaseEvent(
        **{
            **document,
            "act": CaseAct(document["act"]),
            "by": Party(document["by"]),
            "state": CaseState(document["state"]),
            "terms": _terms(document["terms"]),
            "evidence": tuple(document["evidence"]),
        }
    )
