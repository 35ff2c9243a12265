"""The initial state of the engine, and the state with further accounts or another rulebook."""

from collections.abc import Sequence

import numpy as np

from skontro.engine.command_columns import NO_LIMIT
from skontro.engine.invariants import POSITION_LIMITS_KEPT
from skontro.engine.records import (
    ACCOUNT,
    BLOCK,
    CLASSES,
    CONTROL,
    CONTROLLED,
    COUNTERLEG,
    COUNTERS,
    CURRENCY,
    EVENT,
    HELD_ORDER,
    HOLDS_EARMARKS,
    LEG_TOGETHER,
    LIMIT,
    LINKED,
    NOT_WAITING,
    NOTHING,
    QUEUE,
    QUEUED_ORDER,
    RULES,
    RUN,
    SLOT,
    TIMER,
    TURN,
    Records,
    State,
    zeroed,
)
from skontro.engine.rules.position_limits import aggregate_limit, prices_of
from skontro.engine.rules.queue_bounds import in_common, shares
from skontro.engine.structures.earmarks import without_earmarks
from skontro.model import (
    MAX_MONEY_PER_CURRENCY,
    Currency,
    InputError,
    Rulebook,
    SettlementAccount,
)


def currencies_of(accounts: Sequence[SettlementAccount]) -> tuple[Currency, ...]:
    """Each currency once, by its first account; later ones change no earlier position."""
    return tuple(dict.fromkeys(account.currency for account in accounts))


def initial_state(
    accounts: Sequence[SettlementAccount], currencies: Sequence[Currency], rulebook: Rulebook
) -> State:
    """Accounts with their opening balances and credit, no orders, no day open."""
    position = {currency: i for i, currency in enumerate(currencies)}
    table = zeroed(len(accounts), ACCOUNT)
    table["balance"] = [account.opening_balance for account in accounts]
    table["credit_line"] = [account.intraday_credit for account in accounts]
    table["currency"] = [position[account.currency] for account in accounts]
    table["needed"] = NOT_WAITING
    queues = zeroed(CLASSES * len(accounts), QUEUE)
    queues["first"] = NOTHING
    controls = zeroed(len(accounts), CONTROL)
    controls["limit"] = NO_LIMIT
    limits = zeroed(1, LIMIT)
    limits["payer"] = NOTHING
    return State(
        accounts=table,
        queues=queues,
        queue_slots=zeroed(0, QUEUED_ORDER),
        blocks=zeroed(0, BLOCK),
        held=zeroed(0, HELD_ORDER),
        slot_of_order=zeroed(0, SLOT),
        timers=zeroed(1, TIMER),
        counters=_counters(),
        work_list=zeroed(max(1, len(accounts)), TURN),
        events=zeroed(0, EVENT),
        bypasses=zeroed(CLASSES * len(accounts), np.dtype(np.int32)),
        controls=controls,
        limits=limits,
        currencies=_currencies(table, len(currencies)),
        rules=_rules(rulebook, currencies),
        runs=zeroed(0, RUN),
        selected=zeroed(0, np.dtype(np.int64)),
        together=zeroed(0, LEG_TOGETHER),
        counterlegs=zeroed(0, COUNTERLEG),
        next_of_holder=_rings(accounts),
        prices=prices_of(rulebook.position_limits, currencies),
        waiting=zeroed(len(accounts), np.dtype(np.int64)),
        earmarks=without_earmarks(1),
    )


def _rings(accounts: Sequence[SettlementAccount]) -> Records:
    """For each account the next one of the same participant; the last leads to the first."""
    rings = zeroed(len(accounts), np.dtype(np.int32))
    first: dict[str, int] = {}
    latest: dict[str, int] = {}
    for number, account in enumerate(accounts):
        rings[latest.get(account.bic, number)] = number
        rings[number] = first.setdefault(account.bic, number)
        latest[account.bic] = number
    return rings


def _counters() -> Records:
    counters = np.zeros(1, COUNTERS)
    counters["free_block"] = NOTHING
    counters["free_held_slot"] = NOTHING
    counters["next_due"] = NOT_WAITING
    counters["asked"] = NOTHING
    counters["last_time"] = np.iinfo(np.int64).min
    return counters


def _currencies(accounts: Records, number: int) -> Records:
    # The bound on money per currency keeps every sum inside int64.
    currencies = zeroed(number, CURRENCY)
    np.add.at(currencies["money"], accounts["currency"], accounts["balance"])
    np.add.at(currencies["credit"], accounts["currency"], accounts["credit_line"])
    currencies["share"] = shares(accounts["currency"], number)
    return currencies


def _rules(rulebook: Rulebook, currencies: Sequence[Currency]) -> Records:
    rules = np.zeros(1, RULES)
    rules["offset_on_entry"] = rulebook.offset_on_entry
    rules["when_queued"] = NOT_WAITING
    if rulebook.when_queued is not None:
        rules["when_queued"] = rulebook.when_queued.orders
    if rulebook.bypass is not None:
        rules["bypass_classes"] = sum(1 << int(c) for c in rulebook.bypass.classes)
        rules["bypass_depth"] = rulebook.bypass.depth
        rules["max_bypasses"] = rulebook.bypass.max_bypasses
    rules["in_runs_only"] = rulebook.in_runs_only
    if rulebook.position_limits is not None:
        rules["in_runs_only"] = rules["position_limits"] = 1
        high, low = aggregate_limit(rulebook.position_limits, currencies)
        rules["aggregate_high"], rules["aggregate_low"] = high, low
    return rules


#: Arrays by account or by queue, which grow with the accounts.
_BY_ACCOUNT = ("accounts", "queues", "bypasses", "controls", "waiting")


def state_with_accounts(
    state: State, accounts: Sequence[SettlementAccount], rulebook: Rulebook
) -> State:
    """The state of an engine with all the accounts from the start, the new ones unused (R14, R49).

    Args:
        state: state of the first of the accounts; it is not changed.
        accounts: those of the state, in their order, and then the new ones.
        rulebook: rulebook of the state.

    Raises:
        InputError: the opening balance of a new account is not zero, its holder has an account in
            the currency already, its credit exceeds the bound of the currency, or position limits
            have no price of its currency.
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
        slot = f"account {account.bic} {account.currency}"
        if account.opening_balance != 0:
            raise InputError(
                f"{slot}: it begins with {account.opening_balance} minor units; open it with"
                f" nothing, and transfer liquidity in"
            )
        if (account.bic, account.currency) in held:
            raise InputError(f"{slot}: the participant holds an account in the currency already")
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
    """The same accounts between two days, under another rulebook (R50, R57).

    Under position limits, reservations and limits already set for the next day end.

    Args:
        state: it is not changed.
        accounts: accounts of the state.
        rulebook: for later days.

    Raises:
        InputError: a day is open, the position limits have no price of a currency, a participant
            exceeds them now, or orders are earmarked.
    """
    if state.counters[0]["day_open"]:
        raise InputError("a rulebook takes effect between two days: close the day first")
    if rulebook.position_limits is not None and state.counters[0]["earmarks"]:
        raise InputError(
            f"position_limits: {state.counters[0]['earmarks']} orders of links are earmarked;"
            f" complete or release them first"
        )
    fresh = initial_state(accounts, currencies_of(accounts), rulebook)
    changed = state._replace(rules=fresh.rules, prices=fresh.prices, counters=state.counters.copy())
    evidence = POSITION_LIMITS_KEPT.find_contradiction(changed)
    if evidence is not None:
        raise InputError(f"position_limits: {evidence}; move liquidity first, or set wider limits")
    changed.counters["joined"] = 0
    if rulebook.position_limits is None:
        return changed
    table = state.accounts.copy()
    table["flags"] &= ~(CONTROLLED | LINKED)
    table["flags"][table["flags"] & HOLDS_EARMARKS != 0] |= CONTROLLED
    changed.counters["limits"] = 0
    return changed._replace(accounts=table, controls=fresh.controls, limits=fresh.limits)
