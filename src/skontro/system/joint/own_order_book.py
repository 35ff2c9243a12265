"""Own orders of joint cycles in the record: legs of links, and payments to creditors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from skontro.engine import CommandKind, Commands, uetr_text
from skontro.model import ReasonCode
from skontro.system.batch import ACCEPTED
from skontro.system.joint.own_orders import JointOrder

_CANCEL: Final = int(CommandKind.CANCEL)
_ORDERS: Final = (int(CommandKind.SUBMIT), int(CommandKind.SUBMIT_LINKED))


class OwnOrderBook:
    """All orders that the system submits for its cycles, and how far each has come.

    book = OwnOrderBook()
    book.need(order)
    book.due  # (order,)

    """

    def __init__(self) -> None:
        #: By UETR, as the others below.
        self._orders: dict[str, JointOrder] = {}
        self._due: dict[str, None] = {}
        #: Submitted, and outside the engine.
        self._outside: dict[str, None] = {}
        self._of_cycle: dict[str, list[str]] = {}
        #: By the engine's number, until its end.
        self._of_number: dict[int, str] = {}
        self._numbers: set[int] = set()

    def __contains__(self, number: object) -> bool:
        """Whether an order in the engine, by its number, has been one of these."""
        return number in self._numbers

    @property
    def due(self) -> tuple[JointOrder, ...]:
        """Those that have not been submitted, in their order."""
        return tuple(self._orders[uetr] for uetr in self._due)

    @property
    def are_due(self) -> bool:
        """Whether one has not been submitted."""
        return bool(self._due)

    @property
    def in_engine(self) -> Iterable[int]:
        """The engine's numbers of those that have not ended."""
        return self._of_number.keys()

    def get(self, uetr: str) -> JointOrder:
        """The order with this UETR.

        Raises:
            KeyError: there is none.
        """
        return self._orders[uetr]

    def of_cycle(self, cycle: str) -> list[JointOrder]:
        """Those of a cycle: legs of its link, then payments to creditors."""
        return [self._orders[uetr] for uetr in self._of_cycle.get(cycle, ())]

    def need(self, order: JointOrder) -> None:
        """Note an order that is to be submitted."""
        self._orders[order.uetr], self._due[order.uetr] = order, None
        self._of_cycle.setdefault(order.cycle, []).append(order.uetr)

    def drop_legs(self, cycle: str) -> None:
        """Let the legs of a cycle that has ended not be submitted any more."""
        for uetr in [one.uetr for one in self.due if one.cycle == cycle and one.is_leg]:
            del self._due[uetr]

    def observe(self, commands: Commands, first: int) -> None:
        """Note these orders among the commands of a batch.

        Args:
            commands: those that did not go to the engine included.
            first: the engine's number for the first order among them.
        """
        if not self._due and not self._outside:
            return
        acceptance, uetrs = commands.column("acceptance"), commands.column("uetr")
        # Only orders outside the engine are cancelled by their UETR.
        is_cancelled = (commands.kind == _CANCEL) & (acceptance < ACCEPTED)
        rows = np.flatnonzero(np.isin(commands.kind, _ORDERS) | is_cancelled).tolist()
        if not rows:
            return
        numbers = first + np.cumsum(commands.are_orders & (acceptance == ACCEPTED)) - 1
        for row in rows:
            uetr, verdict = uetr_text(uetrs[row].tobytes()), int(acceptance[row])
            if uetr in self._due:
                del self._due[uetr]
                self._outside[uetr] = None
            if uetr in self._outside and (verdict >= ACCEPTED or is_cancelled[row]):
                del self._outside[uetr]
                if verdict == ACCEPTED:
                    number = int(numbers[row])
                    self._of_number[number] = uetr
                    self._numbers.add(number)
                    continue
                cancelled = ReasonCode.CANCELLED_BY_PARTICIPANT
                reason = cancelled if is_cancelled[row] else ReasonCode(verdict)
                self._orders[uetr] = self._orders[uetr].ended(reason)

    def end(self, number: int, reason: ReasonCode) -> bool:
        """Note the end of an order in the engine; whether it is one of these.

        Args:
            number: the engine's.
            reason: why it ended without settlement; `NONE` if it has settled.
        """
        uetr = self._of_number.pop(number, None)
        if uetr is not None:
            self._orders[uetr] = self._orders[uetr].ended(reason)
        return uetr is not None

    def to_document(self) -> dict[str, Any]:
        """For a snapshot."""
        return {
            "orders": [one.to_document() for one in self._orders.values()],
            "due": [*self._due],
            "outside": [*self._outside],
            "of_number": [*self._of_number.items()],
            "numbers": sorted(self._numbers),
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> OwnOrderBook:
        """The inverse of `to_document`."""
        book = cls()
        for stored in document["orders"]:
            book.need(JointOrder.from_document(stored))
        book._due = dict.fromkeys(document["due"])
        book._outside = dict.fromkeys(document["outside"])
        book._of_number = dict(document["of_number"])
        book._numbers = set(document["numbers"])
        return book
