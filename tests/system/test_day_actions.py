"""Hours put off, shortened and put back: the day keeps its order and ends before the next one."""

import datetime
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.model import CurrencyHours, ReasonCode, SettlementCalendar, to_timestamp
from skontro.system import Action, StepKind
from skontro.system.business_day import MARGIN_BEFORE_NEXT_DAY
from tests.draws import examples
from tests.service.systems import ALWAYS, DAY, MINUTE, NOON
from tests.system.test_four_eyes import Operated

HOUR = 60 * MINUTE
CUSTOMER = {"step": "customer_cut_off", "currency": "RUB"}
INTERBANK = {"step": "interbank_cut_off", "currency": "RUB"}
END: dict[str, Any] = {"step": "end_of_day"}


def due(operated: Operated, kind: str, currency: str = "") -> int:
    """Hours after noon at which a step comes."""
    steps = operated.system.clock.steps
    found = [one.due for one in steps if one.kind == kind and one.currency == currency]
    return (found[0] - NOON) // HOUR


def extend(operated: Operated, hours: float, **hour: Any) -> ReasonCode:
    return operated.agree(Action("extend", until=NOON + int(hours * HOUR), **hour))


def test_the_year_2206_is_refused_when_it_is_proposed() -> None:
    operated = Operated()
    for year in (2206, 9999):
        until = to_timestamp(datetime.datetime(year, 1, 1, tzinfo=datetime.UTC))
        for hour in (CUSTOMER, INTERBANK, END):
            body = operated.propose(Action("extend", until=until, **hour))
            assert ReasonCode(body["reason"]) == ReasonCode.EXTENSION_TOO_LATE
    assert operated.system.four_eyes.open == ()
    start = NOON + DAY - 4 * HOUR
    last = start - MARGIN_BEFORE_NEXT_DAY
    too_late = operated.propose(Action("extend", until=last + 1, **END))
    assert ReasonCode(too_late["reason"]) == ReasonCode.EXTENSION_TOO_LATE
    assert operated.agree(Action("extend", until=last, **END)) == ReasonCode.NONE


def test_a_day_that_ends_as_the_next_starts_is_not_extended() -> None:
    operated = Operated(ALWAYS)
    until = NOON + 12 * HOUR - 1
    reason = operated.propose(Action("extend", until=until, **END))["reason"]
    assert ReasonCode(reason) == ReasonCode.EXTENSION_TOO_LATE


def test_an_extension_is_shortened_withdrawn_and_made_again() -> None:
    operated = Operated()
    assert extend(operated, 7, **CUSTOMER) == ReasonCode.NONE
    # What must not come before it has moved along.
    assert due(operated, "interbank_cut_off", "RUB") == due(operated, "end_of_day") == 7
    assert extend(operated, 5, **CUSTOMER) == ReasonCode.NONE
    assert due(operated, "customer_cut_off", "RUB") == due(operated, "interbank_cut_off", "RUB")
    assert (due(operated, "interbank_cut_off", "RUB"), due(operated, "end_of_day")) == (5, 6)
    withdrawal = Action("withdraw_extension", **CUSTOMER)
    body = operated.propose(withdrawal)
    assert body["shown"]["moves"][0]["to"]["utc"] == "2026-11-24T15:00:00Z"
    assert operated.approve(body["proposal"]) == ReasonCode.NONE
    assert (due(operated, "customer_cut_off", "RUB"), due(operated, "end_of_day")) == (3, 6)
    assert operated.agree(withdrawal) == ReasonCode.NOTHING_TO_CHANGE
    assert extend(operated, 4, **CUSTOMER) == ReasonCode.NONE
    assert due(operated, "customer_cut_off", "RUB") == 4
    assert extend(operated, 4, **CUSTOMER) == ReasonCode.NOTHING_TO_CHANGE


def test_an_hour_comes_neither_in_the_past_nor_before_what_it_follows() -> None:
    operated = Operated()
    assert extend(operated, 2, **CUSTOMER) == ReasonCode.EXTENSION_TOO_EARLY  # the timetable
    assert extend(operated, 7, **CUSTOMER) == ReasonCode.NONE
    assert extend(operated, 6.5, **INTERBANK) == ReasonCode.EXTENSION_TOO_EARLY
    assert extend(operated, 6.5, **END) == ReasonCode.EXTENSION_TOO_EARLY
    operated.come_to(NOON + 4 * HOUR)
    assert extend(operated, 3.5, **CUSTOMER) == ReasonCode.EXTENSION_TOO_EARLY  # the past
    assert operated.agree(Action("withdraw_extension", **CUSTOMER)) == (
        ReasonCode.EXTENSION_TOO_EARLY
    )
    assert extend(operated, 4.5, **CUSTOMER) == ReasonCode.NONE
    operated.come_to(NOON + 5 * HOUR)
    assert extend(operated, 5.5, **CUSTOMER) == ReasonCode.NOTHING_TO_EXTEND


def test_what_can_no_longer_be_done_when_it_is_approved_is_refused_then() -> None:
    operated = Operated()
    body = operated.propose(Action("extend", until=NOON + 4 * HOUR, **CUSTOMER))
    operated.come_to(NOON + 4 * HOUR)
    assert operated.approve(body["proposal"]) == ReasonCode.NOTHING_TO_EXTEND


CALENDAR = SettlementCalendar(
    time_zone="Asia/Almaty",
    starts=datetime.time(7),
    opens=datetime.time(9),
    closes=datetime.time(20),
    currencies={
        "KZT": CurrencyHours(datetime.time(17, 30), datetime.time(19)),
        "RUB": CurrencyHours(datetime.time(18), datetime.time(18)),
    },
)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=examples(80), deadline=None)
def test_whatever_is_agreed_on_the_steps_keep_their_order_and_the_day_ends(seed: int) -> None:
    draw = random.Random(seed)
    operated = Operated(CALENDAR)
    day, taken = operated.system.clock.date, []
    next_start = CALENDAR.timestamp(day + datetime.timedelta(days=1), CALENDAR.starts)  # type: ignore[operator]
    for _ in range(12):
        hour: dict[str, Any] = {
            "step": draw.choice(["customer_cut_off", "interbank_cut_off", "end_of_day"])
        }
        if hour["step"] != "end_of_day":
            hour["currency"] = draw.choice(["KZT", "RUB", None])
        until = NOON + draw.choice([draw.randrange(16 * 60) * MINUTE, 2 * DAY, 10 * HOUR])
        withdraws = draw.random() < 0.3
        action = Action("withdraw_extension", **hour)
        operated.agree(action if withdraws else Action("extend", until=until, **hour))
        clock = operated.system.clock
        for step in clock.steps:
            assert operated.system.last_time < step.due < next_start or step.due <= operated.now
        operated.now += draw.randrange(90) * MINUTE
        while (step := clock.next_step(operated.now)).due <= operated.now and step.date == str(day):
            operated.system.step(max(operated.now, operated.system.last_time + 1))
            operated.now += 1
            taken.append(step)
    operated.now = max(operated.now, next_start - 1)
    while (step := operated.system.clock.next_step(operated.now)).date == str(day):
        assert step.due < next_start
        operated.system.step(operated.now)
        operated.now += 1
        taken.append(step)
    for currency in ("KZT", "RUB"):
        of_currency = [one for one in taken if one.currency in ("", currency)]
        assert [one.kind for one in of_currency] == [
            StepKind.CUSTOMER_CUT_OFF,
            StepKind.INTERBANK_CUT_OFF,
            StepKind.END_OF_DAY,
            StepKind.SEAL,
        ]
        timestamps = [one.due for one in of_currency]
        assert timestamps == sorted(timestamps)
