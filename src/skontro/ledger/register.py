"""Every order of the last business days and what became of it, by UETR; derived from the record."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.conduct import ADMITTED, COMMAND, ORDER_KINDS, WAREHOUSED, Batch, BatchKind
from skontro.engine import EventKind
from skontro.ledger.entry import NO_DIGEST, Entry
from skontro.ledger.tables import REQUESTS, Records
from skontro.model import OrderStatus, ReasonCode

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

_REFUSALS: Final = (
    EventKind.REQUEST_REFUSED,
    EventKind.CONTROL_REFUSED,
    EventKind.LIQUIDITY_REFUSED,
)

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


@attrs.frozen
class Answer:
    """What was answered to a request, so that the same request gets the same answer.

    Attributes:
        content: SHA-256 of what was asked.
        batch: its number in the record.
        reason: why it was refused; `ReasonCode.NONE` where it was not, and for orders.
        subject: number of the proposal, of an act.
    """

    content: bytes
    batch: int
    reason: int
    subject: int


def _outcome(batch: Batch) -> tuple[int, int]:
    """Reason and proposal of a request or act."""
    if batch.kind == BatchKind.ACT:
        body = json.loads(batch.body)
        refused = [e for e in batch.events if e["kind"] in _REFUSALS]
        return int(refused[0]["reason"]) if refused else int(body["reason"]), int(body["proposal"])
    if batch.kind == BatchKind.REQUEST:
        admission = int(batch.rows["admission"][0])
        if admission != ADMITTED:
            return max(0, admission), -1
        event = batch.events[0]
        return (int(event["reason"]) if event["kind"] in _REFUSALS else 0), -1
    return 0, -1


class Register:
    """Orders by index, in the order in which they were submitted.

    An index never changes. Orders of days that are no longer remembered are dropped.

    Args:
        days: business days whose orders are remembered.
    """

    def __init__(self, days: int = DEFAULT_DAYS) -> None:
        self._days = days
        self._day_starts: list[int] = []
        self.base = 0
        self.count = 0
        self._orders: Records = np.zeros(1024, ORDER)
        self._index_of_uetr: dict[bytes, int] = {}
        self._answers: dict[bytes, Answer] = {}
        self._first_number = self._used = 0
        self._index_of_number: npt.NDArray[np.int64] = np.full(1024, -1, np.int64)

    def index_of(self, uetr: bytes) -> int | None:
        """The index of the order with this UETR, 16 bytes; None if none is remembered."""
        return self._index_of_uetr.get(uetr)

    def knows_any(self, uetrs: Iterable[bytes]) -> bool:
        """Whether an order with one of these UETRs is remembered."""
        return not self._index_of_uetr.keys().isdisjoint(uetrs)

    def indices_of(self, uetrs: Iterable[bytes]) -> list[int | None]:
        """`index_of` for many."""
        return [*map(self._index_of_uetr.get, uetrs)]

    def order(self, index: int) -> Any:  # noqa: ANN401  one record of `ORDER`
        """The order at an index that `index_of` gave."""
        return self._orders[index - self.base]

    def orders(self, first: int, last: int) -> Records:
        """The orders from one index up to, not including, another, as far as remembered."""
        first = max(first, self.base)
        return self._orders[first - self.base : max(first, min(last, self.count)) - self.base]

    def add(self, entry: Entry) -> None:
        """Take in the next batch of the record."""
        batch = entry.batch
        if batch.kind == BatchKind.STEP and '"kind":"start"' in batch.body:
            self._begin_day()
        self._take_requests(entry)
        if batch.kind == BatchKind.ORDERS:
            self._add_orders(entry)
        elif batch.kind == BatchKind.STEP:
            self._release(batch)
        elif batch.kind == BatchKind.REQUEST:
            self._follow_request(batch)
        self._follow(batch.events)

    def _take_requests(self, entry: Entry) -> None:
        batch = entry.batch
        if batch.kind not in (BatchKind.ORDERS, BatchKind.REQUEST, BatchKind.ACT):
            return
        reason, subject = _outcome(batch)
        for row in entry.rows[REQUESTS.name]:
            key = row["key"].tobytes()
            if key != NO_DIGEST:
                content = row["content"].tobytes()
                self._answers[key] = Answer(content, entry.number, reason, subject)

    def answer(self, key: bytes) -> "Answer | None":
        """What was answered to the request with this key; None if none is remembered."""
        return self._answers.get(key)

    def _begin_day(self) -> None:
        self._day_starts.append(self.count)
        if len(self._day_starts) <= self._days:
            return
        keep_from = self._day_starts[-self._days]
        if keep_from < self.count:
            oldest = int(self._orders[keep_from - self.base]["batch"])
            self._answers = {k: a for k, a in self._answers.items() if a.batch >= oldest}
        dropped = self._orders[: keep_from - self.base]
        for uetr in dropped["uetr"].tolist():
            self._index_of_uetr.pop(uetr, None)
        numbers = dropped["number"][dropped["number"] != _NO_NUMBER]
        if numbers.size:
            number = int(numbers.max()) + 1
            self._index_of_number = self._index_of_number[number - self._first_number :].copy()
            self._first_number = number
        self._orders = self._orders[keep_from - self.base :].copy()
        self.base = keep_from
        del self._day_starts[: -self._days]

    def _add_orders(self, entry: Entry) -> None:
        rows = entry.batch.rows
        count = len(rows)
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
        added["number"] = _NO_NUMBER
        self._set_outcome(added, rows["admission"], entry.batch.time)
        for name in ("status", "reason", "time"):
            source = "status_time" if name == "time" else name
            added[f"entry_{name}"] = added[source]
        admitted = np.flatnonzero(rows["admission"] == ADMITTED)
        added["entry_status"][admitted] = -1  # the first event says it
        start = self.count
        self._grow(start + count)
        self._orders[start - self.base : start - self.base + count] = added
        indices = range(start, start + count)
        self._index_of_uetr.update(zip(rows["uetr"].tolist(), indices, strict=True))
        self._number(admitted + start)
        self.count = start + count

    def _release(self, batch: Batch) -> None:
        """Warehoused orders whose day has come."""
        orders = np.isin(batch.rows["kind"], ORDER_KINDS)
        if not orders.any():
            return
        rows = batch.rows[orders]
        found = [self._index_of_uetr.get(uetr, -1) for uetr in rows["uetr"].tolist()]
        indices = np.array(found, np.int64)
        known = indices >= 0
        places = indices[known] - self.base
        released = self._orders[places]
        self._set_outcome(released, rows["admission"][known], batch.time)
        self._orders[places] = released
        self._number(np.where(known, indices, -1)[rows["admission"] == ADMITTED])

    def _follow_request(self, batch: Batch) -> None:
        row = batch.rows[0]
        if row["admission"] == WAREHOUSED:
            index = self._index_of_uetr.get(row["uetr"].tobytes())
            if index is not None:
                order = self._orders[index - self.base]
                order["status"] = STATUSES.index(OrderStatus.CANCELLED)
                order["reason"] = int(ReasonCode.CANCELLED_BY_PARTICIPANT)
                order["status_time"] = batch.time
            return
        changed = batch.events["kind"] == int(EventKind.CLASS_CHANGED)
        for number in batch.events["order"][changed].tolist():
            index = self.index_of_number(number)
            if index is not None:
                self._orders[index - self.base]["class_now"] = row["payment_class"]

    def index_of_number(self, number: int) -> int | None:
        """The index of the order that has this number in the engine."""
        place = number - self._first_number
        if not 0 <= place < len(self._index_of_number) or self._index_of_number[place] < self.base:
            return None
        return int(self._index_of_number[place])

    def _follow(self, events: Records) -> None:
        kinds = [int(kind) for kind in STATUS_OF_EVENT]
        events = events[np.isin(events["kind"], kinds)]
        if not len(events):
            return
        indices = self._index_of_number[events["order"] - self._first_number]
        events, places = events[indices >= self.base], indices[indices >= self.base] - self.base
        status = np.full(max(kinds) + 1, -1, np.int8)
        for kind, value in STATUS_OF_EVENT.items():
            status[int(kind)] = STATUSES.index(value)
        # Of several events of one order the last stands: assigned in order. The first, likewise,
        # in reverse order, where the order has had none before.
        fresh = self._orders["entry_status"][places] < 0
        for prefix, these, those in (
            ("", places, events),
            ("entry_", places[fresh][::-1], events[fresh][::-1]),
        ):
            self._orders[f"{prefix}status"][these] = status[those["kind"]]
            self._orders[f"{prefix}reason"][these] = those["reason"]
            name = "status_time" if not prefix else "entry_time"
            self._orders[name][these] = those["time"]

    def _set_outcome(self, orders: Records, admission: Records, time: int) -> None:
        """Status by admission; of those admitted the events tell it."""
        waits = admission == WAREHOUSED
        refused = STATUSES.index(OrderStatus.REFUSED)
        orders["status"] = np.where(waits, _WAREHOUSED, refused)
        orders["reason"] = np.where(waits, int(ReasonCode.AWAITS_VALUE_DATE), admission)
        orders["status_time"] = time

    def _number(self, indices: npt.NDArray[np.int64]) -> None:
        """The engine's next numbers for these orders, in their order."""
        used = self._used - self._first_number
        end = used + len(indices)
        if end > len(self._index_of_number):
            larger = np.full(max(end, 2 * len(self._index_of_number)), -1, np.int64)
            larger[:used] = self._index_of_number[:used]
            self._index_of_number = larger
        self._index_of_number[used:end] = indices
        numbers = np.arange(used, end) + self._first_number
        known = indices >= self.base
        self._orders["number"][indices[known] - self.base] = numbers[known]
        self._used = end + self._first_number

    def begin_at(self, number: int) -> None:
        """Say, before the first batch, which number the engine gives to the next order."""
        self._first_number = self._used = number

    def _grow(self, count: int) -> None:
        needed = count - self.base
        if needed > len(self._orders):
            larger = np.zeros(max(needed, 2 * len(self._orders)), ORDER)
            larger[: self.count - self.base] = self._orders[: self.count - self.base]
            self._orders = larger


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
