"""Legs of links with other systems: the kernels do what the rules say, on random days."""

import functools
import itertools
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import numpy as np
import pytest

from skontro.engine import CommandKind, Engine, EventKind
from skontro.model import ReasonCode
from tests.draws import seeds
from tests.engine.days import (
    Case,
    Outcome,
    agree,
    as_batch,
    as_events,
    check_splits,
    fail_as_they_differ,
    new_oracle,
    run_engine,
    run_oracle,
)
from tests.engine.drawn_links import draw_case_with_links
from tests.engine.oracle import Command, Oracle, Order
from tests.engine.oracle_links import Earmark, LinksOracle

DAYS = range(11_000, 11_400)
DAYS_OF_CONTROLS = range(12_000, 12_250)
DAYS_IN_PARTS = range(13_000, 13_060)

#: How often, at least, each must have been told on those days.
AT_LEAST = {
    "HELD LINK_AWAITED": 1000,
    "EARMARKED NONE": 300,
    "EARMARKED BYPASSED_FIFO": 15,
    "COMPLETED NONE": 100,
    "RELEASED LINK_NOT_COMMITTED": 100,
    "REJECTED EARMARK_ACCOUNT": 50,
    "CONTROL_REFUSED EARMARK_ACCOUNT": 5,
    "LIQUIDITY_REFUSED EARMARK_ACCOUNT": 1,
    "REQUEST_REFUSED DAY_NOT_OPEN": 5,
    "REQUEST_REFUSED NO_SETTLEMENT_ACCOUNT": 5,
    "REQUEST_REFUSED SAME_ACCOUNT": 5,
    "REQUEST_REFUSED CURRENCIES_DIFFER": 5,
    "REQUEST_REFUSED LATEST_TIME_PASSED": 5,
    "REQUEST_REFUSED ORDER_UNKNOWN": 20,
    "REQUEST_REFUSED ORDER_FINAL": 20,
    "REQUEST_REFUSED LINK_BEING_DECIDED": 5,
    "REQUEST_REFUSED TIMES_OF_LEG": 20,
    "REQUEST_REFUSED LEG_NOT_READY": 20,
    "REQUEST_REFUSED NOT_EARMARKED": 20,
    "REQUEST_REFUSED EARMARK_ACCOUNT": 50,
    "REQUEST_REFUSED AWAITS_EARLIEST_TIME": 10,
    "REQUEST_REFUSED AWAITS_RUN": 20,
    "REQUEST_REFUSED ORDER_AHEAD": 50,
    "REQUEST_REFUSED INSUFFICIENT_LIQUIDITY": 50,
    "REQUEST_REFUSED LIQUIDITY_RESERVED": 10,
    "REQUEST_REFUSED NET_SENDER_LIMIT_REACHED": 10,
    "REQUEST_REFUSED BILATERAL_LIMIT_REACHED": 10,
    "an earmark stays over a close": 50,
    "an earmark ends on another day": 40,
    "a release gives limits back": 20,
    "a limit has ended before the release": 3,
    "legs are earmarked together": 30,
    "legs settle together": 50,
    "legs are refused together": 200,
    "legs settle together and bypass": 2,
    "a permitted leg queues": 50,
    "a permitted leg is returned at its time": 5,
}


@dataclass
class ObservedLinksOracle(LinksOracle):
    seen: Counter[str] = field(default_factory=Counter)
    own_latest: dict[int, int | None] = field(default_factory=dict)

    def permit(self, c: Command) -> None:
        leg = self.orders[c.order]
        self.own_latest[c.order] = leg.latest
        super().permit(c)
        self.seen["a permitted leg queues"] += leg.state == "queued"

    def first_refused(self, requests: list[Command]) -> tuple[int, str] | None:
        refused = super().first_refused(requests)
        together = len(requests) > 1
        self.seen["legs are refused together"] += together and refused is not None
        earmarks = together and refused is None and requests[0].kind == CommandKind.EARMARK
        self.seen["legs are earmarked together"] += earmarks
        return refused

    def settle_legs(self, legs: list[Order], time: int) -> None:
        waiting = [self.queue_of_class(leg.payer, leg.payment_class) for leg in legs]
        self.seen["legs settle together"] += len(legs) > 1
        self.seen["legs settle together and bypass"] += len(legs) > 1 and any(waiting)
        super().settle_legs(legs, time)

    def return_late(self, order: Order, time: int) -> None:
        own = self.own_latest.get(order.number, order.latest)
        self.seen["a permitted leg is returned at its time"] += own != order.latest
        super().return_late(order, time)

    def close(self, time: int) -> None:
        self.seen["an earmark stays over a close"] += self.is_open and bool(self.earmarks)
        super().close(time)

    def end_earmark(self, c: Command) -> None:
        opened = [i for i, e in enumerate(self.events) if e[2] == EventKind.DAY_OPENED]
        [at] = [i for i, e in enumerate(self.events) if e[:3:2] == (c.order, EventKind.EARMARKED)]
        self.seen["an earmark ends on another day"] += at < opened[-1]
        super().end_earmark(c)

    def give_back(self, earmark: Earmark) -> None:
        payer = self.accounts[earmark.order.payer]
        live = [payer.net_sender_limit, *payer.bilateral_limits.values()]
        for limit in earmark.counted:
            in_force = any(limit is one for one in live)
            self.seen["a release gives limits back"] += in_force
            self.seen["a limit has ended before the release"] += not in_force
        super().give_back(earmark)


def test_engine_agrees_with_the_oracle_on_days_with_links() -> None:
    seen: Counter[str] = Counter()
    for seed in DAYS:
        case = draw_case_with_links(seed)
        oracle = run_oracle(case, ObservedLinksOracle)
        assert isinstance(oracle, ObservedLinksOracle)
        outcome = run_engine(case)
        if not agree(outcome, oracle):
            fail_as_they_differ(seed, case, LinksOracle)
        earmarks = outcome.engine.earmarks[["order", "amount", "payer", "payee", "account"]]
        assert earmarks.tolist() == sorted(as_row(earmark) for earmark in oracle.earmarks)
        seen += oracle.seen
        seen.update(f"{kind.name} {reason.name}" for _, _, kind, reason in oracle.events)
    for name, least in AT_LEAST.items():
        assert seen[name] >= least, (name, seen)


def as_row(earmark: Earmark) -> tuple[int, int, int, int, int]:
    order = earmark.order
    return order.number, order.amount, order.payer, order.payee, earmark.account


@pytest.mark.parametrize("seed", seeds(DAYS_IN_PARTS))
def test_links_in_any_split_give_the_same_events_runs_and_state(seed: int) -> None:
    check_splits(draw_case_with_links(seed), Random(seed))


@pytest.mark.parametrize("seed", seeds(DAYS_IN_PARTS))
def test_an_engine_restored_at_any_place_goes_on_to_the_same_bytes(seed: int) -> None:
    case, random = draw_case_with_links(seed), Random(seed)
    engine, start = Engine(case.table, case.rulebook), 0
    for stop in [*sorted(random.sample(range(len(case.commands)), 4)), len(case.commands)]:
        restored = Engine(case.table, case.rulebook)
        restored.restore(engine.snapshot())
        assert restored.snapshot() == engine.snapshot()
        batch = as_batch(case.commands[start:stop])
        assert as_events(restored.apply(batch)) == as_events(engine.apply(batch))
        assert restored.snapshot() == engine.snapshot()
        assert restored.digest() == engine.digest()
        start = stop


@pytest.mark.parametrize("seed", seeds(DAYS_IN_PARTS))
def test_why_a_leg_waits_and_whether_it_is_ready(seed: int) -> None:
    case = draw_case_with_links(seed)
    engine = Engine(case.table, case.rulebook)
    oracle = new_oracle(case.table, case.rulebook, LinksOracle)
    assert isinstance(oracle, LinksOracle)
    for place, command in enumerate(case.commands):
        engine.apply(as_batch([command]))
        oracle.apply(command)
        if place % 7:
            continue
        before, numbers = engine.digest(), [-1, *range(len(oracle.orders) + 1)]
        whys = engine.why_waiting(numbers)
        for number, why in zip(numbers, whys, strict=True):
            expected = oracle.readiness(number, time=command.time)
            assert engine.leg_readiness(number).name == expected
            order = oracle.orders[number] if 0 <= number < len(oracle.orders) else None
            if order is not None and (order.is_aside and order.state == "held"):
                assert (why["reason"], why["is_held"]) == (ReasonCode.LINK_AWAITED, 1)
            elif order is not None and order.state == "earmarked":
                assert (why["reason"], why["is_held"]) == (ReasonCode.LINK_AWAITED, 0)
            else:
                assert why["reason"] != ReasonCode.LINK_AWAITED
        aside = [o.number for o in oracle.orders if o.is_aside and o.state == "held"]
        several = [aside[:2], aside[-2:], aside[-3:], [*aside[:1], *aside[:1]], [0, 1]]
        for together in several:
            expected = oracle.readiness(*together, time=command.time)
            assert engine.legs_readiness(together).name == expected
        of_each = [int(engine.legs_readiness(together)) for together in several]
        assert engine.readiness_of_each(several) == of_each
        assert engine.digest() == before


OF_ORDERS = (
    EventKind.REJECTED,
    EventKind.HELD,
    EventKind.QUEUED,
    EventKind.SETTLED,
    EventKind.RETURNED,
    EventKind.CANCELLED,
    EventKind.EARMARKED,
    EventKind.COMPLETED,
    EventKind.RELEASED,
)
#: From which account and to which one the amount of a leg moves.
MOVES = {
    EventKind.EARMARKED: ("payer", "account"),
    EventKind.COMPLETED: ("account", "payee"),
    EventKind.RELEASED: ("account", "payer"),
}

#: What may happen to a leg, and what it is then.
STEPS = {
    ("new", EventKind.REJECTED): "ended",
    ("new", EventKind.HELD): "aside",
    ("aside", EventKind.RETURNED): "ended",
    ("aside", EventKind.CANCELLED): "ended",
    ("aside", EventKind.EARMARKED): "earmarked",
    ("earmarked", EventKind.COMPLETED): "ended",
    ("earmarked", EventKind.RELEASED): "ended",
    ("permitted", EventKind.QUEUED): "queued",
    ("permitted", EventKind.SETTLED): "ended",
    ("permitted", EventKind.RETURNED): "ended",
    ("queued", EventKind.SETTLED): "ended",
    ("queued", EventKind.RETURNED): "ended",
    ("queued", EventKind.CANCELLED): "ended",
}


@pytest.mark.parametrize("seed", seeds(DAYS_IN_PARTS))
def test_an_earmark_ends_exactly_once_as_seen_from_outside(seed: int) -> None:
    """Watched by commands, events and balances alone."""
    case = draw_case_with_links(seed)
    engine = Engine(case.table, case.rulebook)
    legs: dict[int, Command] = {}
    state: dict[int, str] = {}
    held_on: dict[int, int] = {}
    accounts: dict[int, int] = {}
    for command in case.commands:
        number, balances = engine.orders, engine.balances
        if command.kind == CommandKind.EARMARK:
            accounts[command.order] = command.payee
        events = as_events(engine.apply(as_batch([command])))
        if command.kind == CommandKind.SUBMIT_LINKED:
            legs[number] = command
        for order, _, kind, reason in events:
            if kind not in OF_ORDERS or order not in legs:
                continue
            before = state.get(order, "new")
            if before == "aside" and command.kind == CommandKind.PERMIT:
                before = "permitted"
            assert (before, kind) in STEPS, (before, kind, reason)
            state[order] = STEPS[before, kind]
            if kind not in MOVES:
                continue
            leg, change = legs[order], engine.balances - balances
            sides = {"payer": leg.payer, "payee": leg.payee}
            if kind == EventKind.EARMARKED:
                held_on[order] = accounts[order]
            sides["account"] = held_on[order] if kind == EventKind.EARMARKED else held_on.pop(order)
            debit, credit = (sides[side] for side in MOVES[kind])
            moved = {int(n): int(change[n]) for n in np.flatnonzero(change)}
            assert len(events) > 1 or moved == {debit: -leg.amount, credit: leg.amount}
        for account in set(held_on.values()):
            expected = sum(legs[order].amount for order, on in held_on.items() if on == account)
            assert engine.balances[account] == expected


class AReleaseKeepsTheCounts(LinksOracle):
    def give_back(self, earmark: Earmark) -> None:
        pass


class AReleaseCountsInLimitsSetSince(LinksOracle):
    def give_back(self, earmark: Earmark) -> None:
        payer = self.accounts[earmark.order.payer]
        for limit in (payer.net_sender_limit, payer.bilateral_limits.get(earmark.order.payee)):
            if limit:
                limit.count -= earmark.order.amount


class AnEarmarkIsNoPayment(LinksOracle):
    def earmark(self, c: Command) -> None:
        super().earmark(c)
        for limit in self.earmarks[-1].counted:
            limit.count -= self.earmarks[-1].order.amount
        self.earmarks[-1].counted = []


class AnEarmarkLeavesReservations(LinksOracle):
    def earmark(self, c: Command) -> None:
        payer = self.accounts[self.orders[c.order].payer]
        before = payer.reserved
        super().earmark(c)
        payer.reserved = before


class AnEarmarkBypassesUncounted(LinksOracle):
    def earmark(self, c: Command) -> None:
        leg = self.orders[c.order]
        before = bool(self.queue_of_class(leg.payer, leg.payment_class))
        super().earmark(c)
        if before:
            self.firsts[leg.payer, leg.payment_class].bypasses -= 1


class ACompletionIsNoReceipt(LinksOracle):
    def end_earmark(self, c: Command) -> None:
        counting, self.count = self.count, lambda *_: None  # type: ignore[method-assign]
        payee = self.orders[c.order].payee
        releasing, self.release = self.release, lambda *_: None  # type: ignore[method-assign]
        super().end_earmark(c)
        self.count, self.release = counting, releasing  # type: ignore[method-assign]
        completed = c.kind == CommandKind.COMPLETE
        self.release(payee if completed else self.orders[c.order].payer, c.time)


class NothingIsReleasedAfterAnEarmark(LinksOracle):
    def end_earmark(self, c: Command) -> None:
        releasing, self.release = self.release, lambda *_: None  # type: ignore[method-assign]
        super().end_earmark(c)
        self.release = releasing  # type: ignore[method-assign]


class ALegIsEarmarkedBeforeItsTurn(LinksOracle):
    def obstacle(self, leg: Order, time: int, others: tuple[Order, ...] = ()) -> str | None:
        reason = super().obstacle(leg, time, others)
        return None if reason == "ORDER_AHEAD" and self.permitted(leg) else reason


class PermissionHasNoEnd(LinksOracle):
    def permit(self, c: Command) -> None:
        c = Command(c.kind, c.time, order=c.order)
        super().permit(c)


class PermissionExtendsTheLatestTime(LinksOracle):
    def permit(self, c: Command) -> None:
        if c.latest is not None:
            self.orders[c.order].latest = None
        super().permit(c)


class EarmarksEndWithTheDay(LinksOracle):
    def close(self, time: int) -> None:
        for earmark in list(self.earmarks) if self.is_open else ():
            self.end_earmark(Command(CommandKind.RELEASE, time, order=earmark.order.number))
        super().close(time)


class ASetAsideLegBlocks(LinksOracle):
    def queue(self, payer: int) -> list[Order]:
        aside = [o for o in self.orders if o.is_aside and o.state == "held" and o.payer == payer]
        return super().queue(payer) or (aside if self.blocks else [])

    blocks = False

    def enter(self, order: Order, time: int) -> None:
        self.blocks = True
        super().enter(order, time)
        self.blocks = False


class EarmarkAccountsPayAndReceive(LinksOracle):
    def reasons_to_refuse(self, c: Command) -> set[ReasonCode]:
        return super().reasons_to_refuse(c) - {ReasonCode.EARMARK_ACCOUNT}


class AnyAccountHoldsEarmarks(LinksOracle):
    def has_other_use(self, number: int) -> bool:
        return self.accounts[number].balance != 0


class EarmarkAccountsTakeTransfers(LinksOracle):
    def reasons_against_control(self, c: Command) -> set[ReasonCode]:
        return super().reasons_against_control(c) - {ReasonCode.EARMARK_ACCOUNT}


class LegsGoOneByOne(LinksOracle):
    def about_legs(self, c: Command) -> None:
        self.about_leg(c)


class LegsTogetherNeedCoverForOne(LinksOracle):
    def obstacle(self, leg: Order, time: int, others: tuple[Order, ...] = ()) -> str | None:
        fit = tuple(o for o in others if o.payer != leg.payer)
        return super().obstacle(leg, time, fit)


class LegsTogetherFundEachOther(LinksOracle):
    def obstacle(self, leg: Order, time: int, others: tuple[Order, ...] = ()) -> str | None:
        payer = self.accounts[leg.payer]
        brought = sum(o.amount for o in others if o.payee == leg.payer)
        payer.balance += brought
        reason = super().obstacle(leg, time, others)
        payer.balance -= brought
        return reason


class LegsTogetherReleaseOneByOne(LinksOracle):
    def settle_legs(self, legs: list[Order], time: int) -> None:
        for leg in legs:
            super().settle_legs([leg], time)


class LegsTogetherBypassAtOnce(LinksOracle):
    def may_bypass_with(self, leg: Order, legs: list[Order]) -> bool:
        return self.may_bypass(leg.payer, leg.payment_class)


WRONG: list[type[LinksOracle]] = [
    AReleaseKeepsTheCounts,
    AReleaseCountsInLimitsSetSince,
    AnEarmarkIsNoPayment,
    AnEarmarkLeavesReservations,
    AnEarmarkBypassesUncounted,
    ACompletionIsNoReceipt,
    NothingIsReleasedAfterAnEarmark,
    ALegIsEarmarkedBeforeItsTurn,
    PermissionHasNoEnd,
    PermissionExtendsTheLatestTime,
    EarmarksEndWithTheDay,
    ASetAsideLegBlocks,
    EarmarkAccountsPayAndReceive,
    AnyAccountHoldsEarmarks,
    EarmarkAccountsTakeTransfers,
    LegsGoOneByOne,
    LegsTogetherNeedCoverForOne,
    LegsTogetherFundEachOther,
    LegsTogetherReleaseOneByOne,
    LegsTogetherBypassAtOnce,
]


@functools.cache
def settled_day(seed: int) -> tuple[Case, Outcome]:
    """Drawn and settled once for all wrong rules."""
    case = draw_case_with_links(seed)
    return case, run_engine(case)


@pytest.mark.parametrize("wrong", seeds(WRONG), ids=lambda kind: kind.__name__)
def test_the_comparison_notices_a_wrong_rule_about_links(wrong: type[Oracle]) -> None:
    def disagrees(seed: int) -> bool:
        case, outcome = settled_day(seed)
        try:
            return not agree(outcome, run_oracle(case, wrong))
        except (IndexError, KeyError, AssertionError):
            return True

    found = (seed for seed in DAYS_OF_CONTROLS if disagrees(seed))
    assert len(list(itertools.islice(found, 2))) == 2
