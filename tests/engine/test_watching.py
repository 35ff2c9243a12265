"""Orders watched while commands are applied: nothing they wait for is missed, and nothing changes.

The oracle knows of no watching: it is told one command after the other, and what falls due between
two commands by itself, and says after each why every order waits.
"""

import sys
from collections.abc import Iterator, Sequence
from random import Random

import numpy as np
import pytest

from skontro.engine import NO_ROW, CommandKind, Commands, Engine, join
from skontro.model import ReasonCode
from tests.engine.days import Case, as_batch, as_events, new_oracle
from tests.engine.drawn_days import draw_case
from tests.engine.drawn_legs import draw_linked_case
from tests.engine.oracle import Order
from tests.engine.oracle_legs import LinkedOracle
from tests.engine.test_why_waiting import WAITING, expected, missing

#: Reason and shortfall of one order, and when they began to hold.
Told = tuple[int, str, int]


def cases(seeds: range) -> Iterator[Case]:
    for seed in seeds:
        yield draw_case(seed)
        yield draw_linked_case(seed)


def short_by(oracle: LinkedOracle, number: int) -> tuple[str, int]:
    """Why an order waits by the oracle, and the minor units that are missing; NONE if it is not."""
    if number >= len(oracle.orders) or oracle.orders[number].state not in WAITING:
        return "NONE", 0
    order = oracle.orders[number]
    reason, payer = expected(oracle, order), oracle.accounts[order.payer]
    limit = {
        "NET_SENDER_LIMIT_REACHED": payer.net_sender_limit,
        "BILATERAL_LIMIT_REACHED": payer.bilateral_limits.get(order.payee),
    }.get(reason)
    if limit is not None:
        return reason, limit.count + order.amount - limit.amount
    return reason, missing(oracle, order) if reason in (
        "INSUFFICIENT_LIQUIDITY",
        "LIQUIDITY_RESERVED",
    ) else 0


def next_due(oracle: LinkedOracle, now: int, until: int) -> int | None:
    """When an order that waits may enter or is returned next, if that is so soon."""
    times = [order.earliest for order in oracle.orders if order.state == "held" and order.earliest]
    times += [
        order.latest + 1
        for order in oracle.orders
        if order.state in WAITING and order.latest is not None
    ]
    return min((time for time in times if now < time <= until), default=None)


def by_oracle(case: Case, numbers: Sequence[int]) -> dict[int, list[Told]]:
    """What the oracle says of orders after each thing that happens, where it is something new."""
    oracle = new_oracle(case.table, case.rulebook, LinkedOracle)
    assert isinstance(oracle, LinkedOracle)
    said: dict[int, list[Told]] = {number: [(0, "NONE", 0)] for number in numbers}

    def note(time: int) -> None:
        for number, one in said.items():
            told = short_by(oracle, number)
            if told != one[-1][1:]:
                one.append((time, *told))

    now = 0
    for command in case.commands:
        while (due := next_due(oracle, now, command.time)) is not None:
            oracle.let_happen_what_is_due(due)
            note(now := due)
        oracle.apply(command)
        note(now := command.time)
    return {number: one[1:] for number, one in said.items()}


def check_what_stands_before(engine: Engine, oracle: LinkedOracle) -> int:
    """Compare for every order what stands before it; how many orders were found so."""
    found = 0
    for order in oracle.orders:
        queue = oracle.queue(order.payer) if order.state == "queued" else []
        before = queue[: queue.index(order)] if order in queue else []
        for most in (0, 2, 100):
            told = engine.queued_before(order.number, most)
            assert (told.orders, told.value) == (len(before), sum(o.amount for o in before))
            assert told.first == tuple(o.number for o in before[:most])
        found += len(before)
    return found


def by_watching(engine: Engine, commands: Commands, number: int) -> list[Told]:
    said: list[Told] = [(0, "NONE", 0)]
    done, events = 0, []
    while done < len(commands):
        watched = engine.apply_watching(commands.part(done, len(commands)), [number])
        assert watched.applied or watched.row == NO_ROW
        done += watched.applied
        events.append(watched.events.copy())
        [why] = engine.why_waiting([number])
        told = (ReasonCode(int(why["reason"])).name, int(why["short"]))
        if told != said[-1][1:]:
            said.append((watched.time, *told))
    engine.events = np.concatenate(events)  # type: ignore[attr-defined]
    return said[1:]


def compressed(said: list[Told]) -> list[Told]:
    """The last of what was said at each moment; a moment has any number of commands."""
    last = {time: (time, reason, short) for time, reason, short in said}
    kept: list[Told] = []
    for one in last.values():
        if not kept or kept[-1][1:] != one[1:]:
            kept.append(one)
    return kept


def watch_days(seeds: range) -> int:
    """Compare what is told of orders on random days with the oracle; how much is told."""
    told = 0
    for case in cases(seeds):
        commands = join([as_batch([command]) for command in case.commands])
        submitted = int(np.isin(commands.kind, (CommandKind.SUBMIT, CommandKind.SUBMIT_LEG)).sum())
        numbers = Random(submitted).sample(range(submitted), min(4, submitted))
        right = by_oracle(case, numbers)
        for number in numbers:
            said = by_watching(Engine(case.table, case.rulebook), commands, number)
            assert compressed(said) == compressed(right[number])
            told += len(said)
    return told


def test_every_obstacle_is_told_with_its_shortfall_and_from_its_moment() -> None:
    assert watch_days(range(9000, 9002)) > 20


@pytest.mark.long
def test_so_it_is_on_many_days() -> None:
    assert watch_days(range(9002, 9080)) > 1000


def without_reservations(oracle: LinkedOracle, order: Order) -> int:
    return order.amount - oracle.accounts[order.payer].cover


@pytest.mark.long
def test_the_comparison_notices_a_wrong_shortfall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "missing", without_reservations)
    with pytest.raises(AssertionError):
        watch_days(range(9000, 9040))


def test_watching_changes_neither_events_nor_state() -> None:
    for case in cases(range(9040, 9042)):
        commands = join([as_batch([command]) for command in case.commands])
        plain = Engine(case.table, case.rulebook)
        events = as_events(plain.apply(commands))
        for number in (0, 3, 7):
            watching = Engine(case.table, case.rulebook)
            by_watching(watching, commands, number)
            assert as_events(watching.events) == events  # type: ignore[attr-defined]
            assert watching.digest() == plain.digest()


def test_all_that_stands_before_an_order_is_told() -> None:
    found = 0
    for case in cases(range(9050, 9053)):
        engine = Engine(case.table, case.rulebook)
        oracle = new_oracle(case.table, case.rulebook, LinkedOracle)
        assert isinstance(oracle, LinkedOracle)
        for place, command in enumerate(case.commands):
            engine.apply(as_batch([command]))
            oracle.apply(command)
            if place % 10 == 0:
                found += check_what_stands_before(engine, oracle)
    assert found > 30
