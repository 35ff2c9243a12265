"""A message about a case as the opening of a case, or as an act in an open one.

Requests open a case, whose type follows from the message. Answers act in the case that they name by
the opener's reference and BIC.
"""

from collections.abc import Mapping
from typing import Final

from skontro.messages.cases.case_message import CaseMessage
from skontro.messages.requests import CancellationRequest
from skontro.model import InputError, format_amount
from skontro.system.cases.case import Case, CaseOrder, CaseTerms, Delay
from skontro.system.cases.case_table import CaseAct
from skontro.system.cases.case_types import CASE_RULES, CaseMoney, CaseType
from skontro.system.cases.inputs import MAX_TEXT, ActInCase, Opening

#: Type of the case that a request opens.
TYPES: Final[Mapping[str, CaseType]] = {
    "camt.026": CaseType.UNABLE_TO_APPLY,
    "camt.027": CaseType.NON_RECEIPT,
    "camt.056": CaseType.RECALL,
    "camt.087": CaseType.VALUE_DATE,
    "camt.105": CaseType.CHARGES,
    "camt.106": CaseType.CHARGES,
    "camt.110": CaseType.INVESTIGATION,
}
#: Tells of charges that were taken already, so there is nothing to claim.
_TAKEN: Final = "camt.105"
#: Answers to requests.
ANSWERS: Final = ("camt.029", "camt.111")
#: Types of a recall by its reason (`ExternalCancellationReason1Code`).
_OF_REASON: Final[Mapping[str, CaseType]] = {
    "DUPL": CaseType.DUPLICATE,
    "AM09": CaseType.AMOUNT,
}
#: Confirmations of a camt.029 that refuse what was asked for.
_REFUSALS: Final = ("RJCR", "RJNR", "RJVA", "NRCD")


def type_of(message: CaseMessage) -> CaseType:
    """The type of the case that a request opens.

    Raises:
        InputError: the message opens no case.
    """
    found = TYPES.get(message.kind)
    if found is None:
        raise InputError(f"{message.kind} opens no case in this system")
    return _OF_REASON.get(message.reason, found) if found == CaseType.RECALL else found


def opening_of(message: CaseMessage, order: CaseOrder, evidence: str) -> Opening:
    """The opening of a case by a request.

    Args:
        message: whose sender opens the case.
        order: that it is about.
        evidence: SHA-256 of the message as received, hexadecimal.

    Raises:
        InputError: the message opens no case, or its currency is not that of the order.
    """
    kind = type_of(message)
    return Opening(
        reference=message.case or message.message_id,
        type=kind,
        order=order,
        terms=_claim(message, kind, order),
        reason=message.reason,
        text=_text(message),
        evidence=(evidence,),
    )


def recall_of(request: CancellationRequest, order: CaseOrder, evidence: str) -> Opening:
    """The opening of a case by a request to cancel an order that is final.

    Args:
        request: to cancel.
        order: settled.
        evidence: SHA-256 of the message as received, hexadecimal.
    """
    return Opening(
        reference=request.request_id or request.assignment_id,
        type=_OF_REASON.get(request.reason, CaseType.RECALL),
        order=order,
        terms=CaseTerms(principal=order.amount),
        reason=request.reason,
        text=" ".join(request.text)[:MAX_TEXT],
        evidence=(evidence,),
    )


def _claim(message: CaseMessage, kind: CaseType, order: CaseOrder) -> CaseTerms | None:
    """The money that a request asks for; without an amount, a recall asks for the whole order."""
    if message.currency is not None and message.currency.code != order.currency:
        raise InputError(f"currency: the order is in {order.currency}")
    if message.kind == _TAKEN:
        return None
    money = CASE_RULES[kind].money
    if money == CaseMoney.ALL:
        return CaseTerms(principal=message.amount or order.amount)
    if money == CaseMoney.COMPENSATION and message.compensation is not None:
        return CaseTerms(compensation=message.compensation)
    return None


def act_of(message: CaseMessage, case: Case, evidence: str, scheme: str) -> ActInCase:
    """The act of an answer in the case that it is about.

    Args:
        message: from the respondent.
        case: in its present state.
        evidence: SHA-256 of the message as received, hexadecimal.
        scheme: compensation scheme that the rules on cases name; empty for none.

    Raises:
        InputError: the message is no answer, or names money in another currency.
    """
    if message.kind not in ANSWERS:
        raise InputError(f"{message.kind} is no answer")
    act, terms = _answer(message, case, scheme)
    return ActInCase(
        case=case.number,
        act=act,
        seen=case.seen,
        terms=terms,
        reason=message.reason,
        text=_one_line(message),
        evidence=(evidence,),
    )


def _answer(message: CaseMessage, case: Case, scheme: str) -> tuple[CaseAct, CaseTerms | None]:
    if message.status in _REFUSALS:
        return CaseAct.REFUSE, None
    if message.principal is None and message.compensation is None:
        return CaseAct.ANSWER, None
    if message.currency is not None and message.currency.code != case.currency:
        raise InputError(f"currency: the case is in {case.currency}")
    named = CaseTerms(message.principal or 0, message.compensation or 0)
    claimed = case.terms
    if claimed is not None and claimed.total == named.total:
        return CaseAct.ACCEPT, None
    if not named.compensation or case.type == CaseType.CHARGES:
        return CaseAct.OFFER, named
    delays = () if claimed is None else claimed.delays
    if not delays and case.order is not None:
        delays = (_delay(message, case.order),)
    return CaseAct.OFFER, CaseTerms(named.principal, named.compensation, delays, scheme)


def _delay(message: CaseMessage, order: CaseOrder) -> Delay:
    """The delay that an offer compensates: up to the date that the answer names."""
    due = order.date if message.value_date is None else message.value_date.isoformat()
    settled = due if message.date is None else message.date.isoformat()
    return Delay(order.uetr, due, max(due, settled))


def _text(message: CaseMessage) -> str:
    """The text of an opening; it begins with charges that were taken, as no claim names them."""
    told = _one_line(message)
    if message.kind != _TAKEN or message.currency is None or message.compensation is None:
        return told
    amount = format_amount(message.compensation, message.currency)
    return f"charges of {amount} {message.currency.code} were taken {told}".strip()[:MAX_TEXT]


def _one_line(message: CaseMessage) -> str:
    """The text of a message as one line, cut where a case has no room for more."""
    return " ".join(message.text)[:MAX_TEXT]
