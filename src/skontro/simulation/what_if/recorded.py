"""The running day forked from its record, with the rest of the day as on an earlier one."""

from __future__ import annotations

import datetime

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import NO_COMMANDS, Commands
from skontro.ledger.keys import public_key, refuse_other_key
from skontro.ledger.past_orders import PastDay, orders_of_day, past_days
from skontro.ledger.postgres.connection import Connection
from skontro.ledger.reader import last_batch, read_entries
from skontro.ledger.recovery import Progress, read_rules, replay_and_compare
from skontro.ledger.snapshots import restore_before
from skontro.model import InputError, Phase, SettlementCalendar
from skontro.simulation.what_if.expected_inputs import moved_to_today
from skontro.simulation.what_if.fork import Fork
from skontro.system import SettlementSystem, StepKind


@attrs.frozen(eq=False)
class ForkedDay:
    """A fork of the running day, and the orders expected for the rest of it.

    Attributes:
        fork: state of the system at the head of the record.
        system: in this state.
        date: the business day that runs, or the next one where none runs.
        calendar: in force.
        opens_at: its opening by the timetable, microseconds since 1970.
        ends_at: its end by the timetable, extensions included.
        orders: expected to come.
        due: when each is.
        like: the day whose orders they are; None for none.
        public_key: that signed the record, in hexadecimal.
    """

    fork: Fork
    system: SettlementSystem
    date: datetime.date
    calendar: SettlementCalendar
    opens_at: int
    ends_at: int
    orders: Commands
    due: npt.NDArray[np.int64]
    like: datetime.date | None
    public_key: str


def fork_of_record(
    connection: Connection,
    *,
    key: str | None = None,
    now: int | None = None,
    like: datetime.date | None = None,
    expect: bool = True,
    progress: Progress | None = None,
) -> ForkedDay:
    """Fork the system at the head of its record. The connection reads, and writes nothing.

    Args:
        connection: for the exclusive use of this call.
        key: public key of the system from a trusted source; None takes the record's own.
        now: time of the clock, if the day is still running by it; None for the last batch.
        like: earlier day whose orders are expected; None for the last one that is over.
        expect: whether further orders are expected at all.
        progress: called after every batch.

    Raises:
        InputError: there is no record, or no such earlier day.
        InvariantBroken: the record contradicts itself, or was signed with another key.
    """
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        rules, settings = read_rules(connection)
        refuse_other_key(settings["public_key"], key)
        last = last_batch(connection)
        signer = public_key(settings["public_key"])
        system, start = restore_before(connection, rules, last + 1, signer)
        for entry in read_entries(connection, start + 1, last):
            replay_and_compare(system, entry)
            if progress is not None:
                progress("replaying", entry.number - start, last - start)
        fork = Fork(rules, system.snapshot(), _time_of_fork(system, now))
        date, calendar = _date_of_rest(system, fork.now), system.clock.calendar
        opens_at = calendar.timestamp(date, calendar.opens)
        day = _chosen(past_days(connection), like) if expect else None
        orders, due = _expected(connection, day, opens_at, fork.now)
    finally:
        connection.execute("ROLLBACK")
    return ForkedDay(
        fork=fork,
        system=system,
        date=date,
        calendar=calendar,
        opens_at=opens_at,
        ends_at=next(
            (one.due for one in system.clock.steps if one.kind == StepKind.END_OF_DAY),
            calendar.timestamp(date, calendar.closes),
        ),
        orders=orders,
        due=due,
        like=None if day is None else day.date,
        public_key=settings["public_key"],
    )


def _time_of_fork(system: SettlementSystem, now: int | None) -> int:
    """The time of the clock while the day runs by it, else that of the last batch."""
    last = int(system.last_time)
    ends = [one.due for one in system.clock.steps if one.kind == StepKind.END_OF_DAY]
    return now if now is not None and ends and last < now < ends[0] else last


def _date_of_rest(system: SettlementSystem, now: int) -> datetime.date:
    clock = system.clock
    if clock.date is not None and clock.phase != Phase.SEALED:
        return clock.date
    return datetime.date.fromisoformat(clock.next_step(now).date)


def _chosen(days: list[PastDay], like: datetime.date | None) -> PastDay | None:
    if like is None:
        return days[-1] if days else None
    found = [day for day in days if day.date == like]
    if not found:
        raise InputError(f"the record has no business day {like} that is over")
    return found[0]


def _expected(
    connection: Connection, day: PastDay | None, opens_at: int, now: int
) -> tuple[Commands, npt.NDArray[np.int64]]:
    """The orders of that day after the same time since the opening, with their times today."""
    if day is None:
        return NO_COMMANDS, np.zeros(0, np.int64)
    shift = opens_at - day.opened_at
    orders = moved_to_today(orders_of_day(connection, day, now - shift), shift)
    return orders, orders.time + shift


def earlier_days(
    connection: Connection, day: ForkedDay, most: int
) -> list[tuple[datetime.date, Commands, npt.NDArray[np.int64]]]:
    """The orders of each of the last days after the same time, with their times today.

    Args:
        connection: of the record.
        day: the fork.
        most: number of days; the last ones that are over.
    """
    days = past_days(connection)[-most:] if most else []
    return [(one.date, *_expected(connection, one, day.opens_at, day.fork.now)) for one in days]
