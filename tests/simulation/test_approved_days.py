"""Settled days beside approved ones: what the engine was told, and every table of the results.

Other tests follow the rules or compute anew; these hold each number, name and order of rows.
"""

import datetime
from decimal import Decimal
from typing import Any

import attrs
import numpy as np
import polars as pl
import pytest

from skontro.engine import CommandKind, uetr_text
from skontro.engine.commands import from_records, to_records
from skontro.files import Scenario
from skontro.files.instruction_checks import ON_DEMAND
from skontro.model import (
    Algorithm,
    CurrencyPrice,
    InputError,
    PayIn,
    PositionLimits,
    Rulebook,
    ScheduledRuns,
    find_currency,
)
from skontro.simulation import settle
from skontro.simulation.live_day import as_live_day
from skontro.simulation.recorded_day import RecordedDay, read_recorded_day, recorded_day
from skontro.simulation.settling import numbered_stream
from skontro.system import BatchKind, SettlementSystem, StepKind
from tests.approval import assert_approved
from tests.simulation.drawn_lives import Life, days_of
from tests.simulation.explained_days import draw_day
from tests.simulation.tables import results_lines, table_lines
from tests.simulation.test_live_day import live_days


def commands_lines(scenario: Scenario) -> list[str]:
    stream = numbered_stream(scenario)
    columns: dict[str, Any] = stream.commands.columns._asdict()
    rows = len(stream.commands)
    orders = stream.commands.take(stream.commands.are_orders)
    assert [*map(uetr_text, orders.uetr.tolist())] == scenario.payments["uetr"].to_list()
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


@pytest.fixture(scope="module")
def recorded() -> RecordedDay:
    """The first day of a life, with cancellations and requests for runs."""
    life = Life.of(3)
    date, opened, closed = next(iter(days_of(life.batches)))
    system = SettlementSystem(life.system.rules)
    for batch in life.batches[:opened]:
        system.replay(batch)
    replayed = (system.replay(batch) for batch in life.batches[opened : closed + 1])
    return recorded_day(system, date, replayed)


def test_what_has_happened_is_scheduled_no_more(recorded: RecordedDay) -> None:
    price = CurrencyPrice(find_currency("KZT"), Decimal(1))
    pay_ins = (PayIn(datetime.time(8), Decimal(1)),)
    limits = PositionLimits(find_currency("USD"), (price,), 5, pay_ins)
    runs = ScheduledRuns(Algorithm.WITHIN_POSITION_LIMITS, every=10**9)
    rulebook = Rulebook(schedule=(runs,), position_limits=limits)
    found = as_live_day(attrs.evolve(recorded, rulebook=rulebook)).scenario.rulebook
    assert found == Rulebook(position_limits=attrs.evolve(limits, pay_ins=()))
    pairs = ScheduledRuns(Algorithm.BILATERAL_PASS, every=10**9)
    plain = attrs.evolve(recorded, rulebook=Rulebook(schedule=(pairs,)))
    assert as_live_day(plain).scenario.rulebook == Rulebook()


def test_a_request_counts_only_for_what_is_there_and_may_be_asked_for(
    recorded: RecordedDay,
) -> None:
    record = recorded.record
    commands = record.commands
    orders = to_records(commands.take(commands.are_orders))
    before = as_live_day(recorded).scenario.instructions.height

    def asked(**values: int) -> pl.DataFrame:
        row = to_records(commands.take(~commands.are_orders))[:1].copy()
        for name, value in values.items():
            row[name] = value
        more = from_records(np.concatenate([to_records(commands), row]))
        told_more = attrs.evolve(recorded, record=attrs.evolve(record, commands=more))
        found = as_live_day(told_more).scenario.instructions
        return found.tail(found.height - before)

    cancel, first = int(CommandKind.CANCEL), record.first_order
    at = int(orders["time"][0])
    assert asked(kind=cancel, order=first, time=at)["uetr"].to_list() == [
        uetr_text(orders["uetr"][0].tobytes())
    ]
    assert asked(kind=cancel, order=first, time=at - 1).is_empty()
    assert asked(kind=cancel, order=first - 1, time=at).is_empty()
    assert asked(kind=cancel, order=first + len(orders), time=at + 10**12).is_empty()
    offset = int(CommandKind.OFFSET)
    for algorithm in Algorithm:
        found = asked(kind=offset, amount=int(algorithm), time=at)["algorithm"].to_list()
        assert found == ([algorithm.name.lower()] if algorithm in ON_DEMAND else [])
