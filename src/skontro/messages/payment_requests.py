"""Requests about payments: camt.056, camt.007, pacs.004, pacs.010 and pacs.028."""

from typing import Any, Final

from skontro.messages.content import (
    Content,
    Findings,
    Money,
    at,
    copied,
    leaves,
    take_choice,
    take_list,
    take_str,
    take_text,
    take_texts,
    text_at,
)
from skontro.messages.credit_transfer import CLASSES, Group, read_amount, read_date, read_transfer
from skontro.messages.findings import FindingCode, Step
from skontro.messages.identifiers import participant_bic
from skontro.messages.requests import (
    CancellationRequest,
    DirectDebit,
    ModificationRequest,
    OriginalReference,
    PaymentReturn,
    Request,
    StatusRequest,
)
from skontro.messages.semantics import Places, check_order, check_sender, check_settlement
from skontro.messages.system_view import SystemView
from skontro.messages.transaction_parties import agent_bic, take_parties
from skontro.messages.values import moment
from skontro.model import InputError, Party, PaymentClass, PaymentDetails


def note_unused(content: Content, path: str, findings: Findings, *, refuses: bool = False) -> None:
    """Name what is left of a request: it was not used."""
    for place, _ in leaves(content):
        text = "is not used by this system" + ("; leave it out" if refuses else "")
        code = FindingCode.ELEMENT_NOT_ADMITTED if refuses else FindingCode.NARRATIVE
        findings.add(Step.SEMANTICS, f"{path}{place}", code, text, refuses=refuses)


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


def _reason(content: Content, name: str) -> tuple[str, tuple[str, ...]]:
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
            reason, text_lines = _reason(one, "CxlRsnInf")
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


def returns(content: Content, name: str, findings: Findings, view: SystemView) -> list[Request]:
    """Requests of pacs.004, one for each transaction."""
    header = content.pop("GrpHdr", {})
    whole = content.pop("OrgnlGrpInf", None)
    group = Group.of(name, header)
    requests: list[Request] = []
    for position, one in enumerate(take_list(content, "TxInf"), start=1):
        path = f"TxInf[{position}]/"
        found = _return(one, whole, group, path, findings, view)
        if found is not None:
            requests.append(found)
    if not requests and not findings.refuse:
        text = "is missing: whole messages are not returned; name each transaction"
        code = FindingCode.REQUIRED_ELEMENT_MISSING
        findings.add(Step.MARKET_PRACTICE, "TxInf", code, text)
    return requests


def _return(
    one: Content,
    whole: Content | None,
    group: Group,
    path: str,
    findings: Findings,
    view: SystemView,
) -> PaymentReturn | None:
    for name, agent in (("InstgAgt", group.instructing), ("InstdAgt", group.instructed)):
        if name not in one and agent is not None:
            one[name] = agent
    payer, payee = agent_bic(one, "InstgAgt"), agent_bic(one, "InstdAgt")
    for name, bic in (("InstgAgt", payer), ("InstdAgt", payee)):
        if not bic:
            text = "names no participant by its BIC (BICFI)"
            findings.add(Step.SEMANTICS, f"{path}{name}", FindingCode.INCORRECT_AGENT, text)
    original = take_original(one, whole, path, findings)
    money = one.pop("RtrdIntrBkSttlmAmt", None)
    amount = read_amount(money, f"{path}RtrdIntrBkSttlmAmt", findings)
    day = take_str(one, "IntrBkSttlmDt") or group.settlement_date
    if not day:
        findings.add(
            Step.MARKET_PRACTICE,
            f"{path}IntrBkSttlmDt",
            FindingCode.INVALID_DATE,
            "is missing: the settlement date of the return",
        )
    value_date = read_date(day, f"{path}IntrBkSttlmDt", findings)
    reason, lines = _reason(one, "RtrRsnInf")
    if not reason:
        text = "is missing: why the money goes back"
        code = FindingCode.REQUIRED_ELEMENT_MISSING
        findings.add(Step.MARKET_PRACTICE, f"{path}RtrRsnInf", code, text)
    chain = one.pop("RtrChain", None) or {}
    for name in ("InstgAgt", "InstdAgt"):
        if name in one:
            chain[name] = one.pop(name)
    parties = take_parties(chain, findings, below=f"{path}RtrChain/")
    return_id = take_str(one, "RtrId")
    payment_class = CLASSES.get(take_str(one, "SttlmPrty"), PaymentClass.NORMAL)
    details = _details(group, return_id, original, lines, parties, path, findings)
    note_unused(one, path, findings)
    if findings.refuse or details is None or not isinstance(money, Money):
        return None
    payer, payee = participant_bic(payer, view), participant_bic(payee, view)
    inner = findings.below(path)
    check_settlement(payer, payee, money.currency, value_date, view, inner, _RETURN)
    check_sender(payer, view, inner, _RETURN)
    return PaymentReturn(
        return_id=return_id,
        original=original,
        payer=payer,
        payee=payee,
        currency=money.currency,
        amount=amount,
        value_date=value_date,
        reason=reason,
        payment_class=payment_class,
        details=details,
    )


def _details(
    group: Group,
    return_id: str,
    original: OriginalReference,
    lines: tuple[str, ...],
    parties: list[tuple[str, Party]],
    path: str,
    findings: Findings,
) -> PaymentDetails | None:
    try:
        return PaymentDetails(
            instruction_id=return_id,
            end_to_end_id=original.end_to_end_id,
            message_id=group.message_id,
            message_name=group.message_name,
            remittance=lines,
            parties=tuple(parties),
        )
    except InputError as error:
        code = FindingCode.INVALID_FORMAT_OF_ELEMENT
        findings.add(Step.SEMANTICS, path.rstrip("/"), code, f"the return's {error}")
        return None


#: Elements of the credit side of a direct debit that belong to each of its transfers.
_CREDIT_SIDE: Final = (
    *("IntrmyAgt1", "IntrmyAgt1Acct", "IntrmyAgt2", "IntrmyAgt2Acct"),
    *("IntrmyAgt3", "IntrmyAgt3Acct", "CdtrAgt", "CdtrAgtAcct", "Cdtr", "CdtrAcct", "UltmtCdtr"),
)


_DEBIT: Final = Places("DbtrAgt", "Dbtr")
_RETURN: Final = Places(amount="RtrdIntrBkSttlmAmt")


def direct_debits(
    content: Content, name: str, findings: Findings, view: SystemView
) -> list[Request]:
    """Requests of pacs.010, one for each transfer; the payee's side sends them."""
    header = content.pop("GrpHdr", {})
    requests: list[Request] = []
    for number, credit in enumerate(take_list(content, "CdtInstr"), start=1):
        group = Group(
            name,
            text_at(header, "MsgId"),
            text_at(credit, "IntrBkSttlmDt"),
            credit.get("PmtTpInf") or {},
        )
        side = {element: credit[element] for element in _CREDIT_SIDE if element in credit}
        for position, one in enumerate(take_list(credit, "DrctDbtTxInf"), start=1):
            path = f"CdtInstr[{number}]/DrctDbtTxInf[{position}]/"
            transfer = {**copied(side), **one}
            if not (transfer.get("IntrBkSttlmDt") or group.settlement_date):
                text = "is missing: the settlement date"
                code = FindingCode.INVALID_DATE
                findings.add(Step.MARKET_PRACTICE, f"{path}IntrBkSttlmDt", code, text)
            if not at(transfer, "PmtId", "UETR"):
                text = "is missing: the unique end-to-end transaction reference"
                code = FindingCode.REQUIRED_ELEMENT_MISSING
                findings.add(Step.MARKET_PRACTICE, f"{path}PmtId/UETR", code, text)
            order = read_transfer(transfer, group, findings.below(path))
            if order is not None:
                inner = findings.below(path)
                order = check_order(order, view, inner, _DEBIT, sent_by_payee=True)
                requests.append(DirectDebit(text_at(credit, "CdtId"), order))
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
        found: Any = findings.read(where, FindingCode.INVALID_DATE, lambda: moment(text), None)
        return found if isinstance(found, int) else None

    return read("FrDtTm"), read("ToDtTm")
