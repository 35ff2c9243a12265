"""Settlement of a scenario: payments become commands, the engine's events become results."""

from collections.abc import Iterator

import attrs
import numpy as np

from skontro.compilation import prepare
from skontro.engine import EVENT, RUN, Commands, Engine, join
from skontro.files import Results, Scenario
from skontro.model import RateTable
from skontro.simulation.account_numbers import account_numbers
from skontro.simulation.command_stream import CommandStream, command_stream
from skontro.simulation.maximum_value import Search, maximum_value_selection
from skontro.simulation.netting_cycles import settle_in_cycles
from skontro.simulation.order_numbers import OrderNumbers
from skontro.simulation.period_record import PeriodRecord
from skontro.simulation.progress import Progress
from skontro.simulation.results import results_of

#: Commands per call of the engine: large enough to be fast, small enough to show progress.
BATCH = 65_536


def settle(scenario: Scenario, progress: Progress | None = None) -> Results:
    """Settle the scenario's business days under its rulebook, one after the other, or in cycles.

    Each day opens, takes its orders in order of submission, and closes; what is still waiting then
    is returned. Balances carry over to the next day.

    Args:
        scenario: the scenario to settle.
        progress: called after every batch.

    Raises:
        InvariantBroken: the engine, or the statements derived from its events, contradict
            themselves; no result is given.
    """
    prepare()
    if scenario.netting is not None:
        return settle_in_cycles(scenario, scenario.netting, progress)
    engine = Engine(scenario.directory.accounts, scenario.rulebook)
    record, searches = _apply(engine, numbered_stream(scenario), scenario.rates, progress)
    return results_of(scenario, record, engine, searches)


def numbered_stream(scenario: Scenario) -> CommandStream:
    """All commands of a scenario, with the numbers of the orders that they name."""
    stream = command_stream(scenario, account_numbers(scenario))
    return attrs.evolve(stream, commands=OrderNumbers().resolve(stream.commands))


def settle_until(scenario: Scenario, timestamp: int) -> Engine:
    """The engine after all events before a time, with the queues of that time.

    Args:
        scenario: settled under its rulebook.
        timestamp: microseconds since 1970.
    """
    engine = Engine(scenario.directory.accounts, scenario.rulebook)
    stream = numbered_stream(scenario)
    until = int(np.searchsorted(stream.commands.time, timestamp, side="left"))
    searches = int(np.searchsorted(stream.solved_time, timestamp, side="left"))
    _apply(
        engine,
        CommandStream(
            commands=stream.commands.part(0, until),
            solved_at=stream.solved_at[:searches],
            work=stream.work[:searches],
            solved_time=stream.solved_time[:searches],
        ),
        scenario.rates,
        None,
    )
    return engine


def _apply(
    engine: Engine, stream: CommandStream, rates: RateTable, progress: Progress | None
) -> tuple[PeriodRecord, dict[int, Search]]:
    """Apply all commands; the record, with the commands from searches, and their results."""
    events, runs = [np.empty(0, EVENT)], [np.empty(0, RUN)]
    applied: list[Commands] = []
    searches: dict[int, Search] = {}

    def apply(commands: Commands) -> None:
        applied.append(commands)
        events.append(engine.apply(commands).copy())
        runs.append(engine.runs.copy())

    for start, stop, search in steps_of(stream):
        if search is None:
            apply(stream.commands.part(start, stop))
            if progress is not None:
                progress(stop, len(stream.commands))
            continue
        time, work = stream.solved_time[search], stream.work[search]
        commands, found = maximum_value_selection(engine, time, work, rates)
        if commands is not None:
            apply(commands)
            by_currency = {one.currency: one for one in found}
            searches |= {int(run["number"]): by_currency[int(run["currency"])] for run in runs[-1]}
    # Commands submitted in one piece need no copy of a hundred million rows.
    commands = join(applied) if stream.solved_at else stream.commands
    return PeriodRecord(commands, np.concatenate(events), np.concatenate(runs)), searches


def steps_of(stream: CommandStream) -> Iterator[tuple[int, int, int | None]]:
    """Batches of commands from start to stop, and the numbers of the searches between them."""
    start = 0
    ends = [*((at, number) for number, at in enumerate(stream.solved_at)), None]
    for end in ends:
        until = len(stream.commands) if end is None else end[0]
        while start < until:
            stop = min(start + BATCH, until)
            yield start, stop, None
            start = stop
        if end is not None:
            yield start, start, end[1]
