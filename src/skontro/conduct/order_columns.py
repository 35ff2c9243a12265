"""Who pays whom how much, by order number, for the orders of the running business day."""

import io
from typing import Any, Final

import numpy as np

from skontro.conduct.batch import OUTSIDE, POSTING, TRANSFER_KINDS, Records
from skontro.engine import CommandKind, EventKind
from skontro.model import InvariantBroken

_ORDER: Final = np.dtype(
    [("payer", np.int32), ("payee", np.int32), ("amount", np.int64), ("uetr", "V16")]
)


class OrderColumns:
    """The orders that the engine numbered today; what settles is posted from them.

    Args:
        first: the number of the first.
    """

    def __init__(self, first: int = 0) -> None:
        self.first = first
        self._count = 0
        self._orders: Records = np.zeros(1024, _ORDER)

    def add(self, rows: Records) -> None:
        """The next orders, as they go to the engine."""
        end = self._count + len(rows)
        if end > len(self._orders):
            larger = np.zeros(max(end, 2 * len(self._orders)), _ORDER)
            larger[: self._count] = self._orders[: self._count]
            self._orders = larger
        for name in _ORDER.names or ():
            self._orders[name][self._count : end] = rows[name]
        self._count = end

    def terms(self, number: int) -> np.void:
        """Payer, payee, amount and UETR of an order of the day.

        Raises:
            KeyError: it has none of these numbers.
        """
        if not 0 <= number - self.first < self._count:
            raise KeyError(number)
        terms: np.void = self._orders[number - self.first]
        return terms

    def postings(self, rows: Records, events: Records, transfers: int) -> Records:
        """What these events moved, in their order.

        Args:
            rows: what the engine was told.
            events: what it answered.
            transfers: the number of the first liquidity transfer among the rows.

        Raises:
            InvariantBroken: an order settled that is not of this day.
        """
        kinds = events["kind"]
        moves = (kinds == int(EventKind.SETTLED)) | (kinds == int(EventKind.LIQUIDITY_MOVED))
        moved = events if moves.all() else events[moves]
        postings = np.zeros(len(moved), POSTING)
        postings["subject"], postings["time"] = moved["order"], moved["time"]
        settled = moved["kind"] == int(EventKind.SETTLED)
        numbers = moved["order"][settled] - self.first
        if numbers.size and (numbers.min() < 0 or numbers.max() >= self._count):
            raise InvariantBroken("orders settle on their day", f"numbers {numbers.tolist()[:5]}")
        orders = self._orders[numbers]
        postings["debit"][settled], postings["credit"][settled] = orders["payer"], orders["payee"]
        postings["amount"][settled] = orders["amount"]
        if not settled.all():
            asked = rows[np.isin(rows["kind"], TRANSFER_KINDS)]
            asked = asked[moved["order"][~settled] - transfers]
            into = asked["kind"] == int(CommandKind.TRANSFER_IN)
            postings["debit"][~settled] = np.where(into, OUTSIDE, asked["payer"])
            postings["credit"][~settled] = np.where(into, asked["payer"], OUTSIDE)
            postings["amount"][~settled] = asked["amount"]
        return postings

    def to_bytes(self) -> bytes:
        """For a snapshot."""
        stream = io.BytesIO()
        for part in (np.array([self.first], np.int64), self._orders[: self._count]):
            np.lib.format.write_array(stream, part, version=(1, 0), allow_pickle=False)
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, stored: bytes) -> "OrderColumns":
        """The inverse of `to_bytes`."""
        stream = io.BytesIO(stored)
        first: Any = np.lib.format.read_array(stream, allow_pickle=False)
        orders: Any = np.lib.format.read_array(stream, allow_pickle=False)
        columns = cls(int(first[0]))
        columns._orders, columns._count = orders.copy(), len(orders)
        return columns
