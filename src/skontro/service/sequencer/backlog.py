"""Backlog of work that is not yet durable, bounded in total and for each side."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from skontro.ledger.entry import NOBODY
from skontro.service.sequencer.commit_group import size_of
from skontro.service.sequencer.requests import Overloaded, Question, Work

#: Of all that may wait, one participant may have a quarter, and a tenth is kept for the operator.
_SHARE_OF_PARTICIPANT: Final = 4
_KEPT_FOR_OPERATOR: Final = 10


def side_of(work: Work) -> int:
    """Number of the participant that submitted work; `NOBODY` for the operator and the service."""
    return NOBODY if isinstance(work, Question) else work.caller.participant


class Backlog:
    """Counts orders and requests from intake until they are answered.

    A side with nothing pending may bring one batch of any size; otherwise batches above its share
    could never be sent.

        backlog = Backlog(most_waiting=500_000)
        backlog.take_in(work)
        backlog.release(by_side([work]))

    Args:
        most_waiting: limit of pending orders and requests, in total.
    """

    def __init__(self, most_waiting: int) -> None:
        self._most = most_waiting
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
