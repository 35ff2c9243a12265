"""Capacity of the state's arrays, grown for a whole batch before it is applied."""

from typing import Final

import numpy as np

from skontro.engine.command_columns import CommandKind, Int8s
from skontro.engine.jit import as_int64, kernel
from skontro.engine.records import (
    BLOCK_LENGTH,
    LIMIT,
    MAX_ORDERS_PER_DAY,
    NOTHING,
    Records,
    State,
    zeroed,
)
from skontro.engine.rules.limits_and_reservations import slot_of_limit
from skontro.engine.structures.earmarks import with_room_for_earmarks
from skontro.model import InputError

#: Queue slots are stored as int32, each as its index plus one.
_MAX_BLOCKS: Final = (2**31 - 2) // BLOCK_LENGTH

_SUBMIT_LEGS: Final = (CommandKind.SUBMIT_LEG, CommandKind.SUBMIT_LINKED)
_ABOUT_LEGS: Final = (CommandKind.PERMIT, CommandKind.EARMARK)
_ASK_FOR_RUNS: Final = (CommandKind.OFFSET, CommandKind.SETTLE_SELECTED)


def ensure_capacity(state: State, kinds: Int8s) -> State:
    """The same state, with capacity for the most that commands of these kinds can need.

    Each command lets at most one order join a queue, and each held order may join one when its
    time or its counterleg comes. Joining takes a new block where a queue was empty and where a
    block is full, at either end.

    Each new order can set a timer, and a held order sets a second one when its first has gone. A
    first leg has a timer of its own; the pair's timers replace that of its second leg. So has the
    leg of a link, and the command that permits it can set another.

    An order has at most three events (held, queued, final), a live one at most two more, and any
    other command one. Each run of offsetting has one more for each currency.

    Raises:
        InputError: the day would have more than `MAX_ORDERS_PER_DAY`, or more slots in queues
            than can be numbered.
    """
    counters, count = state.counters[0], len(kinds)
    held, used_blocks = int(counters["held"]), int(counters["blocks"])
    joining = count + held
    blocks = used_blocks + joining // BLOCK_LENGTH + 2 * min(joining, len(state.queues))
    of_day = int(counters["orders"] - counters["first_order_of_day"])
    if of_day + count > MAX_ORDERS_PER_DAY or blocks > _MAX_BLOCKS:
        raise InputError(
            f"{of_day} orders of the day and {count} commands are too many: a day takes"
            f" {MAX_ORDERS_PER_DAY} orders; close it and open the next"
        )
    runs = _most_runs(state, kinds, joining)
    events = 3 * count + 2 * (int(counters["queued"]) + held) + runs
    names = ("held_slots", "placed", "timers", "selected", "together", "linked")
    used = {name: int(counters[name]) for name in names}
    limits = _how_many(kinds, CommandKind.SET_BILATERAL_LIMIT)
    selected = _how_many(kinds, CommandKind.SELECT)
    together = sum(_how_many(kinds, kind) for kind in _ABOUT_LEGS)
    legs = sum(_how_many(kinds, kind) for kind in _SUBMIT_LEGS)
    earmarks = int(counters["earmarks"]) + _how_many(kinds, CommandKind.EARMARK)
    return state._replace(
        blocks=_grown(state.blocks, used_blocks, blocks),
        queue_slots=_grown(state.queue_slots, BLOCK_LENGTH * used_blocks, BLOCK_LENGTH * blocks),
        held=_grown(state.held, used["held_slots"], held + count),
        slot_of_order=_grown(state.slot_of_order, used["placed"], of_day + count),
        timers=_grown(state.timers, used["timers"], used["timers"] + count + 1),
        events=_grown(state.events, 0, events),
        runs=_grown(state.runs, 0, runs),
        limits=_with_room_for_limits(state, limits),
        selected=_grown(state.selected, used["selected"], used["selected"] + selected),
        together=_grown(state.together, used["together"], used["together"] + together),
        counterlegs=_grown(state.counterlegs, used["linked"], of_day + count if legs else 0),
        earmarks=with_room_for_earmarks(state.earmarks, earmarks),
    )


def _how_many(kinds: Int8s, kind: CommandKind) -> int:
    # Most batches hold orders only; a plain integer is compared without widening the column.
    if kinds.max(initial=0) <= int(CommandKind.CLOSE_DAY):
        return 0
    return int(np.count_nonzero(kinds == int(kind)))


def _most_runs(state: State, kinds: Int8s, joining: int) -> int:
    """The most records of runs that the batch can leave."""
    rules, currencies = state.rules[0], len(state.currencies)
    asked = sum(_how_many(kinds, kind) for kind in _ASK_FOR_RUNS)
    grown = (int(state.counters[0]["joined"]) + joining) // int(rules["when_queued"])
    on_entry = joining if rules["offset_on_entry"] else 0
    return (asked + grown) * currencies + on_entry


def _grown(records: Records, used: int, length: int) -> Records:
    """The first `used` records, with room for at least `length`.

    Capacity grows fourfold, so all copies on the way add up to a third of the final size. Unused
    memory is never touched.
    """
    if len(records) >= length:
        return records
    larger = zeroed(max(length, 4 * len(records)), records.dtype)
    larger[:used] = records[:used]
    return larger


def _with_room_for_limits(state: State, more: int) -> Records:
    """The table of bilateral limits, with at least half of it free after the additions."""
    wanted = 2 * (int(state.counters[0]["limits"]) + more)
    if more == 0 or len(state.limits) > wanted:
        return state.limits
    larger = zeroed(1 << wanted.bit_length(), LIMIT)
    larger["payer"] = NOTHING
    _insert(state._replace(limits=larger), state.limits[state.limits["payer"] != NOTHING])
    return larger


@kernel
def _insert(state: State, limits: Records) -> None:
    for number in range(len(limits)):
        payer, payee = as_int64(limits[number]["payer"]), as_int64(limits[number]["payee"])
        slot = slot_of_limit(state, payer, payee)
        state.limits[slot] = limits[number]
