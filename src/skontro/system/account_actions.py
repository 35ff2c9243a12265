"""Actions about a settlement account: credit line, limits, liquidity transfers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from skontro.engine import NO_LIMIT, CommandKind, Commands, command
from skontro.model import MAX_AMOUNT, ReasonCode, SettlementAccount
from skontro.system.action import Action, ActionKind, ActionRule, Document, given
from skontro.system.document_text import shown_account, shown_amount, shown_limit, shown_participant
from skontro.system.mirror.mirror_accounts import mirror_accounts

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

_COMMANDS: Final = {
    ActionKind.SET_CREDIT_LINE: CommandKind.SET_CREDIT_LINE,
    ActionKind.SET_NET_SENDER_LIMIT: CommandKind.SET_NET_SENDER_LIMIT,
    ActionKind.SET_BILATERAL_LIMIT: CommandKind.SET_BILATERAL_LIMIT,
    ActionKind.TRANSFER_IN: CommandKind.TRANSFER_IN,
    ActionKind.TRANSFER_OUT: CommandKind.TRANSFER_OUT,
}
_TRANSFERS: Final = (ActionKind.TRANSFER_IN, ActionKind.TRANSFER_OUT)


def _number(system: SettlementSystem, bic: str | None, currency: str | None) -> int | None:
    return system.directory.account_number(bic or "", given(currency))


def check_account(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    """Why an action is impossible for this account, counterparty and amount."""
    bics = [one for one in (action.participant, action.counterparty) if one is not None]
    if any(bic not in system.directory for bic in bics):
        return ReasonCode.UNKNOWN_PARTICIPANT
    amount = action.amount or 0
    if amount <= 0 and action.kind in _TRANSFERS:
        return ReasonCode.AMOUNT_NOT_POSITIVE
    if amount > MAX_AMOUNT:
        return ReasonCode.AMOUNT_TOO_LARGE
    if amount < 0:
        return ReasonCode.AMOUNT_NEGATIVE
    numbers = [_number(system, bic, action.currency) for bic in bics]
    if None in numbers:
        return ReasonCode.NO_SETTLEMENT_ACCOUNT
    return _refusal_of_accounts(system, action, numbers)


def _refusal_of_accounts(
    system: SettlementSystem, action: Action, numbers: Sequence[int | None]
) -> ReasonCode:
    """Liquidity from outside would change one side of a mirror and not the other."""
    if len({*numbers}) < len(numbers):
        return ReasonCode.SAME_ACCOUNT
    moves = action.kind in _TRANSFERS
    at_mirror = moves and not mirror_accounts(system).keys().isdisjoint(numbers)
    return ReasonCode.MIRROR_ACCOUNT if at_mirror else ReasonCode.NONE


def account_of(system: SettlementSystem, action: Action) -> tuple[int, SettlementAccount]:
    """The existing account that an action refers to, with its number."""
    number = given(_number(system, action.participant, action.currency))
    return number, system.directory.accounts[number]


def _show(system: SettlementSystem, action: Action, _time: int) -> Document:
    number, account = account_of(system, action)
    shown: Document = {"account": shown_account(system.directory, account)}
    if action.counterparty is not None:
        shown["counterparty"] = shown_participant(system.directory, action.counterparty)
    if action.kind in _TRANSFERS:
        balance = int(system.engine.balances[number])
        moved = given(action.amount)
        after = balance + (moved if action.kind == ActionKind.TRANSFER_IN else -moved)
        shown["amount"] = shown_amount(moved, account.currency)
        shown["balance"] = {
            "from": shown_amount(balance, account.currency),
            "to": shown_amount(after, account.currency),
        }
        return shown
    shown["from"] = shown_limit(_in_force(system, action, number), account.currency)
    shown["to"] = shown_limit(action.amount, account.currency)
    return shown


def _in_force(system: SettlementSystem, action: Action, number: int) -> int | None:
    """The credit line or limit in force, in minor units; None for no limit."""
    if action.kind == ActionKind.SET_CREDIT_LINE:
        return int(system.engine.credit_lines[number]) - _lent_on_collateral(system, number)
    limit = NO_LIMIT
    if action.kind == ActionKind.SET_NET_SENDER_LIMIT:
        limit = int(system.engine.controls[number]["limit"])
    else:
        other = _number(system, action.counterparty, action.currency)
        limits = system.engine.bilateral_limits
        found = limits[(limits["payer"] == number) & (limits["payee"] == other)]["limit"]
        limit = int(found[0]) if len(found) else NO_LIMIT
    return None if limit == NO_LIMIT else limit


def _lent_on_collateral(system: SettlementSystem, number: int) -> int:
    """Intraday credit on collateral, which an action on the unsecured line leaves unchanged."""
    account = system.directory.accounts[number]
    return account.intraday_credit - account.credit_line


def _effect(system: SettlementSystem, action: Action, time: int) -> tuple[Commands, ReasonCode]:
    number, _ = account_of(system, action)
    amount = NO_LIMIT if action.amount is None else action.amount
    if action.kind == ActionKind.SET_CREDIT_LINE:
        amount += _lent_on_collateral(system, number)
    other = _number(system, action.counterparty, action.currency)
    row = command(
        _COMMANDS[action.kind],
        time,
        payer=number,
        payee=-1 if other is None else other,
        amount=amount,
    )
    return row, ReasonCode.NONE


def _rule(
    *further: str, amount: bool, of_participants: bool = False, may_be_dated: bool = False
) -> ActionRule:
    return ActionRule(
        needs=("participant", "currency", *further, *(("amount",) if amount else ())),
        may_have=() if amount else ("amount",),
        of_participants=of_participants,
        may_be_dated=may_be_dated,
        check=check_account,
        show=_show,
        effect=_effect,
    )


RULES: Final = {
    ActionKind.SET_CREDIT_LINE: _rule(amount=True, may_be_dated=True),
    ActionKind.SET_NET_SENDER_LIMIT: _rule(amount=False, of_participants=True),
    ActionKind.SET_BILATERAL_LIMIT: _rule("counterparty", amount=False, of_participants=True),
    ActionKind.TRANSFER_IN: _rule(amount=True),
    ActionKind.TRANSFER_OUT: _rule(amount=True),
}
