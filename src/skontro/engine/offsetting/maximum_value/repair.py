"""Repair of a selection in exact integers, so that it settles: mend, put in, exchange."""

from typing import Final, NamedTuple

import numpy as np

from skontro.engine.jit import internal_kernel, kernel, llvm_inline
from skontro.engine.offsetting.maximum_value.model import Int8s, Int32s, Int64s, Selection
from skontro.engine.offsetting.maximum_value.rows import Matrix, Table

#: Most passes of exchange; the first few have nearly all of the gain.
_PASSES: Final = 20


def make_settle(table: Table, wish: Selection, allowed: Selection) -> Selection:
    """A selection close to the wish that settles: mend, put in, exchange.

    Args:
        table: the problem.
        wish: bool (candidates); may overdraw rows.
        allowed: bool (candidates); which may be put in.
    """
    selected = wish.copy()
    left = table.capacity.copy()
    taking = np.repeat(selected, np.diff(table.column_start))
    np.subtract.at(left, table.column_row[taking], table.column_change[taking])
    overdrawn = np.flatnonzero(left < 0)
    waiting, listed = np.zeros(len(left), np.int32), np.zeros(len(left), np.int8)
    waiting[: len(overdrawn)] = overdrawn
    listed[overdrawn] = 1
    attempt = _Attempt(selected, allowed.copy(), left)
    _mend(table.matrix, table.value, attempt, waiting, listed, len(overdrawn))
    _improve(table.matrix, table.value, table.by_value, attempt._replace(allowed=allowed), _PASSES)
    return selected


class _Attempt(NamedTuple):
    """A selection under repair.

    Attributes:
        selected: bool (candidates).
        allowed: bool (candidates): those that may be put in.
        left: int64 (rows): capacity that the selection leaves; negative where overdrawn.
    """

    selected: Selection
    allowed: Selection
    left: Int64s


@llvm_inline
def _turn(candidate: int, matrix: Matrix, attempt: _Attempt) -> None:
    """Select a candidate that is not selected, or the reverse."""
    sign = 1 if attempt.selected[candidate] else -1
    attempt.selected[candidate] = not attempt.selected[candidate]
    for entry in range(matrix.column_start[candidate], matrix.column_start[candidate + 1]):
        attempt.left[matrix.column_row[entry]] += sign * matrix.column_change[entry]


@llvm_inline
def _fits(candidate: int, matrix: Matrix, left: Int64s) -> bool:
    """Whether every row that the candidate uses has capacity for it."""
    for entry in range(matrix.column_start[candidate], matrix.column_start[candidate + 1]):
        change = matrix.column_change[entry]
        if change > 0 and left[matrix.column_row[entry]] < change:
            return False
    return True


@llvm_inline
def _has_capacity(candidate: int, matrix: Matrix, left: Int64s) -> bool:
    """Whether no row of the candidate is overdrawn."""
    for entry in range(matrix.column_start[candidate], matrix.column_start[candidate + 1]):
        if left[matrix.column_row[entry]] < 0:
            return False
    return True


@llvm_inline
def _find_to_let_in(row: int, matrix: Matrix, value: Int64s, attempt: _Attempt) -> int:
    """The most valuable candidate that gives the row capacity and fits, or -1; first of equals."""
    found, best = -1, -1
    for entry in range(matrix.row_start[row], matrix.row_start[row + 1]):
        candidate = matrix.row_column[entry]
        if (
            matrix.row_change[entry] >= 0
            or attempt.selected[candidate]
            or not attempt.allowed[candidate]
        ):
            continue
        if value[candidate] > best and _fits(candidate, matrix, attempt.left):
            found, best = candidate, value[candidate]
    return found


@llvm_inline
def _is_harmless(candidate: int, row: int, matrix: Matrix, left: Int64s) -> bool:
    """Whether removing the candidate overdraws no row other than this one."""
    for entry in range(matrix.column_start[candidate], matrix.column_start[candidate + 1]):
        other = matrix.column_row[entry]
        if other != row and left[other] + matrix.column_change[entry] < 0:
            return False
    return True


@llvm_inline
def _find_to_take_away(row: int, harmless: bool, matrix: Matrix, attempt: _Attempt) -> int:
    """The smallest sufficient user of this row, unless smaller ones together waste less.

    -1 if only harmless ones may be removed and they do not suffice.
    """
    lacking = -attempt.left[row]
    enough, enough_change = -1, 0
    smaller, smaller_change, smaller_total = -1, 0, 0
    for entry in range(matrix.row_start[row], matrix.row_start[row + 1]):
        change, candidate = matrix.row_change[entry], matrix.row_column[entry]
        if change <= 0 or not attempt.selected[candidate]:
            continue
        if harmless and not _is_harmless(candidate, row, matrix, attempt.left):
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
    matrix: Matrix, value: Int64s, attempt: _Attempt, waiting: Int32s, listed: Int8s, number: int
) -> None:
    """Add or remove until no row is overdrawn. It ends because removed candidates stay out."""
    left = attempt.left
    while number > 0:
        number -= 1
        row = waiting[number]
        listed[row] = 0
        while left[row] < 0:
            candidate = _find_to_let_in(row, matrix, value, attempt)
            if candidate < 0:
                candidate = _find_to_take_away(row, True, matrix, attempt)
                if candidate < 0:
                    candidate = _find_to_take_away(row, False, matrix, attempt)
                attempt.allowed[candidate] = False
            _turn(candidate, matrix, attempt)
            for entry in range(matrix.column_start[candidate], matrix.column_start[candidate + 1]):
                other = matrix.column_row[entry]
                if left[other] < 0 and other != row and listed[other] == 0:
                    listed[other] = 1
                    waiting[number] = other
                    number += 1


@kernel
def _improve(
    matrix: Matrix, value: Int64s, by_value: Int32s, attempt: _Attempt, passes: int
) -> None:
    """Add candidates, then exchange some, until neither gains, for some passes at most."""
    for _ in range(passes):
        while _put_in(matrix, by_value, attempt):
            pass
        if not _exchange(matrix, value, by_value, attempt):
            break


@internal_kernel
def _put_in(matrix: Matrix, by_value: Int32s, attempt: _Attempt) -> bool:
    """Add candidates in one pass, the most valuable first; true if any was added."""
    gained = False
    for candidate in by_value:
        if (
            attempt.allowed[candidate]
            and not attempt.selected[candidate]
            and _fits(candidate, matrix, attempt.left)
        ):
            gained = True
            _turn(candidate, matrix, attempt)
    return gained


@internal_kernel
def _exchange(matrix: Matrix, value: Int64s, by_value: Int32s, attempt: _Attempt) -> bool:
    """Exchange in one pass: add a candidate blocked by one row, and turn another of that row.

    The other one either leaves (it uses the row) or joins (it gives capacity). The pair with the
    largest gain is turned, the earlier of equals. True if the value rose.
    """
    gained = False
    for candidate in by_value:
        if attempt.selected[candidate] or not attempt.allowed[candidate]:
            continue
        _turn(candidate, matrix, attempt)
        lacking, row = 0, -1
        for entry in range(matrix.column_start[candidate], matrix.column_start[candidate + 1]):
            if attempt.left[matrix.column_row[entry]] < 0:
                lacking += 1
                row = matrix.column_row[entry]
        best = _best_partner(candidate, row, matrix, value, attempt) if lacking == 1 else -1
        if best >= 0:
            _turn(best, matrix, attempt)
        if best >= 0 or lacking == 0:
            gained = True
        else:
            _turn(candidate, matrix, attempt)
    return gained


@llvm_inline
def _best_partner(
    candidate: int, row: int, matrix: Matrix, value: Int64s, attempt: _Attempt
) -> int:
    """The other candidate of the row that gains most if it is turned too, or -1."""
    selected, left = attempt.selected, attempt.left
    best, best_gain = -1, 0
    for entry in range(matrix.row_start[row], matrix.row_start[row + 1]):
        other, change = matrix.row_column[entry], matrix.row_change[entry]
        if other == candidate or selected[other] != (change > 0):
            continue
        gain = value[candidate] + (-value[other] if selected[other] else value[other])
        comes = selected[other] or attempt.allowed[other]
        if gain <= best_gain or not comes or left[row] + abs(change) < 0:
            continue
        _turn(other, matrix, attempt)
        if _has_capacity(other, matrix, left) and _has_capacity(candidate, matrix, left):
            best, best_gain = other, gain
        _turn(other, matrix, attempt)
    return best
