"""Snapshots: the state of the engine as bytes, for a restart without full replay; its digest."""

import hashlib
import io
from typing import Any, Final

import numpy as np

from skontro.engine.records import BLOCK_LENGTH, NOTHING, Records, State, zeroed
from skontro.engine.structures.earmarks import open_earmarks, table_of_earmarks
from skontro.model import InvariantBroken

#: The counters that affect later results; the others follow from the records.
_COUNTERS_OF_STATE: Final = (
    "orders",
    "first_order_of_day",
    "last_time",
    "free_block",
    "free_held_slot",
    "day_open",
    "joined",
    "transfers",
    "runs",
    "selected",
    "together",
    "linked",
)

#: Arrays that last for one batch or one kernel only.
_SCRATCH: Final = ("events", "runs", "work_list")

#: Arrays with the length of the given accounts, currencies and rules.
_GIVEN: Final = (
    "accounts", "queues", "bypasses", "controls", "waiting", "currencies", "rules", "prices",
    "next_of_holder",
)  # fmt: skip

_SAME: Final = "a snapshot is of the same accounts and rulebook"


def _used(state: State) -> dict[str, int]:
    """The number of records in use of each array that is longer."""
    counters = state.counters[0]
    blocks = int(counters["blocks"])
    return {
        "queue_slots": blocks * BLOCK_LENGTH,
        "blocks": blocks,
        "held": int(counters["held_slots"]),
        "slot_of_order": int(counters["placed"]),
        "timers": int(counters["timers"]),
        "selected": int(counters["selected"]),
        "together": int(counters["together"]),
        "counterlegs": int(counters["linked"]),
    }


def _slots_of_live_orders(state: State, placed: int) -> Records:
    """`slot_of_order` without traces of earlier orders and days."""
    slots = state.slot_of_order[:placed].copy()
    numbers = np.arange(placed)
    queued, held = np.flatnonzero(slots > 0), np.flatnonzero(slots < 0)
    first = int(state.counters[0]["first_order_of_day"])
    for which, orders, of_day in (
        (queued, state.queue_slots["order"], 0),
        (held, state.held["order"], first),
    ):
        there = np.where(slots[which] > 0, slots[which] - 1, -1 - slots[which])
        inside = there < len(orders)
        found = orders[np.where(inside, there, 0)] if len(orders) else np.zeros(len(there))
        slots[which[~inside | (found != numbers[which] + of_day)]] = 0
    return slots


def state_to_bytes(state: State) -> bytes:
    """All arrays in NumPy's file format, one after the other; equal states give equal bytes."""
    used = _used(state)
    counters = state.counters.copy()
    counters["events"] = counters["runs_of_batch"] = 0  # of the last batch, which is over
    slots = _slots_of_live_orders(state, used["slot_of_order"])
    state = state._replace(counters=counters, slot_of_order=slots, earmarks=open_earmarks(state))
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

    Raises:
        InvariantBroken: it is the state of other accounts or of another rulebook.
    """
    stream = io.BytesIO(stored)
    arrays: dict[str, Any] = {}
    for name, records in state._asdict().items():
        if name in _SCRATCH:
            arrays[name] = records
            continue
        read: Any = np.lib.format.read_array(stream, allow_pickle=False)
        if name == "earmarks":
            arrays[name] = table_of_earmarks(read)
            continue
        spare = 1 if name == "timers" else 0
        if name in _GIVEN and (read.dtype, len(read)) != (records.dtype, len(records)):
            raise InvariantBroken(_SAME, f"it has {len(read)} {name}, not {len(records)}")
        arrays[name] = zeroed(len(read) + spare, records.dtype)
        arrays[name][: len(read)] = read
    restored = State(**arrays)
    for name, before, after in (
        ("currencies of accounts", state.accounts["currency"], restored.accounts["currency"]),
        ("holders of accounts", state.next_of_holder, restored.next_of_holder),
        ("rules", state.rules, restored.rules),
        ("prices", state.prices, restored.prices),
    ):
        if not np.array_equal(before, after):
            raise InvariantBroken(_SAME, f"its {name} are others")
    return restored


def digest_of_state(state: State) -> str:
    """A SHA-256 over the accounts and the live orders: equal digests, equal states."""
    digest = hashlib.sha256()
    counters = state.counters[0]
    for part in (
        state.accounts,
        state.queues,
        state.blocks[: counters["blocks"]],
        state.queue_slots[: counters["blocks"] * BLOCK_LENGTH],
        state.held[: counters["held_slots"]],
        state.timers[: counters["timers"]],
        state.bypasses,
        state.controls,
        np.sort(state.limits[state.limits["payer"] != NOTHING]),
        state.currencies,
        state.waiting,
        state.rules,
        state.selected[: counters["selected"]],
        state.together[: counters["together"]],
        state.counterlegs[: counters["linked"]],
        open_earmarks(state),
    ):
        digest.update(part.tobytes())
    for name in _COUNTERS_OF_STATE:
        digest.update(int(counters[name]).to_bytes(8, "little", signed=True))
    return digest.hexdigest()
