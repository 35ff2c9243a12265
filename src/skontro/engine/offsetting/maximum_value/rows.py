"""The problem sorted by candidate and by row, and exact propagation of decisions."""

from functools import cached_property
from typing import Final, NamedTuple

import attrs
import numpy as np

from skontro.engine.jit import kernel, llvm_inline
from skontro.engine.offsetting.maximum_value.model import Int8s, Int32s, Int64s, Problem
from skontro.model import InvariantBroken

UNDECIDED: Final = -1


class Matrix(NamedTuple):
    """The entries of a problem sorted both ways, as kernels take them."""

    column_start: Int64s
    column_row: Int32s
    column_change: Int64s
    row_start: Int64s
    row_column: Int32s
    row_change: Int64s


@attrs.frozen(eq=False)
class Table:
    """The entries of a problem twice, by candidate and by row.

    Attributes:
        value: int64 (candidates).
        capacity: int64 (rows).
        column_start: int64 (candidates + 1); the entries of candidate j are those from
            column_start[j] up to column_start[j + 1] in column_row and column_change.
        row_start: likewise for rows, in row_column and row_change, candidates ascending.
        by_value: int32 (candidates): the most valuable first, of equals the earlier.
    """

    value: Int64s
    capacity: Int64s
    column_start: Int64s
    column_row: Int32s
    column_change: Int64s
    row_start: Int64s
    row_column: Int32s
    row_change: Int64s
    by_value: Int32s

    @cached_property
    def matrix(self) -> Matrix:
        """The entries both ways, for kernels."""
        return Matrix(
            self.column_start,
            self.column_row,
            self.column_change,
            self.row_start,
            self.row_column,
            self.row_change,
        )


def make_table(problem: Problem) -> Table:
    """Sort the entries both ways; zero changes are left out."""
    counts = problem.change != 0
    row, column, change = problem.row[counts], problem.column[counts], problem.change[counts]
    by_column = np.lexsort((row, column))
    by_row = np.lexsort((column, row))
    return Table(
        problem.value,
        problem.capacity,
        _starts(column, len(problem.value)),
        row[by_column],
        change[by_column],
        _starts(row, len(problem.capacity)),
        column[by_row],
        change[by_row],
        np.argsort(-problem.value, kind="stable").astype(np.int32),
    )


def _starts(position: Int32s, number: int) -> Int64s:
    starts = np.zeros(number + 1, np.int64)
    np.cumsum(np.bincount(position, minlength=number), out=starts[1:])
    return starts


@attrs.frozen(eq=False)
class Decisions:
    """Decisions on candidates, and the most capacity that each row can still have.

    Attributes:
        decided: int8 (candidates): 1 settles, 0 does not, -1 undecided.
        spare: int64 (rows): capacity less decided uses, plus all that undecided candidates could
            give. Negative: contradiction.
    """

    decided: Int8s
    spare: Int64s

    def copy(self) -> "Decisions":
        """An independent copy."""
        return Decisions(self.decided.copy(), self.spare.copy())


def undecided(table: Table) -> Decisions:
    """Only the consequences of the capacity alone."""
    state = carried_over(table, np.full(len(table.value), UNDECIDED, np.int8))
    if state is None:
        raise InvariantBroken("choosing nothing settles", "some row has no capacity for it")
    return state


def carried_over(table: Table, decided: Int8s) -> Decisions | None:
    """These decisions and all their consequences, or None on a contradiction."""
    by_entry = np.repeat(decided, np.diff(table.column_start))
    change = table.column_change
    uses = np.where(by_entry == 1, change, np.where(by_entry == 0, 0, np.minimum(change, 0)))
    spare = table.capacity.copy()
    np.subtract.at(spare, table.column_row, uses)
    state = Decisions(decided.copy(), spare)
    every = np.arange(len(spare), dtype=np.int32)
    work = _Work(state.decided, spare, every, np.ones_like(every, np.int8))
    return state if _propagate(table.matrix, work, len(every)) else None


def decide(table: Table, state: Decisions, candidate: int, answer: int) -> bool:
    """Decide one candidate and all consequences; false on a contradiction."""
    known = state.decided[candidate]
    if known != UNDECIDED:
        return bool(known == answer)
    waiting, listed = (
        np.zeros(len(table.capacity), np.int32),
        np.zeros(len(table.capacity), np.int8),
    )
    work = _Work(state.decided, state.spare, waiting, listed)
    return bool(_decide(candidate, answer, table.matrix, work))


class _Work(NamedTuple):
    """Decisions as kernels change them, and the rows to look at.

    Attributes:
        decided: as in `Decisions`.
        spare: as in `Decisions`.
        waiting: int32 (rows): a stack of rows, each at most once; its length is kept apart.
        listed: int8 (rows): 1 for a row on the stack.
    """

    decided: Int8s
    spare: Int64s
    waiting: Int32s
    listed: Int8s


@llvm_inline
def _set(candidate: int, answer: int, matrix: Matrix, work: _Work, number: int) -> int:
    """Decide without checks; rows that lost capacity join the work list; its new length."""
    work.decided[candidate] = answer
    for entry in range(matrix.column_start[candidate], matrix.column_start[candidate + 1]):
        row, change = matrix.column_row[entry], matrix.column_change[entry]
        if (change > 0) == (answer == 1):
            work.spare[row] -= abs(change)
            if work.listed[row] == 0:
                work.listed[row] = 1
                work.waiting[number] = row
                number += 1
    return number


@kernel
def _decide(candidate: int, answer: int, matrix: Matrix, work: _Work) -> bool:
    return _propagate(matrix, work, _set(candidate, answer, matrix, work, 0))


@kernel
def _propagate(matrix: Matrix, work: _Work, number: int) -> bool:
    """Decide all candidates with only one possible answer. It ends: each is decided once."""
    while number > 0:
        number -= 1
        row = work.waiting[number]
        work.listed[row] = 0
        if work.spare[row] < 0:
            return False
        for entry in range(matrix.row_start[row], matrix.row_start[row + 1]):
            change, candidate = matrix.row_change[entry], matrix.row_column[entry]
            if work.decided[candidate] == UNDECIDED and work.spare[row] < abs(change):
                number = _set(candidate, 0 if change > 0 else 1, matrix, work, number)
    return True
