"""The rest of a day, run in a fork of the system: nothing of it reaches the record."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import NO_COMMANDS, Commands, join
from skontro.model import InputError, ReasonCode, timestamp_text
from skontro.simulation.what_if.changes import Change, Outage, StepMove, TimedAction
from skontro.simulation.what_if.expected_inputs import ExpectedInputs
from skontro.system import ACCEPTED, Batch, BatchKind, Rules, SettlementSystem, StepKind
from skontro.system.batch import Records

Int64s = npt.NDArray[np.int64]

_NEVER: Final = np.iinfo(np.int64).max


@attrs.frozen(eq=False)
class Fork:
    """The state of a system, from which each rest of the day begins.

        fork = Fork(system.rules, system.snapshot(), now)
        rest = run_rest_of_day(fork, expected)

    Attributes:
        rules: initial rules of the system.
        state: as `SettlementSystem.snapshot` gives it.
        now: timestamp at which the rest begins; not before the last batch.
    """

    rules: Rules
    state: bytes = attrs.field(repr=False)
    now: int

    def system(self) -> SettlementSystem:
        """A system of its own in this state."""
        system = SettlementSystem(self.rules)
        system.restore(self.state)
        return system


@attrs.frozen(eq=False)
class RestOfDay:
    """Batches from the fork to the end of the day.

    Attributes:
        system: after the seal of the day.
        began: timestamp of the fork.
        waiting: orders of the day before the fork, as `OrderColumns.records`.
        first_waiting: number of the first of them.
        entered: orders that entered after the fork, in the order of their numbers.
        first_entered: number of the first of them.
        due: for each of them, when it was to come.
        events, postings: of all batches, in their order.
        refused: orders that were not admitted or never came, as commands.
        opening: balances at the fork, by account.
        reasons: for each change, why it had no effect; `NONE` where it had.
    """

    system: SettlementSystem
    began: int
    waiting: Records
    first_waiting: int
    entered: Commands
    first_entered: int
    due: Int64s
    events: Records
    postings: Records
    refused: tuple[Commands, ...]
    opening: Int64s
    reasons: tuple[ReasonCode, ...]


def run_rest_of_day(
    fork: Fork, expected: Sequence[ExpectedInputs], changes: Sequence[Change] = ()
) -> RestOfDay:
    """Run the running day to its end, or the next day where none is running.

    Args:
        fork: where the day begins.
        expected: in order of time, none before the fork. Outages must be in it already: see
            `later_where_out`.
        changes: to make. Those of steps are made at once, or when the day has started.

    Raises:
        InputError: a change is in the past, or of a step that is not to come.
    """
    return _Run(fork, expected, changes).to_end()


class _Run:
    """One rest of a day in progress."""

    def __init__(
        self, fork: Fork, expected: Sequence[ExpectedInputs], changes: Sequence[Change]
    ) -> None:
        self._system = system = fork.system()
        self._now = max(fork.now, int(system.last_time))
        self._expected, self._changes = deque(expected), changes
        self._reasons = dict.fromkeys(range(len(changes)), ReasonCode.NONE)
        self._moves = [one for one in changes if isinstance(one, StepMove)]
        timed = [(i, one) for i, one in enumerate(changes) if isinstance(one, TimedAction)]
        timed.sort(key=lambda item: self._now if item[1].at is None else item[1].at)
        self._timed = deque(timed)
        for _, one in timed:
            _refuse_past(one.at, self._now)
        for outage in changes:
            if isinstance(outage, Outage):
                _refuse_past(outage.until, self._now)
        self._first_entered, self._opening = system.engine.orders, system.engine.balances
        self._waiting = system.order_columns.records
        self._first_waiting = system.order_columns.first
        self._entered = [NO_COMMANDS]
        self._batches: list[Batch] = []
        self._due: list[Int64s] = []
        self._refused: list[Commands] = []

    def to_end(self) -> RestOfDay:
        """Take steps, changes and inputs by time, in this order, until the day is sealed."""
        began, system = self._now, self._system
        self._move_steps()
        while True:
            step_at = system.clock.next_step(self._now).due
            change_at = self._change_at()
            limit = min(step_at, change_at)
            if self._expected and self._expected[0].first < limit:
                self._take_inputs(limit)
            elif change_at < step_at:
                self._take_change()
            else:
                batch = system.step(max(step_at, int(system.last_time) + 1))
                if batch is None:
                    raise InputError(f"no step is due at {timestamp_text(step_at)}")
                self._keep(batch)
                self._move_steps()
                if f'"kind":"{StepKind.SEAL}"' in batch.body:
                    break
        self._refused += [one.batch.commands for one in self._expected]
        return RestOfDay(
            system=system,
            began=began,
            waiting=self._waiting,
            first_waiting=self._first_waiting,
            entered=join(self._entered),
            first_entered=self._first_entered,
            due=np.concatenate([np.zeros(0, np.int64), *self._due]),
            events=np.concatenate([batch.events for batch in self._batches]),
            postings=np.concatenate([batch.postings for batch in self._batches]),
            refused=tuple(one.take(one.are_orders) for one in self._refused),
            opening=self._opening,
            reasons=tuple(self._reasons.values()),
        )

    def _change_at(self) -> int:
        if not self._timed:
            return _NEVER
        at = self._timed[0][1].at
        return self._now if at is None else at

    def _take_change(self) -> None:
        number, change = self._timed.popleft()
        time = max(self._now if change.at is None else change.at, int(self._system.last_time) + 1)
        batch, self._reasons[number] = change.take(self._system, time)
        self._keep(batch)

    def _take_inputs(self, limit: int) -> None:
        inputs = self._expected.popleft()
        if inputs.last >= limit:
            inputs, later = inputs.split(limit)
            self._expected.appendleft(later)
        time = max(inputs.last, int(self._system.last_time) + 1)
        batch = self._system.replay(attrs.evolve(inputs.batch, time=time))
        self._keep(batch, inputs.due if batch.kind == BatchKind.ORDERS else None)

    def _move_steps(self) -> None:
        """Make the changes of steps, once the day has its timetable."""
        if self._moves and self._system.clock.steps:
            for move in self._moves:
                move.take(self._system.clock, self._now)
            self._moves = []

    def _keep(self, batch: Batch, due: Int64s | None = None) -> None:
        self._now = max(self._now, batch.time)
        self._batches.append(batch)
        commands = batch.commands
        if not len(commands):
            return
        due = np.full(len(commands), batch.time) if due is None else due
        acceptance = commands.column("acceptance")
        entered = commands.are_orders & (acceptance == ACCEPTED)
        self._due.append(due[entered])
        self._entered.append(commands.take(entered))
        if (refused := acceptance > ACCEPTED).any():
            self._refused.append(commands.take(refused))


def _refuse_past(time: int | None, now: int) -> None:
    if time is not None and time < now:
        raise InputError(
            f"{timestamp_text(time)} has passed: the rest of the day begins at "
            f"{timestamp_text(now)}"
        )
