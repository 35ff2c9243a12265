"""Days worked out by hand from the settlement rules, one rule each."""

import pytest

from skontro.engine import CommandKind
from skontro.model import (
    MAX_AMOUNT,
    Bypass,
    PaymentClass,
    Rulebook,
)
from tests.engine.by_hand import DayByHand

URGENT, HIGH, NORMAL = PaymentClass.URGENT, PaymentClass.HIGH, PaymentClass.NORMAL


def with_bypass(most: int = 100, depth: int = 16) -> Rulebook:
    return Rulebook(bypass=Bypass((NORMAL,), depth=depth, max_bypasses=most))


def test_the_day_of_the_reference() -> None:
    day = DayByHand(a=10, b=0, c=0)
    assert day.pays("a", "b", 12) == ["0 queued"]
    assert day.pays("a", "c", 3) == ["1 queued"]
    assert day.pays("a", "c", 4, URGENT) == ["2 settled"]
    assert day.pays("c", "b", 5) == ["3 queued"]
    assert day.about(CommandKind.CANCEL, 0) == [
        "0 cancelled: cancelled by participant",
        "1 settled",
        "3 settled",
    ]
    assert day.pays("b", "a", 9) == ["4 queued"]
    assert day.step(CommandKind.CLOSE_DAY) == ["4 returned: returned at end of day", "day closed"]
    assert day.balances == {"a": 3, "b": 5, "c": 2}


def test_a_bilateral_limit_is_reached_and_relieved_by_the_counterparty() -> None:
    day = DayByHand(a=100, b=10)
    assert day.limits("a", 20, towards="b") == ["limit set"]
    assert day.pays("a", "b", 20) == ["0 settled"]  # the count is 20: reached, not exceeded
    assert day.pays("a", "b", 5) == ["1 queued"]
    assert day.pays("b", "a", 4) == ["2 settled"]  # the count is 16; 5 more would be 21
    assert day.pays("b", "a", 1) == ["3 settled", "1 settled"]  # 15, and 20 again
    assert day.balances == {"a": 80, "b": 30}


def test_a_bilateral_limit_binds_towards_one_only_and_blocks_all_behind() -> None:
    day = DayByHand(a=100, b=0, c=0)
    day.limits("a", 10, towards="b")
    assert day.pays("a", "c", 50) == ["0 settled"]
    assert day.pays("a", "b", 11) == ["1 queued"]
    assert day.pays("a", "c", 1) == ["2 queued"]
    assert day.limits("a", 11, towards="b") == ["limit set", "1 settled", "2 settled"]


def test_a_net_sender_limit_counts_all_counterparties() -> None:
    day = DayByHand(a=100, b=5, c=5)
    day.limits("a", 10)
    assert day.pays("a", "b", 6) == ["0 settled"]
    assert day.pays("a", "c", 5) == ["1 queued"]
    assert day.pays("b", "a", 1) == ["2 settled", "1 settled"]
    assert day.balances == {"a": 90, "b": 10, "c": 10}


def test_a_new_amount_keeps_the_count_of_a_limit_and_ending_it_forgets_the_count() -> None:
    day = DayByHand(a=100, b=0)
    day.limits("a", 10)
    assert day.pays("a", "b", 10) == ["0 settled"]
    assert day.limits("a", 4) == ["limit set"]  # below the count
    assert day.pays("a", "b", 1) == ["1 queued"]
    assert day.pays("b", "a", 7) == ["2 settled", "1 settled"]  # 3 and 4
    assert day.pays("a", "b", 1) == ["3 queued"]
    assert day.limits("a", -1) == ["limit set", "3 settled"]
    assert day.limits("a", 4) == ["limit set"]
    assert day.pays("a", "b", 4) == ["4 settled"]


def test_liquidity_counts_towards_no_limit_and_limits_end_with_the_day() -> None:
    day = DayByHand(a=10, b=0)
    day.limits("a", 0)
    assert day.set(CommandKind.TRANSFER_OUT, "a", 3) == ["liquidity moved"]
    assert day.pays("a", "b", 1) == ["0 queued"]
    assert day.set(CommandKind.TRANSFER_IN, "a", 3) == ["liquidity moved"]
    day.step(CommandKind.CLOSE_DAY)
    day.step(CommandKind.OPEN_DAY)
    assert day.pays("a", "b", 10) == ["1 settled"]


def test_a_reservation_is_withheld_used_up_and_filled_by_credits() -> None:
    day = DayByHand(a=10, b=50)
    assert day.set(CommandKind.SET_RESERVATION, "a", 8, URGENT) == ["reservation set"]
    assert day.pays("a", "b", 3, HIGH) == ["0 queued"]  # 3 + 8 is more than 10
    assert day.pays("a", "b", 5, URGENT) == ["1 settled"]  # 5 left, 3 of it reserved
    assert day.pays("b", "a", 1) == ["2 settled", "0 settled"]  # 6 = 3 + 3; 3 left, all reserved
    assert day.pays("a", "b", 1, NORMAL) == ["3 queued"]
    assert day.pays("a", "b", 4, URGENT) == ["4 queued"]  # urgent may use all, but 3 is too little
    assert day.pays("b", "a", 1) == ["5 settled", "4 settled"]  # and the reservation is used up
    assert day.pays("b", "a", 1) == ["6 settled", "3 settled"]
    assert day.balances == {"a": 0, "b": 60}


def test_what_comes_in_fills_a_reservation_larger_than_the_balance() -> None:
    day = DayByHand(a=0, b=20)
    day.set(CommandKind.SET_RESERVATION, "a", 6, HIGH)
    assert day.pays("a", "b", 2, NORMAL) == ["0 queued"]
    assert day.pays("b", "a", 7) == ["1 settled"]
    assert day.pays("a", "b", 7, HIGH) == ["2 settled"]
    assert day.pays("b", "a", 2) == ["3 settled", "0 settled"]


def test_the_high_reservation_is_withheld_from_normal_orders_only() -> None:
    day = DayByHand(a=10, b=0)
    day.set(CommandKind.SET_RESERVATION, "a", 8, HIGH)
    assert day.pays("a", "b", 3, NORMAL) == ["0 queued"]
    assert day.pays("a", "b", 3, URGENT) == ["1 settled"]  # uses up no reservation for high
    assert day.set(CommandKind.SET_RESERVATION, "a", 5, HIGH) == ["reservation set"]
    assert day.set(CommandKind.SET_RESERVATION, "a", 4, HIGH) == ["reservation set", "0 settled"]


def test_an_order_bypasses_the_blocked_first_of_its_class_until_it_has_aged() -> None:
    day = DayByHand(with_bypass(most=2), a=10, b=0)
    assert day.pays("a", "b", 20) == ["0 queued"]
    assert day.pays("a", "b", 1) == ["1 settled: bypassed fifo"]
    assert day.pays("a", "b", 1) == ["2 settled: bypassed fifo"]
    assert day.pays("a", "b", 1) == ["3 queued"]  # order 0 has been bypassed twice
    assert day.about(CommandKind.CANCEL, 0)[1:] == ["3 settled"]


def test_the_count_of_bypasses_starts_again_with_another_first_order() -> None:
    day = DayByHand(with_bypass(most=1), a=10, b=0)
    assert day.pays("a", "b", 20) == ["0 queued"]
    assert day.pays("a", "b", 1) == ["1 settled: bypassed fifo"]
    assert day.pays("a", "b", 30) == ["2 queued"]
    assert day.pays("a", "b", 2) == ["3 queued"]
    # Order 2 is the first now: it is bypassed once, and then no more.
    assert day.about(CommandKind.MOVE_TO_END, 0) == ["0 moved in queue", "3 settled: bypassed fifo"]
    assert day.pays("a", "b", 1) == ["4 queued"]


def test_a_release_looks_so_many_orders_deep_and_starts_again_from_the_head() -> None:
    day = DayByHand(with_bypass(depth=1), a=0, b=0, c=9)
    for order, amount in enumerate([20, 4, 3, 2]):
        assert day.pays("a", "b", amount) == [f"{order} queued"]
    # One order behind the head is looked at: 4, not 3 or 2.
    assert day.pays("c", "a", 3) == ["4 settled"]
    assert day.pays("c", "a", 4) == [
        "5 settled",
        "1 settled: bypassed fifo",
        "2 settled: bypassed fifo",
    ]
    assert day.balances == {"a": 0, "b": 7, "c": 2}


def test_no_order_bypasses_one_of_a_higher_class() -> None:
    day = DayByHand(with_bypass(), a=10, b=0)
    assert day.pays("a", "b", 20, HIGH) == ["0 queued"]
    assert day.pays("a", "b", 1) == ["1 queued"]
    assert day.pays("a", "b", 1, HIGH) == ["2 queued"]  # bypass is for normal orders only


def test_liquidity_comes_in_and_goes_out() -> None:
    day = DayByHand(credit_line=4, a=1, b=0)
    assert day.pays("a", "b", 9) == ["0 queued"]
    assert day.set(CommandKind.TRANSFER_IN, "a", 4) == ["liquidity moved", "0 settled"]
    assert day.balances == {"a": -4, "b": 9}
    day.set(CommandKind.SET_RESERVATION, "b", 3, HIGH)
    day.set(CommandKind.SET_RESERVATION, "b", 2, URGENT)
    # 9 and 4 of credit, less reservations of 5.
    assert day.set(CommandKind.TRANSFER_OUT, "b", 9) == [
        "liquidity refused: insufficient liquidity"
    ]
    assert day.set(CommandKind.TRANSFER_OUT, "b", 8) == ["liquidity moved"]
    assert day.balances == {"a": -4, "b": 1}


def test_a_credit_line_in_use_cannot_be_taken_away() -> None:
    day = DayByHand(credit_line=6, a=0, b=0)
    assert day.pays("a", "b", 5) == ["0 settled"]
    assert day.set(CommandKind.SET_CREDIT_LINE, "a", 4) == ["control refused: credit in use"]
    assert day.set(CommandKind.SET_CREDIT_LINE, "a", 5) == ["credit line set"]
    assert day.pays("a", "b", 1) == ["1 queued"]
    assert day.set(CommandKind.SET_CREDIT_LINE, "a", 6) == ["credit line set", "1 settled"]
    assert day.engine.credit_lines.tolist() == [6, 6]


def test_orders_move_to_the_front_and_to_the_end_of_their_class() -> None:
    day = DayByHand(a=2, b=0, c=20)
    for amount in (9, 8, 2):
        day.pays("a", "b", amount)
    assert day.about(CommandKind.MOVE_TO_FRONT, 2) == ["2 moved in queue", "2 settled"]
    assert day.about(CommandKind.MOVE_TO_END, 0) == ["0 moved in queue"]
    assert day.pays("c", "a", 8) == ["3 settled", "1 settled"]
    assert day.pays("a", "b", 1, HIGH) == ["4 queued"]
    assert day.about(CommandKind.MOVE_TO_FRONT, 0) == ["0 moved in queue"]  # of its class only
    assert day.pays("c", "a", 9) == ["5 settled", "4 settled"]
    assert day.about(CommandKind.MOVE_TO_END, 4) == ["request refused: order final"]
    assert day.balances == {"a": 8, "b": 11, "c": 3}


def test_a_held_order_cannot_be_moved_or_chosen() -> None:
    day = DayByHand(a=2, b=0)
    assert day.pays("a", "b", 1, earliest=9) == ["0 held"]
    for kind in (CommandKind.MOVE_TO_FRONT, CommandKind.MOVE_TO_END, CommandKind.SELECT):
        assert day.about(kind, 0) == ["request refused: order not queued"]


def test_a_held_order_offsets_on_entry_or_waits_to_be_returned() -> None:
    day = DayByHand(Rulebook(offset_on_entry=True), a=0, b=0)
    assert day.pays("a", "b", 5, latest=5) == ["0 queued"]  # at time 1
    assert day.pays("b", "a", 5, earliest=5) == ["1 held"]
    assert day.pays("a", "b", 3, earliest=6, latest=7) == ["2 held"]
    day.time = 5
    # At its latest time itself order 0 may still settle.
    assert day.pays("b", "a", 9) == [
        "1 settled: offset on entry",
        "0 settled: offset on entry",
        "offsetting ran",
        "3 queued",
    ]
    day.time = 8
    # Order 2 entered at 6, beside a head of 9 that b could not pay; returned one moment after 7.
    assert day.pays("b", "a", 3) == [
        "2 queued",
        "2 returned: returned at latest time",
        "4 queued",
    ]
    assert day.balances == {"a": 0, "b": 0}


def test_what_settles_at_once_needs_no_room_to_wait() -> None:
    day = DayByHand(a=0, b=0)
    assert day.pays("a", "b", MAX_AMOUNT, earliest=90) == ["0 held"]
    assert day.pays("a", "b", MAX_AMOUNT) == ["1 rejected: waiting value too large"]
    assert day.pays("a", "b", 10**18 // 16 + 1, HIGH) == ["2 queued"]
    assert day.pays("a", "b", 1, URGENT) == ["3 rejected: waiting value too large"]
    assert day.set(CommandKind.TRANSFER_IN, "a", 5) == ["liquidity moved"]
    assert day.pays("a", "b", 5, URGENT) == ["4 settled"]


@pytest.mark.parametrize(
    ("kind", "bank", "amount", "payment_class", "answer"),
    [
        (CommandKind.SET_CREDIT_LINE, "a", -1, -1, "control refused: amount negative"),
        (
            CommandKind.SET_RESERVATION,
            "a",
            MAX_AMOUNT + 1,
            NORMAL,
            "control refused: unknown class",
        ),
        (CommandKind.SET_RESERVATION, "a", -1, URGENT, "control refused: amount negative"),
        (CommandKind.SET_NET_SENDER_LIMIT, "a", -2, -1, "control refused: amount negative"),
        (CommandKind.TRANSFER_IN, "a", 0, -1, "liquidity refused: amount not positive"),
        (CommandKind.TRANSFER_OUT, "a", MAX_AMOUNT + 1, -1, "liquidity refused: amount too large"),
        (CommandKind.TRANSFER_OUT, "a", 2, -1, "liquidity refused: insufficient liquidity"),
    ],
)
def test_requests_about_accounts_are_refused_with_the_lowest_reason(
    kind: CommandKind, bank: str, amount: int, payment_class: int, answer: str
) -> None:
    assert DayByHand(a=1, b=0).set(kind, bank, amount, payment_class) == [answer]


def test_not_more_money_than_sums_can_carry() -> None:
    day = DayByHand(a=MAX_AMOUNT, b=MAX_AMOUNT, c=MAX_AMOUNT)
    assert day.set(CommandKind.SET_CREDIT_LINE, "a", MAX_AMOUNT) == ["credit line set"]
    refused = "too much money"
    assert day.set(CommandKind.TRANSFER_IN, "b", 5) == [f"liquidity refused: {refused}"]
    assert day.set(CommandKind.TRANSFER_IN, "b", 4) == ["liquidity moved"]
    assert day.set(CommandKind.SET_CREDIT_LINE, "b", 1) == [f"control refused: {refused}"]
    assert day.set(CommandKind.SET_CREDIT_LINE, "a", MAX_AMOUNT) == ["credit line set"]


def test_moving_the_only_order_of_a_class_to_the_end_does_not_start_its_count_anew() -> None:
    day = DayByHand(Rulebook(bypass=Bypass((PaymentClass.NORMAL,), max_bypasses=1)), a=10, b=0)
    assert day.pays("a", "b", 20) == ["0 queued"]
    assert day.pays("a", "b", 1) == ["1 settled: bypassed fifo"]
    assert day.about(CommandKind.MOVE_TO_END, 0) == ["0 moved in queue"]
    assert day.pays("a", "b", 1) == ["2 queued"]
