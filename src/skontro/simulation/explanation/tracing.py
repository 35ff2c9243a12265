"""One order followed through a day: every change of its waiting reason, and the cause."""

from collections.abc import Iterator
from typing import Any, Final

import attrs
import numpy.typing as npt

from skontro.engine import NO_ROW, CommandKind, Commands, QueuedBefore, Watched
from skontro.engine.records import NOTHING
from skontro.model import ReasonCode
from skontro.simulation.explanation.replayed_day import (
    WATCHED_BATCH,
    ReplayedDay,
    index_of_submission,
)

#: Orders named one by one among those ahead of another.
MAX_NAMED: Final = 10


@attrs.frozen
class Cause:
    """Why one order waits, in the engine's numbers; amounts in minor units.

    Attributes:
        order: its number.
        reason: NONE where it does not wait.
        short: shortfall of cover, or excess over the limit.
        withheld: reserved for higher classes.
        limit: that is reached.
        other: the order ahead, or the counterleg; or None.
        until: the time that is awaited; or None.
        is_held: whether it is held and not queued.
        balance, credit: of the payer's account, when this cause began.
        before: orders ahead of it in its payer's queue at that time.
        holdings: account numbers and balances of all that its payer had then, where a limit on its
            positions is the reason; else none.
        cause_of_other: why the other order waits; its own `cause_of_other` is left out.
    """

    order: int
    reason: ReasonCode
    short: int
    withheld: int
    limit: int
    other: int | None
    until: int | None
    is_held: bool
    balance: int = attrs.field(eq=False)
    credit: int = attrs.field(eq=False)
    before: QueuedBefore = attrs.field(eq=False)
    holdings: tuple[tuple[int, int], ...] = attrs.field(eq=False, default=())
    cause_of_other: "Cause | None" = None

    @property
    def others(self) -> tuple[int, ...]:
        """The number of the other order, if it waits for one."""
        return () if self.other is None else (self.other,)


@attrs.frozen(eq=False)
class Step:
    """An event, and the order's waiting reason after it.

    Attributes:
        time: when.
        command: the engine's command; None if a time fell due.
        events: `EVENT` records of the step.
        cause: cause of the order after the step; None where it does not wait.
    """

    time: int
    command: "TracedCommand | None"
    events: npt.NDArray[Any]
    cause: Cause | None


@attrs.frozen
class TracedCommand:
    """One command to the engine."""

    kind: CommandKind
    payer: int
    payee: int
    amount: int
    payment_class: int
    order: int


@attrs.frozen(eq=False)
class Trace:
    """The course of an order through the day.

    Attributes:
        order: its number.
        steps: the first is its submission; the last is the one with which it became final.
    """

    order: int
    steps: tuple[Step, ...]


def trace_order(day: ReplayedDay, order: int) -> Trace:
    """Go through the day until an order is final, and note each change of why it waits.

    The order ahead of it and its counterleg are watched too, while it waits for them.

    Args:
        day: a day before any of its commands.
        order: its number.

    Raises:
        InputError: the day does not go as its results say.
        InvariantBroken: the engine contradicts itself.
    """
    steps: list[Step] = []
    for commands in day.batches():
        index = index_of_submission(commands, order, day.engine.orders)
        if not steps and index is None:
            day.apply(commands)
            continue
        start = 0
        if not steps and index is not None:
            day.apply(commands.part(0, index))
            steps.append(_submission(day, commands.part(index, index + 1), order))
            start = index + 1
        steps += _steps(day, commands.part(start, len(commands)), order, steps[-1])
        if steps[-1].cause is None:
            break
    return Trace(order, tuple(steps))


def _submission(day: ReplayedDay, command: Commands, order: int) -> Step:
    # Due times before the command do not affect an order not yet submitted.
    return _step(day, command, day.watch(command, [order]), order)


def _steps(day: ReplayedDay, commands: Commands, order: int, last: Step) -> Iterator[Step]:
    """Each change of why the order waits, until it is final."""
    done = 0
    while last.cause is not None and done < len(commands):
        batch = commands.part(done, min(done + WATCHED_BATCH, len(commands)))
        found = day.watch(batch, [order, *last.cause.others])
        done += found.applied
        step = _step(day, batch, found, order)
        if step.cause != last.cause:
            yield (last := step)


def _step(day: ReplayedDay, batch: Commands, found: Watched, order: int) -> Step:
    command = None if found.row == NO_ROW else _traced_command(batch, found.row)
    return Step(found.time, command, found.events[found.first :], cause_of(day, order))


def _traced_command(batch: Commands, row: int) -> TracedCommand:
    about = int(batch.order[row]) if len(batch.order) else NOTHING
    return TracedCommand(
        CommandKind(int(batch.kind[row])),
        int(batch.payer[row]),
        int(batch.payee[row]),
        int(batch.amount[row]),
        int(batch.payment_class[row]),
        about,
    )


def cause_of(day: ReplayedDay, order: int, *, nested: bool = True) -> Cause | None:
    """The current waiting reason of an order; None if it does not wait."""
    [why] = day.engine.why_waiting([order])
    reason, other = ReasonCode(int(why["reason"])), int(why["other"])
    if reason == ReasonCode.NONE:
        return None
    account = int(day.accounts.payer[order])
    balances = day.engine.balances
    limited = reason == ReasonCode.POSITION_LIMIT_REACHED
    held = day.accounts_of_holder(account) if limited else []
    return Cause(
        order=order,
        reason=reason,
        short=int(why["short"]),
        withheld=int(why["withheld"]),
        limit=int(why["limit"]),
        other=None if other == NOTHING else other,
        until=int(why["until"]) or None,
        is_held=bool(why["is_held"]),
        balance=int(balances[account]),
        credit=int(day.engine.credit_lines[account]),
        before=day.engine.queued_before(order, MAX_NAMED),
        holdings=tuple((number, int(balances[number])) for number in held),
        cause_of_other=(
            cause_of(day, other, nested=False) if nested and other != NOTHING else None
        ),
    )
