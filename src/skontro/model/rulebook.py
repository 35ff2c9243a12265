"""The rulebook: liquidity-saving mechanisms and the times of their runs."""

import datetime
from enum import IntEnum
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from skontro.model.calendar import BusinessDay, from_timestamp, to_timestamp
from skontro.model.errors import InputError
from skontro.model.order import PaymentClass
from skontro.model.position_limits import PositionLimits

#: Bounds that keep every step of the engine short.
MAX_BYPASS_DEPTH: Final = 1_000
MAX_BYPASSES: Final = 1_000_000_000
#: Units of work of one run of maximum value, ample for tens of thousands of orders.
DEFAULT_WORK: Final = 100_000
MAX_WORK: Final = 10**12


class Algorithm(IntEnum):
    """Algorithms that settle several queued orders at once. The numbers never change."""

    BILATERAL_ON_ENTRY = 1
    ALL_OR_NOTHING = 2
    GREATEST_FIFO_SET = 3
    BILATERAL_PASS = 4
    BYPASS = 5
    MAXIMUM_VALUE = 6
    WITHIN_POSITION_LIMITS = 7


#: Algorithms that run over all queues, at set times or when the queues have grown.
RUN_ALGORITHMS: Final = (
    Algorithm.ALL_OR_NOTHING,
    Algorithm.GREATEST_FIFO_SET,
    Algorithm.BILATERAL_PASS,
    Algorithm.MAXIMUM_VALUE,
    Algorithm.WITHIN_POSITION_LIMITS,
)


@attrs.frozen
class Bypass:
    """Bypass FIFO: orders of some classes may bypass blocked ones of their own class.

    Attributes:
        classes: with bypass.
        depth: number of orders tried behind the head when an account is credited.
        max_bypasses: the most times that the head of a queue may be bypassed.
    """

    classes: tuple[PaymentClass, ...] = (PaymentClass.NORMAL,)
    depth: int = 16
    max_bypasses: int = 100

    def __attrs_post_init__(self) -> None:
        if not self.classes or len({*self.classes}) < len(self.classes):
            raise InputError("bypass: name at least one payment class, and each once")
        for name, most in (("depth", MAX_BYPASS_DEPTH), ("max_bypasses", MAX_BYPASSES)):
            if not 1 <= getattr(self, name) <= most:
                raise InputError(f"bypass: {name} {getattr(self, name)} is outside 1..{most}")


@attrs.frozen
class WhenQueued:
    """Run an algorithm whenever a number of further orders have been queued.

    Attributes:
        orders: the number since the last run of this kind.
        algorithm: one of `RUN_ALGORITHMS` except maximum value, whose solution comes from outside
            the engine.
    """

    orders: int
    algorithm: Algorithm = Algorithm.GREATEST_FIFO_SET

    def __attrs_post_init__(self) -> None:
        if self.algorithm not in RUN_ALGORITHMS or self.algorithm == Algorithm.MAXIMUM_VALUE:
            name = self.algorithm.name.lower()
            raise InputError(f"when_queued: {name} cannot run when the queues grow")
        if not 1 <= self.orders < 2**30:
            raise InputError(f"when_queued: orders {self.orders} is outside 1..{2**30 - 1}")


@attrs.frozen
class ScheduledRuns:
    """Run an algorithm at set times of each business day.

    Attributes:
        algorithm: one of `RUN_ALGORITHMS`.
        at: local times; those outside the opening hours of a day are skipped.
        every: microseconds from the opening to the first run, and between runs; or None.
        work: for maximum value alone: most units of work of one run.
    """

    algorithm: Algorithm
    at: tuple[datetime.time, ...] = ()
    every: int | None = None
    work: int = DEFAULT_WORK

    def __attrs_post_init__(self) -> None:
        if self.algorithm not in RUN_ALGORITHMS:
            name = self.algorithm.name.lower()
            raise InputError(f"offsetting: {name} does not run at set times; it has its own key")
        if bool(self.at) == (self.every is not None):
            raise InputError("offsetting: give either the times (at) or the interval (every)")
        if self.every is not None and self.every < 1_000_000:
            raise InputError("offsetting: every must be a second or longer")
        if not 0 <= self.work <= MAX_WORK:
            raise InputError(f"offsetting: work {self.work} is outside 0..{MAX_WORK}")


@attrs.frozen
class Rulebook:
    """Settlement mechanisms in addition to plain gross settlement; none by default.

    Attributes:
        offset_on_entry: try a new order together with the head of the counterparty's queue.
        bypass: bypass FIFO, or None if every queue is strictly first in first out.
        when_queued: a run whenever the queues have grown, or None.
        schedule: runs at set times; runs of the same time in the order given here.
        in_runs_only: orders are queued, and settle in runs only.
        position_limits: orders settle within position limits, in runs only; or None.
    """

    offset_on_entry: bool = False
    bypass: Bypass | None = None
    when_queued: WhenQueued | None = None
    schedule: tuple[ScheduledRuns, ...] = ()
    in_runs_only: bool = False
    position_limits: PositionLimits | None = None

    def __attrs_post_init__(self) -> None:
        by_itself = self.offset_on_entry or self.bypass is not None
        if (self.in_runs_only or self.position_limits is not None) and by_itself:
            raise InputError(
                "rulebook: where orders settle in runs only, leave out offset_on_entry and bypass"
            )
        runs = [scheduled.algorithm for scheduled in self.schedule]
        runs += [self.when_queued.algorithm] if self.when_queued else []
        limited = self.position_limits is not None
        for algorithm in runs:
            if (algorithm == Algorithm.WITHIN_POSITION_LIMITS) != limited:
                raise InputError(
                    f"rulebook: {algorithm.name.lower()} cannot run"
                    f" {'under' if limited else 'without'} position_limits"
                )


_DAY = datetime.timedelta(days=1)


def run_timestamps(runs: ScheduledRuns, day: BusinessDay, zone: ZoneInfo) -> tuple[int, ...]:
    """The timestamps of the runs on one day, in order: from its opening to before its closing.

    Args:
        runs: at local times, or at intervals counted from the opening.
        day: may begin or end on another date than its own.
        zone: zone of the local times. A time repeated by a clock change gives one run, at its first
            occurrence; a skipped time gives none.
    """
    if runs.every is not None:
        return tuple(range(day.opens_at + runs.every, day.closes_at, runs.every))
    first = from_timestamp(day.opens_at).astimezone(zone).date()
    last = from_timestamp(day.closes_at).astimezone(zone).date()
    dates = [first + _DAY * n for n in range((last - first).days + 1)]
    times = sorted(dict.fromkeys(runs.at))
    timestamps = [_timestamp(date, time, zone) for date in dates for time in times]
    return tuple(
        sorted(m for m in timestamps if m is not None and day.opens_at <= m < day.closes_at)
    )


def _timestamp(date: datetime.date, time: datetime.time, zone: ZoneInfo) -> int | None:
    local = datetime.datetime.combine(date, time.replace(fold=0), zone)
    timestamp = to_timestamp(local)
    # A skipped time comes back as another one.
    back = from_timestamp(timestamp).astimezone(zone)
    return timestamp if back.replace(tzinfo=None) == local.replace(tzinfo=None) else None
