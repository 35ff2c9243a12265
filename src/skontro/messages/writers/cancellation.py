"""camt.029, the answer to a request to cancel payments."""

from collections.abc import Sequence
from typing import Final

import attrs

from skontro.messages.schema_store import Element
from skontro.messages.writers.elements import add, add_lines, add_text, add_timestamp, root
from skontro.messages.writers.heading import Heading, Original, add_agent, written
from skontro.messages.writers.status_codes import StatusReason
from skontro.messages.writers.status_report import UNKNOWN

#: `CancellationIndividualStatus1Code` and, for the whole, the confirmation's external code.
CANCELLED, REFUSED, PENDING = "ACCR", "RJCR", "PDCR"
_CONFIRMATIONS: Final = {CANCELLED: "CNCL", REFUSED: "RJCR", PENDING: "PDCR"}


@attrs.frozen(kw_only=True)
class CancellationStatus:
    """The resolution of a request to cancel one payment.

    Attributes:
        status: `CANCELLED`, `REFUSED` or `PENDING`.
        reason: why; codes of `ExternalPaymentCancellationRejection1Code`, or proprietary.
        case: id of the case in the request; empty for none.
        instruction_id, end_to_end_id, transaction_id, uetr: of the payment; empty for none.
        original: the message of the payment, where known.
    """

    status: str
    reason: StatusReason | None = None
    case: str = ""
    instruction_id: str = ""
    end_to_end_id: str = ""
    transaction_id: str = ""
    uetr: str = ""
    original: Original | None = None


def write_resolution(
    heading: Heading, request: Original, statuses: Sequence[CancellationStatus]
) -> bytes:
    """Write a camt.029.

    Args:
        heading: of the resolution.
        request: the camt.056; its id is that of the assignment that is answered.
        statuses: one of each payment, at least one. The confirmation for the whole is the one of
            all payments, and a refusal where they differ.
    """
    message_name = "camt.029.001.09"
    document = root(message_name)
    resolution = add(document, "RsltnOfInvstgtn")
    assignment = add(resolution, "Assgnmt")
    add_text(assignment, "Id", request.message_id or UNKNOWN, 35)
    add_agent(assignment, "Assgnr/Agt", heading.sender)
    add_agent(assignment, "Assgne/Agt", heading.receiver)
    add_timestamp(assignment, "CreDtTm", heading.created_at)
    found = {one.status for one in statuses}
    whole = found.pop() if len(found) == 1 else REFUSED
    add(resolution, "Sts/Conf").text = _CONFIRMATIONS[whole]
    for status in statuses:
        _add_status(add(resolution, "CxlDtls/TxInfAndSts"), status, heading)
    return written(heading, document, message_name)


def _add_status(parent: Element, of: CancellationStatus, heading: Heading) -> None:
    if of.case:
        case = add(parent, "RslvdCase")
        add_text(case, "Id", of.case, 35)
        add_agent(case, "Cretr/Agt", heading.receiver)
    if of.original is not None:
        group = add(parent, "OrgnlGrpInf")
        add_text(group, "OrgnlMsgId", of.original.message_id or UNKNOWN, 35)
        add_text(group, "OrgnlMsgNmId", of.original.message_name or UNKNOWN, 35)
        add_timestamp(group, "OrgnlCreDtTm", of.original.created_at)
    add_text(parent, "OrgnlInstrId", of.instruction_id, 35)
    add_text(parent, "OrgnlEndToEndId", of.end_to_end_id, 35)
    add_text(parent, "OrgnlTxId", of.transaction_id, 35)
    add_text(parent, "OrgnlUETR", of.uetr, 36)
    add(parent, "TxCxlSts").text = of.status
    if of.reason is not None:
        information = add(parent, "CxlStsRsnInf")
        path = "Rsn/Prtry" if of.reason.is_proprietary else "Rsn/Cd"
        add_text(information, path, of.reason.code, 35)
        add_lines(information, "AddtlInf", of.reason.lines, 105, 1_000)
