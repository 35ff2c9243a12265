"""Queries and requests for reports: camt.003, camt.005 and camt.060."""

import datetime
from typing import Any, Final

from skontro.messages.content import (
    Content,
    Findings,
    prune,
    take_choice,
    take_list,
    take_str,
    take_text,
    take_texts,
    text_at,
)
from skontro.messages.credit_transfer import read_date
from skontro.messages.findings import FindingCode, Step
from skontro.messages.payment_requests import note_unused
from skontro.messages.requests import (
    AccountQuery,
    ReportRequest,
    Request,
    TransactionQuery,
)
from skontro.messages.system_view import SystemView
from skontro.messages.transaction_parties import agent_bic
from skontro.messages.values import date
from skontro.messages.writers.query_answers import BALANCE_TYPES

#: Reports that camt.060 may ask for.
REPORTS: Final = ("camt.052", "camt.053", "camt.054")
#: Names of statuses of orders by the code that a query states (`PendingStatus4Code`,
#: `FinalStatusCode`, `CashPaymentStatus2Code`).
STATUSES_OF_CODE: Final = {
    "ACPD": ("warehoused",),
    "SSPD": ("held",),
    "PSTL": ("queued", "earmarked"),
    "STLD": ("settled",),
    "RJTD": ("rejected", "returned"),
    "CAND": ("cancelled",),
    "FNLD": ("settled", "rejected", "returned", "cancelled"),
    "PDNG": ("warehoused", "held", "queued", "earmarked"),
    "FINL": ("settled", "rejected", "returned", "cancelled"),
}


def take_account(content: Content, name: str) -> str:
    """The identification of an account, taken out."""
    found = content.get(name)
    if not isinstance(found, dict):
        return ""
    inner = found.get("Id", found.get("EQ", found))
    if not isinstance(inner, dict):
        return ""
    number = take_str(inner, "IBAN") or take_text(inner, "Othr", "Id")
    prune(content, name)
    return number


def _criteria(content: Content, definition: str, criterion: str, findings: Findings) -> list[Any]:
    """Search criteria of a query; a stored or changed query is not offered."""
    content.pop("MsgHdr", None)
    found = content.pop(definition, None) or {}
    kind = found.pop("QryTp", "ALLL")
    if kind != "ALLL":
        text = f"is {kind}; queries are answered whole: ALLL"
        code = FindingCode.SERVICE_NOT_OFFERED
        findings.add(Step.SEMANTICS, f"{definition}/QryTp", code, text)
    wanted = found.pop(criterion, None) or {}
    if "QryNm" in wanted:
        text = "names a stored query; queries are not stored: state the criteria (NewCrit)"
        code = FindingCode.SERVICE_NOT_OFFERED
        findings.add(Step.SEMANTICS, f"{definition}/{criterion}/QryNm", code, text)
    new = wanted.get("NewCrit") or {}
    return take_list(new, "SchCrit")


def account_queries(
    content: Content, _name: str, findings: Findings, _view: SystemView
) -> list[Request]:
    """The request of camt.003: one query for each set of criteria, all accounts without any."""
    queries: list[Request] = []
    for number, one in enumerate(_criteria(content, "AcctQryDef", "AcctCrit", findings), start=1):
        accounts = [take_account({"EQ": each}, "EQ") for each in take_list(one, "AcctId")]
        if "" in accounts:
            text = "must be equal to an account (EQ); parts of numbers are not searched"
            path = f"AcctQryDef/AcctCrit/NewCrit/SchCrit[{number}]/AcctId"
            findings.add(Step.SEMANTICS, path, FindingCode.SERVICE_NOT_OFFERED, text)
        types = _balance_types(one, f"AcctQryDef/AcctCrit/NewCrit/SchCrit[{number}]/Bal", findings)
        queries.append(AccountQuery(tuple(accounts), tuple(take_texts(one, "Ccy")), tuple(types)))
        path = f"AcctQryDef/AcctCrit/NewCrit/SchCrit[{number}]/"
        note_unused(one, path, findings, refuses=True)
    return queries or [AccountQuery()]


def _balance_types(criteria: Content, path: str, findings: Findings) -> list[str]:
    """Codes of balances, taken out; those between two participants are not kept here."""
    types: list[str] = []
    for balance in take_list(criteria, "Bal"):
        counterparties = take_str(balance, "CtrPtyTp")
        if counterparties != "MULT":
            text = f"is {counterparties}; balances are with all others: MULT"
            findings.add(Step.SEMANTICS, f"{path}/CtrPtyTp", FindingCode.SERVICE_NOT_OFFERED, text)
        for kind in [take_choice({"Tp": one}, "Tp") for one in take_list(balance, "Tp")]:
            types.append(kind)
            if kind not in BALANCE_TYPES:
                text = f"is {kind}; balances are {', '.join(BALANCE_TYPES)}"
                findings.add(Step.SEMANTICS, f"{path}/Tp", FindingCode.SERVICE_NOT_OFFERED, text)
        note_unused(balance, f"{path}/", findings, refuses=True)
    return types


def transaction_queries(
    content: Content, _name: str, findings: Findings, _view: SystemView
) -> list[Request]:
    """The request of camt.005: one query for each set of criteria, all orders without any."""
    queries: list[Request] = []
    for number, one in enumerate(_criteria(content, "TxQryDef", "TxCrit", findings), start=1):
        path = f"TxQryDef/TxCrit/NewCrit/SchCrit[{number}]/"
        search = one.pop("PmtSch", None) or {}
        longs = [each.pop("LngBizId", None) or {} for each in take_list(search, "PmtId")]
        dates = take_texts(search, "IntrBkSttlmDt")
        read = [read_date(day, f"{path}PmtSch/IntrBkSttlmDt", findings) for day in dates]
        statuses = []
        for status in take_list(search, "Sts"):
            inner = status.get("PmtInstrSts") or {}
            statuses += [inner[name] for name in inner if isinstance(inner[name], str)]
        for status in statuses:
            if status not in STATUSES_OF_CODE:
                text = f"is {status}; statuses are {', '.join(STATUSES_OF_CODE)}"
                code = FindingCode.SERVICE_NOT_OFFERED
                findings.add(Step.SEMANTICS, f"{path}PmtSch/Sts", code, text)
        queries.append(
            TransactionQuery(
                uetrs=tuple(one["UETR"] for one in longs if "UETR" in one),
                end_to_end_ids=tuple(take_texts(search, "EndToEndId")),
                message_ids=tuple(take_texts(search, "MsgId")),
                instruction_ids=tuple(take_texts(search, "TxId")),
                payers=_members(one, "PmtFr"),
                payees=_members(one, "PmtTo"),
                statuses=tuple(statuses),
                currencies=tuple(take_texts(search, "IntrBkSttlmAmtCcy")),
                from_date=min(read, default=None),
                to_date=max(read, default=None),
            )
        )
        note_unused({"PmtSch": search, **one}, path, findings, refuses=True)
    return queries or [TransactionQuery()]


def _members(content: Content, name: str) -> tuple[str, ...]:
    """BICs of members, taken out."""
    bics = []
    for one in take_list(content, name):
        for member in take_list(one, "MmbId"):
            bic = text_at(member, "FinInstnId", "BICFI")
            if bic:
                bics.append(bic)
    return tuple(bics)


def report_requests(
    content: Content, _name: str, findings: Findings, _view: SystemView
) -> list[Request]:
    """Requests of camt.060, one for each report."""
    content.pop("GrpHdr", None)
    requests: list[Request] = []
    for number, one in enumerate(take_list(content, "RptgReq"), start=1):
        path = f"RptgReq[{number}]/"
        wanted = take_str(one, "ReqdMsgNmId")
        if not wanted.startswith(REPORTS):
            text = f"is {wanted}; reports are {', '.join(REPORTS)}"
            code = FindingCode.SERVICE_NOT_OFFERED
            findings.add(Step.SEMANTICS, f"{path}ReqdMsgNmId", code, text)
        currency = take_text(one, "Acct", "Ccy")
        account = take_account(one, "Acct")
        owner = one.pop("AcctOwnr", None) or {}
        bic = agent_bic(owner, "Agt") or text_at(owner, "Pty", "Id", "OrgId", "AnyBIC")
        one.pop("AcctSvcr", None)
        period = one.pop("RptgPrd", None) or {}
        first, last = (
            _day(text_at(period, "FrToDt", name), f"{path}RptgPrd/FrToDt/{name}", findings)
            for name in ("FrDt", "ToDt")
        )
        if first is not None and last is not None and last < first:
            text = f"is {last}, before the first day {first}"
            findings.add(
                Step.SEMANTICS, f"{path}RptgPrd/FrToDt/ToDt", FindingCode.INVALID_DATE, text
            )
        requests.append(
            ReportRequest(take_str(one, "Id"), wanted, account, bic, currency, first, last)
        )
        note_unused(one, path, findings)
    return requests


def _day(text: str, path: str, findings: Findings) -> datetime.date | None:
    if not text:
        return None
    found: Any = findings.read(path, FindingCode.INVALID_DATE, lambda: date(text), None)
    return found if isinstance(found, datetime.date) else None
