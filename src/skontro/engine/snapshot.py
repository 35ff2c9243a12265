"""The state of the engine as bytes, so that a restart need not replay everything."""

import io
from typing import Any, Final

import numpy as np

from skontro.engine.layout import BLOCK_LENGTH, State, zeroed

#: What lives for one batch or one kernel only.
_SCRATCH: Final = ("events", "runs", "work_list")


def _used(state: State) -> dict[str, int]:
    """How many records of each array are in use, where that is less than its length."""
    counters = state.counters[0]
    blocks = int(counters["blocks"])
    return {
        "places": blocks * BLOCK_LENGTH,
        "blocks": blocks,
        "held": int(counters["held_slots"]),
        "place_of_order": int(counters["placed"]),
        "timers": int(counters["timers"]),
        "chosen": int(counters["chosen"]),
        "counterlegs": int(counters["linked"]),
    }


def state_to_bytes(state: State) -> bytes:
    """All arrays in NumPy's file format, one after the other; equal states give equal bytes."""
    used = _used(state)
    stream = io.BytesIO()
    for name, records in state._asdict().items():
        if name not in _SCRATCH:
            part = records[: used.get(name, len(records))]
            np.lib.format.write_array(stream, part, version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def state_from_bytes(state: State, stored: bytes) -> State:
    """The stored state.

    Args:
        state: the initial state of the same accounts and rulebook.
        stored: what `state_to_bytes` gave.
    """
    stream = io.BytesIO(stored)
    arrays: dict[str, Any] = {}
    for name, records in state._asdict().items():
        if name in _SCRATCH:
            arrays[name] = records
            continue
        read: Any = np.lib.format.read_array(stream, allow_pickle=False)
        spare = 1 if name == "timers" else 0
        arrays[name] = zeroed(len(read) + spare, records.dtype)
        arrays[name][: len(read)] = read
    arrays["counters"]["events"] = arrays["counters"]["runs_of_batch"] = 0
    return State(**arrays)
