"""The same request gets the same answer; something else under the same id is refused."""

import threading
from collections.abc import Iterable

import numpy as np

from skontro.ledger import Register
from skontro.service.work import NO_KEY, Conflict, Decision, Orders, Request

#: What makes two orders with one UETR the same order.
_CONTENT = (
    "kind",
    "payer",
    "payee",
    "amount",
    "payment_class",
    "purpose",
    "earliest",
    "latest",
    "value_date",
)

_Keyed = Orders | Request | Decision


class Duplicates:
    """Ids that are in use: those of the register, and those on their way into it.

    Args:
        register: of what is durable.
    """

    def __init__(self, register: Register) -> None:
        self._register = register
        self._lock = threading.Lock()
        self._keys: dict[bytes, bytes] = {}
        self._orders: dict[bytes, Orders] = {}

    def check(self, work: _Keyed) -> Conflict | bool:
        """Whether the request was made before; a conflict if its id stands for another."""
        key = work.caller.key
        if key == NO_KEY:
            return False
        with self._lock:
            content = self._keys.get(key)
        if content is None:
            answer = self._register.answer(key)
            content = None if answer is None else answer.content
        if content is None:
            return False
        return True if content == work.caller.content else Conflict(())

    def check_orders(self, work: Orders) -> Conflict | bool:
        """The same for orders, by request id and then by UETR.

        If all of them came before, as they are now, it is a repetition; if some did, a conflict.
        """
        verdict = self.check(work)
        if verdict is not False:
            return verdict
        uetrs = work.rows["uetr"].tolist()
        if len({*uetrs}) < len(uetrs):
            return Conflict([uetr for uetr in dict.fromkeys(uetrs) if uetrs.count(uetr) > 1])
        with self._lock:
            if self._orders.keys().isdisjoint(uetrs) and not self._register.knows_any(uetrs):
                return False
            used = [
                place
                for place, uetr in enumerate(uetrs)
                if uetr in self._orders or self._register.index_of(uetr) is not None
            ]
            same = len(used) == len(uetrs) and all(self._is_same(work, p) for p in used)
        return True if same else Conflict([uetrs[place] for place in used])

    def _is_same(self, work: Orders, place: int) -> bool:
        row = work.rows[place]
        content = tuple(int(row[name]) for name in _CONTENT)
        uetr = row["uetr"].tobytes()
        under_way = self._orders.get(uetr)
        if under_way is not None:
            found = int(np.flatnonzero(under_way.rows["uetr"] == row["uetr"])[0])
            other = tuple(int(under_way.rows[name][found]) for name in _CONTENT)
            return under_way.caller.participant == work.caller.participant and other == content
        index = self._register.index_of(uetr)
        if index is None:
            return False
        order = self._register.order(index)
        recorded = tuple(int(order[name]) for name in _CONTENT)
        return int(order["participant"]) == work.caller.participant and recorded == content

    def add(self, work: _Keyed) -> None:
        """It is on its way."""
        with self._lock:
            if work.caller.key != NO_KEY:
                self._keys[work.caller.key] = work.caller.content
            if isinstance(work, Orders):
                self._orders.update(dict.fromkeys(work.rows["uetr"].tolist(), work))

    def forget(self, works: Iterable[_Keyed]) -> None:
        """It has come to the register, or to nothing."""
        with self._lock:
            for work in works:
                self._keys.pop(work.caller.key, None)
                if isinstance(work, Orders):
                    for uetr in work.rows["uetr"].tolist():
                        self._orders.pop(uetr, None)
