"""When the scheduled runs of a rulebook occur on a business day."""

import datetime
from zoneinfo import ZoneInfo

from skontro.model.calendar import BusinessDay, from_timestamp, to_timestamp
from skontro.model.rulebook import ScheduledRuns

_DAY = datetime.timedelta(days=1)


def run_moments(runs: ScheduledRuns, day: BusinessDay, zone: ZoneInfo) -> tuple[int, ...]:
    """The timestamps of the runs on one day, in order: from its opening to before its closing.

    Args:
        runs: at local times, or at intervals counted from the opening.
        day: may begin or end on another date than its own.
        zone: of the local times. A time that happens twice because clocks change counts the first
            time; one that never happens gives no run.
    """
    if runs.every is not None:
        return tuple(range(day.opens_at + runs.every, day.closes_at, runs.every))
    first = from_timestamp(day.opens_at).astimezone(zone).date()
    last = from_timestamp(day.closes_at).astimezone(zone).date()
    dates = [first + _DAY * n for n in range((last - first).days + 1)]
    times = sorted(dict.fromkeys(runs.at))
    moments = [_moment(date, time, zone) for date in dates for time in times]
    return tuple(sorted(m for m in moments if m is not None and day.opens_at <= m < day.closes_at))


def _moment(date: datetime.date, time: datetime.time, zone: ZoneInfo) -> int | None:
    local = datetime.datetime.combine(date, time.replace(fold=0), zone)
    timestamp = to_timestamp(local)
    # A time that clocks skip comes back as another one.
    back = from_timestamp(timestamp).astimezone(zone)
    return timestamp if back.replace(tzinfo=None) == local.replace(tzinfo=None) else None
