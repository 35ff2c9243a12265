"""Repair of a selection in exact integers, so that it settles: mend, put in, exchange."""

from typing import Final

import numpy as np

from skontro.engine.jit import kernel, llvm_inline
from skontro.engine.offsetting.maximum_value.model import Int8s, Int32s, Int64s, Selection
from skontro.engine.offsetting.maximum_value.rows import Table

#: Most passes of exchange; the first few have nearly all of the gain.
_PASSES: Final = 20


def make_settle(table: Table, wish: Selection, allowed: Selection) -> Selection:
    """A selection close to the wish that settles: mend, put in, exchange.

    Args:
        table: the problem.
        wish: bool (candidates); may overdraw rows.
        allowed: bool (candidates); what may be put in.
    """
    selected = wish.copy()
    left = table.room.copy()
    taking = np.repeat(selected, np.diff(table.column_start))
    np.subtract.at(left, table.column_row[taking], table.column_change[taking])
    overdrawn = np.flatnonzero(left < 0)
    waiting, listed = np.zeros(len(left), np.int32), np.zeros(len(left), np.int8)
    waiting[: len(overdrawn)] = overdrawn
    listed[overdrawn] = 1
    _mend(
        table.value, *table.by_column, *table.by_row, selected, allowed.copy(), left,
        waiting, listed, len(overdrawn),
    )  # fmt: skip
    for _ in range(_PASSES):
        while _put_in(table.by_value, *table.by_column, selected, allowed, left):
            pass
        if not _exchange(
            table.value, table.by_value, *table.by_column, *table.by_row, selected, allowed, left
        ):
            break
    return selected


@llvm_inline
def _turn(
    candidate: int,
    column_start: Int64s,
    column_row: Int32s,
    column_change: Int64s,
    selected: Selection,
    left: Int64s,
) -> None:
    """Choose an unchosen candidate, or the reverse."""
    sign = 1 if selected[candidate] else -1
    selected[candidate] = not selected[candidate]
    for entry in range(column_start[candidate], column_start[candidate + 1]):
        left[column_row[entry]] += sign * column_change[entry]


@llvm_inline
def _fits(
    candidate: int, column_start: Int64s, column_row: Int32s, column_change: Int64s, left: Int64s
) -> bool:
    """Whether every row that the candidate uses has room for it."""
    for entry in range(column_start[candidate], column_start[candidate + 1]):
        change = column_change[entry]
        if change > 0 and left[column_row[entry]] < change:
            return False
    return True


@llvm_inline
def _has_room(candidate: int, column_start: Int64s, column_row: Int32s, left: Int64s) -> bool:
    """Whether no row of the candidate is overdrawn."""
    for entry in range(column_start[candidate], column_start[candidate + 1]):
        if left[column_row[entry]] < 0:
            return False
    return True


@llvm_inline
def _find_to_let_in(
    row: int,
    value: Int64s,
    column_start: Int64s,
    column_row: Int32s,
    column_change: Int64s,
    row_start: Int64s,
    row_column: Int32s,
    row_change: Int64s,
    selected: Selection,
    allowed: Selection,
    left: Int64s,
) -> int:
    """The most valuable candidate that gives the row room and fits, or -1; the first of equals."""
    found, best = -1, -1
    for entry in range(row_start[row], row_start[row + 1]):
        candidate = row_column[entry]
        if row_change[entry] >= 0 or selected[candidate] or not allowed[candidate]:
            continue
        if value[candidate] > best and _fits(
            candidate, column_start, column_row, column_change, left
        ):
            found, best = candidate, value[candidate]
    return found


@llvm_inline
def _is_harmless(
    candidate: int,
    row: int,
    column_start: Int64s,
    column_row: Int32s,
    column_change: Int64s,
    left: Int64s,
) -> bool:
    """Whether removing the candidate overdraws no row other than this one."""
    for entry in range(column_start[candidate], column_start[candidate + 1]):
        if column_row[entry] != row and left[column_row[entry]] + column_change[entry] < 0:
            return False
    return True


@llvm_inline
def _find_to_take_away(
    row: int,
    harmless: bool,
    column_start: Int64s,
    column_row: Int32s,
    column_change: Int64s,
    row_start: Int64s,
    row_column: Int32s,
    row_change: Int64s,
    selected: Selection,
    left: Int64s,
) -> int:
    """The smallest sufficient user of this row, unless smaller ones together waste less.

    -1 if only harmless ones may be removed and they do not suffice.
    """
    lacking = -left[row]
    enough, enough_change = -1, 0
    smaller, smaller_change, smaller_total = -1, 0, 0
    for entry in range(row_start[row], row_start[row + 1]):
        change, candidate = row_change[entry], row_column[entry]
        if change <= 0 or not selected[candidate]:
            continue
        if harmless and not _is_harmless(
            candidate, row, column_start, column_row, column_change, left
        ):
            continue
        if change >= lacking:
            if enough < 0 or change <= enough_change:
                enough, enough_change = candidate, change
        else:
            smaller_total += change
            if change >= smaller_change:
                smaller, smaller_change = candidate, change
    suffice = smaller_total >= lacking
    if enough >= 0 and (enough_change // 2 <= lacking or not suffice):
        return enough
    return smaller if suffice or not harmless else -1


@kernel
def _mend(
    value: Int64s,
    column_start: Int64s,
    column_row: Int32s,
    column_change: Int64s,
    row_start: Int64s,
    row_column: Int32s,
    row_change: Int64s,
    selected: Selection,
    allowed: Selection,
    left: Int64s,
    waiting: Int32s,
    listed: Int8s,
    number: int,
) -> None:
    """Add or remove until no row is overdrawn. It ends because removed candidates stay out."""
    while number > 0:
        number -= 1
        row = waiting[number]
        listed[row] = 0
        while left[row] < 0:
            candidate = _find_to_let_in(
                row, value, column_start, column_row, column_change,
                row_start, row_column, row_change, selected, allowed, left,
            )  # fmt: skip
            if candidate < 0:
                candidate = _find_to_take_away(
                    row, True, column_start, column_row, column_change,
                    row_start, row_column, row_change, selected, left,
                )  # fmt: skip
                if candidate < 0:
                    candidate = _find_to_take_away(
                        row, False, column_start, column_row, column_change,
                        row_start, row_column, row_change, selected, left,
                    )  # fmt: skip
                allowed[candidate] = False
            _turn(candidate, column_start, column_row, column_change, selected, left)
            for entry in range(column_start[candidate], column_start[candidate + 1]):
                other = column_row[entry]
                if left[other] < 0 and other != row and listed[other] == 0:
                    listed[other] = 1
                    waiting[number] = other
                    number += 1


@kernel
def _put_in(
    by_value: Int32s,
    column_start: Int64s,
    column_row: Int32s,
    column_change: Int64s,
    selected: Selection,
    allowed: Selection,
    left: Int64s,
) -> bool:
    """Add candidates in one pass, the most valuable first; true if any was added."""
    gained = False
    for candidate in by_value:
        if (
            allowed[candidate]
            and not selected[candidate]
            and _fits(candidate, column_start, column_row, column_change, left)
        ):
            gained = True
            _turn(candidate, column_start, column_row, column_change, selected, left)
    return gained


@kernel
def _exchange(
    value: Int64s,
    by_value: Int32s,
    column_start: Int64s,
    column_row: Int32s,
    column_change: Int64s,
    row_start: Int64s,
    row_column: Int32s,
    row_change: Int64s,
    selected: Selection,
    allowed: Selection,
    left: Int64s,
) -> bool:
    """Exchange in one pass: add a candidate blocked by one row, and turn another of that row.

    The other one either leaves (it uses the row) or joins (it gives room). The pair with the
    largest gain is turned, the earlier of equals. True if the value rose.
    """
    gained = False
    for candidate in by_value:
        if selected[candidate] or not allowed[candidate]:
            continue
        _turn(candidate, column_start, column_row, column_change, selected, left)
        lacking, row = 0, -1
        for entry in range(column_start[candidate], column_start[candidate + 1]):
            if left[column_row[entry]] < 0:
                lacking += 1
                row = column_row[entry]
        best, best_gain = -1, 0
        if lacking == 1:
            for entry in range(row_start[row], row_start[row + 1]):
                other, change = row_column[entry], row_change[entry]
                if other == candidate or selected[other] != (change > 0):
                    continue
                gain = value[candidate] + (-value[other] if selected[other] else value[other])
                comes = selected[other] or allowed[other]
                if gain <= best_gain or not comes or left[row] + abs(change) < 0:
                    continue
                _turn(other, column_start, column_row, column_change, selected, left)
                if _has_room(other, column_start, column_row, left) and _has_room(
                    candidate, column_start, column_row, left
                ):
                    best, best_gain = other, gain
                _turn(other, column_start, column_row, column_change, selected, left)
        if best >= 0:
            _turn(best, column_start, column_row, column_change, selected, left)
        if best >= 0 or lacking == 0:
            gained = True
        else:
            _turn(candidate, column_start, column_row, column_change, selected, left)
    return gained
