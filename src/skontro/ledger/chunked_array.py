"""Growing arrays of records, by index or by account, in chunks that are never copied."""

import itertools
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from skontro.ledger.postgres.tables import Records

Int64s = npt.NDArray[np.int64]

#: Records of a block are 2 to the power of this.
_BITS: Final = 16
_SIZE: Final = 1 << _BITS
#: Up to this number, searching all blocks is faster than selecting among them.
_NEAR: Final = 16


class ChunkedArray:
    """Records from `base` up to, not including, `count`.

    One thread writes; any thread may read at the same time.

    Args:
        dtype: data type of the records.
    """

    def __init__(self, dtype: npt.DTypeLike, base: int = 0) -> None:
        self.dtype = np.dtype(dtype)
        self.base = self.count = base
        self._blocks: dict[int, Records] = {}

    def append(self, records: Records) -> None:
        """Add records at the end."""
        first = self.count
        for start, block, part in self._parts(first, first + len(records)):
            block[part] = records[start - first : start - first + part.stop - part.start]
        self.count = first + len(records)

    def __getitem__(self, index: int) -> Any:  # noqa: ANN401  one record
        return self._blocks[index >> _BITS][index & _SIZE - 1]

    def between(self, first: int, last: int) -> Records:
        """The records from one index up to, not including, another, as far as they exist."""
        first = max(first, self.base)
        last = max(first, min(last, self.count))
        parts = [block[part] for _, block, part in self._parts(first, last)]
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts) if parts else np.zeros(0, self.dtype)

    def take(self, indices: Int64s, field: str | None = None) -> Records:
        """A copy of the records at these indices, or of one field of them."""
        found = np.empty(len(indices), self.dtype if field is None else self.dtype[field])
        for block, rows, within in self._by_block(indices):
            found[rows] = (block if field is None else block[field])[within]
        return found

    def take_as(self, indices: Int64s, fields: npt.DTypeLike) -> Records:
        """A copy of some fields at these indices, as records of these fields."""
        found = np.empty(len(indices), fields)
        for block, rows, within in self._by_block(indices):
            for name in found.dtype.names or ():
                found[name][rows] = block[name][within]
        return found

    def put(self, indices: Int64s, values: npt.ArrayLike, field: str | None = None) -> None:
        """Write records at indices, or one field; the last value of a repeated index wins."""
        values = np.broadcast_to(np.asarray(values), indices.shape)
        for block, rows, within in self._by_block(indices):
            (block if field is None else block[field])[within] = values[rows]

    def drop_before(self, index: int) -> None:
        """Drop the records before an index; readers in progress can finish."""
        for number in [one for one in self._blocks if one < self.base >> _BITS]:
            del self._blocks[number]
        self.base = index

    def _parts(self, first: int, last: int) -> list[tuple[int, Records, slice]]:
        """ChunkedArray from one index to another: where each begins, and the slice of it."""
        parts = []
        while first < last:
            number, start = first >> _BITS, first & _SIZE - 1
            stop = min(_SIZE, start + last - first)
            block = self._blocks.get(number)
            if block is None:
                block = self._blocks.setdefault(number, np.zeros(_SIZE, self.dtype))
            parts.append((first, block, slice(start, stop)))
            first += stop - start
        return parts

    def _by_block(self, indices: Int64s) -> list[tuple[Records, Any, Int64s]]:
        """The blocks of the indices: which of the indices, and their slots in the block."""
        if not len(indices):
            return []
        numbers = indices >> _BITS
        first, last = int(numbers.min()), int(numbers.max())
        if first == last:
            return [(self._blocks[first], slice(None), indices & _SIZE - 1)]
        found = []
        near = last - first < _NEAR
        for number in range(first, last + 1) if near else np.unique(numbers).tolist():
            rows = np.flatnonzero(numbers == number)
            if len(rows):
                found.append((self._blocks[number], rows, indices[rows] & _SIZE - 1))
        return found


_FEWEST: Final = 4
#: Account numbers within so many are sorted in time proportional to their count.
_RADIX: Final = 1 << 16


def stable_order(accounts: npt.NDArray[np.integer]) -> Int64s:
    """The order that sorts accounts, equal ones as they came; at least one is given."""
    least, most = int(accounts.min()), int(accounts.max())
    if most - least < _RADIX:
        # NumPy sorts 16 bits by radix, more by comparison.
        accounts = (accounts - least).astype(np.uint16)
    return np.argsort(accounts, kind="stable")


def distinct(indices: Int64s) -> Int64s:
    """Each index once, rising; most are so already."""
    is_rising = bool((indices[1:] > indices[:-1]).all())
    return indices if is_rising else np.unique(indices)


class ByAccount:
    """Records by account, in order of arrival.

    One thread adds; any thread may read at the same time.

        orders = ByAccount(np.int64)
        orders.append(rows["payer"], indices)
        of_account = orders.of(7)

    Args:
        dtype: data type of the records.
    """

    def __init__(self, dtype: npt.DTypeLike) -> None:
        self._dtype = np.dtype(dtype)
        self._none = np.zeros(0, self._dtype)
        # Array and length are replaced together, so a reader has a consistent pair.
        self._rows: dict[int, tuple[Records, int]] = {}

    def append(self, accounts: npt.NDArray[np.integer], records: Records) -> None:
        """Add each record to the row of its account."""
        if not len(accounts):
            return
        order = stable_order(accounts)
        ordered, records = accounts[order], records[order]
        starts = np.flatnonzero(np.diff(ordered, prepend=ordered[0] - 1)).tolist()
        for start, end in itertools.pairwise([*starts, len(ordered)]):
            self._extend(int(ordered[start]), records[start:end])

    def of(self, account: int) -> Records:
        """The records of an account, a view whose values never change."""
        rows, count = self._rows.get(account, (self._none, 0))
        return rows[:count]

    def _extend(self, account: int, records: Records) -> None:
        rows, count = self._rows.get(account, (self._none, 0))
        end = count + len(records)
        if end > len(rows):
            larger = np.empty(max(_FEWEST, end + (end >> 1)), self._dtype)
            larger[:count] = rows[:count]
            rows = larger
        rows[count:end] = records
        self._rows[account] = rows, end
