"""Types of case as data: who opens one, about which orders, the answers allowed, and the clocks.

The rules are in docs/reference/disputes.md, with these tables printed from here.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import attrs

from skontro.model import OrderStatus


class CaseType(StrEnum):
    """Types of case; the texts are part of the record."""

    RECALL = "recall"
    CANCELLATION = "cancellation"
    RETURN = "return"
    NON_RECEIPT = "non-receipt"
    VALUE_DATE = "value date"
    UNABLE_TO_APPLY = "unable to apply"
    DUPLICATE = "duplicate"
    AMOUNT = "amount"
    CHARGES = "charges"
    INVESTIGATION = "investigation"
    STATUS = "status"
    LATE_LEG = "late leg"
    LINK_IN_DOUBT = "link in doubt"
    OUTAGE = "outage"


class Party(StrEnum):
    """The parts in a case; the texts are part of the record."""

    CLAIMANT = "claimant"  # asks for something
    RESPONDENT = "respondent"  # answers; pays where money is due
    OPERATOR = "operator"
    MEDIATOR = "mediator"
    ARBITER = "arbiter"
    SYSTEM = "system"  # a deadline has passed, or an order has ended


class OrderSide(StrEnum):
    """A participant by its part in the order that a case is about."""

    PAYER = "payer"
    PAYEE = "payee"


class CaseMoney(StrEnum):
    """The money that may be agreed or awarded."""

    NONE = "none"  # the case ends with information
    COMPENSATION = "compensation"  # interest, fees or charges
    ALL = "principal and compensation"  # all or part of the order's amount too


class Answer(StrEnum):
    """Acts by which the respondent answers; values as those of `CaseAct`."""

    ANSWER = "answer"
    REFUSE = "refuse"
    ASK = "ask"
    OFFER = "offer"
    ACCEPT = "accept"


_SETTLED: Final = (OrderStatus.SETTLED,)
_ENDED: Final = (
    OrderStatus.SETTLED,
    OrderStatus.REJECTED,
    OrderStatus.RETURNED,
    OrderStatus.CANCELLED,
)
_WAITING: Final = (OrderStatus.HELD, OrderStatus.QUEUED)
_PAYER: Final = (OrderSide.PAYER,)
_PAYEE: Final = (OrderSide.PAYEE,)
_BOTH: Final = (OrderSide.PAYER, OrderSide.PAYEE)
_INFORMS: Final = (Answer.ANSWER, Answer.REFUSE, Answer.ASK)
_PAYS: Final = (*_INFORMS, Answer.OFFER, Answer.ACCEPT)


@attrs.frozen(kw_only=True)
class CaseRule:
    """The rule of one type of case.

    Attributes:
        messages: ISO 20022 messages that open and answer such a case, as text.
        opened_by: sides of the order that may open it; empty for any participant.
        against_operator: whether the operator is the respondent, and not the order's other side.
        by_operator: whether the operator may open it on behalf of a claimant.
        order_states: of the order, at the opening; empty where the case names no order.
        answers: allowed to the respondent.
        money: the money that may be agreed or awarded.
        answer_days: business days for the first answer.
        opens_within: calendar days after the order's date in which it is opened; None for any.
    """

    messages: str
    opened_by: tuple[OrderSide, ...] = _BOTH
    against_operator: bool = False
    by_operator: bool = False
    order_states: tuple[OrderStatus, ...] = _SETTLED
    answers: tuple[Answer, ...] = _PAYS
    money: CaseMoney = CaseMoney.ALL
    answer_days: int = 10
    opens_within: int | None = 396


#: The rule of every type of case.
CASE_RULES: Final[Mapping[CaseType, CaseRule]] = {
    CaseType.RECALL: CaseRule(messages="camt.056, camt.029, pacs.004", opened_by=_PAYER),
    CaseType.CANCELLATION: CaseRule(
        messages="camt.056, camt.029",
        opened_by=_PAYER,
        against_operator=True,
        order_states=_WAITING,
        answers=_INFORMS,
        money=CaseMoney.NONE,
        answer_days=1,
    ),
    CaseType.RETURN: CaseRule(messages="pacs.004", opened_by=_PAYER, answer_days=5),
    CaseType.NON_RECEIPT: CaseRule(
        messages="camt.027, camt.029",
        order_states=(*_ENDED, *_WAITING),
        money=CaseMoney.COMPENSATION,
    ),
    CaseType.VALUE_DATE: CaseRule(
        messages="camt.087, camt.029", opened_by=_PAYEE, money=CaseMoney.COMPENSATION
    ),
    CaseType.UNABLE_TO_APPLY: CaseRule(
        messages="camt.026, camt.028",
        opened_by=_PAYEE,
        answers=_INFORMS,
        money=CaseMoney.NONE,
        answer_days=5,
    ),
    CaseType.DUPLICATE: CaseRule(messages="camt.056, camt.029, pacs.004", opened_by=_PAYER),
    CaseType.AMOUNT: CaseRule(messages="camt.056, camt.029, pacs.004", opened_by=_PAYER),
    CaseType.CHARGES: CaseRule(messages="camt.105, camt.106", money=CaseMoney.COMPENSATION),
    CaseType.INVESTIGATION: CaseRule(
        messages="camt.110, camt.111",
        order_states=(*_ENDED, *_WAITING),
        answers=_INFORMS,
        money=CaseMoney.NONE,
    ),
    CaseType.STATUS: CaseRule(
        messages="pacs.028, pacs.002",
        order_states=(*_ENDED, *_WAITING),
        answers=_INFORMS,
        money=CaseMoney.NONE,
        answer_days=1,
    ),
    CaseType.LATE_LEG: CaseRule(
        messages="camt.087, camt.029", opened_by=_PAYEE, money=CaseMoney.COMPENSATION
    ),
    CaseType.LINK_IN_DOUBT: CaseRule(
        messages="camt.110, camt.111",
        against_operator=True,
        order_states=(*_ENDED, *_WAITING),
        money=CaseMoney.COMPENSATION,
        answer_days=2,
    ),
    CaseType.OUTAGE: CaseRule(
        messages="camt.087, camt.029",
        opened_by=(),
        against_operator=True,
        by_operator=True,
        order_states=(),
        money=CaseMoney.COMPENSATION,
        opens_within=None,
    ),
}
