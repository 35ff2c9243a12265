"""The warehouse: orders with a later value date, found by UETR."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from skontro.engine import COMMAND, NO_COMMANDS, Commands, from_records, to_records
from skontro.system.batch import Records

_FEWEST: Final = 1_024
_NONE: Final = -1


class Warehouse:
    """Warehoused orders in the order of submission.

    A cancelled order leaves a gap. Gaps are closed when a day opens, and when they outnumber the
    orders. So a cancellation takes constant time, and an addition constant time on average.

        warehouse = Warehouse()
        warehouse.add(orders)
        cancelled = warehouse.cancel(orders.uetr[0].tobytes())
        due = warehouse.take_due(today)
    """

    def __init__(self) -> None:
        self._used = self._live = 0
        self._clear(_FEWEST)

    def __len__(self) -> int:
        return self._live

    @property
    def records(self) -> Records:
        """A copy of the orders, as `COMMAND` records."""
        used = self._rows[: self._used]
        records: Records = used[self._waits[: self._used]]
        return records

    def add(self, orders: Commands) -> None:
        """Append orders to the warehouse."""
        self._add(to_records(orders))

    def _add(self, rows: Records) -> None:
        if not len(rows):
            return
        if self._used + len(rows) > len(self._rows):
            self._make_room(len(rows))
        first, self._used = self._used, self._used + len(rows)
        self._rows[first : self._used] = rows
        self._waits[first : self._used] = True
        self._live += len(rows)
        for index, uetr in enumerate(rows["uetr"].tolist(), first):
            # A forgotten UETR may come again while its first order is still warehoused.
            self._earlier[index] = self._index_of.get(uetr, _NONE)
            self._index_of[uetr] = index

    def cancel(self, uetr: bytes) -> bool:
        """Cancel the order with this UETR, 16 bytes; False if there is none."""
        index = self._index_of.pop(uetr, _NONE)
        found = index != _NONE
        while index != _NONE:
            self._waits[index] = False
            self._live -= 1
            index = int(self._earlier[index])
        return found

    def take(self, uetr: bytes) -> Commands:
        """Take the latest order with this UETR; no commands where there is none."""
        index = self._index_of.pop(uetr, _NONE)
        if index == _NONE:
            return NO_COMMANDS
        if (earlier := int(self._earlier[index])) != _NONE:
            self._index_of[uetr] = earlier
        self._waits[index] = False
        self._live -= 1
        return from_records(self._rows[index : index + 1].copy())

    def __contains__(self, uetr: bytes) -> bool:
        return uetr in self._index_of

    def row(self, uetr: bytes) -> Any:  # noqa: ANN401  one record of `COMMAND`
        """The latest order with this UETR.

        Raises:
            KeyError: there is no such order.
        """
        return self._rows[self._index_of[uetr]]

    def take_due(self, today: int) -> Commands:
        """Take the orders of this day and of earlier days.

        Args:
            today: days since 1970.
        """
        records = self.records
        due = records["value_date"] <= today
        self._fill(records[~due])
        return from_records(records[due])

    def take_of(self, accounts: Sequence[int]) -> Commands:
        """Take the orders from and to these accounts."""
        records = self.records
        concerned = np.isin(records["payer"], accounts) | np.isin(records["payee"], accounts)
        self._fill(records[~concerned])
        return from_records(records[concerned])

    def to_bytes(self) -> bytes:
        """For a snapshot; the same orders give the same bytes, regardless of cancellations."""
        return self.records.tobytes()

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Warehouse":
        """The inverse of `to_bytes`."""
        warehouse = cls()
        warehouse._fill(np.frombuffer(stored, COMMAND))
        return warehouse

    def _clear(self, capacity: int) -> None:
        self._rows: Records = np.zeros(capacity, COMMAND)
        self._waits = np.zeros(capacity, np.bool_)
        self._earlier = np.full(capacity, _NONE, np.int64)
        self._index_of: dict[bytes, int] = {}
        self._used = self._live = 0

    def _fill(self, rows: Records) -> None:
        self._clear(max(_FEWEST, 2 * len(rows)))
        self._add(rows)

    def _make_room(self, more: int) -> None:
        """Close the gaps if they are the larger part, else grow."""
        if 2 * self._live < self._used:
            records = self.records
            self._clear(max(_FEWEST, 2 * (len(records) + more)))
            self._add(records)
            return
        capacity = 2 * (self._used + more)
        for name in ("_rows", "_waits", "_earlier"):
            old = getattr(self, name)
            larger = np.zeros(capacity, old.dtype)
            larger[: self._used] = old[: self._used]
            setattr(self, name, larger)
