"""Requests about payments that were sent before: camt.056, camt.007 and pacs.028."""

from typing import Any

from skontro.messages.content import (
    Content,
    Findings,
    at,
    leaves,
    take_choice,
    take_list,
    take_str,
    take_text,
    take_texts,
    text_at,
)
from skontro.messages.credit_transfer import CLASSES
from skontro.messages.findings import FindingCode, Step
from skontro.messages.requests import (
    CancellationRequest,
    ModificationRequest,
    OriginalReference,
    Request,
    StatusRequest,
)
from skontro.messages.system_view import SystemView
from skontro.messages.transaction_parties import agent_bic
from skontro.messages.values import timestamp_of
from skontro.model import InputError, PaymentClass, PaymentDetails


def note_unused(content: Content, path: str, findings: Findings, *, refuses: bool = False) -> None:
    """Name what is left of a request: it was not used."""
    for place, _ in leaves(content):
        text = "is not used by this system" + ("; leave it out" if refuses else "")
        code = FindingCode.ELEMENT_NOT_ADMITTED if refuses else FindingCode.NARRATIVE
        findings.add(Step.SEMANTICS, f"{path}{place}", code, text, refuses=refuses)


def read_details(path: str, findings: Findings, **fields: Any) -> PaymentDetails | None:  # noqa: ANN401
    """The details of an order that a request asks for; None and a finding if none can have them.

    Args:
        path: to the element with the references, for findings.
        findings: get what cannot be carried.
        fields: of `PaymentDetails`.
    """
    try:
        return PaymentDetails(**fields)
    except InputError as error:
        code = FindingCode.INVALID_FORMAT_OF_ELEMENT
        findings.add(Step.SEMANTICS, path, code, f"the order's {error}")
        return None


def take_original(content: Content, group: Content | None, path: str, findings: Findings) -> Any:  # noqa: ANN401
    """The transaction that a request is about, taken out of its content.

    Args:
        content: of the transaction in the request.
        group: with the original message, where the request names it for all its transactions.
        path: to the content, for findings.
        findings: get a reference that names nothing.
    """
    own = content.pop("OrgnlGrpInf", None) or group or {}
    original = OriginalReference(
        text_at(own, "OrgnlMsgId"),
        text_at(own, "OrgnlMsgNmId"),
        take_text(content, "OrgnlInstrId"),
        take_text(content, "OrgnlEndToEndId"),
        take_text(content, "OrgnlTxId"),
        take_text(content, "OrgnlUETR"),
    )
    if original.uetr == original.instruction_id == original.end_to_end_id == "":
        text = "is missing: the order is found by its UETR, else by its other references"
        code = FindingCode.REQUIRED_ELEMENT_MISSING
        findings.add(Step.MARKET_PRACTICE, f"{path}OrgnlUETR", code, text)
    return original


def take_reason(content: Content, name: str) -> tuple[str, tuple[str, ...]]:
    """Code and text of the first reason; further ones follow as text."""
    code, lines = "", []
    for reason in take_list(content, name):
        inner = reason.get("Rsn")
        found = take_choice(reason, "Rsn") if isinstance(inner, dict) else ""
        if code and found:
            lines.append(found)
        code = code or found
        lines += take_texts(reason, "AddtlInf")
    return code, tuple(lines)


def cancellations(
    content: Content, _name: str, findings: Findings, _view: SystemView
) -> list[Request]:
    """Requests of camt.056, one for each transaction."""
    assignment = content.pop("Assgnmt", {})
    requests: list[Request] = []
    assigner = agent_bic(at(assignment, "Assgnr"), "Agt")
    content.pop("CtrlData", None)
    for number, underlying in enumerate(take_list(content, "Undrlyg"), start=1):
        group = underlying.pop("OrgnlGrpInfAndCxl", None)
        transactions = take_list(underlying, "TxInf")
        if not transactions:
            text = "is missing: whole messages are not cancelled; name each transaction"
            findings.add(
                Step.MARKET_PRACTICE,
                f"Undrlyg[{number}]/TxInf",
                FindingCode.REQUIRED_ELEMENT_MISSING,
                text,
            )
        for position, one in enumerate(transactions, start=1):
            path = f"Undrlyg[{number}]/TxInf[{position}]/"
            original = take_original(one, group, path, findings)
            reason, text_lines = take_reason(one, "CxlRsnInf")
            requests.append(
                CancellationRequest(
                    text_at(assignment, "Id"),
                    take_str(one, "CxlId"),
                    original,
                    reason,
                    text_lines,
                    assigner or agent_bic(one, "Assgnr"),
                )
            )
            note_unused(one, path, findings)
    return requests


def status_requests(
    content: Content, _name: str, findings: Findings, _view: SystemView
) -> list[Request]:
    """Requests of pacs.028, one for each transaction, or for each message without transactions."""
    content.pop("GrpHdr", None)
    groups = take_list(content, "OrgnlGrpInf")
    transactions = take_list(content, "TxInf")
    requests: list[Request] = []
    for position, one in enumerate(transactions, start=1):
        path = f"TxInf[{position}]/"
        group = groups[0] if len(groups) == 1 else None
        original = take_original(one, group, path, findings)
        requests.append(StatusRequest(take_str(one, "StsReqId"), original))
        note_unused(one, path, findings)
    if not transactions:
        requests += [
            StatusRequest(
                "", OriginalReference(text_at(one, "OrgnlMsgId"), text_at(one, "OrgnlMsgNmId"))
            )
            for one in groups
        ]
    if not requests:
        text = "is missing: name the transaction or the message whose status is asked"
        code = FindingCode.REQUIRED_ELEMENT_MISSING
        findings.add(Step.MARKET_PRACTICE, "TxInf", code, text)
    return requests


def modifications(
    content: Content, _name: str, findings: Findings, _view: SystemView
) -> list[Request]:
    """Requests of camt.007, one for each order."""
    content.pop("MsgHdr", None)
    requests: list[Request] = []
    for number, one in enumerate(take_list(content, "Mod"), start=1):
        path = f"Mod[{number}]/"
        identification = one.pop("PmtId", {})
        long = identification.get("LngBizId")
        given = long if isinstance(long, dict) else {}
        original = OriginalReference(
            end_to_end_id=text_at(given, "EndToEndId"),
            transaction_id=text_at(given, "TxId") or text_at(identification, "TxId"),
            uetr=text_at(given, "UETR"),
        )
        if not original.uetr:
            text = "is missing: the order is found by its UETR"
            code = FindingCode.REQUIRED_ELEMENT_MISSING
            findings.add(Step.MARKET_PRACTICE, f"{path}PmtId/LngBizId/UETR", code, text)
        new = one.pop("NewPmtValSet", {})
        request = ModificationRequest(
            original,
            _new_class(new, path, findings),
            *_new_times(new, path, findings),
        )
        note_unused(new, f"{path}NewPmtValSet/", findings, refuses=True)
        if request.payment_class is request.earliest is request.latest is None:
            text = "changes nothing: give a priority (Prty) or times (PrcgVldtyTm)"
            code = FindingCode.REQUIRED_ELEMENT_MISSING
            findings.add(Step.SEMANTICS, f"{path}NewPmtValSet", code, text)
        requests.append(request)
    return requests


def _new_class(new: Content, path: str, findings: Findings) -> PaymentClass | None:
    code = take_choice(new, "Prty")
    if code and code not in CLASSES:
        text = f"is {code}; known are {', '.join(CLASSES)}"
        where = f"{path}NewPmtValSet/Prty"
        findings.add(Step.SEMANTICS, where, FindingCode.INVALID_FORMAT_OF_ELEMENT, text)
    return CLASSES.get(code)


def _new_times(new: Content, path: str, findings: Findings) -> tuple[int | None, int | None]:
    times = new.pop("PrcgVldtyTm", None) or {}
    both = times.get("DtTmRg") or times
    where = f"{path}NewPmtValSet/PrcgVldtyTm"

    def read(name: str) -> int | None:
        text = both.get(name)
        if text is None:
            return None
        found: Any = findings.read(
            where, FindingCode.INVALID_DATE, lambda: timestamp_of(text), None
        )
        return found if isinstance(found, int) else None

    return read("FrDtTm"), read("ToDtTm")
