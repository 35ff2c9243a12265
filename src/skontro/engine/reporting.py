"""Events as they are written."""

from skontro.engine.compiling import part
from skontro.engine.layout import State


@part
def report(state: State, order: int, time: int, kind: int, reason: int) -> None:
    """Append one event; the caller of the outermost kernel has made sure that there is room."""
    place = state.counters[0]["events"]
    event = state.events[place]
    event["order"] = order
    event["time"] = time
    event["kind"] = kind
    event["reason"] = reason
    state.counters[0]["events"] = place + 1
