"""The kernel does what the rules say: compared with the oracle on random days."""

import itertools
import os
import subprocess
import sys
from collections import Counter

import hypothesis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.engine import EventKind
from skontro.model import SettlementAccount
from tests.engine.days import accounts, days, run_engine, run_oracle
from tests.engine.oracle import Command

DAYS = 150


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[SettlementAccount], list[Command]]:
    table = draw(accounts())
    return table, draw(days(len(table)))


def test_engine_agrees_with_the_oracle_on_days_that_exercise_the_queue() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=DAYS, database=None, derandomize=True)
    @given(cases())
    def compare(case: tuple[list[SettlementAccount], list[Command]]) -> None:
        table, commands = case
        oracle = run_oracle(table, commands)
        engine, events = run_engine(table, commands)
        assert events == oracle.events
        assert engine.balances.tolist() == [a.balance for a in oracle.accounts]
        kinds = [kind for _, _, kind, _ in events]
        settled = {order for order, _, kind, _ in events if kind == EventKind.SETTLED}
        queued = {order for order, _, kind, _ in events if kind == EventKind.QUEUED}
        seen["days"] += 1
        seen["settled out of the queue"] += bool(settled & queued)
        seen["released a cascade"] += any(
            a == b == EventKind.SETTLED for a, b in itertools.pairwise(kinds)
        )
        for kind in EventKind:
            seen[kind.name] += kind in kinds

    compare()
    assert seen["days"] >= DAYS
    # Agreement on days where nothing waits would prove nothing.
    assert seen["settled out of the queue"] >= DAYS // 3, seen
    for kind in EventKind:
        assert seen[kind.name] >= DAYS // 20, seen


def test_the_comparison_notices_a_wrong_rule() -> None:
    """Negative control: an oracle that lets orders overtake must be found out."""

    no_shrinking = [hypothesis.Phase.generate]

    @settings(max_examples=DAYS, database=None, derandomize=True, phases=no_shrinking)
    @given(cases())
    def compare(case: tuple[list[SettlementAccount], list[Command]]) -> None:
        table, commands = case
        _, events = run_engine(table, commands)
        assert events == run_oracle(table, commands, overtaking=True).events

    with pytest.raises(AssertionError):
        compare()


@settings(max_examples=60)
@given(st.data())
def test_any_split_into_batches_gives_the_same_events_and_state(data: st.DataObject) -> None:
    table, commands = data.draw(cases())
    whole, events = run_engine(table, commands)
    splits = data.draw(st.lists(st.integers(0, len(commands)), max_size=8))
    parts, events_of_parts = run_engine(table, commands, splits)
    one_by_one, events_one_by_one = run_engine(table, commands, list(range(len(commands))))
    assert events == events_of_parts == events_one_by_one
    assert whole.digest() == parts.digest() == one_by_one.digest()


_FIXED_DAYS = """
import hashlib
from random import Random
from tests.engine.days import run_engine
from skontro.engine import CommandKind
from skontro.model import SettlementAccount, find_currency
from tests.engine.days import bic
from tests.engine.oracle import Command

random, digest = Random(7), hashlib.sha256()
for day in range(12):
    table = [SettlementAccount(bic(i), find_currency("KZT"), 40, i % 2 * 9) for i in range(6)]
    commands, time = [Command(CommandKind.OPEN_DAY, 0)], 0
    for order in range(120):
        time += random.randrange(3)
        payer = random.randrange(6)
        payee = (payer + random.randrange(1, 6)) % 6
        latest = time + random.randrange(30) if random.random() < 0.3 else None
        earliest = time + random.randrange(5) if latest is None else None
        commands.append(Command(CommandKind.SUBMIT, time, payer, payee, random.randrange(1, 40),
                                random.randrange(3), earliest=earliest, latest=latest))
        if order % 9 == 0:
            commands.append(Command(CommandKind.CANCEL, time, order=random.randrange(order + 1)))
    commands.append(Command(CommandKind.CLOSE_DAY, time + 50))
    engine, events = run_engine(table, commands, [50, 51, 90])
    digest.update(repr(events).encode() + engine.digest().encode())
print(digest.hexdigest())
"""


def _digest_of_fixed_days(disable_jit: str) -> str:
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", _FIXED_DAYS],
        env=os.environ | {"NUMBA_DISABLE_JIT": disable_jit, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
    )
    return finished.stdout.strip()


def test_compiled_and_interpreted_kernels_give_the_same_bytes() -> None:
    compiled = _digest_of_fixed_days("0")
    assert len(compiled) == 64
    assert compiled == _digest_of_fixed_days("1")
