"""What the engine answers: one record per thing that happened, in the order it happened."""

from enum import IntEnum


class EventKind(IntEnum):
    """What happened. The numbers are part of the record and never change."""

    DAY_OPENED = 1
    DAY_CLOSED = 2
    REFUSED = 3  # the order was never accepted
    HELD = 4  # accepted, to wait for its earliest time
    QUEUED = 5  # accepted, and lacks cover or its turn
    SETTLED = 6  # final
    RETURNED = 7  # final without settlement, by the clock
    CANCELLED = 8  # final without settlement, by the payer
    CLASS_CHANGED = 9
    REQUEST_REFUSED = 10  # a request about an order or the day, not a new order
