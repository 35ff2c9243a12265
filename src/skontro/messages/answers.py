"""Answers to messages that were read: receiver, original message, and reasons of a refusal."""

from collections.abc import Mapping, Sequence
from typing import Final

from skontro.messages.findings import Finding, Step
from skontro.messages.message_read import MessageRead
from skontro.messages.requests import LiquidityTransfer, TradeInstruction
from skontro.messages.values import timestamp_of
from skontro.messages.writers.heading import Heading, Institution, Original
from skontro.messages.writers.notices import write_rejection
from skontro.messages.writers.receipts import (
    DONE,
    IN_PROGRESS,
    REFUSED,
    Handling,
    write_receipt,
)
from skontro.messages.writers.status_codes import StatusReason
from skontro.messages.writers.status_report import (
    UNKNOWN,
    TransactionStatus,
    write_status_report,
)
from skontro.messages.writers.trade_status import (
    MATCHED,
    REJECTED,
    SETTLED,
    UNMATCHED,
    Trade,
    write_trade_status,
)
from skontro.messages.writers.versions import answer_version
from skontro.model import InputError, check_bic, find_currency

#: Messages about payments, which a status report answers.
_PAYMENTS: Final = ("pacs.", "pain.")
#: Most findings of one answer: a bank corrects the first ones first.
MAX_FINDINGS: Final = 100


def original_of(message: MessageRead) -> Original:
    """The original message, as the answer names it."""
    return Original(message.message_id, message.name, _timestamp(message.created))


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
    return answer_that_refuses(heading, message, reasons)


def answer_to_orders(
    heading: Heading, message: MessageRead, statuses: Sequence[TransactionStatus]
) -> bytes:
    """The answer to a message whose orders were entered, in its version.

    Payments get a pacs.002, a transfer of liquidity a camt.025, an instructed trade an fxtr.017.

    Args:
        heading: of the answer.
        message: accepted.
        statuses: of its orders, in their order.
    """
    first = statuses[0]
    if isinstance(request := next(iter(message.requests), None), TradeInstruction):
        return write_trade_status(heading, _trade(heading, message, request, first))
    if isinstance(request, LiquidityTransfer):
        return write_receipt(
            heading,
            original_of(message),
            Handling(_HANDLED[first.status], first.reasons, _IN_WORDS[first.status]),
            uetr=first.uetr,
            message_name=answer_version("camt.025", message.name),
        )
    return write_status_report(
        heading,
        original_of(message),
        statuses,
        message_name=answer_version("pacs.002", message.name),
    )


def answer_that_refuses(
    heading: Heading, message: MessageRead, reasons: Sequence[StatusReason]
) -> bytes:
    """The answer to a message that asks for orders, none of which is taken.

    Args:
        heading: of the answer.
        message: as read.
        reasons: why.
    """
    original = original_of(message)
    if message.name.startswith(_PAYMENTS):
        return write_status_report(
            heading,
            original,
            group_status="RJCT",
            group_reasons=reasons,
            message_name=answer_version("pacs.002", message.name),
        )
    name = answer_version("camt.025", message.name)
    return write_receipt(heading, original, Handling(REFUSED, (*reasons,)), message_name=name)


#: Statuses of a transfer and of a trade, by the status of the order.
_HANDLED: Final = {
    "ACSC": DONE,
    "ACSP": IN_PROGRESS,
    "PDNG": IN_PROGRESS,
    "RJCT": REFUSED,
    "CANC": REFUSED,
}
_IN_WORDS: Final = {
    "ACSC": "the transfer is settled",
    "ACSP": "the transfer is queued or earmarked",
    "PDNG": "the transfer waits",
    "RJCT": "the transfer is rejected or returned",
    "CANC": "the transfer is cancelled",
}
_TRADE_STATUSES: Final = {
    "ACSC": SETTLED,
    "ACSP": MATCHED,
    "PDNG": UNMATCHED,
    "RJCT": REJECTED,
    "CANC": REJECTED,
}


def _trade(
    heading: Heading, message: MessageRead, request: TradeInstruction, status: TransactionStatus
) -> Trade:
    reason = next(iter(status.reasons), None)
    return Trade(
        reference=status.uetr.replace("-", ""),
        message_id=message.message_id,
        originator_reference=request.reference,
        trade_date=request.trade_date,
        settlement_date=request.value_date,
        trading_side=Institution(request.trading_side, request.trading_side),
        counterparty_side=Institution(request.counterparty, request.counterparty),
        bought=request.buy_amount,
        bought_currency=find_currency(request.buy_currency),
        sold=request.sell_amount,
        sold_currency=find_currency(request.sell_currency),
        status=_TRADE_STATUSES[status.status],
        status_at=heading.created_at if status.settled_at is None else status.settled_at,
        sub_status="" if reason is None or reason.is_proprietary else reason.code,
        common_reference=request.common_reference,
    )


def _timestamp(text: str) -> int | None:
    try:
        return timestamp_of(text)
    except InputError:
        return None
