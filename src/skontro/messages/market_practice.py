"""The second step of validation: rules of market practice for credit transfers.

They follow the usage guidelines of cross-border payments and high-value payment systems (CBPR+ and
HVPS+) as in force since November 2026. A value that the schema allows and these rules do not is a
finding.
"""

from collections.abc import Iterator
from typing import Any, Final

from skontro.messages.content import Content, Findings, Money, text_at
from skontro.messages.findings import FindingCode, Step
from skontro.messages.transaction_parties import ROLES
from skontro.messages.values import has_offset

#: Most free lines of an address besides town and country (hybrid form).
MAX_HYBRID_LINES: Final = 2

_PRACTICE: Final = Step.MARKET_PRACTICE
_ADDRESS_CODES: Final = {
    "Dbtr": FindingCode.MISSING_DEBTOR_ADDRESS,
    "UltmtDbtr": FindingCode.MISSING_DEBTOR_ADDRESS,
    "Cdtr": FindingCode.MISSING_CREDITOR_ADDRESS,
    "UltmtCdtr": FindingCode.MISSING_CREDITOR_ADDRESS,
}
_NAME_CODES: Final = {
    "Dbtr": FindingCode.MISSING_DEBTOR_NAME,
    "Cdtr": FindingCode.MISSING_CREDITOR_NAME,
}


def check_group(header: Content, findings: Findings) -> None:
    """Rules of a group header (``GrpHdr``) of interbank transfers."""
    created = header.get("CreDtTm")
    if isinstance(created, str) and not has_offset(created):
        text = "has no offset from UTC; write it like 2026-11-27T10:00:00+05:00"
        findings.add(_PRACTICE, "CreDtTm", FindingCode.INVALID_CREATION_DATE, text)
    settlement = header.get("SttlmInf")
    method = settlement.get("SttlmMtd") if isinstance(settlement, dict) else None
    if method is not None and method != "CLRG":
        findings.add(
            _PRACTICE,
            "SttlmInf/SttlmMtd",
            FindingCode.ELEMENT_NOT_ADMITTED,
            f"is {method}; orders of this system settle by clearing: CLRG",
        )
    for name in settlement or ():
        if "RmbrsmntAgt" in name or name == "SttlmAcct":
            findings.add(
                _PRACTICE,
                f"SttlmInf/{name}",
                FindingCode.ELEMENT_NOT_ADMITTED,
                "does not go with settlement by clearing",
            )


def check_transfer(
    transfer: Content, group_date: str, findings: Findings, *, customer: bool
) -> None:
    """Rules of one credit transfer (``CdtTrfTxInf``), before anything is taken out of it.

    Args:
        transfer: its content.
        group_date: settlement date in the group header, empty where it has none.
        findings: get the faults.
        customer: whether debtor and creditor are customers (pacs.008), not institutions.
    """
    _check_references(transfer, findings)
    _check_date(transfer, group_date, findings)
    if customer:
        _check_currencies_and_charges(transfer, findings)
    _check_parties(transfer, "", findings, customer=customer)
    underlying = transfer.get("UndrlygCstmrCdtTrf")
    if isinstance(underlying, dict):
        _check_parties(underlying, "UndrlygCstmrCdtTrf/", findings, customer=True)
    if "SplmtryData" in transfer:
        text = "supplementary data cannot be carried with an order; leave it out"
        findings.add(_PRACTICE, "SplmtryData", FindingCode.ELEMENT_NOT_ADMITTED, text)


def _check_references(transfer: Content, findings: Findings) -> None:
    references = transfer.get("PmtId") or {}
    for name, what in (
        ("UETR", "the unique end-to-end transaction reference, a UUID of version 4"),
        ("InstrId", "the reference of the instructing agent"),
    ):
        if not references.get(name):
            findings.add(
                _PRACTICE,
                f"PmtId/{name}",
                FindingCode.REQUIRED_ELEMENT_MISSING,
                f"is missing: {what}",
            )


def _check_date(transfer: Content, group_date: str, findings: Findings) -> None:
    own = transfer.get("IntrBkSttlmDt")
    if not own and not group_date:
        text = "is missing: the settlement date, also not in the group header"
        findings.add(_PRACTICE, "IntrBkSttlmDt", FindingCode.INVALID_DATE, text)
    elif own and group_date and own != group_date:
        text = f"is {own}, and {group_date} in the group header; give one settlement date"
        findings.add(_PRACTICE, "IntrBkSttlmDt", FindingCode.INVALID_DATE, text)
    times = transfer.get("SttlmTmReq") or {}
    for name, time in times.items():
        if not has_offset(time):
            findings.add(
                _PRACTICE,
                f"SttlmTmReq/{name}",
                FindingCode.INVALID_DATE,
                "has no offset from UTC; write it like 10:00:00+05:00",
            )


def _check_currencies_and_charges(transfer: Content, findings: Findings) -> None:
    settled, instructed = transfer.get("IntrBkSttlmAmt"), transfer.get("InstdAmt")
    rate = transfer.get("XchgRate")
    if isinstance(settled, Money) and isinstance(instructed, Money):
        if settled.currency != instructed.currency and rate is None:
            text = (
                f"is in {instructed.currency}, the order in {settled.currency}: an order is in one "
                "currency; state the exchange rate (XchgRate) at which it was converted before"
            )
            findings.add(_PRACTICE, "InstdAmt", FindingCode.INVALID_TRANSACTION_CURRENCY, text)
        if settled.currency == instructed.currency and rate is not None:
            text = f"is given, although both amounts are in {settled.currency}"
            findings.add(_PRACTICE, "XchgRate", FindingCode.ELEMENT_NOT_ADMITTED, text)
    charges = transfer.get("ChrgsInf")
    if transfer.get("ChrgBr") == "CRED" and charges is None:
        text = "is missing: with ChrgBr CRED, charges taken are stated, also of zero"
        findings.add(_PRACTICE, "ChrgsInf", FindingCode.REQUIRED_ELEMENT_MISSING, text)
    if charges is not None and instructed is None:
        text = "is missing: with charges taken (ChrgsInf), the instructed amount is stated"
        findings.add(_PRACTICE, "InstdAmt", FindingCode.REQUIRED_ELEMENT_MISSING, text)


def _check_parties(transfer: Content, below: str, findings: Findings, *, customer: bool) -> None:
    for name in ROLES:
        found = transfer.get(name)
        if not isinstance(found, dict):
            continue
        institution = found.get("FinInstnId")
        if isinstance(institution, dict):
            inner = institution.get("CmbndId", institution)
            _check_institution(inner, name, f"{below}{name}/FinInstnId", findings)
        else:
            if customer:
                _check_name(found, name, below, findings)
            _check_address(found.get("PstlAdr"), name, f"{below}{name}", findings)


def _check_institution(inner: Content, name: str, path: str, findings: Findings) -> None:
    if not (inner.get("BICFI") or inner.get("BIC") or inner.get("ClrSysMmbId") or inner.get("Nm")):
        text = (
            "names no institution: give its BIC (BICFI), its clearing member, or name and address"
        )
        findings.add(_PRACTICE, path, FindingCode.INCORRECT_AGENT, text)
    _check_address(inner.get("PstlAdr"), name, path, findings)


def _check_name(party: Content, name: str, below: str, findings: Findings) -> None:
    code = _NAME_CODES.get(name)
    if code is None or party.get("Nm") or text_at(party, "Id", "OrgId", "AnyBIC"):
        return
    text = "is missing: debtor and creditor are named in full, or identified by their BIC (AnyBIC)"
    findings.add(_PRACTICE, f"{below}{name}/Nm", code, text)


def _check_address(address: Any, name: str, path: str, findings: Findings) -> None:  # noqa: ANN401
    """Structured or hybrid form: town and country always, and at most two free lines."""
    if not isinstance(address, dict):
        return
    code = _ADDRESS_CODES.get(name, FindingCode.REQUIRED_ELEMENT_MISSING)
    for element, what in (("TwnNm", "the town"), ("Ctry", "the country")):
        if not address.get(element):
            text = f"is missing: {what}; addresses are structured or hybrid since November 2026"
            findings.add(_PRACTICE, f"{path}/PstlAdr/{element}", code, text)
    lines = address.get("AdrLine")
    if isinstance(lines, list) and len(lines) > MAX_HYBRID_LINES:
        text = f"occurs {len(lines)} times; at most {MAX_HYBRID_LINES} free lines are allowed"
        findings.add(
            _PRACTICE, f"{path}/PstlAdr/AdrLine[3]", FindingCode.ELEMENT_NOT_ADMITTED, text
        )


def transfers_of(content: Content) -> Iterator[Content]:
    """The credit transfers of a message content, in their order."""
    found = content.get("CdtTrfTxInf", [])
    yield from found if isinstance(found, list) else [found]
