"""Orders that are held until their earliest time: slots, the most recently freed used first."""

from skontro.engine.compiling import part
from skontro.engine.layout import NOTHING, State


@part
def take_held_slot(state: State) -> int:
    """A free slot; the caller of the kernels has made sure that there is one."""
    counter = state.counters[0]
    slot = int(counter["free_held_slot"])
    if slot == NOTHING:
        slot = int(counter["held_slots"])
        counter["held_slots"] += 1
    else:
        counter["free_held_slot"] = state.held[slot]["next_free"]
    counter["held"] += 1
    return slot


@part
def free_held_slot(state: State, slot: int) -> None:
    """Give back the slot of an order that is no longer held."""
    counter = state.counters[0]
    state.held[slot]["order"] = NOTHING
    state.held[slot]["next_free"] = counter["free_held_slot"]
    counter["free_held_slot"] = slot
    counter["held"] -= 1
