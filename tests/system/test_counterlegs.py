"""Which legs become a pair: by both names and stated terms, before both cut-offs, however split."""

import random
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.engine import CommandKind, EventKind, from_records, to_records
from skontro.model import InputError, ReasonCode, Rulebook
from skontro.system import NO_SCREENING, NO_SUCH_ORDER, Batch, Rules, SettlementSystem
from tests.command_rows import command_rows
from tests.draws import examples
from tests.service.systems import ALWAYS, MINUTE, NOON, OFFICE_HOURS, directory
from tests.system.drawn_legs import link, state_terms, with_some_legs

RULES = Rules("Test", directory(1_000_000), Rulebook(), OFFICE_HOURS, screening=NO_SCREENING)
#: Account numbers: the same three banks in tenge and in roubles.
TENGE, ROUBLES = (0, 1, 2), (3, 4, 5)


def opened(rules: Rules = RULES, at: int = NOON) -> SettlementSystem:
    system = SettlementSystem(rules)
    while system.step(max(at, system.last_time + 1)) is not None:
        pass
    return system


def pair() -> Any:
    """Tenge of the first bank against roubles of the second."""
    rows = command_rows(2, CommandKind.SUBMIT_LEG, 0)
    rows["payer"], rows["payee"] = (TENGE[0], ROUBLES[1]), (TENGE[1], ROUBLES[0])
    rows["amount"], rows["payment_class"] = (1_000, 7), 2
    rows["uetr"] = [np.void(bytes([n]) * 16) for n in (1, 2)]
    link(rows[0], rows[1])
    return rows


def submit(system: SettlementSystem, rows: Any, at: int = 0) -> Batch:
    return system.orders(max(at, system.last_time + 1), from_records(rows))


def outcomes(batches: list[Batch]) -> list[str]:
    """Of each order: why it was not admitted, or its last event."""
    found, number = [], 0
    last = {}
    for batch in batches:
        for event in batch.events:
            last[int(event["order"])] = EventKind(int(event["kind"])).name
            if event["kind"] == EventKind.REJECTED:
                last[int(event["order"])] = ReasonCode(int(event["reason"])).name
    for batch in batches:
        for row in to_records(batch.commands):
            if row["acceptance"]:
                found.append(ReasonCode(int(row["acceptance"])).name)
            else:
                found.append(last[number])
                number += 1
    return found


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
def test_a_pair_that_names_each_other_settles(together: bool) -> None:
    system, rows = opened(), pair()
    state_terms(rows[0], rows[1])
    state_terms(rows[1], rows[0])
    parts = [rows] if together else [rows[:1], rows[1:]]
    assert outcomes([submit(system, part) for part in parts]) == ["SETTLED", "SETTLED"]


@pytest.mark.parametrize("restarted", [True, False], ids=["restarted", "running"])
@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
def test_a_leg_does_not_settle_against_an_order_that_only_names_it(
    together: bool, restarted: bool
) -> None:
    """A pays a million against a leg of B; another leg, of one kopeck, names A's."""
    system, rows = opened(), pair()
    rows["amount"] = 1_000_000, 1
    rows["uetr"][1] = np.void(bytes([9]) * 16)
    if together:
        batches = [submit(system, rows)]
    else:
        batches = [submit(system, rows[:1])]
        if restarted:
            snapshot, system = system.snapshot(), SettlementSystem(RULES)
            system.restore(snapshot)
        batches.append(submit(system, rows[1:]))
    assert outcomes(batches) == ["HELD", "COUNTERLEG_MISMATCH"]
    assert system.engine.balances.tolist() == [1_000_000] * 6


@pytest.mark.parametrize("who", [0, 1], ids=["by the first leg", "by the second"])
@pytest.mark.parametrize("term", ["payer", "payee", "amount"])
@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
def test_stated_terms_must_be_those_of_the_counterleg(who: int, term: str, together: bool) -> None:
    system, rows = opened(), pair()
    state_terms(rows[who], rows[1 - who])
    rows[who][f"counterleg_{term}"] += 1
    parts = [rows] if together else [rows[:1], rows[1:]]
    batches = [submit(system, part) for part in parts]
    assert outcomes(batches) == ["HELD", "COUNTERLEG_MISMATCH"]


def test_the_first_leg_goes_on_waiting_for_the_right_one() -> None:
    system, rows = opened(), pair()
    wrong, right = rows[1:].copy(), rows[1:]
    wrong["uetr"] = np.void(bytes([9]) * 16)
    batches = [submit(system, part) for part in (rows[:1], wrong, right)]
    assert outcomes(batches) == ["SETTLED", "COUNTERLEG_MISMATCH", "SETTLED"]


def test_a_leg_whose_counterleg_was_not_admitted_is_refused() -> None:
    system, rows = opened(), pair()
    rows["value_date"][0] = 20_000  # long ago
    assert outcomes([submit(system, rows)]) == ["NO_BUSINESS_DAY", "COUNTERLEG_UNKNOWN"]
    system = opened()
    batches = [submit(system, rows[:1]), submit(system, rows[1:])]
    assert outcomes(batches) == ["NO_BUSINESS_DAY", "COUNTERLEG_UNKNOWN"]


@pytest.mark.parametrize("roubles_first", [True, False])
@pytest.mark.parametrize(
    ("hours", "payment_type", "expected"),
    [
        (15, 0, "CUSTOMER_CUT_OFF_PASSED"),
        (15, 1, "SETTLED"),
        (16, 1, "INTERBANK_CUT_OFF_PASSED"),
    ],
)
def test_a_pair_must_be_complete_before_both_cut_offs(
    roubles_first: bool, hours: int, payment_type: int, expected: str
) -> None:
    """Roubles close earlier than tenge: which leg comes first makes no difference."""
    system, rows = opened(), pair()
    rows["payment_type"] = payment_type
    if roubles_first:
        rows = rows[::-1].copy()
    batches = [submit(system, rows[:1])]
    late = NOON + (hours - 12) * 60 * MINUTE
    while system.step(late) is not None:
        late += 1
    batches.append(submit(system, rows[1:], late))
    first = "SETTLED" if expected == "SETTLED" else "HELD"
    assert outcomes(batches) == [first, expected]


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
def test_after_a_cut_off_the_order_of_submission_decides_what_becomes_of_the_other_leg(
    together: bool,
) -> None:
    """Both legs come after the roubles' cut-off and before that of the tenge.

    The pair settles in neither order, but a tenge leg that comes first waits, and one that comes
    second is refused.
    """
    late = NOON + 3 * 60 * MINUTE
    expected = {
        "tenge first": ["HELD", "CUSTOMER_CUT_OFF_PASSED"],
        "roubles first": ["CUSTOMER_CUT_OFF_PASSED", "CUSTOMER_CUT_OFF_PASSED"],
    }
    for name, outcome in expected.items():
        system, rows = opened(), pair()
        if name == "roubles first":
            rows = rows[::-1].copy()
        timestamp = late
        while system.step(timestamp) is not None:
            timestamp += 1
        parts = [rows] if together else [rows[:1], rows[1:]]
        assert outcomes([submit(system, part, timestamp) for part in parts]) == outcome


def test_malformed_legs_are_refused_as_a_whole_and_leave_no_trace() -> None:
    system = opened()
    itself, plain, nameless, twice = pair(), pair(), pair(), pair()
    itself["counterleg"] = itself["uetr"]
    plain["kind"][0] = int(CommandKind.SUBMIT)
    nameless["counterleg"][1] = np.void(bytes(16))
    twice["uetr"] = twice["uetr"][0]
    twice["counterleg"] = np.void(bytes([8]) * 16)
    for rows in (itself, plain, nameless, twice):
        with pytest.raises(InputError, match="leg"):
            submit(system, rows)
    assert outcomes([submit(system, pair())]) == ["SETTLED", "SETTLED"]


def test_a_day_begins_without_first_legs() -> None:
    rules = Rules("Test", directory(1_000_000), Rulebook(), ALWAYS, screening=NO_SCREENING)
    system, rows = opened(rules), pair()
    submit(system, rows[:1])
    opened_again = NOON + 24 * 60 * MINUTE
    while system.step(opened_again) is not None:
        opened_again += 1
    batch = submit(system, rows[1:], opened_again + 1)
    assert int(batch.commands.column("order")[0]) == -1
    assert [EventKind(int(e)) for e in batch.events["kind"]] == [EventKind.HELD]


def _plainly(batches: list[Any]) -> list[tuple[int, int]]:
    """Acceptance and counterleg's number of each order, one after the other, as the rules say."""
    found: list[tuple[int, int]] = []
    firsts: dict[bytes, tuple[Any, int]] = {}
    number = 0
    for row in batches:
        about, acceptance = -1, 0
        if row["kind"] == int(CommandKind.SUBMIT_LEG):
            first = firsts.get(row["counterleg"].tobytes())
            if first is None:
                firsts[row["uetr"].tobytes()] = (row, number)
            else:
                other = first[0]
                fits = other["counterleg"] == row["uetr"]
                for one, counterleg in ((row, other), (other, row)):
                    if one["counterleg_amount"]:
                        fits = fits and all(
                            one[f"counterleg_{name}"] == counterleg[name]
                            for name in ("payer", "payee", "amount")
                        )
                about = first[1] if fits else -1
                acceptance = 0 if fits else int(ReasonCode.COUNTERLEG_MISMATCH)
        found.append((acceptance, about))
        number += acceptance == 0
    return found


@given(seed=st.integers(0, 2**32), count=st.integers(2, 24), cuts=st.sets(st.integers(1, 23)))
@settings(max_examples=examples(150))
def test_legs_are_linked_as_the_rules_say_however_they_are_split(
    seed: int, count: int, cuts: set[int]
) -> None:
    draw = random.Random(seed)
    rows = command_rows(count, CommandKind.SUBMIT, 0)
    for row in rows:
        row["payer"], row["payee"] = draw.sample(TENGE, 2) if draw.random() < 0.5 else (3, 4)
        row["amount"], row["uetr"] = draw.choice([1, 5]), np.void(draw.randbytes(16))
    rows = with_some_legs(rows, draw)
    system = opened()
    edges = [0, *sorted(cut for cut in cuts if cut < count), count]
    applied: list[tuple[int, int]] = []
    for first, end in pairwise(edges):
        batch = submit(system, rows[first:end])
        columns = [batch.commands.column(name).tolist() for name in ("acceptance", "order")]
        applied += zip(*columns, strict=True)
        restored = SettlementSystem(RULES)
        restored.restore(system.snapshot())
        system = restored
    assert applied == _plainly(list(rows))
    assert NO_SUCH_ORDER not in [about for _, about in applied]
