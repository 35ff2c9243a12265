"""Payments that answer or collect: returns (pacs.004) and direct debits (pacs.010)."""

from typing import Final

from skontro.messages.content import (
    Content,
    Findings,
    Money,
    at,
    copied,
    take_list,
    take_str,
    text_at,
)
from skontro.messages.credit_transfer import CLASSES, Group, read_amount, read_date, read_transfer
from skontro.messages.findings import FindingCode, Step
from skontro.messages.identifiers import participant_bic
from skontro.messages.payment_requests import (
    note_unused,
    read_details,
    take_original,
    take_reason,
)
from skontro.messages.requests import DirectDebit, OriginalReference, PaymentReturn, Request
from skontro.messages.semantics import Places, check_order, check_sender, check_settlement
from skontro.messages.system_view import SystemView
from skontro.messages.transaction_parties import agent_bic, take_parties
from skontro.model import PaymentClass

#: Elements of the credit side of a direct debit that belong to each of its transfers.
_CREDIT_SIDE: Final = (
    *("IntrmyAgt1", "IntrmyAgt1Acct", "IntrmyAgt2", "IntrmyAgt2Acct"),
    *("IntrmyAgt3", "IntrmyAgt3Acct", "CdtrAgt", "CdtrAgtAcct", "Cdtr", "CdtrAcct", "UltmtCdtr"),
)
_DEBIT: Final = Places("DbtrAgt", "Dbtr")
_RETURN: Final = Places(amount="RtrdIntrBkSttlmAmt")


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
    if not original.uetr and (original.instruction_id or original.end_to_end_id):
        text = "is missing: the order that is returned is found by its UETR"
        code = FindingCode.REQUIRED_ELEMENT_MISSING
        findings.add(Step.MARKET_PRACTICE, f"{path}OrgnlUETR", code, text)
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
    reason, lines = take_reason(one, "RtrRsnInf")
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
    details = read_details(
        path.rstrip("/"),
        findings,
        instruction_id=return_id,
        end_to_end_id=original.end_to_end_id,
        message_id=group.message_id,
        message_name=group.message_name,
        remittance=(*_about_original(original, reason), *lines),
        parties=tuple(parties),
    )
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


def _about_original(original: OriginalReference, reason: str) -> tuple[str, ...]:
    """References of the order that is returned, and why, as lines of the return's remittance."""
    told = (
        ("OrgnlUETR", original.uetr),
        ("OrgnlMsgId", original.message_id),
        ("OrgnlInstrId", original.instruction_id),
        ("OrgnlTxId", original.transaction_id),
        ("RtrRsnInf", reason),
    )
    return tuple(f"{name}={value}" for name, value in told if value)


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
