"""Problem and solution of maximum-value offsetting, with their checks."""

from fractions import Fraction
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.model import InputError, InvariantBroken

Int64s = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]
Int8s = npt.NDArray[np.int8]
Selection = npt.NDArray[np.bool_]

#: No value may be larger.
LARGEST: Final = 2**62
#: Most that capacity and absolute changes of a row may add up to: no sum leaves int64.
LARGEST_ROW: Final = 2**63 - 2**32 - 1
#: The currency of rows other than accounts.
NO_CURRENCY: Final = -1


@attrs.frozen(eq=False)
class Problem:
    """The problem of selecting candidates of the largest total value that settle together.

    A candidate settles as a whole: a transfer order, both legs of a PvP pair, or a permission
    without value of its own, which others need. A row has capacity: an account, an account less a
    reservation, a net-sender limit, a bilateral limit.

    Attributes:
        value: int64 (candidates), not negative: what each is worth when it settles, in one unit.
        row, column: int32 (entries): position of each entry; columns are candidates. No two
            entries may name the same row and column.
        change: int64 (entries): how much of the row's capacity the candidate uses, in the row's own
            unit; a negative change gives capacity.
        capacity: int64 (rows), not negative: the most that the candidates together may use.
        currency: int32 (rows): for a row that is an account, the number of its currency, else
            NO_CURRENCY. All accounts of a currency that a candidate changes must be there: what
            it takes from some of them, it gives to others. Without it, no row is an account.
    """

    value: Int64s
    row: Int32s
    column: Int32s
    change: Int64s
    capacity: Int64s
    currency: Int32s = attrs.field()

    @currency.default
    def _no_accounts(self) -> Int32s:
        return np.full(len(self.capacity), NO_CURRENCY, np.int32)


@attrs.frozen(eq=False)
class Solution:
    """A selection checked in integers, with an upper bound of the best value.

    Attributes:
        selected: bool (candidates): those that settle.
        value: total value of the selected candidates.
        bound: no selection has a larger value than this; in exact arithmetic.
        work: units used; see `maximise_value`.
    """

    selected: Selection
    value: int
    bound: int
    work: int

    @property
    def gap(self) -> Fraction:
        """The difference of bound and value as a part of the bound; zero is proven optimality."""
        return Fraction(self.bound - self.value, self.bound) if self.bound else Fraction(0)


def total(amounts: Int64s) -> int:
    """The exact sum; the halves of up to 2**31 integers cannot overflow, their sum could."""
    return (int((amounts >> 32).sum()) << 32) + int((amounts & 0xFFFFFFFF).sum())


def _refuse(wrong: npt.NDArray[np.bool_], what: str, advice: str) -> None:
    if wrong.any():
        raise InputError(f"maximum value: {what} {int(np.argmax(wrong))}: {advice}")


def check_problem(problem: Problem, start: Selection) -> None:
    """Refuse a problem that cannot be solved exactly.

    Raises:
        InputError: names the candidate, entry or row, and says what must hold.
    """
    columns = (problem.row, problem.column, problem.change)
    if len({len(column) for column in columns}) != 1 or len(start) != len(problem.value):
        raise InputError(
            "maximum value: row, column and change must be equally long, and start must answer "
            "for every candidate"
        )
    if len(problem.currency) != len(problem.capacity):
        raise InputError("maximum value: currency must be as long as capacity")
    candidates, rows = len(problem.value), len(problem.capacity)
    value = problem.value
    _refuse((value < 0) | (value > LARGEST), "candidate", f"its value must be 0 to {LARGEST}")
    _refuse(problem.capacity < 0, "row", "its capacity must not be negative")
    _refuse((problem.row < 0) | (problem.row >= rows), "entry", f"rows are 0 to {rows - 1}")
    outside = (problem.column < 0) | (problem.column >= candidates)
    _refuse(outside, "entry", f"columns are 0 to {candidates - 1}")
    _refuse(_is_too_much(problem), "row", f"capacity and changes add up to more than {LARGEST_ROW}")
    index = np.sort(problem.column.astype(np.int64) * rows + problem.row)
    _refuse(np.diff(index) == 0, "entry (by column, then row)", "it is given twice; add them up")
    _refuse(_is_not_balanced(problem), "candidate", "it must give the accounts what it takes")


def _is_too_much(problem: Problem) -> npt.NDArray[np.bool_]:
    """Mask of rows whose sums could leave int64; the sums of their 32-bit halves cannot."""
    high, low = problem.capacity >> 32, problem.capacity & 0xFFFFFFFF
    # The one change without a positive counterpart is too large with one unit less, too.
    size = np.abs(np.maximum(problem.change, -(2**63) + 1))
    np.add.at(high, problem.row, size >> 32)
    np.add.at(low, problem.row, size & 0xFFFFFFFF)
    return np.asarray(high + (low >> 32) > LARGEST_ROW >> 32, np.bool_)


def _is_not_balanced(problem: Problem) -> npt.NDArray[np.bool_]:
    """Mask of candidates whose changes in the accounts of some currency do not add up to zero."""
    of_entry = problem.currency[problem.row]
    inside = of_entry != NO_CURRENCY
    currencies = int(problem.currency.max(initial=NO_CURRENCY)) + 1
    index = problem.column[inside].astype(np.int64) * currencies + of_entry[inside]
    change, numbers = problem.change[inside], np.unique(index, return_inverse=True)
    # Halves of 32 bits: if and only if both sums are zero together, the whole sum is.
    high, low = np.zeros((2, len(numbers[0])), np.int64)
    np.add.at(high, numbers[1], change >> 32)
    np.add.at(low, numbers[1], change & 0xFFFFFFFF)
    wrong = np.zeros(len(problem.value), np.bool_)
    wrong[numbers[0][(high + (low >> 32) != 0) | (low & 0xFFFFFFFF != 0)] // max(currencies, 1)] = 1
    return wrong


def find_overdrawn_row(problem: Problem, selected: Selection) -> int | None:
    """The first row whose capacity does not suffice, in exact integers."""
    inside = selected[problem.column]
    left = problem.capacity.copy()
    np.subtract.at(left, problem.row[inside], problem.change[inside])
    overdrawn = np.flatnonzero(left < 0)
    return int(overdrawn[0]) if overdrawn.size else None


def check_start(problem: Problem, start: Selection) -> None:
    """Refuse a start that does not settle.

    Raises:
        InputError: names the row whose capacity the start exceeds.
    """
    row = find_overdrawn_row(problem, start)
    if row is not None:
        raise InputError(
            f"maximum value: row {row}: the start uses more than its capacity of "
            f"{int(problem.capacity[row])}; start from a selection that can settle, or from none"
        )


def check_solution(problem: Problem, start: Selection, solution: Solution) -> None:
    """Check a solution before it settles.

    Raises:
        InvariantBroken: a row is overdrawn, the value is not what was selected, is less than that
            of the start, or exceeds the bound.
    """
    row = find_overdrawn_row(problem, solution.selected)
    if row is not None:
        raise InvariantBroken("no row is overdrawn", f"row {row} is overdrawn")
    worth = total(problem.value[solution.selected])
    if not total(problem.value[start]) <= worth == solution.value <= solution.bound:
        raise InvariantBroken(
            "the value lies between start and bound",
            f"value {solution.value}, selected {worth}, bound {solution.bound}",
        )
