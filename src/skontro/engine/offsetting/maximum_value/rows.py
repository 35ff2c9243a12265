"""The problem sorted by candidate and by row, and exact propagation of decisions."""

from typing import Final, NamedTuple

import attrs
import numpy as np

from skontro.engine.jit import kernel
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
        room: int64 (rows).
        column_start: int64 (candidates + 1); the entries of candidate j are those from
            column_start[j] up to column_start[j + 1] in column_row and column_change.
        row_start: likewise for rows, in row_column and row_change, candidates ascending.
        by_value: int32 (candidates): the most valuable first, of equals the earlier.
    """

    value: Int64s
    room: Int64s
    column_start: Int64s
    column_row: Int32s
    column_change: Int64s
    row_start: Int64s
    row_column: Int32s
    row_change: Int64s
    by_value: Int32s

    @property
    def by_column(self) -> tuple[Int64s, Int32s, Int64s]:
        """Start, row and change of the entries of each candidate."""
        return self.column_start, self.column_row, self.column_change

    @property
    def matrix(self) -> Matrix:
        """The entries both ways, for kernels that need both."""
        return Matrix(*self.by_column, *self.by_row)

    @property
    def by_row(self) -> tuple[Int64s, Int32s, Int64s]:
        """Start, candidate and change of the entries of each row."""
        return self.row_start, self.row_column, self.row_change


def make_table(problem: Problem) -> Table:
    """Sort the entries both ways; zero changes are left out."""
    counts = problem.change != 0
    row, column, change = problem.row[counts], problem.column[counts], problem.change[counts]
    by_column = np.lexsort((row, column))
    by_row = np.lexsort((column, row))
    return Table(
        problem.value,
        problem.room,
        _starts(column, len(problem.value)),
        row[by_column],
        change[by_column],
        _starts(row, len(problem.room)),
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
    """Decisions on candidates, and the most room that each row can still have.

    Attributes:
        decided: int8 (candidates): 1 settles, 0 does not, -1 undecided.
        spare: int64 (rows): room less decided uses, plus all that undecided candidates could give.
            Negative: contradiction.
    """

    decided: Int8s
    spare: Int64s

    def copy(self) -> "Decisions":
        """An independent copy."""
        return Decisions(self.decided.copy(), self.spare.copy())


def undecided(table: Table) -> Decisions:
    """Only the consequences of the room alone."""
    state = carried_over(table, np.full(len(table.value), UNDECIDED, np.int8))
    if state is None:
        raise InvariantBroken("choosing nothing settles", "some row has no room for it")
    return state


def carried_over(table: Table, decided: Int8s) -> Decisions | None:
    """These decisions and all their consequences, or None on a contradiction."""
    by_entry = np.repeat(decided, np.diff(table.column_start))
    change = table.column_change
    uses = np.where(by_entry == 1, change, np.where(by_entry == 0, 0, np.minimum(change, 0)))
    spare = table.room.copy()
    np.subtract.at(spare, table.column_row, uses)
    state = Decisions(decided.copy(), spare)
    rows = np.arange(len(spare), dtype=np.int32)
    settled = _propagate(
        *table.by_column, *table.by_row, state.decided, spare, rows, np.ones_like(rows, np.int8),
        len(rows),
    )  # fmt: skip
    return state if settled else None


def decide(table: Table, state: Decisions, candidate: int, answer: int) -> bool:
    """Decide one candidate and all consequences; false on a contradiction."""
    known = state.decided[candidate]
    if known != UNDECIDED:
        return bool(known == answer)
    waiting, listed = np.zeros(len(table.room), np.int32), np.zeros(len(table.room), np.int8)
    number = _set(
        candidate, answer, *table.by_column, state.decided, state.spare, waiting, listed, 0
    )
    return bool(
        _propagate(
            *table.by_column, *table.by_row, state.decided, state.spare, waiting, listed, number
        )
    )


@kernel
def _set(
    candidate: int,
    answer: int,
    column_start: Int64s,
    column_row: Int32s,
    column_change: Int64s,
    decided: Int8s,
    spare: Int64s,
    waiting: Int32s,
    listed: Int8s,
    number: int,
) -> int:
    """Decide without checks; rows that lost room join the work list, whose length is returned."""
    decided[candidate] = answer
    for entry in range(column_start[candidate], column_start[candidate + 1]):
        row, change = column_row[entry], column_change[entry]
        if (change > 0) == (answer == 1):
            spare[row] -= abs(change)
            if listed[row] == 0:
                listed[row] = 1
                waiting[number] = row
                number += 1
    return number


@kernel
def _propagate(
    column_start: Int64s,
    column_row: Int32s,
    column_change: Int64s,
    row_start: Int64s,
    row_column: Int32s,
    row_change: Int64s,
    decided: Int8s,
    spare: Int64s,
    waiting: Int32s,
    listed: Int8s,
    number: int,
) -> bool:
    """Decide all candidates with only one possible answer. It ends: each is decided once."""
    while number > 0:
        number -= 1
        row = waiting[number]
        listed[row] = 0
        if spare[row] < 0:
            return False
        for entry in range(row_start[row], row_start[row + 1]):
            change = row_change[entry]
            candidate = row_column[entry]
            if decided[candidate] == -1 and spare[row] < abs(change):
                number = _set(
                    candidate, 0 if change > 0 else 1, column_start, column_row, column_change,
                    decided, spare, waiting, listed, number,
                )  # fmt: skip
    return True
