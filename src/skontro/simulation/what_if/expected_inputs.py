"""Inputs expected for the rest of a day: known ones, or orders as on an earlier day."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import ANY_TIME_AFTER, ANY_TIME_BEFORE, CommandKind, Commands
from skontro.model import ScreeningOutcome
from skontro.system import Batch, BatchKind
from skontro.system.screening_policy import TRAVEL_RULE_COMPLETE

Int64s = npt.NDArray[np.int64]

#: Orders expected within the same interval of this length enter together, in microseconds.
INTERVAL: Final = 5_000_000

#: Kinds of batch that come from outside; the system makes all others itself.
_INPUTS: Final = (BatchKind.ORDERS, BatchKind.REQUEST, BatchKind.DECISION, BatchKind.LINKS)


@attrs.frozen(eq=False)
class ExpectedInputs:
    """Inputs that enter together.

    Attributes:
        batch: the inputs; its results are not read.
        due: when each command was to come, never falling. A late order has an earlier time.
        enters: when each command comes, never falling.
    """

    batch: Batch
    due: Int64s
    enters: Int64s

    @property
    def first(self) -> int:
        """When the first one comes."""
        return int(self.enters[0]) if len(self.enters) else self.batch.time

    @property
    def last(self) -> int:
        """When the last one comes."""
        return int(self.enters[-1]) if len(self.enters) else self.batch.time

    def split(self, time: int) -> tuple[ExpectedInputs, ExpectedInputs]:
        """Those that come before a time, and the others."""
        count = int(np.searchsorted(self.enters, time))
        return self._part(0, count), self._part(count, len(self.enters))

    def _part(self, start: int, stop: int) -> ExpectedInputs:
        commands = self.batch.commands.part(start, stop)
        batch = attrs.evolve(self.batch, commands=commands)
        return ExpectedInputs(batch, self.due[start:stop], self.enters[start:stop])


def expected_from_batches(batches: Iterable[Batch]) -> list[ExpectedInputs]:
    """The inputs of batches whose content is known, each at its own time.

    Args:
        batches: in order of time. Steps of the business day are left out: they follow the clock.
    """
    expected = []
    for batch in batches:
        if batch.kind in _INPUTS:
            times = np.full(len(batch.commands), batch.time)
            expected.append(ExpectedInputs(batch, times, times))
    return expected


def expected_from_orders(
    orders: Commands, due: Int64s, enters: Int64s | None = None, interval: int = INTERVAL
) -> list[ExpectedInputs]:
    """Orders grouped by interval.

    The orders count as screened without a finding, and as complete under the Travel Rule. Their
    value date is the running day.

    Args:
        orders: of any order in time; legs of links with other systems are left out.
        due: by order, when it is expected, microseconds since 1970.
        enters: by order, when it comes, later than expected after an outage; None for `due`.
        interval: orders of one interval enter together, in microseconds.
    """
    enters = due if enters is None else enters
    place = np.lexsort((due, enters))
    place = place[orders.kind[place] != int(CommandKind.SUBMIT_LINKED)]
    due, enters = due[place], enters[place]
    orders = orders.take(place).evolve(
        acceptance=0,
        value_date=0,
        screening=int(ScreeningOutcome.PASSED),
        travel_rule=TRAVEL_RULE_COMPLETE,
    )
    ends = np.flatnonzero(np.diff(enters // interval)) + 1
    borders = [0, *ends.tolist(), len(place)] if len(place) else []
    return [
        ExpectedInputs(
            Batch(BatchKind.ORDERS, int(enters[stop - 1]), orders.part(start, stop)),
            due[start:stop],
            enters[start:stop],
        )
        for start, stop in itertools.pairwise(borders)
    ]


def moved_to_today(orders: Commands, shift: int) -> Commands:
    """Orders of an earlier day with their earliest and latest times on today.

    Args:
        orders: any.
        shift: from the opening of that day to the opening of today, in microseconds.
    """
    times = {}
    for name, none in (("earliest", ANY_TIME_BEFORE), ("latest", ANY_TIME_AFTER)):
        column = orders.column(name)
        times[name] = np.where(column == none, none, column + shift)
    return orders.evolve(**times)


def later_where_out(
    orders: Commands, enters: Int64s, accounts: Sequence[int], first: int, until: int
) -> Int64s:
    """When orders come if the payers of these accounts send nothing for a time.

    Args:
        orders: the expected ones.
        enters: when each comes otherwise.
        accounts: account numbers.
        first, until: the outage; orders due within it come at its end.
    """
    out = np.isin(orders.payer, accounts) & (enters >= first) & (enters < until)
    return np.where(out, until, enters)
