"""Room to wait: nobody can use up what others need for their queues, and no sum leaves 64 bits."""

from collections.abc import Callable
from random import Random

import pytest

from skontro.engine import (
    CommandKind,
    Engine,
    EventKind,
    cancel,
    change_class,
    close_day,
    join,
    move_to_front,
    open_day,
    submit,
    submit_leg,
    transfer_in,
)
from skontro.engine.invariants import WAITING_COUNTED
from skontro.engine.records import State
from skontro.model import (
    MAX_AMOUNT,
    Algorithm,
    InvariantBroken,
    PaymentClass,
    ReasonCode,
    Rulebook,
    SettlementAccount,
    find_currency,
)
from tests.draws import seeds
from tests.engine.by_hand import DayByHand
from tests.engine.days import agree, as_events, bic
from tests.engine.drawn_changes import draw_case_with_added_accounts
from tests.engine.drawn_days import HUGE
from tests.engine.test_added_accounts import ends_of_batches, go_through

TENGE, SUM = find_currency("KZT"), find_currency("UZS")

#: What each of up to 16 accounts of a currency has of its own, and what all have in common.
SHARE = 10**18 // 16
COMMON = 2 * 10**18


def no_room(order: int) -> list[str]:
    return [f"{order} rejected: waiting value too large"]


def test_four_uncovered_orders_stop_nobody() -> None:
    day = DayByHand(A=0, B=0, C=0, D=0)
    for _ in range(4):
        day.pays("A", "B", MAX_AMOUNT)
    for number, other in enumerate("BCD"):
        assert day.pays(other, "A", SHARE) == [f"{4 + number} queued"]


def test_one_account_fills_its_room_to_the_brim_and_the_others_have_theirs() -> None:
    day = DayByHand(A=0, B=0, C=0)
    assert day.pays("A", "B", MAX_AMOUNT) == ["0 queued"]
    assert day.pays("A", "B", SHARE + 2) == no_room(1)
    assert day.pays("A", "B", SHARE) == ["2 queued"]
    assert day.pays("A", "C", 1) == ["3 queued"]  # half of the common part is left to the others
    assert day.pays("A", "C", 1, PaymentClass.URGENT) == no_room(4)
    assert day.pays("B", "A", SHARE) == ["5 queued"]
    assert day.pays("C", "A", SHARE) == ["6 queued"]
    assert day.pays("C", "A", COMMON // 4 + 1) == no_room(7)
    assert day.pays("C", "A", COMMON // 4) == ["8 queued"]
    assert day.pays("B", "A", COMMON // 8) == ["9 queued"]
    assert day.pays("B", "A", 1) == no_room(10)


@pytest.mark.parametrize("rulebook", [Rulebook(), Rulebook(offset_on_entry=True)])
def test_whatever_ends_waiting_gives_its_room_back(rulebook: Rulebook) -> None:
    day = DayByHand(rulebook, A=0, B=SHARE, C=9)
    brim = SHARE + 1
    assert day.pays("A", "B", MAX_AMOUNT) == ["0 queued"]
    assert day.pays("A", "B", brim) == ["1 queued"]
    assert day.pays("A", "C", 1, earliest=90) == no_room(2)
    # Cancelled; and what is held takes room as well.
    assert day.about(CommandKind.CANCEL, 1) == ["1 cancelled: cancelled by participant"]
    assert day.pays("A", "C", brim, earliest=day.time + 2) == ["3 held"]
    assert day.pays("A", "C", 1) == no_room(4)
    # What was held enters its queue without needing room anew, and can be moved there.
    assert day.about(CommandKind.MOVE_TO_FRONT, 3) == ["3 queued", "3 moved in queue"]
    step = day.step(CommandKind.CHANGE_CLASS, order=3, payment_class=PaymentClass.HIGH)
    assert step == ["3 class changed"]
    assert day.pays("A", "C", 1) == no_room(5)
    # Settled by a credit.
    assert day.pays("B", "A", SHARE) == ["6 settled"]
    assert day.pays("C", "A", 1) == ["7 settled", "3 settled"]
    assert day.pays("A", "C", brim - 2, latest=day.time) == ["8 queued"]
    # Returned at its latest time.
    assert day.pays("A", "B", brim) == ["8 returned: returned at latest time", "9 queued"]
    assert day.pays("A", "B", 1) == no_room(10)
    # Settled by offsetting.
    assert day.pays("B", "A", MAX_AMOUNT)[0].startswith("11 ")
    assert len(day.offset(Algorithm.GREATEST_FIFO_SET)) >= 1
    assert day.pays("A", "B", 1)[0].startswith("12 ")
    # The end of the day.
    day.step(CommandKind.CLOSE_DAY)
    day.step(CommandKind.OPEN_DAY)
    assert day.pays("A", "B", MAX_AMOUNT)[0].endswith("queued")


def accounts(count: int, first: int = 0) -> list[SettlementAccount]:
    return [SettlementAccount(bic(first + number), TENGE, 0) for number in range(count)]


def opened(count: int) -> Engine:
    engine = Engine(accounts(count))
    engine.apply(open_day(0))
    return engine


def has_room(engine: Engine, payer: int, amount: int) -> bool:
    """Submit an order without cover; whether it had room to wait."""
    payee = 0 if payer else 1
    [event] = as_events(engine.apply(submit([1], [payer], [payee], [amount], [2])))
    assert event[2] == EventKind.QUEUED or event[3] == ReasonCode.WAITING_VALUE_TOO_LARGE
    return event[2] == EventKind.QUEUED


def fill(engine: Engine, payer: int) -> int:
    """Queue all that has room, to the last minor unit; its value."""
    filled, amount = 0, MAX_AMOUNT
    while amount:
        if has_room(engine, payer, amount):
            filled += amount
        else:
            amount //= 2
    return filled


def test_many_accounts_together_leave_the_others_their_shares_and_some_of_the_common_part() -> None:
    engine = opened(100)
    share = 10**18 // 100
    left = COMMON
    for attacker in range(20):
        assert fill(engine, attacker) == share + left // 2
        left -= left // 2
    assert left > 10**12
    for other in range(20, 100):
        assert has_room(engine, other, share)
        assert not has_room(engine, other, left // 2 + 1)
    assert has_room(engine, 99, left // 2)
    engine.check()


def test_both_legs_of_a_pair_need_room_each_in_its_currency() -> None:
    engine = Engine([SettlementAccount(bic(i % 2), TENGE if i < 2 else SUM, 0) for i in range(4)])
    engine.apply(open_day(0))
    assert fill(engine, 0) == SHARE + COMMON // 2

    def told(*commands: object) -> list[tuple[int, str, str]]:
        events = as_events(engine.apply(join(commands)))  # type: ignore[arg-type]
        engine.check()
        return [(n - first, kind.name, reason.name) for n, _, kind, reason in events]

    first = engine.orders
    assert told(submit_leg(1, 0, 1, 1, 2)) == [(0, "REJECTED", "WAITING_VALUE_TOO_LARGE")]
    assert told(submit_leg(1, 3, 2, 5, 2), submit_leg(1, 0, 1, 1, 2, first + 1)) == [
        (1, "HELD", "AWAITS_COUNTERLEG"),
        (2, "REJECTED", "WAITING_VALUE_TOO_LARGE"),
    ]
    assert told(cancel(1, 0), submit_leg(1, 0, 1, 1, 2, first + 1))[1:] == [
        (1, "QUEUED", "NONE"),
        (3, "QUEUED", "NONE"),
    ]
    left = SHARE + COMMON // 2 - MAX_AMOUNT
    assert engine._state.waiting.tolist() == [left + 1, 0, 0, 5]
    told(cancel(1, first + 3))
    assert engine._state.waiting.tolist() == [left, 0, 0, 0]


def test_shares_become_smaller_when_accounts_are_added_and_what_waits_goes_on_waiting() -> None:
    engine = opened(16)
    full = [fill(engine, payer) for payer in range(16)]
    assert all(value >= SHARE for value in full)
    engine.add_accounts(accounts(16, first=16))
    engine.check()
    assert engine._state.waiting[:16].tolist() == full
    assert not has_room(engine, 15, 1)
    for new in range(16, 32):
        assert has_room(engine, new, 10**18 // 32)
    engine.check()
    # So many more that the shares of all of them could not be kept on this day: the last bound.
    engine.add_accounts(accounts(1568, first=32))
    share = 10**18 // 1600
    kept = [has_room(engine, new, share) for new in range(32, 1600)]
    assert kept[0]
    engine.check()
    waiting = int(engine._state.currencies[0]["waiting"])
    assert waiting == int(engine._state.waiting.sum()) <= 4 * 10**18
    assert all(kept) or waiting > 4 * 10**18 - share
    engine.apply(join([close_day(2), open_day(3)]))
    engine.check()
    assert not engine._state.waiting.any()


@pytest.mark.long
def test_the_last_bound_holds_whoever_is_added() -> None:
    engine, count = opened(1), 1
    for _ in range(11):
        new = accounts(count, first=count)
        engine.add_accounts(new)
        count += len(new)
        share = 10**18 // max(16, count)
        for payer in range(count):
            has_room(engine, payer, share)
        engine.check()
    fill(engine, 0)
    waiting = int(engine._state.currencies[0]["waiting"])
    assert 3 * 10**18 < waiting <= 4 * 10**18


@pytest.mark.parametrize("seed", seeds(range(9500, 9560)))
def test_accounts_that_are_added_to_huge_queues_leave_the_engine_and_the_oracle_agreed(
    seed: int,
) -> None:
    case = draw_case_with_added_accounts(seed, HUGE)
    for ends in (ends_of_batches(case, Random(seed)), list(range(len(case.commands)))):
        outcome = go_through(case, ends, Engine(case.table, case.rulebook), changing=True)
        assert agree(outcome, case.oracle)


def _one_more(state: State) -> None:
    state.waiting[0] += 1


def _other_share(state: State) -> None:
    state.currencies[0]["share"] += 1


def _other_common_part(state: State) -> None:
    state.currencies[0]["common"] -= 1


def _waits_for_another(state: State) -> None:
    state.waiting[:2] = state.waiting[1::-1].copy()


@pytest.mark.parametrize(
    "damage", [_one_more, _other_share, _other_common_part, _waits_for_another]
)
def test_the_invariant_notices_each_wrong_sum(damage: Callable[[State], None]) -> None:
    engine = opened(2)
    held = submit([1], [1], [0], [7], [2], earliest=[9])
    engine.apply(join([submit([1], [0], [1], [MAX_AMOUNT], [2]), held]))
    engine.apply(join([change_class(1, 1, 0), move_to_front(1, 0), transfer_in(1, 0, 5)]))
    engine.check()
    damage(engine._state)
    with pytest.raises(InvariantBroken) as broken:
        engine.check()
    assert broken.value.invariant == WAITING_COUNTED.name
