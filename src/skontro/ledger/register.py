"""Every order of the last business days and what became of it, by UETR; derived from the record."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from skontro.conduct import ADMITTED, COMMAND, WAREHOUSED, Batch, BatchKind, are_orders
from skontro.engine import EventKind
from skontro.ledger.answers import Answer, Answers
from skontro.ledger.blocks import Blocks
from skontro.ledger.entry import Entry
from skontro.ledger.tables import REQUESTS, Records
from skontro.ledger.uetr_index import UetrIndex
from skontro.model import InvariantBroken, OrderStatus, ReasonCode

#: Business days whose orders are remembered unless said otherwise.
DEFAULT_DAYS: Final = 20

_NO_NUMBER: Final = -1

#: Status by number, as rows have it.
STATUSES: Final = (*OrderStatus, "warehoused")
_WAREHOUSED: Final = len(OrderStatus)
#: What an order is after an event that is about it.
STATUS_OF_EVENT: Final = {
    EventKind.REFUSED: OrderStatus.REFUSED,
    EventKind.HELD: OrderStatus.HELD,
    EventKind.QUEUED: OrderStatus.QUEUED,
    EventKind.SETTLED: OrderStatus.SETTLED,
    EventKind.RETURNED: OrderStatus.RETURNED,
    EventKind.CANCELLED: OrderStatus.CANCELLED,
}

#: An order as it was submitted, its first outcome, and where it stands.
ORDER: Final = np.dtype(
    [
        *((name, COMMAND[name]) for name in COMMAND.names or () if name != "admission"),
        ("number", np.int64),  # the engine's; -1 where it has none
        ("batch", np.int64),
        ("position", np.int32),
        ("participant", np.int32),  # who submitted it
        ("class_now", np.int16),
        ("entry_status", np.int8),
        ("entry_reason", np.int16),
        ("entry_time", np.int64),
        ("status", np.int8),
        ("reason", np.int16),
        ("status_time", np.int64),
    ]
)


class Register:
    """Orders by index, in the order in which they were submitted.

    An index never changes. Orders of days that are no longer remembered are dropped. Whoever takes
    orders in claims their UETRs, which gives them their indices; they are told of once they have
    been added, with the batch that they are in. Both go on in the same order.

    Args:
        days: business days whose orders are remembered.
    """

    def __init__(self, days: int = DEFAULT_DAYS) -> None:
        self._days = days
        self._day_starts: list[int] = []
        self._orders = Blocks(ORDER)
        self._uetrs = UetrIndex()
        self._claimed = 0
        self._index_of_number = Blocks(np.int64)
        self._answers = Answers()

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

    def orders(self, first: int, last: int) -> Records:
        """The orders from one index up to, not including, another, as far as remembered."""
        return self._orders.between(first, last)

    def add(self, entry: Entry) -> None:
        """Take in the next batch of the record.

        Raises:
            InvariantBroken: one of its orders has the UETR of another.
        """
        batch = entry.batch
        if batch.kind == BatchKind.STEP and '"kind":"start"' in batch.body:
            self._begin_day()
        self._answers.add(entry)
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

    def _begin_day(self) -> None:
        self._day_starts.append(self.count)
        if len(self._day_starts) <= self._days:
            return
        keep_from = self._day_starts[-self._days]
        if keep_from < self.count:
            self._answers.forget_before(int(self._orders[keep_from]["batch"]))
        numbers = self._orders.between(self.base, keep_from)["number"]
        if numbers.size and (last := int(numbers.max())) != _NO_NUMBER:
            self._index_of_number.drop_before(last + 1)
        self._uetrs.base = keep_from
        self._orders.drop_before(keep_from)
        del self._day_starts[: -self._days]

    def _add_orders(self, entry: Entry) -> None:
        rows = entry.batch.rows
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
        _set_outcome(added, rows["admission"], entry.batch.time)
        for name in ("status", "reason", "time"):
            source = "status_time" if name == "time" else name
            added[f"entry_{name}"] = added[source]
        admitted = np.flatnonzero(rows["admission"] == ADMITTED)
        added["entry_status"][admitted] = -1  # the first event says it
        added["number"] = _NO_NUMBER
        added["number"][admitted] = self._index_of_number.count + np.arange(len(admitted))
        self._index_of_number.append(admitted + start)
        self._orders.append(added)

    def _release(self, batch: Batch) -> None:
        """Warehoused orders whose day has come."""
        rows = batch.rows[are_orders(batch.rows)]
        if not len(rows):
            return
        indices = self.claimed(rows["uetr"])
        known = indices >= self.base
        released = self._orders.take(indices[known])
        _set_outcome(released, rows["admission"][known], batch.time)
        admitted = rows["admission"] == ADMITTED
        numbers = self._index_of_number.count + np.cumsum(admitted) - 1
        released["number"] = np.where(admitted, numbers, _NO_NUMBER)[known]
        self._orders.put(indices[known], released)
        self._index_of_number.append(np.where(known, indices, _NO_NUMBER)[admitted])

    def _follow_request(self, batch: Batch) -> None:
        row = batch.rows[0]
        if row["admission"] == WAREHOUSED:
            index = self.index_of(row["uetr"].tobytes())
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
                self._orders[index]["class_now"] = row["payment_class"]

    def index_of_number(self, number: int) -> int | None:
        """The index of the order that has this number in the engine."""
        numbered = self._index_of_number
        if not numbered.base <= number < numbered.count or numbered[number] < self.base:
            return None
        return int(numbered[number])

    def _follow(self, events: Records) -> None:
        status = _STATUS_OF_KIND[events["kind"]]
        about = (status != _NO_STATUS) & (events["order"] >= self._index_of_number.base)
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

    def begin_at(self, number: int) -> None:
        """Say, before the first batch, which number the engine gives to the next order."""
        self._index_of_number = Blocks(np.int64, number)


def _set_outcome(orders: Records, admission: Records, time: int) -> None:
    """Status by admission; of those admitted the events tell it."""
    waits = admission == WAREHOUSED
    refused = STATUSES.index(OrderStatus.REFUSED)
    orders["status"] = np.where(waits, _WAREHOUSED, refused)
    orders["reason"] = np.where(waits, int(ReasonCode.AWAITS_VALUE_DATE), admission)
    orders["status_time"] = time


def _status_of_kind() -> npt.NDArray[np.int8]:
    """Place among `STATUSES` by kind of event."""
    statuses = np.full(max(EventKind) + 1, _NO_STATUS, np.int8)
    for kind, status in STATUS_OF_EVENT.items():
        statuses[int(kind)] = STATUSES.index(status)
    return statuses


_NO_STATUS: Final = -1
_STATUS_OF_KIND: Final = _status_of_kind()


def status_name(number: int) -> str:
    """The word for a status as rows have it."""
    return str(STATUSES[number])


def matching(
    orders: Records, statuses: Sequence[str], accounts: Sequence[int]
) -> npt.NDArray[np.int64]:
    """Places of the orders with one of these statuses and one of these accounts on either side."""
    wanted = [STATUSES.index(status) for status in statuses]
    found = np.isin(orders["payer"], accounts) | np.isin(orders["payee"], accounts)
    if wanted:
        found &= np.isin(orders["status"], wanted)
    return np.flatnonzero(found)
