"""Operator actions on clock changes in the system's time zone."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from skontro.engine import NO_COMMANDS, Commands
from skontro.model import InputError, ReasonCode, SettlementCalendar, from_timestamp
from skontro.system.action import Action, ActionKind, ActionRule, Document, given
from skontro.system.document_text import shown_timestamp
from skontro.system.steps import decode_clock_changes

if TYPE_CHECKING:
    import datetime

    from skontro.system.settlement_system import SettlementSystem


def _check(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    text = given(action.clock_changes)
    try:
        system.clock.calendar_with(text)
    except InputError:
        return ReasonCode.FIELD_MALFORMED
    table = system.clock.calendar.zone_table
    same = decode_clock_changes(text) == table
    return ReasonCode.NOTHING_TO_CHANGE if same else ReasonCode.NONE


def _show(system: SettlementSystem, action: Action, time: int) -> Document:
    """The first business day with new hours, and these: people cannot read the table itself."""
    text = given(action.clock_changes)
    now, then = system.clock.calendar, system.clock.calendar_with(text)
    date = now.first_difference(then, from_timestamp(time).date())
    shown: Document = {
        "time_zone": now.time_zone,
        "sha256": hashlib.sha256(decode_clock_changes(text)).hexdigest(),
        "first_date": None if date is None else date.isoformat(),
    }
    if date is not None:
        shown |= {"from": _hours(now, date), "to": _hours(then, date)}
    return shown


def _hours(calendar: SettlementCalendar, date: datetime.date) -> Document:
    times = {"starts": calendar.starts, "opens": calendar.opens, "closes": calendar.closes}
    return {
        name: shown_timestamp(calendar.timestamp(date, time), calendar.zone)
        for name, time in times.items()
    }


def _take_effect(
    system: SettlementSystem, action: Action, _time: int
) -> tuple[Commands, ReasonCode]:
    system.clock.change_clocks(given(action.clock_changes))
    return NO_COMMANDS, ReasonCode.NONE


def _check_timestamp(_system: SettlementSystem, _action: Action, _time: int) -> ReasonCode:
    return ReasonCode.NONE


def _show_timestamp(system: SettlementSystem, action: Action, _time: int) -> Document:
    return {"clock": shown_timestamp(given(action.until), system.clock.calendar.zone)}


def _record_timestamp(
    _system: SettlementSystem, _action: Action, _time: int
) -> tuple[Commands, ReasonCode]:
    """No effect: the batch carries the time, and the decision itself is the record."""
    return NO_COMMANDS, ReasonCode.NONE


RULES: Final = {
    ActionKind.CONFIRM_CLOCK: ActionRule(
        needs=("until",), check=_check_timestamp, show=_show_timestamp, effect=_record_timestamp
    ),
    ActionKind.SET_CLOCK_CHANGES: ActionRule(
        needs=("clock_changes",), check=_check, show=_show, effect=_take_effect
    ),
}
