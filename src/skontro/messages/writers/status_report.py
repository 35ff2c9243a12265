"""pacs.002, the status report that answers payments."""

from collections.abc import Sequence

import attrs

from skontro.messages.schema_store import Element
from skontro.messages.writers.elements import add, add_lines, add_text, add_timestamp, root
from skontro.messages.writers.heading import (
    Heading,
    Original,
    add_agent,
    add_group_header,
    written,
)
from skontro.messages.writers.status_codes import StatusReason
from skontro.messages.writers.versions import DEFAULTS, WRITTEN
from skontro.model import InputError

#: In the place of an id that the original message should have had.
UNKNOWN = "NOTPROVIDED"

_WITH_UETR = WRITTEN["pacs.002"][1:]


@attrs.frozen(kw_only=True)
class TransactionStatus:
    """The status of one payment of a message.

    Attributes:
        status: external code of ISO, such as those in `TRANSACTION_STATUSES`.
        reasons: why; several where a payment has several mistakes.
        instruction_id, end_to_end_id, transaction_id, uetr: as in the payment; empty for none.
        order: the system's number of the order, in words; empty where it has none.
        accepted_at: when the order was taken in, microseconds; None if it was not.
        settled_at: when it settled, microseconds; None if it did not.
        original: its message, where that is another than the report's.
    """

    status: str
    reasons: tuple[StatusReason, ...] = ()
    instruction_id: str = ""
    end_to_end_id: str = ""
    transaction_id: str = ""
    uetr: str = ""
    order: str = ""
    accepted_at: int | None = None
    settled_at: int | None = None
    original: Original | None = None


def write_status_report(
    heading: Heading,
    original: Original,
    transactions: Sequence[TransactionStatus] = (),
    *,
    group_status: str = "",
    group_reasons: Sequence[StatusReason] = (),
    message_name: str = DEFAULTS["pacs.002"],
) -> bytes:
    """Write a pacs.002.

    Args:
        heading: of the report.
        original: the message whose payments it is about.
        transactions: of those payments; none where the group's status holds for all.
        group_status: external code for the whole message; empty for none.
        group_reasons: why the group has it.
        message_name: one of ``WRITTEN["pacs.002"]``.

    Raises:
        InputError: the report would say nothing.
    """
    if not transactions and not group_status:
        raise InputError("a status report needs a transaction, or a status of the group")
    document = root(message_name)
    report = add(document, "FIToFIPmtStsRpt")
    header = add_group_header(report, heading)
    add_agent(header, "InstgAgt", heading.sender)
    add_agent(header, "InstdAgt", heading.receiver)
    group = add(report, "OrgnlGrpInfAndSts")
    _add_original(group, original)
    add_text(group, "GrpSts", group_status, 4)
    for reason in group_reasons:
        _add_reason(group, reason)
    for transaction in transactions:
        _add_transaction(report, transaction, message_name in _WITH_UETR)
    return written(heading, document, message_name)


def _add_original(parent: Element, original: Original) -> None:
    add_text(parent, "OrgnlMsgId", original.message_id or UNKNOWN, 35)
    add_text(parent, "OrgnlMsgNmId", original.message_name or UNKNOWN, 35)
    add_timestamp(parent, "OrgnlCreDtTm", original.created_at)


def _add_transaction(report: Element, of: TransactionStatus, with_uetr: bool) -> None:
    transaction = add(report, "TxInfAndSts")
    if of.original is not None:
        _add_original(add(transaction, "OrgnlGrpInf"), of.original)
    add_text(transaction, "OrgnlInstrId", of.instruction_id, 35)
    add_text(transaction, "OrgnlEndToEndId", of.end_to_end_id, 35)
    # Early versions have no place for the UETR, which is too long for the others by one character.
    add_text(transaction, "OrgnlTxId", of.transaction_id, 35)
    if with_uetr:
        add_text(transaction, "OrgnlUETR", of.uetr, 36)
    add(transaction, "TxSts").text = of.status
    for reason in of.reasons:
        _add_reason(transaction, reason)
    add_timestamp(transaction, "AccptncDtTm", of.accepted_at)
    if with_uetr:
        add_timestamp(transaction, "FctvIntrBkSttlmDt/DtTm", of.settled_at)
    add_text(transaction, "ClrSysRef", of.order, 35)


def _add_reason(parent: Element, reason: StatusReason) -> None:
    information = add(parent, "StsRsnInf")
    add_text(information, "Rsn/Prtry" if reason.is_proprietary else "Rsn/Cd", reason.code, 35)
    add_lines(information, "AddtlInf", reason.lines, 105, 1_000)
