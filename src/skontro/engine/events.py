"""Events of the engine: one record for each effect of a command, in their order."""

from enum import IntEnum

from skontro.engine.jit import llvm_inline
from skontro.engine.records import State


class EventKind(IntEnum):
    """Kinds of event. The numbers are part of the record and never change."""

    DAY_OPENED = 1
    DAY_CLOSED = 2
    REJECTED = 3  # the order was never accepted
    HELD = 4  # accepted, to wait for its earliest time
    QUEUED = 5  # accepted, and lacks cover or its turn
    SETTLED = 6  # final
    RETURNED = 7  # final without settlement, by the clock
    CANCELLED = 8  # final without settlement, by the payer
    CLASS_CHANGED = 9
    REQUEST_REFUSED = 10  # a request about an order or the day, not a new order
    OFFSETTING_RAN = 11  # follows the orders it settled; the number is that of the run
    MOVED_IN_QUEUE = 12
    CREDIT_LINE_SET = 13  # the number is that of the account, as in the next two
    RESERVATION_SET = 14
    LIMIT_SET = 15
    LIQUIDITY_MOVED = 16  # the number is that of the liquidity transfer
    CONTROL_REFUSED = 17  # a credit line, reservation or limit; the number is that of the account
    LIQUIDITY_REFUSED = 18  # the number is that of the liquidity transfer
    SELECTED = 19
    EARMARKED = 20  # the amount of a linked leg is on an earmark account
    COMPLETED = 21  # the earmarked amount is with the payee; final
    RELEASED = 22  # the earmarked amount is with the payer again; final without settlement
    TIMES_CHANGED = 23


@llvm_inline
def log_event(state: State, order: int, time: int, kind: int, reason: int) -> None:
    """Append one event; the caller of the outermost kernel has ensured the capacity."""
    index = state.counters[0]["events"]
    event = state.events[index]
    event["order"] = order
    event["time"] = time
    event["kind"] = kind
    event["reason"] = reason
    state.counters[0]["events"] = index + 1
