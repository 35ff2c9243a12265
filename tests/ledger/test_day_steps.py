"""Steps of the last business days, from batches of the record."""

import json

import pytest

from skontro.ledger import Entry, make_entry, request_rows
from skontro.ledger.day_steps import DayStep, DaySteps
from skontro.ledger.entry import NO_HASH
from skontro.model import NO_DIGEST
from skontro.system import Batch, BatchKind, StepKind


def entry(number: int, kind: str = "start", date: str = "2026-11-24", currency: str = "") -> Entry:
    requests = request_rows([(-1, NO_DIGEST, NO_DIGEST, NO_DIGEST, 0, 0)])
    body = json.dumps({"kind": kind, "date": date, "currency": currency, "due": 1, "algorithm": 0})
    return make_entry(number, Batch(BatchKind.STEP, 10 * number, body=body), requests, NO_HASH)


def all_of(steps: DaySteps) -> list[int]:
    found, batch = [], -1
    while (step := steps.after(batch)) is not None:
        batch = step.batch
        found.append(batch)
    return found


def test_steps_follow_each_other_by_batch() -> None:
    steps = DaySteps(2)
    assert steps.after(-1) is None
    steps.add(entry(0))
    steps.add(entry(3, "customer_cut_off", currency="KZT"))
    first = DayStep(0, 0, StepKind.START, "2026-11-24", "", 1)
    second = DayStep(3, 30, StepKind.CUSTOMER_CUT_OFF, "2026-11-24", "KZT", 1)
    assert [steps.after(batch) for batch in (-1, 0, 1, 2)] == [first, second, second, second]
    assert steps.after(3) is None


def test_offsetting_runs_and_other_batches_are_no_steps_of_interest() -> None:
    steps = DaySteps(2)
    steps.add(entry(1, "offset"))
    requests = request_rows([(-1, NO_DIGEST, NO_DIGEST, NO_DIGEST, 0, 0)])
    steps.add(make_entry(2, Batch(BatchKind.DECISION, 2, body="{}"), requests, NO_HASH))
    assert all_of(steps) == []
    for number, kind in enumerate(one for one in StepKind if one != StepKind.OFFSET):
        steps.add(entry(number, str(kind)))
    assert len(all_of(steps)) == len(StepKind) - 1


@pytest.mark.parametrize(
    ("days", "expected"), [(1, [8, 9]), (2, [4, 5, 8, 9]), (3, [0, 1, 4, 5, 8, 9])]
)
def test_only_the_last_days_are_remembered(days: int, expected: list[int]) -> None:
    steps = DaySteps(days)
    for day in range(3):
        steps.add(entry(4 * day))
        steps.add(entry(4 * day + 1, "open"))
    assert all_of(steps) == expected


def test_steps_before_the_first_start_are_kept_with_it() -> None:
    steps = DaySteps(1)
    steps.add(entry(1, "open"))
    steps.add(entry(2))
    assert all_of(steps) == [1, 2]
