"""Which order has a UETR: a hash table that grows in steps and forgets, many at a time."""

import secrets
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from skontro.engine.compiling import inner, kernel

Int64s = npt.NDArray[np.int64]

NOT_FOUND: Final = -1

#: Of a slot: both halves of the UETR, and the order's index plus 1; 0 in a slot never used, and
#: `_WITHDRAWN` where the UETR stands for nothing any more.
_HALVES, _INDEX, _FIELDS = 2, 2, 3
_WITHDRAWN: Final = -1
_FEWEST: Final = 4_096
#: Slots of a table that stands for none.
_NOTHING: Final = 2
#: For each UETR claimed so many slots are moved to a larger table: all, before that is half full.
_MOVED_PER_CLAIM: Final = 8
_MULTIPLIERS: Final = (0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93)
_WORD: Final = 64


class UetrIndex:
    """Index of an order by its UETR, 16 bytes.

    One thread claims; any thread may look up meanwhile. No claim takes long, however many UETRs are
    known: a table that is half full is moved to another piece by piece.

    Attributes:
        base: indices below it are forgotten.
    """

    def __init__(self) -> None:
        self.base = 0
        # Nobody can choose UETRs that all fall on one place.
        self._seed = np.uint64(secrets.randbits(_WORD))
        #: The table, and the one whose rest is still to be moved there; replaced together.
        self._tables = (_table((_FEWEST - 1).bit_length()), _table(1))
        self._moved = _NOTHING
        self._end = 0
        self._used = 0

    def claim(self, uetrs: npt.NDArray[Any], first: int) -> bool:
        """Give UETRs the indices from `first` on, in their order.

        Returns:
            Whether it was done; if one of them is in use, or comes twice, nothing changes.
        """
        halves = _halves(uetrs)
        self._end = first + len(halves)
        self._make_room(len(halves))
        table, old = self._tables
        homes = self._homes(halves, table), self._homes(halves, old)
        claimed: int = _claim(table, old, *homes, halves, first + 1, self.base)
        return claimed == len(halves)

    def withdraw(self, uetrs: npt.NDArray[Any]) -> None:
        """From now on these stand for nothing."""
        halves = _halves(uetrs)
        self._make_room(len(halves))
        table, _ = self._tables
        _withdraw(table, self._homes(halves, table), halves)

    def find(self, uetrs: npt.NDArray[Any]) -> Int64s:
        """The index for each UETR; `NOT_FOUND` where there is none."""
        halves = _halves(uetrs)
        found = np.empty(len(halves), np.int64)
        table, old = self._tables
        homes = self._homes(halves, table), self._homes(halves, old)
        _find(table, old, *homes, halves, self.base, found)
        return found

    def _make_room(self, count: int) -> None:
        """At least half of the table stays free when so many more come."""
        self._move(_MOVED_PER_CLAIM * count)
        table, old = self._tables
        if 2 * (self._used + count) > len(table):
            self._move(len(old))
            slots = max(4 * (self._end - self.base + count), len(table) // 4, _FEWEST)
            self._tables = _table((slots - 1).bit_length()), table
            self._moved = self._used = 0
        self._used += count

    def _move(self, slots: int) -> None:
        """What the next slots of the old table hold and is not forgotten goes to the new one."""
        table, old = self._tables
        part = old[self._moved : self._moved + slots]
        self._moved += len(part)
        part = part[part[:, _INDEX] > self.base]
        if len(part):
            _move(table, self._homes(part[:, :_HALVES], table), part)
            self._used += len(part)
        if self._moved == len(old) > _NOTHING:
            self._tables, self._moved = (table, _table(1)), _NOTHING

    def _homes(self, halves: Int64s, table: Int64s) -> Int64s:
        """The slot where the search for each begins."""
        one, other = halves[:, 0].view(np.uint64), halves[:, 1].view(np.uint64)
        mixed = (one ^ self._seed) * np.uint64(_MULTIPLIERS[0])
        mixed = ((mixed ^ (mixed >> np.uint64(32))) + other) * np.uint64(_MULTIPLIERS[1])
        bits = len(table).bit_length() - 1
        homes: Int64s = (mixed >> np.uint64(_WORD - bits)).view(np.int64)
        return homes


def _table(bits: int) -> Int64s:
    return np.zeros((1 << bits, _FIELDS), np.int64)


def _halves(uetrs: npt.NDArray[Any]) -> Int64s:
    """Two integers each."""
    halves: Int64s = np.array(uetrs).view(np.int64).reshape(-1, _HALVES)
    return halves


@inner
def _slot(table: Int64s, home: int, one: int, other: int) -> int:
    """Where this UETR stands, or else would come to stand."""
    last = len(table) - 1
    at = home
    while table[at, 2] != 0 and (table[at, 0] != one or table[at, 1] != other):
        at = (at + 1) & last
    return at


@kernel
def _claim(
    table: Int64s,
    old: Int64s,
    homes: Int64s,
    old_homes: Int64s,
    halves: Int64s,
    first: int,
    base: int,
) -> int:
    """How many were claimed before one that is in use; those are withdrawn."""
    for i in range(len(halves)):
        one, other = halves[i, 0], halves[i, 1]
        at = _slot(table, homes[i], one, other)
        known = table[at, 2]
        if known == 0:
            known = old[_slot(old, old_homes[i], one, other), 2]
        if known > base:
            for j in range(i):
                table[_slot(table, homes[j], halves[j, 0], halves[j, 1]), 2] = _WITHDRAWN
            return i
        table[at, 0], table[at, 1], table[at, 2] = one, other, first + i
    return len(halves)


@kernel
def _withdraw(table: Int64s, homes: Int64s, halves: Int64s) -> None:
    for i in range(len(halves)):
        one, other = halves[i, 0], halves[i, 1]
        at = _slot(table, homes[i], one, other)
        table[at, 0], table[at, 1], table[at, 2] = one, other, _WITHDRAWN


@kernel
def _find(
    table: Int64s,
    old: Int64s,
    homes: Int64s,
    old_homes: Int64s,
    halves: Int64s,
    base: int,
    found: Int64s,
) -> None:
    for i in range(len(halves)):
        one, other = halves[i, 0], halves[i, 1]
        known = table[_slot(table, homes[i], one, other), 2]
        if known == 0:
            known = old[_slot(old, old_homes[i], one, other), 2]
        found[i] = known - 1 if known > base else NOT_FOUND


@kernel
def _move(table: Int64s, homes: Int64s, slots: Int64s) -> None:
    """What stands there already is newer."""
    for i in range(len(slots)):
        at = _slot(table, homes[i], slots[i, 0], slots[i, 1])
        if table[at, 2] == 0:
            table[at, 0], table[at, 1], table[at, 2] = slots[i, 0], slots[i, 1], slots[i, 2]
