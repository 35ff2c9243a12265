"""Edges of the engine: batches of commands, room for them, figures it tells, what it refuses."""

from decimal import Decimal
from typing import Any

import attrs
import numpy as np
import pytest

from skontro.engine import (
    ANY_TIME_AFTER,
    ANY_TIME_BEFORE,
    NO_LIMIT,
    CommandKind,
    Commands,
    Engine,
    cancel,
    capacity,
    change_class,
    change_times,
    close_day,
    complete,
    earmark,
    join,
    move_to_end,
    move_to_front,
    offset,
    open_day,
    permit,
    release,
    select,
    set_bilateral_limit,
    set_credit_line,
    set_net_sender_limit,
    set_reservation,
    settle_selected,
    submit,
    submit_leg,
    submit_linked,
    transfer_in,
    transfer_out,
)
from skontro.engine.offsetting.maximum_value import queue_model
from skontro.engine.offsetting.maximum_value.queue_model import maximum_value
from skontro.engine.offsetting.queue_snapshot import MAX_TOTAL, QueueSnapshot, exact_sum
from skontro.engine.records import LIMIT, MAX_ORDERS_PER_DAY, NOTHING, zeroed
from skontro.engine.rules.position_limits import aggregate_limit, prices_of
from skontro.model import (
    CurrencyPrice,
    InputError,
    InvariantBroken,
    PositionLimits,
    SettlementAccount,
    find_currency,
)
from tests.engine.days import bic

KZT, RUB, JPY, USD = (find_currency(code) for code in ("KZT", "RUB", "JPY", "USD"))

#: Each command, its kind, and what it fills in.
COMMANDS: dict[str, tuple[Commands, CommandKind, dict[str, int]]] = {
    "cancel": (cancel(7, 5), CommandKind.CANCEL, {"order": 5}),
    "class": (change_class(7, 5, 1), CommandKind.CHANGE_CLASS, {"order": 5, "payment_class": 1}),
    "times": (
        change_times(7, 5, 8, 11),
        CommandKind.CHANGE_TIMES,
        {"order": 5, "earliest": 8, "latest": 11},
    ),
    "no times": (change_times(7, 5), CommandKind.CHANGE_TIMES, {"order": 5}),
    "open": (open_day(7), CommandKind.OPEN_DAY, {}),
    "close": (close_day(7), CommandKind.CLOSE_DAY, {}),
    "front": (move_to_front(7, 5), CommandKind.MOVE_TO_FRONT, {"order": 5}),
    "end": (move_to_end(7, 5), CommandKind.MOVE_TO_END, {"order": 5}),
    "choose": (select(7, 5), CommandKind.SELECT, {"order": 5}),
    "selected": (settle_selected(7), CommandKind.SETTLE_SELECTED, {}),
    "offset": (offset(7, 3), CommandKind.OFFSET, {"amount": 3}),
    "credit": (set_credit_line(7, 1, 9), CommandKind.SET_CREDIT_LINE, {"payer": 1, "amount": 9}),
    "reservation": (
        set_reservation(7, 1, 0, 9), CommandKind.SET_RESERVATION,
        {"payer": 1, "payment_class": 0, "amount": 9},
    ),
    "net sender": (
        set_net_sender_limit(7, 1, 9), CommandKind.SET_NET_SENDER_LIMIT, {"payer": 1, "amount": 9},
    ),
    "bilateral": (
        set_bilateral_limit(7, 1, 2, 9), CommandKind.SET_BILATERAL_LIMIT,
        {"payer": 1, "payee": 2, "amount": 9},
    ),
    "in": (transfer_in(7, 1, 9), CommandKind.TRANSFER_IN, {"payer": 1, "amount": 9}),
    "out": (transfer_out(7, 1, 9), CommandKind.TRANSFER_OUT, {"payer": 1, "amount": 9}),
    "leg": (
        submit_leg(7, 1, 2, 9, 0), CommandKind.SUBMIT_LEG,
        {"payer": 1, "payee": 2, "amount": 9, "payment_class": 0},
    ),
    "counterleg": (
        submit_leg(7, 1, 2, 9, 0, 4, 8, 11), CommandKind.SUBMIT_LEG,
        {"payer": 1, "payee": 2, "amount": 9, "payment_class": 0, "order": 4, "earliest": 8,
         "latest": 11},
    ),
    "leg of a link": (
        submit_linked(7, 1, 2, 9, 0), CommandKind.SUBMIT_LINKED,
        {"payer": 1, "payee": 2, "amount": 9, "payment_class": 0},
    ),
    "timed leg of a link": (
        submit_linked(7, 1, 2, 9, 0, 8, 11), CommandKind.SUBMIT_LINKED,
        {"payer": 1, "payee": 2, "amount": 9, "payment_class": 0, "earliest": 8, "latest": 11},
    ),
    "permit": (permit(7, 5), CommandKind.PERMIT, {"order": 5}),
    "permit until": (permit(7, 5, 11), CommandKind.PERMIT, {"order": 5, "latest": 11}),
    "earmark": (earmark(7, 5, 3), CommandKind.EARMARK, {"order": 5, "payee": 3}),
    "complete": (complete(7, 5), CommandKind.COMPLETE, {"order": 5}),
    "release": (release(7, 5), CommandKind.RELEASE, {"order": 5}),
    "order": (
        submit([7], [1], [2], [9], [0], [8], [11]), CommandKind.SUBMIT,
        {"payer": 1, "payee": 2, "amount": 9, "payment_class": 0, "earliest": 8, "latest": 11},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_command_fills_in(name: str) -> None:
    batch, kind, filled = COMMANDS[name]
    unused = {"payer": -1, "payee": -1, "amount": 0, "payment_class": -1}
    wanted = unused | {"kind": int(kind), "time": 7} | filled
    for field, value in wanted.items():
        assert batch.column(field).tolist() == [value], field
    for field in ("order", "earliest", "latest"):
        if field not in filled:
            assert not len(getattr(batch, field))


def test_orders_are_told_from_requests() -> None:
    batches = [batch for batch, _, _ in COMMANDS.values()]
    orders = (CommandKind.SUBMIT, CommandKind.SUBMIT_LEG, CommandKind.SUBMIT_LINKED)
    together = join(batches)
    assert together.are_orders.tolist() == [kind in orders for kind in together.kind.tolist()]
    assert {kind for _, kind, _ in COMMANDS.values()} == {*CommandKind}


def test_batches_join_and_part_and_compare() -> None:
    first, second = submit([1], [0], [1], [5], [2]), cancel(2, 0)
    together = join([first, second])
    assert len(together) == 2
    assert together.order.tolist() == [-1, 0]
    timed = join([second, submit([3], [0], [1], [5], [2], earliest=[4], latest=[5])])
    assert timed.earliest.tolist() == [ANY_TIME_BEFORE, 4]
    assert timed.latest.tolist() == [ANY_TIME_AFTER, 5]
    assert together.part(1, 2) == second
    assert together != join([second, first])
    assert join([]).kind.tolist() == []
    assert len(join([open_day(0), close_day(1)]).order) == 0
    for bound in (2**31 - 1, -(2**31)):
        assert submit([1], [bound], [1], [5], [2]).payer.tolist() == [bound]
        with pytest.raises(InputError, match="a number outside int32"):
            submit([1], [bound + (1 if bound > 0 else -1)], [1], [5], [2])
    with pytest.raises(InputError, match="column earliest has 2 rows, not 1"):
        submit([1], [0], [1], [5], [2], earliest=[1, 2])
    with pytest.raises(InputError, match="column time has 1 rows, not 0"):
        attrs.evolve(second, kind=[])


def test_an_engine_tells_its_figures() -> None:
    table = [SettlementAccount(bic(0), KZT, 10, 3), SettlementAccount(bic(1), KZT, 0)]
    engine = Engine([*table, SettlementAccount(bic(0), RUB, 4)])
    engine.apply(join([open_day(5), transfer_in(6, 1, 2), transfer_in(7, 1, 3)]))
    engine.apply(join([set_bilateral_limit(8, 1, 0, 6), set_bilateral_limit(8, 0, 1, 2)]))
    engine.apply(set_bilateral_limit(9, 0, 1, NO_LIMIT))
    engine.apply(submit([11], [0], [1], [20], [2]))
    engine.apply(submit([12], [0], [1], [1], [2], earliest=[20]))
    assert engine.currencies == (KZT, RUB)
    assert engine.balances.tolist() == [10, 5, 4]
    assert engine.credit_lines.tolist() == [3, 0, 0]
    assert engine.money == (15, 4)
    assert (engine.transfers, engine.orders, engine.queued, engine.held) == (2, 2, 1, 1)
    assert engine.last_time == 12
    assert engine.bilateral_limits[["payer", "payee", "limit"]].tolist() == [(1, 0, 6)]
    assert [engine.is_waiting(order) for order in (-1, 0, 1, 2)] == [False, True, True, False]
    engine.balances[0] = 99
    assert engine.balances[0] == 10
    engine.apply(join([]))
    assert engine.last_time == 12
    engine.apply(close_day(13))
    assert not engine.is_waiting(0)


def test_orders_of_a_second_day_are_chosen_by_their_numbers() -> None:
    engine = Engine([SettlementAccount(bic(0), KZT, 0), SettlementAccount(bic(1), KZT, 0)])
    waits = [submit([1], [0], [1], [5], [2]), submit([1], [1], [0], [5], [2])]
    engine.apply(join([open_day(0), *waits, close_day(2), open_day(3)]))
    engine.apply(join([submit([4], [0], [1], [5], [2]), submit([4], [1], [0], [5], [2])]))
    assert engine.queue_snapshot().order.tolist() == [2, 3]
    assert engine.first_queued(0, 5) == [2]
    engine.apply(join([select(5, 2), select(5, 3), settle_selected(5)]))
    assert (engine.queued, engine.runs["settled"].tolist()) == (0, [2])


def test_a_batch_has_room_up_to_the_last_order_of_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_ORDERS_PER_DAY == 2**30
    engine = Engine([SettlementAccount(bic(0), KZT, 0), SettlementAccount(bic(1), KZT, 0)])
    engine.apply(join([open_day(0), *[submit([1], [0], [1], [5], [2])] * 3]))
    monkeypatch.setattr(capacity, "MAX_ORDERS_PER_DAY", 5)
    three = join([submit([2], [0], [1], [5], [2])] * 3)
    with pytest.raises(InputError, match=r"^3 orders of the day and 3 commands are too many: a"):
        engine.apply(three)
    assert engine.queued == 3
    engine.apply(three.part(0, 2))
    assert engine.queued == 5
    monkeypatch.setattr(capacity, "MAX_ORDERS_PER_DAY", 100)
    used = int(engine._state.counters[0]["blocks"])
    monkeypatch.setattr(capacity, "_MAX_BLOCKS", used + 2)  # one order may need two new blocks
    engine.apply(three.part(0, 1))
    monkeypatch.setattr(capacity, "_MAX_BLOCKS", used + 1)
    with pytest.raises(InputError, match="are too many"):
        engine.apply(three.part(0, 1))


def test_room_grows_fourfold_and_tables_of_limits_stay_half_empty() -> None:
    records = zeroed(3, LIMIT)
    records["payer"] = [7, 8, 9]
    assert capacity._grown(records, 2, 3) is records
    larger = capacity._grown(records, 2, 4)
    assert (len(larger), larger["payer"][:4].tolist()) == (12, [7, 8, 0, 0])
    assert len(capacity._grown(records, 2, 40)) == 40
    engine = Engine([SettlementAccount(bic(n), KZT, 0) for n in range(9)])
    state = engine._state
    assert capacity._with_room_for_limits(state, 0) is state.limits
    for more in (1, 2, 3, 4, 7, 8):
        table = capacity._with_room_for_limits(state, more)
        assert 2 * more < len(table) <= 4 * more
        assert (table["payer"] == NOTHING).all()
    engine.apply(join([open_day(0), *(set_bilateral_limit(1, 0, n, n) for n in range(1, 9))]))
    assert engine.bilateral_limits["limit"].tolist() == list(range(1, 9))
    assert len(capacity._with_room_for_limits(engine._state, 0)) == len(engine._state.limits)


def test_prices_of_a_minor_unit() -> None:
    """In common units of 10**-power: here a hundredth of a cent of a dollar, and less."""
    limits = PositionLimits(
        USD,
        (CurrencyPrice(KZT, Decimal("0.002"), Decimal("0.5")), CurrencyPrice(JPY, Decimal("0.01"))),
        7,
    )
    # A tiyn is worth 0.002 cents, half of it counts; a yen is worth one cent.
    assert prices_of(limits, [KZT, JPY]).tolist() == [(2, 1, 3), (1000, 1000, 1000)]
    assert aggregate_limit(limits, [KZT, JPY]) == (0, 7000)
    assert len(prices_of(None, [KZT])) == 0
    for aggregate, parts in ((2**62, (1, 0)), (2**124 - 1, (2**62 - 1, 2**62 - 1))):
        one = attrs.evolve(limits, prices=(CurrencyPrice(USD, Decimal(1)),),
                           aggregate_short_position=aggregate)  # fmt: skip
        assert aggregate_limit(one, [USD]) == parts
    with pytest.raises(InputError, match="aggregate_short_position is too large"):
        aggregate_limit(attrs.evolve(one, aggregate_short_position=2**124), [USD])
    largest = CurrencyPrice(USD, Decimal(2**51 - 1))
    assert prices_of(attrs.evolve(limits, prices=(largest,)), [USD])["plain"] == 2**51 - 1
    with pytest.raises(InputError, match=f"that of USD becomes {2**51}: round prices"):
        prices_of(attrs.evolve(limits, prices=(CurrencyPrice(USD, Decimal(2**51)),)), [USD])


def snapshot(**columns: Any) -> QueueSnapshot:
    made = QueueSnapshot.of(
        np.array([0, 0, 1], np.int32), np.array([1, 2, 0], np.int32),
        np.array([5, 6, 7], np.int64), np.array([0, 1, 2], np.int64),
    )  # fmt: skip
    given = {name: np.array(column, getattr(made, name).dtype) for name, column in columns.items()}
    return attrs.evolve(made, **given)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        *(({name: [0, 0]}, f"column {name} is of another length than amount")
          for name in ("payee", "payment_class", "order", "limit", "opposite", "counterleg")),
        *(({name: [0, 0]}, f"column {name} is of another length than cover")
          for name in ("currency", "net_left")),
        ({"reserved": [[0, 0]]}, "column reserved is of another length than cover"),
        ({"first": [0, 2, 3]}, "column first does not divide"),
        ({"first": [1, 2, 3, 3]}, "column first does not divide"),
        ({"first": [0, 2, 3, 4]}, "column first does not divide"),
        ({"first": [0, 3, 2, 3]}, "column first does not divide"),
        ({"payee": [1, 3, 0]}, "an account that does not exist"),
        ({"payee": [1, -1, 0]}, "an account that does not exist"),
        ({"amount": [5, 0, 7]}, "an amount is not positive"),
        ({"cover": [0, -1, 2]}, "a cover is negative"),
        ({"counterleg": [1, 2, -1]}, "does not join pairs"),
        ({"cover": [0, 1, MAX_TOTAL - 18]}, f"add up to {MAX_TOTAL + 1}, more than {MAX_TOTAL}"),
    ],
)  # fmt: skip
def test_what_is_no_snapshot_of_queues(columns: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        snapshot(**columns)


def test_the_nearest_snapshots_are_taken() -> None:
    full = snapshot(cover=[0, 1, MAX_TOTAL - 19])
    assert exact_sum(full.cover) + exact_sum(full.amount) == MAX_TOTAL
    snapshot(cover=[0, 1, MAX_TOTAL - 18], currency=[0, 0, 1])
    legs = snapshot(counterleg=[2, -1, 0], payee=[1, 2, 0], currency=[0, 1, 0])
    assert legs.payer.tolist() == [0, 0, 1]
    assert legs.in_currency(0).amount.tolist() == [6]
    assert legs.in_currencies([0, 1]).counterleg.tolist() == [2, -1, 0]
    assert legs.in_currencies([0, 1]).first.tolist() == [0, 2, 3, 3]
    assert exact_sum(np.array([2**62, 2**62, -1], np.int64)) == 2**63 - 1


def test_an_answer_that_is_not_permitted_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    circle = snapshot(payee=[1, 1, 0])
    assert maximum_value(circle, 5).value == 13
    monkeypatch.setattr(queue_model, "may_settle_together", lambda *_: False)
    with pytest.raises(InvariantBroken, match="what settles together is permitted"):
        maximum_value(circle, 5)
    nothing = snapshot(cover=[0, 0, 0], payee=[2, 2, 2])
    assert maximum_value(nothing, 5).value == 0
