"""Linked legs: the kernel does what the rules say, and both legs always have one fate."""

import itertools
from collections import Counter
from random import Random

import pytest

from skontro.engine import CommandKind, EventKind
from skontro.model import (
    Algorithm,
    PaymentClass,
    ReasonCode,
    Rulebook,
    SettlementAccount,
    find_currency,
)
from tests.draws import seeds
from tests.engine.days import (
    Case,
    agree,
    as_batch,
    as_events,
    bic,
    check_splits,
    fail_as_they_differ,
    run_engine,
    run_oracle,
)
from tests.engine.drawn_legs import draw_linked_case
from tests.engine.oracle import Command, Oracle, Order
from tests.engine.oracle_legs import LinkedOracle

DAYS = range(5000, 5400)
DAYS_OF_CONTROLS = range(6000, 6250)
DAYS_IN_PARTS = range(7000, 7080)

#: How often, at least, each must have happened to legs on those days.
AT_LEAST = {
    "settled at once": 40,
    "settled out of queues": 40,
    "settled by GREATEST_FIFO_SET": 40,
    "settled by ALL_OR_NOTHING": 15,
    "settled by MAXIMUM_VALUE": 15,
    "cancelled": 30,
    "returned late": 30,
    "returned at the end": 100,
    "rejected as COUNTERLEG_UNKNOWN": 20,
    "rejected as LEGS_IN_ONE_CURRENCY": 5,
    "rejected as NO_COMMON_TIME": 10,
    "one leg is a head that is permitted, the other is not": 100,
    "a pair waits for its earliest time": 20,
}


def observe(oracle: Oracle, seen: Counter[str]) -> None:
    for number, _, kind, reason in oracle.events:
        if number < 0 or kind in (EventKind.OFFSETTING_RAN, EventKind.LIQUIDITY_MOVED):
            continue
        if kind == EventKind.REJECTED:
            seen[f"rejected as {reason.name}"] += 1
        if kind not in (EventKind.SETTLED, EventKind.CANCELLED, EventKind.RETURNED):
            continue
        order = oracle.orders[number]
        if order.counterleg is None:
            continue
        queued = any(n == number and k == EventKind.QUEUED for n, _, k, _ in oracle.events)
        if kind == EventKind.SETTLED and reason == ReasonCode.NONE:
            seen["settled out of queues" if queued else "settled at once"] += 1
        elif kind == EventKind.SETTLED:
            seen[f"settled by {Algorithm(reason - 60).name}"] += 1
        elif kind == EventKind.CANCELLED:
            seen["cancelled"] += 1
        else:
            late = reason == ReasonCode.RETURNED_AT_LATEST_TIME
            seen["returned late" if late else "returned at the end"] += 1


class ObservedLinkedOracle(LinkedOracle):
    seen: Counter[str] = Counter()  # noqa: RUF012  counts over all days

    def head_settles(self, head: Order) -> bool:
        settles = super().head_settles(head)
        ObservedLinkedOracle.seen["one leg is a head that is permitted, the other is not"] += (
            not settles and head.counterleg is not None and self.permitted(head)
        )
        return settles

    def enter_pair(self, first: Order, second: Order, time: int) -> None:
        ObservedLinkedOracle.seen["a pair waits for its earliest time"] += second.state == "held"
        super().enter_pair(first, second, time)


def test_engine_agrees_with_the_oracle_on_days_with_legs() -> None:
    ObservedLinkedOracle.seen = seen = Counter()
    for seed in DAYS:
        case = draw_linked_case(seed)
        oracle = run_oracle(case, ObservedLinkedOracle)
        if not agree(run_engine(case), oracle):
            fail_as_they_differ(seed, case, LinkedOracle)
        observe(oracle, seen)
    for name, least in AT_LEAST.items():
        assert seen[name] >= least, (name, seen)


@pytest.mark.parametrize("seed", seeds(DAYS_IN_PARTS))
def test_legs_in_any_split_have_one_fate_and_give_the_same_state(seed: int) -> None:
    check_splits(draw_linked_case(seed), Random(seed))


@pytest.mark.parametrize("seed", seeds(DAYS_IN_PARTS))
def test_legs_settle_within_one_command_or_not_at_all_as_seen_from_outside(seed: int) -> None:
    case = draw_linked_case(seed)
    engine = run_engine(case._replace(commands=[])).engine
    counterleg: dict[int, int] = {}
    for command in case.commands:
        number = engine.orders
        events = as_events(engine.apply(as_batch([command])))
        refused = any(n == number and k == EventKind.REJECTED for n, _, k, _ in events)
        if command.kind == CommandKind.SUBMIT_LEG and command.order != -1 and not refused:
            counterleg |= {number: command.order, command.order: number}
        settled = {n: at for n, at, kind, _ in events if kind == EventKind.SETTLED and n >= 0}
        for leg in settled.keys() & counterleg.keys():
            assert settled.get(counterleg[leg]) == settled[leg]


class OneLegIsEnough(LinkedOracle):
    def head_settles(self, head: Order) -> bool:
        return self.permitted(head)


class LegsSettleBeforeTheirTurn(LinkedOracle):
    def head_settles(self, head: Order) -> bool:
        other = self.orders[head.counterleg] if head.counterleg is not None else None
        return self.permitted(head) and (other is None or self.permitted(other))


class LegsMayBypass(LinkedOracle):
    def in_turn(self, order: Order) -> bool:
        return not [o for o in self.queue(order.payer) if o.payment_class < order.payment_class]


class OnlyOneLegIsUnmarked(LinkedOracle):
    def greatest_linked_set(self, queued: list[Order]) -> list[Order]:
        return self.by_unmarking(queued)


class CancellingEndsOneLeg(LinkedOracle):
    def request(self, c: object) -> None:
        Oracle.request(self, c)  # type: ignore[arg-type]


class TheFirstLegsLatestTimeIsForgotten(LinkedOracle):
    def complete(
        self, first: Order, leg: Order, earliest: int | None, latest: int | None, time: int
    ) -> None:
        super().complete(first, leg, earliest, leg.latest, time)


class CurrenciesSettleWholeOneByOne(LinkedOracle):
    def whole_currencies(self, considered: dict[str, list[Order]]) -> list[Order]:
        whole = [queued for queued in considered.values() if self.permitted_together(queued)]
        return [order for queued in whole for order in queued]


@pytest.mark.parametrize(
    "wrong",
    [
        OneLegIsEnough,
        LegsSettleBeforeTheirTurn,
        LegsMayBypass,
        OnlyOneLegIsUnmarked,
        CancellingEndsOneLeg,
        TheFirstLegsLatestTimeIsForgotten,
        CurrenciesSettleWholeOneByOne,
    ],
    ids=lambda kind: kind.__name__,
)
def test_the_comparison_notices_a_wrong_rule_about_legs(wrong: type[Oracle]) -> None:
    def disagrees(case: Case) -> bool:
        try:
            return not agree(run_engine(case), run_oracle(case, wrong))
        except (IndexError, KeyError, AssertionError):
            return True

    found = (seed for seed in DAYS_OF_CONTROLS if disagrees(draw_linked_case(seed)))
    assert len(list(itertools.islice(found, 3))) == 3


def test_a_payer_that_receives_nothing_in_a_run_has_its_queue_released() -> None:
    """A's leg waits for B's cover in the other currency, and A's next order waits behind it."""
    tenge, sum_ = find_currency("KZT"), find_currency("UZS")
    table = [
        SettlementAccount(bic(0), tenge, 10, 0),
        SettlementAccount(bic(1), tenge, 0, 0),
        SettlementAccount(bic(1), sum_, 0, 0),
        SettlementAccount(bic(0), sum_, 0, 0),
    ]
    normal = {"payment_class": PaymentClass.NORMAL}
    commands = [
        Command(CommandKind.OPEN_DAY, 0),
        Command(CommandKind.SUBMIT_LEG, 1, payer=0, payee=1, amount=6, order=-1, **normal),
        Command(CommandKind.SUBMIT_LEG, 2, payer=2, payee=3, amount=7, order=0, **normal),
        Command(CommandKind.SUBMIT, 3, payer=0, payee=1, amount=3, **normal),
        Command(CommandKind.SUBMIT, 4, payer=3, payee=2, amount=7, **normal),
        *[Command(CommandKind.SELECT, 5, order=number) for number in (0, 1, 3)],
        Command(CommandKind.SETTLE_SELECTED, 5),
    ]
    case = Case(table, Rulebook(), commands)
    outcome = run_engine(case)
    assert agree(outcome, run_oracle(case, LinkedOracle))
    settled = [
        (number, reason) for number, _, kind, reason in outcome.events if kind == EventKind.SETTLED
    ]
    together = ReasonCode.OFFSET_FOR_MAXIMUM_VALUE
    assert settled == [(0, together), (1, together), (3, together), (2, ReasonCode.NONE)]
