"""Money that cases name: no delay is compensated twice, and no more than an order is paid back.

A case reserves what its terms name, from the moment when they are named. It frees them when it is
closed without payment.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from skontro.system.cases.case import CaseTerms, Delay

_DAY: Final = datetime.timedelta(days=1)

#: An order's UETR and the BIC of the claimant.
_Key: TypeAlias = tuple[str, str]


def period(delay: Delay) -> tuple[str, str]:
    """The days of a delay from its first up to and without the last; at least one day."""
    first = datetime.date.fromisoformat(delay.due_on)
    last = datetime.date.fromisoformat(delay.settled_on)
    return first.isoformat(), max(last, first + _DAY).isoformat()


class Reserved:
    """Delays and principal named by cases that are open or paid.

    reserved = Reserved()
    reserved.put(7, "AAAAKZK0", uetr, terms)
    reserved.principal(uetr, "AAAAKZK0")  # minor units
    """

    def __init__(self) -> None:
        self._delays: dict[_Key, list[tuple[str, str, int]]] = {}
        self._principal: dict[_Key, dict[int, int]] = {}

    def put(self, case: int, claimant: str, uetr: str, terms: CaseTerms | None) -> None:
        """Reserve what a case names now.

        Args:
            case: its number; `drop` has freed what it named before.
            claimant: BIC.
            uetr: of the case's order; empty for none.
            terms: None for nothing.
        """
        if terms is None:
            return
        if terms.principal:
            self._principal.setdefault((uetr, claimant), {})[case] = terms.principal
        for delay in terms.delays:
            self._delays.setdefault((delay.uetr, claimant), []).append((*period(delay), case))

    def drop(self, case: int, claimant: str, uetr: str, terms: CaseTerms | None) -> None:
        """Free what a case named."""
        if terms is None:
            return
        if terms.principal:
            _without(self._principal, (uetr, claimant), {case})
        for delay in terms.delays:
            key = (delay.uetr, claimant)
            others = [one for one in self._delays.get(key, []) if one[2] != case]
            if others:
                self._delays[key] = others
            else:
                self._delays.pop(key, None)

    def principal(self, uetr: str, claimant: str, without: int = -1) -> int:
        """Minor units of an order that cases other than one name for a claimant."""
        named = self._principal.get((uetr, claimant), {})
        return sum(amount for case, amount in named.items() if case != without)

    def is_free(self, claimant: str, delays: Iterable[Delay], without: int = -1) -> bool:
        """Whether no other case names a day of these delays, nor two of them the same day."""
        named: dict[str, list[tuple[str, str]]] = {}
        for delay in delays:
            first, last = period(delay)
            others = [
                (start, end)
                for start, end, case in self._delays.get((delay.uetr, claimant), [])
                if case != without
            ]
            same = named.setdefault(delay.uetr, [])
            if any(start < last and first < end for start, end in (*others, *same)):
                return False
            same.append((first, last))
        return True

    def to_document(self) -> dict[str, Any]:
        """For a snapshot."""
        return {
            "delays": [[*key, *one] for key, named in self._delays.items() for one in named],
            "principal": [
                [*key, case, amount]
                for key, named in self._principal.items()
                for case, amount in named.items()
            ],
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Reserved:
        """The inverse of `to_document`."""
        restored = cls()
        for uetr, claimant, first, last, case in document["delays"]:
            restored._delays.setdefault((uetr, claimant), []).append((first, last, case))
        for uetr, claimant, case, amount in document["principal"]:
            restored._principal.setdefault((uetr, claimant), {})[case] = amount
        return restored


def _without(named: dict[_Key, dict[int, int]], key: _Key, cases: set[int]) -> None:
    left = {case: amount for case, amount in named.get(key, {}).items() if case not in cases}
    if left:
        named[key] = left
    else:
        named.pop(key, None)
