"""Words about transfer orders: how urgent one is, and where it stands."""

from enum import IntEnum, StrEnum


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
