"""Settled orders of the running day and queued value by account, kept from committed batches."""

import threading
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.ledger.chunked_array import ChunkedArray
from skontro.ledger.order_records import ORDER, STATUSES
from skontro.ledger.postgres.tables import Records
from skontro.model import OrderStatus, PaymentClass

#: An order that became final by settlement.
SETTLED_ORDER: Final = np.dtype(
    [("time", np.int64), ("amount", np.int64), ("payer", np.int32), ("payee", np.int32)]
)

#: The fields of `ORDER` that decide.
FOLLOWED: Final = np.dtype(
    [
        (name, ORDER[name])
        for name in ("status", "status_time", "amount", "payer", "payee", "class_now")
    ]
)

_CLASSES: Final = len(PaymentClass)
_QUEUED: Final = STATUSES.index(OrderStatus.QUEUED)
_SETTLED: Final = STATUSES.index(OrderStatus.SETTLED)

_Int64s = npt.NDArray[np.int64]


@attrs.frozen(eq=False)
class QueuedFigures:
    """Queued orders by payer's account and class, at one moment.

    Attributes:
        orders: their number, one row for each account and one column for each class.
        value: minor units, likewise.
    """

    orders: _Int64s
    value: _Int64s


class DayFigures:
    """Figures of the running day, each changed by the orders whose status a batch has changed.

        figures = DayFigures()
        figures.begin_day()
        figures.follow(orders, before)
        figures.queued.value.sum()

    One thread adds; any thread may read at the same time. A reader of `settled` continues where it
    stopped, as long as the array is the same.

    Attributes:
        settled: the day's settled orders in the order of the record; another array for each day.
    """

    def __init__(self) -> None:
        self.settled = ChunkedArray(SETTLED_ORDER)
        self._orders = np.zeros((0, _CLASSES), np.int64)
        self._value = np.zeros((0, _CLASSES), np.int64)
        self._lock = threading.Lock()

    @property
    def queued(self) -> QueuedFigures:
        """A copy of the queued orders and their value."""
        with self._lock:
            return QueuedFigures(self._orders.copy(), self._value.copy())

    def begin_day(self) -> None:
        """Begin a day: nothing has settled on it."""
        self.settled = ChunkedArray(SETTLED_ORDER)

    def follow(self, orders: Records, before: Records) -> None:
        """Follow changes of status, each order once.

        Args:
            orders: `FOLLOWED` fields after the change.
            before: their numbers of status before it.
        """
        status = orders["status"]
        left = (before == _QUEUED) & (status != _QUEUED)
        joined = (before != _QUEUED) & (status == _QUEUED)
        if left.any() or joined.any():
            with self._lock:
                self._add(orders[joined], 1)
                self._add(orders[left], -1)
        settled = orders[(status == _SETTLED) & (before != _SETTLED)]
        if len(settled):
            rows = np.empty(len(settled), SETTLED_ORDER)
            rows["time"] = settled["status_time"]
            for name in ("amount", "payer", "payee"):
                rows[name] = settled[name]
            self.settled.append(rows)

    def change_class(self, order: Records, payment_class: int) -> None:
        """Follow an order to another class, where it is queued.

        Args:
            order: one `ORDER` record before the change, as an array.
            payment_class: number of the new class.
        """
        queued = order[order["status"] == _QUEUED].copy()
        with self._lock:
            self._add(queued, -1)
            queued["class_now"] = payment_class
            self._add(queued, 1)

    def _add(self, orders: Records, sign: int) -> None:
        if not len(orders):
            return
        payers, classes = orders["payer"].astype(np.int64), orders["class_now"]
        missing = int(payers.max()) + 1 - len(self._orders)
        if missing > 0:
            more = np.zeros((missing, _CLASSES), np.int64)
            self._orders = np.concatenate([self._orders, more])
            self._value = np.concatenate([self._value, more])
        np.add.at(self._orders, (payers, classes), sign)
        np.add.at(self._value, (payers, classes), sign * orders["amount"])
