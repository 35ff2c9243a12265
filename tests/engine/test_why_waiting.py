"""Why an order waits: what is said is the first obstacle by the rules, and its figures are true."""

import copy
import sys
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from skontro.engine import Engine, EventKind, join
from skontro.model import ReasonCode
from tests.engine.days import Case, as_batch, as_events, new_oracle
from tests.engine.drawn_days import draw_case
from tests.engine.drawn_legs import draw_linked_case
from tests.engine.oracle import Order
from tests.engine.oracle_books import withheld
from tests.engine.oracle_legs import LinkedOracle
from tests.engine.rules.test_position_limits import (
    Participants,
    drawn_orders,
    opened_with_money,
    told,
)

WAITING = ("queued", "held")


def may_be_next(oracle: LinkedOracle, order: Order) -> bool:
    """Whether a release of the payer looks at the order at all."""
    queue = oracle.queue(order.payer)
    if queue[0] is order:
        return True
    bypass, head = oracle.rulebook.bypass, queue[0]
    if bypass is None or order.counterleg is not None:
        return False
    behind = oracle.queue_of_class(order.payer, head.payment_class)[1:][: bypass.depth]
    return oracle.may_bypass(order.payer, head.payment_class) and order in behind


def missing(oracle: LinkedOracle, order: Order) -> int:
    payer = oracle.accounts[order.payer]
    return order.amount + withheld(payer.reserved, order.payment_class) - payer.cover


def expected(oracle: LinkedOracle, order: Order) -> str:
    """The first obstacle, by the rules in words."""
    payer = oracle.accounts[order.payer]
    if order.state == "held":
        return "AWAITS_COUNTERLEG" if order.awaits else "AWAITS_EARLIEST_TIME"
    if oracle.rulebook.in_runs_only:
        return "AWAITS_RUN"
    if not may_be_next(oracle, order):
        return "ORDER_AHEAD"
    if missing(oracle, order) > 0:
        return "INSUFFICIENT_LIQUIDITY" if payer.cover < order.amount else "LIQUIDITY_RESERVED"
    limits = (
        ("NET_SENDER_LIMIT_REACHED", payer.net_sender_limit),
        ("BILATERAL_LIMIT_REACHED", payer.bilateral_limits.get(order.payee)),
    )
    for name, limit in limits:
        if limit and limit.count + order.amount > limit.amount:
            return name
    return "COUNTERLEG_WAITS"


def passes(oracle: LinkedOracle, order: Order, reason: str) -> bool:
    """Whether the order passes the check that this reason is about."""
    return expected(oracle, order) != reason


def copied(oracle: LinkedOracle) -> LinkedOracle:
    """A copy that may be changed; what is final is shared with it, and what was told left out."""
    final = [order for order in oracle.orders if order.state not in WAITING]
    shared: dict[int, object] = {id(one): one for one in (oracle.rulebook, *final)}
    return copy.deepcopy(oracle, shared | {id(oracle.events): [], id(oracle.runs): []})


def without_obstacle(oracle: LinkedOracle, order: Order, why: Any, less: int) -> bool:
    """Whether the order passes when what is said to be in its way is taken away, but for a rest."""
    oracle = copied(oracle)
    order = oracle.orders[order.number]
    payer, reason = oracle.accounts[order.payer], ReasonCode(int(why["reason"])).name
    short = int(why["short"]) - less
    if reason in ("INSUFFICIENT_LIQUIDITY", "LIQUIDITY_RESERVED"):
        payer.balance += short
        return missing(oracle, order) <= 0
    if reason == "NET_SENDER_LIMIT_REACHED":
        assert payer.net_sender_limit is not None
        payer.net_sender_limit.amount += short
    elif reason == "BILATERAL_LIMIT_REACHED":
        payer.bilateral_limits[order.payee].amount += short
    elif reason == "ORDER_AHEAD":
        for other in oracle.queue(order.payer):
            if other is order:
                break
            oracle.finish(other, "cancelled")
    elif reason == "COUNTERLEG_WAITS":
        order.counterleg = None
        return oracle.head_settles(order)
    return passes(oracle, order, reason)


def check(engine: Engine, oracle: LinkedOracle, now: int, seen: Counter[str]) -> None:
    waiting = [order for order in oracle.orders if order.state in WAITING]
    found = engine.why_waiting([order.number for order in oracle.orders])
    for order in oracle.orders:
        why = found[order.number]
        reason = ReasonCode(int(why["reason"])).name
        if order not in waiting:
            assert reason == "NONE"
            continue
        seen[reason] += 1
        assert reason == expected(oracle, order)
        assert bool(why["is_held"]) == (order.state == "held")
        if reason == "AWAITS_EARLIEST_TIME":
            assert int(why["until"]) == order.earliest
            assert int(why["until"]) > now
        elif reason == "ORDER_AHEAD":
            assert int(why["other"]) == oracle.queue(order.payer)[0].number
            assert without_obstacle(oracle, order, why, 0)
        elif reason == "COUNTERLEG_WAITS":
            assert int(why["other"]) == order.counterleg
            assert without_obstacle(oracle, order, why, 0)
        elif int(why["short"]):
            assert without_obstacle(oracle, order, why, 0)
            assert not without_obstacle(oracle, order, why, 1)
    for account in range(len(oracle.accounts)):
        numbers = [order.number for order in oracle.queue(account)]
        for most in (1, 3, 100):
            assert engine.first_queued(account, most) == numbers[:most]


def through(case: Case, random: Random, seen: Counter[str]) -> None:
    engine = Engine(case.table, case.rulebook)
    oracle = new_oracle(case.table, case.rulebook, LinkedOracle)
    assert isinstance(oracle, LinkedOracle)
    for command in case.commands:
        engine.apply(as_batch([command]))
        oracle.apply(command)
        if random.random() < 0.25:
            before = engine.digest()
            check(engine, oracle, command.time, seen)
            assert engine.digest() == before


def through_days(seeds: range, seen: Counter[str]) -> None:
    for seed in seeds:
        through(draw_case(seed), Random(seed), seen)
        through(draw_linked_case(seed), Random(seed), seen)


@pytest.fixture(scope="module")
def seen() -> Counter[str]:
    """What was said on random days, with and without legs; each of it was checked."""
    counts: Counter[str] = Counter()
    through_days(range(8000, 8050), counts)
    return counts


def test_each_reason_is_the_first_obstacle_and_its_figures_are_true(seen: Counter[str]) -> None:
    for reason in (
        "AWAITS_COUNTERLEG",
        "AWAITS_EARLIEST_TIME",
        "AWAITS_RUN",
        "ORDER_AHEAD",
        "INSUFFICIENT_LIQUIDITY",
        "LIQUIDITY_RESERVED",
        "NET_SENDER_LIMIT_REACHED",
        "BILATERAL_LIMIT_REACHED",
        "COUNTERLEG_WAITS",
    ):
        assert seen[reason] >= 15, (reason, seen)
    assert seen["NONE"] == 0


def expected_of_pass(participants: Participants, order: list[tuple[int, int, str, int]]) -> list:
    """For each leg what the pass finds, in fractions."""
    after = dict(participants.balance)
    for payer, payee, code, amount in order:
        after[payer, code] -= amount
        after[payee, code] += amount
    tests = [participants.keeps(leg[0], after) for leg in order]
    reasons = []
    for place, (payer, _, code, _) in enumerate(order):
        others = [all(one) for at, one in enumerate(tests) if at != place]
        short = -participants.short[code] - after[payer, code]
        if short > 0:
            reasons.append(("INSUFFICIENT_LIQUIDITY", short))
        elif not all(tests[place]):
            reasons.append(("POSITION_LIMIT_REACHED", 0))
        else:
            reasons.append(("AWAITS_RUN" if all(others) else "COUNTERLEG_WAITS", 0))
    return reasons


def test_under_position_limits_it_is_what_the_pass_would_find() -> None:
    seen: Counter[str] = Counter()
    for seed in range(150):
        random = Random(seed)
        participants = Participants(random)
        engine = participants.engine
        commands = opened_with_money(random, participants)
        orders = list(drawn_orders(random))
        events = as_events(engine.apply(join(commands + told(orders, participants))))
        assert not [event for event in events if event[2] == EventKind.SETTLED]
        before, number = engine.digest(), 0
        for order in orders:
            for reason, short in expected_of_pass(participants, order):
                [why] = engine.why_waiting([number])
                assert (ReasonCode(int(why["reason"])).name, int(why["short"])) == (reason, short)
                seen[reason] += 1
                number += 1
        assert engine.digest() == before
    for name in (
        "INSUFFICIENT_LIQUIDITY",
        "POSITION_LIMIT_REACHED",
        "COUNTERLEG_WAITS",
        "AWAITS_RUN",
    ):
        assert seen[name] >= 30, seen


def only_the_head(oracle: LinkedOracle, order: Order) -> bool:
    return oracle.queue(order.payer)[0] is order


def nothing_is_reserved(oracle: LinkedOracle, order: Order) -> int:
    return order.amount - oracle.accounts[order.payer].cover


@pytest.mark.parametrize(
    ("name", "wrong"), [("may_be_next", only_the_head), ("missing", nothing_is_reserved)]
)
def test_the_comparison_notices_a_wrong_rule(
    name: str, wrong: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[__name__], name, wrong)
    with pytest.raises(AssertionError):
        through_days(range(8000, 8120), Counter())
