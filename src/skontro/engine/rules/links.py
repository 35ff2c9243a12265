"""Legs of links with other systems: set aside, then permitted, or earmarked until the decision.

Problem. The legs of a link are orders in two or more systems without a common operator. All of
them settle or none does, although each system can reach only its own money.

Method. A leg waits outside the queues. In the system that decides, it enters like any order, until
a time that is fixed before: its settlement commits the link. In a system that follows, its amount
is posted to an earmark account if it would settle now. There it stays until the decision is known,
and is then posted to the payee, or back. No timer ends an earmark.

Source. The last-resource commit and the presumed abort of distributed transactions (J. Gray and
A. Reuter, Transaction Processing, 1993), with the abort presumed from a deadline in the record.
"""

from typing import NamedTuple

from skontro.engine.command_columns import ANY_TIME_AFTER
from skontro.engine.constants import (
    AWAITS_EARLIEST_TIME,
    AWAITS_RUN,
    BILATERAL_LIMIT_REACHED,
    BYPASSED_FIFO,
    COMPLETE,
    COMPLETED_EVENT,
    CURRENCIES_DIFFER,
    DAY_NOT_OPEN,
    EARMARK,
    EARMARK_ACCOUNT,
    EARMARKED_EVENT,
    HELD_EVENT,
    INSUFFICIENT_LIQUIDITY,
    LATEST_TIME_PASSED,
    LEG_NOT_READY,
    LINK_AWAITED,
    LINK_NOT_COMMITTED,
    LIQUIDITY_RESERVED,
    NET_SENDER_LIMIT_REACHED,
    NO_REASON,
    NO_SETTLEMENT_ACCOUNT,
    NOT_EARMARKED,
    ORDER_AHEAD,
    ORDER_FINAL,
    PERMIT,
    REJECTED_EVENT,
    RELEASED_EVENT,
    REQUEST_REFUSED_EVENT,
    SAME_ACCOUNT,
    WAITING_VALUE_TOO_LARGE,
)
from skontro.engine.events import log_event
from skontro.engine.jit import as_int64, internal_kernel, kernel, llvm_inline
from skontro.engine.records import (
    CLASSES,
    CONTROLLED,
    EXPIRES,
    HOLDS_EARMARKS,
    NOTHING,
    SET_ASIDE,
    State,
)
from skontro.engine.rules.account_requests import Request
from skontro.engine.rules.entry import WAITED, enter
from skontro.engine.rules.gross import count_bypass, move_money, put_aside, release
from skontro.engine.rules.limits_and_reservations import (
    count_completed,
    count_earmark,
    count_released,
    is_controlled,
    is_inside_limits,
    is_inside_net_sender_limit,
)
from skontro.engine.rules.order_requests import reason_in_number
from skontro.engine.rules.queue_bounds import may_wait, start_waiting, stop_waiting
from skontro.engine.rules.validation import concerns_earmarks, reason_to_reject
from skontro.engine.structures.earmarks import (
    free_earmark_slot,
    slot_of_earmark,
    take_earmark_slot,
)
from skontro.engine.structures.order_lookup import (
    Order,
    counterleg_of,
    free_held_slot,
    held_order,
    held_slot_of,
    note_counterleg,
    queue_slot_of,
)
from skontro.engine.structures.queue import may_be_bypassed, next_slot, withheld
from skontro.engine.structures.timer_heap import set_timer


@internal_kernel
def submit_linked(state: State, leg: Order, time: int) -> None:
    """Reject a new leg of a link, or set it aside (R51, R56)."""
    reason = reason_to_reject(state.accounts, state.counters, leg, time)
    if reason == NO_REASON and concerns_earmarks(state.accounts, leg.payer, leg.payee):
        reason = EARMARK_ACCOUNT
    if reason == NO_REASON and not may_wait(state, leg.payer, leg.amount):
        reason = WAITING_VALUE_TOO_LARGE
    if reason != NO_REASON:
        log_event(state, leg.number, time, REJECTED_EVENT, reason)
        return
    start_waiting(state, leg.payer, leg.amount)
    put_aside(state, leg)
    note_counterleg(state, leg.number, SET_ASIDE)
    if leg.latest < ANY_TIME_AFTER:
        set_timer(state.timers, state.counters, leg.latest + 1, leg.number, EXPIRES)
    log_event(state, leg.number, time, HELD_EVENT, LINK_AWAITED)


class Burden(NamedTuple):
    """The demands on a payer by a leg and those that are to enter with it.

    Attributes:
        paid: what the payer pays with all of them.
        to_payee: what it pays with them to the payee of this leg.
        places: how many of them are in the same queue.
    """

    paid: int
    to_payee: int
    places: int


@llvm_inline
def alone(leg: Order) -> Burden:
    """The burden of a leg that enters by itself (R52)."""
    return Burden(leg.amount, leg.amount, as_int64(1))


@internal_kernel
def obstacle_to_entry(state: State, leg: Order, burden: Burden, time: int) -> int:
    """The first reason for which a leg that enters would not settle at once, or none (R52, R58)."""
    payer, payment_class, amount = leg.payer, leg.payment_class, burden.paid
    account = state.accounts[payer]
    queue = payer * CLASSES + payment_class
    higher, same = (
        account["flags"] & ((1 << payment_class) - 1),
        account["flags"] & 1 << payment_class,
    )
    passes = same == 0 or (
        may_be_bypassed(state, queue)
        and state.bypasses[queue] + burden.places <= state.rules[0]["max_bypasses"]
    )
    cover = account["balance"] + account["credit_line"]
    reason: int = NO_REASON
    if leg.earliest > time:
        reason = AWAITS_EARLIEST_TIME
    elif state.rules[0]["in_runs_only"] != 0:
        reason = AWAITS_RUN
    elif higher != 0 or not passes:
        reason = ORDER_AHEAD
    elif cover < amount:
        reason = INSUFFICIENT_LIQUIDITY
    elif cover < amount + withheld(state, payer, payment_class):
        reason = LIQUIDITY_RESERVED
    elif is_controlled(state, payer):
        if not is_inside_net_sender_limit(state, payer, amount):
            reason = NET_SENDER_LIMIT_REACHED
        elif not is_inside_limits(state, payer, leg.payee, burden.to_payee):
            reason = BILATERAL_LIMIT_REACHED
    return reason


@internal_kernel
def reason_in_the_leg(state: State, order: int) -> int:
    """Why the order with this number is no leg that is set aside, or none (R57)."""
    reason = reason_in_number(state, order)
    if reason == NO_REASON and held_slot_of(state, order) == NOTHING:
        reason = ORDER_FINAL if queue_slot_of(state, order) == NOTHING else LEG_NOT_READY
    elif reason == NO_REASON and counterleg_of(state, order) != SET_ASIDE:
        reason = LEG_NOT_READY
    return reason


@internal_kernel
def _has_other_use(state: State, account: int) -> bool:
    """Whether an account without earmarks has money, credit, orders, or earmarks to come to it.

    Bound. O(orders that wait), once for each account that comes to hold earmarks.
    """
    row = state.accounts[account]
    if row["balance"] != 0 or row["credit_line"] != 0 or state.waiting[account] != 0:
        return True
    for queue in range(len(state.queues)):
        slot, last = as_int64(state.queues[queue]["first"]), state.queues[queue]["last"]
        while slot != NOTHING:
            entry = state.queue_slots[slot]
            if entry["order"] != NOTHING and entry["payee"] == account:
                return True
            slot = next_slot(state, slot) if slot != last else NOTHING
    for held_slot in range(state.counters[0]["held_slots"]):
        held = state.held[held_slot]
        if held["order"] != NOTHING and held["payee"] == account:
            return True
    for slot in range(len(state.earmarks)):
        earmark = state.earmarks[slot]
        if earmark["order"] != NOTHING and (
            earmark["payer"] == account or earmark["payee"] == account
        ):
            return True
    return False


@internal_kernel
def _reason_in_the_account(state: State, leg: Order, account: int) -> int:
    """Why this account may not hold the leg's earmark, or none."""
    row = state.accounts[account]
    if account in (leg.payer, leg.payee):
        return SAME_ACCOUNT
    if row["currency"] != state.accounts[leg.payer]["currency"]:
        return CURRENCIES_DIFFER
    unfit = row["flags"] & HOLDS_EARMARKS == 0 and _has_other_use(state, account)
    return EARMARK_ACCOUNT if unfit else NO_REASON


@internal_kernel
def reason_in_the_request(state: State, request: Request) -> int:
    """Why no such leg may be permitted or earmarked, ready or not: the lowest, or none (R57)."""
    kind, time, order, account = request.kind, request.time, request.order, request.other
    reason: int = NO_REASON
    if kind == EARMARK and not 0 <= account < len(state.accounts):
        reason = NO_SETTLEMENT_ACCOUNT
    elif kind == PERMIT and request.latest < time:
        reason = LATEST_TIME_PASSED
    if reason == NO_REASON:
        reason = as_int64(reason_in_the_leg(state, order))
    if reason == NO_REASON and kind == EARMARK:
        leg = held_order(state, held_slot_of(state, order))
        reason = as_int64(_reason_in_the_account(state, leg, account))
    return reason


@internal_kernel
def _reason_against_entry(state: State, request: Request) -> int:
    """Why the leg may not be permitted or earmarked by itself, or none."""
    reason = as_int64(reason_in_the_request(state, request))
    if reason != NO_REASON:
        return reason
    leg = held_order(state, held_slot_of(state, request.order))
    if request.kind == PERMIT:
        return AWAITS_EARLIEST_TIME if leg.earliest > request.time else NO_REASON
    return as_int64(obstacle_to_entry(state, leg, alone(leg), request.time))


@llvm_inline
def _reason_to_refuse(state: State, request: Request) -> int:
    """Why a request about a leg is refused, or none."""
    if state.counters[0]["day_open"] == 0:
        return DAY_NOT_OPEN
    if request.kind in (PERMIT, EARMARK):
        return _reason_against_entry(state, request)
    return NO_REASON if slot_of_earmark(state, request.order) != NOTHING else NOT_EARMARKED


@llvm_inline
def take_leg(state: State, order: int) -> Order:
    """A leg that is set aside no longer (R53, R54)."""
    slot = held_slot_of(state, order)
    leg = held_order(state, slot)
    free_held_slot(state, slot)
    note_counterleg(state, order, NOTHING)
    return leg


@internal_kernel
def _permit(state: State, order: int, latest: int, time: int) -> None:
    """Let the leg enter, to settle at `latest` at the latest."""
    leg = take_leg(state, order)
    until = min(leg.latest, latest)
    entering = Order(
        leg.number, leg.payer, leg.payee, leg.amount, leg.payment_class, leg.earliest, until
    )
    enter(state, entering, time, WAITED)


@internal_kernel
def post_earmark(state: State, order: int, account: int, time: int) -> None:
    """Post the amount of a leg that is ready to the earmark account (R54)."""
    leg = take_leg(state, order)
    payer, payee, amount, payment_class = leg.payer, leg.payee, leg.amount, leg.payment_class
    bypasses = state.accounts[payer]["flags"] & 1 << payment_class
    stop_waiting(state, payer, amount)
    move_money(state.accounts, payer, account, amount)
    state.accounts[account]["flags"] |= HOLDS_EARMARKS | CONTROLLED
    earmark = state.earmarks[take_earmark_slot(state, order)]
    earmark["amount"] = amount
    earmark["payer"] = payer
    earmark["payee"] = payee
    earmark["account"] = account
    earmark["payment_class"] = payment_class
    earmark["counted"] = count_earmark(state, payer, payee, amount, payment_class)
    log_event(state, order, time, EARMARKED_EVENT, BYPASSED_FIFO if bypasses else NO_REASON)
    if bypasses:
        count_bypass(state, payer * CLASSES + payment_class)


@internal_kernel
def _end_earmark(state: State, order: int, time: int, kind: int) -> None:
    """Post an earmarked amount to the payee, or back to the payer, and release its queue."""
    slot = slot_of_earmark(state, order)
    earmark = state.earmarks[slot]
    payer, payee = as_int64(earmark["payer"]), as_int64(earmark["payee"])
    account, amount = as_int64(earmark["account"]), as_int64(earmark["amount"])
    counted = as_int64(earmark["counted"])
    free_earmark_slot(state, slot)
    if kind == COMPLETE:
        move_money(state.accounts, account, payee, amount)
        count_completed(state, payer, payee, amount)
        log_event(state, order, time, COMPLETED_EVENT, NO_REASON)
        release(state, payee, time)
    else:
        move_money(state.accounts, account, payer, amount)
        count_released(state, payer, payee, amount, counted)
        log_event(state, order, time, RELEASED_EVENT, LINK_NOT_COMMITTED)
        release(state, payer, time)


@internal_kernel
def apply_to_linked(state: State, request: Request) -> None:
    """Permit or earmark a leg, complete or release its earmark.

    Rules R53, R54, R55, R56, R57.
    """
    kind, time, order = request.kind, request.time, request.order
    reason = _reason_to_refuse(state, request)
    if reason != NO_REASON:
        log_event(state, order, time, REQUEST_REFUSED_EVENT, reason)
    elif kind == PERMIT:
        _permit(state, order, request.latest, time)
    elif kind == EARMARK:
        post_earmark(state, order, request.other, time)
    else:
        _end_earmark(state, order, time, kind)


@kernel
def earmark_account_obstacle(state: State, order: int, account: int) -> int:
    """Why an account could not hold the earmark of a leg that is set aside, or none (R56, R57)."""
    if not 0 <= account < len(state.accounts):
        return as_int64(NO_SETTLEMENT_ACCOUNT)
    reason = as_int64(reason_in_the_leg(state, order))
    if reason == NO_REASON:
        leg = held_order(state, held_slot_of(state, order))
        reason = as_int64(_reason_in_the_account(state, leg, account))
    return reason
