"""The opening and the closing of a business day."""

from skontro.engine.constants import (
    DAY_ALREADY_OPEN,
    DAY_CLOSED_EVENT,
    DAY_NOT_OPEN,
    DAY_OPENED_EVENT,
    NO_REASON,
    REQUEST_REFUSED_EVENT,
    RETURNED_AT_END_OF_DAY,
    RETURNED_EVENT,
)
from skontro.engine.events import log_event
from skontro.engine.jit import as_int64, internal_kernel
from skontro.engine.records import (
    BLOCK_LENGTH,
    NOT_WAITING,
    NOTHING,
    State,
)
from skontro.engine.rules.gross import end_all
from skontro.engine.rules.limits_and_reservations import forget_controls


@internal_kernel
def open_day(state: State, time: int) -> None:
    """Open the day, so that orders are accepted; refused if it is open (R46)."""
    counters = state.counters[0]
    if counters["day_open"] != 0:
        log_event(state, NOTHING, time, REQUEST_REFUSED_EVENT, DAY_ALREADY_OPEN)
        return
    counters["day_open"] = 1
    counters["first_order_of_day"] = counters["orders"]
    log_event(state, NOTHING, time, DAY_OPENED_EVENT, NO_REASON)


@internal_kernel
def _clear(state: State) -> None:
    """Leave nothing of the day in the memory of queues and held orders.

    A restored engine has none of it either, and both continue to the same bytes.
    """
    counters = state.counters[0]
    for block in range(counters["blocks"]):
        state.blocks[block]["next"] = 0
        state.blocks[block]["queue"] = 0
    for slot in range(counters["blocks"] * BLOCK_LENGTH):
        state.queue_slots[slot]["amount"] = 0
        state.queue_slots[slot]["order"] = 0
        state.queue_slots[slot]["payee"] = 0
    for held_slot in range(counters["held_slots"]):
        entry = state.held[held_slot]
        entry["order"] = entry["amount"] = entry["earliest"] = entry["latest"] = 0
        entry["payer"] = entry["payee"] = entry["payment_class"] = entry["next_free"] = 0
    state.slot_of_order[: counters["placed"]] = 0
    state.counterlegs[: counters["linked"]] = 0


@internal_kernel
def close_day(state: State, time: int) -> None:
    """Return all live orders, end reservations and limits, and close the day (R46, R48)."""
    counters = state.counters[0]
    if counters["day_open"] == 0:
        log_event(state, NOTHING, time, REQUEST_REFUSED_EVENT, DAY_NOT_OPEN)
        return
    end_all(state, time, as_int64(RETURNED_EVENT), as_int64(RETURNED_AT_END_OF_DAY))
    _clear(state)
    counters["day_open"] = 0
    # Nothing is live, so every timer is void and blocks and slots may be numbered from the start.
    counters["timers"] = 0
    counters["next_due"] = NOT_WAITING
    counters["blocks"] = 0
    counters["free_block"] = NOTHING
    counters["held_slots"] = 0
    counters["free_held_slot"] = NOTHING
    counters["placed"] = 0
    counters["joined"] = 0
    counters["selected"] = 0
    counters["together"] = 0
    counters["linked"] = 0
    forget_controls(state)
    log_event(state, NOTHING, time, DAY_CLOSED_EVENT, NO_REASON)
