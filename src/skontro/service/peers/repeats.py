"""When a link without an answer is stated again: after 1, 2, 4 … 30 seconds."""

from collections.abc import Iterable
from typing import Final

import attrs

from skontro.system.links.link_state import LinkState

#: Seconds before the first repetition, and most seconds between two of them.
_FIRST: Final = 1.0
LONGEST_PAUSE: Final = 30.0


def pause_after(failures: int) -> float:
    """Seconds to wait after so many attempts without an answer, one at least.

    Example:
        >>> [pause_after(count) for count in (1, 2, 5, 6, 900)]
        [1.0, 2.0, 16.0, 30.0, 30.0]
    """
    return float(min(_FIRST * 2.0 ** min(failures - 1, 9), LONGEST_PAUSE))


@attrs.define
class _Waiting:
    """A link that has not changed for a while."""

    state: LinkState
    due: float
    repeated: int = 0


class Repeats:
    """The links with one peer that are due to be stated again.

        repeats = Repeats()
        repeats.due(links, now=0.0)  # none: they are new
        repeats.due(links, now=1.0)  # all that have not changed

    A change of a link is an answer: it starts again from one second. So does `all_again`.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}
        self._all_due = True

    def all_again(self) -> None:
        """Let all links be due: the peer is heard of again, or this system has just started."""
        self._all_due = True

    def due(self, links: Iterable[LinkState], now: float) -> tuple[str, ...]:
        """Identifiers of the links that are due now, and only once.

        Args:
            links: those with the peer that have not ended.
            now: monotonic time, seconds.
        """
        at_once, self._all_due = self._all_due, False
        waiting, found = {}, []
        for state in links:
            link = state.terms.link
            one = self._waiting.get(link)
            # Most states are the same object: quicker to see than that they are equal.
            if one is None or (one.state is not state and one.state != state):
                one = _Waiting(state, now + _FIRST)
            if at_once or now >= one.due:
                found.append(link)
                one.repeated = 0 if at_once else one.repeated + 1
                one.due = now + pause_after(one.repeated + 1)
            waiting[link] = one
        self._waiting = waiting
        return tuple(found)
