"""Intake queue and group-commit policy."""

import queue
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from skontro.ledger.entry import NOBODY
from skontro.service.sequencer.requests import Orders, Overloaded, Query, Stopping, Work

#: Orders of one batch: large enough for speed, small enough for short waits.
MAX_ORDERS_PER_BATCH: Final = 65_536
#: A group of this size is applied while the previous one is still being written.
_GOES_AHEAD: Final = 2_000
#: Seconds between checks for new requests while a small group waits for the writer.
_LOOK: Final = 0.002
#: With several callers at once, groups are at least this many seconds apart: every group costs
#: the same, small or large.
_LINGER: Final = 0.008
#: Seconds between checks of the business day without requests.
_TICK: Final = 0.05
#: One participant may have a quarter of all that may wait; a tenth is kept for the operator.
_SHARE_OF_PARTICIPANT: Final = 4
_KEPT_FOR_OPERATOR: Final = 10


class IntakeQueue:
    """Takes work from any thread, and gives it to one thread in groups.

    Args:
        max_waiting: limit of orders and requests without an answer; each side has a share of it.
        idle: set while nothing is being written.
    """

    def __init__(self, max_waiting: int, idle: threading.Event) -> None:
        self._idle = idle
        self._lock = threading.Lock()
        self._open = True
        self.backlog = Backlog(max_waiting)
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._put_back: Work | None = None
        self._crowded, self._last_group = False, 0.0

    def put(self, work: Work) -> None:
        """Add work.

        Raises:
            Overloaded: too much is pending, of its side or in total.
            Stopping: the queue is closed.
        """
        with self._lock:
            if not self._open:
                raise Stopping("the service is stopping")
            self.backlog.take_in(work)
            self._queue.put(work)

    @property
    def is_open(self) -> bool:
        """Whether the queue accepts work."""
        return self._open

    def close(self) -> bool:
        """Stop accepting work; accepted work is still delivered. Returns whether it was open."""
        with self._lock:
            was_open, self._open = self._open, False
        if was_open:
            self._queue.put(None)
        return was_open

    def refuse_all(self, why: str) -> None:
        """Refuse all work left in the closed queue."""
        while True:
            try:
                work = self._queue.get_nowait()
            except queue.Empty:
                break
            if work is not None:
                work.done(Stopping(why))
        self._queue.put(None)  # the end, which may have been among it

    def next_group(self) -> tuple[list[Work], bool]:
        """All pending work, up to a full batch, and whether there will be more.

        Waits briefly if the queue is empty.
        """
        work, more = self._collect()
        self._crowded, self._last_group = len(work) > 1, time.monotonic()
        return work, more

    def _collect(self) -> tuple[list[Work], bool]:
        work: list[Work] = []
        orders = 0
        one: Work | None
        try:
            one, self._put_back = self._put_back, None
            one = one or self._queue.get(timeout=_TICK)
            while one is not None:
                size = size_of(one)
                if work and orders + size > MAX_ORDERS_PER_BATCH:
                    self._put_back = one
                    return work, True
                work.append(one)
                orders += size
                one = self._next_of_group(orders)
        except queue.Empty:
            return work, True
        return work, False

    def _next_of_group(self, orders: int) -> Work | None:
        """Further work for the group; a small group waits for more while the writer is busy anyway.

        Raises:
            queue.Empty: no request came, and the group should be applied.
        """
        while True:
            try:
                return self._queue.get_nowait()
            except queue.Empty:
                if orders >= _GOES_AHEAD or self._is_group_due():
                    raise

    def _is_group_due(self) -> bool:
        """Whether a small group should be applied now; waits briefly if not."""
        if not self._idle.wait(_LOOK):
            return False
        if not self._crowded:
            return True
        left = self._last_group + _LINGER - time.monotonic()
        if left > 0:
            time.sleep(min(left, _LOOK))
        return left <= 0


def size_of(work: Work) -> int:
    """Number of orders or requests in a piece of work."""
    return len(work.commands) if isinstance(work, Orders) else 1


def side_of(work: Work) -> int:
    """Number of the participant that submitted work; `NOBODY` for the operator and the service."""
    return NOBODY if isinstance(work, Query) else work.caller.participant


class Backlog:
    """Counts orders and requests from intake until they are answered.

    A side with nothing pending may bring one batch of any size; otherwise batches above its share
    could never be sent.

        backlog = Backlog(max_waiting=500_000)
        backlog.take_in(work)
        backlog.release(by_side([work]))

    Args:
        max_waiting: limit of pending orders and requests, in total.
    """

    def __init__(self, max_waiting: int) -> None:
        self._most = max_waiting
        self._of_side: Counter[int] = Counter()
        self._lock = threading.Lock()
        #: Orders and requests that are not answered yet.
        self.waiting = 0

    def take_in(self, work: Work) -> None:
        """Count work in.

        Raises:
            Overloaded: the backlog of this side or in total is too large.
        """
        side, size = side_of(work), size_of(work)
        with self._lock:
            self._refuse_above_share(side, size)
            self._of_side[side] += size
            self.waiting += size

    def release(self, answered: Mapping[int, int]) -> None:
        """Count work out, by side."""
        with self._lock:
            self._of_side.subtract(answered)
            self.waiting -= sum(answered.values())

    def _refuse_above_share(self, side: int, size: int) -> None:
        most, of_side = self._most, self._of_side[side]
        if side != NOBODY:
            share = most // _SHARE_OF_PARTICIPANT
            if of_side and of_side + size > share:
                raise Overloaded(
                    f"{of_side} orders and requests of this participant wait, of {share} that may"
                )
            most -= most // _KEPT_FOR_OPERATOR
        if self.waiting and self.waiting + size > most:
            raise Overloaded(f"{self.waiting} orders and requests wait, of {most} that may")


def by_side(works: Sequence[Work]) -> dict[int, int]:
    """Number of orders and requests of each side."""
    counts: Counter[int] = Counter()
    for work in works:
        counts[side_of(work)] += size_of(work)
    return dict(counts)
