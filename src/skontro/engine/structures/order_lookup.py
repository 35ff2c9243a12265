"""Lookup of an order of the day: its queue slot, its slot among held orders, or neither."""

from skontro.engine.jit import as_int64, llvm_inline
from skontro.engine.records import NOTHING, State


@llvm_inline
def place_of(state: State, order: int) -> int:
    """The place of an order of the day if it is queued, or NOTHING."""
    number = order - state.counters[0]["first_order_of_day"]
    place = as_int64(state.place_of_order[number]) - 1
    if place < 0 or state.places[place]["order"] != number:
        return NOTHING
    return place


@llvm_inline
def held_slot_of(state: State, order: int) -> int:
    """The slot of an order of the day if it is held, or NOTHING."""
    slot = -1 - as_int64(state.place_of_order[order - state.counters[0]["first_order_of_day"]])
    if slot < 0 or state.held[slot]["order"] != order:
        return NOTHING
    return slot


@llvm_inline
def counterleg_number(state: State, number: int) -> int:
    """The counterleg of the order with this number since the day opened, as such a number.

    NOTHING where the order is no leg, AWAITED where the counterleg has not come.
    """
    if number >= state.counters[0]["linked"]:
        return NOTHING
    return as_int64(state.counterlegs[number]) - 1


@llvm_inline
def counterleg_of(state: State, order: int) -> int:
    """The number of an order's counterleg, or NOTHING, or AWAITED."""
    first = state.counters[0]["first_order_of_day"]
    counterleg = counterleg_number(state, order - first)
    return first + counterleg if counterleg >= 0 else counterleg


@llvm_inline
def is_leg_at(state: State, place: int) -> bool:
    """Whether the order at this place of a queue is a leg."""
    return counterleg_number(state, as_int64(state.places[place]["order"])) != NOTHING


@llvm_inline
def place_of_counterleg(state: State, place: int) -> int:
    """The queue slot of the counterleg of the order at this place, or NOTHING."""
    counterleg = counterleg_number(state, as_int64(state.places[place]["order"]))
    if counterleg < 0:
        return NOTHING
    return as_int64(state.place_of_order[counterleg]) - 1


@llvm_inline
def take_held_slot(state: State) -> int:
    """A free slot; the caller of the kernels has ensured that there is one."""
    counter = state.counters[0]
    slot = int(counter["free_held_slot"])
    if slot == NOTHING:
        slot = int(counter["held_slots"])
        counter["held_slots"] += 1
    else:
        counter["free_held_slot"] = state.held[slot]["next_free"]
    counter["held"] += 1
    return slot


@llvm_inline
def free_held_slot(state: State, slot: int) -> None:
    """Give back the slot of an order that is no longer held."""
    counter = state.counters[0]
    state.held[slot]["order"] = NOTHING
    state.held[slot]["next_free"] = counter["free_held_slot"]
    counter["free_held_slot"] = slot
    counter["held"] -= 1
