"""Settled days beside approved ones: what the engine was told, and every table of the results.

Other tests follow the rules or compute anew; these hold each number, name and order of rows.
"""

import datetime
from typing import Any

import attrs
import numpy as np
import polars as pl
import pytest

from skontro.conduct import BatchKind, StepKind
from skontro.files import Scenario
from skontro.model import InputError
from skontro.simulation import settle
from skontro.simulation.account_numbers import account_numbers
from skontro.simulation.command_stream import command_stream
from skontro.simulation.recorded_day import read_recorded_day
from tests.approval import assert_approved
from tests.simulation.drawn_lives import Life
from tests.simulation.explained_days import draw_day
from tests.simulation.tables import results_lines, table_lines
from tests.simulation.test_live_days import live_days


def commands_lines(scenario: Scenario) -> list[str]:
    stream = command_stream(scenario, account_numbers(scenario))
    columns: dict[str, Any] = {
        name: getattr(stream.commands, name) for name in attrs.fields_dict(type(stream.commands))
    }
    rows = len(stream.commands)
    held = {name: np.asarray(column) for name, column in columns.items() if len(column)}
    assert {len(column) for column in held.values()} == {rows}
    searches = [*zip(stream.solved_at, stream.work, stream.solved_time, strict=True)]
    return [*table_lines("commands", pl.DataFrame(held)), f"searches: {searches}"]


@pytest.mark.parametrize("seed", [4, 9])
def test_random_days_are_told_and_settled_as_approved(seed: int) -> None:
    scenario = draw_day(seed)
    lines = [*commands_lines(scenario), *results_lines(settle(scenario))]
    assert_approved(f"day {seed}.csv.txt", "\n".join(lines) + "\n", exact=True)


@pytest.mark.parametrize("seed", [3])
def test_days_of_a_live_system_are_read_as_approved(seed: int) -> None:
    life = Life.of(seed)
    lines = []
    for day in live_days(life.system.rules, life.batches):
        scenario = day.scenario
        lines += [f"=== {scenario.name} {scenario.business_days} {scenario.time_zone}"]
        lines += map(repr, [scenario.rulebook, *scenario.directory.accounts])
        for name in ("payments", "instructions", "rows"):
            lines += table_lines(name, getattr(scenario, name))
        lines += table_lines("left out", day.left_out)
        lines += results_lines(day.results)
    assert_approved(f"life {seed}.txt", "\n".join(lines) + "\n", exact=True)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ({}, "the record has no business day 2026-03-02"),
        ({StepKind.OPEN: 4}, "the business day 2026-03-02 is not over"),
        ({StepKind.END_OF_DAY: 4}, "the record has no business day 2026-03-02"),
    ],
)
def test_a_day_is_read_only_if_it_was_opened_and_is_over(
    steps: dict[StepKind, int], message: str
) -> None:
    class Record:
        def execute(self, _query: str, values: list[object]) -> "Record":
            assert values == [int(BatchKind.STEP), "2026-03-02"]
            return self

        def fetchall(self) -> list[tuple[int, str]]:
            return [(batch, kind.value) for kind, batch in steps.items()]

    rules = Life.of(2).system.rules
    with pytest.raises(InputError, match=message):
        read_recorded_day(Record(), rules, datetime.date(2026, 3, 2), None)  # type: ignore[arg-type]
