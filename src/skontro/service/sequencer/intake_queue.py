"""Intake queue and group-commit policy."""

import queue
import threading
import time
from typing import Final

from skontro.service.sequencer.backlog import Backlog
from skontro.service.sequencer.commit_group import size_of
from skontro.service.sequencer.requests import Stopping, Work

#: Orders of one batch: large enough for speed, small enough that nobody waits long.
MAX_ORDERS_PER_BATCH: Final = 65_536
#: A group of so many orders is applied while the one before is still being written.
_GOES_AHEAD: Final = 2_000
#: Seconds between looks at what has come while a small group waits for the writer.
_LOOK: Final = 0.002
#: Where several callers came at once, groups are at least so many seconds apart: every group costs
#: the same, whatever its size.
_LINGER: Final = 0.008
#: So often, in seconds, the business day is looked at when nothing comes in.
_TICK: Final = 0.05


class IntakeQueue:
    """Takes work from any thread, and gives it to one, group by group.

    Args:
        most_waiting: orders and requests that may wait until they are answered; each side has a
            share of its own.
        idle: set while nothing is being written.
    """

    def __init__(self, most_waiting: int, idle: threading.Event) -> None:
        self._idle = idle
        self._lock = threading.Lock()
        self._open = True
        self.backlog = Backlog(most_waiting)
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._put_back: Work | None = None
        self._crowded, self._last_group = False, 0.0

    def put(self, work: Work) -> None:
        """Take something in.

        Raises:
            Overloaded: too much waits already, of its side or in all.
            Stopping: nothing more is taken.
        """
        with self._lock:
            if not self._open:
                raise Stopping("the service is stopping")
            self.backlog.take_in(work)
            self._queue.put(work)

    @property
    def is_open(self) -> bool:
        """Whether anything is still taken."""
        return self._open

    def close(self) -> bool:
        """Take nothing more; what was taken is still given. Whether it was open until now."""
        with self._lock:
            was_open, self._open = self._open, False
        if was_open:
            self._queue.put(None)
        return was_open

    def refuse_all(self, why: str) -> None:
        """Tell whoever still waits here, after it was closed."""
        while True:
            try:
                work = self._queue.get_nowait()
            except queue.Empty:
                break
            if work is not None:
                work.done(Stopping(why))
        self._queue.put(None)  # the end, which may have been among it

    def next_group(self) -> tuple[list[Work], bool]:
        """All that has come, up to a batch full, and whether there will be more.

        Waits a moment if nothing has come.
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
        """What else has come; a small group waits for more while the writer is at work anyway.

        Raises:
            queue.Empty: nothing, and it is time to go on.
        """
        while True:
            try:
                return self._queue.get_nowait()
            except queue.Empty:
                if orders >= _GOES_AHEAD or self._may_go():
                    raise

    def _may_go(self) -> bool:
        """Whether a small group should be applied now; waits a moment if not."""
        if not self._idle.wait(_LOOK):
            return False
        if not self._crowded:
            return True
        left = self._last_group + _LINGER - time.monotonic()
        if left > 0:
            time.sleep(min(left, _LOOK))
        return left <= 0
