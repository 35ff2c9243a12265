"""Days for the engine and the oracle alike."""

import itertools
from dataclasses import dataclass
from random import Random
from typing import NamedTuple, NoReturn

import numpy as np
import pytest

from skontro.engine import ANY_TIME_AFTER, ANY_TIME_BEFORE, Commands, Engine, EventKind
from skontro.model import ReasonCode, Rulebook, SettlementAccount
from tests.engine.oracle import Account, Command, Event, Oracle, Run


class Case(NamedTuple):
    """Who holds accounts, under which rules, and what they do."""

    table: list[SettlementAccount]
    rulebook: Rulebook
    commands: list[Command]


def bic(number: int) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    digits = [letters[number // 26**place % 26] for place in range(4)]
    return "".join(digits) + "XXA0"


def as_batch(commands: list[Command]) -> Commands:
    def column(name: str, absent: int = 0) -> list[int]:
        values = [getattr(command, name) for command in commands]
        return [absent if value is None else int(value) for value in values]

    timed = any(c.earliest is not None or c.latest is not None for c in commands)
    return Commands(
        kind=column("kind"),
        time=column("time"),
        payer=column("payer"),
        payee=column("payee"),
        amount=column("amount"),
        payment_class=column("payment_class"),
        order=column("order"),
        earliest=column("earliest", ANY_TIME_BEFORE) if timed else [],
        latest=column("latest", ANY_TIME_AFTER) if timed else [],
    )


def as_events(records: np.ndarray) -> list[Event]:
    return [
        (int(order), int(time), EventKind(kind), ReasonCode(reason))
        for order, time, kind, reason in records.tolist()
    ]


def as_runs(records: np.ndarray) -> list[Run]:
    """The records of offsetting runs; their fields by name, in whatever order they stand."""
    columns = [records[name].tolist() for name in Run._fields]
    return [Run(*run) for run in zip(*columns, strict=True)]


def new_oracle(
    table: list[SettlementAccount], rulebook: Rulebook, kind: type[Oracle] = Oracle
) -> Oracle:
    books = [Account(a.opening_balance, a.credit_line, a.currency.code) for a in table]
    return kind(books, rulebook)


def run_oracle(case: Case, kind: type[Oracle] = Oracle) -> Oracle:
    """The rules, or, for a negative control, rules with something wrong in them."""
    oracle = new_oracle(case.table, case.rulebook, kind)
    for command in case.commands:
        oracle.apply(command)
    return oracle


@dataclass
class Outcome:
    """What the engine made of a case, batch by batch."""

    engine: Engine
    events: list[Event]
    runs: list[Run]


def run_engine(case: Case, splits: list[int] | None = None) -> Outcome:
    """Apply the commands in batches that end at the given places, checking every invariant."""
    outcome = Outcome(Engine(case.table, case.rulebook), [], [])
    places = [0, *sorted(splits or []), len(case.commands)]
    for start, stop in itertools.pairwise(places):
        records = outcome.engine.apply(as_batch(case.commands[start:stop]))
        outcome.events += as_events(records)
        outcome.runs += as_runs(outcome.engine.runs)
        outcome.engine.check()
    return outcome


def check_splits(case: Case, random: Random) -> None:
    """Any split into batches gives the same events, runs and state."""
    whole = run_engine(case)
    places = range(len(case.commands) + 1)
    for splits in (sorted(random.choices(places, k=5)), list(places)):
        parts = run_engine(case, splits)
        assert parts.events == whole.events
        assert parts.runs == whole.runs
        assert parts.engine.digest() == whole.engine.digest()


def agree(outcome: Outcome, oracle: Oracle) -> bool:
    return (
        outcome.events == oracle.events
        and outcome.runs == oracle.runs
        and outcome.engine.balances.tolist() == [a.balance for a in oracle.accounts]
        and outcome.engine.credit_lines.tolist() == [a.credit_line for a in oracle.accounts]
        and outcome.engine.queued == sum(order.state == "queued" for order in oracle.orders)
    )


def shortest_disagreement(case: Case, kind: type[Oracle]) -> Case:
    """The same case without any command that is not needed for the engine to differ."""
    length = len(case.commands) // 2
    while length:
        start = 0
        while start < len(case.commands):
            rest = case.commands[:start] + case.commands[start + length :]
            less = case._replace(commands=rest)
            if agree(run_engine(less), run_oracle(less, kind)):
                start += length
            else:
                case = less
        length //= 2
    return case


def fail_as_they_differ(seed: int, case: Case, kind: type[Oracle] = Oracle) -> NoReturn:
    """Show the shortest case on which engine and oracle differ, and the events of both."""
    case = shortest_disagreement(case, kind)
    engine, rules = run_engine(case).events, run_oracle(case, kind).events
    pytest.fail(f"seed {seed}: {case}\nengine: {engine}\nrules: {rules}")
