"""Random days for the engine and the oracle alike."""

import itertools

import numpy as np
from hypothesis import strategies as st

from skontro.engine import (
    ANY_TIME_AFTER,
    ANY_TIME_BEFORE,
    CommandKind,
    Commands,
    Engine,
    EventKind,
)
from skontro.model import MAX_AMOUNT, ReasonCode, SettlementAccount, find_currency
from tests.engine.oracle import Account, Command, Event, Oracle


def bic(number: int) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    digits = [letters[number // 26**place % 26] for place in range(4)]
    return "".join(digits) + "XXA0"


@st.composite
def accounts(draw: st.DrawFn) -> list[SettlementAccount]:
    count = draw(st.integers(2, 5))
    return [
        SettlementAccount(
            bic(i),
            find_currency("KZT" if i < draw(st.integers(2, 5)) else "UZS"),
            draw(st.integers(0, 12)),
            draw(st.sampled_from([0, 0, 3])),
        )
        for i in range(count)
    ]


@st.composite
def days(draw: st.DrawFn, account_count: int, most: int = 40) -> list[Command]:
    """One or two days: small amounts and few accounts, so that orders meet in queues."""
    time = draw(st.integers(0, 3))
    commands = [Command(CommandKind.OPEN_DAY, time)]
    anyone = st.integers(0, account_count - 1)
    orders = 0
    for _ in range(draw(st.integers(15, most))):
        time += draw(st.integers(0, 2))
        kind = draw(st.sampled_from("SSSSSSSSSSSSSSSSCCKKDX"))
        if kind in "SX":
            odd = kind == "X"
            payer = draw(anyone)
            other = (payer + draw(st.integers(1, account_count - 1))) % account_count
            earliest = draw(st.none() | st.none() | st.integers(time - 1, time + 4))
            latest = draw(st.none() | st.none() | st.integers(time, time + 9))
            if not odd and earliest is not None and latest is not None:
                latest = max(earliest, latest)
            commands.append(
                Command(
                    CommandKind.SUBMIT,
                    time,
                    draw(st.integers(-1, account_count)) if odd else payer,
                    draw(st.integers(-1, account_count)) if odd else other,
                    draw(st.sampled_from([-1, 0, 1, MAX_AMOUNT, MAX_AMOUNT + 1]))
                    if odd
                    else draw(st.integers(1, 12)),
                    draw(st.integers(-1, 3)) if odd else draw(st.sampled_from([2, 2, 2, 1, 0])),
                    earliest=earliest,
                    latest=latest if not odd else draw(st.none() | st.integers(0, time)),
                )
            )
            orders += 1
        elif kind == "C":
            target = draw(st.integers(-1, orders))
            commands.append(Command(CommandKind.CANCEL, time, order=target))
        elif kind == "K":
            target = draw(st.integers(0, orders))
            to_class = draw(st.integers(0, 2) | st.just(7))
            commands.append(
                Command(CommandKind.CHANGE_CLASS, time, order=target, payment_class=to_class)
            )
        else:
            day_ends = draw(st.integers(0, 3)) == 0
            commands.append(
                Command(CommandKind.CLOSE_DAY if day_ends else CommandKind.OPEN_DAY, time)
            )
    commands.append(Command(CommandKind.CLOSE_DAY, time + draw(st.integers(0, 12))))
    return commands


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


def run_oracle(
    table: list[SettlementAccount], commands: list[Command], *, overtaking: bool = False
) -> Oracle:
    oracle = Oracle(
        [Account(a.opening_balance, a.credit_line, a.currency.code) for a in table], overtaking
    )
    for command in commands:
        oracle.apply(command)
    return oracle


def run_engine(
    table: list[SettlementAccount], commands: list[Command], splits: list[int] | None = None
) -> tuple[Engine, list[Event]]:
    """Apply the commands in batches that end at the given places, checking every invariant."""
    engine = Engine(table)
    events: list[Event] = []
    places = [0, *sorted(splits or []), len(commands)]
    for start, stop in itertools.pairwise(places):
        events += as_events(engine.apply(as_batch(commands[start:stop])))
        engine.check()
    return engine, events
