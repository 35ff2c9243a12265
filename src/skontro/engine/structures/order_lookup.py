"""Orders of the day: terms as kernels take them, and slots among queued and held orders."""

from typing import NamedTuple

from skontro.engine.jit import as_int64, llvm_inline
from skontro.engine.records import NOTHING, State


class Order(NamedTuple):
    """One order as kernels take it: all fields are 64 bits wide, or kernels are compiled twice.

    Attributes:
        number: number in the engine.
        payer: account number.
        payee: account number.
        amount: minor units.
        payment_class: 0 to 2 once it is validated.
        earliest: timestamp, or `ANY_TIME_BEFORE`.
        latest: timestamp at which it may still settle, or `ANY_TIME_AFTER`.
    """

    number: int
    payer: int
    payee: int
    amount: int
    payment_class: int
    earliest: int
    latest: int


@llvm_inline
def held_order(state: State, held_slot: int) -> Order:
    """The held order in this slot."""
    entry = state.held[held_slot]
    return Order(
        entry["order"],
        as_int64(entry["payer"]),
        as_int64(entry["payee"]),
        entry["amount"],
        as_int64(entry["payment_class"]),
        entry["earliest"],
        entry["latest"],
    )


@llvm_inline
def queue_slot_of(state: State, order: int) -> int:
    """The slot of an order of the day if it is queued, or NOTHING."""
    number = order - state.counters[0]["first_order_of_day"]
    slot = as_int64(state.slot_of_order[number]) - 1
    if slot < 0 or state.queue_slots[slot]["order"] != number:
        return NOTHING
    return slot


@llvm_inline
def held_slot_of(state: State, order: int) -> int:
    """The slot of an order of the day if it is held, or NOTHING."""
    held_slot = -1 - as_int64(state.slot_of_order[order - state.counters[0]["first_order_of_day"]])
    if held_slot < 0 or state.held[held_slot]["order"] != order:
        return NOTHING
    return held_slot


@llvm_inline
def counterleg_number(state: State, number: int) -> int:
    """The counterleg of the order with this number since the day opened, as such a number.

    NOTHING where the order is no leg, AWAITED where the counterleg has not come, SET_ASIDE for the
    leg of a link that may not enter yet.
    """
    if number >= state.counters[0]["linked"]:
        return NOTHING
    return as_int64(state.counterlegs[number]) - 1


@llvm_inline
def counterleg_of(state: State, order: int) -> int:
    """The number of an order's counterleg, or NOTHING, or AWAITED, or SET_ASIDE."""
    first = state.counters[0]["first_order_of_day"]
    counterleg = counterleg_number(state, order - first)
    return first + counterleg if counterleg >= 0 else counterleg


@llvm_inline
def note_counterleg(state: State, order: int, counterleg: int) -> None:
    """Note an order's counterleg: a number of an order, AWAITED, SET_ASIDE, or NOTHING."""
    first = state.counters[0]["first_order_of_day"]
    other = counterleg - first if counterleg >= 0 else counterleg
    state.counterlegs[order - first] = other + 1
    state.counters[0]["linked"] = max(order - first + 1, state.counters[0]["linked"])


@llvm_inline
def is_leg_at(state: State, slot: int) -> bool:
    """Whether the order at this slot of a queue is a leg."""
    return counterleg_number(state, as_int64(state.queue_slots[slot]["order"])) != NOTHING


@llvm_inline
def slot_of_counterleg(state: State, slot: int) -> int:
    """The queue slot of the counterleg of the order at this slot, or NOTHING."""
    counterleg = counterleg_number(state, as_int64(state.queue_slots[slot]["order"]))
    if counterleg < 0:
        return NOTHING
    return as_int64(state.slot_of_order[counterleg]) - 1


@llvm_inline
def take_held_slot(state: State) -> int:
    """A free slot; the caller of the kernels has ensured that there is one."""
    counter = state.counters[0]
    held_slot = int(counter["free_held_slot"])
    if held_slot == NOTHING:
        held_slot = int(counter["held_slots"])
        counter["held_slots"] += 1
    else:
        counter["free_held_slot"] = state.held[held_slot]["next_free"]
    counter["held"] += 1
    return held_slot


@llvm_inline
def free_held_slot(state: State, held_slot: int) -> None:
    """Give back the slot of an order that is no longer held."""
    counter = state.counters[0]
    state.held[held_slot]["order"] = NOTHING
    state.held[held_slot]["next_free"] = counter["free_held_slot"]
    counter["free_held_slot"] = held_slot
    counter["held"] -= 1
