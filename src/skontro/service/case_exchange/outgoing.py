"""An act of a case as the message that it gives the other bank.

The messages follow from the record alone, so they are the same each time. Acts of the operator, of
mediator and arbiter, and by deadlines have no message in ISO 20022.
"""

import datetime
from collections.abc import Mapping
from typing import Final

from skontro.messages.cases.case_message import CaseMessage
from skontro.messages.cases.layouts import LAYOUTS
from skontro.messages.cases.places import Form
from skontro.model import find_currency
from skontro.system.cases.case import Case, CaseEvent, CaseTerms
from skontro.system.cases.case_table import CaseAct
from skontro.system.cases.case_types import CaseType, Party

#: Message that opens a case of each type; other types have none.
_OPENINGS: Final[Mapping[CaseType, str]] = {
    CaseType.RECALL: "camt.056",
    CaseType.DUPLICATE: "camt.056",
    CaseType.AMOUNT: "camt.056",
    CaseType.NON_RECEIPT: "camt.027",
    CaseType.VALUE_DATE: "camt.087",
    CaseType.LATE_LEG: "camt.087",
    CaseType.UNABLE_TO_APPLY: "camt.026",
    CaseType.CHARGES: "camt.106",
    CaseType.INVESTIGATION: "camt.110",
    CaseType.STATUS: "pacs.028",
}
#: Reasons where the opener gave none: codes of ISO, or proprietary.
_REASONS: Final[Mapping[CaseType, str]] = {
    CaseType.DUPLICATE: "DUPL",
    CaseType.AMOUNT: "AM09",
    CaseType.UNABLE_TO_APPLY: "unable to apply",
    CaseType.INVESTIGATION: "investigation",
}
#: Types whose acceptance says that the payment is taken back.
_TAKEN_BACK: Final = (CaseType.RECALL, CaseType.DUPLICATE, CaseType.AMOUNT)
#: Codes of `ExternalInvestigationExecutionConfirmation1Code`.
_CANCELLED, _PAYS, _INFORMS, _REFUSED = "CNCL", "IPAY", "INFO", "RJCR"
#: Type and status of an investigation.
_OTHER, _CLOSED = "OTHR", "CLSD"


def message_of(case: Case, place: int) -> CaseMessage | None:
    """The message that an act gives the other bank; None where it gives none.

    Args:
        case: with its history.
        place: of the act in the history, from 0.
    """
    event, order = case.history[place], case.order
    if order is None or not case.between_banks:
        return None
    if event.act == CaseAct.OPEN:
        return _opening(case, event, place)
    terms = _terms(case, place)
    if event.act == CaseAct.PAID and terms is not None and terms.principal:
        return _returned(case, event, place, terms)
    if event.by != Party.RESPONDENT or event.act not in _ANSWERS:
        return None
    return _answer(case, event, place, terms)


_ANSWERS: Final = (CaseAct.ANSWER, CaseAct.REFUSE, CaseAct.OFFER, CaseAct.ACCEPT)


def _terms(case: Case, place: int) -> CaseTerms | None:
    """The money that was named last, up to an act."""
    named = [event.terms for event in case.history[: place + 1] if event.terms is not None]
    return named[-1] if named else None


def _opening(case: Case, event: CaseEvent, place: int) -> CaseMessage | None:
    kind = _OPENINGS.get(case.type)
    if kind is None:
        return None
    fields: dict[str, object] = {}
    reason = event.reason or _REASONS.get(case.type, "")
    if reason and kind != "pacs.028" and "reason" in _fields(kind):
        fields["reason"] = reason
    if kind == "camt.087":
        fields["date"] = _date_asked(case)
    elif kind == "camt.110":
        fields["type"] = _OTHER
    elif kind == "camt.106":
        if event.terms is None:
            return None
        fields["compensation"] = event.terms.compensation
    return _message(case, event, place, kind, case.claimant, fields)


def _date_asked(case: Case) -> datetime.date:
    """The value date that is asked for: of the first delay, else that of the order."""
    terms = case.history[0].terms
    if terms is not None and terms.delays:
        return datetime.date.fromisoformat(terms.delays[0].due_on)
    return datetime.date.fromisoformat(case.order.date if case.order is not None else "")


def _answer(
    case: Case, event: CaseEvent, place: int, terms: CaseTerms | None
) -> CaseMessage | None:
    if case.type == CaseType.STATUS:
        return None  # it is answered by a pacs.002
    fields: dict[str, object] = {"reason": event.reason} if event.reason else {}
    if case.type == CaseType.INVESTIGATION:
        fields |= {"status": _CLOSED, "type": _OTHER, "answers": message_id(case, 0)}
        return _message(case, event, place, "camt.111", case.respondent, fields)
    fields["status"] = _INFORMS
    if event.act == CaseAct.REFUSE:
        fields["status"] = _REFUSED
    elif event.act in (CaseAct.OFFER, CaseAct.ACCEPT) and terms is not None:
        if event.act == CaseAct.ACCEPT:
            fields["status"] = _CANCELLED if case.type in _TAKEN_BACK else _PAYS
        fields |= {"principal": terms.principal or None, "compensation": terms.compensation or None}
    return _message(case, event, place, "camt.029", case.respondent, fields)


def _returned(case: Case, event: CaseEvent, place: int, terms: CaseTerms) -> CaseMessage:
    fields: dict[str, object] = {
        "principal": terms.principal,
        "compensation": terms.compensation or None,
        "reason": case.history[0].reason or _REASONS.get(case.type, "CUST"),
    }
    return _message(case, event, place, "pacs.004", case.respondent, fields)


def message_id(case: Case, place: int) -> str:
    """The id of the message that an act gives: the same each time."""
    return f"CASE-{case.number}-{place}"


def _fields(kind: str) -> set[str]:
    return {place.field for place in LAYOUTS[kind].places}


def _message(
    case: Case, event: CaseEvent, place: int, kind: str, sender: str, fields: dict[str, object]
) -> CaseMessage:
    layout, possible, order = LAYOUTS[kind], _fields(kind), case.order
    if order is None:
        raise ValueError("a case without order has no messages")
    given: dict[str, object] = {
        "assigner": sender,
        "assignee": case.respondent if sender == case.claimant else case.claimant,
        "created_at": event.time,
        "case": case.reference,
        "creator": case.opened_by,
        "uetr": order.uetr,
        "amount": order.amount,
        "value_date": datetime.date.fromisoformat(order.date),
        "text": _text(kind, event.text),
        **fields,
    }
    given = {name: value for name, value in given.items() if name in possible}
    if any(given.get(name) for name in ("amount", "principal", "compensation")):
        given["currency"] = find_currency(case.currency)
    return CaseMessage(name=layout.version, message_id=message_id(case, place), **given)  # type: ignore[arg-type]


def _text(kind: str, text: str) -> tuple[str, ...]:
    """Text in lines that the message has room for; cut after the last one."""
    place = next((one for one in LAYOUTS[kind].places if one.form == Form.LINES), None)
    if place is None or not text:
        return ()
    pieces = [text[at : at + place.most].strip() for at in range(0, len(text), place.most)]
    return tuple(piece for piece in pieces if piece)[: place.lines]
