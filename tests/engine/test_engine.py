"""What the engine promises beside the rules: edges, room, days, and invariants that bite."""

from collections.abc import Callable

import numpy as np
import pytest

from skontro.engine import (
    ALL_INVARIANTS,
    Commands,
    Engine,
    EventKind,
    cancel,
    change_class,
    close_day,
    join,
    offset,
    open_day,
    set_credit_line,
    submit,
    transfer_in,
    transfer_out,
)
from skontro.engine.invariants import (
    EARMARKS_HELD,
    EARMARKS_SOUND,
    PAIRS_TOGETHER,
    POSITION_LIMITS_KEPT,
)
from skontro.engine.records import State
from skontro.model import (
    MAX_AMOUNT,
    MAX_MONEY_PER_CURRENCY,
    MAX_WAITING_PER_CURRENCY,
    Algorithm,
    InputError,
    InvariantBroken,
    ReasonCode,
    SettlementAccount,
    find_currency,
)
from tests.engine.days import as_events, bic


def engine_with(*balances: int, credit_line: int = 0) -> Engine:
    tenge = find_currency("KZT")
    accounts = [SettlementAccount(bic(i), tenge, b, credit_line) for i, b in enumerate(balances)]
    engine = Engine(accounts)
    engine.apply(open_day(0))
    return engine


def one(time: int, payer: int, payee: int, amount: int, payment_class: int = 2) -> Commands:
    return submit([time], [payer], [payee], [amount], [payment_class])


def kinds(engine: Engine, commands: Commands) -> list[tuple[int, str]]:
    return [(order, kind.name) for order, _, kind, _ in as_events(engine.apply(commands))]


def test_a_ring_of_payments_settles_by_one_credit() -> None:
    engine = engine_with(0, 0, 0, 5)
    ring = join([one(1, 0, 1, 5), one(2, 1, 2, 5), one(3, 2, 0, 5)])
    assert kinds(engine, ring) == [(0, "QUEUED"), (1, "QUEUED"), (2, "QUEUED")]
    assert kinds(engine, one(4, 3, 0, 5)) == [
        (3, "SETTLED"),
        (0, "SETTLED"),
        (1, "SETTLED"),
        (2, "SETTLED"),
    ]
    assert engine.balances.tolist() == [5, 0, 0, 0]


def test_an_urgent_order_passes_a_waiting_normal_one_but_not_the_other_way() -> None:
    engine = engine_with(10, 0)
    assert kinds(engine, one(1, 0, 1, 20)) == [(0, "QUEUED")]
    assert kinds(engine, one(2, 0, 1, 3)) == [(1, "QUEUED")]
    assert kinds(engine, one(3, 0, 1, 3, payment_class=0)) == [(2, "SETTLED")]


def test_cancelling_the_head_lets_the_next_one_settle() -> None:
    engine = engine_with(10, 0)
    engine.apply(join([one(1, 0, 1, 20), one(2, 0, 1, 3)]))
    assert kinds(engine, cancel(3, 0)) == [(0, "CANCELLED"), (1, "SETTLED")]
    assert kinds(engine, cancel(4, 1)) == [(1, "REQUEST_REFUSED")]


def test_a_change_of_class_goes_to_the_end_of_the_new_class() -> None:
    engine = engine_with(0, 0, 9)
    engine.apply(join([one(1, 0, 1, 5, 1), one(2, 0, 1, 6, 2), one(3, 0, 1, 7, 2)]))
    assert kinds(engine, change_class(4, 1, 1)) == [(1, "CLASS_CHANGED")]
    assert kinds(engine, change_class(5, 2, 0)) == [(2, "CLASS_CHANGED")]
    assert kinds(engine, one(6, 2, 0, 9)) == [(3, "SETTLED"), (2, "SETTLED")]


def test_credit_can_be_used_down_to_the_floor_and_no_further() -> None:
    engine = engine_with(1, 0, credit_line=4)
    assert kinds(engine, one(1, 0, 1, 6)) == [(0, "QUEUED")]
    engine.apply(cancel(2, 0))
    assert kinds(engine, one(3, 0, 1, 5)) == [(1, "SETTLED")]
    assert engine.balances.tolist() == [-4, 5]


def test_the_largest_amounts_do_not_wrap_around() -> None:
    engine = engine_with(MAX_AMOUNT, MAX_AMOUNT, credit_line=MAX_AMOUNT)
    several = join([one(1, 0, 1, MAX_AMOUNT), one(2, 0, 1, MAX_AMOUNT), one(3, 0, 1, 1)])
    assert kinds(engine, several) == [(0, "SETTLED"), (1, "SETTLED"), (2, "QUEUED")]
    engine.check()
    assert engine.balances.tolist() == [-MAX_AMOUNT, 3 * MAX_AMOUNT]


def test_an_account_may_begin_overdrawn() -> None:
    tenge = find_currency("KZT")
    engine = Engine([SettlementAccount(bic(0), tenge, -5, 7), SettlementAccount(bic(1), tenge, 4)])
    assert engine.money == (-1,)
    engine.apply(open_day(0))
    assert kinds(engine, join([one(1, 0, 1, 3), one(2, 0, 1, 2)])) == [
        (0, "QUEUED"),
        (1, "QUEUED"),
    ]
    assert kinds(engine, one(3, 1, 0, 1)) == [(2, "SETTLED"), (0, "SETTLED")]
    assert engine.balances.tolist() == [-7, 6]
    engine.check()


def test_credit_in_use_makes_no_room_for_more_than_sums_can_carry() -> None:
    engine = engine_with(*[0] * 9)
    most = (MAX_MONEY_PER_CURRENCY // MAX_AMOUNT) * [MAX_AMOUNT]
    lent = join([set_credit_line(1, account, amount) for account, amount in enumerate(most)])
    engine.apply(lent)
    engine.apply(join([transfer_out(2, account, amount) for account, amount in enumerate(most)]))
    assert engine.money == (-sum(most),)
    left = MAX_MONEY_PER_CURRENCY - sum(most)
    events = as_events(
        engine.apply(join([set_credit_line(3, 4, left + 1), set_credit_line(3, 5, left)]))
    )
    assert [reason for _, _, _, reason in events] == [ReasonCode.TOO_MUCH_MONEY, ReasonCode.NONE]
    assert kinds(engine, transfer_in(4, 0, MAX_AMOUNT)) == [(len(most), "LIQUIDITY_MOVED")]
    engine.check()


def test_a_batch_out_of_time_order_is_refused_whole() -> None:
    engine = engine_with(10, 0)
    before = engine.digest()
    with pytest.raises(InputError, match="command 1 of the batch"):
        engine.apply(join([one(5, 0, 1, 1), one(4, 0, 1, 1)]))
    assert engine.digest() == before
    engine.apply(one(9, 0, 1, 1))
    with pytest.raises(InputError, match="sort by time"):
        engine.apply(one(8, 0, 1, 1))


def test_commands_take_whole_numbers_that_fit() -> None:
    with pytest.raises(InputError, match="column amount is float64"):
        submit([1], [0], [1], [2.5], [2])
    with pytest.raises(InputError, match="column payer has a number outside int32"):
        submit([1], [2**40], [1], [2], [2])
    with pytest.raises(InputError, match="column payee has 2 rows"):
        submit([1], [0], [1, 2], [3], [2])
    with pytest.raises(InputError, match="of no known kind"):
        engine_with(1, 1).apply(
            Commands(kind=[99], time=[1], payer=[0], payee=[1], amount=[1], payment_class=[2],
                     order=[], earliest=[], latest=[])
        )  # fmt: skip


def test_events_are_for_reading() -> None:
    engine = engine_with(10, 0)
    events = engine.apply(one(1, 0, 1, 4))
    with pytest.raises(ValueError, match="read-only"):
        events["order"] = 7


def test_held_orders_are_returned_in_the_order_they_came_in() -> None:
    engine = engine_with(10, 0)

    def held(time: int) -> Commands:
        return submit([time], [0], [1], [1], [2], earliest=[90])

    engine.apply(join([held(1), held(2), cancel(3, 0), held(4)]))
    assert kinds(engine, close_day(5)) == [(1, "RETURNED"), (2, "RETURNED"), (-1, "DAY_CLOSED")]


def test_an_order_that_leaves_from_between_leaves_the_others_in_their_turn() -> None:
    engine = engine_with(0, 0, 1000)
    engine.apply(join([one(i, 0, 1, 10) for i in range(30)]))
    for order in (29, 3, *range(5, 26), 0):
        engine.apply(cancel(40, order))
        engine.check()
    engine.apply(one(41, 0, 1, 10))
    assert kinds(engine, one(42, 2, 0, 60)) == [
        (31, "SETTLED"),
        *[(order, "SETTLED") for order in (1, 2, 4, 26, 27, 28)],
    ]
    assert engine.queued == 1
    assert kinds(engine, one(43, 2, 0, 60)) == [(32, "SETTLED"), (30, "SETTLED")]
    engine.check()


def test_a_new_day_starts_with_the_balances_of_the_old_and_empty_queues() -> None:
    engine = engine_with(10, 0)
    engine.apply(join([one(1, 0, 1, 4), one(2, 0, 1, 40)]))
    assert kinds(engine, close_day(3)) == [(1, "RETURNED"), (-1, "DAY_CLOSED")]
    assert (engine.queued, engine.held) == (0, 0)
    (event,) = as_events(engine.apply(one(4, 0, 1, 1)))
    assert event[2:] == (EventKind.REJECTED, ReasonCode.DAY_NOT_OPEN)
    assert kinds(engine, join([open_day(5), cancel(5, 1), one(6, 1, 0, 4)])) == [
        (-1, "DAY_OPENED"),
        (1, "REQUEST_REFUSED"),
        (3, "SETTLED"),
    ]
    assert engine.balances.tolist() == [10, 0]


def test_a_queue_of_many_orders_is_released_without_recursion() -> None:
    count = 50_000
    engine = engine_with(0, 0, count)
    times = np.arange(1, count + 1)
    payers = np.arange(count) % 2
    ones, normal = np.ones(count, np.int64), np.full(count, 2)
    engine.apply(submit(times, payers, 1 - payers, ones, normal))
    assert engine.queued == count
    released = engine.apply(one(count + 1, 2, 0, 1))
    assert len(released) == count + 1
    assert engine.queued == 0
    engine.check()


def _steal(state: State) -> None:
    state.accounts[0]["balance"] -= 1


def _overdraw(state: State) -> None:
    state.accounts[0]["balance"] -= 100
    state.accounts[1]["balance"] += 100


def _exceed(state: State) -> None:
    state.controls[0]["limit"], state.controls[0]["count"] = 5, 6


def _claim(state: State) -> None:
    state.runs[0]["value"] += 1


def _misplace(state: State) -> None:
    state.blocks[0]["queue"] = 0


def _overfill(state: State) -> None:
    state.currencies[0]["waiting"] += MAX_WAITING_PER_CURRENCY


def _miscount(state: State) -> None:
    state.currencies[0]["waiting"] += 1


def _overlook(state: State) -> None:
    state.accounts[0]["balance"] += 50
    state.accounts[2]["balance"] -= 50


#: See the tests of legs, of position limits and of links.
OF_OTHER_STATES = (PAIRS_TOGETHER, POSITION_LIMITS_KEPT, EARMARKS_HELD, EARMARKS_SOUND)


@pytest.mark.parametrize(
    ("damage", "invariant"),
    list(
        zip(
            [_steal, _overdraw, _exceed, _claim, _overfill, _misplace, _miscount, _overlook],
            [i for i in ALL_INVARIANTS if i not in OF_OTHER_STATES],
            strict=True,
        )
    ),
    ids=lambda value: getattr(value, "name", ""),
)
def test_each_invariant_notices_what_it_is_for(
    damage: Callable[[State], None], invariant: object
) -> None:
    engine = engine_with(10, 0, 60)
    engine.apply(join([one(1, 0, 1, 40), offset(1, Algorithm.GREATEST_FIFO_SET)]))
    engine.check()
    damage(engine._state)
    with pytest.raises(InvariantBroken) as broken:
        engine.check()
    assert broken.value.invariant == getattr(invariant, "name", None)
