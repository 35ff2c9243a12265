"""The kernel does what the rules say: compared with the oracle on random days."""

import itertools
import os
import subprocess
import sys
from collections import Counter
from random import Random

import pytest

from skontro.engine import EventKind
from skontro.model import Algorithm, ReasonCode
from tests.draws import seeds
from tests.engine.days import (
    Case,
    Outcome,
    agree,
    as_batch,
    as_events,
    as_runs,
    check_splits,
    fail_as_they_differ,
    run_engine,
    run_oracle,
)
from tests.engine.drawn_days import draw_case, draw_large_case
from tests.engine.observed_oracle import ObservedOracle
from tests.engine.onlooker import Onlooker
from tests.engine.oracle import Oracle
from tests.engine.wrong_oracles import WRONG_ORACLES

DAYS = range(1000, 1380)
DAYS_OF_CONTROLS = range(2000, 2300)
DAYS_IN_PARTS = range(3000, 3080)

#: How often, at least, each must have happened on those days.
AT_LEAST = {
    "blocked by a net-sender limit": 40,
    "blocked by a bilateral limit": 200,
    "blocked by a reservation": 100,
    "used a reservation up": 100,
    "used credit": 200,
    "bypass stopped by ageing": 50,
    "waits in the common part": 100,
    "waits in a huge share": 50,
    "has no room to wait": 50,
    "released a cascade": 50,
    "released in a cascade of three": 10,
    "BILATERAL_PASS settled a part": 20,
    "GREATEST_FIFO_SET settled a part": 20,
    "MAXIMUM_VALUE settled a part": 20,
    "ORDER_HAS_ENTERED": 50,
    "NOTHING_TO_CHANGE": 20,
}

#: Found before the engine is told.
FOUND_IN_THE_TEXT = (
    ReasonCode.FIELD_MISSING,
    ReasonCode.FIELD_MALFORMED,
    ReasonCode.UNKNOWN_CURRENCY,
    ReasonCode.UNKNOWN_PARTICIPANT,
    ReasonCode.WRONG_EXPONENT,
    ReasonCode.DUPLICATE_ORDER,
    ReasonCode.OUTSIDE_BUSINESS_DAY,
    ReasonCode.NO_QUOTE,
    ReasonCode.QUOTE_LIMIT_REACHED,
    ReasonCode.RATE_WORSE_THAN_ACCEPTED,
    ReasonCode.QUOTE_OFF_REFERENCE,
)

#: Of the business day around the engine.
OF_CONDUCT = tuple(reason for reason in ReasonCode if reason >= ReasonCode.PARTICIPANT_SUSPENDED)

#: Of links with other systems: see `test_links_against_oracle`.
OF_LINKS = (EventKind.EARMARKED, EventKind.COMPLETED, EventKind.RELEASED)

#: Held against other oracles: `test_legs_against_oracle`, `test_position_limits`.
OF_OTHER_DAYS = (
    ReasonCode.COUNTERLEG_UNKNOWN,
    ReasonCode.LEGS_IN_ONE_CURRENCY,
    ReasonCode.NO_COMMON_TIME,
    ReasonCode.COUNTERLEG_CANCELLED,
    ReasonCode.AWAITS_COUNTERLEG,
    ReasonCode.NOT_UNDER_POSITION_LIMITS,
    ReasonCode.POSITION_LIMIT_REACHED,
    ReasonCode.WITHIN_POSITION_LIMITS,
)


def test_engine_agrees_with_the_oracle_on_days_that_exercise_every_rule() -> None:
    seen: Counter[str] = Counter()
    for seed in DAYS:
        case = draw_case(seed)
        oracle, outcome = run_oracle(case, ObservedOracle), run_engine(case)
        if not agree(outcome, oracle):
            fail_as_they_differ(seed, case)
        seen += oracle.seen
        seen.update(kind.name for _, _, kind, _ in outcome.events)
        seen.update(reason.name for _, _, _, reason in outcome.events)
        seen.update(
            f"{Algorithm(run.algorithm).name} settled a part"
            for run in outcome.runs
            if 0 < run.settled < run.considered
        )
    # Agreement on days where nothing waits would prove nothing.
    for kind in [kind for kind in EventKind if kind not in OF_LINKS]:
        assert seen[kind.name] >= 50, (kind, seen)
    for reason in ReasonCode:
        settled_otherwise = reason >= ReasonCode.OFFSET_ON_ENTRY
        elsewhere = reason in (*FOUND_IN_THE_TEXT, *OF_CONDUCT, *OF_OTHER_DAYS)
        least = 0 if elsewhere else 40 if settled_otherwise else 3
        assert seen[reason.name] >= least, (reason, seen)
    for name, least in AT_LEAST.items():
        assert seen[name] >= least, (name, seen)


@pytest.mark.parametrize("seed", seeds(range(12)))
def test_engine_agrees_with_the_oracle_on_days_for_which_it_has_to_make_room(seed: int) -> None:
    case = draw_large_case(seed)
    every_hundredth = list(range(0, len(case.commands), 100))
    assert agree(run_engine(case, every_hundredth), run_oracle(case))


@pytest.fixture(scope="module")
def outcomes() -> list[tuple[Case, Outcome]]:
    cases = [draw_case(seed) for seed in DAYS_OF_CONTROLS]
    return [(case, run_engine(case)) for case in cases]


@pytest.mark.parametrize("wrong", seeds(WRONG_ORACLES), ids=lambda kind: kind.__name__)
def test_the_comparison_notices_a_wrong_rule(
    wrong: type[Oracle], outcomes: list[tuple[Case, Outcome]]
) -> None:
    found = (case for case, outcome in outcomes if not agree(outcome, run_oracle(case, wrong)))
    assert len(list(itertools.islice(found, 3))) == 3


@pytest.mark.parametrize("seed", seeds(DAYS_IN_PARTS))
def test_any_split_into_batches_gives_the_same_events_runs_and_state(seed: int) -> None:
    check_splits(draw_case(seed), Random(seed))


@pytest.mark.parametrize("seed", seeds(DAYS_IN_PARTS))
def test_floors_limits_reservations_and_queues_are_kept_as_seen_from_outside(seed: int) -> None:
    case = draw_case(seed)
    engine = run_engine(case._replace(commands=[])).engine
    onlooker = Onlooker(case.table, case.rulebook, [str(code) for code in engine.currencies])
    for command in case.commands:
        events = as_events(engine.apply(as_batch([command])))
        onlooker.watch(command, events, as_runs(engine.runs))
        assert engine.balances.tolist() == onlooker.balance
        assert engine.credit_lines.tolist() == onlooker.credit
        assert engine.queued == onlooker.queued


_FIXED_DAYS = """
import hashlib
from tests.engine.days import run_engine
from tests.engine.drawn_days import draw_case
from tests.engine.drawn_legs import draw_linked_case

digest = hashlib.sha256()
for case in [draw(seed) for draw in (draw_case, draw_linked_case) for seed in range(25)]:
    outcome = run_engine(case, [10, 11, 30])
    digest.update(repr((outcome.events, outcome.runs)).encode() + outcome.engine.digest().encode())
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


@pytest.mark.long
def test_compiled_and_interpreted_kernels_give_the_same_bytes() -> None:
    compiled = _digest_of_fixed_days("0")
    assert len(compiled) == 64
    assert compiled == _digest_of_fixed_days("1")
