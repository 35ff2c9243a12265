"""Payer, payee, amount and UETR of the running day's orders, by order number."""

import io
from typing import Any, Final

import numpy as np

from skontro.engine import CommandKind, Commands, EventKind
from skontro.model import InvariantBroken
from skontro.system.batch import OUTSIDE, POSTING, TRANSFER_KINDS, Records
from skontro.system.earmark_postings import EARMARK_EVENTS, NO_EARMARKS, fill_in_earmarks

_TRANSFER_IN: Final = int(CommandKind.TRANSFER_IN)

_ORDER: Final = np.dtype(
    [("payer", np.int32), ("payee", np.int32), ("amount", np.int64), ("uetr", "V16")]
)


#: By kind of event, whether money has moved.
_MOVES: Final = np.zeros(max(EventKind) + 1, np.bool_)
_MOVES[[EventKind.SETTLED, EventKind.LIQUIDITY_MOVED, *EARMARK_EVENTS]] = True


class OrderColumns:
    """The orders that the engine numbered today, the source of postings.

    Args:
        first: the number of the first order.
    """

    def __init__(self, first: int = 0) -> None:
        self.first = first
        self._count = 0
        self._orders: Records = np.zeros(1024, _ORDER)

    def add(self, commands: Commands) -> None:
        """Append orders in the order of the engine."""
        end = self._count + len(commands)
        if end > len(self._orders):
            larger = np.zeros(max(end, 2 * len(self._orders)), _ORDER)
            larger[: self._count] = self._orders[: self._count]
            self._orders = larger
        for name in _ORDER.names or ():
            self._orders[name][self._count : end] = commands.column(name)
        self._count = end

    @property
    def records(self) -> Records:
        """Payer, payee, amount and UETR of all orders of the day, by number from `first` on."""
        return self._orders[: self._count].copy()

    def terms(self, number: int) -> np.void:
        """Payer, payee, amount and UETR of an order of the day.

        Raises:
            KeyError: the order is not of this day.
        """
        if not 0 <= number - self.first < self._count:
            raise KeyError(number)
        terms: np.void = self._orders[number - self.first]
        return terms

    def postings(
        self,
        commands: Commands,
        events: Records,
        transfers: int,
        earmarks: Records = NO_EARMARKS,
    ) -> Records:
        """The postings of these events, in their order.

        Args:
            commands: applied by the engine.
            events: the engine's answer.
            transfers: the number of the first liquidity transfer among them.
            earmarks: as `named_earmarks` gave them before the commands took effect.

        Raises:
            InvariantBroken: a settled order is not of this day, or an earmark is unknown.
        """
        moves = _MOVES[events["kind"]]
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
        if settled.all():
            return postings
        transferred = moved["kind"] == int(EventKind.LIQUIDITY_MOVED)
        if transferred.any():
            asked = np.flatnonzero(np.isin(commands.kind, TRANSFER_KINDS))
            asked = asked[moved["order"][transferred] - transfers]
            into, account = commands.kind[asked] == _TRANSFER_IN, commands.payer[asked]
            postings["debit"][transferred] = np.where(into, OUTSIDE, account)
            postings["credit"][transferred] = np.where(into, account, OUTSIDE)
            postings["amount"][transferred] = commands.amount[asked]
        of_links = ~settled & ~transferred
        if of_links.any():
            filled = postings[of_links]
            fill_in_earmarks(filled, moved[of_links], self._of_day(moved[of_links]), earmarks)
            postings[of_links] = filled
        return postings

    def _of_day(self, events: Records) -> Records:
        """Terms of the order of each event; zeros for those of earlier days."""
        numbers = events["order"] - self.first
        of_day = (numbers >= 0) & (numbers < self._count)
        terms = np.zeros(len(numbers), _ORDER)
        terms[of_day] = self._orders[numbers[of_day]]
        return terms

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
