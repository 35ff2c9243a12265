"""Local times where clocks change: one rule, held against a look at the clock minute by minute."""

import datetime
import importlib.resources
import zoneinfo
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from skontro.model import (
    CurrencyHours,
    InputError,
    Phase,
    Rulebook,
    SettlementCalendar,
    find_time_zone,
    from_timestamp,
    local_timestamp,
    to_timestamp,
)
from skontro.system import BusinessDayClock, StepKind

DAY = datetime.timedelta(days=1)
MINUTE = datetime.timedelta(minutes=1)

#: Clock changes of every kind: spring, autumn, at and over midnight, half an hour, a whole day.
CHANGES = {
    "Europe/Berlin": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "America/Sao_Paulo": ("2018-11-04", "2018-02-18"),
    "Africa/Cairo": ("2026-04-24", "2026-10-30"),
    "Asia/Beirut": ("2026-03-29", "2026-10-25"),
    "America/Santiago": ("2026-09-06", "2026-04-05"),
    "Australia/Lord_Howe": ("2026-10-04", "2026-04-05"),
    "Pacific/Apia": ("2011-12-30", "2011-12-31"),
    "Pacific/Kwajalein": ("1993-08-21", "1993-08-22"),
    "Asia/Pyongyang": ("2018-05-05", "2015-08-15"),
    "Africa/Casablanca": ("2026-02-15", "2026-03-22"),
    "America/Godthab": ("2023-03-26", "2024-10-27"),
    "America/Scoresbysund": ("2024-03-31", "2024-10-27"),
}


def by_looking(date: datetime.date, time: datetime.time, zone: ZoneInfo) -> int:
    """The first whole minute at which clocks in the zone show the local time or a later one."""
    wanted = datetime.datetime.combine(date, time)
    # No clock is further ahead than 14 hours, so none shows the local time any earlier.
    timestamp = datetime.datetime.combine(date, time, datetime.UTC) - datetime.timedelta(hours=15)
    while timestamp.astimezone(zone).replace(tzinfo=None) < wanted:
        timestamp += MINUTE
    return to_timestamp(timestamp)


@pytest.mark.parametrize("name", CHANGES)
def test_a_local_time_is_when_clocks_first_show_it_or_a_later_one(name: str) -> None:
    zone = find_time_zone(name)
    for text in CHANGES[name]:
        changes = datetime.date.fromisoformat(text)
        for date in (changes - DAY, changes, changes + DAY):
            for minute in range(0, 24 * 60, 97):
                time = datetime.time(minute // 60, minute % 60)
                assert local_timestamp(date, time, zone) == by_looking(date, time, zone), (
                    date,
                    time,
                )


def test_microseconds_in_a_gap_and_outside() -> None:
    berlin, spring = find_time_zone("Europe/Berlin"), datetime.date(2026, 3, 29)
    change = to_timestamp(datetime.datetime(2026, 3, 29, 1, tzinfo=datetime.UTC))
    assert local_timestamp(spring, datetime.time(1, 59, 59, 999_999), berlin) == change - 1
    assert local_timestamp(spring, datetime.time(2), berlin) == change
    assert local_timestamp(spring, datetime.time(2, 59, 59, 999_999), berlin) == change
    assert local_timestamp(spring, datetime.time(3, 0, 0, 1), berlin) == change + 1


@pytest.mark.parametrize(
    ("zone", "date"),
    [("Pacific/Apia", datetime.date(2011, 12, 30)), ("Pacific/Kwajalein", "1993-08-21")],
)
def test_a_date_that_a_zone_skipped_is_no_business_day(zone: str, date: object) -> None:
    skipped = datetime.date.fromisoformat(str(date))
    calendar = timetable(zone, 9 * 60, 17 * 60)
    assert not calendar.is_business_day(skipped)
    assert calendar.is_business_day(skipped - DAY)
    assert calendar.is_business_day(skipped + DAY)
    steps = [step for date, step, _ in walked(calendar, skipped - 2 * DAY, 4) if step == "start"]
    assert len(steps) == 4
    dates = {date for date, _, _ in walked(calendar, skipped - 2 * DAY, 4)}
    assert skipped not in dates


def test_a_date_whose_opening_hours_are_skipped_whole_is_no_business_day() -> None:
    calendar = timetable("Europe/Berlin", 2 * 60 + 5, 2 * 60 + 55)
    assert not calendar.is_business_day(datetime.date(2026, 3, 29))
    assert calendar.is_business_day(datetime.date(2026, 10, 25))


def timetable(zone: str, opens: int, closes: int, starts: int | None = None) -> SettlementCalendar:
    """All times in minutes; the cut-offs lie between."""

    def time(minute: int) -> datetime.time:
        return datetime.time(minute // 60, minute % 60)

    third = (closes - opens) // 3
    return SettlementCalendar(
        time_zone=zone,
        starts=time(opens if starts is None else starts),
        opens=time(opens),
        closes=time(closes),
        weekend=(),
        currencies={
            "KZT": CurrencyHours(time(opens + third), time(opens + 2 * third)),
            "RUB": CurrencyHours(time(closes), time(closes)),
        },
    )


def walked(
    calendar: SettlementCalendar, first: datetime.date, days: int
) -> Iterator[tuple[datetime.date, str, int]]:
    """The steps of so many business days, each taken at its moment; the phases only move on."""
    clock = BusinessDayClock(calendar, Rulebook(), ("KZT", "RUB", "UZS"))
    now = calendar.timestamp(first, datetime.time(0)) - 1
    for _ in range(days):
        phases = {"": Phase.START_OF_DAY} | dict.fromkeys(clock.phases, Phase.START_OF_DAY)
        step = clock.next_step(now)
        before = clock.date
        while True:
            assert step.due >= now or step.kind == StepKind.START
            now = max(now, step.due)
            clock.take(step)
            assert clock.date is not None
            yield clock.date, step.kind, step.due
            new = {"": clock.phase} | clock.phases
            assert all(new[code] >= phases[code] for code in new)
            phases = new
            if clock.phase == Phase.SEALED:
                break
            step = clock.next_step(now)
        assert before is None or clock.date > before


def assert_in_order(calendar: SettlementCalendar, date: datetime.date) -> None:
    """The local times of a date, and of the next, never change their order."""
    hours = calendar.currencies["KZT"]
    times = (
        calendar.starts,
        calendar.opens,
        hours.customer_cut_off,
        hours.interbank_cut_off,
        calendar.closes,
    )
    timestamps = [calendar.timestamp(date, time) for time in times]
    timestamps.append(calendar.timestamp(date + DAY, calendar.starts))
    assert timestamps == sorted(timestamps), (calendar.time_zone, date)
    if calendar.is_business_day(date):
        assert timestamps[1] < timestamps[4]


def changes_of(zone: ZoneInfo, first: datetime.date, days: int) -> list[datetime.date]:
    """Dates on which clocks change."""
    offsets = [
        datetime.datetime.combine(first + DAY * n, datetime.time(), datetime.UTC)
        .astimezone(zone)
        .utcoffset()
        for n in range(days + 1)
    ]
    return [first + DAY * n for n, (one, other) in enumerate(pairwise(offsets)) if one != other]


def zones() -> list[str]:
    """Every name of the IANA database; of names for the same table one."""
    found: dict[bytes, str] = {}
    for name in sorted(zoneinfo.available_timezones() - {"localtime", "posixrules", "Factory"}):
        paths = [Path(folder) / name for folder in zoneinfo.TZPATH]
        here = next((path for path in paths if path.is_file()), None)
        package = importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
        found.setdefault(here.read_bytes() if here else package.read_bytes(), name)
    return sorted(found.values())


HOURS = [(0, 24 * 60 - 1), (9 * 60, 17 * 60)]
#: Around and inside the hours in which clocks change.
ODD_HOURS = [
    (opens, opens + length)
    for opens in (0, 5, 30, 55, 60, 65, 90, 119, 120, 121, 150, 179, 180, 22 * 60, 23 * 60 + 5)
    for length in (3, 30, 54)
] + HOURS


def hold_where_clocks_change(first: datetime.date, days: int) -> None:
    """In every zone on the days around every change, with hours inside the change."""
    for name in zones():
        for date in changes_of(find_time_zone(name), first, days):
            for opens, closes in ODD_HOURS:
                calendar = timetable(name, opens, closes, opens // 2)
                for near in (date - DAY, date, date + DAY):
                    assert_in_order(calendar, near)


def test_the_order_of_steps_holds_where_clocks_change_in_a_spring() -> None:
    hold_where_clocks_change(datetime.date(2026, 3, 1), 31)


@pytest.mark.long
def test_the_order_of_steps_holds_where_clocks_change_in_ten_years() -> None:
    hold_where_clocks_change(datetime.date(2021, 1, 1), 3652)


@pytest.mark.long
def test_every_zone_is_walked_day_by_day_over_ten_years() -> None:
    for name in zones():
        calendar = timetable(name, 60 + 40, 3 * 60)
        previous = -(2**62)
        for _, _, due in walked(calendar, datetime.date(2021, 1, 1), 3652):
            assert due >= previous
            previous = due


def test_a_day_that_clocks_show_twice_is_not_begun_twice() -> None:
    """Clocks go back from half past midnight to the evening before, on which the day was over."""
    calendar = timetable("America/Scoresbysund", 0, 20)
    change = datetime.date(2024, 10, 27)
    dates = [date for date, kind, _ in walked(calendar, change - 2 * DAY, 5) if kind == "start"]
    assert dates == sorted({*dates})
    clock = BusinessDayClock(calendar, Rulebook(), ("KZT",))
    hour = 60 * 60 * 1_000_000
    start = calendar.timestamp(change - DAY, datetime.time(12))
    for now in range(start, start + 36 * hour, hour // 6):
        step = clock.next_step(now)
        closes = calendar.timestamp(datetime.date.fromisoformat(step.date), calendar.closes)
        assert closes > now


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Asia", "group of time zones; name one of them such as Asia/Aden"),
        ("America/Argentina", "group of time zones"),
        ("asia", "group of time zones"),
        ("localtime", "is not a time zone; name one"),
        ("posixrules", "is not a time zone; name one"),
        ("Factory", "is not a time zone; name one"),
        ("asia/almaty", "is written Asia/Almaty"),
        ("EUROPE/BERLIN", "is written Europe/Berlin"),
        ("right/Europe/Berlin", "not an IANA time zone"),
        ("posix/Europe/Berlin", "not an IANA time zone"),
        ("/etc/localtime", "not an IANA time zone"),
        ("../Europe/Berlin", "not an IANA time zone"),
        ("Europe/../Europe/Berlin", "not an IANA time zone"),
        ("./Europe/Berlin", "not an IANA time zone"),
        ("Europe/Berlin/", "not an IANA time zone"),
        ("Europe//Berlin", "not an IANA time zone"),
        ("zone.tab", "not an IANA time zone"),
        ("tzdata.zi", "not an IANA time zone"),
        ("__init__.py", "not an IANA time zone"),
        ("", "not an IANA time zone"),
        (" Europe/Berlin", "not an IANA time zone"),
        ("Europe/Berlin\n", "not an IANA time zone"),
        ("Europe\\Berlin", "not an IANA time zone"),
        ("Europe/Berlin\0", "not an IANA time zone"),
        ("Азия/Алматы", "not an IANA time zone"),
        ("a" * 5_000, "not an IANA time zone"),
        ("a/" * 5_000, "not an IANA time zone"),
        ("+05:00", "not an IANA time zone"),
    ],
)
def test_what_is_no_time_zone_is_refused_with_the_mistake(name: str, said: str) -> None:
    with pytest.raises(InputError) as raised:
        find_time_zone(name)
    assert said in str(raised.value)
    assert len(str(raised.value)) < 200


def test_a_calendar_can_carry_the_table_of_its_zone() -> None:
    """Berlin under the rules of New York, to tell the two tables apart."""
    table = importlib.resources.files("tzdata").joinpath("zoneinfo", "America", "New_York")
    noon = datetime.time(12)
    calendar = SettlementCalendar(
        "Europe/Berlin", noon, noon, datetime.time(13), zone_table=table.read_bytes()
    )
    date = datetime.date(2026, 7, 1)
    assert from_timestamp(calendar.timestamp(date, noon)).hour == 16
    with pytest.raises(InputError, match="the table of time zone Europe/Berlin"):
        SettlementCalendar("Europe/Berlin", noon, noon, datetime.time(13), zone_table=b"TZif")
