"""Linked legs by UETR: which number the engine gave to a first leg that its second one names."""

from collections.abc import Sequence

import attrs
import numpy as np

from skontro.conduct import ADMITTED, NO_SUCH_ORDER
from skontro.engine import CommandKind
from skontro.ledger import Register
from skontro.ledger.tables import Records
from skontro.service.work import Orders

_LEG = int(CommandKind.SUBMIT_LEG)


@attrs.frozen
class _FirstLeg:
    """A first leg: its number, and the counterleg that it named; None where that is forgotten."""

    number: int
    counterleg: bytes | None


class Legs:
    """First legs of the running day.

    Args:
        register: as recovered; its legs of the day are known here.
    """

    def __init__(self, register: Register) -> None:
        self._first: dict[bytes, _FirstLeg] = {}
        self._register = register
        known = register.orders(register.base, register.count)
        for order in known[(known["kind"] == _LEG) & (known["about"] == -1)]:
            if order["number"] >= 0:
                self._first[order["uetr"].tobytes()] = _FirstLeg(int(order["number"]), None)

    def resolve(self, orders: Sequence[Orders], rows: Records) -> dict[int, int]:
        """Put the numbers of first legs into the rows of their second ones.

        Args:
            orders: requests, one after the other.
            rows: all of theirs; they are changed.

        Returns:
            Of second legs whose first stands among the rows, where it stands.
        """
        places: dict[bytes, int] = {}
        within: dict[int, int] = {}
        for place, uetr, counterleg in _legs(orders):
            first = self._first.get(counterleg)
            if counterleg in places:
                within[place] = places[counterleg]
            elif first is not None:
                fits = first.counterleg in (None, uetr)
                rows["about"][place] = first.number if fits else NO_SUCH_ORDER
            elif self._register.index_of(counterleg) is not None:
                rows["about"][place] = NO_SUCH_ORDER
            else:
                places[uetr] = place
        return within

    def note(self, orders: Sequence[Orders], rows: Records, first_number: int) -> None:
        """Remember the first legs among the rows, which were applied from this number on."""
        admitted = rows["admission"] == ADMITTED
        numbers = first_number + np.cumsum(admitted) - 1
        for place, uetr, counterleg in _legs(orders):
            if admitted[place] and rows["about"][place] == -1:
                self._first[uetr] = _FirstLeg(int(numbers[place]), counterleg)

    def forget(self) -> None:
        """The day is over: every first leg has settled or was returned."""
        self._first.clear()


def _legs(orders: Sequence[Orders]) -> list[tuple[int, bytes, bytes]]:
    """Place among all rows, UETR and counterleg of each leg."""
    found, start = [], 0
    for one in orders:
        for place, counterleg in one.counterlegs.items():
            found.append((start + place, one.rows["uetr"][place].tobytes(), counterleg))
        start += len(one.rows)
    return found
