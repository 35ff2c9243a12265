"""Actions on the running business day: extensions, and offsetting on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from skontro.engine import NO_COMMANDS, CommandKind, Commands, command
from skontro.model import Algorithm, ReasonCode
from skontro.system.action import Action, ActionKind, ActionRule, Document, given
from skontro.system.document_text import shown_timestamp

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

#: Algorithms available on demand.
ON_DEMAND: Final = (
    Algorithm.ALL_OR_NOTHING,
    Algorithm.GREATEST_FIFO_SET,
    Algorithm.BILATERAL_PASS,
    Algorithm.WITHIN_POSITION_LIMITS,
)


def _check_hour(system: SettlementSystem, action: Action, time: int) -> ReasonCode:
    step, currency = given(action.step), action.currency
    if currency is not None and currency not in system.clock.phases:
        return ReasonCode.UNKNOWN_CURRENCY
    return system.clock.plan_extension(step, currency, action.until, time)[1]


def _show_hour(system: SettlementSystem, action: Action, time: int) -> Document:
    clock, zone = system.clock, system.clock.calendar.zone
    planned, _ = clock.plan_extension(given(action.step), action.currency, action.until, time)
    before = {(step.kind, step.currency): step.due for step in clock.steps if not step.algorithm}
    moves = [
        {
            "step": str(step.kind),
            **({"currency": step.currency} if step.currency else {}),
            "from": shown_timestamp(before[step.kind, step.currency], zone),
            "to": shown_timestamp(step.due, zone),
        }
        for step in planned
        if not step.algorithm and step.due != before[step.kind, step.currency]
    ]
    return {"business_day": None if clock.date is None else clock.date.isoformat(), "moves": moves}


def _move_hour(system: SettlementSystem, action: Action, time: int) -> tuple[Commands, ReasonCode]:
    reason = system.clock.extend(given(action.step), action.currency, action.until, time)
    return NO_COMMANDS, reason


def _check_offset(_system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    known = action.algorithm in [int(one) for one in ON_DEMAND]
    return ReasonCode.NONE if known else ReasonCode.UNKNOWN_ALGORITHM


def _show_offset(_system: SettlementSystem, action: Action, _time: int) -> Document:
    return {"algorithm": Algorithm(given(action.algorithm)).name.lower()}


def _offset(_system: SettlementSystem, action: Action, time: int) -> tuple[Commands, ReasonCode]:
    row = command(CommandKind.OFFSET, time, amount=given(action.algorithm))
    return row, ReasonCode.NONE


RULES: Final = {
    ActionKind.EXTEND: ActionRule(
        needs=("step", "until"),
        may_have=("currency",),
        check=_check_hour,
        show=_show_hour,
        effect=_move_hour,
    ),
    ActionKind.WITHDRAW_EXTENSION: ActionRule(
        needs=("step",),
        may_have=("currency",),
        check=_check_hour,
        show=_show_hour,
        effect=_move_hour,
    ),
    ActionKind.OFFSET: ActionRule(
        needs=("algorithm",), check=_check_offset, show=_show_offset, effect=_offset
    ),
}
