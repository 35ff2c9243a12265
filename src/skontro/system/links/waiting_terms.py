"""Terms of links that wait for the orders of their own legs, found by UETR."""

import heapq
from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar


class Instructed(Protocol):
    """Terms that an own bank instructed."""

    @property
    def link(self) -> str:
        """The name under which the terms are found."""

    @property
    def valid_until(self) -> int:
        """Latest time of settlement."""

    def to_document(self) -> dict[str, Any]:
        """As JSON values."""


_Terms = TypeVar("_Terms", bound=Instructed)


class WaitingTerms(Generic[_Terms]):
    """Terms by link, in the order in which they began to wait.

        waiting = WaitingTerms()
        waiting.put(terms, terms.leg_of("KZ-RTGS").uetr)
        waiting.order_came(uetr)
        waiting.due(time)  # (terms,)

    A batch looks at no other terms than those that are due.
    """

    def __init__(self) -> None:
        #: Place in the order of waiting, UETR of the own leg, and terms, by link.
        self._by_link: dict[str, tuple[int, str, _Terms]] = {}
        #: Links by UETR: several may wait for one order.
        self._by_uetr: dict[str, dict[str, None]] = {}
        #: Links whose orders have come since they were examined last.
        self._came: dict[str, None] = {}
        #: Latest time of settlement, place and link of each; those that wait no longer stay in it.
        self._until: list[tuple[int, int, str]] = []
        self._places = 0

    def __len__(self) -> int:
        return len(self._by_link)

    def __iter__(self) -> Iterator[str]:
        """The links that wait, in their order."""
        return iter(self._by_link)

    def put(self, terms: _Terms, uetr: str) -> None:
        """Let terms wait, in the place of others for the same link.

        Args:
            terms: of the link.
            uetr: of its own leg.
        """
        link = terms.link
        if link in self._by_link and self._by_link[link][1:] == (uetr, terms):
            return
        self.drop(link)
        self._places += 1
        self._by_link[link] = (self._places, uetr, terms)
        self._by_uetr.setdefault(uetr, {})[link] = None
        heapq.heappush(self._until, (terms.valid_until, self._places, link))
        if len(self._until) > 2 * len(self._by_link):
            self._until = [
                (kept.valid_until, at, key) for key, (at, _, kept) in self._by_link.items()
            ]
            heapq.heapify(self._until)

    def drop(self, link: str) -> None:
        """Let the terms of a link wait no longer."""
        found = self._by_link.pop(link, None)
        uetr = "" if found is None else found[1]
        self._came.pop(link, None)
        links = self._by_uetr.get(uetr, {})
        links.pop(link, None)
        if not links:
            self._by_uetr.pop(uetr, None)

    def order_came(self, uetr: str) -> None:
        """Note that the order with this UETR is set aside."""
        self._came |= self._by_uetr.get(uetr, {})

    def order_left(self, uetr: str) -> None:
        """Note that the order with this UETR is set aside no longer."""
        for link in self._by_uetr.get(uetr, {}):
            self._came.pop(link, None)

    @property
    def have_orders(self) -> bool:
        """Whether an order has come for which terms wait."""
        return bool(self._came)

    def has_orders(self, stays: Callable[[_Terms], bool]) -> bool:
        """Whether an order has come for which terms wait, other than those that stay.

        Args:
            stays: whether terms are left for a later batch.
        """
        return any(not stays(self._by_link[link][2]) for link in self._came)

    def due(
        self, time: int, stays: Callable[[_Terms], bool] = lambda _terms: False
    ) -> tuple[_Terms, ...]:
        """Terms whose orders have come, or whose latest time of settlement is before `time`.

        Args:
            time: timestamp.
            stays: whether terms are left for a later batch.
        """
        came = (self._by_link[link] for link in self._came)
        due = {place: terms for place, _, terms in came if not stays(terms)}
        kept = []
        while self._until and self._until[0][0] < time:
            entry = heapq.heappop(self._until)
            _, place, link = entry
            found = self._by_link.get(link)
            if found is None or found[0] != place:
                continue
            if stays(found[2]):
                kept.append(entry)
            else:
                due[place] = found[2]
        for entry in kept:
            heapq.heappush(self._until, entry)
        return tuple(due[place] for place in sorted(due))

    def to_document(self) -> list[Any]:
        """For a snapshot."""
        return [[uetr, terms.to_document()] for _, uetr, terms in self._by_link.values()]

    @classmethod
    def from_document(
        cls, document: list[Any], read: Callable[[object], _Terms]
    ) -> "WaitingTerms[_Terms]":
        """The inverse of `to_document`; orders that have come are noted again.

        Args:
            document: by `to_document`.
            read: reads terms.
        """
        waiting = cls()
        for uetr, terms in document:
            waiting.put(read(terms), uetr)
        return waiting
