"""Reservations, net-sender limit and bilateral limits of an account.

An account without any of them skips this module. Bilateral limits are kept in a table with open
addressing; a slot is used from the first setting of a limit to the end of the day.
"""

from typing import Final, cast

import numpy as np

from skontro.engine.command_columns import NO_LIMIT
from skontro.engine.jit import internal_kernel, llvm_inline
from skontro.engine.records import CONTROLLED, LINKED, LOWEST_COUNT, NOTHING, State
from skontro.engine.structures.queue import note_head, withheld

#: How an order is posted; typed, so that kernels are compiled for both at once.
BY_ITSELF: Final = cast(bool, np.bool_(False))
TOGETHER: Final = cast(bool, np.bool_(True))

# Odd numbers without a pattern in their bits: they spread pairs of accounts over the table.
_SPREAD_PAYER = 0x9E37_79B1
_SPREAD_PAYEE = 0x85EB_CA6B


@llvm_inline
def slot_of_limit(state: State, payer: int, payee: int) -> int:
    """The slot of this bilateral limit, or the free slot where it belongs (R4)."""
    mask = len(state.limits) - 1
    slot = (payer * _SPREAD_PAYER + payee * _SPREAD_PAYEE) >> 7 & mask
    while state.limits[slot]["payer"] != NOTHING and (
        state.limits[slot]["payer"] != payer or state.limits[slot]["payee"] != payee
    ):
        slot = (slot + 1) & mask
    return slot


@llvm_inline
def find_limit(state: State, payer: int, payee: int) -> int:
    """The slot of this bilateral limit, or NOTHING where none was set today (R4)."""
    if state.controls[payer]["bilateral"] == 0:
        return NOTHING
    slot = slot_of_limit(state, payer, payee)
    return slot if state.limits[slot]["payer"] != NOTHING else NOTHING


@llvm_inline
def _is_inside(limit: int, count: int, change: int) -> bool:
    return bool(limit == NO_LIMIT or change <= max(0, limit - count))


@internal_kernel
def is_inside_limits(state: State, payer: int, payee: int, change: int) -> bool:
    """Whether the payer may pay so much more than it receives, all of it to this payee (R4)."""
    control = state.controls[payer]
    if not _is_inside(control["limit"], control["count"], change):
        return False
    slot = find_limit(state, payer, payee)
    return bool(
        slot == NOTHING
        or _is_inside(state.limits[slot]["limit"], state.limits[slot]["count"], change)
    )


@llvm_inline
def is_controlled(state: State, account: int) -> bool:
    """Whether the account has, or had today, any control (R3, R4)."""
    return bool(state.accounts[account]["flags"] & CONTROLLED)


@llvm_inline
def may_pay(
    state: State, payer: int, payee: int, amount: int, received: int, payment_class: int
) -> bool:
    """Whether an order is permitted if its payer receives an amount from the payee with it (R5)."""
    account = state.accounts[payer]
    if account["balance"] + account["credit_line"] + received < amount + withheld(
        state, payer, payment_class
    ):
        return False
    return not is_controlled(state, payer) or is_inside_limits(
        state, payer, payee, amount - received
    )


@llvm_inline
def _changed(limit: int, count: int, change: int) -> int:
    """The count of a limit after a change; one that is not there counts nothing."""
    return count if limit == NO_LIMIT else max(LOWEST_COUNT, count + change)


@llvm_inline
def _count_between(state: State, account: int, other: int, change: int) -> None:
    """Count in the limits of an account what it paid to another (or, below zero, received)."""
    control = state.controls[account]
    control["count"] = _changed(control["limit"], control["count"], change)
    slot = find_limit(state, account, other)
    if slot != NOTHING:
        limit = state.limits[slot]
        limit["count"] = _changed(limit["limit"], limit["count"], change)


@internal_kernel
def _count(state: State, payer: int, payee: int, amount: int, payment_class: int) -> None:
    """Count a settled order in every limit, and use up the payer's reservation of its class."""
    _count_between(state, payer, payee, amount)
    _count_between(state, payee, payer, -amount)
    control = state.controls[payer]
    if payment_class == 0:
        control["reserved_urgent"] -= min(amount, control["reserved_urgent"])
    elif payment_class == 1:
        control["reserved_high"] -= min(amount, control["reserved_high"])
    if payment_class < 2 and is_controlled(state, payer):
        note_head(state, payer)


@internal_kernel
def note_kept_limits(state: State, account: int, other: int) -> None:
    """A limit that was overrun and is kept again must be kept from now on (R4)."""
    control = state.controls[account]
    if control["count"] <= control["limit"]:
        control["overrun"] = 0
    slot = find_limit(state, account, other)
    if slot != NOTHING and state.limits[slot]["count"] <= state.limits[slot]["limit"]:
        state.limits[slot]["overrun"] = 0


@llvm_inline
def post(
    state: State, payer: int, payee: int, amount: int, payment_class: int, together: bool
) -> None:
    """Move the money; from here on the order is final (R2, R3, R4).

    Args:
        together: others settle with it, and the caller notes afterwards which limits are kept.
    """
    payer_account, payee_account = state.accounts[payer], state.accounts[payee]
    payer_account["balance"] -= amount
    payee_account["balance"] += amount
    if (payer_account["flags"] | payee_account["flags"]) & CONTROLLED:
        _count(state, payer, payee, amount, payment_class)
        if not together:
            note_kept_limits(state, payee, payer)


@internal_kernel
def forget_controls(state: State) -> None:
    """End every reservation and limit; nothing is queued, so no account has a leg there (R8)."""
    for account in range(len(state.accounts)):
        state.accounts[account]["flags"] &= ~(CONTROLLED | LINKED)
        control = state.controls[account]
        control["reserved_urgent"] = 0
        control["reserved_high"] = 0
        control["limit"] = NO_LIMIT
        control["count"] = 0
        control["overrun"] = 0
        control["bilateral"] = 0
    for slot in range(len(state.limits)):
        state.limits[slot]["payer"] = NOTHING
    state.counters[0]["limits"] = 0
