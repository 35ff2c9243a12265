"""One order of a message as a row of payments, or why it has none."""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from skontro.files.refusals import WHOLE_ROW, Refusal
from skontro.messages.findings import Finding, FindingCode
from skontro.messages.instructed_order import InstructedOrder
from skontro.messages.message_read import MessageRead
from skontro.messages.values import timestamp_of
from skontro.model import (
    BusinessDay,
    InputError,
    ReasonCode,
    from_timestamp,
    timestamp_text,
    to_timestamp,
)
from skontro.model.payment_details import PaymentDetails

#: How the mapping of messages keeps the amount that customers agreed on.
_INSTRUCTED: Final = "InstdAmt="
#: The element of a settlement date that is not `IntrBkSttlmDt`.
_DATES: Final = {"camt.050": "SttlmDt", "fxtr.014": "SttlmDt"}
#: Columns of text that messages fill; the others stay empty.
ROW_COLUMNS: Final = (
    *("uetr", "payer", "payee", "currency", "amount_minor", "payment_class"),
    *("submitted_at", "earliest_at", "latest_at", "instructed_currency", "instructed_amount"),
    "counterleg",
)
#: Reason codes of findings that say the same; others are malformed fields.
_REASONS: Final = {
    FindingCode.REQUIRED_ELEMENT_MISSING: ReasonCode.FIELD_MISSING,
    FindingCode.DUPLICATE_TRANSACTION: ReasonCode.DUPLICATE_ORDER,
    FindingCode.DECIMALS_NOT_OF_CURRENCY: ReasonCode.WRONG_EXPONENT,
    FindingCode.ZERO_AMOUNT: ReasonCode.AMOUNT_NOT_POSITIVE,
    FindingCode.NOT_ALLOWED_CURRENCY: ReasonCode.UNKNOWN_CURRENCY,
}


def refusal_of(file: Path, finding: Finding) -> Refusal:
    """The refusal of a message file for a finding, with the finding's line as row."""
    reason = _REASONS.get(finding.code, ReasonCode.FIELD_MALFORMED)
    field = finding.xpath or WHOLE_ROW
    return Refusal(file.name, finding.line, field, reason, None, f"{finding.code}: {finding.text}")


def row_of(
    order: InstructedOrder,
    message: MessageRead,
    days: Mapping[datetime.date, BusinessDay] | None,
) -> tuple[dict[str, Any], Refusal | None]:
    """The row of an order, or why it has none; file and row of the refusal are set later."""
    created = _created(message)
    day = _day_of(order, created, days)
    if day is None or (created is not None and created >= day.closes_at):
        reason, text = ReasonCode.NO_BUSINESS_DAY, "is not one of the business days"
        if day is not None:
            text = f"had passed at {message.created}, when the message was created"
            reason = ReasonCode.OUTSIDE_BUSINESS_DAY
        date = None if order.value_date is None else order.value_date.isoformat()
        return {}, Refusal("", 0, _DATES.get(message.name[:8], "IntrBkSttlmDt"), reason, date, text)
    currency, amount = _instructed(order.details)
    return {
        "uetr": order.uetr,
        "payer": order.payer,
        "payee": order.payee,
        "currency": order.currency,
        "amount_minor": str(order.amount),
        "payment_class": order.payment_class.name.lower(),
        "submitted_at": timestamp_text(max(created or day.opens_at, day.opens_at)),
        "earliest_at": None if order.earliest is None else timestamp_text(order.earliest),
        "latest_at": None if order.latest is None else timestamp_text(order.latest),
        "instructed_currency": currency,
        "instructed_amount": amount,
        "counterleg": None if order.counterleg is None else order.counterleg.uetr,
    }, None


def _created(message: MessageRead) -> int | None:
    """When a message was created; None where it does not say, as requests need not."""
    try:
        return timestamp_of(message.created)
    except InputError:
        return None


def _day_of(
    order: InstructedOrder, created: int | None, days: Mapping[datetime.date, BusinessDay] | None
) -> BusinessDay | None:
    """The business day of an order; without a date of its own, the first that is not over."""
    date = order.value_date
    if date is None and created is not None and days is None:
        date = from_timestamp(created).astimezone(datetime.UTC).date()
    if date is not None:
        return _from_midnight(date) if days is None else days.get(date)
    later = (day for day in (days or {}).values() if created is None or created < day.closes_at)
    return next(later, None)


def _from_midnight(date: datetime.date) -> BusinessDay:
    begin = to_timestamp(datetime.datetime.combine(date, datetime.time(), datetime.UTC))
    return BusinessDay(date, begin, begin + 86_400_000_000)


def _instructed(details: PaymentDetails) -> tuple[str | None, str | None]:
    """Currency and amount that the customers agreed on. The mapping adds them after their lines."""
    for line in reversed(details.remittance):
        if line.startswith(_INSTRUCTED):
            amount, _, currency = line.removeprefix(_INSTRUCTED).partition(" ")
            return currency, amount
    return None, None
