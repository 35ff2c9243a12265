"""Answers to messages that were read: receiver, original message, and reasons of a refusal."""

from collections.abc import Mapping
from typing import Final

from skontro.messages.findings import Finding, Step
from skontro.messages.message_read import MessageRead
from skontro.messages.values import moment
from skontro.messages.writers.heading import Heading, Institution, Original
from skontro.messages.writers.notices import write_rejection
from skontro.messages.writers.receipts import REFUSED, Handling, write_receipt
from skontro.messages.writers.status_codes import StatusReason
from skontro.messages.writers.status_report import UNKNOWN, write_status_report
from skontro.messages.writers.versions import answer_version
from skontro.model import InputError, check_bic

#: Messages about payments, which a status report answers.
_PAYMENTS: Final = ("pacs.", "pain.")
#: Most findings of one answer: a bank mends the first ones first.
MAX_FINDINGS: Final = 100


def original_of(message: MessageRead) -> Original:
    """The original message, as the answer names it."""
    return Original(message.message_id, message.name, _moment(message.created))


def receiver_of(message: MessageRead, names: Mapping[str, str]) -> Institution:
    """The sender of a message, as far as the message names it.

    Args:
        message: as read.
        names: of participants, by BIC.
    """
    senders = (message.instructing, "" if message.header is None else message.header.sender)
    for bic in senders:
        if bic:
            try:
                return Institution(names.get(bic, bic), check_bic(bic))
            except InputError:
                continue
    return Institution(UNKNOWN)


def reasons_of(findings: tuple[Finding, ...]) -> tuple[StatusReason, ...]:
    """Findings that refuse a message, as reasons with place, line and text."""
    refusing = [one for one in findings if one.refuses]
    return tuple(
        StatusReason(str(one.code), (f"{one.xpath or 'message'} (line {one.line}): {one.text}",))
        for one in refusing[:MAX_FINDINGS]
    )


def answer_to_refused(heading: Heading, message: MessageRead) -> bytes:
    """The answer to a message that was refused: a status report, a receipt or a rejection.

    Input that is not a message, or whose kind cannot be read, gets an admi.002. A payment message
    gets a pacs.002 that rejects all of it; any other message gets a camt.025.

    Args:
        heading: of the answer.
        message: with findings that refuse it.
    """
    reasons, original = reasons_of(message.findings), original_of(message)
    unreadable = any(one.refuses and one.step == Step.INPUT for one in message.findings)
    if unreadable or not message.name or not message.message_id:
        first = reasons[0]
        places = [one.xpath for one in message.findings if one.refuses]
        lines = [line for reason in reasons for line in reason.lines]
        return write_rejection(
            heading, original, first.code, first.lines[0], location=places[0], data=lines
        )
    if message.name.startswith(_PAYMENTS):
        return write_status_report(
            heading,
            original,
            group_status="RJCT",
            group_reasons=reasons,
            message_name=answer_version("pacs.002", message.name),
        )
    name = answer_version("camt.025", message.name)
    return write_receipt(heading, original, Handling(REFUSED, reasons), message_name=name)


def _moment(text: str) -> int | None:
    try:
        return moment(text)
    except InputError:
        return None
