"""The pace at which envelopes may leave to one peer."""

import math
from typing import Final

#: Least seconds between two envelopes in the long run, and how many may leave at once. A peer takes
#: `ENVELOPES_PER_SECOND`, and at once `MAX_ENVELOPES`; the difference is for probes.
_PACE: Final = 0.0125
_AT_ONCE: Final = 4


class Pace:
    """Keeps a pace in the long run.

    pace = Pace()
    pace.wait(now=1.0)  # not above zero: one may leave
    pace.spend(now=1.0)
    """

    def __init__(self) -> None:
        #: When the next one would leave if all before it had kept the pace.
        self._paced_at = -math.inf

    def wait(self, now: float) -> float:
        """Seconds until an envelope may leave, at a monotonic time; not above zero if it may."""
        return self._paced_at - (_AT_ONCE - 1) * _PACE - now

    def spend(self, now: float) -> None:
        """Count one that leaves."""
        self._paced_at = max(now, self._paced_at) + _PACE
