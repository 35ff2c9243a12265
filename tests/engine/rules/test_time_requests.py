"""Changes of the times between which an order may settle (R59), step by step."""

import pytest

from skontro.engine import CommandKind, Engine, change_times, open_day, submit, submit_leg
from skontro.model import SettlementAccount, find_currency
from tests.engine.by_hand import DayByHand
from tests.engine.days import as_events, bic

CHANGE = CommandKind.CHANGE_TIMES


def _later(day: DayByHand, time: int) -> list[str]:
    """What happens up to a time, besides the refusal of a request that says nothing."""
    day.time = time
    (*found, last) = day.step(CommandKind.CANCEL, order=99)
    assert last == "request refused: order unknown"
    return found


def test_a_held_order_enters_at_the_new_time_and_at_no_other() -> None:
    day = DayByHand(A=10, B=0)
    assert day.pays("A", "B", 1, earliest=20) == ["0 held"]
    assert day.step(CHANGE, order=0, earliest=30) == ["0 times changed"]
    assert _later(day, 29) == []
    assert _later(day, 30) == ["0 settled"]
    assert day.pays("A", "B", 1, earliest=90) == ["1 held"]
    assert day.step(CHANGE, order=1, earliest=40) == ["1 times changed"]
    assert _later(day, 40) == ["1 settled"]
    assert _later(day, 95) == []


@pytest.mark.parametrize(("shift", "happens"), [(0, ["0 settled"]), (1, []), (-5, ["0 settled"])])
def test_an_earliest_time_that_has_come_lets_the_order_enter(
    shift: int, happens: list[str]
) -> None:
    day = DayByHand(A=10, B=0)
    day.pays("A", "B", 1, earliest=50)
    told = day.step(CHANGE, order=0, earliest=day.time + shift)
    assert told == ["0 times changed", *happens]


def test_the_latest_time_of_a_queued_order_becomes_another() -> None:
    day = DayByHand(A=0, B=0)
    assert [day.pays("A", "B", 1, latest=20), day.pays("A", "B", 1)] == [["0 queued"], ["1 queued"]]
    day.step(CHANGE, order=0, latest=30)
    day.step(CHANGE, order=1, latest=40)
    assert _later(day, 30) == []
    assert _later(day, 31) == ["0 returned: returned at latest time"]
    day.step(CHANGE, order=1, latest=33)
    assert _later(day, 34) == ["1 returned: returned at latest time"]
    assert _later(day, 45) == []


def test_the_latest_time_of_a_held_order_counts_once_it_has_entered() -> None:
    day = DayByHand(A=0, B=0)
    day.pays("A", "B", 1, earliest=20, latest=90)
    assert day.step(CHANGE, order=0, latest=25) == ["0 times changed"]
    assert _later(day, 20) == ["0 queued"]
    assert _later(day, 26) == ["0 returned: returned at latest time"]
    day.pays("A", "B", 1, earliest=40, latest=45)
    assert day.step(CHANGE, order=1, earliest=50, latest=50) == ["1 times changed"]
    assert _later(day, 50) == ["1 queued"]
    assert _later(day, 51) == ["1 returned: returned at latest time"]


def test_the_place_in_the_queue_stays() -> None:
    day = DayByHand(A=0, B=5)
    day.pays("A", "B", 2)
    day.pays("A", "B", 2)
    day.step(CHANGE, order=0, latest=90)
    assert day.pays("B", "A", 3) == ["2 settled", "0 settled"]


def test_what_is_refused_and_why() -> None:
    day = DayByHand(A=0, B=0)
    day.pays("A", "B", 1, earliest=50, latest=60)
    day.pays("A", "B", 1)
    for fields, reason in (
        ({"order": 0}, "nothing to change"),
        ({"order": 2}, "order unknown"),
        ({"order": -1, "latest": 70}, "order unknown"),
        ({"order": 0, "earliest": 61}, "times out of order"),
        ({"order": 0, "latest": 49}, "times out of order"),
        ({"order": 2, "earliest": 71, "latest": 70}, "times out of order"),
        ({"order": 1, "latest": 1}, "latest time passed"),
        ({"order": 1, "earliest": 70}, "order has entered"),
    ):
        assert day.step(CHANGE, **fields) == [f"request refused: {reason}"], fields
    assert day.step(CHANGE, order=0, earliest=60) == ["0 times changed"]
    assert day.step(CHANGE, order=1, earliest=day.time) == ["1 times changed"]
    assert day.step(CHANGE, order=1, latest=day.time) == ["1 times changed"]
    assert _later(day, day.time) == ["1 returned: returned at latest time"]
    assert day.step(CHANGE, order=1, latest=99) == ["request refused: order final"]


def test_times_of_legs_stay() -> None:
    tenge, sum_ = find_currency("KZT"), find_currency("UZS")
    table = [SettlementAccount(bic(n), one, 0) for n, one in enumerate((tenge, tenge, sum_, sum_))]
    engine = Engine(table)
    engine.apply(open_day(0))
    engine.apply(submit_leg(1, 0, 1, 5, 2))
    refused = [(0, 2, 10, 128)]
    assert as_events(engine.apply(change_times(2, 0, latest=9))) == refused
    engine.apply(submit_leg(3, 2, 3, 5, 2, counterleg=0))
    assert as_events(engine.apply(change_times(4, 1, latest=9))) == [(1, 4, 10, 128)]
    assert as_events(engine.apply(change_times(4, 1, earliest=9))) == [(1, 4, 10, 127)]
    assert as_events(engine.apply(change_times(4, 1))) == [(1, 4, 10, 97)]


@pytest.mark.parametrize("first", range(7))
@pytest.mark.parametrize("new", [5, 45, 85])
def test_any_of_several_timers_is_found_and_the_others_keep_their_order(
    first: int, new: int
) -> None:
    """Seven held orders, one of which gets another time; each enters once, in order of time."""
    times = [10 * (n * 3 % 7 + 1) for n in range(7)]
    engine = Engine([SettlementAccount(bic(n), find_currency("KZT"), 9) for n in range(2)])
    engine.apply(open_day(0))
    engine.apply(submit([1] * 7, [0] * 7, [1] * 7, [1] * 7, [2] * 7, earliest=times))
    engine.apply(change_times(2, first, earliest=new))
    times[first] = new
    told = as_events(engine.apply(change_times(99, 50, latest=99)))[:-1]
    assert [(order, time) for order, time, _, _ in told] == [
        (order, time) for time, order in sorted((time, order) for order, time in enumerate(times))
    ]
