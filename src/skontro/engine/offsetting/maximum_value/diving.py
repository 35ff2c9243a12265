"""A dive: decide the candidates split by the relaxation, the most valuable first."""

from collections.abc import Callable, Iterator
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine.offsetting.maximum_value.cuts import Floats
from skontro.engine.offsetting.maximum_value.relaxation import Relaxed
from skontro.engine.offsetting.maximum_value.rows import (
    UNDECIDED,
    Decisions,
    Table,
    decide,
)

#: A candidate counts as split if the relaxation settles a proper part of it, within this margin.
_TOLERANCE: Final = 1e-6
WHOLE: Final = 1 - _TOLERANCE
#: A dive ends when all split candidates together are worth less than this part of the bound.
_TAIL: Final = 1e-3
#: Steps between two selections that a dive proposes.
_STEPS: Final = 5


def split_by_value(table: Table, share: Floats, state: Decisions) -> npt.NDArray[np.int64]:
    """Undecided candidates that the relaxation splits, the most valuable first."""
    split = (share > _TOLERANCE) & (share < WHOLE) & (state.decided == UNDECIDED)
    found = np.flatnonzero(split)
    return found[np.argsort(-table.value[found], kind="stable")]


def most_valuable_open(table: Table, state: Decisions, relaxed: Relaxed) -> int:
    """The candidate to decide next: the most valuable that is split, else that is undecided."""
    if relaxed.solved:
        split = split_by_value(table, relaxed.share, state)
        if len(split):
            return int(split[0])
    left = np.flatnonzero(state.decided == UNDECIDED)
    return int(left[np.argmax(table.value[left])])


@attrs.define(eq=False)
class Dive:
    """Decisions along one dive.

    Attributes:
        table: the problem, with the capacity that the dive may use.
        state: the decisions so far.
        relax: solves the relaxation under decisions.
        bound: of the value; shows when little is split.
    """

    table: Table
    state: Decisions
    relax: Callable[[Decisions], Relaxed]
    bound: int

    def shares(self, least: Callable[[], int]) -> Iterator[Floats]:
        """The share of each candidate that settles, at every fifth step and at the end."""
        relaxed = self.relax(self.state)
        step = 0
        while relaxed.solved:
            split = split_by_value(self.table, relaxed.share, self.state)
            little = float(self.table.value[split].sum(dtype=np.float64)) <= _TAIL * self.bound
            little |= float((self.table.value * relaxed.share).sum()) <= least()
            following = None if little else self._step(split, relaxed.share)
            if following is None or step % _STEPS == 0:
                yield relaxed.share
            if following is None:
                return
            relaxed = following
            step += 1

    def _step(self, split: npt.NDArray[np.int64], share: Floats) -> Relaxed | None:
        """Decide some by rounding; on a contradiction only the first; on another, its reverse."""
        first = int(split[0])
        leaning = int(share[first] >= 0.5)
        for state in (
            self._decide_some(split, share),
            self._decide_one(first, leaning),
            self._decide_one(first, 1 - leaning),
        ):
            if state is not None:
                relaxed = self.relax(state)
                if not relaxed.infeasible:
                    self.state = state
                    return relaxed
        return None

    def _decide_one(self, candidate: int, answer: int) -> Decisions | None:
        state = self.state.copy()
        return state if decide(self.table, state, candidate, answer) else None

    def _decide_some(self, split: npt.NDArray[np.int64], share: Floats) -> Decisions | None:
        """Decide all worth half the most valuable or more that share no row with one decided."""
        state = self.state.copy()
        touched = np.zeros(len(self.table.capacity), np.bool_)
        least = self.table.value[split[0]] // 2
        for candidate in split[self.table.value[split] >= least].tolist():
            start, end = self.table.column_start[candidate : candidate + 2]
            rows = self.table.column_row[start:end]
            if touched[rows].any() or state.decided[candidate] != UNDECIDED:
                continue
            touched[rows] = True
            if not decide(self.table, state, candidate, int(share[candidate] >= 0.5)):
                return None
        return state
