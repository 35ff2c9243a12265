"""Operator actions on a participant, an order, or an action agreed for a later day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from skontro.engine import NO_COMMANDS, CommandKind, Commands, command
from skontro.model import ReasonCode
from skontro.system.action import Action, ActionKind, ActionRule, Document, given
from skontro.system.document_text import shown_amount, shown_participant

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem


def _check_suspension(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    if action.participant not in system.directory:
        return ReasonCode.UNKNOWN_PARTICIPANT
    is_suspended = action.participant in system.suspended
    already = is_suspended == (action.kind == ActionKind.SUSPEND)
    # For a later day, the state of that day counts.
    changes = action.effective_on is not None or not already
    return ReasonCode.NONE if changes else ReasonCode.NOTHING_TO_CHANGE


def _show_suspension(system: SettlementSystem, action: Action, _time: int) -> Document:
    suspended = action.participant in system.suspended
    return {
        "participant": shown_participant(system.directory, given(action.participant)),
        "from": "suspended" if suspended else "active",
        "to": "suspended" if action.kind == ActionKind.SUSPEND else "active",
    }


def _suspend(system: SettlementSystem, action: Action, _time: int) -> tuple[Commands, ReasonCode]:
    bic = given(action.participant)
    system.set_suspended(bic, suspended=action.kind == ActionKind.SUSPEND)
    if action.kind == ActionKind.SUSPEND:
        system.four_eyes.lapse_of_side(bic)
    return NO_COMMANDS, ReasonCode.NONE


def _check_cancellation(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    number = given(action.order)
    if not 0 <= number < system.engine.orders:
        return ReasonCode.ORDER_UNKNOWN
    if system.engine.is_earmarked(number):
        return ReasonCode.LINK_BEING_DECIDED
    if not system.engine.is_waiting(number):
        return ReasonCode.ORDER_FINAL
    named = system.order_columns.terms(number)["uetr"].tobytes().hex()
    same = named == given(action.uetr).replace("-", "")
    return ReasonCode.NONE if same else ReasonCode.ORDER_UNKNOWN


def _show_cancellation(system: SettlementSystem, action: Action, _time: int) -> Document:
    order = system.order_columns.terms(given(action.order))
    payer = system.directory.accounts[int(order["payer"])]
    payee = system.directory.accounts[int(order["payee"])]
    shown = {
        "uetr": action.uetr,
        "amount": shown_amount(int(order["amount"]), payer.currency),
        "payer": shown_participant(system.directory, payer.bic),
        "payee": shown_participant(system.directory, payee.bic),
    }
    return {"order": shown, "from": "waiting", "to": "cancelled"}


def _cancel(_system: SettlementSystem, action: Action, time: int) -> tuple[Commands, ReasonCode]:
    return command(CommandKind.CANCEL, time, order=given(action.order)), ReasonCode.NONE


def _check_withdrawal(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    waits = any(one.number == action.proposal for one in system.four_eyes.agreed)
    return ReasonCode.NONE if waits else ReasonCode.NOTHING_TO_CHANGE


def _show_withdrawal(system: SettlementSystem, action: Action, _time: int) -> Document:
    found = (one for one in system.four_eyes.agreed if one.number == action.proposal)
    return {"withdrawn": json.loads(next(found).shown)}


def _withdraw(system: SettlementSystem, action: Action, _time: int) -> tuple[Commands, ReasonCode]:
    system.four_eyes.withdraw_agreed(given(action.proposal))
    return NO_COMMANDS, ReasonCode.NONE


_SUSPENSION: Final = ActionRule(
    needs=("participant",),
    may_be_dated=True,
    check=_check_suspension,
    show=_show_suspension,
    effect=_suspend,
)

RULES: Final = {
    ActionKind.SUSPEND: _SUSPENSION,
    ActionKind.RESUME: _SUSPENSION,
    ActionKind.CANCEL: ActionRule(
        needs=("uetr", "order"),
        check=_check_cancellation,
        show=_show_cancellation,
        effect=_cancel,
    ),
    ActionKind.WITHDRAW_AGREED: ActionRule(
        needs=("proposal",),
        check=_check_withdrawal,
        show=_show_withdrawal,
        effect=_withdraw,
    ),
}
