"""Requests to change the times between which an order may settle."""

from skontro.engine.command_columns import ANY_TIME_AFTER, ANY_TIME_BEFORE
from skontro.engine.constants import (
    LATEST_TIME_PASSED,
    NO_REASON,
    NOTHING_TO_CHANGE,
    ORDER_FINAL,
    ORDER_HAS_ENTERED,
    ORDER_UNKNOWN,
    REQUEST_REFUSED_EVENT,
    TIMES_CHANGED_EVENT,
    TIMES_OF_LEG,
    TIMES_OUT_OF_ORDER,
)
from skontro.engine.events import log_event
from skontro.engine.jit import as_int64, internal_kernel
from skontro.engine.records import ENTERS, EXPIRES, NOTHING, State
from skontro.engine.rules.account_requests import Request
from skontro.engine.rules.entry import enter_held
from skontro.engine.rules.order_requests import reason_in_number
from skontro.engine.structures.order_lookup import counterleg_of, held_slot_of, queue_slot_of
from skontro.engine.structures.timer_heap import drop_timers_of, set_timer


@internal_kernel
def _reason_to_refuse(state: State, request: Request) -> int:
    """The reason with the lowest number that applies to a change of times, or none."""
    order, earliest, latest = request.order, request.earliest, request.latest
    names_none = earliest == ANY_TIME_BEFORE and latest == ANY_TIME_AFTER
    known = as_int64(reason_in_number(state, order))
    slot, held_slot, is_leg = NOTHING, NOTHING, False
    if known == NO_REASON:
        slot, held_slot = queue_slot_of(state, order), held_slot_of(state, order)
        is_leg = counterleg_of(state, order) != NOTHING
        if slot == NOTHING and held_slot == NOTHING:
            known = ORDER_FINAL
    if held_slot != NOTHING and not is_leg:
        if earliest == ANY_TIME_BEFORE:
            earliest = state.held[held_slot]["earliest"]
        if latest == ANY_TIME_AFTER:
            latest = state.held[held_slot]["latest"]
    reason: int = NO_REASON
    if latest < earliest:
        reason = TIMES_OUT_OF_ORDER
    elif latest < request.time:
        reason = LATEST_TIME_PASSED
    elif names_none and known not in (ORDER_UNKNOWN, ORDER_FINAL):
        reason = NOTHING_TO_CHANGE
    elif known != NO_REASON:
        reason = known
    elif slot != NOTHING and earliest > request.time:
        reason = ORDER_HAS_ENTERED
    elif is_leg:
        reason = TIMES_OF_LEG
    return reason


@internal_kernel
def change_times(state: State, request: Request) -> None:
    """Change the earliest time of a held order, the latest of a held or queued one (R59).

    Rules R46, R59. Its timers are looked for among all: such requests are rare.
    """
    time, order = request.time, request.order
    earliest, latest = request.earliest, request.latest
    reason = _reason_to_refuse(state, request)
    if reason != NO_REASON:
        log_event(state, order, time, REQUEST_REFUSED_EVENT, reason)
        return
    log_event(state, order, time, TIMES_CHANGED_EVENT, NO_REASON)
    held_slot = held_slot_of(state, order)
    if held_slot == NOTHING:
        if latest < ANY_TIME_AFTER:
            drop_timers_of(state.timers, state.counters, order)
            set_timer(state.timers, state.counters, latest + 1, order, EXPIRES)
        return
    if latest < ANY_TIME_AFTER:
        state.held[held_slot]["latest"] = latest
    if earliest == ANY_TIME_BEFORE:
        return
    state.held[held_slot]["earliest"] = earliest
    drop_timers_of(state.timers, state.counters, order)
    if earliest > time:
        set_timer(state.timers, state.counters, earliest, order, ENTERS)
    else:
        enter_held(state, held_slot, time)
