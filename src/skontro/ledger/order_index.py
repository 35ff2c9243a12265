"""Every order of the last business days and what became of it, by UETR; derived from the record."""

import bisect
import json
from collections.abc import Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import COMMAND, EventKind
from skontro.ledger.account_statements import AccountStatements
from skontro.ledger.chunked_array import ByAccount, ChunkedArray
from skontro.ledger.entry import Entry
from skontro.ledger.idempotency import Answer, Answers
from skontro.ledger.order_records import (
    NO_NUMBER,
    NO_STATUS,
    ORDER,
    STATUS_OF_KIND,
    STATUSES,
    set_outcome,
)
from skontro.ledger.postgres.tables import COMMANDS, REQUESTS, Records
from skontro.ledger.uetr_index import UetrIndex
from skontro.model import InvariantBroken, OrderStatus, ReasonCode
from skontro.system import (
    ACCEPTED,
    WAREHOUSED,
    Batch,
    BatchKind,
    StepKind,
)

#: Business days whose orders are remembered unless said otherwise.
DEFAULT_DAYS: Final = 20
#: Orders looked at for one page of a list; more than these, and the page ends early.
MAX_LOOKED_AT: Final = 10_000


@attrs.frozen(eq=False)
class OrderPage:
    """Some orders, in the order of submission.

    Attributes:
        indices, orders: of each, and its `ORDER` record, copied.
        following: the index from which to look on; None at the end.
        looked_at: orders that were looked at.
    """

    indices: npt.NDArray[np.int64]
    orders: Records
    following: int | None
    looked_at: int


@attrs.frozen(eq=False)
class _Day:
    """What was submitted from the start of one business day to that of the next.

    Attributes:
        first: index of its first order.
        first_number: what the engine numbers first on it.
        indices: of its orders, by account.
    """

    first: int
    first_number: int
    indices: ByAccount = attrs.field(factory=lambda: ByAccount(np.int64))


class OrderIndex:
    """Orders by index, in the order in which they were submitted.

    An index never changes. Orders of days that are no longer remembered are dropped. Whoever takes
    orders in claims their UETRs, which gives them their indices; they are told of once they have
    been added, with the batch that they are in. Both go on in the same order.

    Args:
        days: business days whose orders are remembered.
    """

    def __init__(self, days: int = DEFAULT_DAYS) -> None:
        self._most_days = days
        #: One for each start; what came before the first is of its day. Replaced, never changed.
        self._days: tuple[_Day, ...] = (_Day(0, 0),)
        self._started = False
        self._listed = 0
        self._orders = ChunkedArray(ORDER)
        self._uetrs = UetrIndex()
        self._claimed = 0
        self._index_of_number = ChunkedArray(np.int64)
        self._answers = Answers()
        #: Replaced by whoever recovers from a record that begins with other balances.
        self.statements = AccountStatements()

    @property
    def base(self) -> int:
        """The first index that is remembered."""
        return self._orders.base

    @property
    def count(self) -> int:
        """The index of the next order to be added."""
        return self._orders.count

    @property
    def next_index(self) -> int:
        """The index that the next order to be claimed will have."""
        return self._claimed

    def claim(self, uetrs: Records) -> range | None:
        """The indices that orders with these UETRs will have; None if one of them is in use.

        Args:
            uetrs: 16 bytes each.
        """
        first, self._claimed = self._claimed, self._claimed + len(uetrs)
        if self._uetrs.claim(uetrs, first):
            return range(first, self._claimed)
        self._claimed = first
        return None

    def withdraw(self, uetrs: Records) -> None:
        """Undo the last claims: these orders will not be added."""
        self._uetrs.withdraw(uetrs)
        self._claimed -= len(uetrs)

    def claimed(self, uetrs: Records) -> npt.NDArray[np.int64]:
        """The index claimed for each UETR, of an order added or not; -1 where there is none."""
        return self._uetrs.find(uetrs)

    def index_of(self, uetr: bytes) -> int | None:
        """The index of the order with this UETR, 16 bytes; None if none is remembered."""
        (index,) = self._uetrs.find(np.frombuffer(uetr, "V16")).tolist()
        return index if self.base <= index < self.count else None

    def order(self, index: int) -> Any:  # noqa: ANN401  one record of `ORDER`
        """The order at an index that `index_of` gave."""
        return self._orders[index]

    def at(self, indices: npt.NDArray[np.int64]) -> Records:
        """The orders at indices that `page`, `index_of` or `index_of_number` gave, copied."""
        return self._orders.take(indices)

    def orders(self, first: int, last: int) -> Records:
        """The orders from one index up to, not including, another, as far as remembered."""
        return self._orders.between(first, last)

    def page(
        self,
        accounts: Sequence[int] | None,
        statuses: Sequence[str],
        after: int,
        limit: int,
        most_looked_at: int = MAX_LOOKED_AT,
    ) -> OrderPage:
        """Orders from an index on; its cost does not depend on how many others there are.

        Args:
            accounts: only orders that one of these pays or is paid by; None for all.
            statuses: only orders with one of these statuses now; none for any.
            after: index to begin with: 0, or where the page before says.
            limit: most orders of the page.
            most_looked_at: after so many, it ends early.
        """
        # Read first: all that is listed up to here can be found below.
        end = self._listed
        start = max(after, self.base)
        most = min(limit, most_looked_at) if not statuses else most_looked_at
        if accounts is None:
            indices = np.arange(start, min(end, start + most), dtype=np.int64)
        else:
            indices = self._indices(accounts, start, end, most)
        wanted = np.ones(len(indices), np.bool_)
        if statuses:
            numbers = [STATUSES.index(status) for status in statuses]
            wanted = np.isin(self._orders.take(indices, "status"), numbers)
        chosen = np.flatnonzero(wanted)[:limit]
        looked_at = int(chosen[-1]) + 1 if len(chosen) == limit else len(indices)
        if looked_at < len(indices):
            following: int | None = int(indices[looked_at])
        elif len(indices) == most:
            following = int(indices[-1]) + 1
        else:
            following = None
        if following is not None and following >= end:
            following = None
        indices = indices[chosen]
        return OrderPage(indices, self.at(indices), following, looked_at)

    def _indices(
        self, accounts: Sequence[int], start: int, end: int, most: int
    ) -> npt.NDArray[np.int64]:
        """The first indices of orders of these accounts in a range, each once."""
        found: list[npt.NDArray[np.int64]] = []
        count = 0
        days = self._days
        first_day = max(0, bisect.bisect_right(days, start, key=lambda day: day.first) - 1)
        for day in days[first_day:]:
            of_day = [np.zeros(0, np.int64)]
            for account in accounts:
                rows = day.indices.of(account)
                place = int(np.searchsorted(rows, start))
                of_day.append(rows[place : place + most - count])
            indices = np.unique(np.concatenate(of_day))[: most - count]
            indices = indices[indices < end]
            found.append(indices)
            count += len(indices)
            if count == most:
                break
        return np.concatenate(found)

    def add(self, entry: Entry) -> None:
        """Take in the next batch of the record.

        Raises:
            InvariantBroken: one of its orders has the UETR of another, or the balances at the seal
                of a day are not those that the postings add up to.
        """
        batch = entry.batch
        if batch.kind == BatchKind.STEP:
            step = json.loads(batch.body)
            if step["kind"] == StepKind.START:
                self._begin_day(step["date"])
        self._answers.add(entry)
        self.statements.add(entry)
        if batch.kind == BatchKind.ORDERS:
            self._add_orders(entry)
        elif batch.kind == BatchKind.STEP:
            self._release(batch)
        elif batch.kind == BatchKind.REQUEST:
            self._follow_request(batch)
        self._follow(batch.events)

    def answer(self, key: bytes) -> Answer | None:
        """What was answered to the request with this key; None if none is remembered."""
        return self._answers.find(key)

    def _begin_day(self, date: str) -> None:
        self.statements.begin_day(date)
        self.statements.keep(self._most_days)
        if not self._started:
            self._started = True
            return
        self._answers.begin_day()
        self._answers.keep(self._most_days)
        days = (*self._days, _Day(self.count, self._index_of_number.count))
        if len(days) > self._most_days:
            days = days[-self._most_days :]
            # Orders that waited for this day have numbers of it, and are forgotten all the same.
            self._index_of_number.drop_before(days[0].first_number)
            self._uetrs.base = days[0].first
            self._orders.drop_before(days[0].first)
        self._days = days

    def _add_orders(self, entry: Entry) -> None:
        rows = entry.rows[COMMANDS.name]
        start, count = self.count, len(rows)
        if self._claimed == start and self.claim(rows["uetr"]) is None:
            # Days may have been forgotten then that are remembered now: the later order stands.
            self._uetrs.withdraw(rows["uetr"])
            if self.claim(rows["uetr"]) is None:
                raise InvariantBroken("a UETR stands for one order", f"batch {entry.number}")
        added = np.zeros(count, ORDER)
        for name in COMMAND.names or ():
            if name != "admission":
                added[name] = rows[name]
        added["class_now"] = rows["payment_class"]
        added["batch"], added["position"] = entry.number, np.arange(count)
        requests = entry.rows[REQUESTS.name]
        added["participant"] = np.repeat(
            requests["participant"].astype(np.int32), requests["commands"].astype(np.int64)
        )
        set_outcome(added, rows["admission"], entry.batch.time)
        for name in ("status", "reason", "time"):
            source = "status_time" if name == "time" else name
            added[f"entry_{name}"] = added[source]
        admitted = np.flatnonzero(rows["admission"] == ACCEPTED)
        added["entry_status"][admitted] = -1  # the first event says it
        added["number"] = NO_NUMBER
        added["number"][admitted] = self._index_of_number.count + np.arange(len(admitted))
        self._index_of_number.append(admitted + start)
        self._orders.append(added)
        sides = np.stack([rows["payer"], rows["payee"]], axis=1)
        listed = np.ones(sides.shape, np.bool_)
        listed[:, 1] = sides[:, 0] != sides[:, 1]
        indices = np.repeat(np.arange(start, start + count), 2)
        self._days[-1].indices.append(sides[listed], indices[listed.ravel()])
        self._listed = self.count

    def _release(self, batch: Batch) -> None:
        """Warehoused orders whose day has come."""
        if not batch.commands.are_orders.any():
            return
        orders = batch.commands.take(batch.commands.are_orders)
        admission = orders.column("admission")
        indices = self.claimed(orders.uetr)
        known = indices >= self.base
        released = self._orders.take(indices[known])
        set_outcome(released, admission[known], batch.time)
        admitted = admission == ACCEPTED
        numbers = self._index_of_number.count + np.cumsum(admitted) - 1
        released["number"] = np.where(admitted, numbers, NO_NUMBER)[known]
        self._orders.put(indices[known], released)
        self._index_of_number.append(np.where(known, indices, NO_NUMBER)[admitted])

    def _follow_request(self, batch: Batch) -> None:
        request = batch.commands
        if request.column("admission")[0] == WAREHOUSED:
            index = self.index_of(request.uetr[0].tobytes())
            if index is not None:
                order = self._orders[index]
                order["status"] = STATUSES.index(OrderStatus.CANCELLED)
                order["reason"] = int(ReasonCode.CANCELLED_BY_PARTICIPANT)
                order["status_time"] = batch.time
            return
        changed = batch.events["kind"] == int(EventKind.CLASS_CHANGED)
        for number in batch.events["order"][changed].tolist():
            index = self.index_of_number(number)
            if index is not None:
                self._orders[index]["class_now"] = request.payment_class[0]

    def index_of_number(self, number: int) -> int | None:
        """The index of the order that has this number in the engine."""
        numbered = self._index_of_number
        if not numbered.base <= number < numbered.count or numbered[number] < self.base:
            return None
        return int(numbered[number])

    def _follow(self, events: Records) -> None:
        status = STATUS_OF_KIND[events["kind"]]
        about = (status != NO_STATUS) & (events["order"] >= self._index_of_number.base)
        if not about.any():
            return
        indices = self._index_of_number.take(events["order"][about])
        known = indices >= self.base
        places, events, status = indices[known], events[about][known], status[about][known]
        # Of several events of one order the last stands. The first, likewise, in reverse order,
        # where the order has had none before.
        fresh = np.flatnonzero(self._orders.take(places, "entry_status") < 0)[::-1]
        for prefix, time, these in (
            ("entry_", "entry_time", fresh),
            ("", "status_time", slice(None)),
        ):
            self._orders.put(places[these], status[these], f"{prefix}status")
            self._orders.put(places[these], events["reason"][these], f"{prefix}reason")
            self._orders.put(places[these], events["time"][these], time)

    def begin_at(self, number: int, index: int) -> None:
        """Say, before the first batch, what came before it.

        Args:
            number: that the engine gives to the next order.
            index: of the next order, so that it is the same after a restart.
        """
        self._index_of_number = ChunkedArray(np.int64, number)
        self._orders = ChunkedArray(ORDER, index)
        self._uetrs.base = self._claimed = self._listed = index
        self._days = (_Day(index, number),)
