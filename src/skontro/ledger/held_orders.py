"""Orders that are held outside the engine, until two people decide, by index in the order index."""

import threading

import numpy as np
import numpy.typing as npt

from skontro.ledger.order_records import NO_NUMBER, STATUSES
from skontro.ledger.postgres.tables import Records
from skontro.model import OrderStatus

_HELD = STATUSES.index(OrderStatus.HELD)


class HeldOrders:
    """Indices of held orders, kept from the changes of each batch.

        held = HeldOrders()
        held.follow(indices, orders)
        held.indices()

    One thread follows; any thread may read at the same time.
    """

    def __init__(self) -> None:
        self._indices: set[int] = set()
        self._lock = threading.Lock()

    def follow(self, indices: npt.NDArray[np.int64], orders: Records) -> None:
        """Follow orders that came or changed.

        Args:
            indices: of the orders.
            orders: their `ORDER` records after the change.
        """
        held = (orders["status"] == _HELD) & (orders["number"] == NO_NUMBER)
        if not (held.any() or self._indices):
            return
        with self._lock:
            self._indices.difference_update(indices[~held].tolist())
            self._indices.update(indices[held].tolist())

    def drop_before(self, index: int) -> None:
        """Forget those with a lower index."""
        with self._lock:
            self._indices = {one for one in self._indices if one >= index}

    def indices(self) -> npt.NDArray[np.int64]:
        """All indices, rising."""
        with self._lock:
            return np.array(sorted(self._indices), np.int64)
