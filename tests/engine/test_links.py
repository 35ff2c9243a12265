"""Legs of links by hand: limits of what is ready, refused and counted; the table of earmarks."""

import hashlib
from collections.abc import Callable
from decimal import Decimal
from random import Random

import numpy as np
import pytest

from skontro.engine import (
    Commands,
    Engine,
    cancel,
    change_class,
    close_day,
    complete,
    earmark,
    join,
    move_to_front,
    open_day,
    permit,
    release,
    set_bilateral_limit,
    set_credit_line,
    set_net_sender_limit,
    set_reservation,
    submit,
    submit_leg,
    submit_linked,
    transfer_in,
    transfer_out,
)
from skontro.engine.invariants import EARMARKS_HELD, EARMARKS_SOUND, Invariant
from skontro.engine.records import CONTROLLED, HOLDS_EARMARKS, State
from skontro.engine.structures import earmarks as table
from skontro.engine.structures.earmarks import COUNTED_BILATERAL, COUNTED_NET
from skontro.model import (
    Bypass,
    CurrencyPrice,
    InputError,
    InvariantBroken,
    PaymentClass,
    PositionLimits,
    ReasonCode,
    Rulebook,
    SettlementAccount,
    find_currency,
)
from tests.engine.days import as_events, bic

TENGE, ROUBLE = find_currency("KZT"), find_currency("RUB")
#: Accounts: three banks, two for earmarks, one of another currency.
A, B, C, E, F, R = range(6)


def engine_with(
    *balances: int, credit_line: int = 0, rulebook: Rulebook | None = None, opened: bool = True
) -> Engine:
    banks = [SettlementAccount(bic(n), TENGE, b, credit_line) for n, b in enumerate(balances)]
    others = [SettlementAccount(bic(n), TENGE, 0) for n in (3, 4)]
    engine = Engine([*banks, *others, SettlementAccount(bic(5), ROUBLE, 0)], rulebook or Rulebook())
    if opened:
        engine.apply(open_day(0))
    return engine


def told(engine: Engine, *commands: Commands) -> list[str]:
    """What happened, in words; every invariant is checked. No command comes before another."""
    batch = join(commands)
    times = np.maximum.accumulate(np.maximum(batch.time, engine.last_time))
    events = as_events(engine.apply(batch.evolve(time=times)))
    engine.check()
    return [
        f"{number} {kind.name}: {reason.name}" if reason else f"{number} {kind.name}"
        for number, _, kind, reason in events
    ]


def leg(amount: int, payment_class: int = 2, payer: int = A, payee: int = B, **times: int):  # noqa: ANN201
    return submit_linked(1, payer, payee, amount, payment_class, **times)


def pays(amount: int, payer: int = A, payee: int = B, payment_class: int = 2) -> Commands:
    return submit([1], [payer], [payee], [amount], [payment_class])


def test_a_leg_is_set_aside_earmarked_over_the_night_and_completed() -> None:
    engine = engine_with(10, 0, 0)
    assert told(engine, leg(6), pays(4)) == ["0 HELD: LINK_AWAITED", "1 SETTLED"]
    assert (engine.held, engine.queued) == (1, 0)
    assert engine.leg_readiness(0) == ReasonCode.NONE
    assert told(engine, earmark(2, 0, E)) == ["0 EARMARKED"]
    assert engine.balances.tolist() == [0, 4, 0, 6, 0, 0]
    assert engine.earmarks.tolist() == [(0, 6, A, B, E, 2, 0)]
    assert (engine.held, engine.is_waiting(0)) == (0, False)
    assert (
        told(engine, cancel(3, 0), change_class(3, 0, 1), move_to_front(3, 0))
        == ["0 REQUEST_REFUSED: LINK_BEING_DECIDED"] * 3
    )
    assert told(engine, complete(3, -1), release(3, 1), cancel(3, -1)) == [
        "-1 REQUEST_REFUSED: NOT_EARMARKED",
        "1 REQUEST_REFUSED: NOT_EARMARKED",
        "-1 REQUEST_REFUSED: ORDER_UNKNOWN",
    ]
    assert engine.why_waiting([-1, 0, 1, 2])["reason"].tolist() == [0, 110, 0, 0]
    assert told(engine, close_day(4)) == ["-1 DAY_CLOSED"]
    closed = "0 REQUEST_REFUSED: DAY_NOT_OPEN"
    assert (
        told(engine, complete(5, 0), release(5, 0), earmark(5, 0, E), permit(5, 0)) == [closed] * 4
    )
    assert engine.leg_readiness(0) == ReasonCode.DAY_NOT_OPEN
    assert told(engine, open_day(6), pays(4, B, C), cancel(7, 0)) == [
        "-1 DAY_OPENED",
        "2 SETTLED",
        "0 REQUEST_REFUSED: LINK_BEING_DECIDED",
    ]
    assert engine.leg_readiness(0) == ReasonCode.LINK_BEING_DECIDED
    assert told(engine, pays(5, B, C), complete(8, 0), complete(8, 0), release(8, 0)) == [
        "3 QUEUED",
        "0 COMPLETED",
        "3 SETTLED",
        "0 REQUEST_REFUSED: NOT_EARMARKED",
        "0 REQUEST_REFUSED: NOT_EARMARKED",
    ]
    assert engine.balances.tolist() == [0, 1, 9, 0, 0, 0]
    assert len(engine.earmarks) == 0
    assert told(engine, cancel(9, 0)) == ["0 REQUEST_REFUSED: ORDER_FINAL"]


def test_a_release_gives_the_money_back_and_lets_the_payer_go_on() -> None:
    engine = engine_with(10, 0, 0)
    told(engine, leg(8), earmark(2, 0, E))
    assert told(engine, pays(3), release(3, 0)) == [
        "1 QUEUED",
        "0 RELEASED: LINK_NOT_COMMITTED",
        "1 SETTLED",
    ]
    assert engine.balances.tolist() == [7, 3, 0, 0, 0, 0]


def test_a_permitted_leg_is_an_order_like_any_other_until_its_time() -> None:
    engine = engine_with(5, 0, 0)
    told(engine, leg(5), leg(6), leg(7), leg(1, latest=4))
    assert told(engine, permit(2, 0, 2)) == ["0 SETTLED"]
    assert told(engine, permit(3, 1, 9), permit(3, 2), permit(3, 3, 50)) == [
        "1 QUEUED",
        "2 QUEUED",
        "3 QUEUED",
    ]
    assert told(engine, permit(4, 1)) == ["1 REQUEST_REFUSED: LEG_NOT_READY"]
    assert told(engine, transfer_in(5, A, 5)) == ["3 RETURNED: RETURNED_AT_LATEST_TIME", *MOVED]
    assert told(engine, transfer_in(9, A, 1)) == ["1 LIQUIDITY_MOVED", "1 SETTLED"]
    assert told(engine, cancel(10, 2)) == ["2 CANCELLED: CANCELLED_BY_PARTICIPANT"]


MOVED = ["0 LIQUIDITY_MOVED"]


def test_a_permitted_leg_is_returned_one_microsecond_after_its_time() -> None:
    engine = engine_with(0, 0, 0)
    told(engine, leg(6, latest=30), leg(6, latest=30), permit(2, 0, 9), permit(2, 1, 50))
    assert told(engine, set_reservation(9, B, 0, 0)) == [f"{B} RESERVATION_SET"]
    late = "RETURNED: RETURNED_AT_LATEST_TIME"
    assert told(engine, set_reservation(10, B, 0, 0)) == [f"0 {late}", f"{B} RESERVATION_SET"]
    assert told(engine, set_reservation(30, B, 0, 0)) == [f"{B} RESERVATION_SET"]
    assert told(engine, set_reservation(31, B, 0, 0)) == [f"1 {late}", f"{B} RESERVATION_SET"]


def test_the_time_of_a_permission_may_be_now_but_not_past() -> None:
    engine = engine_with(9, 0, 0)
    told(engine, leg(1), leg(1))
    assert told(engine, permit(8, 0, 7)) == ["0 REQUEST_REFUSED: LATEST_TIME_PASSED"]
    assert told(engine, permit(8, 0, 8)) == ["0 SETTLED"]


def test_a_leg_that_is_set_aside_ends_like_a_held_order() -> None:
    engine = engine_with(10, 0, 0)
    told(engine, leg(1, latest=5), leg(2), leg(3), change_class(2, 1, 0))
    assert told(engine, cancel(5, 2)) == ["2 CANCELLED: CANCELLED_BY_PARTICIPANT"]
    assert told(engine, move_to_front(6, 1)) == [
        "0 RETURNED: RETURNED_AT_LATEST_TIME",
        "1 REQUEST_REFUSED: ORDER_NOT_QUEUED",
    ]
    assert told(engine, earmark(6, 0, E)) == ["0 REQUEST_REFUSED: ORDER_FINAL"]
    assert told(engine, close_day(7)) == ["1 RETURNED: RETURNED_AT_END_OF_DAY", "-1 DAY_CLOSED"]
    assert engine.why_waiting([1])["reason"].tolist() == [0]


def test_a_leg_enters_at_its_earliest_time_and_not_before() -> None:
    engine = engine_with(10, 0, 0)
    told(engine, leg(1, earliest=5), leg(1, earliest=5))
    early = ["0 REQUEST_REFUSED: AWAITS_EARLIEST_TIME", "1 REQUEST_REFUSED: AWAITS_EARLIEST_TIME"]
    assert told(engine, permit(4, 0), earmark(4, 1, E)) == early
    assert engine.leg_readiness(0) == ReasonCode.AWAITS_EARLIEST_TIME
    assert told(engine, permit(5, 0), earmark(5, 1, E)) == ["0 SETTLED", "1 EARMARKED"]


def test_a_leg_waits_for_no_queue_and_blocks_none() -> None:
    engine = engine_with(10, 0, 0)
    told(engine, leg(6, payment_class=0), pays(7))
    assert engine.balances[A] == 3
    told(engine, pays(5))
    assert engine.leg_readiness(0) == ReasonCode.INSUFFICIENT_LIQUIDITY
    assert told(engine, transfer_in(2, A, 1)) == MOVED
    assert told(engine, leg(1), leg(1, 1)) == ["3 HELD: LINK_AWAITED", "4 HELD: LINK_AWAITED"]
    assert told(engine, earmark(3, 3, E), earmark(3, 4, E)) == [
        "3 REQUEST_REFUSED: ORDER_AHEAD",
        "4 EARMARKED",
    ]


def test_reasons_for_which_a_leg_is_not_ready_at_their_exact_limits() -> None:
    engine = engine_with(10, 0, 0, credit_line=2)
    told(engine, leg(12), leg(13), set_reservation(1, A, 1, 3), leg(9), leg(10), leg(12, 1))
    ready = [engine.leg_readiness(number).name for number in range(5)]
    reserved, short = "LIQUIDITY_RESERVED", "INSUFFICIENT_LIQUIDITY"
    assert ready == [reserved, short, "NONE", reserved, "NONE"]
    told(engine, set_net_sender_limit(1, A, 9), set_bilateral_limit(1, A, B, 8))
    told(engine, leg(9), leg(8), leg(9, payee=C), leg(9, payment_class=0), leg(10, 0))
    ready = [engine.leg_readiness(number).name for number in range(5, 10)]
    net, bilateral = "NET_SENDER_LIMIT_REACHED", "BILATERAL_LIMIT_REACHED"
    assert ready == [bilateral, "NONE", "NONE", bilateral, net]
    assert engine.leg_readiness(10) == ReasonCode.ORDER_UNKNOWN
    assert engine.leg_readiness(-1) == ReasonCode.ORDER_UNKNOWN


@pytest.mark.parametrize(("payer", "payment_class"), [(A, 2), (B, 2), (C, 1), (B, 0)])
def test_an_earmark_may_bypass_and_counts_as_a_bypass(payer: int, payment_class: int) -> None:
    """By the queue of its payer and class alone."""
    rulebook = Rulebook(bypass=Bypass((*PaymentClass,), depth=3, max_bypasses=1))
    engine, payee = engine_with(5, 5, 5, rulebook=rulebook), (payer + 1) % 3
    told(engine, pays(9, payer, payee, payment_class))
    told(engine, *[leg(1, payment_class, payer, payee)] * 2)
    other = (payer + 2) % 3
    told(engine, pays(9, other, payer, payment_class), leg(1, payment_class, other, payer))
    assert told(engine, earmark(2, 1, E), earmark(2, 2, E)) == [
        "1 EARMARKED: BYPASSED_FIFO",
        "2 REQUEST_REFUSED: ORDER_AHEAD",
    ]
    assert told(engine, permit(3, 2), earmark(3, 4, E)) == [
        "2 QUEUED",
        "4 EARMARKED: BYPASSED_FIFO",
    ]


def counts(engine: Engine, account: int) -> tuple[int, list[int]]:
    bilateral = engine.bilateral_limits
    return (
        int(engine.controls[account]["count"]),
        bilateral[bilateral["payer"] == account]["count"].tolist(),
    )


def test_an_earmark_counts_as_paid_and_a_release_no_longer() -> None:
    engine = engine_with(20, 0, 0)
    told(engine, set_net_sender_limit(1, A, 9), set_bilateral_limit(1, A, B, 9))
    told(engine, set_net_sender_limit(1, B, 9), set_bilateral_limit(1, B, A, 9))
    told(engine, set_reservation(1, A, 0, 5), leg(4, 0), leg(5), earmark(2, 0, E))
    assert (counts(engine, A), counts(engine, B)) == ((4, [4]), (0, [0]))
    assert engine.controls["reserved_urgent"][A] == 1
    told(engine, earmark(3, 1, E))
    assert engine.earmarks["counted"].tolist() == [COUNTED_NET | COUNTED_BILATERAL] * 2
    assert told(engine, pays(1)) == ["2 QUEUED"]
    assert told(engine, release(4, 1)) == ["1 RELEASED: LINK_NOT_COMMITTED", "2 SETTLED"]
    assert (counts(engine, A), counts(engine, B)) == ((5, [5]), (-1, [-1]))
    assert told(engine, complete(5, 0)) == ["0 COMPLETED"]
    assert (counts(engine, A), counts(engine, B)) == ((5, [5]), (-5, [-5]))
    assert engine.controls["reserved_urgent"][A] == 1


def test_a_release_concerns_only_limits_that_counted_the_earmark() -> None:
    """Each limit by itself: one is set anew, one is set later, one stays."""
    engine = engine_with(20, 0, 0)
    told(engine, set_net_sender_limit(1, A, 9), set_bilateral_limit(1, A, C, 9))
    told(engine, leg(4), earmark(2, 0, E), leg(3, payee=C), earmark(2, 1, E))
    assert engine.earmarks["counted"].tolist() == [1, 3]
    told(engine, set_net_sender_limit(3, A, 8), set_bilateral_limit(3, A, B, 9))
    assert engine.earmarks["counted"].tolist() == [1, 3]
    told(engine, set_net_sender_limit(3, A, -1), set_bilateral_limit(3, A, C, 5))
    told(engine, set_net_sender_limit(4, A, 9))
    assert engine.earmarks["counted"].tolist() == [0, 2]
    assert counts(engine, A) == (0, [0, 3])
    told(engine, release(5, 0), release(5, 1))
    assert counts(engine, A) == (0, [0, 0])
    told(engine, leg(2), earmark(6, 2, E), set_net_sender_limit(7, B, 5))
    told(engine, set_net_sender_limit(8, A, -1))
    assert engine.earmarks["counted"].tolist() == [3]
    told(engine, close_day(9))
    assert engine.earmarks["counted"].tolist() == [0]
    told(engine, open_day(10), set_net_sender_limit(11, A, 4), release(12, 2))
    assert counts(engine, A) == (0, [])


def test_a_limit_that_is_set_again_has_counted_no_earmark() -> None:
    """The limit of that payer, and of a bilateral one that payee, and no other."""
    engine = engine_with(20, 20, 20)
    for payer, payee in ((A, B), (A, C), (B, A)):
        told(engine, set_bilateral_limit(1, payer, payee, 9), set_net_sender_limit(1, payer, 9))
        told(engine, leg(1, payer=payer, payee=payee))
    told(engine, *[earmark(2, number, E) for number in range(3)])
    assert engine.earmarks["counted"].tolist() == [3, 3, 3]
    told(engine, set_bilateral_limit(3, A, B, -1), set_bilateral_limit(3, A, B, 9))
    assert engine.earmarks["counted"].tolist() == [COUNTED_NET, 3, 3]
    told(engine, set_net_sender_limit(4, B, -1), set_net_sender_limit(4, B, 9))
    assert engine.earmarks["counted"].tolist() == [COUNTED_NET, 3, COUNTED_BILATERAL]
    told(engine, set_net_sender_limit(5, A, -1), set_net_sender_limit(5, A, 9))
    assert engine.earmarks["counted"].tolist() == [0, COUNTED_BILATERAL, COUNTED_BILATERAL]
    told(engine, *[release(6, number) for number in range(3)])
    assert (counts(engine, A), counts(engine, B)) == ((0, [0, 0]), (0, [0]))


def test_an_overrun_limit_must_be_kept_again_after_a_release() -> None:
    engine = engine_with(20, 0, 0)
    told(engine, set_net_sender_limit(1, A, 9), leg(6), earmark(2, 0, E))
    told(engine, set_net_sender_limit(3, A, 5))
    assert engine.controls["overrun"][A] == 1
    told(engine, release(4, 0))
    assert engine.controls["overrun"][A] == 0
    told(engine, set_net_sender_limit(5, B, 9), pays(3, A, B), pays(3, B, C))
    told(engine, pays(3, A, B), pays(3, B, C), leg(5), set_net_sender_limit(6, A, 30))
    told(engine, earmark(6, 5, E), set_net_sender_limit(7, B, 2))
    assert (engine.controls["overrun"][B], counts(engine, B)[0]) == (0, 0)
    told(engine, transfer_in(8, B, 9), pays(2, B, C), set_net_sender_limit(8, B, 1))
    assert engine.controls["overrun"][B] == 1
    told(engine, complete(9, 5))
    assert (engine.controls["overrun"][B], counts(engine, B)[0]) == (0, -3)


def test_earmark_accounts_hold_nothing_else() -> None:
    engine = engine_with(10, 0, 0)
    told(engine, leg(2), earmark(1, 0, E))
    refused = "EARMARK_ACCOUNT"
    pair = [submit_leg(1, A, E, 1, 2), submit_leg(1, E, A, 1, 2)]
    orders = [pays(1, A, E), pays(1, E, A), leg(1, 2, A, E), leg(1, 2, E, A), *pair]
    assert told(engine, *orders) == [f"{n} REJECTED: {refused}" for n in range(1, 7)]
    assert told(engine, transfer_in(2, E, 1), transfer_out(2, E, 1)) == [
        f"0 LIQUIDITY_REFUSED: {refused}",
        "1 LIQUIDITY_REFUSED: " + refused,
    ]
    requests = [
        set_credit_line(2, E, 1),
        set_reservation(2, E, 0, 1),
        set_net_sender_limit(2, E, 1),
        set_bilateral_limit(2, E, A, 1),
    ]
    assert told(engine, *requests) == [f"{E} CONTROL_REFUSED: {refused}"] * 4
    assert told(engine, set_bilateral_limit(2, A, E, 1)) == [f"{A} LIMIT_SET"]
    told(engine, complete(3, 0), close_day(4), open_day(5))
    assert told(engine, pays(1, A, E)) == [f"7 REJECTED: {refused}"]
    assert told(engine, leg(1), earmark(6, 8, E)) == ["8 HELD: LINK_AWAITED", "8 EARMARKED"]


USES: dict[str, list[Commands]] = {
    "balance": [transfer_in(1, F, 1)],
    "credit": [set_credit_line(1, F, 1)],
    "queue": [pays(1, F, A)],
    "held": [submit([1], [F], [A], [1], [2], earliest=[9])],
    "leg set aside": [leg(1, 2, F, A)],
    "queued to it": [pays(90, B, F)],
    "behind another": [pays(90, B, C), pays(1, B, F, 2)],
    "of another class": [pays(90, B, C), pays(90, B, F, 1)],
    "held to it": [submit([1], [A], [F], [1], [2], earliest=[9])],
    "set aside to it": [leg(1, 2, A, F)],
    "earmarked to it": [leg(1, 2, A, F), earmark(1, 1, E)],
    "earmarked from it": [
        transfer_in(1, F, 1),
        leg(1, 2, F, A),
        earmark(1, 1, E),
    ],
}


@pytest.mark.parametrize("use", USES)
def test_an_account_with_another_use_holds_no_earmark(use: str) -> None:
    engine = engine_with(10, 0, 0)
    told(engine, leg(2), *USES[use])
    assert told(engine, earmark(2, 0, F)) == ["0 REQUEST_REFUSED: EARMARK_ACCOUNT"]
    assert engine.leg_readiness(0) == ReasonCode.NONE
    assert engine.earmark_account_obstacle(0, F) == ReasonCode.EARMARK_ACCOUNT


def test_uses_that_are_over_are_no_obstacle() -> None:
    engine = engine_with(10, 0, 0)
    told(engine, leg(2), *USES["queued to it"], *USES["held to it"], *USES["balance"])
    told(engine, cancel(2, 1), cancel(2, 2), transfer_out(2, F, 1))
    assert told(engine, set_reservation(2, F, 0, 1), earmark(3, 0, F)) == [
        f"{F} RESERVATION_SET",
        "0 EARMARKED",
    ]


def test_refusals_of_the_account() -> None:
    engine = engine_with(10, 0, 0)
    told(engine, leg(2), leg(20))
    for account, reason in (
        (-1, "NO_SETTLEMENT_ACCOUNT"), (6, "NO_SETTLEMENT_ACCOUNT"), (A, "SAME_ACCOUNT"),
        (B, "SAME_ACCOUNT"), (R, "CURRENCIES_DIFFER"), (C, None), (E, None),
    ):  # fmt: skip
        refused = [f"1 REQUEST_REFUSED: {reason or 'INSUFFICIENT_LIQUIDITY'}"]
        assert told(engine, earmark(2, 1, account)) == refused
        for order in (0, 1):
            assert engine.earmark_account_obstacle(order, account).name == (reason or "NONE")
    assert engine.earmark_account_obstacle(2, E) == ReasonCode.ORDER_UNKNOWN
    assert engine.earmark_account_obstacle(-1, E) == ReasonCode.ORDER_UNKNOWN
    assert told(engine, earmark(3, 9, -1), earmark(3, 9, E), permit(3, 9), earmark(3, -1, E)) == [
        "9 REQUEST_REFUSED: NO_SETTLEMENT_ACCOUNT",
        "9 REQUEST_REFUSED: ORDER_UNKNOWN",
        "9 REQUEST_REFUSED: ORDER_UNKNOWN",
        "-1 REQUEST_REFUSED: ORDER_UNKNOWN",
    ]
    huge = 2**62
    assert told(engine, complete(4, huge), release(4, -1), cancel(4, huge)) == [
        f"{huge} REQUEST_REFUSED: NOT_EARMARKED",
        "-1 REQUEST_REFUSED: NOT_EARMARKED",
        f"{huge} REQUEST_REFUSED: ORDER_UNKNOWN",
    ]


def test_only_legs_that_are_set_aside_are_permitted_or_earmarked() -> None:
    engine = engine_with(5, 0, 0)
    told(engine, pays(1), pays(9), submit([1], [A], [B], [1], [2], earliest=[9]))
    told(engine, submit_leg(1, A, B, 1, 2), leg(1, 0), earmark(1, 4, E))
    reasons = [
        "ORDER_FINAL",
        "LEG_NOT_READY",
        "LEG_NOT_READY",
        "LEG_NOT_READY",
        "LINK_BEING_DECIDED",
    ]
    for make in (lambda n: permit(2, n), lambda n: earmark(2, n, E)):
        refused = [f"{n} REQUEST_REFUSED: {reason}" for n, reason in enumerate(reasons)]
        assert told(engine, *map(make, range(5))) == refused
    assert [engine.leg_readiness(n).name for n in range(5)] == reasons
    told(engine, leg(1))
    assert told(engine, submit_leg(2, A, B, 1, 2, counterleg=5)) == [
        "6 REJECTED: COUNTERLEG_UNKNOWN"
    ]
    told(engine, close_day(3), open_day(4))
    assert told(engine, permit(5, 1), earmark(5, 5, E)) == [
        "1 REQUEST_REFUSED: ORDER_FINAL",
        "5 REQUEST_REFUSED: ORDER_FINAL",
    ]


def test_a_batch_that_opens_and_ends_many_earmarks() -> None:
    engine, count = engine_with(100, 0, 0), 40
    legs = [leg(1) for _ in range(count)]
    there = [earmark(2, number, E) for number in range(count)]
    order = Random(7).sample(range(count), count)
    back = [complete(3, n) if n % 3 else release(3, n) for n in order]
    events = told(engine, *legs, *there, *back)
    assert events[count * 2 :] == [
        f"{n} COMPLETED" if n % 3 else f"{n} RELEASED: LINK_NOT_COMMITTED" for n in order
    ]
    assert engine.balances.tolist() == [100 - 26, 26, 0, 0, 0, 0]
    assert len(engine._state.earmarks) == 128


def test_the_bytes_of_a_state_with_earmarks_do_not_depend_on_what_led_to_it() -> None:
    engines = []
    for numbers in ((0, 1, 2, 3, 4, 5), (5, 3, 1, 4, 2, 0)):
        engine = engine_with(100, 0, 0)
        told(engine, *[leg(1) for _ in range(6)])
        for number in numbers:
            told(engine, earmark(2, number, E))
        told(engine, release(3, 1), release(3, 4))
        engines.append(engine)
    one, other = engines
    assert one.earmarks["order"].tolist() == [0, 2, 3, 5]
    assert one.earmarks.tolist() == other.earmarks.tolist()
    restored = engine_with(100, 0, 0, opened=False)
    restored.restore(one.snapshot())
    assert restored.snapshot() == one.snapshot()
    assert restored.digest() == one.digest()
    assert told(restored, complete(4, 5)) == ["5 COMPLETED"]
    before = other.digest()
    told(other, complete(4, 5))
    assert other.digest() != before
    assert hashlib.sha256(one.earmarks.tobytes()).hexdigest()[:16] == "07832fb6872a9cba"


def test_no_rulebook_with_position_limits_comes_while_legs_are_earmarked() -> None:
    engine = engine_with(10, 0, 0)
    told(engine, leg(1), earmark(2, 0, E), set_reservation(2, A, 0, 1), close_day(3))
    prices = (CurrencyPrice(TENGE, Decimal(1)), CurrencyPrice(ROUBLE, Decimal(1)))
    limited = Rulebook(position_limits=PositionLimits(TENGE, prices, 100))
    with pytest.raises(InputError, match="1 orders of links are earmarked; complete or release"):
        engine.set_rulebook(limited)
    engine.set_rulebook(Rulebook(offset_on_entry=True))
    told(engine, open_day(4), release(5, 0), close_day(6))
    engine.set_rulebook(limited)
    engine.check()
    assert engine._state.accounts["flags"][E] == HOLDS_EARMARKS | CONTROLLED
    told(engine, open_day(7), leg(1))
    assert told(engine, earmark(8, 1, E), permit(8, 1)) == [
        "1 REQUEST_REFUSED: AWAITS_RUN",
        "1 QUEUED",
    ]


# The table of earmarks.


@pytest.mark.parametrize("gap", [0, 1, 7])
def test_earmarks_are_found_whatever_ended_before(gap: int) -> None:
    """In a table that is half full, with numbers that lie together or apart."""
    random, engine, count = Random(gap), engine_with(1000, 0, 0), 60
    refused = [pays(0)] * gap
    told(engine, *[one for _ in range(count) for one in (leg(1), *refused)])
    numbers = [number * (gap + 1) for number in range(count)]
    opened: set[int] = set()
    left = random.sample(numbers, count)
    while left or opened:
        number = left.pop() if left and random.random() < 0.6 else random.choice([*opened, -1])
        if number in opened:
            told(engine, random.choice([complete, release])(2, number))
            opened.remove(number)
        elif number >= 0:
            told(engine, earmark(2, number, random.choice([E, F])))
            opened.add(number)
        whys = engine.why_waiting(numbers)
        found = whys["reason"] == ReasonCode.LINK_AWAITED
        assert set(np.array(numbers)[found & (whys["is_held"] == 0)].tolist()) == opened
        assert engine.earmarks["order"].tolist() == sorted(opened)
        assert engine.balances[E] + engine.balances[F] == len(opened)
    assert len(engine._state.earmarks) < 4 * count


def test_room_for_earmarks() -> None:
    empty = table.without_earmarks(1)
    assert table.with_room_for_earmarks(empty, 0) is empty
    for wanted in (1, 2, 3, 4, 7, 8):
        larger = table.with_room_for_earmarks(empty, wanted)
        assert 2 * wanted < len(larger) <= 4 * wanted
        assert table.with_room_for_earmarks(larger, wanted) is larger
    engine = engine_with(10, 0, 0)
    told(engine, leg(1), leg(2), leg(3), *[earmark(2, number, E) for number in range(3)])
    state = engine._state
    assert len(state.earmarks) == 8
    larger = table.with_room_for_earmarks(state.earmarks, 4)
    moved = state._replace(earmarks=larger)
    assert len(larger) == 16
    assert table.open_earmarks(moved).tolist() == table.open_earmarks(state).tolist()
    assert len(table.table_of_earmarks(table.open_earmarks(state))) == 8
    assert len(table.table_of_earmarks(larger[:0])) == 1


Damage = Callable[[State], None]


def set_to(array: str, number: int, field: str, value: int) -> Damage:
    def damage(state: State) -> None:
        getattr(state, array)[number][field] = value

    return damage


def both(*damages: Damage) -> Damage:
    def damage(state: State) -> None:
        for one in damages:
            one(state)

    return damage


def in_earmark(order: int, field: str, value: int) -> Damage:
    def damage(state: State) -> None:
        state.earmarks[field][state.earmarks["order"] == order] = value

    return damage


DAMAGES: dict[str, tuple[Damage, Invariant, str | None]] = {
    "nothing": (in_earmark(9, "amount", 5), EARMARKS_HELD, None),
    "amount": (
        in_earmark(0, "amount", 5), EARMARKS_HELD,
        "account 3, an earmark account, has 6, earmarked is 7",
    ),
    "account": (
        in_earmark(0, "account", 1), EARMARKS_HELD,
        "account 1, no earmark account, has 0, earmarked is 4",
    ),
    "balance": (
        both(set_to("accounts", 3, "balance", 7), set_to("accounts", A, "balance", 3)),
        EARMARKS_HELD,
        "account 3, an earmark account, has 7, earmarked is 6",
    ),
    "mark": (
        set_to("accounts", 3, "flags", CONTROLLED), EARMARKS_HELD,
        "account 3, no earmark account, has 6, earmarked is 6",
    ),
    "fast path": (
        set_to("accounts", 3, "flags", HOLDS_EARMARKS), EARMARKS_HELD,
        "account 3 holds earmarks on the fast path",
    ),
    "count": (
        set_to("counters", 0, "earmarks", 3), EARMARKS_SOUND,
        "2 orders are earmarked, the counters say otherwise",
    ),
    "twice": (
        in_earmark(0, "order", 1), EARMARKS_SOUND, "orders [1, 1] are earmarked, one of them twice"
    ),
    "unknown": (
        in_earmark(0, "order", 4), EARMARKS_SOUND, "order 4 is earmarked, 4 were submitted"
    ),
    "negative": (
        in_earmark(0, "order", -2), EARMARKS_SOUND, "order -2 is earmarked, 4 were submitted"
    ),
    "set aside": (in_earmark(0, "order", 2), EARMARKS_SOUND, "order 2 is earmarked and waits"),
    "queued": (in_earmark(0, "order", 3), EARMARKS_SOUND, "order 3 is earmarked and waits"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_evidence_of_damage_to_earmarks(name: str) -> None:
    damage, invariant, evidence = DAMAGES[name]
    engine = engine_with(10, 0, 0)
    told(engine, leg(4), leg(2), leg(1), earmark(2, 0, E), earmark(2, 1, E), pays(9))
    assert invariant.find_contradiction(engine._state) is None
    damage(engine._state)
    assert invariant.find_contradiction(engine._state) == evidence
    if evidence is not None:
        with pytest.raises(InvariantBroken) as broken:
            engine.check()
        assert broken.value.invariant == invariant.name


def test_a_table_without_room_is_damage() -> None:
    engine = engine_with(10, 0, 0)
    told(engine, leg(4), earmark(2, 0, E))
    full = engine._state._replace(earmarks=table.open_earmarks(engine._state))
    assert EARMARKS_SOUND.find_contradiction(full) == "1 earmarks fill their table"


def test_a_leg_has_room_to_wait_as_any_order() -> None:
    """A share of the currency, and half of what all have in common: to the last minor unit."""
    engine, share = engine_with(0, 0, 0), 10**18 // 16
    assert told(engine, leg(10**18 - 1), leg(share + 2)) == [
        "0 HELD: LINK_AWAITED",
        "1 REJECTED: WAITING_VALUE_TOO_LARGE",
    ]
    assert told(engine, leg(share + 1), leg(1)) == [
        "2 HELD: LINK_AWAITED",
        "3 REJECTED: WAITING_VALUE_TOO_LARGE",
    ]
    told(engine, cancel(2, 2), leg(1))
    assert int(engine._state.waiting[A]) == 10**18
    told(engine, transfer_in(3, A, 10**18 - 1), earmark(3, 0, E))
    assert int(engine._state.waiting[A]) == 1
