"""Evidence against the invariants of earmarks."""

import numpy as np

from skontro.engine.records import CONTROLLED, HOLDS_EARMARKS, NOTHING, State


def earmarks_not_held(state: State) -> str | None:
    """An earmark account whose balance is not the sum of its open earmarks, or None (R56)."""
    accounts = state.accounts
    marked = accounts["flags"] & HOLDS_EARMARKS != 0
    if not marked.any() and not state.counters[0]["earmarks"]:
        return None
    # Amounts that moved to an account are part of the money of its currency: sums fit 64 bits.
    expected = np.zeros(len(accounts), np.int64)
    earmarks = state.earmarks[state.earmarks["order"] != NOTHING]
    np.add.at(expected, earmarks["account"], earmarks["amount"])
    wrong = np.flatnonzero(expected != np.where(marked, accounts["balance"], 0))
    if wrong.size:
        account = int(wrong[0])
        kind = "an earmark account" if marked[account] else "no earmark account"
        return (
            f"account {account}, {kind}, has {accounts['balance'][account]}, earmarked is"
            f" {expected[account]}"
        )
    apart = accounts["flags"] & CONTROLLED != 0
    if (marked & ~apart).any():
        return f"account {np.flatnonzero(marked & ~apart)[0]} holds earmarks on the fast path"
    return None


def earmark_out_of_place(state: State) -> str | None:
    """An order with two earmarks, or with one that is not found or also waits, or None (R54)."""
    orders = state.earmarks["order"][state.earmarks["order"] != NOTHING].tolist()
    if len(orders) != int(state.counters[0]["earmarks"]):
        return f"{len(orders)} orders are earmarked, the counters say otherwise"
    if len(set(orders)) != len(orders):
        return f"orders {sorted(orders)} are earmarked, one of them twice"
    if len(orders) >= len(state.earmarks):
        return f"{len(orders)} earmarks fill their table"
    counters = state.counters[0]
    first, submitted = int(counters["first_order_of_day"]), int(counters["orders"])
    for order in orders:
        if not 0 <= order < submitted:
            return f"order {order} is earmarked, {submitted} were submitted"
        if order >= first and counters["day_open"] and _waits(state, order, order - first):
            return f"order {order} is earmarked and waits"
    return None


def _waits(state: State, order: int, number: int) -> bool:
    slot = int(state.slot_of_order[number])
    if slot > 0:
        return int(state.queue_slots[slot - 1]["order"]) == number
    return slot < 0 and int(state.held[-1 - slot]["order"]) == order
