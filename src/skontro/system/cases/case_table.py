"""The transitions of a case as data: the table behind code, tests and documentation.

A case is closed, or one party owes the next act until a business day. When that day has passed,
the row of `silence` says what follows. So no case waits for ever.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import attrs

from skontro.system.cases.case_types import Party


class CaseState(StrEnum):
    """How far a case has come; the texts are part of the record."""

    ANSWER_DUE = "answer due"
    INFORMATION_DUE = "information due"
    ANSWERED = "answered"
    OFFERED = "offered"
    BEFORE_OPERATOR = "before the operator"
    AWARDED = "awarded"
    DISMISSED = "dismissed"
    IN_MEDIATION = "in mediation"
    PROPOSED = "proposed by the mediator"
    HALF_ACCEPTED = "accepted by the claimant"
    IN_ARBITRATION = "in arbitration"
    PAYMENT_DUE = "payment due"
    CLOSED = "closed"


class CaseAct(StrEnum):
    """Inputs to a case; the texts are part of the record."""

    OPEN = "open"
    ANSWER = "answer"  # the respondent gives the information that was asked for
    REFUSE = "refuse"
    ASK = "ask"  # the respondent needs information from the claimant
    INFORM = "inform"  # the claimant gives it
    OFFER = "offer"
    ACCEPT = "accept"
    DECLINE = "decline"
    ESCALATE = "escalate"
    WITHDRAW = "withdraw"
    ADD_EVIDENCE = "add evidence"
    AWARD = "award"
    DISMISS = "dismiss"
    PROPOSE = "propose"
    GIVE_UP = "give up"  # two people of the operator: what was awarded cannot be paid
    SILENCE = "silence"  # the deadline has passed
    PAID = "paid"
    NOT_PAID = "not paid"  # the order ended without settlement; another one follows


class Outcome(StrEnum):
    """How a case was closed; the texts are part of the record."""

    NONE = "-"
    WITHDRAWN = "withdrawn"
    NOT_PURSUED = "not pursued"
    ANSWERED = "answered"
    LAPSED = "offer lapsed"
    DISMISSED = "dismissed"
    PAID = "paid"
    UNPAID = "unpaid"


class When(StrEnum):
    """A condition of a transition."""

    ALWAYS = "-"
    ALLOWED = "the type allows this answer"
    MAY_ASK = "the type allows it, and fewer than two questions were asked"
    BETWEEN_BANKS = "the operator is not the respondent"


@attrs.frozen
class CaseRow:
    """A transition. In each state the first row whose act, party and condition apply is taken.

    Attributes:
        state, act, by, when: where it applies.
        then: the state after it.
        outcome: where `then` is closed.
        two_people: whether a second person of the same side must approve the act.
        sets_terms: whether the act names the money; what was named before no longer counts.
    """

    state: CaseState
    act: CaseAct
    by: Party
    then: CaseState
    when: When = When.ALWAYS
    outcome: Outcome = Outcome.NONE
    two_people: bool = False
    sets_terms: bool = False


_S, _A, _P, _O = CaseState, CaseAct, Party, Outcome
_C, _R = Party.CLAIMANT, Party.RESPONDENT


def _closing(
    state: CaseState, act: CaseAct, by: Party, outcome: Outcome, *, two_people: bool = False
) -> CaseRow:
    return CaseRow(state, act, by, CaseState.CLOSED, outcome=outcome, two_people=two_people)


def _money(
    state: CaseState, act: CaseAct, by: Party, then: CaseState, when: When = When.ALWAYS
) -> CaseRow:
    """An act that names money, or commits to it."""
    sets_terms = act != CaseAct.ACCEPT
    return CaseRow(state, act, by, then, when, two_people=True, sets_terms=sets_terms)


def _upward(state: CaseState, act: CaseAct, by: Party) -> tuple[CaseRow, ...]:
    """To the operator; past it where the operator is the respondent."""
    return (
        CaseRow(state, act, by, CaseState.BEFORE_OPERATOR, When.BETWEEN_BANKS),
        CaseRow(state, act, by, CaseState.IN_MEDIATION),
    )


def _settling(state: CaseState, when: When = When.ALLOWED) -> tuple[CaseRow, ...]:
    """The respondent pays what was claimed, or offers something else."""
    return (
        _money(state, _A.OFFER, _R, _S.OFFERED, when),
        _money(state, _A.ACCEPT, _R, _S.PAYMENT_DUE, when),
    )


_BETWEEN_BANKS: Final = (
    CaseRow(_S.ANSWER_DUE, _A.ANSWER, _R, _S.ANSWERED, When.ALLOWED),
    CaseRow(_S.ANSWER_DUE, _A.REFUSE, _R, _S.ANSWERED, When.ALLOWED),
    CaseRow(_S.ANSWER_DUE, _A.ASK, _R, _S.INFORMATION_DUE, When.MAY_ASK),
    *_settling(_S.ANSWER_DUE),
    *_upward(_S.ANSWER_DUE, _A.SILENCE, _P.SYSTEM),
    CaseRow(_S.INFORMATION_DUE, _A.INFORM, _C, _S.ANSWER_DUE),
    _closing(_S.INFORMATION_DUE, _A.SILENCE, _P.SYSTEM, _O.NOT_PURSUED),
    _closing(_S.ANSWERED, _A.ACCEPT, _C, _O.ANSWERED),
    *_settling(_S.ANSWERED),
    *_upward(_S.ANSWERED, _A.ESCALATE, _C),
    _closing(_S.ANSWERED, _A.SILENCE, _P.SYSTEM, _O.ANSWERED),
    CaseRow(_S.OFFERED, _A.ACCEPT, _C, _S.PAYMENT_DUE, two_people=True),
    CaseRow(_S.OFFERED, _A.DECLINE, _C, _S.ANSWERED),
    *_upward(_S.OFFERED, _A.ESCALATE, _C),
    _closing(_S.OFFERED, _A.SILENCE, _P.SYSTEM, _O.LAPSED),
)

_OPERATOR: Final = (
    _money(_S.BEFORE_OPERATOR, _A.AWARD, _P.OPERATOR, _S.AWARDED),
    CaseRow(_S.BEFORE_OPERATOR, _A.DISMISS, _P.OPERATOR, _S.DISMISSED, two_people=True),
    *_settling(_S.BEFORE_OPERATOR),
    CaseRow(_S.BEFORE_OPERATOR, _A.SILENCE, _P.SYSTEM, _S.IN_MEDIATION),
    CaseRow(_S.AWARDED, _A.ACCEPT, _R, _S.PAYMENT_DUE, two_people=True),
    CaseRow(_S.AWARDED, _A.ESCALATE, _R, _S.IN_MEDIATION),
    CaseRow(_S.AWARDED, _A.ESCALATE, _C, _S.IN_MEDIATION),
    CaseRow(_S.AWARDED, _A.SILENCE, _P.SYSTEM, _S.PAYMENT_DUE),
    _closing(_S.DISMISSED, _A.ACCEPT, _C, _O.DISMISSED),
    CaseRow(_S.DISMISSED, _A.ESCALATE, _C, _S.IN_MEDIATION),
    _closing(_S.DISMISSED, _A.SILENCE, _P.SYSTEM, _O.DISMISSED),
)

_MEDIATION: Final = (
    _money(_S.IN_MEDIATION, _A.PROPOSE, _P.MEDIATOR, _S.PROPOSED),
    CaseRow(_S.IN_MEDIATION, _A.ESCALATE, _P.MEDIATOR, _S.IN_ARBITRATION, two_people=True),
    *_settling(_S.IN_MEDIATION),
    CaseRow(_S.IN_MEDIATION, _A.SILENCE, _P.SYSTEM, _S.IN_ARBITRATION),
    CaseRow(_S.PROPOSED, _A.ACCEPT, _C, _S.HALF_ACCEPTED, two_people=True),
    CaseRow(_S.PROPOSED, _A.DECLINE, _C, _S.IN_ARBITRATION),
    CaseRow(_S.PROPOSED, _A.SILENCE, _P.SYSTEM, _S.IN_ARBITRATION),
    CaseRow(_S.HALF_ACCEPTED, _A.ACCEPT, _R, _S.PAYMENT_DUE, two_people=True),
    CaseRow(_S.HALF_ACCEPTED, _A.DECLINE, _R, _S.IN_ARBITRATION),
    CaseRow(_S.HALF_ACCEPTED, _A.SILENCE, _P.SYSTEM, _S.IN_ARBITRATION),
)

_ARBITRATION: Final = (
    _money(_S.IN_ARBITRATION, _A.AWARD, _P.ARBITER, _S.PAYMENT_DUE),
    _closing(_S.IN_ARBITRATION, _A.DISMISS, _P.ARBITER, _O.DISMISSED, two_people=True),
    _closing(_S.IN_ARBITRATION, _A.SILENCE, _P.SYSTEM, _O.DISMISSED),
)

_PAYMENT: Final = (
    _closing(_S.PAYMENT_DUE, _A.PAID, _P.SYSTEM, _O.PAID),
    CaseRow(_S.PAYMENT_DUE, _A.NOT_PAID, _P.SYSTEM, _S.PAYMENT_DUE),
    _closing(_S.PAYMENT_DUE, _A.GIVE_UP, _P.OPERATOR, _O.UNPAID, two_people=True),
    _closing(_S.PAYMENT_DUE, _A.SILENCE, _P.SYSTEM, _O.UNPAID),
)

#: States in which the claimant may end the case alone.
_WITHDRAWABLE: Final = tuple(s for s in CaseState if s not in (_S.PAYMENT_DUE, _S.CLOSED))
_AT_ANY_TIME: Final = (
    *(_closing(state, _A.WITHDRAW, _C, _O.WITHDRAWN) for state in _WITHDRAWABLE),
    *(
        CaseRow(state, _A.ADD_EVIDENCE, by, state)
        for state in CaseState
        if state != _S.CLOSED
        for by in (_C, _R, _P.OPERATOR)
    ),
)

#: All transitions after the opening; an input without a row is refused.
CASE_TABLE: Final[tuple[CaseRow, ...]] = (
    *_BETWEEN_BANKS,
    *_OPERATOR,
    *_MEDIATION,
    *_ARBITRATION,
    *_PAYMENT,
    *_AT_ANY_TIME,
)

#: The party that owes the next act, in every state of an open case.
OWNERS: Final[Mapping[CaseState, Party]] = {
    _S.ANSWER_DUE: _R,
    _S.INFORMATION_DUE: _C,
    _S.ANSWERED: _C,
    _S.OFFERED: _C,
    _S.BEFORE_OPERATOR: _P.OPERATOR,
    _S.AWARDED: _R,
    _S.DISMISSED: _C,
    _S.IN_MEDIATION: _P.MEDIATOR,
    _S.PROPOSED: _C,
    _S.HALF_ACCEPTED: _R,
    _S.IN_ARBITRATION: _P.ARBITER,
    _S.PAYMENT_DUE: _R,
}

#: Business days for the next act by state; for the answer, the type of the case has them.
DAYS: Final[Mapping[CaseState, int]] = {
    _S.INFORMATION_DUE: 5,
    _S.ANSWERED: 10,
    _S.OFFERED: 10,
    _S.BEFORE_OPERATOR: 10,
    _S.AWARDED: 5,
    _S.DISMISSED: 5,
    _S.IN_MEDIATION: 20,
    _S.PROPOSED: 5,
    _S.HALF_ACCEPTED: 5,
    _S.IN_ARBITRATION: 60,
    _S.PAYMENT_DUE: 20,
}

#: The owner is reminded when so many business days are left.
REMINDERS: Final = (5, 1)

#: Acts that only the system makes, from deadlines and from ends of orders.
OF_SYSTEM: Final = (CaseAct.SILENCE, CaseAct.PAID, CaseAct.NOT_PAID)
