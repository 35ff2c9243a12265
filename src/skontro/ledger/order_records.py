"""An order in the order index: its fields, its statuses, and the effect of events on them."""

from typing import Final

import numpy as np
import numpy.typing as npt

from skontro.engine import COMMAND, EventKind
from skontro.ledger.postgres.tables import Records
from skontro.model import OrderStatus, ReasonCode
from skontro.system import WAREHOUSED, are_held

#: In `number`: the engine has not numbered it.
NO_NUMBER: Final = -1

#: Status by number, as rows have it.
STATUSES: Final = (*OrderStatus, "warehoused")
WAREHOUSED_STATUS: Final = len(OrderStatus)
#: Status of an order after an event.
STATUS_OF_EVENT: Final = {
    EventKind.REJECTED: OrderStatus.REJECTED,
    EventKind.HELD: OrderStatus.HELD,
    EventKind.QUEUED: OrderStatus.QUEUED,
    EventKind.SETTLED: OrderStatus.SETTLED,
    EventKind.RETURNED: OrderStatus.RETURNED,
    EventKind.CANCELLED: OrderStatus.CANCELLED,
}

#: Fields of a command that the index does without: the record has them.
_NOT_INDEXED: Final = ("acceptance", "travel_rule", "evidence")
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
        ("entry_status", np.int8),
        ("entry_reason", np.int16),
        ("entry_time", np.int64),
        ("status", np.int8),
        ("reason", np.int16),
        ("status_time", np.int64),
    ]
)


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
