"""Requests on an account: credit line, reservation, limits, liquidity transfers."""

from typing import NamedTuple

from skontro.engine.command_columns import NO_LIMIT
from skontro.engine.constants import (
    AMOUNT_NEGATIVE,
    AMOUNT_NOT_POSITIVE,
    AMOUNT_TOO_LARGE,
    CONTROL_REFUSED_EVENT,
    CREDIT_IN_USE,
    CREDIT_LINE_SET_EVENT,
    CURRENCIES_DIFFER,
    EARMARK_ACCOUNT,
    INSUFFICIENT_LIQUIDITY,
    LIMIT_SET_EVENT,
    LIQUIDITY_MOVED_EVENT,
    LIQUIDITY_REFUSED_EVENT,
    NO_REASON,
    NO_SETTLEMENT_ACCOUNT,
    NOT_UNDER_POSITION_LIMITS,
    POSITION_LIMIT_REACHED,
    RESERVATION_SET_EVENT,
    SAME_ACCOUNT,
    SET_BILATERAL_LIMIT,
    SET_CREDIT_LINE,
    SET_NET_SENDER_LIMIT,
    SET_RESERVATION,
    TOO_MUCH_MONEY,
    TRANSFER_IN,
    TRANSFER_OUT,
    UNKNOWN_CLASS,
)
from skontro.engine.events import log_event
from skontro.engine.jit import as_int64, internal_kernel, llvm_inline
from skontro.engine.records import CONTROLLED, HOLDS_EARMARKS, NOTHING, State
from skontro.engine.rules.gross import release
from skontro.engine.rules.limits_and_reservations import forget_earmarks, slot_of_limit
from skontro.engine.rules.position_limits import keeps_position_limits
from skontro.engine.structures.earmarks import COUNTED_BILATERAL, COUNTED_NET
from skontro.engine.structures.queue import note_head
from skontro.model import MAX_AMOUNT, MAX_MONEY_PER_CURRENCY


class Request(NamedTuple):
    """A command that submits no order, as kernels take it: all fields are 64 bits wide.

    Attributes:
        kind: a `CommandKind`.
        time: timestamp.
        order: number of the order concerned, or NOTHING.
        account: account number.
        other: account number of the counterparty of a bilateral limit, or for an earmark.
        amount: minor units; of a run the number of its `Algorithm`; of a permission or an earmark
            the number of legs that follow.
        payment_class: of a reservation or a change of class.
        latest: timestamp until which a permitted leg may settle, or new latest time.
        earliest: new earliest time.
    """

    kind: int
    time: int
    order: int
    account: int
    other: int
    amount: int
    payment_class: int
    latest: int
    earliest: int


@llvm_inline
def _reason_in_the_text(state: State, request: Request) -> int:
    """The reason with the lowest number that the request itself gives, or none."""
    kind, amount = request.kind, request.amount
    account, other = request.account, request.other
    moves_liquidity = kind in (TRANSFER_IN, TRANSFER_OUT)
    least = NO_LIMIT if kind in (SET_NET_SENDER_LIMIT, SET_BILATERAL_LIMIT) else 0
    number = len(state.accounts)
    reason = NO_REASON
    if kind == SET_RESERVATION and request.payment_class not in (0, 1):
        reason = UNKNOWN_CLASS
    elif moves_liquidity and amount <= 0:
        reason = AMOUNT_NOT_POSITIVE
    elif amount > MAX_AMOUNT:
        reason = AMOUNT_TOO_LARGE
    elif amount < least:
        reason = AMOUNT_NEGATIVE
    elif not 0 <= account < number or (kind == SET_BILATERAL_LIMIT and not 0 <= other < number):
        reason = NO_SETTLEMENT_ACCOUNT
    elif kind == SET_BILATERAL_LIMIT and account == other:
        reason = SAME_ACCOUNT
    elif (
        kind == SET_BILATERAL_LIMIT
        and state.accounts[account]["currency"] != state.accounts[other]["currency"]
    ):
        reason = CURRENCIES_DIFFER
    return reason


@llvm_inline
def _reason_in_position_limits(state: State, request: Request) -> int:
    if request.kind in (SET_RESERVATION, SET_NET_SENDER_LIMIT, SET_BILATERAL_LIMIT):
        return NOT_UNDER_POSITION_LIMITS
    if request.kind != TRANSFER_OUT:
        return NO_REASON
    account, amount = request.account, request.amount
    state.accounts[account]["balance"] -= amount
    kept = keeps_position_limits(
        state.accounts, state.next_of_holder, state.prices, state.rules, account
    )
    state.accounts[account]["balance"] += amount
    return NO_REASON if kept else POSITION_LIMIT_REACHED


@llvm_inline
def _reason_in_the_account(state: State, request: Request) -> int:
    """The reason with the lowest number that the state of the account gives, or none."""
    kind, amount = request.kind, request.amount
    row = state.accounts[request.account]
    currency = state.currencies[row["currency"]]
    headroom = MAX_MONEY_PER_CURRENCY - currency["money"] - currency["credit"]
    headroom_for_credit = min(headroom, MAX_MONEY_PER_CURRENCY - currency["credit"])
    cover = row["balance"] + row["credit_line"]
    if row["flags"] & CONTROLLED:
        control = state.controls[request.account]
        cover -= control["reserved_urgent"] + control["reserved_high"]
    reason: int = NO_REASON
    if (kind == TRANSFER_IN and amount > headroom) or (
        kind == SET_CREDIT_LINE and amount - row["credit_line"] > headroom_for_credit
    ):
        reason = TOO_MUCH_MONEY
    elif kind == TRANSFER_OUT and amount > cover:
        reason = INSUFFICIENT_LIQUIDITY
    elif kind == SET_CREDIT_LINE and row["balance"] + amount < 0:
        reason = CREDIT_IN_USE
    elif state.rules[0]["position_limits"] != 0:
        reason = _reason_in_position_limits(state, request)
    if reason == NO_REASON and row["flags"] & HOLDS_EARMARKS:
        reason = EARMARK_ACCOUNT
    return reason


@llvm_inline
def _set_bilateral_limit(state: State, account: int, other: int, amount: int) -> None:
    state.controls[account]["bilateral"] = 1
    slot = slot_of_limit(state, account, other)
    limit = state.limits[slot]
    if limit["payer"] == NOTHING:
        limit["payer"] = account
        limit["payee"] = other
        limit["limit"] = NO_LIMIT
        state.counters[0]["limits"] += 1
    if limit["limit"] == NO_LIMIT:
        limit["count"] = 0  # it counts from when it is set
        forget_earmarks(state, account, other, as_int64(COUNTED_BILATERAL))
    limit["limit"] = amount
    limit["overrun"] = 1 if limit["count"] > amount != NO_LIMIT else 0


@llvm_inline
def _set_net_sender_limit(state: State, account: int, amount: int) -> None:
    control = state.controls[account]
    if control["limit"] == NO_LIMIT:
        control["count"] = 0
        forget_earmarks(state, account, as_int64(NOTHING), as_int64(COUNTED_NET))
    control["limit"] = amount
    control["overrun"] = 1 if control["count"] > amount != NO_LIMIT else 0


@llvm_inline
def _take_effect(state: State, request: Request) -> None:
    kind, account, amount = request.kind, request.account, request.amount
    row = state.accounts[account]
    currency = state.currencies[row["currency"]]
    if kind == TRANSFER_IN:
        row["balance"] += amount
        currency["money"] += amount
    elif kind == TRANSFER_OUT:
        row["balance"] -= amount
        currency["money"] -= amount
    elif kind == SET_CREDIT_LINE:
        currency["credit"] += amount - row["credit_line"]
        row["credit_line"] = amount
    else:
        row["flags"] |= CONTROLLED
        if kind == SET_BILATERAL_LIMIT:
            _set_bilateral_limit(state, account, request.other, amount)
        elif kind == SET_NET_SENDER_LIMIT:
            _set_net_sender_limit(state, account, amount)
        elif request.payment_class == 0:
            state.controls[account]["reserved_urgent"] = amount
        else:
            state.controls[account]["reserved_high"] = amount
        note_head(state, account)


@llvm_inline
def _event_of(kind: int, reason: int) -> int:
    if kind in (TRANSFER_IN, TRANSFER_OUT):
        return LIQUIDITY_MOVED_EVENT if reason == NO_REASON else LIQUIDITY_REFUSED_EVENT
    if reason != NO_REASON:
        return CONTROL_REFUSED_EVENT
    if kind == SET_CREDIT_LINE:
        return CREDIT_LINE_SET_EVENT
    return RESERVATION_SET_EVENT if kind == SET_RESERVATION else LIMIT_SET_EVENT


@internal_kernel
def apply_to_account(state: State, request: Request) -> None:
    """Apply a request about an account, then release its queue (R4, R7, R43, R46, R47, R56)."""
    kind, time, account = request.kind, request.time, request.account
    reason = _reason_in_the_text(state, request)
    if reason == NO_REASON:
        reason = _reason_in_the_account(state, request)
    subject = account
    if kind in (TRANSFER_IN, TRANSFER_OUT):
        subject = state.counters[0]["transfers"]
        state.counters[0]["transfers"] += 1
    log_event(state, subject, time, _event_of(kind, reason), reason)
    if reason == NO_REASON:
        _take_effect(state, request)
        release(state, account, time)
