"""Held orders: those that may not settle before two people of the operator release them.

The engine does not have them, so it cannot settle them. They are part of the state that the record
rebuilds.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from skontro.engine import COMMAND, NO_COMMANDS, Commands, from_records, to_records

#: Most held orders, and most of those that one participant pays.
MAX_HELD: Final = 100_000
MAX_HELD_OF_PARTICIPANT: Final = 10_000


class ScreeningHolds:
    """Held orders by UETR, in the order in which they were held.

    Each has the day on which it is to settle as `value_date`, never 0, and its reason, below zero,
    as `acceptance`.

        holds = ScreeningHolds()
        holds.add(orders, payers=["BANKKZKA"])
        released = holds.take(orders.uetr[0].tobytes())
    """

    def __init__(self) -> None:
        self._rows: dict[bytes, bytes] = {}
        self._payers: dict[bytes, str] = {}
        self._evidence: dict[bytes, str] = {}
        self._of_payer: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, uetr: bytes) -> bool:
        return uetr in self._rows

    def count_of(self, payer: str) -> int:
        """The number of held orders that a participant pays."""
        return self._of_payer[payer]

    def row(self, uetr: bytes) -> Any:  # noqa: ANN401  one record of `COMMAND`
        """A held order.

        Raises:
            KeyError: no order with this UETR is held.
        """
        return np.frombuffer(self._rows[uetr], COMMAND)[0]

    def evidence(self, uetr: bytes) -> str:
        """The evidence that came with the action that held the order; empty for others."""
        return self._evidence.get(uetr, "")

    def add(self, orders: Commands, payers: Sequence[str], evidence: str = "") -> None:
        """Hold orders whose UETRs are not held.

        Args:
            orders: with `value_date` and `acceptance` as above.
            payers: the BIC of each order's payer.
            evidence: JSON text of the action that holds them.
        """
        for row, payer in zip(to_records(orders), payers, strict=True):
            self._hold(row, payer, evidence)

    def _hold(self, row: Any, payer: str, evidence: str) -> None:  # noqa: ANN401  one record
        uetr = row["uetr"].tobytes()
        self._rows[uetr], self._payers[uetr] = row.tobytes(), payer
        self._of_payer[payer] += 1
        if evidence:
            self._evidence[uetr] = evidence

    def take(self, uetr: bytes) -> Commands:
        """Take the order with this UETR; no commands where none is held."""
        return self._take([uetr] if uetr in self._rows else [])

    def take_past(self, today: int) -> Commands:
        """Take the orders that were to settle on this day, in days since 1970, or earlier."""
        return self._take_where(lambda row: bool(row["value_date"] <= today))

    def take_of(self, accounts: Sequence[int]) -> Commands:
        """Take the orders from and to these accounts."""
        numbers = {*accounts}
        return self._take_where(lambda row: not numbers.isdisjoint((row["payer"], row["payee"])))

    def _take_where(self, is_meant: Callable[[Any], bool]) -> Commands:
        return self._take([uetr for uetr in self._rows if is_meant(self.row(uetr))])

    def _take(self, uetrs: Sequence[bytes]) -> Commands:
        if not uetrs:
            return NO_COMMANDS
        rows = []
        for uetr in uetrs:
            rows.append(self._rows.pop(uetr))
            self._of_payer[self._payers.pop(uetr)] -= 1
            self._evidence.pop(uetr, None)
        return from_records(np.frombuffer(b"".join(rows), COMMAND))

    def to_bytes(self) -> bytes:
        """For a snapshot."""
        texts = [[payer, self._evidence.get(uetr, "")] for uetr, payer in self._payers.items()]
        return json.dumps(texts).encode() + b"\n" + b"".join(self._rows.values())

    @classmethod
    def from_bytes(cls, stored: bytes) -> "ScreeningHolds":
        """The inverse of `to_bytes`."""
        texts, _, rows = stored.partition(b"\n")
        restored = cls()
        records = np.frombuffer(rows, COMMAND)
        for row, (payer, evidence) in zip(records, json.loads(texts), strict=True):
            restored._hold(row, payer, evidence)
        return restored
