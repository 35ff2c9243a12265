"""Requests: commands on a live order, an account, the day or the queues."""

from skontro.engine.constants import (
    ALL_OR_NOTHING_ALGORITHM,
    BILATERAL_PASS_ALGORITHM,
    CANCEL,
    CANCELLED_BY_PARTICIPANT,
    CANCELLED_EVENT,
    CHANGE_CLASS,
    CLASS_CHANGED_EVENT,
    CLOSE_DAY,
    COUNTERLEG_CANCELLED,
    DAY_ALREADY_OPEN,
    DAY_CLOSED_EVENT,
    DAY_NOT_OPEN,
    DAY_OPENED_EVENT,
    MOVE_TO_END,
    MOVE_TO_FRONT,
    MOVED_IN_QUEUE_EVENT,
    NO_REASON,
    NOT_UNDER_POSITION_LIMITS,
    OFFSET,
    OPEN_DAY,
    ORDER_FINAL,
    ORDER_NOT_QUEUED,
    ORDER_UNKNOWN,
    REQUEST_REFUSED_EVENT,
    RETURNED_AT_END_OF_DAY,
    RETURNED_AT_LATEST_TIME,
    RETURNED_EVENT,
    SELECT,
    SELECTED_EVENT,
    SET_CREDIT_LINE,
    TRANSFER_OUT,
    UNKNOWN_ALGORITHM,
    UNKNOWN_CLASS,
    WITHIN_POSITION_LIMITS_ALGORITHM,
)
from skontro.engine.events import log_event
from skontro.engine.jit import as_int64, internal_kernel, llvm_inline
from skontro.engine.records import (
    AWAITED,
    BLOCK_LENGTH,
    CLASSES,
    EXPIRES,
    NOT_WAITING,
    NOTHING,
    SETTLE_SELECTED,
    WHEN_QUEUED,
    State,
)
from skontro.engine.rules.account_requests import apply_to_account
from skontro.engine.rules.entry import enter_held
from skontro.engine.rules.gross import end_all, note_slot, release
from skontro.engine.rules.limits_and_reservations import forget_controls
from skontro.engine.rules.pvp import enter_pair
from skontro.engine.rules.queue_bounds import stop_waiting
from skontro.engine.structures.order_lookup import (
    counterleg_of,
    free_held_slot,
    held_slot_of,
    queue_slot_of,
)
from skontro.engine.structures.queue import join_at_front, join_queue, leave_queue, note_head
from skontro.engine.structures.timer_heap import drop_first_timer


@internal_kernel
def _take_out(state: State, order: int, time: int, kind: int, reason: int) -> int:
    """End a live order without settlement; the account to release for it, or NOTHING."""
    log_event(state, order, time, kind, reason)
    slot, held_slot = queue_slot_of(state, order), held_slot_of(state, order)
    if slot == NOTHING:
        stop_waiting(state, state.held[held_slot]["payer"], state.held[held_slot]["amount"])
        free_held_slot(state, held_slot)
        return NOTHING
    payer = as_int64(state.blocks[slot // BLOCK_LENGTH]["queue"]) // CLASSES
    stop_waiting(state, payer, state.queue_slots[slot]["amount"])
    leave_queue(state, slot)
    return payer


@internal_kernel
def _withdraw(
    state: State, order: int, time: int, kind: int, reason: int, reason_of_counterleg: int
) -> None:
    """End a live order, and with it its counterleg; whatever stood behind them may then settle."""
    counterleg = counterleg_of(state, order)
    payer = _take_out(state, order, time, kind, reason)
    if counterleg >= 0:
        other = _take_out(state, counterleg, time, kind, reason_of_counterleg)
        if payer != NOTHING:
            release(state, payer, time)
        payer = other
    if payer != NOTHING:
        release(state, payer, time)


@internal_kernel
def _return_late(state: State, order: int, time: int) -> None:
    """Return an order whose latest time has passed; of a pair the first leg first."""
    counterleg = counterleg_of(state, order)
    if 0 <= counterleg < order:
        order = counterleg
    reason = as_int64(RETURNED_AT_LATEST_TIME)
    _withdraw(state, order, time, as_int64(RETURNED_EVENT), reason, reason)


@internal_kernel
def fire_timers(state: State, time: int) -> None:
    """Do what has become due up to this time, each at the time it was due (R26, R36, R44).

    Stops where so many orders have joined queues that the rulebook answers with a run, and asks
    for it at that time: when a run takes place does not depend on when the next command comes.
    """
    while state.counters[0]["next_due"] <= time:
        due = state.timers[0]["due"]
        order = state.timers[0]["order"]
        what = state.timers[0]["what"]
        drop_first_timer(state.timers, state.counters)
        held_slot = held_slot_of(state, order)
        counterleg = counterleg_of(state, order)
        if what == EXPIRES:
            awaits = held_slot != NOTHING and counterleg == AWAITED
            if awaits or queue_slot_of(state, order) != NOTHING:
                _return_late(state, order, due)
        elif held_slot != NOTHING and counterleg >= 0:
            enter_pair(state, held_slot, held_slot_of(state, counterleg), due)
        elif held_slot != NOTHING:
            enter_held(state, held_slot, due)
        if state.counters[0]["joined"] >= state.rules[0]["when_queued"]:
            state.counters[0]["asked"] = WHEN_QUEUED
            state.counters[0]["asked_at"] = due
            break


@internal_kernel
def _change_class(
    state: State, slot: int, held_slot: int, order: int, time: int, payment_class: int
) -> None:
    """Move a live order to the end of another class; the queue's new head may then settle."""
    log_event(state, order, time, CLASS_CHANGED_EVENT, NO_REASON)
    if slot == NOTHING:
        state.held[held_slot]["payment_class"] = payment_class
        return
    queue = as_int64(state.blocks[slot // BLOCK_LENGTH]["queue"])
    if queue % CLASSES == payment_class:
        return
    payer = queue // CLASSES
    amount, payee = state.queue_slots[slot]["amount"], as_int64(state.queue_slots[slot]["payee"])
    leave_queue(state, slot)
    number = order - state.counters[0]["first_order_of_day"]
    slot = join_queue(state, payer, payment_class, number, amount, payee)
    note_slot(state, number, slot + 1)
    release(state, payer, time)


@internal_kernel
def _move(state: State, kind: int, slot: int, order: int, time: int) -> None:
    """Move a queued order to the front or the end of its class; the new head may then settle."""
    log_event(state, order, time, MOVED_IN_QUEUE_EVENT, NO_REASON)
    queue = as_int64(state.blocks[slot // BLOCK_LENGTH]["queue"])
    if kind == MOVE_TO_FRONT and state.queues[queue]["first"] == slot:
        return
    amount, payee = state.queue_slots[slot]["amount"], as_int64(state.queue_slots[slot]["payee"])
    number = order - state.counters[0]["first_order_of_day"]
    overtaken = state.overtaken[queue]
    leave_queue(state, slot)
    is_alone = state.queues[queue]["first"] == NOTHING
    if kind == MOVE_TO_FRONT:
        slot = join_at_front(state, queue, number, amount, payee)
    else:
        slot = join_queue(state, queue // CLASSES, queue % CLASSES, number, amount, payee)
    if is_alone:  # the first of its class was, and still is, this one
        state.overtaken[queue] = overtaken
        note_head(state, queue // CLASSES)
    note_slot(state, number, slot + 1)
    release(state, queue // CLASSES, time)


@llvm_inline
def _reason_to_reject_request(state: State, kind: int, order: int, payment_class: int) -> int:
    """The reason with the lowest number that applies to a request about an order, or none."""
    first = state.counters[0]["first_order_of_day"]
    if kind == CHANGE_CLASS and not 0 <= payment_class < CLASSES:
        return UNKNOWN_CLASS
    if not first <= order < state.counters[0]["orders"]:
        return ORDER_FINAL if 0 <= order < first else ORDER_UNKNOWN
    if queue_slot_of(state, order) == NOTHING:
        if held_slot_of(state, order) == NOTHING:
            return ORDER_FINAL
        if kind not in (CANCEL, CHANGE_CLASS):
            return ORDER_NOT_QUEUED
    if kind == SELECT and state.rules[0]["position_limits"] != 0:
        return NOT_UNDER_POSITION_LIMITS
    return NO_REASON


@internal_kernel
def _apply_to_order(state: State, kind: int, time: int, order: int, payment_class: int) -> None:
    reason = _reason_to_reject_request(state, kind, order, payment_class)
    if reason != NO_REASON:
        log_event(state, order, time, REQUEST_REFUSED_EVENT, reason)
        return
    slot, held_slot = queue_slot_of(state, order), held_slot_of(state, order)
    if kind == CANCEL:
        reason = as_int64(CANCELLED_BY_PARTICIPANT)
        _withdraw(
            state, order, time, as_int64(CANCELLED_EVENT), reason, as_int64(COUNTERLEG_CANCELLED)
        )
    elif kind == CHANGE_CLASS:
        _change_class(state, slot, held_slot, order, time, payment_class)
    elif kind == SELECT:
        log_event(state, order, time, SELECTED_EVENT, NO_REASON)
        state.selected[state.counters[0]["selected"]] = order
        state.counters[0]["selected"] += 1
    else:
        _move(state, kind, slot, order, time)


@llvm_inline
def _ask_for_run(state: State, kind: int, time: int, algorithm: int) -> None:
    """Ask the caller of the kernels to look at all queues."""
    limited = state.rules[0]["position_limits"] != 0
    reason: int = NO_REASON
    asked = algorithm if kind == OFFSET else SETTLE_SELECTED
    if kind == OFFSET and not (
        ALL_OR_NOTHING_ALGORITHM <= algorithm <= BILATERAL_PASS_ALGORITHM
        or (limited and algorithm == WITHIN_POSITION_LIMITS_ALGORITHM)
    ):
        reason = UNKNOWN_ALGORITHM
    elif limited and asked != WITHIN_POSITION_LIMITS_ALGORITHM:
        reason = NOT_UNDER_POSITION_LIMITS
    if reason == NO_REASON:
        state.counters[0]["asked"] = asked
    else:
        log_event(state, NOTHING, time, REQUEST_REFUSED_EVENT, reason)


@internal_kernel
def _open_day(state: State, time: int) -> None:
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

    An engine that was restored since has none of it either, and both go on to the same bytes.
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
def _close_day(state: State, time: int) -> None:
    counters = state.counters[0]
    if counters["day_open"] == 0:
        log_event(state, NOTHING, time, REQUEST_REFUSED_EVENT, DAY_NOT_OPEN)
        return
    end_all(state, time, as_int64(RETURNED_EVENT), as_int64(RETURNED_AT_END_OF_DAY))
    _clear(state)
    counters["day_open"] = 0
    # Nothing is live, so every timer is void and every block and slot may be numbered anew.
    counters["timers"] = 0
    counters["next_due"] = NOT_WAITING
    counters["blocks"] = 0
    counters["free_block"] = NOTHING
    counters["held_slots"] = 0
    counters["free_held_slot"] = NOTHING
    counters["placed"] = 0
    counters["joined"] = 0
    counters["selected"] = 0
    counters["linked"] = 0
    forget_controls(state)
    log_event(state, NOTHING, time, DAY_CLOSED_EVENT, NO_REASON)


@internal_kernel
def apply_request(
    state: State,
    kind: int,
    time: int,
    order: int,
    payer: int,
    payee: int,
    amount: int,
    payment_class: int,
) -> None:
    """Apply a command that is not the submission of an order (R36, R43, R46, R47, R48)."""
    if kind in (CANCEL, CHANGE_CLASS, MOVE_TO_FRONT, MOVE_TO_END, SELECT):
        _apply_to_order(state, kind, time, order, payment_class)
    elif kind == OPEN_DAY:
        _open_day(state, time)
    elif kind == CLOSE_DAY:
        _close_day(state, time)
    elif SET_CREDIT_LINE <= kind <= TRANSFER_OUT:
        apply_to_account(state, kind, time, payer, payee, amount, payment_class)
    else:
        _ask_for_run(state, kind, time, amount)
