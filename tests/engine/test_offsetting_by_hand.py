"""Offsetting worked out by hand from the settlement rules, one rule each."""

import pytest

from skontro.engine import CommandKind
from skontro.model import Algorithm, PaymentClass, Rulebook, WhenQueued
from tests.engine.by_hand import DayByHand

URGENT, NORMAL = PaymentClass.URGENT, PaymentClass.NORMAL


def test_two_orders_in_gridlock_settle_when_the_second_enters() -> None:
    day = DayByHand(Rulebook(offset_on_entry=True), a=1, b=1)
    assert day.pays("a", "b", 10) == ["0 queued"]
    assert day.pays("b", "a", 13) == ["1 queued"]  # b would end at 1 + 10 - 13, below zero
    assert day.pays("b", "a", 11) == ["2 queued"]  # order 1 waits before it
    assert day.about(CommandKind.CANCEL, 1) == ["1 cancelled: cancelled by participant"]
    assert day.about(CommandKind.CANCEL, 2) == ["2 cancelled: cancelled by participant"]
    assert day.pays("b", "a", 11) == [
        "3 settled: offset on entry",
        "0 settled: offset on entry",
        "offsetting ran",
    ]
    assert day.balances == {"a": 2, "b": 0}
    assert day.run is not None
    assert (day.run.algorithm, day.run.considered, day.run.settled) == (1, 2, 2)
    # 21 settled by a movement of 1.
    assert (day.run.value, day.run.posted, day.run.freed) == (21, 21, 20)


def test_offsetting_on_entry_keeps_to_limits() -> None:
    day = DayByHand(Rulebook(offset_on_entry=True), a=0, b=9)
    day.limits("b", 1, towards="a")
    assert day.pays("a", "b", 6) == ["0 queued"]
    assert day.pays("b", "a", 8) == ["1 queued"]  # 8 less 6 is 2
    assert day.limits("b", 2, towards="a") == ["limit set"]  # a release does not offset
    day.about(CommandKind.CANCEL, 1)
    assert day.pays("b", "a", 8)[0] == "2 settled: offset on entry"


def ring_of_three() -> DayByHand:
    day = DayByHand(a=0, b=0, c=0)
    for payer, payee in ("ab", "bc", "ca"):
        day.pays(payer, payee, 5)
    return day


def test_a_ring_of_three_settles_as_the_greatest_fifo_set_and_not_pair_by_pair() -> None:
    day = ring_of_three()
    assert day.offset(Algorithm.BILATERAL_PASS) == ["offsetting ran"]
    assert day.offset(Algorithm.GREATEST_FIFO_SET) == [
        *[f"{order} settled: offset in greatest fifo set" for order in range(3)],
        "offsetting ran",
    ]
    assert day.balances == {"a": 0, "b": 0, "c": 0}
    assert day.run is not None
    assert day.run[4:] == (3, 3, 15, 15, 15)
    # Nothing is queued: there is nothing to report.
    assert day.offset(Algorithm.GREATEST_FIFO_SET) == []


def test_all_or_nothing_settles_nothing_where_the_greatest_fifo_set_settles_a_part() -> None:
    day = ring_of_three()
    day.pays("a", "c", 1)
    assert day.offset(Algorithm.ALL_OR_NOTHING) == ["offsetting ran"]
    assert day.run is not None
    assert day.run[4:] == (4, 0, 0, 0, 0)
    assert day.offset(Algorithm.GREATEST_FIFO_SET)[-1] == "offsetting ran"
    assert day.run[4:] == (4, 3, 15, 15, 15)
    assert day.pays("b", "a", 1) == ["4 queued"]
    assert day.offset(Algorithm.ALL_OR_NOTHING) == ["offsetting ran"]


def test_a_set_is_covered_by_what_comes_in_less_the_reservation_it_leaves() -> None:
    day = DayByHand(a=2, b=0)
    day.set(CommandKind.SET_RESERVATION, "a", 6, URGENT)
    day.pays("a", "b", 7, URGENT)
    day.pays("a", "b", 1, NORMAL)
    day.pays("b", "a", 6, NORMAL)
    # The urgent order uses the reservation up, so that none is withheld from the normal one.
    assert day.offset(Algorithm.ALL_OR_NOTHING) == [
        "0 settled: offset all or nothing",
        "1 settled: offset all or nothing",
        "2 settled: offset all or nothing",
        "offsetting ran",
    ]
    assert day.balances == {"a": 0, "b": 2}


def test_a_reservation_may_keep_a_set_from_settling() -> None:
    day = DayByHand(a=2, b=0)
    day.set(CommandKind.SET_RESERVATION, "a", 3, URGENT)
    day.pays("a", "b", 5)
    day.pays("b", "a", 5)
    assert day.offset(Algorithm.GREATEST_FIFO_SET) == ["offsetting ran"]
    assert day.set(CommandKind.SET_RESERVATION, "a", 2, URGENT) == ["reservation set"]
    assert day.offset(Algorithm.GREATEST_FIFO_SET)[-1] == "offsetting ran"
    assert day.balances == {"a": 2, "b": 0}


def test_the_bilateral_pass_takes_the_pair_with_the_smallest_difference_first() -> None:
    day = DayByHand(a=4, b=0, c=0)
    day.pays("a", "b", 9)  # b owes 6: difference 3
    day.pays("a", "c", 6)  # c owes 4: difference 2; bypasses the order to b
    day.pays("b", "a", 6)
    day.pays("c", "a", 4)
    assert day.offset(Algorithm.BILATERAL_PASS) == [
        "1 settled: offset in bilateral pass",
        "3 settled: offset in bilateral pass",
        # Of 4, 2 are left: too little for the difference of 3.
        "offsetting ran",
    ]
    assert day.balances == {"a": 2, "b": 0, "c": 2}
    assert day.run is not None
    assert day.run[4:] == (4, 2, 10, 10, 8)


def test_the_bilateral_pass_unmarks_the_last_order_of_who_cannot_pay() -> None:
    day = DayByHand(a=0, b=0)
    day.pays("a", "b", 3)
    day.pays("a", "b", 2)
    day.pays("b", "a", 4)
    # a cannot pay its second order, so b cannot pay at all, so a cannot either.
    assert day.offset(Algorithm.BILATERAL_PASS) == ["offsetting ran"]
    day.set(CommandKind.SET_CREDIT_LINE, "b", 1)
    assert day.offset(Algorithm.BILATERAL_PASS) == [
        "0 settled: offset in bilateral pass",
        "2 settled: offset in bilateral pass",
        "offsetting ran",
    ]
    assert day.balances == {"a": 1, "b": -1}


def chosen_pair() -> DayByHand:
    day = DayByHand(a=3, b=0)
    for payer, payee, amount in (("a", "b", 20), ("a", "b", 7), ("b", "a", 5)):
        day.pays(payer, payee, amount)
    assert day.about(CommandKind.SELECT, 2) == ["2 selected"]
    assert day.about(CommandKind.SELECT, 1) == ["1 selected"]
    return day


def test_a_chosen_set_settles_and_may_bypass() -> None:
    day = chosen_pair()
    assert day.about(CommandKind.SELECT, 1) == ["1 selected"]  # twice is once
    assert day.step(CommandKind.SETTLE_SELECTED) == [
        "1 settled: offset for maximum value",
        "2 settled: offset for maximum value",
        "offsetting ran",
    ]
    assert day.balances == {"a": 1, "b": 2}
    assert day.run is not None
    assert day.run[4:] == (3, 2, 12, 12, 10)


def test_a_chosen_set_is_refused_whole_when_one_was_cancelled_in_between() -> None:
    day = chosen_pair()
    day.about(CommandKind.CANCEL, 2)
    refused = ["request refused: selection not permitted"]
    assert day.step(CommandKind.SETTLE_SELECTED) == refused
    # The selection is forgotten: nothing is selected any more, and nothing settles.
    assert day.step(CommandKind.SETTLE_SELECTED) == ["offsetting ran"]
    assert day.balances == {"a": 3, "b": 0}


def test_choices_are_forgotten_when_the_day_closes() -> None:
    day = chosen_pair()
    day.step(CommandKind.CLOSE_DAY)
    day.step(CommandKind.OPEN_DAY)
    assert day.step(CommandKind.SETTLE_SELECTED) == []
    day.pays("a", "b", 20)
    assert day.step(CommandKind.SETTLE_SELECTED) == ["offsetting ran"]
    assert day.run is not None
    assert day.run[4:] == (1, 0, 0, 0, 0)


def test_a_run_follows_the_command_by_which_enough_orders_have_joined() -> None:
    day = DayByHand(Rulebook(when_queued=WhenQueued(3)), a=0, b=0)
    assert day.pays("a", "b", 5) == ["0 queued"]
    assert day.pays("a", "b", 2) == ["1 queued"]
    assert day.about(CommandKind.MOVE_TO_END, 0) == ["0 moved in queue", "offsetting ran"]
    assert day.pays("b", "a", 5) == ["2 queued"]
    assert day.pays("b", "a", 2) == ["3 queued"]
    assert day.pays("b", "a", 9) == [
        "4 queued",
        *[f"{order} settled: offset in greatest fifo set" for order in (1, 0, 2, 3)],
        "offsetting ran",
    ]


def test_a_run_that_a_held_order_brings_about_waits_for_no_command() -> None:
    """A request without effect leaves no trace, not even in the time of a run."""
    day = DayByHand(Rulebook(when_queued=WhenQueued(2)), a=0, b=0)
    assert day.pays("a", "b", 5) == ["0 queued"]
    entry = day.time + 5
    assert day.pays("b", "a", 5, earliest=entry) == ["1 held"]
    day.time = entry + 10
    assert day.about(CommandKind.CANCEL, 7) == [
        "1 queued",
        *[f"{order} settled: offset in greatest fifo set" for order in (0, 1)],
        "offsetting ran",
        "request refused: order unknown",
    ]
    assert {int(run["time"]) for run in day.engine.runs} == {entry}


def test_the_end_of_the_day_starts_the_count_of_joinings_anew() -> None:
    day = DayByHand(Rulebook(when_queued=WhenQueued(2)), a=0, b=0)
    assert day.pays("a", "b", 5) == ["0 queued"]
    day.step(CommandKind.CLOSE_DAY)
    day.step(CommandKind.OPEN_DAY)
    assert day.pays("a", "b", 5) == ["1 queued"]
    assert day.pays("a", "b", 5) == ["2 queued", "offsetting ran"]


@pytest.mark.parametrize("algorithm", [0, 1, 5, 6, 7, -1])
def test_an_algorithm_that_does_not_run_on_demand_is_refused(algorithm: int) -> None:
    day = DayByHand(a=0, b=0)
    refused = ["request refused: unknown algorithm"]
    assert day.step(CommandKind.OFFSET, amount=algorithm) == refused
