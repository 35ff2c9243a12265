"""Account statements of the last business days: debits and credits with the balance after each.

A posting is in the rows of both its accounts. The time for a page of a statement grows with its
length and the logarithm of the day's length, because each entry has the balance after it.
"""

from collections.abc import Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.ledger.chunked_array import ByAccount, ChunkedArray, stable_order
from skontro.ledger.entry import Entry
from skontro.ledger.postgres.tables import Records
from skontro.model import InvariantBroken
from skontro.system.batch import OUTSIDE

#: A posting as remembered; its two parties are with its accounts.
_POSTING: Final = np.dtype(
    [
        ("batch", np.int64),
        ("subject", np.int64),  # number of the order, or of the liquidity transfer
        ("time", np.int64),
        ("position", np.int32),
    ]
)
#: One account's side of a posting.
_SIDE: Final = np.dtype(
    [
        ("posting", np.int32),  # counted from the beginning of the day
        ("other", np.int32),  # the other account, or `OUTSIDE`
        ("balance", np.int64),  # after it
    ]
)


@attrs.frozen
class StatementEntry:
    """One debit or credit of an account.

    Attributes:
        batch, position: of its posting in the record.
        subject: number of the order, or of the liquidity transfer where `other` is `OUTSIDE`.
        time: microseconds since 1970.
        other: account number of the counterparty, or `OUTSIDE`.
        change: minor units, below zero for a debit.
        balance: after it, minor units.
    """

    batch: int
    position: int
    subject: int
    time: int
    other: int
    change: int
    balance: int


@attrs.frozen
class StatementPage:
    """Some entries of an account on a day.

    Attributes:
        opening: balance before the day's first entry, minor units.
        entries: in the order of the record.
        more: whether further entries follow.
    """

    opening: int
    entries: tuple[StatementEntry, ...]
    more: bool


class _Day:
    """The postings of one business day: all since the seal of the previous day."""

    def __init__(self, opening: npt.NDArray[np.int64]) -> None:
        self.opening = opening
        self.postings = ChunkedArray(_POSTING)
        self.sides = ByAccount(_SIDE)

    def page(self, account: int, after: tuple[int, int], limit: int) -> StatementPage:
        opening = int(self.opening[account]) if account < len(self.opening) else 0
        sides = self.sides.of(account)
        first = self._first_after(sides, after)
        page = sides[first : first + limit]
        postings = self.postings.take(page["posting"].astype(np.int64))
        before = int(sides[first - 1]["balance"]) if first else opening
        changes = np.diff(page["balance"], prepend=before)
        rows = zip(
            *(postings[name].tolist() for name in ("batch", "position", "subject", "time")),
            page["other"].tolist(),
            changes.tolist(),
            page["balance"].tolist(),
            strict=True,
        )
        entries = tuple(StatementEntry(*row) for row in rows)
        return StatementPage(opening, entries, first + len(page) < len(sides))

    def _first_after(self, sides: Records, after: tuple[int, int]) -> int:
        """Index of the first side with a posting after this batch and position."""
        low, high = 0, len(sides)
        while low < high:
            middle = (low + high) // 2
            posting = self.postings[int(sides[middle]["posting"])]
            if (int(posting["batch"]), int(posting["position"])) > after:
                high = middle
            else:
                low = middle + 1
        return low


class AccountStatements:
    """Statements of the last business days.

    Postings between the seal of a day and the start of the next belong to the next day. So the
    closing balance of each day is the opening balance of the day after.

    Args:
        balances: before the first batch added, by account number.
    """

    def __init__(self, balances: Sequence[int] = ()) -> None:
        self._balances = np.array(balances, np.int64)
        self._by_date: dict[str, _Day] = {}
        self._day = _Day(self._balances.copy())

    def begin_day(self, date: str) -> None:
        """Begin a day: it has all postings from the last seal to the next."""
        self._by_date[date] = self._day

    def keep(self, days: int) -> None:
        """Forget all days but the last ones."""
        for date in [*self._by_date][:-days]:
            del self._by_date[date]

    def add(self, entry: Entry) -> None:
        """Add the next batch of the record.

        Raises:
            InvariantBroken: it seals a day with balances that differ from the sum of postings.
        """
        postings = entry.batch.postings
        if len(postings):
            self._add(entry.number, postings)
        closing = entry.batch.balances
        if len(closing):
            self._make_room(len(closing))
            if not np.array_equal(self._balances[: len(closing)], closing[:, 0]):
                evidence = f"batch {entry.number}: the closing balances are others"
                raise InvariantBroken("postings add up to balances", evidence)
            # Later postings belong to the next day.
            self._day = _Day(self._balances.copy())

    def page(
        self, account: int, date: str, after: tuple[int, int], limit: int
    ) -> StatementPage | None:
        """Entries of an account on a day; None where the day is not remembered.

        Args:
            account: its number.
            date: date of the business day, ISO 8601.
            after: batch and position of the entry before the first one wanted.
            limit: largest number of entries.
        """
        day = self._by_date.get(date)
        return None if day is None else day.page(account, after, limit)

    def _make_room(self, accounts: int) -> None:
        """Add accounts opened since, with zero balances."""
        missing = accounts - len(self._balances)
        if missing > 0:
            self._balances = np.concatenate([self._balances, np.zeros(missing, np.int64)])

    def _add(self, batch: int, postings: Records) -> None:
        day = self._day
        first, count = day.postings.count, len(postings)
        kept = np.empty(count, _POSTING)
        kept["batch"], kept["position"] = batch, np.arange(count)
        kept["subject"], kept["time"] = postings["subject"], postings["time"]
        sides = np.empty((count, 2), _SIDE)
        sides["posting"] = np.arange(first, first + count)[:, None]
        accounts = np.stack([postings["debit"], postings["credit"]], axis=1)
        sides["other"] = accounts[:, ::-1]
        changes = np.stack([-postings["amount"], postings["amount"]], axis=1)
        inside = accounts.ravel() != OUTSIDE
        of, changes = accounts.ravel()[inside], changes.ravel()[inside]
        self._make_room(int(of.max()) + 1)
        found = sides.ravel()[inside]
        found["balance"] = self._balances[of] + _running_sums(of, changes)
        np.add.at(self._balances, of, changes)
        # Postings first, so that a reader of the rows always finds them.
        day.postings.append(kept)
        day.sides.append(of, found)


def _running_sums(accounts: npt.NDArray[Any], changes: npt.NDArray[np.int64]) -> Records:
    """The running sum of changes of each account, each change included in its own."""
    order = stable_order(accounts)
    ordered = accounts[order]
    # Sums over several accounts may wrap; the subtraction wraps back.
    sums = np.cumsum(changes[order])
    starts = np.flatnonzero(np.diff(ordered, prepend=ordered[0] - 1))
    before = np.where(starts > 0, sums[starts - 1], 0)
    sums -= np.repeat(before, np.diff(starts, append=len(ordered)))
    found = np.empty_like(sums)
    found[order] = sums
    return found
