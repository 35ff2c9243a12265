"""The system's time: the wall clock, as long as the monotonic clock confirms it.

Time decides which orders are late and when a day is sealed, and a sealed day stays sealed. So the
service does not follow a clock that jumps. Time continues from the last trusted reading at the pace
of the monotonic clock. It does so until the wall clock is back or two people have confirmed it.

Let `d` be the difference between the wall clock and the time expected by the monotonic clock. The
reading is trusted while `|d|` is at most `TOLERANCE`. The reference point of `d` follows the wall
clock by at most `DRIFT`, so that a creeping clock gets no further than that in any time.
"""

import json
import threading
import time
from collections.abc import Callable
from typing import Final

import structlog

from skontro.model import InputError, ReasonCode, from_timestamp
from skontro.system import ActionKind, Batch, Decision, DecisionKind, SettlementSystem

#: Microseconds by which the wall clock may be corrected at once; a leap second, a step of NTP.
TOLERANCE: Final = 2_000_000
#: Microseconds a second that a wall clock may gain or lose for long: the most that NTP slews.
DRIFT: Final = 500
#: Microseconds that the clock may be away from the time that two people confirm.
CONFIRMED_WITHIN: Final = 15 * 60 * 1_000_000
_DAY: Final = 86_400 * 1_000_000

Clock = Callable[[], int]

_log = structlog.get_logger("skontro.clock")


def system_clock() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1_000


def steady_clock() -> int:
    """Microseconds since the machine started, its sleep included where that is known."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return (time.monotonic_ns() if boot is None else time.clock_gettime_ns(boot)) // 1_000


class WatchedClock:
    """A clock that does not follow jumps.

    Args:
        wall: microseconds since 1970.
        steady: microseconds since an arbitrary start; it never jumps.

    Example:
        >>> clock = WatchedClock()
        >>> clock.begin(head_time, most_ahead=4)
        >>> clock()
        1795773600000000
    """

    def __init__(self, wall: Clock = system_clock, steady: Clock = steady_clock) -> None:
        self._wall, self._steady, self._watched = wall, steady, True
        self._lock = threading.Lock()
        at = steady()
        #: From monotonic to trusted time; and the point from which deviations are counted.
        self._offset = self._base = wall() - at
        self._looked_at = at
        self._head: int | None = None
        self._most_ahead = 0
        #: Why the wall clock is not followed; None while it is.
        self.trouble: str | None = None
        #: Whether nothing may happen until the clock is right or confirmed.
        self.held = False

    @classmethod
    def plain(cls, clock: Clock) -> "WatchedClock":
        """A clock that is always trusted, for simulations and tests."""
        made = cls(clock, clock)
        made._watched = False
        return made

    def begin(self, head: int | None, most_ahead: int) -> None:
        """Compare the clock with the record before anything is written.

        Args:
            head: time of the last batch; None where the record begins.
            most_ahead: days that the clock may be ahead of it, as after a weekend.
        """
        with self._lock:
            self._looked_at = self._steady()
            self._offset = self._base = self._wall() - self._looked_at
            self._head, self._most_ahead = head, most_ahead * _DAY
            if head is not None and not self._is_plausible(self._looked_at + self._offset):
                self.held = True
                self._offset = head - self._looked_at
                self._distrust(
                    f"at the start the clock was at {self._shown(self._wall())}, but the record "
                    f"ends at {self._shown(head)}"
                )

    def __call__(self) -> int:
        """The system's time, microseconds since 1970."""
        with self._lock:
            steady, wall = self._steady(), self._wall()
            if self.held:
                if self._is_plausible(wall):
                    self._trust(wall - steady)
            elif self._watched:
                self._follow(steady, wall - steady)
            else:
                return wall
            self._looked_at = steady
            return steady + self._offset

    @property
    def deviation(self) -> int:
        """Microseconds by which the wall clock is ahead of the system's time."""
        with self._lock:
            return self._wall() - self._steady() - self._offset

    def check(self, timestamp: int) -> None:
        """Check that this time may be confirmed now.

        Raises:
            InputError: there is nothing to confirm, or the clock shows another time.
        """
        with self._lock:
            if self.trouble is None:
                raise InputError("the clock is trusted; there is nothing to confirm")
            wall = self._wall()
            if abs(wall - timestamp) > CONFIRMED_WITHIN:
                raise InputError(
                    f"the clock says {self._shown(wall)}, which is more than "
                    f"{CONFIRMED_WITHIN // 60_000_000} minutes from {self._shown(timestamp)}; set "
                    "the clock right, or propose the time again"
                )

    def confirm(self, timestamp: int) -> None:
        """Follow the wall clock from here, after two people have confirmed about this time.

        Raises:
            InputError: see `check`.
        """
        self.check(timestamp)
        with self._lock:
            self._trust(self._wall() - self._steady())

    def _follow(self, steady: int, offset: int) -> None:
        away = offset - self._base
        if abs(away) > TOLERANCE:
            if self.trouble is None:
                self._distrust(
                    f"the clock jumped {'ahead' if away > 0 else 'back'} by {abs(away) / 1e6:.1f} "
                    f"s, to {self._shown(steady + offset)}; time continues without it"
                )
            return
        if self.trouble is not None:
            self._trust(offset, self._base)
            return
        self._offset = offset
        step = min(abs(away), (steady - self._looked_at) * DRIFT // 1_000_000)
        self._base += step if away > 0 else -step

    def _is_plausible(self, wall: int) -> bool:
        head = self._head
        return head is None or head - TOLERANCE <= wall <= head + self._most_ahead

    def _distrust(self, why: str) -> None:
        self.trouble = why
        _log.error("clock not trusted", why=why, held=self.held)

    def _trust(self, offset: int, base: int | None = None) -> None:
        self._offset, self._base = offset, offset if base is None else base
        self.trouble, self.held = None, False
        _log.warning("clock trusted again", time=self._shown(self._steady() + offset))

    @staticmethod
    def _shown(timestamp: int) -> str:
        try:
            return from_timestamp(timestamp).isoformat(timespec="seconds")
        except (InputError, OverflowError, ValueError):
            return f"{timestamp} microseconds since 1970"


def decide(
    system: SettlementSystem, clock: WatchedClock, now: Callable[[], int], decision: Decision
) -> Batch:
    """Carry out a person's decision; outside the record it changes only the clock.

    Args:
        system: it is changed.
        clock: confirmed where the decision gives effect to its confirmation.
        now: gives the time of the batch.
        decision: the person's.

    Raises:
        InputError: it cannot be taken now.
    """
    confirmed = _confirmed_time(system, decision)
    if confirmed is not None:
        clock.check(confirmed)
    batch = system.decide(now(), decision)
    if confirmed is not None and json.loads(batch.body)["reason"] == ReasonCode.NONE:
        clock.confirm(confirmed)
    return batch


def _confirmed_time(system: SettlementSystem, decision: Decision) -> int | None:
    """The time to confirm if this decision takes effect."""
    if decision.kind != DecisionKind.APPROVE:
        return None
    for proposal in system.four_eyes.open:
        confirms = proposal.action.kind == ActionKind.CONFIRM_CLOCK
        if confirms and proposal.number == decision.proposal:
            return proposal.action.until
    return None
