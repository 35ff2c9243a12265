"""Requests on one order: cancellation, changes of class, moves in its queue, selection."""

from skontro.engine.constants import (
    CANCEL,
    CANCELLED_BY_PARTICIPANT,
    CANCELLED_EVENT,
    CHANGE_CLASS,
    CLASS_CHANGED_EVENT,
    COUNTERLEG_CANCELLED,
    LINK_BEING_DECIDED,
    MOVE_TO_FRONT,
    MOVED_IN_QUEUE_EVENT,
    NO_REASON,
    NOT_UNDER_POSITION_LIMITS,
    ORDER_FINAL,
    ORDER_NOT_QUEUED,
    ORDER_UNKNOWN,
    REQUEST_REFUSED_EVENT,
    SELECT,
    SELECTED_EVENT,
    UNKNOWN_CLASS,
)
from skontro.engine.events import log_event
from skontro.engine.jit import as_int64, internal_kernel, llvm_inline
from skontro.engine.records import (
    BLOCK_LENGTH,
    CLASSES,
    NOTHING,
    State,
)
from skontro.engine.rules.account_requests import Request
from skontro.engine.rules.gross import note_slot, release
from skontro.engine.rules.queue_bounds import stop_waiting
from skontro.engine.structures.earmarks import slot_of_earmark
from skontro.engine.structures.order_lookup import (
    counterleg_of,
    free_held_slot,
    held_slot_of,
    queue_slot_of,
)
from skontro.engine.structures.queue import join_at_front, join_queue, leave_queue, note_head


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
def withdraw(
    state: State, order: int, time: int, kind: int, reason: int, reason_of_counterleg: int
) -> None:
    """End a live order and its counterleg; orders behind them may then settle.

    Rules R36, R47.
    """
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
    counted = state.bypasses[queue]
    leave_queue(state, slot)
    is_alone = state.queues[queue]["first"] == NOTHING
    if kind == MOVE_TO_FRONT:
        slot = join_at_front(state, queue, number, amount, payee)
    else:
        slot = join_queue(state, queue // CLASSES, queue % CLASSES, number, amount, payee)
    if is_alone:  # the first of its class was, and still is, this one
        state.bypasses[queue] = counted
        note_head(state, queue // CLASSES)
    note_slot(state, number, slot + 1)
    release(state, queue // CLASSES, time)


@llvm_inline
def reason_in_number(state: State, order: int) -> int:
    """Why no order of the day that may wait has this number, or none (R46, R54)."""
    if not 0 <= order < state.counters[0]["orders"]:
        return ORDER_UNKNOWN
    if slot_of_earmark(state, order) != NOTHING:
        return LINK_BEING_DECIDED
    return ORDER_FINAL if order < state.counters[0]["first_order_of_day"] else NO_REASON


@llvm_inline
def _reason_to_refuse(state: State, request: Request) -> int:
    """The reason with the lowest number that applies to a request about an order, or none."""
    kind, order = request.kind, request.order
    if kind == CHANGE_CLASS and not 0 <= request.payment_class < CLASSES:
        return UNKNOWN_CLASS
    reason = reason_in_number(state, order)
    if reason != NO_REASON:
        return reason
    if queue_slot_of(state, order) == NOTHING:
        if held_slot_of(state, order) == NOTHING:
            return ORDER_FINAL
        if kind not in (CANCEL, CHANGE_CLASS):
            return ORDER_NOT_QUEUED
    if kind == SELECT and state.rules[0]["position_limits"] != 0:
        return NOT_UNDER_POSITION_LIMITS
    return NO_REASON


@internal_kernel
def apply_to_order(state: State, request: Request) -> None:
    """Apply a request about one order: cancel, change its class, move or select it.

    Rules R24, R36, R43, R46, R47, R54.
    """
    kind, time, order = request.kind, request.time, request.order
    reason = _reason_to_refuse(state, request)
    if reason != NO_REASON:
        log_event(state, order, time, REQUEST_REFUSED_EVENT, reason)
        return
    slot, held_slot = queue_slot_of(state, order), held_slot_of(state, order)
    if kind == CANCEL:
        reason = as_int64(CANCELLED_BY_PARTICIPANT)
        withdraw(
            state, order, time, as_int64(CANCELLED_EVENT), reason, as_int64(COUNTERLEG_CANCELLED)
        )
    elif kind == CHANGE_CLASS:
        _change_class(state, slot, held_slot, order, time, request.payment_class)
    elif kind == SELECT:
        log_event(state, order, time, SELECTED_EVENT, NO_REASON)
        state.selected[state.counters[0]["selected"]] = order
        state.counters[0]["selected"] += 1
    else:
        _move(state, kind, slot, order, time)
