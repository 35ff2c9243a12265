"""Where an order of the day is: in a queue, among the held, or in neither."""

from skontro.engine.compiling import part, wide
from skontro.engine.layout import NOTHING, State


@part
def place_of(state: State, order: int) -> int:
    """The place of an order of the day if it is queued, or NOTHING."""
    number = order - state.counters[0]["first_order_of_day"]
    place = wide(state.place_of_order[number]) - 1
    if place < 0 or state.places[place]["order"] != number:
        return NOTHING
    return place


@part
def held_slot_of(state: State, order: int) -> int:
    """The slot of an order of the day if it is held, or NOTHING."""
    slot = -1 - wide(state.place_of_order[order - state.counters[0]["first_order_of_day"]])
    if slot < 0 or state.held[slot]["order"] != order:
        return NOTHING
    return slot


@part
def counterleg_number(state: State, number: int) -> int:
    """The counterleg of the order with this number since the day opened, as such a number.

    NOTHING where the order is no leg, AWAITED where the counterleg has not come.
    """
    if number >= state.counters[0]["linked"]:
        return NOTHING
    return wide(state.counterlegs[number]) - 1


@part
def counterleg_of(state: State, order: int) -> int:
    """The number of an order's counterleg, or NOTHING, or AWAITED."""
    first = state.counters[0]["first_order_of_day"]
    counterleg = counterleg_number(state, order - first)
    return first + counterleg if counterleg >= 0 else counterleg


@part
def is_leg_at(state: State, place: int) -> bool:
    """Whether the order at this place of a queue is a leg."""
    return counterleg_number(state, wide(state.places[place]["order"])) != NOTHING


@part
def place_of_counterleg(state: State, place: int) -> int:
    """Where the counterleg of the queued order at this place stands, or NOTHING."""
    counterleg = counterleg_number(state, wide(state.places[place]["order"]))
    if counterleg < 0:
        return NOTHING
    return wide(state.place_of_order[counterleg]) - 1
