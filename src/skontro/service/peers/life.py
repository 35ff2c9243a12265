"""Whether a peer lives: its answers, the probes without an answer, and the time for either."""

import math
from typing import Final

from skontro.service.peers.line import AnswerTimes

#: Seconds without an answer to an envelope after which a peer that has answered is probed; or so
#: many times the usual time of an answer.
PATIENCE_SECONDS: Final = 1.0
_USUAL_TIMES: Final = 4
#: Seconds between attempts while a peer does not answer, or the usual time of an answer: links are
#: to continue within a second after it is back.
PROBE_SECONDS: Final = 0.25
#: Probes without an answer, one after the other, after which a peer is silent. They are counted,
#: and not timed alone: a pause of the own service is no silence of the peer.
PROBES: Final = 4
#: Attempts without an answer after which all open links are repeated, also if none has failed.
_MANY_FAILURES: Final = 4


class PeerLife:
    """Signs of life of one peer.

        life = PeerLife()
        life.answered(now=1.0, seconds=0.2)
        life.due_at(left_at=1.5)  # 2.5: then a probe is due

    A peer without an answer is first *suspected*: it is probed, and gets envelopes as before. It
    is *silent* only if the probes get no answer either. An answer or an envelope of it is life.
    Its user sees to it that one thread at a time calls it.
    """

    def __init__(self) -> None:
        self.times = AnswerTimes()
        #: Whether the last attempt was answered, and the attempts without an answer since.
        self.hears, self.failures = False, 0
        #: Probes without an answer since the last sign of life.
        self.probes = 0
        #: When the last sign of life came, the last probe left, and new connections were taken.
        self._lived_at = self._probed_at = self._renewed_at = -math.inf

    @property
    def is_down(self) -> bool:
        """Whether the last attempt failed; False also at the start."""
        return not self.hears and self.failures > 0

    @property
    def has_failed_often(self) -> bool:
        """Whether so many attempts got no answer that all open links are to be repeated."""
        return self.failures >= _MANY_FAILURES

    @property
    def patience(self) -> float:
        """Seconds without an answer to an envelope after which something is to be done about it."""
        if self.is_down:
            return self.pause
        return max(PATIENCE_SECONDS, _USUAL_TIMES * self.times.usual)

    @property
    def pause(self) -> float:
        """Seconds between two probes, and between two attempts while the peer is silent."""
        return max(PROBE_SECONDS, self.times.usual)

    @property
    def margin(self) -> float:
        """Seconds by which an envelope leaves before a probe if it surely arrives before it."""
        return self.patience / 2

    def due_at(self, left_at: float) -> float:
        """When the next probe is due, or the end of waiting for an attempt at silence.

        Args:
            left_at: when the oldest envelope left, monotonic seconds. If that was before new
                connections were taken, it may be lost: probes continue.
        """
        if not self.hears:
            return left_at + self.patience
        ends = left_at + (self.patience if left_at > self._renewed_at else 0.0)
        return max(ends, self._probed_at + self.pause)

    def renewed(self, now: float) -> None:
        """Take note that envelopes take new connections from now on, monotonic seconds."""
        self._renewed_at = now

    @property
    def is_silent(self) -> bool:
        """Whether no more probe is due: none has got an answer, or there has been no answer yet."""
        return not self.hears or self.probes >= PROBES

    def has_lived_since(self, left_at: float) -> bool:
        """Whether there was a sign of life after a time, monotonic seconds."""
        return self._lived_at > left_at

    def answered(self, now: float, seconds: float) -> None:
        """Take an answer to an envelope, and the seconds that it took."""
        self.hears, self.failures = True, 0
        self.times.add(seconds)
        self.lives(now)

    def lives(self, now: float) -> None:
        """Take a sign of life: an answer, or an envelope that was not there before."""
        self._lived_at, self.probes = now, 0

    def probed(self, now: float) -> None:
        """Count a probe that leaves."""
        self._probed_at, self.probes = now, self.probes + 1

    def failed(self) -> None:
        """Count an attempt without an answer, and the probes before it."""
        self.hears, self.failures = False, self.failures + max(1, self.probes)
        self.probes = 0
