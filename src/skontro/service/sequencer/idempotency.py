"""Idempotency: a repeated request gets the same answer; other content under its id is refused."""

import hashlib
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np

from skontro.engine import CommandKind, Commands
from skontro.ledger import OrderIndex
from skontro.ledger.postgres.tables import Records
from skontro.service.auth.credentials import Identity
from skontro.service.sequencer.requests import (
    NO_KEY,
    ORDER_COLUMNS,
    Caller,
    Conflict,
    DecisionRequest,
    LinkRequest,
    Orders,
    Request,
)
from skontro.system import NO_SUCH_ORDER

#: Fields in which two orders with one UETR are the same order.
_CONTENT = tuple(name for name in ORDER_COLUMNS if name != "uetr")

_Keyed = Orders | Request | DecisionRequest | LinkRequest


@attrs.frozen(eq=False)
class Taken:
    """Orders that may be answered when they are durable.

    Attributes:
        indices: in the order index.
        new: whether this is their first submission.
    """

    indices: Sequence[int]
    new: bool


def repeated(uetrs: Records) -> list[bytes]:
    """UETRs that occur more than once, each once, in order of first occurrence.

    Sorts once, so that a request with a repeated UETR costs no more than a good one.

    Args:
        uetrs: 16 bytes each.
    """
    # The length is fixed, so zeros at the end, which NumPy ignores, make no difference.
    texts = np.ascontiguousarray(uetrs).view("S16")
    _, first, counts = np.unique(texts, return_index=True, return_counts=True)
    return [uetrs[row].tobytes() for row in np.sort(first[counts > 1]).tolist()]


def caller_of(identity: Identity, key: str | None, content: bytes) -> Caller:
    """Identification of a request's caller, for the sequencer.

    Args:
        identity: identity of the person.
        key: the client's id of the request.
        content: content of the request; equal for equal requests.
    """
    of_person = NO_KEY
    if key is not None:
        of_person = hashlib.sha256(identity.digest + key.encode()).digest()
    content_digest = hashlib.sha256(content).digest()
    return Caller(identity.participant, identity.digest, of_person, content_digest)


class IdsInUse:
    """Ids in use: those in the order index, and those in work that is not yet durable.

    The sequencer adds work; the writer reports the ids that have reached the order index.

    Args:
        order_index: durable orders and requests.
    """

    def __init__(self, order_index: OrderIndex) -> None:
        self._order_index = order_index
        self._lock = threading.Lock()
        self._keys: dict[bytes, bytes] = {}
        #: Orders not in the order index yet, by their first index there, in that order.
        self._under_way: deque[tuple[int, Orders]] = deque()

    def check(self, work: _Keyed) -> Conflict | bool:
        """Whether the request is a repetition; a conflict if its id belongs to other content."""
        key = work.caller.key
        if key == NO_KEY:
            return False
        with self._lock:
            content = self._keys.get(key)
        if content is None:
            answer = self._order_index.answer(key)
            content = None if answer is None else answer.content
        if content is None:
            return False
        return True if content == work.caller.content else Conflict(())

    def take_orders(self, work: Orders) -> Conflict | Taken:
        """Accept orders, by request id and then by UETR.

        If all of them were submitted before with the same content, the request is a repetition. If
        only some were, it is a conflict.
        """
        uetrs = work.commands.uetr
        verdict = self.check(work)
        if isinstance(verdict, Conflict):
            return verdict
        if not verdict:
            claimed = self._order_index.uetrs.claim(uetrs)
            if claimed is not None:
                with self._lock:
                    self._under_way.append((claimed.start, work))
                self.add(work)
                return Taken(claimed, new=True)
        indices = self._order_index.uetrs.find(uetrs).tolist()
        if not verdict and (used := self._used_otherwise(work, indices)):
            return Conflict(used)
        return Taken([index for index in indices if index >= 0], new=False)

    def _used_otherwise(self, work: Orders, indices: Sequence[int]) -> list[bytes]:
        """UETRs in use or repeated in the request, unless all orders are repetitions."""
        if twice := repeated(work.commands.uetr):
            return twice
        uetrs = work.commands.uetr.tolist()
        used = [row for row, index in enumerate(indices) if index >= 0]
        if len(used) == len(uetrs) and all(self._is_same(work, p, indices[p]) for p in used):
            return []
        return [uetrs[row] for row in used]

    def _is_same(self, work: Orders, row: int, index: int) -> bool:
        participant, other = self._order(index)
        return participant == work.caller.participant and other == _content(work.commands, row)

    def _order(self, index: int) -> tuple[int, dict[str, Any]]:
        """Submitter and content of the order at an index."""
        with self._lock:
            for first, work in self._under_way:
                if first <= index < first + len(work.commands):
                    return work.caller.participant, _content(work.commands, index - first)
        order = self._order_index.order(index)
        return int(order["participant"]), {name: order[name].item() for name in _CONTENT}

    def mark_counterlegs(self, orders: Commands) -> Commands:
        """Mark, in `order`, legs whose counterleg is the UETR of an order that does not name them.

        Args:
            orders: that were taken in.
        """
        legs = np.flatnonzero(orders.kind == int(CommandKind.SUBMIT_LEG))
        if not len(legs):
            return orders
        numbers = orders.column("order").copy()
        found = self._order_index.uetrs.find(orders.column("counterleg")[legs])
        for row, index in zip(legs.tolist(), found.tolist(), strict=True):
            if index >= 0 and self._order(index)[1]["counterleg"] != orders.uetr[row].item():
                numbers[row] = NO_SUCH_ORDER
        return orders.evolve(order=numbers)

    def add(self, work: _Keyed) -> None:
        """Add the id of work in progress."""
        if work.caller.key != NO_KEY:
            with self._lock:
                self._keys[work.caller.key] = work.caller.content

    def withdraw_orders(self, works: Sequence[Orders]) -> None:
        """Withdraw the orders added last, which will not be applied."""
        for work in reversed(works):
            with self._lock:
                self._under_way.pop()
            self._order_index.uetrs.withdraw(work.commands.uetr)
        self.forget(works)

    def forget(self, works: Iterable[_Keyed]) -> None:
        """Forget ids that have reached the index or were given up."""
        with self._lock:
            for work in works:
                self._keys.pop(work.caller.key, None)
            while self._under_way and self._under_way[0][0] < self._order_index.count:
                self._under_way.popleft()


def _content(commands: Commands, row: int) -> dict[str, Any]:
    """The content that identifies an order."""
    return {name: commands.column(name)[row].item() for name in _CONTENT}
