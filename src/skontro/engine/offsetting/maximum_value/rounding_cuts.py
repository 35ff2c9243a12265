"""Cuts by rounding, from the rows of one account or a few.

Problem. The relaxation settles parts of orders so that the rows of some accounts hold exactly. Sums
of whole orders cannot equal the capacity: how far below it must they stay?

Formula. Add up some rows, a @ x <= b, replace some x by 1 - x, and choose a divisor d > 0 that does
not divide b. With r = b mod d and

    g(c) = floor(c / d) (d - r) + max(0, c mod d - r)

every whole solution satisfies g(a) @ x <= floor(b / d) (d - r).

Why it is right. Mixed-integer rounding: let N hold the candidates whose c mod d is r or less. With
y the sum of floor(a / d) x, and one x more for each outside N, a @ x <= b says d y - e <= b for an
e >= 0 that only those outside N make up; if y is floor(b / d) or less the claim holds, else e
must be d - r or more for each unit above. All numbers are Python's integers, divided at last by a
common divisor and, where they are too long, by a power of two, downwards, which only weakens the
cut (x is not negative). Floats choose the rows, the divisor and the variables to replace.

Bound. Each row is the first of one path: the rows of accounts are added along the candidates that
the relaxation splits most, at most five. O(rows * divisors * entries) for a round.

Source. H. Marchand and L. A. Wolsey (2001), Aggregation and mixed integer rounding to solve MIPs,
Operations Research 49.
"""

from math import gcd
from typing import Final

import numpy as np

from skontro.engine.jit import as_int64, kernel, llvm_inline
from skontro.engine.offsetting.maximum_value.cuts import Cuts, Floats
from skontro.engine.offsetting.maximum_value.model import Int32s, Int64s
from skontro.engine.offsetting.maximum_value.rows import Matrix, Table

#: Most rows that are added up.
_PATH: Final = 5
#: Most divisors that are tried for one sum of rows, and most cuts of a round.
_DIVISORS: Final = 12
_MOST: Final = 40
#: A cut must be broken by so much, for entries of length one.
_BROKEN: Final = 1e-4
#: Bits to which numbers of a cut are rounded down.
_BITS: Final = 40
_SPLIT: Final = 1e-6


def find_rounding_cuts(table: Table, share: Floats) -> Cuts:
    """The cuts most broken by what the relaxation settles, none twice.

    Args:
        table: the problem.
        share: float64 (candidates): the settled part of each, 0 to 1. The cuts hold for any share.
    """
    rows = len(table.capacity)
    broken, divisor = np.zeros(rows), np.zeros(rows, np.int64)
    path, length = np.zeros((rows, _PATH), np.int32), np.zeros(rows, np.int64)
    candidates = len(table.value)
    _choose_paths(
        table.capacity, table.matrix, share,
        np.zeros(candidates), np.empty(candidates, np.int32), np.empty(_DIVISORS, np.int64),
        broken, divisor, path, length,
    )  # fmt: skip
    found: dict[tuple[tuple[tuple[int, int], ...], int], None] = {}
    for row in np.argsort(-broken, kind="stable")[:_MOST].tolist():
        if broken[row] > _BROKEN:
            cut = _cut(table, path[row, : length[row]].tolist(), int(divisor[row]), share)
            if cut is not None:
                found[cut] = None
    return _as_cuts(list(found))


def _as_cuts(found: list[tuple[tuple[tuple[int, int], ...], int]]) -> Cuts:
    entries = [entry for cut, _ in found for entry in cut]
    return Cuts(
        start=np.cumsum([0, *(len(cut) for cut, _ in found)]),
        column=np.array([candidate for candidate, _ in entries], np.int32),
        change=np.array([change for _, change in entries], np.int64),
        capacity=np.array([capacity for _, capacity in found], np.int64),
        scale=np.array([float(max(abs(c) for _, c in cut)) for cut, _ in found]),
    )


def _cut(
    table: Table, path: list[int], divisor: int, share: Floats
) -> tuple[tuple[tuple[int, int], ...], int] | None:
    """The cut of one sum of rows in exact integers, if it has any entry."""
    together: dict[int, int] = {}
    capacity: int = sum(table.capacity[path].tolist())
    for row in path:
        start, end = table.row_start[row : row + 2]
        columns = table.row_column[start:end].tolist()
        for candidate, change in zip(columns, table.row_change[start:end].tolist(), strict=True):
            together[candidate] = together.get(candidate, 0) + change
    replaced = {candidate for candidate in together if share[candidate] > 0.5}
    left = capacity - sum(together[candidate] for candidate in replaced)
    rest = left % divisor
    if rest == 0:
        return None

    def rounded(change: int) -> int:
        """The function g."""
        return change // divisor * (divisor - rest) + max(0, change % divisor - rest)

    cut_capacity = left // divisor * (divisor - rest)
    cut = {}
    for candidate, change in together.items():
        if candidate in replaced:
            cut[candidate] = -rounded(-change)
            cut_capacity -= rounded(-change)
        else:
            cut[candidate] = rounded(change)
    return _short({candidate: change for candidate, change in cut.items() if change}, cut_capacity)


def _short(cut: dict[int, int], capacity: int) -> tuple[tuple[tuple[int, int], ...], int] | None:
    """The same cut, or a weaker one, in numbers that are not too long."""
    if not cut:
        return None
    divisor = gcd(*cut.values())
    cut, capacity = (
        {candidate: change // divisor for candidate, change in cut.items()},
        capacity // divisor,
    )
    longest = max(abs(capacity), *(abs(change) for change in cut.values())).bit_length()
    down = max(0, longest - _BITS)
    entries = tuple(
        (candidate, change >> down) for candidate, change in sorted(cut.items()) if change >> down
    )
    return (entries, capacity >> down) if entries else None


@kernel
def _choose_paths(
    capacity: Int64s,
    matrix: Matrix,
    share: Floats,
    change: Floats,
    inside: Int32s,
    divisors: Int64s,
    broken: Floats,
    divisor: Int64s,
    path: Int32s,
    length: Int64s,
) -> None:
    """From each row on, find the path and the divisor whose cut is broken most."""
    for first in range(len(capacity)):
        number, rows, row = 0, 0, first
        capacity_of_path = 0.0
        while row >= 0 and rows < path.shape[1]:
            path[first, rows] = row
            rows += 1
            capacity_of_path += capacity[row]
            for entry in range(matrix.row_start[row], matrix.row_start[row + 1]):
                candidate = matrix.row_column[entry]
                if change[candidate] == 0.0:
                    inside[number] = candidate
                    number += 1
                change[candidate] += matrix.row_change[entry]
                if change[candidate] == 0.0:
                    change[candidate] = 1e-300  # stays listed; it is negligible against any amount
            most, best = _best_divisor(number, inside, change, share, capacity_of_path, divisors)
            if most > broken[first]:
                broken[first], divisor[first], length[first] = most, best, rows
            row = _next_row(
                number, inside, change, share, matrix, path[first], rows,
            )  # fmt: skip
        for index in range(number):
            change[inside[index]] = 0.0


@llvm_inline
def _next_row(
    number: int,
    inside: Int32s,
    change: Floats,
    share: Floats,
    matrix: Matrix,
    path: Int32s,
    rows: int,
) -> int:
    """The row at the other end of the candidate that is split most, or -1."""
    found, best = -1, 0.0
    for index in range(number):
        candidate = inside[index]
        split = share[candidate] * (1 - share[candidate]) * abs(change[candidate])
        if split <= best or share[candidate] * (1 - share[candidate]) <= _SPLIT:
            continue
        for entry in range(matrix.column_start[candidate], matrix.column_start[candidate + 1]):
            row = matrix.column_row[entry]
            new = float(matrix.column_change[entry]) == -change[candidate]
            for index_in_path in range(rows):
                new = new and path[index_in_path] != row
            if new:
                found, best = row, split
                break
    return found


@llvm_inline
def _best_divisor(
    number: int,
    inside: Int32s,
    change: Floats,
    share: Floats,
    capacity: float,
    divisors: Int64s,
) -> tuple[float, int]:
    """The divisor whose cut is broken most: the change of a split candidate, or a part of it."""
    known = 0
    for index in range(number):
        candidate = inside[index]
        if known < len(divisors) and share[candidate] * (1 - share[candidate]) > _SPLIT:
            size = as_int64(abs(change[candidate]))
            new = size > 0
            for other in range(known):
                new = new and divisors[other] != size
            if new:
                divisors[known] = size
                known += 1
    most, best = 0.0, as_int64(0)
    for other in range(known):
        broken = _broken_by(number, inside, change, share, capacity, as_int64(divisors[other]))
        if broken > most:
            most, best = broken, as_int64(divisors[other])
    whole = best
    for part_of_it in (2, 4, 8):
        if whole // part_of_it > 0:
            broken = _broken_by(number, inside, change, share, capacity, whole // part_of_it)
            if broken > most:
                most, best = broken, whole // part_of_it
    return most, best


@llvm_inline
def _broken_by(
    number: int,
    inside: Int32s,
    change: Floats,
    share: Floats,
    capacity: float,
    divisor: int,
) -> float:
    """By how much the relaxation breaks a cut, for entries of length one."""
    left = capacity
    for index in range(number):
        if share[inside[index]] > 0.5:
            left -= change[inside[index]]
    rest = left / divisor - np.floor(left / divisor)
    if rest < 1e-3 or rest > 1 - 1e-3:
        return 0.0
    total, size = -np.floor(left / divisor), 0.0
    for index in range(number):
        candidate = inside[index]
        settles, parts = share[candidate], change[candidate] / divisor
        if settles > 0.5:
            settles, parts = 1 - settles, -parts
        whole = np.floor(parts)
        rounded = whole + max(0.0, parts - whole - rest) / (1 - rest)
        total += rounded * settles
        size += rounded * rounded
    return float(total / np.sqrt(max(size, 1e-12)))
