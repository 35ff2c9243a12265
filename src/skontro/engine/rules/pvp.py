"""Payment versus payment: two orders in two currencies that settle only together.

A first leg is held until a second leg names it. Then the pair enters as a whole: both legs settle
at once, or both join their queues, where each waits for its own turn and for that of the other.
"""

from skontro.engine.command_columns import ANY_TIME_AFTER
from skontro.engine.constants import (
    AWAITS_COUNTERLEG,
    COUNTERLEG_UNKNOWN,
    EARMARK_ACCOUNT,
    HELD_EVENT,
    LEGS_IN_ONE_CURRENCY,
    NO_COMMON_TIME,
    NO_REASON,
    REJECTED_EVENT,
    SETTLED_EVENT,
    WAITING_VALUE_TOO_LARGE,
)
from skontro.engine.events import log_event
from skontro.engine.jit import as_int64, internal_kernel, llvm_inline
from skontro.engine.records import AWAITED, ENTERS, EXPIRES, LINKED, NOTHING, State
from skontro.engine.rules.gross import put_aside, release, wait_for_cover
from skontro.engine.rules.limits_and_reservations import BY_ITSELF, may_pay, post
from skontro.engine.rules.queue_bounds import may_wait, start_waiting, stop_waiting
from skontro.engine.rules.validation import concerns_earmarks, reason_to_reject
from skontro.engine.structures.order_lookup import (
    Order,
    counterleg_of,
    free_held_slot,
    held_order,
    held_slot_of,
    note_counterleg,
)
from skontro.engine.structures.timer_heap import set_timer


@llvm_inline
def _with_times(leg: Order, earliest: int, latest: int) -> Order:
    return Order(leg.number, leg.payer, leg.payee, leg.amount, leg.payment_class, earliest, latest)


@llvm_inline
def _may_settle_at_once(state: State, leg: Order) -> bool:
    """Whether a leg is permitted and nothing of the same or a higher class waits before it."""
    before = state.accounts[leg.payer]["flags"] & ((2 << leg.payment_class) - 1)
    return (
        before == 0
        and state.rules[0]["in_runs_only"] == 0
        and may_pay(state, leg.payer, leg.payee, leg.amount, 0, leg.payment_class)
    )


@internal_kernel
def _held_may_settle_at_once(state: State, slot: int) -> bool:
    return _may_settle_at_once(state, held_order(state, slot))


@internal_kernel
def _settle_held(state: State, slot: int, time: int) -> int:
    """Settle a leg that is held; its payee."""
    leg = held_order(state, slot)
    free_held_slot(state, slot)
    stop_waiting(state, leg.payer, leg.amount)
    post(state, leg.payer, leg.payee, leg.amount, leg.payment_class, BY_ITSELF)
    log_event(state, leg.number, time, SETTLED_EVENT, NO_REASON)
    return leg.payee


@internal_kernel
def _queue_held(state: State, slot: int, latest: int, time: int) -> None:
    """Queue a leg that is held, until the latest time of its pair, or without a timer."""
    leg = held_order(state, slot)
    free_held_slot(state, slot)
    state.accounts[leg.payer]["flags"] |= LINKED
    wait_for_cover(state, _with_times(leg, leg.earliest, latest), time)


@internal_kernel
def enter_pair(state: State, first: int, second: int, time: int) -> None:
    """Settle or queue both legs of a complete pair, which are in these slots of the held.

    Rules R27, R32, R33, R37.
    """
    if _held_may_settle_at_once(state, first) and _held_may_settle_at_once(state, second):
        payee = _settle_held(state, first, time)
        other_payee = _settle_held(state, second, time)
        release(state, payee, time)
        release(state, other_payee, time)
    else:
        latest = state.held[second]["latest"]
        _queue_held(state, first, latest, time)  # the first leg's timer ends both
        _queue_held(state, second, as_int64(ANY_TIME_AFTER), time)


@internal_kernel
def _submit_first(state: State, leg: Order, time: int) -> None:
    """Hold the first leg until its counterleg comes."""
    start_waiting(state, leg.payer, leg.amount)
    put_aside(state, leg)
    note_counterleg(state, leg.number, AWAITED)
    if leg.latest < ANY_TIME_AFTER:
        set_timer(state.timers, state.counters, leg.latest + 1, leg.number, EXPIRES)
    log_event(state, leg.number, time, HELD_EVENT, AWAITS_COUNTERLEG)


@internal_kernel
def _submit_second(state: State, leg: Order, slot: int, time: int) -> None:
    """Complete the pair whose first leg is in this slot of the held."""
    counterleg = state.held[slot]["order"]
    start_waiting(state, leg.payer, leg.amount)
    put_aside(state, leg)
    note_counterleg(state, leg.number, counterleg)
    note_counterleg(state, counterleg, leg.number)
    if leg.earliest > time:
        set_timer(state.timers, state.counters, leg.earliest, counterleg, ENTERS)
        log_event(state, leg.number, time, HELD_EVENT, NO_REASON)
    else:
        enter_pair(state, slot, held_slot_of(state, leg.number), time)


@llvm_inline
def _slot_of_first(state: State, counterleg: int, order: int) -> int:
    """The slot of the first leg that a second names, or NOTHING if none awaits it."""
    if not state.counters[0]["first_order_of_day"] <= counterleg < order:
        return NOTHING
    if counterleg_of(state, counterleg) != AWAITED:
        return NOTHING
    return held_slot_of(state, counterleg)


@internal_kernel
def submit_leg(state: State, leg: Order, counterleg: int, time: int) -> None:
    """Reject a new leg, hold it as the first of two, or complete its pair.

    Rules R28, R32.

    Args:
        counterleg: the number of the first leg, or NOTHING.
    """
    reason = reason_to_reject(state.accounts, state.counters, leg, time)
    settles, slot = False, NOTHING
    if reason == NO_REASON and counterleg != NOTHING:
        slot = _slot_of_first(state, counterleg, leg.number)
        if slot == NOTHING:
            reason = COUNTERLEG_UNKNOWN
        else:
            first = held_order(state, slot)
            earliest = max(leg.earliest, first.earliest)
            latest = min(leg.latest, first.latest)
            leg = _with_times(leg, earliest, latest)
            if state.accounts[first.payer]["currency"] == state.accounts[leg.payer]["currency"]:
                reason = LEGS_IN_ONE_CURRENCY
            elif latest < earliest:
                reason = NO_COMMON_TIME
            elif earliest <= time:
                settles = _may_settle_at_once(state, first) and _may_settle_at_once(state, leg)
    if reason == NO_REASON and concerns_earmarks(state.accounts, leg.payer, leg.payee):
        reason = EARMARK_ACCOUNT
    if reason == NO_REASON and not settles and not may_wait(state, leg.payer, leg.amount):
        reason = WAITING_VALUE_TOO_LARGE
    if reason != NO_REASON:
        log_event(state, leg.number, time, REJECTED_EVENT, reason)
    elif slot == NOTHING:
        _submit_first(state, leg, time)
    else:
        _submit_second(state, leg, slot, time)
