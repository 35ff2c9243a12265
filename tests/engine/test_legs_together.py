"""Legs of one link in one system by hand: all of them are earmarked or settle, or none."""

import pytest

from skontro.engine import (
    Commands,
    Engine,
    close_day,
    complete,
    earmark,
    open_day,
    permit,
    release,
    set_bilateral_limit,
    set_net_sender_limit,
    set_reservation,
)
from skontro.model import Bypass, PaymentClass, ReasonCode, Rulebook
from tests.engine.test_links import A, B, C, E, F, R, engine_with, leg, pays, told


def earmarks(*legs: int, account: int = E) -> list[Commands]:
    return [earmark(2, number, account, len(legs) - at) for at, number in enumerate(legs, 1)]


def permits(*legs: int, **fields: int) -> list[Commands]:
    return [permit(2, number, follow=len(legs) - at, **fields) for at, number in enumerate(legs, 1)]


def test_both_legs_are_earmarked_or_none_is() -> None:
    engine = engine_with(10, 5, 0)
    told(engine, leg(6), leg(5, payer=B, payee=C), leg(5, payer=A, payee=C))
    # Each is ready by itself, but the payer has no cover for 6 and 5.
    assert [engine.leg_readiness(number).name for number in range(3)] == ["NONE"] * 3
    assert engine.legs_readiness([0, 1, 2]) == ReasonCode.INSUFFICIENT_LIQUIDITY
    before = engine.balances.tolist()
    assert told(engine, *earmarks(0, 1, 2)) == ["0 REQUEST_REFUSED: INSUFFICIENT_LIQUIDITY"]
    assert engine.balances.tolist() == before
    assert engine.held == 3
    assert told(engine, *earmarks(0, 1)) == ["0 EARMARKED", "1 EARMARKED"]
    assert engine.balances.tolist() == [4, 0, 0, 11, 0, 0]
    assert told(engine, complete(3, 0), release(3, 1)) == [
        "0 COMPLETED",
        "1 RELEASED: LINK_NOT_COMMITTED",
    ]
    assert engine.balances.tolist() == [4, 11, 0, 0, 0, 0]


def test_the_readiness_of_several_links_is_that_of_each() -> None:
    engine = engine_with(10, 5, 0)
    told(engine, leg(6), leg(5, payer=B, payee=C), leg(5, payer=A, payee=C))
    short, unknown = int(ReasonCode.INSUFFICIENT_LIQUIDITY), int(ReasonCode.ORDER_UNKNOWN)
    links = [[0, 1, 2], [1], [0, 1], [77], [0, 2], [2]]
    assert engine.readiness_of_each(links) == [short, 0, 0, unknown, short, 0]
    assert engine.readiness_of_each([]) == []
    told(engine, close_day(3))
    assert engine.readiness_of_each([[0], [1]]) == [int(ReasonCode.DAY_NOT_OPEN)] * 2


@pytest.mark.parametrize(("balance", "ready"), [(10, False), (11, True), (12, True)])
def test_a_payer_needs_cover_for_all_its_legs(balance: int, ready: bool) -> None:
    engine = engine_with(balance, 0, 0)
    told(engine, leg(6), leg(5, payee=C))
    assert (engine.legs_readiness([0, 1]) == ReasonCode.NONE) == ready
    assert (told(engine, *permits(0, 1)) == ["0 SETTLED", "1 SETTLED"]) == ready


def test_legs_that_settle_together_do_not_fund_each_other() -> None:
    engine = engine_with(6, 4, 0)
    told(engine, leg(6), leg(5, payer=B, payee=C))
    refused = ["1 REQUEST_REFUSED: INSUFFICIENT_LIQUIDITY"]
    assert told(engine, *permits(0, 1)) == refused
    assert engine.balances.tolist()[:3] == [6, 4, 0]
    assert told(engine, *permits(1, 0)) == refused


def test_payees_are_released_after_all_legs_have_settled() -> None:
    """An order of a payee that is a payer too would else take the cover of its leg."""
    engine = engine_with(6, 5, 0)
    urgent = 0
    told(engine, leg(6, payee=B), leg(5, urgent, payer=B, payee=C), pays(11, payer=B, payee=C))
    assert told(engine, *permits(0, 1)) == ["0 SETTLED", "1 SETTLED"]
    assert engine.balances.tolist()[:3] == [0, 6, 5]
    assert told(engine, pays(5, payer=C, payee=B)) == ["3 SETTLED", "2 SETTLED"]


def test_several_payees_are_released_in_the_order_of_the_legs() -> None:
    engine = engine_with(10, 0, 0)
    told(engine, leg(4, payee=C), leg(6, payee=B), pays(6, payer=B, payee=A))
    told(engine, pays(4, payer=C, payee=A))
    assert told(engine, *permits(0, 1)) == ["0 SETTLED", "1 SETTLED", "3 SETTLED", "2 SETTLED"]


def test_legs_that_are_permitted_together_never_queue() -> None:
    engine = engine_with(5, 0, 0)
    told(engine, leg(3), leg(3, payee=C))
    assert told(engine, *permits(0, 1)) == ["0 REQUEST_REFUSED: INSUFFICIENT_LIQUIDITY"]
    assert (engine.queued, engine.held) == (0, 2)
    assert told(engine, pays(2), *permits(0, 1)) == [
        "2 SETTLED",
        "0 REQUEST_REFUSED: INSUFFICIENT_LIQUIDITY",
    ]


def test_limits_count_all_legs_of_the_payer_and_those_to_the_payee() -> None:
    engine = engine_with(100, 0, 0)
    told(engine, leg(6), leg(5, payee=C), leg(4))
    told(engine, set_net_sender_limit(1, A, 14))
    assert engine.legs_readiness([0, 1, 2]) == ReasonCode.NET_SENDER_LIMIT_REACHED
    told(engine, set_net_sender_limit(1, A, 15), set_bilateral_limit(1, A, B, 9))
    assert engine.legs_readiness([0, 1, 2]) == ReasonCode.BILATERAL_LIMIT_REACHED
    assert engine.legs_readiness([0, 1]) == ReasonCode.NONE
    told(engine, set_bilateral_limit(1, A, B, 10))
    assert told(engine, *earmarks(0, 1, 2)) == ["0 EARMARKED", "1 EARMARKED", "2 EARMARKED"]
    assert engine.controls["count"][A] == 15
    assert engine.bilateral_limits["count"].tolist() == [10]


def test_reservations_for_higher_classes_stay_free() -> None:
    engine = engine_with(13, 0, 0)
    told(engine, leg(6), leg(5, payee=C), set_reservation(1, A, int(PaymentClass.URGENT), 3))
    assert engine.legs_readiness([0, 1]) == ReasonCode.LIQUIDITY_RESERVED
    told(engine, set_reservation(1, A, int(PaymentClass.URGENT), 2))
    assert told(engine, *permits(0, 1)) == ["0 SETTLED", "1 SETTLED"]


@pytest.mark.parametrize(("most", "ready"), [(1, False), (2, True)])
def test_each_leg_in_the_same_queue_counts_as_a_bypass(most: int, ready: bool) -> None:
    rulebook = Rulebook(bypass=Bypass(max_bypasses=most))
    engine = engine_with(10, 0, 0, rulebook=rulebook)
    told(engine, pays(50), leg(2), leg(3, payee=C))
    assert engine.leg_readiness(1) == ReasonCode.NONE
    expected = (
        ["1 SETTLED: BYPASSED_FIFO", "2 SETTLED: BYPASSED_FIFO"]
        if ready
        else ["1 REQUEST_REFUSED: ORDER_AHEAD"]
    )
    assert told(engine, *permits(1, 2)) == expected
    # A leg of another class or payer is in another queue.
    engine = engine_with(10, 10, 0, rulebook=Rulebook(bypass=Bypass(max_bypasses=1)))
    told(engine, pays(50), leg(2), leg(3, payer=B, payee=C))
    assert told(engine, *permits(1, 2)) == ["1 SETTLED: BYPASSED_FIFO", "2 SETTLED"]


def test_the_first_unfit_request_is_named_before_legs_that_are_not_ready() -> None:
    engine = engine_with(5, 5, 0)
    told(engine, leg(9), leg(5, payer=B, payee=C), pays(1))
    assert told(engine, *earmarks(0, 2)) == ["2 REQUEST_REFUSED: ORDER_FINAL"]
    assert told(engine, *earmarks(0, 77)) == ["77 REQUEST_REFUSED: ORDER_UNKNOWN"]
    assert told(engine, *earmarks(1, 1)) == ["1 REQUEST_REFUSED: LEG_NOT_READY"]
    assert told(engine, *earmarks(1, 0, account=R)) == ["1 REQUEST_REFUSED: CURRENCIES_DIFFER"]
    assert told(engine, *earmarks(1, 0, account=6)) == ["1 REQUEST_REFUSED: NO_SETTLEMENT_ACCOUNT"]
    assert told(engine, *permits(1, 0, latest=1)) == ["1 REQUEST_REFUSED: LATEST_TIME_PASSED"]
    assert engine.legs_readiness([1, 1]) == ReasonCode.LEG_NOT_READY
    assert engine.legs_readiness([1, 77]) == ReasonCode.ORDER_UNKNOWN
    assert told(engine, earmark(2, 1, E, 1), earmark(2, 0, F)) == [
        "0 REQUEST_REFUSED: INSUFFICIENT_LIQUIDITY"
    ]
    assert engine.held == 2


def test_each_leg_has_its_own_account() -> None:
    engine = engine_with(5, 5, 0)
    told(engine, leg(5), leg(4, payer=B, payee=C))
    assert told(engine, earmark(2, 0, E, 1), earmark(2, 1, F)) == ["0 EARMARKED", "1 EARMARKED"]
    assert engine.balances.tolist() == [0, 1, 0, 5, 4, 0]


def test_what_is_noted_waits_for_the_last_request_and_ends_with_the_day() -> None:
    engine = engine_with(10, 0, 0)
    told(engine, leg(3), leg(4, payee=C))
    assert told(engine, earmark(2, 0, E, 1)) == []
    restored = Engine(engine._accounts)
    restored.restore(engine.snapshot())
    assert restored.digest() == engine.digest()
    assert told(restored, earmark(2, 1, E)) == ["0 EARMARKED", "1 EARMARKED"]
    told(engine, close_day(3), open_day(4), leg(3))
    assert told(engine, earmark(5, 2, E)) == ["2 EARMARKED"]


def test_no_leg_goes_with_others_while_the_day_is_closed() -> None:
    engine = engine_with(10, 0, 0)
    told(engine, leg(3), leg(4), close_day(3))
    assert told(engine, *earmarks(0, 1)) == ["0 REQUEST_REFUSED: DAY_NOT_OPEN"]
    assert engine.legs_readiness([0, 1]) == ReasonCode.DAY_NOT_OPEN
