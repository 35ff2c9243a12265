"""The state before the first command."""

from collections.abc import Sequence

import numpy as np

from skontro.engine.commands import NO_LIMIT
from skontro.engine.layout import (
    ACCOUNT,
    BLOCK,
    CLASSES,
    CONTROL,
    COUNTERLEG,
    COUNTERS,
    CURRENCY,
    EVENT,
    HELD_ORDER,
    LIMIT,
    NOT_WAITING,
    NOTHING,
    PLACE,
    QUEUE,
    QUEUED_ORDER,
    RULES,
    RUN,
    TIMER,
    TURN,
    Records,
    State,
    zeroed,
)
from skontro.engine.position_prices import aggregate_limit, prices_of
from skontro.engine.waiting import shares
from skontro.model import Currency, Rulebook, SettlementAccount


def currencies_of(accounts: Sequence[SettlementAccount]) -> tuple[Currency, ...]:
    """Each currency once, by its first account: those that come later move no other."""
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
        places=zeroed(0, QUEUED_ORDER),
        blocks=zeroed(0, BLOCK),
        held=zeroed(0, HELD_ORDER),
        place_of_order=zeroed(0, PLACE),
        timers=zeroed(1, TIMER),
        counters=_counters(),
        work_list=zeroed(max(1, len(accounts)), TURN),
        events=zeroed(0, EVENT),
        overtaken=zeroed(CLASSES * len(accounts), np.dtype(np.int32)),
        controls=controls,
        limits=limits,
        currencies=_currencies(table, len(currencies)),
        rules=_rules(rulebook, currencies),
        runs=zeroed(0, RUN),
        chosen=zeroed(0, np.dtype(np.int64)),
        counterlegs=zeroed(0, COUNTERLEG),
        next_of_holder=_rings(accounts),
        prices=prices_of(rulebook.position_limits, currencies),
        waiting=zeroed(len(accounts), np.dtype(np.int64)),
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
        rules["most_overtakings"] = rulebook.bypass.most_overtakings
    rules["in_runs_only"] = rulebook.in_runs_only
    if rulebook.position_limits is not None:
        rules["in_runs_only"] = rules["position_limits"] = 1
        high, low = aggregate_limit(rulebook.position_limits, currencies)
        rules["aggregate_high"], rules["aggregate_low"] = high, low
    return rules
