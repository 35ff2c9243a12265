"""Changes to the rest of a day: read from named fields, and put into effect in a fork."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from skontro.engine import EventKind
from skontro.model import (
    InputError,
    ParticipantDirectory,
    ReasonCode,
    find_currency,
    parse_amount,
    timestamp_text,
)
from skontro.system import Action, ActionKind, Batch, BatchKind, BusinessDayClock, Step, StepKind
from skontro.system.actions import take_effect
from skontro.system.business_day import EXTENDABLE
from skontro.system.document_text import shown_limit
from skontro.system.steps import in_order

if TYPE_CHECKING:
    from skontro.model import SettlementCalendar
    from skontro.system import SettlementSystem

#: Kinds of change that are no actions of the live system.
MOVE_STEP: Final = "move_step"
OUTAGE: Final = "outage"

_LIMITS: Final = (ActionKind.SET_NET_SENDER_LIMIT, ActionKind.SET_BILATERAL_LIMIT)
_OF_ACCOUNTS: Final = (
    ActionKind.SET_CREDIT_LINE,
    *_LIMITS,
    ActionKind.TRANSFER_IN,
    ActionKind.TRANSFER_OUT,
)
_OF_PARTICIPANTS: Final = (ActionKind.SUSPEND, ActionKind.RESUME)
#: Kinds of change, with the fields that each needs and those that it may have.
FIELDS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    **{
        str(kind): (
            (
                *("participant", "currency"),
                *(("counterparty",) if kind == ActionKind.SET_BILATERAL_LIMIT else ()),
                *(() if kind in _LIMITS else ("amount",)),
            ),
            (*(("amount",) if kind in _LIMITS else ()), "at"),
        )
        for kind in _OF_ACCOUNTS
    },
    **{str(kind): (("participant",), ("at",)) for kind in _OF_PARTICIPANTS},
    MOVE_STEP: (("step", "until"), ("currency",)),
    OUTAGE: (("participant", "from", "until"), ()),
}

_REFUSALS: Final = (int(EventKind.CONTROL_REFUSED), int(EventKind.LIQUIDITY_REFUSED))


@attrs.frozen
class TimedAction:
    """An action of the live system, taken alone at a time.

    Attributes:
        action: of a kind in `FIELDS`.
        at: timestamp; None for at once.
    """

    action: Action
    at: int | None = None

    def take(self, system: SettlementSystem, time: int) -> tuple[Batch, ReasonCode]:
        """Take the action: its batch, and the reason if it has no effect."""
        commands, reason = take_effect(system, self.action, time)
        batch = system.apply_to_engine(BatchKind.DECISION, time, commands)
        refused = batch.events[np.isin(batch.events["kind"], _REFUSALS)]
        return batch, ReasonCode(int(refused["reason"][0])) if len(refused) else reason


@attrs.frozen
class StepMove:
    """A cut-off or the end of the day at another time, earlier or later.

    Attributes:
        step: one that can be extended.
        currency: of a cut-off; empty for the end of the day.
        until: its new timestamp.
    """

    step: StepKind
    currency: str
    until: int

    def take(self, clock: BusinessDayClock, now: int) -> None:
        """Move the step.

        Raises:
            InputError: the step is not to come, or would not keep its place among the others.
        """
        name = f"{self.step} {self.currency}".rstrip()
        meant = {(self.step, self.currency)}
        if self.step == StepKind.END_OF_DAY:
            meant.add((StepKind.SEAL, ""))
        if not any((one.kind, one.currency) in meant and one.due > now for one in clock.steps):
            raise InputError(f"{name}: there is no such step to come on this day")
        if self.until <= now:
            raise InputError(f"{name}: {timestamp_text(self.until)} has passed")
        moved = [
            attrs.evolve(one, due=self.until) if (one.kind, one.currency) in meant else one
            for one in clock.steps
        ]
        ends = next(one.due for one in moved if one.kind == StepKind.END_OF_DAY)
        moved = [one for one in moved if one.kind != StepKind.OFFSET or one.due <= ends]
        _refuse_disorder(moved, name)
        clock.steps = in_order(moved)


def _refuse_disorder(steps: list[Step], name: str) -> None:
    """Each currency's customer cut-off comes first, then its interbank cut-off, then the end."""
    due = {(one.kind, one.currency): one.due for one in steps}
    for (kind, currency), time in due.items():
        after = {
            StepKind.OPEN: StepKind.END_OF_DAY,
            StepKind.CUSTOMER_CUT_OFF: StepKind.INTERBANK_CUT_OFF,
            StepKind.INTERBANK_CUT_OFF: StepKind.END_OF_DAY,
        }.get(kind)
        later = None if after is None else due.get((after, currency), due.get((after, "")))
        if later is not None and time > later:
            raise InputError(
                f"{name}: {kind} {currency}".rstrip() + f" would come after {after}; move both"
            )


@attrs.frozen
class Outage:
    """A participant that sends no orders for a time; they come at its end.

    Its queued orders stay in the system, and settle as others do.

    Attributes:
        participant: BIC.
        first, until: timestamps of the beginning and the end.
    """

    participant: str
    first: int
    until: int


Change = TimedAction | StepMove | Outage


def change_of(
    kind: str,
    fields: Mapping[str, str],
    directory: ParticipantDirectory,
    calendar: SettlementCalendar,
    date: datetime.date,
) -> Change:
    """A change from its fields as text.

    Args:
        kind: a key of `FIELDS`.
        fields: by name. Amounts are decimal, ``none`` for no limit; times are local, ``HH:MM``.
        directory: participants and accounts in force.
        calendar: gives the time zone.
        date: the business day.

    Raises:
        InputError: the kind, a field or its value is not usable; the message names the field.
    """
    if kind not in FIELDS:
        raise InputError(f"{kind!r} is no kind of change; there are {', '.join(FIELDS)}")
    needs, may_have = FIELDS[kind]
    for name in needs:
        if not fields.get(name):
            raise InputError(f"{kind}: {name} is missing")
    for name in fields:
        if name not in (*needs, *may_have):
            allowed = ", ".join((*needs, *may_have))
            raise InputError(f"{kind}: it has no field {name!r}; its fields are {allowed}")
    for name in ("participant", "counterparty"):
        if name in fields and fields[name] not in directory:
            raise InputError(f"{kind}: {name} {fields[name]!r} is not in the directory")
    times = {
        name: _time(f"{kind}: {name}", fields[name], calendar, date)
        for name in ("at", "from", "until")
        if fields.get(name)
    }
    if kind == OUTAGE:
        if times["from"] >= times["until"]:
            raise InputError(f"{kind}: until is not after from")
        return Outage(fields["participant"], times["from"], times["until"])
    if kind == MOVE_STEP:
        return _step_move(fields, directory, times["until"])
    return TimedAction(_action(ActionKind(kind), fields, directory), times.get("at"))


def _time(place: str, text: str, calendar: SettlementCalendar, date: datetime.date) -> int:
    try:
        time = datetime.time.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is not None:
        raise InputError(f"{place} {text!r} is no local time like 14:30")
    return calendar.timestamp(date, time)


def _step_move(fields: Mapping[str, str], directory: ParticipantDirectory, until: int) -> StepMove:
    step, currency = fields["step"], fields.get("currency", "")
    if step not in EXTENDABLE:
        raise InputError(f"{MOVE_STEP}: step {step!r} is not one of {', '.join(EXTENDABLE)}")
    if (step == StepKind.END_OF_DAY) == bool(currency):
        raise InputError(f"{MOVE_STEP}: a cut-off needs a currency, and end_of_day has none")
    if currency and currency not in directory.currency_codes:
        raise InputError(f"{MOVE_STEP}: currency {currency!r} is not settled here")
    return StepMove(StepKind(step), currency, until)


def _action(kind: ActionKind, fields: Mapping[str, str], directory: ParticipantDirectory) -> Action:
    code, amount = fields.get("currency"), fields.get("amount")
    if code is not None:
        for name in ("participant", "counterparty"):
            if name in fields and directory.account_number(fields[name], code) is None:
                raise InputError(f"{kind}: {name} {fields[name]} has no account in {code}")
    minor = None
    if code is not None and amount and not (amount == "none" and kind in _LIMITS):
        try:
            minor = parse_amount(amount, find_currency(code))
        except InputError as error:
            raise InputError(f"{kind}: amount {error}") from None
    return Action(
        kind,
        participant=fields["participant"],
        currency=code,
        counterparty=fields.get("counterparty"),
        amount=minor,
    )


def change_to_document(change: Change) -> dict[str, str]:
    """A change as text, with amounts in decimals and timestamps in UTC."""
    if isinstance(change, Outage):
        return {
            "change": OUTAGE,
            "participant": change.participant,
            "from": timestamp_text(change.first),
            "until": timestamp_text(change.until),
        }
    if isinstance(change, StepMove):
        currency = {"currency": change.currency} if change.currency else {}
        until = timestamp_text(change.until)
        return {"change": MOVE_STEP, "step": str(change.step), **currency, "until": until}
    action = change.action
    shown = {"change": str(action.kind), "participant": action.participant or ""}
    if action.counterparty is not None:
        shown["counterparty"] = action.counterparty
    if action.currency is not None:
        shown["amount"] = shown_limit(action.amount, find_currency(action.currency))
        shown["currency"] = action.currency
    if change.at is not None:
        shown["at"] = timestamp_text(change.at)
    return shown
