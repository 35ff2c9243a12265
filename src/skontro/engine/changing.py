"""Accounts that are added to a running engine, and a rulebook that takes the place of another."""

from collections.abc import Sequence

from skontro.engine.beginning import currencies_of, initial_state
from skontro.engine.invariants import POSITION_LIMITS_KEPT
from skontro.engine.layout import CONTROLLED, LINKED, Records, State
from skontro.engine.waiting import in_common, shares
from skontro.model import (
    MAX_MONEY_PER_CURRENCY,
    Currency,
    InputError,
    Rulebook,
    SettlementAccount,
)

#: What is kept by account or by queue, and grows with the accounts.
_BY_ACCOUNT = ("accounts", "queues", "overtaken", "controls", "waiting")


def state_with_accounts(
    state: State, accounts: Sequence[SettlementAccount], rulebook: Rulebook
) -> State:
    """The state of an engine that had all the accounts from the start and never used the new ones.

    Args:
        state: of the first of the accounts; it is not changed.
        accounts: those of the state, in their order, and then the new ones.
        rulebook: of the state.

    Raises:
        InputError: a new account does not begin with nothing, its holder has one in the currency
            already, its credit is more than the currency can carry, or position limits give its
            currency no price.
    """
    known = len(state.accounts)
    _refuse_unfit(accounts[:known], accounts[known:])
    currencies = currencies_of(accounts)
    larger = initial_state(accounts, currencies, rulebook)
    _sum_up(larger.currencies, state.currencies, accounts[known:], currencies)
    for name in _BY_ACCOUNT:
        before = getattr(state, name)
        getattr(larger, name)[: len(before)] = before
    currency = larger.accounts["currency"]
    larger.currencies["share"] = shares(currency, len(currencies))
    larger.currencies["common"] = in_common(larger.waiting, currency, larger.currencies["share"])
    return state._replace(
        currencies=larger.currencies,
        work_list=larger.work_list,
        rules=larger.rules,
        prices=larger.prices,
        next_of_holder=larger.next_of_holder,
        **{name: getattr(larger, name) for name in _BY_ACCOUNT},
    )


def _refuse_unfit(known: Sequence[SettlementAccount], new: Sequence[SettlementAccount]) -> None:
    held = {(account.bic, account.currency) for account in known}
    for account in new:
        place = f"account {account.bic} {account.currency}"
        if account.opening_balance != 0:
            raise InputError(
                f"{place}: it begins with {account.opening_balance} minor units; open it with"
                f" nothing, and transfer liquidity in"
            )
        if (account.bic, account.currency) in held:
            raise InputError(f"{place}: the participant holds an account in the currency already")
        held.add((account.bic, account.currency))


def _sum_up(
    table: Records,
    before: Records,
    new: Sequence[SettlementAccount],
    currencies: Sequence[Currency],
) -> None:
    """Money and credit of each currency: as before, and the credit of the new accounts."""
    table[: len(before)] = before
    table[len(before) :] = 0
    for account in new:
        row = table[currencies.index(account.currency)]
        total = max(0, int(row["money"])) + int(row["credit"]) + account.intraday_credit
        if total > MAX_MONEY_PER_CURRENCY:
            raise InputError(
                f"account {account.bic} {account.currency}: with its intraday credit, money and"
                f" credit in the currency would add up to {total} minor units, more than"
                f" {MAX_MONEY_PER_CURRENCY}: lower the credit"
            )
        row["credit"] += account.intraday_credit


def state_with_rulebook(
    state: State, accounts: Sequence[SettlementAccount], rulebook: Rulebook
) -> State:
    """The same accounts between two days, under another rulebook.

    Reservations and limits that were set for the coming day have no place under position limits:
    there they end.

    Args:
        state: it is not changed.
        accounts: of the state.
        rulebook: for the days that come.

    Raises:
        InputError: a day is open, the position limits give a currency no price, or a participant
            does not keep them as it stands.
    """
    if state.counters[0]["day_open"]:
        raise InputError("a rulebook takes effect between two days: close the day first")
    fresh = initial_state(accounts, currencies_of(accounts), rulebook)
    changed = state._replace(rules=fresh.rules, prices=fresh.prices, counters=state.counters.copy())
    evidence = POSITION_LIMITS_KEPT.find_contradiction(changed)
    if evidence is not None:
        raise InputError(f"position_limits: {evidence}; move liquidity first, or set wider limits")
    changed.counters["joined"] = 0
    if rulebook.position_limits is None:
        return changed
    table = state.accounts.copy()
    table["waiting"] &= ~(CONTROLLED | LINKED)
    changed.counters["limits"] = 0
    return changed._replace(accounts=table, controls=fresh.controls, limits=fresh.limits)
