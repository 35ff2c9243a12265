"""What a batch can ask beside submitting orders: cancel, change class, open and close the day."""

from skontro.engine.commands import CommandKind
from skontro.engine.compiling import inlined, kernel
from skontro.engine.events import EventKind
from skontro.engine.held import free_held_slot
from skontro.engine.layout import (
    BLOCK_LENGTH,
    CLASSES,
    ENTERS,
    EXPIRES,
    NOT_WAITING,
    NOTHING,
    State,
)
from skontro.engine.queues import join_queue, leave_queue
from skontro.engine.settlement import end_all, enter_held, note_place, release, report
from skontro.engine.timers import drop_first_timer
from skontro.model import ReasonCode

# Kernels take plain integers for constants: compiled code does not know Python's enumerations.
_CANCEL = int(CommandKind.CANCEL)
_CHANGE_CLASS = int(CommandKind.CHANGE_CLASS)
_OPEN_DAY = int(CommandKind.OPEN_DAY)

_DAY_OPENED_EVENT = int(EventKind.DAY_OPENED)
_DAY_CLOSED_EVENT = int(EventKind.DAY_CLOSED)
_RETURNED_EVENT = int(EventKind.RETURNED)
_CANCELLED_EVENT = int(EventKind.CANCELLED)
_CLASS_CHANGED_EVENT = int(EventKind.CLASS_CHANGED)
_REQUEST_REFUSED_EVENT = int(EventKind.REQUEST_REFUSED)

_NO_REASON = int(ReasonCode.NONE)
_UNKNOWN_CLASS = int(ReasonCode.UNKNOWN_CLASS)
_DAY_NOT_OPEN = int(ReasonCode.DAY_NOT_OPEN)
_ORDER_UNKNOWN = int(ReasonCode.ORDER_UNKNOWN)
_ORDER_FINAL = int(ReasonCode.ORDER_FINAL)
_DAY_ALREADY_OPEN = int(ReasonCode.DAY_ALREADY_OPEN)
_CANCELLED_BY_PARTICIPANT = int(ReasonCode.CANCELLED_BY_PARTICIPANT)
_RETURNED_AT_LATEST_TIME = int(ReasonCode.RETURNED_AT_LATEST_TIME)
_RETURNED_AT_END_OF_DAY = int(ReasonCode.RETURNED_AT_END_OF_DAY)


@inlined
def _place_of(state: State, order: int) -> int:
    """The place of an order of the day if it is queued, or NOTHING."""
    number = order - state.counters[0]["first_order_of_day"]
    place = int(state.place_of_order[number]) - 1
    if place < 0 or state.places[place]["order"] != number:
        return NOTHING
    return place


@inlined
def _held_slot_of(state: State, order: int) -> int:
    """The slot of an order of the day if it is held, or NOTHING."""
    slot = -1 - int(state.place_of_order[order - state.counters[0]["first_order_of_day"]])
    if slot < 0 or state.held[slot]["order"] != order:
        return NOTHING
    return slot


@inlined
def _withdraw(
    state: State, place: int, slot: int, order: int, time: int, kind: int, reason: int
) -> None:
    """End a live order without settlement; whatever it stood before may then settle."""
    report(state, order, time, kind, reason)
    if place == NOTHING:
        free_held_slot(state, slot)
    else:
        payer = state.blocks[place // BLOCK_LENGTH]["queue"] // CLASSES
        leave_queue(state, place)
        release(state, payer, time)


@kernel
def fire_timers(state: State, time: int) -> None:
    """Do all that has become due up to this time, each at the time it was due."""
    while state.counters[0]["next_due"] <= time:
        due = state.timers[0]["due"]
        order = state.timers[0]["order"]
        what = state.timers[0]["what"]
        drop_first_timer(state.timers, state.counters)
        place, slot = _place_of(state, order), _held_slot_of(state, order)
        if what == ENTERS and slot != NOTHING:
            enter_held(state, slot, due)
        elif what == EXPIRES and place != NOTHING:
            _withdraw(state, place, slot, order, due, _RETURNED_EVENT, _RETURNED_AT_LATEST_TIME)


@inlined
def _change_class(
    state: State, place: int, slot: int, order: int, time: int, payment_class: int
) -> None:
    """Move a live order to the end of another class; the queue's new head may then settle."""
    report(state, order, time, _CLASS_CHANGED_EVENT, _NO_REASON)
    if place == NOTHING:
        state.held[slot]["payment_class"] = payment_class
        return
    queue = state.blocks[place // BLOCK_LENGTH]["queue"]
    if queue % CLASSES == payment_class:
        return
    payer = queue // CLASSES
    amount, payee = state.places[place]["amount"], state.places[place]["payee"]
    leave_queue(state, place)
    number = order - state.counters[0]["first_order_of_day"]
    place = join_queue(state, payer, payment_class, number, amount, payee)
    note_place(state, number, place + 1)
    release(state, payer, time)


@inlined
def _reason_to_refuse_request(state: State, kind: int, order: int, payment_class: int) -> int:
    """The reason with the lowest number that applies to a request about an order, or none."""
    first = state.counters[0]["first_order_of_day"]
    if kind == _CHANGE_CLASS and not 0 <= payment_class < CLASSES:
        return _UNKNOWN_CLASS
    if not 0 <= order < state.counters[0]["orders"]:
        return _ORDER_UNKNOWN
    if order < first or (
        _place_of(state, order) == NOTHING and _held_slot_of(state, order) == NOTHING
    ):
        return _ORDER_FINAL
    return _NO_REASON


@inlined
def _apply_to_order(state: State, kind: int, time: int, order: int, payment_class: int) -> None:
    reason = _reason_to_refuse_request(state, kind, order, payment_class)
    if reason != _NO_REASON:
        report(state, order, time, _REQUEST_REFUSED_EVENT, reason)
        return
    place, slot = _place_of(state, order), _held_slot_of(state, order)
    if kind == _CANCEL:
        _withdraw(state, place, slot, order, time, _CANCELLED_EVENT, _CANCELLED_BY_PARTICIPANT)
    else:
        _change_class(state, place, slot, order, time, payment_class)


@inlined
def _open_day(state: State, time: int) -> None:
    counters = state.counters[0]
    if counters["day_open"] != 0:
        report(state, NOTHING, time, _REQUEST_REFUSED_EVENT, _DAY_ALREADY_OPEN)
        return
    counters["day_open"] = 1
    counters["first_order_of_day"] = counters["orders"]
    report(state, NOTHING, time, _DAY_OPENED_EVENT, _NO_REASON)


@inlined
def _close_day(state: State, time: int) -> None:
    counters = state.counters[0]
    if counters["day_open"] == 0:
        report(state, NOTHING, time, _REQUEST_REFUSED_EVENT, _DAY_NOT_OPEN)
        return
    end_all(state, time, _RETURNED_EVENT, _RETURNED_AT_END_OF_DAY)
    counters["day_open"] = 0
    # Nothing is live, so every timer is void and every block and slot may be numbered anew.
    counters["timers"] = 0
    counters["next_due"] = NOT_WAITING
    counters["blocks"] = 0
    counters["free_block"] = NOTHING
    counters["held_slots"] = 0
    counters["free_held_slot"] = NOTHING
    counters["placed"] = 0
    report(state, NOTHING, time, _DAY_CLOSED_EVENT, _NO_REASON)


@kernel
def apply_request(state: State, kind: int, time: int, order: int, payment_class: int) -> None:
    """Apply a command that is not the submission of an order."""
    if kind in (_CANCEL, _CHANGE_CLASS):
        _apply_to_order(state, kind, time, order, payment_class)
    elif kind == _OPEN_DAY:
        _open_day(state, time)
    else:
        _close_day(state, time)
