"""Classes, payment types, statuses and outcomes of screening of transfer orders."""

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


class ScreeningOutcome(IntEnum):
    """The outcome of screening an order. The numbers are part of the record and never change."""

    NOT_SCREENED = 0
    PASSED = 1
    HELD = 2
    REJECTED = 3
    RELEASED = 4  # by two people of the operator, from any other outcome
