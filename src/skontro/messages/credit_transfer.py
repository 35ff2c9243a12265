"""Credit transfers (pacs.008, pacs.009 core and COV, pain.001) as instructed orders."""

import datetime
from typing import Any, Final

import attrs

from skontro.messages.content import (
    Content,
    Findings,
    Money,
    copied,
    leaves,
    prune,
    take_choice,
    take_str,
    take_texts,
    text_at,
)
from skontro.messages.findings import FindingCode, Step
from skontro.messages.instructed_order import InstructedOrder, TransactionReference
from skontro.messages.transaction_parties import agent_bic, take_parties
from skontro.messages.values import date, minor_units, timestamp_on
from skontro.model import InputError, Party, PaymentClass, PaymentDetails, PaymentType
from skontro.model.payment_details import MAX_REMITTANCE_LINE

#: `Priority3Code` and `Priority2Code` of ISO 20022 as payment classes.
CLASSES: Final = {
    "URGT": PaymentClass.URGENT,
    "HIGH": PaymentClass.HIGH,
    "NORM": PaymentClass.NORMAL,
}
_NO_DATE: Final = datetime.date.min


@attrs.frozen
class Group:
    """The fields of a message's header that apply to all its transactions.

    Attributes:
        message_name: for example ``pacs.008.001.08``.
        message_id: of the group header.
        settlement_date: of the group header, as written; empty where it has none.
        payment_type: content of ``PmtTpInf`` of the group header, empty where it has none.
        instructing, instructed: agents of the group header as content, or None.
    """

    message_name: str
    message_id: str = ""
    settlement_date: str = ""
    payment_type: Content = attrs.field(factory=dict)
    instructing: Content | None = None
    instructed: Content | None = None

    @property
    def customer(self) -> bool:
        """Whether debtors and creditors are customers, not institutions."""
        return self.message_name.startswith(("pacs.008.", "pain.001."))

    @classmethod
    def of(cls, message_name: str, header: Content) -> "Group":
        """From the content of a group header, which keeps it."""
        return cls(
            message_name,
            text_at(header, "MsgId"),
            text_at(header, "IntrBkSttlmDt"),
            header.get("PmtTpInf") or {},
            header.get("InstgAgt"),
            header.get("InstdAgt"),
        )


def reference_of(transfer: Content) -> TransactionReference:
    """The references of a transaction (``PmtId``), left in their place."""
    found = transfer.get("PmtId")
    given = found if isinstance(found, dict) else {}
    names = ("InstrId", "EndToEndId", "TxId", "UETR")
    return TransactionReference(*(text_at(given, name) for name in names))


def read_transfer(transfer: Content, group: Group, findings: Findings) -> InstructedOrder | None:
    """One credit transfer between institutions (``CdtTrfTxInf``) as an order.

    Values without a field of their own in an order are kept among the lines of its remittance,
    as ``path=text``: nothing is dropped.

    Args:
        transfer: its content, which is used up.
        group: of the message.
        findings: name the values that cannot be read or carried.

    Returns:
        The order; None where it is incomplete, with findings that refuse it.
    """
    customer = group.customer
    for name, agent in (("InstgAgt", group.instructing), ("InstdAgt", group.instructed)):
        if name not in transfer and agent is not None:
            transfer[name] = copied(agent)
    payer = agent_bic(transfer, "InstgAgt") or agent_bic(transfer, "DbtrAgt")
    payee = agent_bic(transfer, "InstdAgt") or agent_bic(transfer, "CdtrAgt")
    if not customer:
        payer = payer or agent_bic(transfer, "Dbtr")
        payee = payee or agent_bic(transfer, "Cdtr")
    _require_agent("InstgAgt", payer, findings)
    _require_agent("InstdAgt", payee, findings)
    references = transfer.pop("PmtId", {})
    money = transfer.pop("IntrBkSttlmAmt", None)
    amount = read_amount(money, "IntrBkSttlmAmt", findings)
    value_date = read_date(
        take_str(transfer, "IntrBkSttlmDt") or group.settlement_date, "IntrBkSttlmDt", findings
    )
    earliest, latest = _take_times(transfer, value_date, findings)
    payment_type = transfer.get("PmtTpInf") or copied(group.payment_type)
    payment_class = _take_class(transfer, payment_type)
    parties = take_parties(transfer, findings)
    underlying = transfer.get("UndrlygCstmrCdtTrf")
    if isinstance(underlying, dict):
        below = "UndrlygCstmrCdtTrf/"
        parties += take_parties(underlying, findings, "underlying_", below)
    details = take_details(transfer, group, references, payment_type, parties, findings)
    if findings.refuse or details is None:
        return None
    return InstructedOrder(
        uetr=text_at(references, "UETR"),
        payer=payer,
        payee=payee,
        currency=money.currency,
        amount=amount,
        value_date=value_date,
        payment_class=payment_class,
        payment_type=PaymentType.CUSTOMER if customer else PaymentType.INTERBANK,
        details=details,
        earliest=earliest,
        latest=latest,
        transaction_id=text_at(references, "TxId"),
    )


def _require_agent(name: str, bic: str, findings: Findings) -> None:
    if not bic:
        text = (
            "names no participant: payer and payee are found by the BIC (BICFI) of instructing and "
            "instructed agent"
        )
        findings.add(Step.SEMANTICS, name, FindingCode.INCORRECT_AGENT, text)


def read_amount(money: object, path: str, findings: Findings) -> int:
    """An amount in minor units; 0 and a finding where it cannot be read."""
    if not isinstance(money, Money):
        text = "is missing: the amount with its currency"
        findings.add(Step.SEMANTICS, path, FindingCode.INVALID_AMOUNT, text)
        return 0
    try:
        return minor_units(money)
    except InputError as error:
        text = str(error)
        code = (
            FindingCode.ZERO_AMOUNT
            if "is zero" in text
            else FindingCode.DECIMALS_NOT_OF_CURRENCY
            if "decimals" in text
            else FindingCode.NOT_ALLOWED_CURRENCY
            if "ISO 4217" in text
            else FindingCode.INVALID_AMOUNT
        )
        findings.add(Step.SEMANTICS, path, code, text)
        return 0


def read_date(text: str, path: str, findings: Findings) -> datetime.date:
    """A settlement date; a finding where it cannot be read. A missing one was found before."""
    if not text:
        return _NO_DATE
    try:
        return date(text)
    except InputError as error:
        findings.add(Step.SEMANTICS, path, FindingCode.INVALID_DATE, str(error))
        return _NO_DATE


def _take_times(
    transfer: Content, value_date: datetime.date, findings: Findings
) -> tuple[int | None, int | None]:
    """Earliest (``FrTm``) and latest (``RjctTm``, else ``TillTm``) time of settlement."""
    times = transfer.get("SttlmTmReq")
    if not isinstance(times, dict) or value_date is _NO_DATE:
        return None, None
    found: dict[str, int | None] = {}
    for name in ("FrTm", "RjctTm", "TillTm"):
        if name == "TillTm" and "RjctTm" in found:
            continue  # kept as text: the time of rejection decides
        text = times.pop(name, None)
        if text is not None:
            found[name] = _time(text, value_date, f"SttlmTmReq/{name}", findings)
    prune(transfer, "SttlmTmReq")
    earliest, latest = found.get("FrTm"), found.get("RjctTm", found.get("TillTm"))
    if earliest is not None and latest is not None and earliest >= latest:
        findings.add(
            Step.SEMANTICS,
            "SttlmTmReq/FrTm",
            FindingCode.INVALID_DATE,
            "is not before the latest time (RjctTm or TillTm)",
        )
    return earliest, latest


def _time(text: str, day: datetime.date, path: str, findings: Findings) -> int | None:
    read: Any = findings.read(path, FindingCode.INVALID_DATE, lambda: timestamp_on(day, text), None)
    return read if isinstance(read, int) else None


def _take_class(transfer: Content, payment_type: Content) -> PaymentClass:
    """By the settlement priority, else by the instruction priority; normal without both."""
    instruction = take_str(payment_type, "InstrPrty")
    return CLASSES.get(take_str(transfer, "SttlmPrty") or instruction, PaymentClass.NORMAL)


def take_details(
    transfer: Content,
    group: Group,
    references: Content,
    payment_type: Content,
    parties: list[tuple[str, Party]],
    findings: Findings,
) -> PaymentDetails | None:
    """The details of an order; None and a finding where they cannot be carried.

    Everything that is left in the transfer goes into the remittance.
    """
    purpose = take_choice(transfer, "Purp")
    category = take_choice(payment_type, "CtgyPurp")
    bearer = take_str(transfer, "ChrgBr")
    lines = _take_remittance(transfer)
    transfer["PmtTpInf"] = payment_type
    for path, text in leaves(transfer):
        line = f"{path}={text}"
        lines += [
            line[start : start + MAX_REMITTANCE_LINE]
            for start in range(0, len(line), MAX_REMITTANCE_LINE)
        ]
    try:
        return PaymentDetails(
            instruction_id=text_at(references, "InstrId"),
            end_to_end_id=text_at(references, "EndToEndId"),
            message_id=group.message_id,
            message_name=group.message_name,
            purpose=purpose,
            category_purpose=category,
            charge_bearer=bearer,
            remittance=tuple(lines),
            parties=tuple(parties),
        )
    except InputError as error:
        text = f"the order's {error}"
        findings.add(Step.SEMANTICS, "", FindingCode.INVALID_FORMAT_OF_ELEMENT, text)
        return None


def _take_remittance(transfer: Content) -> list[str]:
    """Unstructured lines of remittance; structured ones stay for ``path=text``."""
    found = transfer.get("RmtInf")
    return take_texts(found, "Ustrd") if isinstance(found, dict) else []
