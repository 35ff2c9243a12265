"""Equal states give equal bytes, whatever led to them, and a closed day leaves nothing behind."""

import hashlib

import numpy as np
import pytest

from skontro.engine import (
    Commands,
    Engine,
    cancel,
    capacity,
    close_day,
    join,
    offset,
    open_day,
    select,
    set_bilateral_limit,
    set_net_sender_limit,
    set_reservation,
    submit,
    submit_leg,
    transfer_in,
)
from skontro.engine.records import LIMIT, NOT_WAITING, NOTHING, zeroed
from skontro.model import (
    Algorithm,
    Bypass,
    InvariantBroken,
    Rulebook,
    SettlementAccount,
    find_currency,
)
from tests.engine.days import bic

KZT, RUB = find_currency("KZT"), find_currency("RUB")
#: What a day counts on, and what may therefore be other after it.
LASTING = ("orders", "first_order_of_day", "last_time", "transfers", "runs", "asked_at", "events")


def fresh() -> Engine:
    table = [SettlementAccount(bic(n % 3), (KZT, RUB)[n // 3], 0, 5) for n in range(6)]
    return Engine(table, Rulebook(bypass=Bypass()))


def full_day() -> Commands:
    """Queues of several blocks, bypassed heads, held orders, legs, timers, limits, a selection."""
    waits = [submit([2], [0], [1], [50], [n % 3], latest=[99]) for n in range(40)]
    return join(
        [
            open_day(1), set_net_sender_limit(1, 2, 4), set_bilateral_limit(1, 0, 1, 70),
            set_bilateral_limit(1, 1, 2, 9), set_reservation(1, 1, 0, 3),
            set_reservation(1, 1, 1, 2), *waits, submit([2], [0], [1], [2], [2]),
            submit([2], [1], [2], [7], [2], earliest=[50]), cancel(3, 4), cancel(3, 39),
            submit([3], [1], [2], [8], [1], earliest=[60]), cancel(3, 41),
            submit_leg(4, 0, 1, 60, 2), submit_leg(4, 4, 3, 60, 2, 43), submit_leg(4, 0, 1, 6, 2),
            select(5, 3), transfer_in(5, 5, 4), offset(6, Algorithm.GREATEST_FIFO_SET),
            submit([7], [2], [0], [9], [2]), cancel(7, 46),
        ]
    )  # fmt: skip


def test_a_closed_day_leaves_nothing_behind() -> None:
    engine = fresh()
    engine.apply(full_day())
    used = engine._state.counters[0]
    assert used["free_block"] != NOTHING != used["free_held_slot"]
    assert min(used[n] for n in ("blocks", "held_slots", "placed", "timers", "linked")) >= 1
    assert (used["selected"], used["limits"], used["queued"], used["held"]) == (1, 2, 41, 2)
    engine.apply(close_day(9))
    engine.check()
    state, before = engine._state, fresh()._state
    for name in state.counters.dtype.names or ():
        if name not in (*LASTING, "runs_of_batch"):
            assert state.counters[0][name] == before.counters[0][name], name
    for name in ("controls", "waiting", "bypasses"):
        assert getattr(state, name).tolist() == getattr(before, name).tolist(), name
    for field in ("credit", "waiting", "share", "common"):
        assert state.currencies[field].tolist() == before.currencies[field].tolist()
    assert (state.queues["first"] == NOTHING).all()
    assert (state.limits["payer"] == NOTHING).all()
    assert (state.accounts["needed"] == NOT_WAITING).all()
    assert (state.accounts["flags"] == 0).all()
    for memory in (state.blocks, state.queue_slots, state.held):
        assert not memory.view(np.uint8).any()
    engine.apply(open_day(10))
    assert state.counters[0]["first_order_of_day"] == state.counters[0]["orders"] == 47


def test_what_a_batch_counted_is_not_part_of_the_state() -> None:
    engine = fresh()
    engine.apply(full_day())
    snapshot = engine.snapshot()
    engine.apply(join([]))
    assert engine.snapshot() == snapshot
    other = fresh()
    for row in range(len(full_day())):
        other.apply(full_day().part(row, row + 1))
    assert other.snapshot() == snapshot
    assert other.digest() == engine.digest()


def test_the_bytes_of_a_state_are_those_approved() -> None:
    """Records keep both: another form reads no record that was written before."""
    engine = fresh()
    assert engine.digest()[:16] == "914b91a21a5d3c62"
    engine.apply(full_day())
    assert engine.digest()[:16] == "d89bef867a451c3b"
    assert hashlib.sha256(engine.snapshot()).hexdigest()[:16] == "a99554d1fa0bf188"


def test_a_snapshot_that_contradicts_itself_is_not_gone_on_from() -> None:
    engine = fresh()
    engine.apply(full_day())
    fresh().restore(engine.snapshot())
    engine._state.accounts["balance"][0] += 1
    with pytest.raises(InvariantBroken, match="money is conserved"):
        fresh().restore(engine.snapshot())


def test_where_limits_stand_in_their_table() -> None:
    """Pairs are spread over it, and those that meet stand one after the other."""
    pairs = [(0, 1), (1, 0), (0, 2), (2, 0), (5, 9), (9, 5), (7, 7)]
    state = fresh()._state._replace(limits=zeroed(16, LIMIT))
    state.limits["payer"] = NOTHING
    given = zeroed(len(pairs), LIMIT)
    given["payer"], given["payee"] = np.array(pairs).T
    capacity._insert(state, given)
    places = {
        tuple(row): place for place, row in enumerate(state.limits[["payer", "payee"]].tolist())
    }
    assert [places[pair] for pair in pairs] == [4, 3, 9, 6, 12, 7, 10]
    for alone in (given[:1], given[4:5]):
        state.limits["payer"] = NOTHING
        capacity._insert(state, alone)
        found = np.flatnonzero(state.limits["payer"] != NOTHING)
        assert found.tolist() == [places[alone[["payer", "payee"]][0].item()]]
