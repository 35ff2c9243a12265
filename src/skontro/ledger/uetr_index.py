"""Index of orders by UETR: a hash table with bulk operations that grows in steps and forgets."""

import secrets
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from skontro.engine.jit import internal_kernel, kernel

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]

NOT_FOUND: Final = -1

_HALVES: Final = 2
#: In a slot: a UETR withdrawn. 0 is a slot never used.
_WITHDRAWN: Final = -1
_FEWEST: Final = 4_096
#: Slots of an empty table.
_NOTHING: Final = 2
#: UETRs moved to a larger table at each claim, and for each new UETR: enough to finish before that
#: table is half full.
_MOVED_AT_LEAST: Final = 512
_MOVED_PER_UETR: Final = 4
#: Multipliers of 31 bits, for parts of 32: no product leaves 63 bits.
_MULTIPLIERS: Final = 5


class _Table(NamedTuple):
    """A hash table of rows, in which UETRs are kept by index.

    Attributes:
        slots: row of a UETR plus 1; 0 where never used.
        rows: both halves of the UETRs, row by row. Memory is taken only for rows in use.
        origin: index of the first row.
    """

    slots: Int32s
    rows: Int64s
    origin: int


class UetrIndex:
    """Index of an order by its UETR, 16 bytes.

    One thread claims; any thread may look up at the same time. A claim takes a short time, however
    many UETRs are known: a table that is half full is moved to another in steps.

        index = UetrIndex()
        index.claim(uetrs)  # range(0, len(uetrs)), or None where one is in use

    Attributes:
        base: indices below it are forgotten.
        next_index: the index of the next order to be claimed.
    """

    def __init__(self) -> None:
        self.base = self.next_index = 0
        # Random, so that no one can choose UETRs that all fall on one slot.
        drawn = [secrets.randbits(31) | 1 for _ in range(_MULTIPLIERS)]
        self._multipliers = np.array(drawn, np.int64)
        #: The table, and the old one still to be moved into it; replaced together.
        self._tables = (_table((_FEWEST - 1).bit_length(), _FEWEST, 0), _table(1, 0, 0))
        #: Indices of the old table that are still to be moved.
        self._to_move = range(0)
        self._end = 0
        self._used = 0

    def claim(self, uetrs: npt.NDArray[Any]) -> range | None:
        """Claim the next indices for orders with these UETRs, in their order.

        Returns:
            The indices; None, and nothing changes, if one of the UETRs is in use or repeated.
        """
        halves, first = _halves(uetrs), self.next_index
        self._end = first + len(halves)
        self._make_room(len(halves))
        table, old = self._tables
        claimed: int = _claim(*table, *old, self._multipliers, halves, first, self.base)
        if claimed < len(halves):
            return None
        self.next_index = self._end
        return range(first, self._end)

    def withdraw(self, uetrs: npt.NDArray[Any]) -> None:
        """Undo the last claims: their UETRs and their indices may be claimed again."""
        self.forget(uetrs)
        self.next_index -= len(uetrs)

    def forget(self, uetrs: npt.NDArray[Any]) -> None:
        """Forget UETRs, which may be claimed again; their indices stay claimed."""
        halves = _halves(uetrs)
        self._make_room(len(halves))
        for slots, rows, _ in reversed(self._tables):
            _withdraw(slots, rows, self._multipliers, halves)

    def find(self, uetrs: npt.NDArray[Any]) -> Int64s:
        """The index for each UETR; `NOT_FOUND` where there is none."""
        halves = _halves(uetrs)
        found = np.empty(len(halves), np.int64)
        table, old = self._tables
        _find(*table, *old, self._multipliers, halves, self.base, found)
        return found

    def _make_room(self, count: int) -> None:
        """Keep at least half of the table free after this many additions."""
        if len(self._tables[1].slots) > _NOTHING:
            self._move(_MOVED_AT_LEAST + _MOVED_PER_UETR * count)
        table, _ = self._tables
        is_full = 2 * (self._used + count) > len(table.slots)
        if is_full or self._end - table.origin > len(table.rows):
            self._move(len(self._to_move))
            remembered = self._end - self.base + count
            slots = max(3 * remembered, len(table.slots) // 4, _FEWEST)
            bits = (slots - 1).bit_length()
            self._tables = _table(bits, remembered + (1 << bits) // 2, self.base), table
            self._to_move = range(max(self.base, table.origin), self.next_index)
            self._used = 0
        self._used += count

    def _move(self, count: int) -> None:
        """Move the next UETRs of the old table to the new one, except forgotten orders."""
        table, old = self._tables
        part, self._to_move = self._to_move[:count], self._to_move[count:]
        first = max(part.start, self.base)
        self._used += _move(*table, *old, self._multipliers, first, part.stop)
        if not self._to_move:
            self._tables = (table, _table(1, 0, 0))


def precompile() -> None:
    """Compile or load the kernels of the index, so that no request has to wait."""
    index, uetrs = UetrIndex(), np.zeros(_FEWEST, "V16")
    uetrs.view(np.int64)[:] = np.arange(2 * _FEWEST)
    for first in range(0, _FEWEST, _FEWEST // 4):
        index.claim(uetrs[first : first + _FEWEST // 4])
    index.withdraw(uetrs[index.find(uetrs) >= 0])


def _table(bits: int, rows: int, origin: int) -> _Table:
    return _Table(np.zeros(1 << bits, np.int32), np.empty((rows, _HALVES), np.int64), origin)


def _halves(uetrs: npt.NDArray[Any]) -> Int64s:
    """Two integers each."""
    halves: Int64s = np.array(uetrs).view(np.int64).reshape(-1, _HALVES)
    return halves


@internal_kernel
def _slot(slots: Int32s, rows: Int64s, multipliers: Int64s, one: int, other: int) -> int:
    """The slot of this UETR, or the free slot for it."""
    low = 0xFFFFFFFF
    mixed = (one & low) * multipliers[0] ^ ((one >> 32) & low) * multipliers[1]
    mixed ^= (other & low) * multipliers[2] ^ ((other >> 32) & low) * multipliers[3]
    mixed = ((mixed ^ (mixed >> 32)) & low) * multipliers[4]
    last = len(slots) - 1
    at: int = (mixed >> 16) & last
    while slots[at] != 0:
        row = slots[at] - 1
        if row >= 0 and rows[row, 0] == one and rows[row, 1] == other:
            return at
        at = (at + 1) & last
    return at


@internal_kernel
def _known(
    slots: Int32s,
    rows: Int64s,
    origin: int,
    old_slots: Int32s,
    old_rows: Int64s,
    old_origin: int,
    multipliers: Int64s,
    one: int,
    other: int,
) -> int:
    """The index of this UETR in the tables plus 1; 0 where it has none."""
    row: int = slots[_slot(slots, rows, multipliers, one, other)]
    if row > 0:
        return origin + row
    row = old_slots[_slot(old_slots, old_rows, multipliers, one, other)]
    return old_origin + row if row > 0 else 0


@internal_kernel
def _put(slots: Int32s, rows: Int64s, multipliers: Int64s, one: int, other: int, row: int) -> None:
    """The row first: other threads look it up once its slot is set."""
    at = _slot(slots, rows, multipliers, one, other)
    rows[row, 0], rows[row, 1] = one, other
    slots[at] = row + 1


@kernel
def _claim(
    slots: Int32s,
    rows: Int64s,
    origin: int,
    old_slots: Int32s,
    old_rows: Int64s,
    old_origin: int,
    multipliers: Int64s,
    halves: Int64s,
    first: int,
    base: int,
) -> int:
    """The number claimed before one that is in use; these are withdrawn."""
    for i in range(len(halves)):
        one, other = halves[i, 0], halves[i, 1]
        known = _known(
            slots, rows, origin, old_slots, old_rows, old_origin, multipliers, one, other
        )
        if known > base:
            for j in range(i):
                slots[_slot(slots, rows, multipliers, halves[j, 0], halves[j, 1])] = _WITHDRAWN
            return i
        _put(slots, rows, multipliers, one, other, first + i - origin)
    return len(halves)


@kernel
def _withdraw(slots: Int32s, rows: Int64s, multipliers: Int64s, halves: Int64s) -> None:
    for i in range(len(halves)):
        at = _slot(slots, rows, multipliers, halves[i, 0], halves[i, 1])
        if slots[at] != 0:
            slots[at] = _WITHDRAWN


@kernel
def _find(
    slots: Int32s,
    rows: Int64s,
    origin: int,
    old_slots: Int32s,
    old_rows: Int64s,
    old_origin: int,
    multipliers: Int64s,
    halves: Int64s,
    base: int,
    found: Int64s,
) -> None:
    for i in range(len(halves)):
        one, other = halves[i, 0], halves[i, 1]
        known = _known(
            slots, rows, origin, old_slots, old_rows, old_origin, multipliers, one, other
        )
        found[i] = known - 1 if known > base else NOT_FOUND


@kernel
def _move(
    slots: Int32s,
    rows: Int64s,
    origin: int,
    old_slots: Int32s,
    old_rows: Int64s,
    old_origin: int,
    multipliers: Int64s,
    first: int,
    end: int,
) -> int:
    """The number moved; entries already in the new table are newer."""
    moved = 0
    for index in range(first, end):
        row = index - old_origin
        one, other = old_rows[row, 0], old_rows[row, 1]
        if old_slots[_slot(old_slots, old_rows, multipliers, one, other)] != row + 1:
            continue  # withdrawn, forgotten or claimed again
        if slots[_slot(slots, rows, multipliers, one, other)] == 0:
            _put(slots, rows, multipliers, one, other, index - origin)
            moved += 1
    return moved
