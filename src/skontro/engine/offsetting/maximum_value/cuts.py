"""Cuts: inequalities that every whole selection satisfies and the linear relaxation violates.

Problem. The relaxation settles a large order in part, from small parts of its payer's receipts.
In a row with capacity b, let S be some of its users and C some of its givers, and let S need more
than the capacity and all of C: d = change(S) - b - given(C) > 0. Then the other givers must make up
for it, unless users in S stay away.

Formula. With x in {0, 1},

    sum over S of min(change, d) x  -  sum over givers outside C of min(given, d) x
        <=  sum over S of min(change, d) - d

Why it is right. Let the users T of S stay away. The row leaves d - change(T) or more for the other
givers. If one user in T, or one giver that comes, has d or more, the inequality holds by it alone;
else no minimum cuts anything off, and it is the row itself. All numbers are integers, so that a
bound with prices on cuts is as exact as one on rows alone.

Bound. A round takes O(entries of a row squared) for each row and finds at most one cut for it.

Source. M. W. Padberg, T. J. Van Roy and L. A. Wolsey (1985), Valid linear inequalities for fixed
charge problems, Operations Research 33 (flow covers).
"""

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine.jit import kernel, llvm_inline
from skontro.engine.offsetting.maximum_value.model import Int8s, Int32s, Int64s
from skontro.engine.offsetting.maximum_value.rows import Table

Floats = npt.NDArray[np.float64]

#: A candidate settles whole if the relaxation settles this part of it.
_WHOLE: Final = 1 - 1e-6
#: Least violation of a useful cut, as a part of d.
_BROKEN: Final = 1e-2
_IN_S, _OTHER_GIVER = 1, 2


@attrs.frozen(eq=False)
class Cuts:
    """Rows that every selection that settles satisfies.

    Attributes:
        start: int64 (cuts + 1); the entries of cut k are start[k] up to start[k + 1].
        column: int32 (entries): candidates.
        change: int64 (entries).
        capacity: int64 (cuts).
        scale: float64 (cuts): the largest change of each, for the solver.
    """

    start: Int64s
    column: Int32s
    change: Int64s
    capacity: Int64s
    scale: Floats

    def __len__(self) -> int:
        return len(self.capacity)

    @classmethod
    def none(cls) -> "Cuts":
        """No cuts."""
        empty = np.empty(0, np.int64)
        return cls(np.zeros(1, np.int64), empty.astype(np.int32), empty, empty, np.empty(0))

    def followed_by(self, more: "Cuts") -> "Cuts":
        """These cuts, then the others."""
        return Cuts(
            np.concatenate([self.start, self.start[-1] + more.start[1:]]),
            np.concatenate([self.column, more.column]),
            np.concatenate([self.change, more.change]),
            np.concatenate([self.capacity, more.capacity]),
            np.concatenate([self.scale, more.scale]),
        )

    def only(self, kept: npt.NDArray[np.bool_]) -> "Cuts":
        """Some of the cuts."""
        length = np.diff(self.start)
        entries = np.repeat(kept, length)
        start = np.concatenate([[0], np.cumsum(length[kept])])
        return Cuts(
            start, self.column[entries], self.change[entries], self.capacity[kept], self.scale[kept]
        )


def find_cuts(table: Table, share: Floats) -> Cuts:
    """At most one cut for each row, the most broken by what the relaxation settles.

    Args:
        table: the problem.
        share: float64 (candidates): how much of each settles, 0 to 1. Floats choose which cuts to
            look at; the cuts themselves are valid for any values.
    """
    of_row = np.repeat(np.arange(len(table.capacity)), np.diff(table.row_start))
    order = np.lexsort((-table.row_change, -share[table.row_column], of_row))
    kind = np.zeros(len(order), np.int8)
    excess = np.zeros(len(table.capacity), np.int64)
    _choose_covers(
        table.capacity, table.row_start, table.row_column[order], table.row_change[order], share,
        kind, excess,
    )  # fmt: skip
    found = np.flatnonzero(excess)
    used = (kind != 0) & (excess[of_row] > 0)
    row, most = of_row[used], excess[of_row[used]]
    change = table.row_change[order][used]
    cut_change = np.sign(change) * np.minimum(np.abs(change), most)
    capacity = np.zeros(len(table.capacity), np.int64)
    np.add.at(capacity, row, np.maximum(cut_change, 0))
    return Cuts(
        start=np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(capacity))[found])]),
        column=table.row_column[order][used],
        change=cut_change,
        capacity=(capacity - excess)[found],
        scale=excess[found].astype(np.float64),
    )


@kernel
def _choose_covers(
    capacity: Int64s,
    row_start: Int64s,
    row_column: Int32s,
    row_change: Int64s,
    share: Floats,
    kind: Int8s,
    excess: Int64s,
) -> None:
    """Find S for each row; entries come by row, those settling most first. C is what gives whole.

    S is tried as the first users of each count, and as all that settle whole plus one more.
    """
    for row in range(len(capacity)):
        start, end = row_start[row], row_start[row + 1]
        base = capacity[row]
        whole = 0
        for entry in range(start, end):
            if share[row_column[entry]] >= _WHOLE:
                base += max(0, -row_change[entry])
                whole += max(0, row_change[entry])
        best, last, last_alone, users = _BROKEN, -1, False, 0
        for entry in range(start, end):
            settles = share[row_column[entry]]
            if row_change[entry] <= 0 or settles <= 0:
                continue
            users += row_change[entry]
            for alone in (False, True):
                lacking = (whole + row_change[entry] if alone else users) - base
                if lacking <= 0 or (alone and settles >= _WHOLE):
                    continue
                broken = _broken_by(
                    start, entry, alone, end, lacking, row_column, row_change, share
                )
                if broken > best:
                    best, last, last_alone = broken, entry, alone
                    excess[row] = lacking
        if last >= 0:
            _mark(start, last, last_alone, end, row_column, row_change, share, kind)


@llvm_inline
def _mark(
    start: int,
    last: int,
    alone: bool,
    end: int,
    row_column: Int32s,
    row_change: Int64s,
    share: Floats,
    kind: Int8s,
) -> None:
    """Note which entries of a row the cut has."""
    for entry in range(start, end):
        if row_change[entry] < 0:
            kind[entry] = _OTHER_GIVER if share[row_column[entry]] < _WHOLE else 0
        elif _is_in(entry, last, alone, row_column, share):
            kind[entry] = _IN_S


@llvm_inline
def _is_in(entry: int, last: int, alone: bool, row_column: Int32s, share: Floats) -> bool:
    """Whether S holds this user."""
    if alone:
        return entry == last or share[row_column[entry]] >= _WHOLE
    return entry <= last


@llvm_inline
def _broken_by(
    start: int,
    last: int,
    alone: bool,
    end: int,
    lacking: int,
    row_column: Int32s,
    row_change: Int64s,
    share: Floats,
) -> float:
    """The violation of the cut by the relaxation, as a part of d."""
    broken = 1.0
    for entry in range(start, end):
        settles = share[row_column[entry]]
        change = row_change[entry]
        if change > 0:
            if _is_in(entry, last, alone, row_column, share):
                broken -= min(change, lacking) / lacking * (1.0 - settles)
        elif settles < _WHOLE:
            broken -= min(-change, lacking) / lacking * settles
    return broken
