"""Transfer orders: the instruction to move an amount from one settlement account to another."""

from enum import IntEnum, StrEnum

import attrs

from skontro.model.currency import MAX_AMOUNT, Currency
from skontro.model.errors import InputError
from skontro.model.identity import check_uetr


class PaymentClass(IntEnum):
    """How urgent an order is; the lower number goes first."""

    URGENT = 0
    HIGH = 1
    NORMAL = 2


class OrderStatus(StrEnum):
    """Where an order stands; all but held and queued are final."""

    HELD = "held"
    QUEUED = "queued"
    SETTLED = "settled"
    REFUSED = "refused"
    RETURNED = "returned"
    CANCELLED = "cancelled"


@attrs.frozen
class TransferOrder:
    """One transfer order as a participant submits it.

    Attributes:
        uetr: unique end-to-end transaction reference, a version 4 UUID.
        payer: BIC of the participant to debit.
        payee: BIC of the participant to credit.
        currency: of the amount and of both accounts.
        amount: minor units, 1 to `MAX_AMOUNT`.
        submitted_at: microseconds since 1970 in UTC.
        payment_class: urgent, high or normal.
        earliest_at: not to be settled before; None for at once.
        latest_at: last moment at which it may settle; None for the end of the day.
    """

    uetr: str = attrs.field(converter=check_uetr)
    payer: str
    payee: str
    currency: Currency
    amount: int
    submitted_at: int
    payment_class: PaymentClass = PaymentClass.NORMAL
    earliest_at: int | None = None
    latest_at: int | None = None

    def __attrs_post_init__(self) -> None:
        if not 0 < self.amount <= MAX_AMOUNT:
            raise InputError(f"order {self.uetr}: amount {self.amount} is outside 1..{MAX_AMOUNT}")
        earliest = max(self.submitted_at, self.earliest_at or self.submitted_at)
        if self.latest_at is not None and self.latest_at < earliest:
            raise InputError(f"order {self.uetr}: the latest time comes before it may settle")
