"""Operator actions on participants, their accounts, standing limits and the rulebook."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Final

from skontro.engine import NO_COMMANDS, CommandKind, Commands, command, join
from skontro.model import (
    Algorithm,
    InputError,
    Participant,
    ReasonCode,
    Rulebook,
    find_country,
    find_currency,
)
from skontro.system.account_actions import account_of, check_account
from skontro.system.action import Action, ActionKind, ActionRule, Document, given
from skontro.system.document_text import shown_account, shown_amount, shown_limit, shown_participant
from skontro.system.rulebook_document import rulebook_from_document, rulebook_to_document

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem


def _check_currencies(
    rulebook: Rulebook, codes: tuple[str, ...], today: datetime.date | None
) -> ReasonCode:
    """Why accounts in these currencies cannot open."""
    try:
        currencies = [find_currency(code) for code in codes]
    except InputError:
        return ReasonCode.UNKNOWN_CURRENCY
    if today is not None and not all(one.is_current(today) for one in currencies):
        return ReasonCode.UNKNOWN_CURRENCY
    limits = rulebook.position_limits
    priced = currencies if limits is None else [one.currency for one in limits.prices]
    lacks_price = any(one not in priced for one in currencies)
    return ReasonCode.NOT_UNDER_POSITION_LIMITS if lacks_price else ReasonCode.NONE


def _check_admission(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    if action.participant in system.directory:
        return ReasonCode.PARTICIPANT_KNOWN
    codes, name = given(action.currencies), given(action.name)
    if len({*codes}) < len(codes):
        return ReasonCode.FIELD_MALFORMED
    try:
        country = find_country(given(action.country))
        Participant(given(action.participant), name, country, action.lei)
    except InputError:
        return ReasonCode.FIELD_MALFORMED
    return _check_currencies(system.membership.rulebook, codes, system.clock.date)


def _show_admission(_system: SettlementSystem, action: Action, _time: int) -> Document:
    country = find_country(given(action.country))
    return {
        "participant": {"bic": action.participant, "name": action.name, "lei": action.lei},
        "country": {"code": country.alpha3, "name": country.name},
        "accounts": [
            {"currency": code, "balance": shown_amount(0, find_currency(code))}
            for code in given(action.currencies)
        ],
        "from": "no participant",
        "to": "participant",
    }


def _admit(system: SettlementSystem, action: Action, _time: int) -> tuple[Commands, ReasonCode]:
    system.membership.admit(
        given(action.participant),
        given(action.name),
        given(action.country),
        action.lei,
        [*given(action.currencies)],
    )
    system.follow_membership()
    return NO_COMMANDS, ReasonCode.NONE


def _check_opening(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    bic, code = given(action.participant), given(action.currency)
    if bic not in system.directory:
        return ReasonCode.UNKNOWN_PARTICIPANT
    if system.directory.account_number(bic, code) is not None:
        return ReasonCode.ACCOUNT_KNOWN
    return _check_currencies(system.membership.rulebook, (code,), system.clock.date)


def _show_opening(system: SettlementSystem, action: Action, _time: int) -> Document:
    return {
        "account": {
            "participant": shown_participant(system.directory, given(action.participant)),
            "currency": action.currency,
        },
        "from": "no account",
        "to": shown_amount(0, find_currency(given(action.currency))),
    }


def _open_account(
    system: SettlementSystem, action: Action, _time: int
) -> tuple[Commands, ReasonCode]:
    system.membership.open_account(given(action.participant), given(action.currency))
    system.follow_membership()
    return NO_COMMANDS, ReasonCode.NONE


def _check_exit(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    bic = given(action.participant)
    if bic not in system.directory:
        return ReasonCode.UNKNOWN_PARTICIPANT
    return ReasonCode.CASES_OPEN if system.cases.open_of(bic) else ReasonCode.NONE


def _show_exit(system: SettlementSystem, action: Action, _time: int) -> Document:
    bic, balances = given(action.participant), system.engine.balances
    return {
        "participant": shown_participant(system.directory, bic),
        "balances": [
            shown_amount(int(balances[number]), account.currency)
            for number, account in enumerate(system.directory.accounts)
            if account.bic == bic
        ],
        "from": "participant",
        "to": "left: credit balances are paid out; orders warehoused or held for it or by it are "
        "rejected",
    }


def _leave(system: SettlementSystem, action: Action, time: int) -> tuple[Commands, ReasonCode]:
    """At the start of a day, when nothing is queued, credit ends and balances are paid out.

    A participant that owes is suspended and stays; its exit can be agreed again. So is one whose
    account pays, receives or holds money that is earmarked for a link.
    """
    bic = given(action.participant)
    balances, credit = system.engine.balances, system.engine.credit_lines
    numbers = [n for n, account in enumerate(system.directory.accounts) if account.bic == bic]
    if any(balances[number] < 0 for number in numbers):
        system.set_suspended(bic, suspended=True)
        return NO_COMMANDS, ReasonCode.ACCOUNT_OVERDRAWN
    earmarks = system.engine.earmarks
    concerned = {n for side in ("payer", "payee", "account") for n in earmarks[side].tolist()}
    if not concerned.isdisjoint(numbers):
        system.set_suspended(bic, suspended=True)
        return NO_COMMANDS, ReasonCode.LINK_BEING_DECIDED
    commands = [NO_COMMANDS]
    for number in numbers:
        if credit[number]:
            commands.append(command(CommandKind.SET_CREDIT_LINE, time, payer=number))
        if balances[number]:
            amount = int(balances[number])
            commands.append(command(CommandKind.TRANSFER_OUT, time, payer=number, amount=amount))
    rejected = join([system.warehouse.take_of(numbers), system.screening_holds.take_of(numbers)])
    rejected = rejected.evolve(time=time, acceptance=int(ReasonCode.PARTICIPANT_LEFT))
    system.membership.leave(bic)
    system.set_suspended(bic, suspended=False)
    system.set_credentials(system.credentials.without_keys(lambda key: key.participant == bic))
    system.four_eyes.lapse_of_side(bic)
    system.follow_membership()
    return join([*commands, rejected]), ReasonCode.NONE


def _check_rulebook(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    try:
        rulebook = rulebook_from_document(given(action.rulebook))
    except InputError:
        return ReasonCode.FIELD_MALFORMED
    if any(runs.algorithm == Algorithm.MAXIMUM_VALUE for runs in rulebook.schedule):
        return ReasonCode.UNKNOWN_ALGORITHM
    if rulebook.position_limits is not None and rulebook.position_limits.pay_ins:
        return ReasonCode.FIELD_MALFORMED
    codes = system.directory.currency_codes
    return _check_currencies(rulebook, codes, None)


def _show_rulebook(system: SettlementSystem, action: Action, _time: int) -> Document:
    proposed = rulebook_from_document(given(action.rulebook))
    return {
        "from": rulebook_to_document(system.membership.rulebook),
        "to": rulebook_to_document(proposed),
    }


def _set_rulebook(
    system: SettlementSystem, action: Action, _time: int
) -> tuple[Commands, ReasonCode]:
    try:
        system.engine.set_rulebook(rulebook_from_document(given(action.rulebook)))
    except InputError:
        if len(system.engine.earmarks):
            return NO_COMMANDS, ReasonCode.LINK_BEING_DECIDED
        # A participant exceeds the new position limits now.
        return NO_COMMANDS, ReasonCode.POSITION_LIMIT_REACHED
    system.membership.set_rulebook(given(action.rulebook))
    system.follow_membership()
    return NO_COMMANDS, ReasonCode.NONE


def _show_standing_limit(system: SettlementSystem, action: Action, _time: int) -> Document:
    _, account = account_of(system, action)
    limits = {one.counterparty: one.amount for one in account.bilateral_limits}
    shown: Document = {"account": shown_account(system.directory, account)}
    now = account.net_sender_limit
    if action.counterparty is not None:
        shown["counterparty"] = shown_participant(system.directory, action.counterparty)
        now = limits.get(action.counterparty)
    shown["from"] = shown_limit(now, account.currency)
    shown["to"] = shown_limit(action.amount, account.currency)
    shown["in_force"] = "with the opening of each business day from then on"
    return shown


def _set_standing_limit(
    system: SettlementSystem, action: Action, _time: int
) -> tuple[Commands, ReasonCode]:
    system.membership.set_standing_limit(
        given(action.participant), given(action.currency), action.counterparty, action.amount
    )
    return NO_COMMANDS, ReasonCode.NONE


def _standing_limit(*further: str) -> ActionRule:
    return ActionRule(
        needs=("participant", "currency", *further),
        may_have=("amount",),
        of_participants=True,
        may_be_dated=True,
        check=check_account,
        show=_show_standing_limit,
        effect=_set_standing_limit,
    )


RULES: Final = {
    ActionKind.ADMIT: ActionRule(
        needs=("participant", "name", "country", "currencies"),
        may_have=("lei",),
        may_be_dated=True,
        check=_check_admission,
        show=_show_admission,
        effect=_admit,
    ),
    ActionKind.OPEN_ACCOUNT: ActionRule(
        needs=("participant", "currency"),
        may_be_dated=True,
        check=_check_opening,
        show=_show_opening,
        effect=_open_account,
    ),
    ActionKind.EXIT: ActionRule(
        needs=("participant", "effective_on"),
        may_be_dated=True,
        check=_check_exit,
        show=_show_exit,
        effect=_leave,
    ),
    ActionKind.SET_RULEBOOK: ActionRule(
        needs=("rulebook", "effective_on"),
        may_be_dated=True,
        check=_check_rulebook,
        show=_show_rulebook,
        effect=_set_rulebook,
    ),
    ActionKind.SET_STANDING_NET_SENDER_LIMIT: _standing_limit(),
    ActionKind.SET_STANDING_BILATERAL_LIMIT: _standing_limit("counterparty"),
}
