"""When scheduled runs occur, against every moment of the day looked at one by one."""

import datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.model import (
    SECOND,
    Algorithm,
    BusinessDay,
    ScheduledRuns,
    from_timestamp,
    run_timestamps,
    to_timestamp,
)
from tests.draws import examples

MINUTE = 60 * SECOND
#: Zones in which an hour, or half an hour, is skipped or repeated near the dates below.
ZONES = ("Europe/Berlin", "Australia/Lord_Howe", "Asia/Almaty", "UTC")


@st.composite
def days(draw: st.DrawFn) -> BusinessDay:
    """Days of up to two days, in whole minutes, around changes of clocks."""
    date = draw(st.dates(datetime.date(2026, 3, 27), datetime.date(2026, 4, 6))
                | st.dates(datetime.date(2026, 10, 2), datetime.date(2026, 10, 27)))  # fmt: skip
    midnight = to_timestamp(datetime.datetime.combine(date, datetime.time(), datetime.UTC))
    opens = midnight + draw(st.integers(-1440, 1440)) * MINUTE
    return BusinessDay(date, opens, opens + draw(st.integers(1, 2880)) * MINUTE)


@settings(max_examples=examples(60))
@given(days(), st.sampled_from(ZONES), st.lists(st.integers(0, 1439), min_size=1, max_size=4))
def test_runs_at_local_times(day: BusinessDay, name: str, minutes: list[int]) -> None:
    zone = ZoneInfo(name)
    times = tuple(datetime.time(*divmod(minute, 60)) for minute in minutes)
    expected = []
    for at in range(day.opens_at, day.closes_at, MINUTE):
        local = from_timestamp(at).astimezone(zone)
        if local.replace(fold=0).time() in times and local.fold == 0:
            expected.append(at)
    runs = ScheduledRuns(Algorithm.BILATERAL_PASS, at=times)
    assert list(run_timestamps(runs, day, zone)) == expected


@given(days(), st.integers(1, 3000))
def test_runs_at_intervals(day: BusinessDay, minutes: int) -> None:
    runs = ScheduledRuns(Algorithm.BILATERAL_PASS, every=minutes * MINUTE)
    expected = [
        day.opens_at + minute * MINUTE
        for minute in range(1, (day.closes_at - day.opens_at) // MINUTE)
        if minute % minutes == 0
    ]
    assert list(run_timestamps(runs, day, ZoneInfo("UTC"))) == expected
