"""Limits on costly reads, so that they do not delay others: concurrent, and over time.

A read costs units: one for each order or entry in its response, and some for the page. A few reads
run at one time; each side (a participant, or the operator) has at most half of them. A side that
asks for more than its share is told to retry later (429), and no other side notices. If all sides
together ask for too much, participants get 503, and the operator goes first.
"""

import asyncio
import math
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import attrs
from fastapi.responses import Response

from skontro.service.api.problems import Problem
from skontro.service.auth.credentials import Identity

#: Units of any page, and of something that has to be looked for in the database.
PAGE_UNITS: Final = 10
DATABASE_UNITS: Final = 100
#: Orders looked at, for their status, that cost one unit.
LOOKS_PER_UNIT: Final = 100
#: Items written out between two pauses, and seconds of a pause.
_BETWEEN_PAUSES: Final = 50
_PAUSE: Final = 0.0002

_Item = TypeVar("_Item")


@attrs.define
class Budget:
    """A budget of units that grows with time up to a bound, and may be overdrawn once.

        budget = Budget(per_second=1_000, most=5_000, at=now)
        if budget.wait(now) == 0:
            budget.spend(100)

    Attributes:
        per_second: units by which it grows.
        most: maximum of units, also the initial amount.
        at: time of the last update of `left`, seconds.
        left: units; below zero after a read that cost more than was left.
    """

    per_second: float
    most: float
    at: float
    left: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.left = self.most

    def wait(self, now: float) -> float:
        """Seconds until units may be spent; 0 for now."""
        self.left = min(self.most, self.left + (now - self.at) * self.per_second)
        self.at = now
        return 0.0 if self.left > 0 else (1 - self.left) / self.per_second

    def spend(self, units: float) -> None:
        """Spend units."""
        self.left -= units


@attrs.define(eq=False)
class _Side:
    """Budget of one side, and its number of current or waiting reads."""

    budget: Budget
    turns: asyncio.Semaphore
    reads: int = 0


class ReadLimits:
    """Admits reads within the bounds above.

        async with limits.turn(identity, units=100):
            page = await anyio.to_thread.run_sync(read)

    Args:
        what: kind of work, for messages: ``reads`` or ``batches``.
        at_once: reads under way at one time.
        most_reads: reads of one side that are under way or wait.
        per_second: units of one side over any longer time; all together have five times as many.
        clock: gives seconds.
    """

    def __init__(
        self,
        what: str = "reads",
        at_once: int = 4,
        most_reads: int = 16,
        per_second: float = 2_500,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what, self._at_once, self._most_reads = what, at_once, most_reads
        self._per_second, self._clock = per_second, clock
        self._turns = asyncio.Semaphore(at_once)
        self._sides: dict[str, _Side] = {}
        self._all = Budget(5 * per_second, 10 * per_second, clock())
        self._lock = threading.Lock()

    @asynccontextmanager
    async def turn(self, identity: Identity, units: float) -> AsyncIterator[None]:
        """Wait for a turn, and have it until the end of the block.

        Args:
            identity: whose share it is.
            units: least cost of the read; `charge` adds to it.

        Raises:
            Problem: the side, or all together, request too much; says when to retry.
        """
        mine = self._admit(identity, units)
        try:
            async with mine.turns, self._turns:
                yield
        finally:
            mine.reads -= 1

    @asynccontextmanager
    async def another_turn(self, identity: Identity) -> AsyncIterator[None]:
        """Wait for a turn to finish admitted work, which is never refused."""
        with self._lock:
            mine = self._side(identity)
        async with mine.turns, self._turns:
            yield

    def charge(self, identity: Identity, units: float) -> None:
        """Charge a side for the cost of a read; from any thread."""
        with self._lock:
            self._side(identity).budget.spend(units)
            self._all.spend(units)

    def _side(self, identity: Identity) -> _Side:
        found = self._sides.get(identity.side)
        if found is None:
            budget = Budget(self._per_second, 2 * self._per_second, self._clock())
            found = _Side(budget, asyncio.Semaphore(max(1, self._at_once // 2)))
            self._sides[identity.side] = found
        return found

    def _admit(self, identity: Identity, units: float) -> _Side:
        with self._lock:
            mine, now = self._side(identity), self._clock()
            wait = mine.budget.wait(now)
            if mine.reads >= self._most_reads:
                wait = max(wait, 1.0)
            if wait > 0:
                detail = f"your {self._what} cost more than your share; send fewer, or less often"
                raise Problem(429, f"Too many {self._what}", detail, headers=_retry_after(wait))
            wait = self._all.wait(now)
            if wait > 0 and not identity.is_operator:
                detail = f"all {self._what} together cost too much now; try again"
                raise Problem(503, f"Too many {self._what}", detail, headers=_retry_after(wait))
            mine.budget.spend(units)
            self._all.spend(units)
            mine.reads += 1
        return mine


def _retry_after(seconds: float) -> dict[str, str]:
    return {"Retry-After": str(max(1, math.ceil(seconds)))}


def in_turns(items: Iterable[_Item]) -> Iterator[_Item]:
    """The items, with short pauses that release the interpreter to other threads.

    Without them a thread that is ready waits five milliseconds each time for one that computes.
    """
    for count, item in enumerate(items, 1):
        yield item
        if count % _BETWEEN_PAUSES == 0:
            time.sleep(_PAUSE)


def json_response(document: bytes, status: int = 200) -> Response:
    """A response from JSON that a thread has already written."""
    return Response(document, status, media_type="application/json")
