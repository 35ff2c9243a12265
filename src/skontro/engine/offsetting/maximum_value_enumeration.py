"""Every choice under some decisions, one after the other, in exact integers.

Problem
    Few candidates are left undecided, and the best value known is close to the bound. Is any choice
    among them worth more?

Method
    Depth first. After each decision all that follows from it is decided: what no longer fits into
    a row or is needed by it, and what would lower the bound to the best value known. The bound
    is the one of weak duality (see `maximum_value_relaxation`) at prices that stay the same:
    its change by a decision is a number for each candidate, its gain, and the candidates stand in
    the order of it. So a step costs little more than the entries it touches, where a linear program
    costs a thousand times as much.

Why it is right
    All numbers are integers. Gains were scaled and rounded such that the bound only becomes larger.
    A choice that is left out overdraws a row or is worth no more than what is known.

Bound
    Exponential in the number of undecided candidates, cut off after a number of steps.
"""

from typing import Final

import attrs
import numpy as np

from skontro.engine.compiling import kernel, part
from skontro.engine.offsetting.maximum_value_problem import Choice, Int8s, Int32s, Int64s
from skontro.engine.offsetting.maximum_value_rows import Decisions, Table

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
    """What an enumeration found.

    Attributes:
        complete: whether every choice was looked at.
        chosen: the best choice worth more than what was known, or None.
        steps: how many decisions were tried.
    """

    complete: bool
    chosen: Choice | None
    steps: int


def enumerate_choices(
    table: Table, state: Decisions, gains: Gains, known: int, step: int, limit: int
) -> Enumerated:
    """Look for a choice worth `known + step` or more under these decisions.

    Args:
        table: the problem; cuts may be among its rows.
        state: decisions on this table.
        gains: at any prices.
        known: the best value known.
        step: all values are multiples of it.
        limit: most decisions to try.
    """
    candidates, rows = len(table.value), len(table.room)
    counters = np.zeros(6, np.int64)
    counters[_BOUND], counters[_BEST] = gains.bound, known
    best = np.zeros(candidates, np.bool_)
    complete = _enumerate(
        table.value,
        table.by_value,
        gains.gain,
        np.argsort(-np.abs(gains.gain), kind="stable").astype(np.int32),
        gains.shift,
        step,
        *table.by_column,
        *table.by_row,
        state.decided.copy(),
        state.spare.copy(),
        np.empty(candidates, np.int32),
        np.empty(rows, np.int32),
        np.zeros(rows, np.int8),
        np.empty((candidates + 1, 4), np.int64),
        counters,
        best,
        limit,
    )
    found = best if counters[_BEST] > known else None
    return Enumerated(bool(complete), found, int(counters[_STEPS]))


@part
def _least_bound(best: int, step: int, shift: int) -> int:
    """The least bound under which something better than the best may be."""
    if shift >= 0:
        return (best + step) << shift
    return -((-(best + step)) >> -shift)


@part
def _decide(
    candidate: int,
    answer: int,
    gain: Int64s,
    column_start: Int64s,
    column_row: Int32s,
    column_change: Int64s,
    decided: Int8s,
    spare: Int64s,
    trail: Int32s,
    waiting: Int32s,
    listed: Int8s,
    counters: Int64s,
) -> None:
    """Decide without looking; rows that lost room join the work list."""
    decided[candidate] = answer
    trail[counters[_DECIDED]] = candidate
    counters[_DECIDED] += 1
    if (gain[candidate] > 0) != (answer == 1):
        counters[_BOUND] -= abs(gain[candidate])
    for entry in range(column_start[candidate], column_start[candidate + 1]):
        row, change = column_row[entry], column_change[entry]
        if (change > 0) == (answer == 1):
            spare[row] -= abs(change)
            if listed[row] == 0:
                listed[row] = 1
                waiting[counters[_WAITING]] = row
                counters[_WAITING] += 1


@part
def _take_back(
    length: int,
    gain: Int64s,
    column_start: Int64s,
    column_row: Int32s,
    column_change: Int64s,
    decided: Int8s,
    spare: Int64s,
    trail: Int32s,
    counters: Int64s,
) -> None:
    """Undo the decisions after the first so many."""
    while counters[_DECIDED] > length:
        counters[_DECIDED] -= 1
        candidate = trail[counters[_DECIDED]]
        answer = decided[candidate]
        decided[candidate] = -1
        if (gain[candidate] > 0) != (answer == 1):
            counters[_BOUND] += abs(gain[candidate])
        for entry in range(column_start[candidate], column_start[candidate + 1]):
            row, change = column_row[entry], column_change[entry]
            if (change > 0) == (answer == 1):
                spare[row] += abs(change)


@part
def _decide_what_follows(
    least: int,
    gain: Int64s,
    by_gain: Int32s,
    column_start: Int64s,
    column_row: Int32s,
    column_change: Int64s,
    row_start: Int64s,
    row_column: Int32s,
    row_change: Int64s,
    decided: Int8s,
    spare: Int64s,
    trail: Int32s,
    waiting: Int32s,
    listed: Int8s,
    counters: Int64s,
) -> bool:
    """Decide whatever has only one possible answer; false if something has none."""
    possible = True
    while possible:
        if counters[_BOUND] < least:
            possible = False
            break
        while counters[_SEEN] < len(by_gain):
            candidate = by_gain[counters[_SEEN]]
            if counters[_BOUND] - abs(gain[candidate]) >= least:
                break
            counters[_SEEN] += 1
            if decided[candidate] == -1:
                _decide(
                    candidate, 1 if gain[candidate] > 0 else 0, gain, column_start, column_row,
                    column_change, decided, spare, trail, waiting, listed, counters,
                )  # fmt: skip
        if counters[_WAITING] == 0:
            break
        counters[_WAITING] -= 1
        row = waiting[counters[_WAITING]]
        listed[row] = 0
        possible = spare[row] >= 0
        if not possible:
            break
        for entry in range(row_start[row], row_start[row + 1]):
            candidate, change = row_column[entry], row_change[entry]
            if decided[candidate] == -1 and spare[row] < abs(change):
                _decide(
                    candidate, 0 if change > 0 else 1, gain, column_start, column_row,
                    column_change, decided, spare, trail, waiting, listed, counters,
                )  # fmt: skip
    while counters[_WAITING] > 0:
        counters[_WAITING] -= 1
        listed[waiting[counters[_WAITING]]] = 0
    return possible


@part
def _first_undecided(by_value: Int32s, decided: Int8s) -> int:
    """The most valuable undecided candidate, or -1."""
    found = -1
    for candidate in by_value:
        if decided[candidate] == -1:
            found = candidate
            break
    return found


@part
def _keep(value: Int64s, decided: Int8s, best: Choice, counters: Int64s) -> None:
    """Keep a complete choice if it is worth more than the best."""
    worth = 0
    for candidate in range(len(value)):
        if decided[candidate] == 1:
            worth += value[candidate]
    if worth > counters[_BEST]:
        counters[_BEST] = worth
        for candidate in range(len(value)):
            best[candidate] = decided[candidate] == 1


@kernel
def _enumerate(
    value: Int64s,
    by_value: Int32s,
    gain: Int64s,
    by_gain: Int32s,
    shift: int,
    step: int,
    column_start: Int64s,
    column_row: Int32s,
    column_change: Int64s,
    row_start: Int64s,
    row_column: Int32s,
    row_change: Int64s,
    decided: Int8s,
    spare: Int64s,
    trail: Int32s,
    waiting: Int32s,
    listed: Int8s,
    branches: Int64s,
    counters: Int64s,
    best: Choice,
    limit: int,
) -> bool:
    """Depth first; whether it came to the end within the limit.

    `branches` holds for each level: candidate, the answer still to try or -1, how many were decided
    before, and how many of the largest gains were seen.
    """
    for row in range(len(spare)):
        waiting[row], listed[row] = row, 1
    counters[_WAITING] = len(spare)
    depth = 0
    while True:
        possible = _decide_what_follows(
            _least_bound(counters[_BEST], step, shift), gain, by_gain, column_start, column_row,
            column_change, row_start, row_column, row_change, decided, spare, trail, waiting,
            listed, counters,
        )  # fmt: skip
        candidate = _first_undecided(by_value, decided) if possible else -1
        if possible and candidate < 0:
            _keep(value, decided, best, counters)
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
            _take_back(
                branches[depth - 1, 2], gain, column_start, column_row, column_change, decided,
                spare, trail, counters,
            )  # fmt: skip
            counters[_SEEN] = branches[depth - 1, 3]
        counters[_STEPS] += 1
        if counters[_STEPS] > limit:
            return False
        _decide(
            candidate, answer, gain, column_start, column_row, column_change, decided, spare,
            trail, waiting, listed, counters,
        )  # fmt: skip
