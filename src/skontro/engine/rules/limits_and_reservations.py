"""Reservations, net-sender limit and bilateral limits of an account.

An account without any of them skips this module. Bilateral limits are kept in a table with open
addressing; a slot is used from the first setting of a limit to the end of the day.
"""

from typing import Final, cast

import numpy as np

from skontro.engine.command_columns import NO_LIMIT
from skontro.engine.jit import as_int64, internal_kernel, llvm_inline
from skontro.engine.records import (
    CONTROLLED,
    HOLDS_EARMARKS,
    LINKED,
    LOWEST_COUNT,
    NOTHING,
    State,
)
from skontro.engine.structures.earmarks import COUNTED_BILATERAL, COUNTED_NET
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


@llvm_inline
def is_inside_net_sender_limit(state: State, payer: int, change: int) -> bool:
    """Whether the payer may pay so much more than it receives, of all others together (R4)."""
    control = state.controls[payer]
    return _is_inside(control["limit"], control["count"], change)


@internal_kernel
def is_inside_limits(state: State, payer: int, payee: int, change: int) -> bool:
    """Whether the payer may pay so much more than it receives, all of it to this payee (R4)."""
    if not is_inside_net_sender_limit(state, payer, change):
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
    _use_up(state, payer, amount, payment_class)


@llvm_inline
def _use_up(state: State, payer: int, amount: int, payment_class: int) -> None:
    """Use up the payer's reservation of the order's class, as far as it lasts."""
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
def count_earmark(state: State, payer: int, payee: int, amount: int, payment_class: int) -> int:
    """Count an earmark in the payer's limits, and use up its reservation (R54).

    Returns:
        The limits that count it, as bits.
    """
    if not is_controlled(state, payer):
        return 0
    counted, slot = 0, find_limit(state, payer, payee)
    if state.controls[payer]["limit"] != NO_LIMIT:
        counted |= COUNTED_NET
    if slot != NOTHING and state.limits[slot]["limit"] != NO_LIMIT:
        counted |= COUNTED_BILATERAL
    _count_between(state, payer, payee, amount)
    _use_up(state, payer, amount, payment_class)
    return counted


@internal_kernel
def count_completed(state: State, payer: int, payee: int, amount: int) -> None:
    """Count a completed earmark as a receipt in the payee's limits (R55)."""
    if is_controlled(state, payee):
        _count_between(state, payee, payer, -amount)
        note_kept_limits(state, payee, payer)


@internal_kernel
def count_released(state: State, payer: int, payee: int, amount: int, counted: int) -> None:
    """Count an earmark no longer in those limits that have counted it (R55)."""
    control = state.controls[payer]
    if counted & COUNTED_NET:
        control["count"] = _changed(control["limit"], control["count"], -amount)
    if counted & COUNTED_BILATERAL:
        limit = state.limits[slot_of_limit(state, payer, payee)]
        limit["count"] = _changed(limit["limit"], limit["count"], -amount)
    if counted:
        note_kept_limits(state, payer, payee)


@internal_kernel
def forget_earmarks(state: State, payer: int, payee: int, bit: int) -> None:
    """Note of open earmarks that a limit counts none of them, because it starts again (R4, R55).

    Args:
        payer: whose limit it is; NOTHING for all limits of all accounts.
        payee: of a bilateral limit, else NOTHING.
        bit: which limits, as in `counted`.
    """
    if state.counters[0]["earmarks"] == 0:
        return
    for slot in range(len(state.earmarks)):
        earmark = state.earmarks[slot]
        of_payer = payer == NOTHING or earmark["payer"] == payer
        if of_payer and (payee == NOTHING or earmark["payee"] == payee):
            earmark["counted"] &= ~bit


@internal_kernel
def forget_controls(state: State) -> None:
    """End every reservation and limit; nothing is queued, so no account has a leg there (R8).

    Accounts for earmarks stay apart from fast paths (R56).
    """
    forget_earmarks(
        state, as_int64(NOTHING), as_int64(NOTHING), as_int64(COUNTED_NET | COUNTED_BILATERAL)
    )
    for account in range(len(state.accounts)):
        row = state.accounts[account]
        row["flags"] &= ~(CONTROLLED | LINKED)
        if row["flags"] & HOLDS_EARMARKS:
            row["flags"] |= CONTROLLED
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
