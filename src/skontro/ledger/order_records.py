"""Orders in the order index: fields, statuses and the effect of events; days and pages of them."""

import bisect
from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import COMMAND, EventKind
from skontro.ledger.chunked_array import ByAccount
from skontro.ledger.entry import Entry
from skontro.ledger.postgres.tables import COMMANDS, REQUESTS, Records
from skontro.model import OrderStatus, ReasonCode
from skontro.system import ACCEPTED, WAREHOUSED, are_held

#: In `number`: the engine has not numbered it.
NO_NUMBER: Final = -1
#: UETR of no counterleg, and the account at which legs of all accounts are listed.
NO_COUNTERLEG: Final = np.zeros((), "V16")
ANY_ACCOUNT: Final = -1

#: Status by number, as rows have it.
STATUSES: Final = (*OrderStatus, "warehoused", "earmarked")
WAREHOUSED_STATUS: Final = STATUSES.index("warehoused")
#: Status of an order after an event.
STATUS_OF_EVENT: Final = {
    EventKind.REJECTED: OrderStatus.REJECTED,
    EventKind.HELD: OrderStatus.HELD,
    EventKind.QUEUED: OrderStatus.QUEUED,
    EventKind.SETTLED: OrderStatus.SETTLED,
    EventKind.RETURNED: OrderStatus.RETURNED,
    EventKind.CANCELLED: OrderStatus.CANCELLED,
    EventKind.EARMARKED: "earmarked",
    EventKind.COMPLETED: OrderStatus.SETTLED,
    EventKind.RELEASED: OrderStatus.RETURNED,
}

#: Fields of a command that the index does without: the record has them.
_NOT_INDEXED: Final = ("acceptance", "travel_rule", "evidence", "customer", "purpose")
#: Fields of a command that the index has.
INDEXED: Final = tuple(name for name in COMMAND.names or () if name not in _NOT_INDEXED)

#: An order as submitted, its first outcome, and its status.
ORDER: Final = np.dtype(
    [
        *((name, COMMAND[name]) for name in INDEXED),
        ("number", np.int64),  # the engine's; -1 where it has none
        ("batch", np.int64),
        ("position", np.int32),
        ("participant", np.int32),  # the submitter
        ("class_now", np.int16),
        ("earliest_now", np.int64),
        ("latest_now", np.int64),
        ("entry_status", np.int8),
        ("entry_reason", np.int16),
        ("entry_time", np.int64),
        ("status", np.int8),
        ("reason", np.int16),
        ("status_time", np.int64),
    ]
)

#: Fields of a waiting order that can be changed: the present one, and that submitted.
NOW: Final = {"class_now": "payment_class", "earliest_now": "earliest", "latest_now": "latest"}


def set_outcome(orders: Records, acceptance: Records, time: int) -> None:
    """Set the status by acceptance; events set that of admitted orders."""
    waits, held = acceptance == WAREHOUSED, are_held(acceptance)
    status = np.full(len(acceptance), STATUSES.index(OrderStatus.REJECTED))
    status[acceptance == int(ReasonCode.RETURNED_WHILE_HELD)] = STATUSES.index(OrderStatus.RETURNED)
    status[held], status[waits] = STATUSES.index(OrderStatus.HELD), WAREHOUSED_STATUS
    orders["status"] = status
    reason = np.where(held, -acceptance, acceptance)
    orders["reason"] = np.where(waits, int(ReasonCode.AWAITS_VALUE_DATE), reason)
    orders["status_time"] = time


def new_orders(entry: Entry, first_number: int) -> Records:
    """The orders of a batch as `ORDER` records; events set the status of those admitted.

    Args:
        entry: a batch of orders.
        first_number: the engine's number for the first order admitted.
    """
    rows = entry.rows[COMMANDS.name]
    count = len(rows)
    added = np.zeros(count, ORDER)
    for name in INDEXED:
        added[name] = rows[name]
    for now, submitted in NOW.items():
        added[now] = rows[submitted]
    added["batch"], added["position"] = entry.number, np.arange(count)
    requests = entry.rows[REQUESTS.name]
    added["participant"] = np.repeat(
        requests["participant"].astype(np.int32), requests["commands"].astype(np.int64)
    )
    set_outcome(added, rows["acceptance"], entry.batch.time)
    for name in ("status", "reason", "time"):
        source = "status_time" if name == "time" else name
        added[f"entry_{name}"] = added[source]
    admitted = np.flatnonzero(rows["acceptance"] == ACCEPTED)
    added["entry_status"][admitted] = -1  # set by the first event
    added["number"] = NO_NUMBER
    added["number"][admitted] = first_number + np.arange(len(admitted))
    return added


def _status_of_kind() -> npt.NDArray[np.int8]:
    """Index in `STATUSES` by kind of event."""
    statuses = np.full(max(EventKind) + 1, NO_STATUS, np.int8)
    for kind, status in STATUS_OF_EVENT.items():
        statuses[int(kind)] = STATUSES.index(status)
    return statuses


#: An event without effect on the status of an order.
NO_STATUS: Final = -1
#: Index in `STATUSES` by kind of event.
STATUS_OF_KIND: Final = _status_of_kind()


def status_name(number: int) -> str:
    """The name of a status number."""
    return str(STATUSES[number])


@attrs.frozen(eq=False)
class OrderPage:
    """Some orders, in the order of submission.

    Attributes:
        indices, orders: of each, and its `ORDER` record, copied.
        following: the first index of the next page; None at the end.
        looked_at: number of orders examined.
    """

    indices: npt.NDArray[np.int64]
    orders: Records
    following: int | None
    looked_at: int


@attrs.frozen(eq=False)
class OrdersOfDay:
    """The orders submitted from the start of one business day to that of the next.

    Attributes:
        first: index of its first order.
        first_number: the engine's first order number of the day.
        indices: indices of its orders, by account.
        legs: indices of those with a counterleg, by account, and all at `ANY_ACCOUNT`.
    """

    first: int
    first_number: int
    indices: ByAccount = attrs.field(factory=lambda: ByAccount(np.int64))
    legs: ByAccount = attrs.field(factory=lambda: ByAccount(np.int64))

    def list_orders(self, rows: Records, start: int) -> None:
        """List orders at the accounts of both sides, once where these are the same.

        Args:
            rows: of the table of commands, orders only.
            start: index of the first.
        """
        sides = np.stack([rows["payer"], rows["payee"]], axis=1)
        listed = np.ones(sides.shape, np.bool_)
        listed[:, 1] = sides[:, 0] != sides[:, 1]
        indices = np.repeat(np.arange(start, start + len(rows)), 2)
        self.indices.append(sides[listed], indices[listed.ravel()])
        legs = np.flatnonzero(rows["counterleg"] != NO_COUNTERLEG)
        if len(legs):
            of_legs = np.zeros(sides.shape, np.bool_)
            of_legs[legs] = listed[legs]
            self.legs.append(sides[of_legs], indices[of_legs.ravel()])
            self.legs.append(np.full(len(legs), ANY_ACCOUNT, np.int32), legs + start)


def indices_of_accounts(
    days: Sequence[OrdersOfDay],
    accounts: Sequence[int],
    start: int,
    end: int,
    most: int,
    *,
    legs: bool = False,
) -> npt.NDArray[np.int64]:
    """The first indices of orders of these accounts in a range, each once.

    Args:
        days: in order of time.
        accounts: by number.
        start, end: indices from the one up to, not including, the other.
        most: most indices.
        legs: whether only orders with a counterleg count.
    """
    found: list[npt.NDArray[np.int64]] = []
    count = 0
    first_day = max(0, bisect.bisect_right(days, start, key=lambda day: day.first) - 1)
    for day in days[first_day:]:
        of_day = [np.zeros(0, np.int64)]
        for account in accounts:
            rows = (day.legs if legs else day.indices).of(account)
            first = int(np.searchsorted(rows, start))
            of_day.append(rows[first : first + most - count])
        indices = np.unique(np.concatenate(of_day))[: most - count]
        indices = indices[indices < end]
        found.append(indices)
        count += len(indices)
        if count == most:
            break
    return np.concatenate(found)
