"""Steps of the last business days, as they took effect, and outages between them."""

import bisect
import json
from typing import Final

import attrs

from skontro.ledger.entry import Entry
from skontro.ledger.outages import Outages
from skontro.system import BatchKind, StepKind

#: Offsetting runs, which change no hours.
_NOT_KEPT: Final = (StepKind.OFFSET,)


@attrs.frozen
class DayStep:
    """A step of a business day in the record.

    Attributes:
        batch: number of its batch.
        time: when it took effect, microseconds since 1970.
        kind: kind of the step.
        date: its business day, ISO 8601.
        currency: of a cut-off; empty for the other kinds.
        due: when it was due, microseconds since 1970; later steps of an outage took effect after.
    """

    batch: int
    time: int
    kind: StepKind
    date: str
    currency: str
    due: int


class DaySteps:
    """Openings, cut-offs and closings, in the order of the record.

        steps = DaySteps(days=20)
        steps.add(entry)
        first = steps.after(-1)

    Args:
        days: business days whose steps are remembered.

    Attributes:
        outages: of the record.
    """

    def __init__(self, days: int) -> None:
        self._most_days = days
        #: Replaced, never changed, so that readers in other threads see one state.
        self._steps: tuple[DayStep, ...] = ()
        self.outages = Outages()

    @property
    def all(self) -> tuple[DayStep, ...]:
        """All that are remembered, in order."""
        return self._steps

    def add(self, entry: Entry) -> None:
        """Add the next batch of the record; most are no step."""
        self.outages.add(entry)
        if entry.batch.kind != BatchKind.STEP:
            return
        body = json.loads(entry.batch.body)
        kind = StepKind(body["kind"])
        if kind in _NOT_KEPT:
            return
        steps = self._steps
        if kind == StepKind.START:
            starts = [place for place, one in enumerate(steps) if one.kind == StepKind.START]
            starts.append(len(steps))
            if len(starts) > self._most_days:
                steps = steps[starts[-self._most_days] :]
        currency, due = body.get("currency", ""), int(body["due"])
        step = DayStep(entry.number, entry.batch.time, kind, body["date"], currency, due)
        self._steps = (*steps, step)

    def after(self, batch: int) -> DayStep | None:
        """The first step whose batch comes after this one; None if there is none yet."""
        steps = self._steps
        place = bisect.bisect_right(steps, batch, key=lambda one: one.batch)
        return steps[place] if place < len(steps) else None
