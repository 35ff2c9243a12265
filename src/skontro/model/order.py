"""Classes, payment types and statuses of transfer orders."""

from enum import IntEnum, StrEnum


class PaymentClass(IntEnum):
    """Urgency of an order; the lower number comes first."""

    URGENT = 0
    HIGH = 1
    NORMAL = 2


class PaymentType(IntEnum):
    """Whose payment an order carries; decides by which cut-off it must come."""

    CUSTOMER = 0
    INTERBANK = 1


class OrderStatus(StrEnum):
    """Status of an order; all but held and queued are final."""

    HELD = "held"
    QUEUED = "queued"
    SETTLED = "settled"
    REJECTED = "rejected"
    RETURNED = "returned"
    CANCELLED = "cancelled"
