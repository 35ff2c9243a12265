"""Index of orders by UETR: a hash table with bulk operations that grows in steps and forgets."""

import secrets
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from skontro.engine.jit import internal_kernel, kernel

Int64s = npt.NDArray[np.int64]

NOT_FOUND: Final = -1

#: A slot: both halves of the UETR, and the order's index plus 1. 0 marks a slot never used, and
#: `_WITHDRAWN` a UETR withdrawn.
_HALVES, _FIELDS = 2, 3
_WITHDRAWN: Final = -1
_FEWEST: Final = 4_096
#: Slots of an empty table.
_NOTHING: Final = 2
#: Slots moved to a larger table at each claim, and for each UETR: enough to finish before that
#: table is half full.
_MOVED_AT_LEAST: Final = 1_024
_MOVED_PER_UETR: Final = 8
#: Multipliers of 31 bits, for parts of 32: no product leaves 63 bits.
_MULTIPLIERS: Final = 5


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
        self._tables = (_table((_FEWEST - 1).bit_length()), _table(1))
        self._moved = _NOTHING
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
        claimed: int = _claim(*self._tables, self._multipliers, halves, first + 1, self.base)
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
        _withdraw(self._tables[0], self._multipliers, halves)

    def find(self, uetrs: npt.NDArray[Any]) -> Int64s:
        """The index for each UETR; `NOT_FOUND` where there is none."""
        halves = _halves(uetrs)
        found = np.empty(len(halves), np.int64)
        _find(*self._tables, self._multipliers, halves, self.base, found)
        return found

    def _make_room(self, count: int) -> None:
        """Keep at least half of the table free after this many additions."""
        table, old = self._tables
        if len(old) > _NOTHING:
            self._move(_MOVED_AT_LEAST + _MOVED_PER_UETR * count)
        if 2 * (self._used + count) > len(table):
            self._move(len(old))
            slots = max(4 * (self._end - self.base + count), len(table) // 4, _FEWEST)
            self._tables = _table((slots - 1).bit_length()), table
            self._moved = self._used = 0
        self._used += count

    def _move(self, slots: int) -> None:
        """Move the next slots of the old table to the new one, except forgotten orders."""
        table, old = self._tables
        part = old[self._moved : self._moved + slots]
        self._moved += len(part)
        self._used += _move(table, self._multipliers, part, self.base)
        if self._moved == len(old):
            self._tables, self._moved = (table, _table(1)), _NOTHING


def precompile() -> None:
    """Compile or load the kernels of the index, so that no request has to wait."""
    index, uetrs = UetrIndex(), np.zeros(_FEWEST, "V16")
    uetrs.view(np.int64)[:] = np.arange(2 * _FEWEST)
    for first in range(0, _FEWEST, _FEWEST // 4):
        index.claim(uetrs[first : first + _FEWEST // 4])
    index.withdraw(uetrs[index.find(uetrs) >= 0])


def _table(bits: int) -> Int64s:
    return np.zeros((1 << bits, _FIELDS), np.int64)


def _halves(uetrs: npt.NDArray[Any]) -> Int64s:
    """Two integers each."""
    halves: Int64s = np.array(uetrs).view(np.int64).reshape(-1, _HALVES)
    return halves


@internal_kernel
def _slot(table: Int64s, multipliers: Int64s, one: int, other: int) -> int:
    """The slot of this UETR, or the free slot for it."""
    low = 0xFFFFFFFF
    mixed = (one & low) * multipliers[0] ^ ((one >> 32) & low) * multipliers[1]
    mixed ^= (other & low) * multipliers[2] ^ ((other >> 32) & low) * multipliers[3]
    mixed = ((mixed ^ (mixed >> 32)) & low) * multipliers[4]
    last = len(table) - 1
    at: int = (mixed >> 16) & last
    while table[at, 2] != 0 and (table[at, 0] != one or table[at, 1] != other):
        at = (at + 1) & last
    return at


@internal_kernel
def _known(table: Int64s, old: Int64s, multipliers: Int64s, one: int, other: int) -> int:
    """The value stored in the tables for its index."""
    known: int = table[_slot(table, multipliers, one, other), 2]
    if known == 0:
        known = old[_slot(old, multipliers, one, other), 2]
    return known


@internal_kernel
def _put(table: Int64s, multipliers: Int64s, one: int, other: int, index: int) -> None:
    at = _slot(table, multipliers, one, other)
    table[at, 0], table[at, 1], table[at, 2] = one, other, index


@kernel
def _claim(
    table: Int64s, old: Int64s, multipliers: Int64s, halves: Int64s, first: int, base: int
) -> int:
    """The number claimed before one that is in use; these are withdrawn."""
    for i in range(len(halves)):
        one, other = halves[i, 0], halves[i, 1]
        if _known(table, old, multipliers, one, other) > base:
            for j in range(i):
                _put(table, multipliers, halves[j, 0], halves[j, 1], _WITHDRAWN)
            return i
        _put(table, multipliers, one, other, first + i)
    return len(halves)


@kernel
def _withdraw(table: Int64s, multipliers: Int64s, halves: Int64s) -> None:
    for i in range(len(halves)):
        _put(table, multipliers, halves[i, 0], halves[i, 1], _WITHDRAWN)


@kernel
def _find(
    table: Int64s, old: Int64s, multipliers: Int64s, halves: Int64s, base: int, found: Int64s
) -> None:
    for i in range(len(halves)):
        known = _known(table, old, multipliers, halves[i, 0], halves[i, 1])
        found[i] = known - 1 if known > base else NOT_FOUND


@kernel
def _move(table: Int64s, multipliers: Int64s, slots: Int64s, base: int) -> int:
    """The number moved; entries already in the new table are newer."""
    moved = 0
    for i in range(len(slots)):
        one, other, index = slots[i, 0], slots[i, 1], slots[i, 2]
        if index > base and table[_slot(table, multipliers, one, other), 2] == 0:
            _put(table, multipliers, one, other, index)
            moved += 1
    return moved
