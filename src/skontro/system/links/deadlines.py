"""Deadlines of links that wait, soonest first."""

import heapq
from typing import Final

from skontro.system.links.link_state import LinkState
from skontro.system.links.phases import Phase

#: Phases that end with the latest time of settlement, and those that end with decide-by.
_UNTIL_VALID: Final = frozenset((Phase.INSTRUCTED, Phase.MATCHED))
UNTIL_DECIDED: Final = frozenset((Phase.ASKED, Phase.PERMITTED))


def deadline_of(state: LinkState) -> int | None:
    """The last record time of the own system at which a link may wait; None without such a time."""
    if state.phase in _UNTIL_VALID:
        return state.terms.valid_until
    return state.decide_by if state.phase in UNTIL_DECIDED else None


class Deadlines:
    """Deadlines by link; none is examined before it has passed.

    deadlines = Deadlines()
    deadlines.put(state)
    deadlines.passed(time)  # links, the soonest deadline first
    """

    def __init__(self) -> None:
        self._by_link: dict[str, int] = {}
        #: Deadline and link; those of `_by_link` count, the others were replaced.
        self._queue: list[tuple[int, str]] = []

    def put(self, state: LinkState) -> None:
        """Note the deadline of a link in this state, in the place of an earlier one."""
        link, deadline = state.terms.link, deadline_of(state)
        if deadline is None:
            self._by_link.pop(link, None)
        elif self._by_link.get(link) != deadline:
            self._by_link[link] = deadline
            heapq.heappush(self._queue, (deadline, link))

    def passed(self, time: int) -> tuple[str, ...]:
        """Links whose deadline is before `time`, by deadline and UUID."""
        passed: list[tuple[int, str]] = []
        while self._queue and self._queue[0][0] < time:
            one = heapq.heappop(self._queue)
            if self._by_link.get(one[1]) == one[0] and one not in passed[-1:]:
                passed.append(one)
        for one in passed:
            heapq.heappush(self._queue, one)
        return tuple(link for _, link in passed)
