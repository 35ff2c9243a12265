"""Enumeration of all selections under some decisions, in exact integers.

Problem
    Few candidates are left undecided, and the best value known is close to the bound. Is any
    selection among them worth more?

Method
    Depth first. Each decision is followed by all its consequences: candidates that no longer fit
    into a row, that a row needs, or that would lower the bound to the best value known. The bound
    is that of weak duality (see `relaxation`) at fixed prices. A decision changes it by a fixed
    number for each candidate, its gain, and candidates are sorted by gain. So a step costs little
    more than the entries it touches; a linear program costs a thousand times as much.

Why it is right
    All numbers are integers. Gains are scaled and rounded so that the bound only becomes larger.
    Every skipped selection overdraws a row or is worth no more than the best value known.

Bound
    Exponential in the number of undecided candidates, cut off after a number of steps.
"""

from typing import Final, NamedTuple

import attrs
import numpy as np

from skontro.engine.jit import kernel, llvm_inline
from skontro.engine.offsetting.maximum_value.model import Int8s, Int32s, Int64s, Selection
from skontro.engine.offsetting.maximum_value.rows import Decisions, Matrix, Table

#: Bits of the largest bound that the kernel adds up.
_BITS: Final = 61
# Places in the counters of the kernel.
_DECIDED, _BOUND, _WAITING, _SEEN, _STEPS, _BEST = range(6)


@attrs.frozen(eq=False)
class Gains:
    """The bound at some prices, in units of a power of two, rounded up.

    Attributes:
        gain: int64 (candidates): by how much the bound falls, at least, if the candidate does not
            settle; negative: if it does.
        bound: under the decisions of the node.
        shift: the value v is v * 2**shift of these units.
    """

    gain: Int64s
    bound: int
    shift: int

    @classmethod
    def of(cls, gain: list[int], bound: int, exponent: int) -> "Gains":
        """Round integers of any size, in units of 2**-exponent of value, to 61 bits."""
        size = max(abs(bound), sum(abs(each) for each in gain))
        down = max(0, size.bit_length() - _BITS)
        rounded = [each >> down if each > 0 else -(-each >> down) for each in gain]
        return cls(np.array(rounded, np.int64), -(-bound >> down), exponent - down)


@attrs.frozen(eq=False)
class Enumerated:
    """The result of an enumeration.

    Attributes:
        complete: whether every selection was examined.
        selected: the best selection worth more than the known value, or None.
        steps: number of decisions tried.
    """

    complete: bool
    selected: Selection | None
    steps: int


class _Walk(NamedTuple):
    """The state of a walk through all selections, and the best selection so far.

    Attributes:
        value, gain: by candidate; `by_value` and `by_gain` are the candidates, the largest first.
        decided, spare: the decisions, and the capacity that they leave in each row.
        trail: the candidates in the order in which they were decided.
        waiting, listed: the work list of rows that lost capacity, and whether each is in it.
        branches: for each level: candidate, the answer still to try or -1, how many were decided
            before, and how many of the largest gains were seen.
        best: the best selection.
        counters: see above.
    """

    value: Int64s
    by_value: Int32s
    gain: Int64s
    by_gain: Int32s
    decided: Int8s
    spare: Int64s
    trail: Int32s
    waiting: Int32s
    listed: Int8s
    branches: Int64s
    best: Selection
    counters: Int64s


def enumerate_selections(
    table: Table, state: Decisions, gains: Gains, known: int, step: int, limit: int
) -> Enumerated:
    """Look for a selection worth `known + step` or more under these decisions.

    Args:
        table: the problem; cuts may be among its rows.
        state: decisions on this table.
        gains: at any prices.
        known: the best value known.
        step: all values are multiples of it.
        limit: most decisions to try.
    """
    candidates, rows = len(table.value), len(table.capacity)
    walk = _Walk(
        value=table.value,
        by_value=table.by_value,
        gain=gains.gain,
        by_gain=np.argsort(-np.abs(gains.gain), kind="stable").astype(np.int32),
        decided=state.decided.copy(),
        spare=state.spare.copy(),
        trail=np.empty(candidates, np.int32),
        waiting=np.empty(rows, np.int32),
        listed=np.zeros(rows, np.int8),
        branches=np.empty((candidates + 1, 4), np.int64),
        best=np.zeros(candidates, np.bool_),
        counters=np.zeros(6, np.int64),
    )
    walk.counters[_BOUND], walk.counters[_BEST] = gains.bound, known
    complete = _enumerate(table.matrix, walk, gains.shift, step, limit)
    found = walk.best if walk.counters[_BEST] > known else None
    return Enumerated(bool(complete), found, int(walk.counters[_STEPS]))


@llvm_inline
def _least_bound(best: int, step: int, shift: int) -> int:
    """The least bound under which something better than the best may be."""
    if shift >= 0:
        return (best + step) << shift
    return -((-(best + step)) >> -shift)


@llvm_inline
def _decide(candidate: int, answer: int, matrix: Matrix, walk: _Walk) -> None:
    """Decide without checks; rows that lost capacity join the work list."""
    counters = walk.counters
    walk.decided[candidate] = answer
    walk.trail[counters[_DECIDED]] = candidate
    counters[_DECIDED] += 1
    if (walk.gain[candidate] > 0) != (answer == 1):
        counters[_BOUND] -= abs(walk.gain[candidate])
    for entry in range(matrix.column_start[candidate], matrix.column_start[candidate + 1]):
        row, change = matrix.column_row[entry], matrix.column_change[entry]
        if (change > 0) == (answer == 1):
            walk.spare[row] -= abs(change)
            if walk.listed[row] == 0:
                walk.listed[row] = 1
                walk.waiting[counters[_WAITING]] = row
                counters[_WAITING] += 1


@llvm_inline
def _take_back(length: int, matrix: Matrix, walk: _Walk) -> None:
    """Undo the decisions after the first ones."""
    counters = walk.counters
    while counters[_DECIDED] > length:
        counters[_DECIDED] -= 1
        candidate = walk.trail[counters[_DECIDED]]
        answer = walk.decided[candidate]
        walk.decided[candidate] = -1
        if (walk.gain[candidate] > 0) != (answer == 1):
            counters[_BOUND] += abs(walk.gain[candidate])
        for entry in range(matrix.column_start[candidate], matrix.column_start[candidate + 1]):
            row, change = matrix.column_row[entry], matrix.column_change[entry]
            if (change > 0) == (answer == 1):
                walk.spare[row] += abs(change)


@llvm_inline
def _decide_what_follows(least: int, matrix: Matrix, walk: _Walk) -> bool:
    """Decide all candidates with only one possible answer; false if one has none."""
    counters, gain, decided, spare = walk.counters, walk.gain, walk.decided, walk.spare
    possible = True
    while possible:
        if counters[_BOUND] < least:
            possible = False
            break
        while counters[_SEEN] < len(walk.by_gain):
            candidate = walk.by_gain[counters[_SEEN]]
            if counters[_BOUND] - abs(gain[candidate]) >= least:
                break
            counters[_SEEN] += 1
            if decided[candidate] == -1:
                _decide(candidate, 1 if gain[candidate] > 0 else 0, matrix, walk)
        if counters[_WAITING] == 0:
            break
        counters[_WAITING] -= 1
        row = walk.waiting[counters[_WAITING]]
        walk.listed[row] = 0
        possible = spare[row] >= 0
        if not possible:
            break
        for entry in range(matrix.row_start[row], matrix.row_start[row + 1]):
            candidate, change = matrix.row_column[entry], matrix.row_change[entry]
            if decided[candidate] == -1 and spare[row] < abs(change):
                _decide(candidate, 0 if change > 0 else 1, matrix, walk)
    while counters[_WAITING] > 0:
        counters[_WAITING] -= 1
        walk.listed[walk.waiting[counters[_WAITING]]] = 0
    return possible


@llvm_inline
def _first_undecided(walk: _Walk) -> int:
    """The most valuable undecided candidate, or -1."""
    found = -1
    for candidate in walk.by_value:
        if walk.decided[candidate] == -1:
            found = candidate
            break
    return found


@llvm_inline
def _keep(walk: _Walk) -> None:
    """Keep a complete selection if it is worth more than the best."""
    worth = 0
    for candidate in range(len(walk.value)):
        if walk.decided[candidate] == 1:
            worth += walk.value[candidate]
    if worth > walk.counters[_BEST]:
        walk.counters[_BEST] = worth
        for candidate in range(len(walk.value)):
            walk.best[candidate] = walk.decided[candidate] == 1


@kernel
def _enumerate(matrix: Matrix, walk: _Walk, shift: int, step: int, limit: int) -> bool:
    """Enumerate depth first; true if complete within the limit."""
    counters, branches, gain = walk.counters, walk.branches, walk.gain
    for row in range(len(walk.spare)):
        walk.waiting[row], walk.listed[row] = row, 1
    counters[_WAITING] = len(walk.spare)
    depth = 0
    while True:
        least = _least_bound(counters[_BEST], step, shift)
        possible = _decide_what_follows(least, matrix, walk)
        candidate = _first_undecided(walk) if possible else -1
        if possible and candidate < 0:
            _keep(walk)
        if candidate >= 0:
            answer = 1 if gain[candidate] > 0 else 0
            branches[depth, 0], branches[depth, 1] = candidate, 1 - answer
            branches[depth, 2], branches[depth, 3] = counters[_DECIDED], counters[_SEEN]
            depth += 1
        else:
            while depth > 0 and branches[depth - 1, 1] == -1:
                depth -= 1
            if depth == 0:
                return True
            candidate, answer = branches[depth - 1, 0], branches[depth - 1, 1]
            branches[depth - 1, 1] = -1
            _take_back(branches[depth - 1, 2], matrix, walk)
            counters[_SEEN] = branches[depth - 1, 3]
        counters[_STEPS] += 1
        if counters[_STEPS] > limit:
            return False
        _decide(candidate, answer, matrix, walk)
