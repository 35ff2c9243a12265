"""camt.025 and admi.007: the handling of a request that is no payment."""

from typing import Final

import attrs

from skontro.messages.writers.elements import add, add_lines, add_text, add_timestamp, fit, root
from skontro.messages.writers.heading import Heading, Original, add_group_header, written
from skontro.messages.writers.status_codes import StatusReason
from skontro.messages.writers.status_report import UNKNOWN
from skontro.messages.writers.versions import DEFAULTS

#: `ExternalRequestStatus1Code` and status codes of older versions: done, refused, in progress.
DONE, REFUSED, IN_PROGRESS = "ACPT", "RJCT", "PDNG"

_OLD: Final = "camt.025.001.05"


@attrs.frozen
class Handling:
    """How a request was handled.

    Attributes:
        status: `DONE`, `REFUSED` or `IN_PROGRESS`.
        reasons: why.
        text: for a person, where there is no reason; empty for none.
    """

    status: str
    reasons: tuple[StatusReason, ...] = ()
    text: str = ""

    @property
    def description(self) -> str:
        """Everything in one line."""
        lines = [
            "; ".join((*(() if one.is_proprietary and one.lines else (one.code,)), *one.lines))
            for one in self.reasons
        ]
        return "; ".join([*lines, *([self.text] if self.text else [])])


def write_receipt(
    heading: Heading,
    original: Original,
    handling: Handling,
    *,
    uetr: str = "",
    message_name: str = DEFAULTS["camt.025"],
) -> bytes:
    """Write a camt.025.

    Args:
        heading: of the receipt.
        original: the request.
        handling: of the request.
        uetr: of the order that the request is about; empty for none.
        message_name: one of ``WRITTEN["camt.025"]``.
    """
    document = root(message_name)
    receipt = add(document, "Rct")
    add_group_header(receipt, heading, "MsgHdr")
    details = add(receipt, "RctDtls")
    add_text(details, "OrgnlMsgId/MsgId", original.message_id or UNKNOWN, 35)
    add_text(details[0], "MsgNmId", original.message_name, 35)
    if message_name == _OLD:
        # Without a choice for the UETR alone: "proprietary identification" holds it.
        add_text(details, "OrgnlPmtId/PrtryId", uetr, 70)
        outcome = add(details, "ReqHdlg")
        add(outcome, "StsCd").text = handling.status
        add_text(outcome, "Desc", handling.description, 140)
        return written(heading, document, message_name)
    add_text(details, "OrgnlPmtId/UETR", uetr, 36)
    for reason in handling.reasons or (None,):
        outcome = add(details, "ReqHdlg")
        add(outcome, "Sts/Cd").text = handling.status
        if reason is not None or handling.text:
            status_reason = add(outcome, "StsRsn")
            if reason is not None:
                path = "Rsn/Prtry" if reason.is_proprietary else "Rsn/Cd"
                add_text(status_reason, path, reason.code, 35)
            lines = (*(reason.lines if reason is not None else ()), handling.text)
            add_lines(status_reason, "AddtlInf", lines, 105, 1_000)
    return written(heading, document, message_name)


def write_acknowledgement(heading: Heading, original: Original, handling: Handling) -> bytes:
    """Write an admi.007: a message has come, and is or is not taken.

    Args:
        heading: of the acknowledgement.
        original: the message.
        handling: of the message.
    """
    message_name = "admi.007.001.01"
    document = root(message_name)
    acknowledgement = add(document, "RctAck")
    add_group_header(acknowledgement, heading, "MsgId")
    report = add(acknowledgement, "Rpt")
    related = add(report, "RltdRef")
    add_text(related, "Ref", original.message_id or UNKNOWN, 35)
    add_text(related, "MsgNm", original.message_name, 35)
    outcome = add(report, "ReqHdlg")
    add(outcome, "StsCd").text = handling.status
    add_timestamp(outcome, "StsDtTm", heading.created_at)
    if handling.description:
        add(outcome, "Desc").text = fit(handling.description, 140)
    return written(heading, document, message_name)
