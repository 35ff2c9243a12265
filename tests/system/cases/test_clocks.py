"""Deadlines of cases against a slow count of the days, for the calendars of two countries."""

import datetime

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.model import CurrencyHours
from skontro.system import OPERATOR
from skontro.system.cases.case_rules import CaseRules, CountryCalendar
from skontro.system.cases.clocks import MAX_SPAN, CaseClock
from tests.draws import examples
from tests.service.systems import OFFICE_HOURS, directory
from tests.system.cases.running import A, B, C, Running, settled

START = datetime.date(2026, 11, 24)
DAYS = [START + datetime.timedelta(n) for n in range(-5, 60)]
dates = st.sampled_from(DAYS)
weekends = st.sets(st.integers(0, 6), max_size=3)


def slow_open(
    date: datetime.date, weekends: list[set[int]], holidays: list[set[datetime.date]]
) -> bool:
    return all(date.weekday() not in one for one in weekends) and all(
        date not in one for one in holidays
    )


@settings(max_examples=examples(150), deadline=None)
@given(
    st.tuples(weekends, weekends, weekends),
    st.tuples(st.sets(dates), st.sets(dates), st.sets(dates)),
    dates,
    st.integers(0, 12),
)
def test_deadlines_are_those_of_a_slow_count(
    weekends: tuple[set[int], ...],
    holidays: tuple[set[datetime.date], ...],
    date: datetime.date,
    days: int,
) -> None:
    calendars = {
        code: CountryCalendar(tuple(weekend), tuple(sorted(map(str, free))))
        for code, weekend, free in zip(("KZ", "KG"), weekends[1:], holidays[1:], strict=True)
    }
    system = attrs.evolve(
        OFFICE_HOURS, weekend=tuple(weekends[0]), holidays=tuple(holidays[0]), currencies={}
    )
    clock = CaseClock(system, CaseRules(calendars=calendars), directory())
    opens = [
        one
        for n in range(1, MAX_SPAN + 1)
        if slow_open(
            one := date + datetime.timedelta(n),
            [*weekends],
            [*holidays],
        )
    ]
    expected = date if not days else (opens[days - 1] if len(opens) >= days else None)
    found = clock.after((A, B), date, days)
    assert found == (expected or date + datetime.timedelta(MAX_SPAN))
    if expected is not None:
        assert clock.left((A, B), date, found) == days
        assert clock.left((A, B), found, found) == 0


def test_calendars_without_a_common_day_still_end_a_deadline() -> None:
    calendars = {"KZ": CountryCalendar((0, 1, 2)), "KG": CountryCalendar((3, 4, 5, 6))}
    clock = CaseClock(OFFICE_HOURS, CaseRules(calendars=calendars), directory())
    due = clock.after((A, B), START, 1)
    assert due == START + datetime.timedelta(MAX_SPAN)
    assert clock.left((A, B), START, due) == 1
    assert clock.left((A, B), due, due) == 0


def test_the_currency_of_a_country_has_its_holidays_until_a_calendar_is_agreed() -> None:
    hours = CurrencyHours(OFFICE_HOURS.closes, OFFICE_HOURS.closes, (datetime.date(2026, 11, 25),))
    system = attrs.evolve(OFFICE_HOURS, currencies={"KZT": hours})
    clock = CaseClock(system, CaseRules(), directory())
    assert clock.after((A, B), START, 1) == datetime.date(2026, 11, 26)
    assert clock.after((C, B), START, 1) == datetime.date(2026, 11, 25)
    assert clock.after((A, OPERATOR), START, 1) == datetime.date(2026, 11, 26)
    agreed = CaseRules(calendars={"KZ": CountryCalendar()})
    clock = CaseClock(system, agreed, directory())
    assert clock.after((A, B), START, 1) == datetime.date(2026, 11, 25)


def opened() -> Running:
    running = Running()
    assert running.open(A, type="status", order=settled()) == "NONE"
    return running


def test_an_act_in_time_and_one_day_later() -> None:
    running = opened()
    assert running.case().due == "2026-11-25"
    running.days(1)
    assert running.act(B, 0, "answer") == "NONE"
    running = opened()
    running.days(2)
    assert running.act(B, 0, "answer") == "CASE_ACT_NOT_EXPECTED"
    assert running.case().state == "before the operator"
    # The day on which the deadline has passed is the first of the next owner.
    assert running.case().due == "2026-12-09"


def test_an_act_after_the_end_of_the_day_counts_for_the_next() -> None:
    hour = 3_600_000_000
    for hours, due in ((5, "2026-11-25"), (7, "2026-11-26")):
        running = Running()
        running.go_to(running.clock + hours * hour)
        assert running.open(A, type="status", order=settled()) == "NONE"
        assert running.case().due == due


def test_days_without_service_do_not_count() -> None:
    running = opened()
    running.go_to(running.clock + 8 * 86_400_000_000)  # from Tuesday to the next Wednesday
    case = running.case()
    assert (case.state, case.due) == ("answer due", "2026-12-02")
    running.days(1)
    assert running.case().state == "before the operator"
