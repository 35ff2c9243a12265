"""Records in one row for each account, so that what concerns an account is found at once."""

import itertools
from typing import Final

import numpy as np
import numpy.typing as npt

from skontro.ledger.tables import Records

_FEWEST: Final = 4


class ByAccount:
    """Records by account, in the order in which they came.

    One thread adds; any thread may read meanwhile.

        orders = ByAccount(np.int64)
        orders.append(rows["payer"], indices)
        of_account = orders.of(7)

    Args:
        dtype: of the records.
    """

    def __init__(self, dtype: npt.DTypeLike) -> None:
        self._dtype = np.dtype(dtype)
        self._none = np.zeros(0, self._dtype)
        # Array and length are replaced together: a reader has both of one moment.
        self._rows: dict[int, tuple[Records, int]] = {}

    def append(self, accounts: npt.NDArray[np.integer], records: Records) -> None:
        """Add each record to the row of its account."""
        if not len(accounts):
            return
        order = np.argsort(accounts, kind="stable")
        ordered, records = accounts[order], records[order]
        starts = np.flatnonzero(np.diff(ordered, prepend=ordered[0] - 1)).tolist()
        for start, end in itertools.pairwise([*starts, len(ordered)]):
            self._extend(int(ordered[start]), records[start:end])

    def of(self, account: int) -> Records:
        """The records of an account, not copied; it is never changed."""
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
