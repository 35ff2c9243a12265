"""Requests: commands on a live order, an account, the day or the queues."""

from skontro.engine.commands import CommandKind
from skontro.engine.events import EventKind, log_event
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
from skontro.model import Algorithm, ReasonCode

# Kernels take plain integers for constants: compiled code does not know Python's enumerations.
_CANCEL = int(CommandKind.CANCEL)
_CHANGE_CLASS = int(CommandKind.CHANGE_CLASS)
_OPEN_DAY = int(CommandKind.OPEN_DAY)
_CLOSE_DAY = int(CommandKind.CLOSE_DAY)
_MOVE_TO_FRONT = int(CommandKind.MOVE_TO_FRONT)
_MOVE_TO_END = int(CommandKind.MOVE_TO_END)
_SET_CREDIT_LINE = int(CommandKind.SET_CREDIT_LINE)
_TRANSFER_OUT = int(CommandKind.TRANSFER_OUT)
_OFFSET = int(CommandKind.OFFSET)
_CHOOSE = int(CommandKind.SELECT)

_ALL_OR_NOTHING = int(Algorithm.ALL_OR_NOTHING)
_BILATERAL_PASS = int(Algorithm.BILATERAL_PASS)
_WITHIN_POSITION_LIMITS = int(Algorithm.WITHIN_POSITION_LIMITS)

_DAY_OPENED_EVENT = int(EventKind.DAY_OPENED)
_DAY_CLOSED_EVENT = int(EventKind.DAY_CLOSED)
_RETURNED_EVENT = as_int64(EventKind.RETURNED)
_CANCELLED_EVENT = as_int64(EventKind.CANCELLED)
_CLASS_CHANGED_EVENT = int(EventKind.CLASS_CHANGED)
_REQUEST_REFUSED_EVENT = int(EventKind.REQUEST_REFUSED)
_MOVED_IN_QUEUE_EVENT = int(EventKind.MOVED_IN_QUEUE)
_SELECTED_EVENT = int(EventKind.SELECTED)

_NO_REASON = int(ReasonCode.NONE)
_UNKNOWN_CLASS = int(ReasonCode.UNKNOWN_CLASS)
_DAY_NOT_OPEN = int(ReasonCode.DAY_NOT_OPEN)
_ORDER_UNKNOWN = int(ReasonCode.ORDER_UNKNOWN)
_ORDER_FINAL = int(ReasonCode.ORDER_FINAL)
_DAY_ALREADY_OPEN = int(ReasonCode.DAY_ALREADY_OPEN)
_ORDER_NOT_QUEUED = int(ReasonCode.ORDER_NOT_QUEUED)
_UNKNOWN_ALGORITHM = int(ReasonCode.UNKNOWN_ALGORITHM)
_NOT_UNDER_POSITION_LIMITS = int(ReasonCode.NOT_UNDER_POSITION_LIMITS)
_CANCELLED_BY_PARTICIPANT = as_int64(ReasonCode.CANCELLED_BY_PARTICIPANT)
_COUNTERLEG_CANCELLED = as_int64(ReasonCode.COUNTERLEG_CANCELLED)
_RETURNED_AT_LATEST_TIME = as_int64(ReasonCode.RETURNED_AT_LATEST_TIME)
_RETURNED_AT_END_OF_DAY = as_int64(ReasonCode.RETURNED_AT_END_OF_DAY)


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
    reason = _RETURNED_AT_LATEST_TIME
    _withdraw(state, order, time, _RETURNED_EVENT, reason, reason)


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
    log_event(state, order, time, _CLASS_CHANGED_EVENT, _NO_REASON)
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
    log_event(state, order, time, _MOVED_IN_QUEUE_EVENT, _NO_REASON)
    queue = as_int64(state.blocks[slot // BLOCK_LENGTH]["queue"])
    if kind == _MOVE_TO_FRONT and state.queues[queue]["first"] == slot:
        return
    amount, payee = state.queue_slots[slot]["amount"], as_int64(state.queue_slots[slot]["payee"])
    number = order - state.counters[0]["first_order_of_day"]
    overtaken = state.overtaken[queue]
    leave_queue(state, slot)
    is_alone = state.queues[queue]["first"] == NOTHING
    if kind == _MOVE_TO_FRONT:
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
    if kind == _CHANGE_CLASS and not 0 <= payment_class < CLASSES:
        return _UNKNOWN_CLASS
    if not first <= order < state.counters[0]["orders"]:
        return _ORDER_FINAL if 0 <= order < first else _ORDER_UNKNOWN
    if queue_slot_of(state, order) == NOTHING:
        if held_slot_of(state, order) == NOTHING:
            return _ORDER_FINAL
        if kind not in (_CANCEL, _CHANGE_CLASS):
            return _ORDER_NOT_QUEUED
    if kind == _CHOOSE and state.rules[0]["position_limits"] != 0:
        return _NOT_UNDER_POSITION_LIMITS
    return _NO_REASON


@internal_kernel
def _apply_to_order(state: State, kind: int, time: int, order: int, payment_class: int) -> None:
    reason = _reason_to_reject_request(state, kind, order, payment_class)
    if reason != _NO_REASON:
        log_event(state, order, time, _REQUEST_REFUSED_EVENT, reason)
        return
    slot, held_slot = queue_slot_of(state, order), held_slot_of(state, order)
    if kind == _CANCEL:
        reason = _CANCELLED_BY_PARTICIPANT
        _withdraw(state, order, time, _CANCELLED_EVENT, reason, _COUNTERLEG_CANCELLED)
    elif kind == _CHANGE_CLASS:
        _change_class(state, slot, held_slot, order, time, payment_class)
    elif kind == _CHOOSE:
        log_event(state, order, time, _SELECTED_EVENT, _NO_REASON)
        state.selected[state.counters[0]["selected"]] = order
        state.counters[0]["selected"] += 1
    else:
        _move(state, kind, slot, order, time)


@llvm_inline
def _ask_for_run(state: State, kind: int, time: int, algorithm: int) -> None:
    """Ask the caller of the kernels to look at all queues."""
    limited = state.rules[0]["position_limits"] != 0
    reason = _NO_REASON
    asked = algorithm if kind == _OFFSET else SETTLE_SELECTED
    if kind == _OFFSET and not (
        _ALL_OR_NOTHING <= algorithm <= _BILATERAL_PASS
        or (limited and algorithm == _WITHIN_POSITION_LIMITS)
    ):
        reason = _UNKNOWN_ALGORITHM
    elif limited and asked != _WITHIN_POSITION_LIMITS:
        reason = _NOT_UNDER_POSITION_LIMITS
    if reason == _NO_REASON:
        state.counters[0]["asked"] = asked
    else:
        log_event(state, NOTHING, time, _REQUEST_REFUSED_EVENT, reason)


@internal_kernel
def _open_day(state: State, time: int) -> None:
    counters = state.counters[0]
    if counters["day_open"] != 0:
        log_event(state, NOTHING, time, _REQUEST_REFUSED_EVENT, _DAY_ALREADY_OPEN)
        return
    counters["day_open"] = 1
    counters["first_order_of_day"] = counters["orders"]
    log_event(state, NOTHING, time, _DAY_OPENED_EVENT, _NO_REASON)


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
        log_event(state, NOTHING, time, _REQUEST_REFUSED_EVENT, _DAY_NOT_OPEN)
        return
    end_all(state, time, _RETURNED_EVENT, _RETURNED_AT_END_OF_DAY)
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
    log_event(state, NOTHING, time, _DAY_CLOSED_EVENT, _NO_REASON)


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
    if kind in (_CANCEL, _CHANGE_CLASS, _MOVE_TO_FRONT, _MOVE_TO_END, _CHOOSE):
        _apply_to_order(state, kind, time, order, payment_class)
    elif kind == _OPEN_DAY:
        _open_day(state, time)
    elif kind == _CLOSE_DAY:
        _close_day(state, time)
    elif _SET_CREDIT_LINE <= kind <= _TRANSFER_OUT:
        apply_to_account(state, kind, time, payer, payee, amount, payment_class)
    else:
        _ask_for_run(state, kind, time, amount)
