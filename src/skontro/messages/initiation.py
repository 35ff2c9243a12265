"""Customers' own initiations (pain.001), which a sandbox takes as credit transfers."""

from collections.abc import Iterator
from typing import Final

from skontro.messages.content import Content, Findings, Money, at, copied, take_list, text_at
from skontro.messages.findings import FindingCode, Step

#: Elements of a payment information that belong to each of its transfers.
_SHARED: Final = ("PmtTpInf", "Dbtr", "DbtrAcct", "DbtrAgt", "DbtrAgtAcct", "UltmtDbtr", "ChrgBr")


def transfers_of_initiation(content: Content) -> Iterator[tuple[int, int, Content]]:
    """Positions and contents of all transfers, in the form of interbank ones.

    Amount and execution date become settlement amount and date. Payer and payee are then found by
    the agents of debtor and creditor.
    """
    initiating = at(content, "GrpHdr", "InitgPty")
    for number, payment in enumerate(take_list(content, "PmtInf"), start=1):
        # A choice since version 08; before, the date itself.
        day = text_at(payment, "ReqdExctnDt") or text_at(payment, "ReqdExctnDt", "Dt")
        day = day or text_at(payment, "ReqdExctnDt", "DtTm")[:10]
        for position, own in enumerate(take_list(payment, "CdtTrfTxInf"), start=1):
            transfer: Content = {name: copied(payment[name]) for name in _SHARED if name in payment}
            if initiating is not None:
                transfer["InitgPty"] = copied(initiating)
            transfer.update(own)
            transfer["IntrBkSttlmDt"] = day
            amount = own["Amt"]
            if isinstance(amount.get("InstdAmt"), Money):
                transfer["IntrBkSttlmAmt"] = amount.pop("InstdAmt")
            if not amount:
                del transfer["Amt"]
            yield number, position, transfer


def check_initiation(transfer: Content, findings: Findings) -> None:
    """Rules of initiations, in addition to those of transfers between institutions."""
    if "IntrBkSttlmAmt" not in transfer:
        text = (
            "gives no instructed amount (InstdAmt); equivalents in other currencies are not taken"
        )
        findings.add(Step.MARKET_PRACTICE, "Amt", FindingCode.INVALID_AMOUNT, text)
    for name in ("DbtrAgt", "CdtrAgt"):
        if name not in transfer:
            text = "is missing: payer and payee are found by their agents"
            code = FindingCode.REQUIRED_ELEMENT_MISSING
            findings.add(Step.MARKET_PRACTICE, name, code, text)
