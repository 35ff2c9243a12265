"""Gross settlement: the rules by which one order settles, waits, is released or leaves.

An order settles at once on two conditions. It is permitted: its payer has cover in excess of
reservations, and is within its limits. And no order of the same or a higher class is queued before
it. Else it joins the queue, first in first out within its class. An incoming credit lets the head
of the payee's queue try again, and so on, by work list. After every command no head of a queue is
permitted.
"""

from skontro.engine.command_columns import ANY_TIME_AFTER
from skontro.engine.constants import (
    BYPASSED_FIFO,
    HELD_EVENT,
    NO_REASON,
    QUEUED_EVENT,
    SETTLED_EVENT,
)
from skontro.engine.events import log_event
from skontro.engine.jit import as_int64, internal_kernel, llvm_inline, numba_inline
from skontro.engine.records import (
    BLOCK_LENGTH,
    CLASSES,
    CONTROLLED,
    ENTERS,
    EXPIRES,
    LINKED,
    NOTHING,
    Records,
    State,
)
from skontro.engine.rules.bypass import first_permitted
from skontro.engine.rules.limits_and_reservations import BY_ITSELF, post
from skontro.engine.rules.queue_bounds import stop_waiting
from skontro.engine.structures.order_lookup import (
    Order,
    free_held_slot,
    slot_of_counterleg,
    take_held_slot,
)
from skontro.engine.structures.queue import (
    head_of_queue,
    join_queue,
    leave_queue,
    note_head,
)
from skontro.engine.structures.timer_heap import set_timer


@numba_inline
def has_cover(accounts: Records, payer: int, amount: int) -> bool:
    """Whether the payer could pay this amount without going below its floor (R1)."""
    account = accounts[payer]
    return bool(account["balance"] + account["credit_line"] >= amount)


@numba_inline
def may_settle_at_once(accounts: Records, payer: int, amount: int, payment_class: int) -> bool:
    """The short way: no controls, cover, and nothing of the same or a higher class before it.

    Rule R11.
    """
    not_lower = (2 << payment_class) - 1 | CONTROLLED
    return bool(accounts[payer]["flags"] & not_lower == 0) and has_cover(accounts, payer, amount)


@numba_inline
def move_money(accounts: Records, payer: int, payee: int, amount: int) -> None:
    """Post an order between accounts without controls (R2)."""
    accounts[payer]["balance"] -= amount
    accounts[payee]["balance"] += amount


@numba_inline
def may_release(accounts: Records, account: int) -> bool:
    """Whether the account has cover for anything in its queue to settle (R16)."""
    return has_cover(accounts, account, accounts[account]["needed"])


@llvm_inline
def _next_to_settle(state: State, account: int) -> int:
    """The slot of the order that a release of this account settles next, or NOTHING."""
    if not may_release(state.accounts, account):
        return NOTHING
    unusual = state.accounts[account]["flags"] & (CONTROLLED | LINKED)
    if unusual | state.rules[0]["bypass_classes"] != 0:
        return first_permitted(state, account)
    return head_of_queue(state, account)


@internal_kernel
def count_bypass(state: State, queue: int) -> None:
    """Count that an order settled before the first of its queue (R18)."""
    state.bypasses[queue] += 1
    note_head(state, queue // CLASSES)


@llvm_inline
def _settle_queued(state: State, payer: int, slot: int, time: int) -> int:
    """Settle a queued order in its turn or by bypass; its payee."""
    queue = as_int64(state.blocks[slot // BLOCK_LENGTH]["queue"])
    order = state.counters[0]["first_order_of_day"] + as_int64(state.queue_slots[slot]["order"])
    amount = state.queue_slots[slot]["amount"]
    payee = as_int64(state.queue_slots[slot]["payee"])
    bypasses = slot != state.queues[queue]["first"]
    leave_queue(state, slot)
    if bypasses:
        count_bypass(state, queue)
    stop_waiting(state, payer, amount)
    post(state, payer, payee, amount, queue % CLASSES, BY_ITSELF)
    log_event(state, order, time, SETTLED_EVENT, BYPASSED_FIFO if bypasses else NO_REASON)
    return int(payee)


@llvm_inline
def _line_up(state: State, account: int, start: int, waiting: int) -> int:
    """Give the account a turn to come if it could settle an order; how many turns are to come."""
    work_list = state.work_list
    if work_list[account]["listed"] == 0 and _next_to_settle(state, account) != NOTHING:
        work_list[account]["listed"] = 1
        end = start + waiting
        end = end if end < len(work_list) else end - len(work_list)
        work_list[end]["account"] = account
        waiting += 1
    return waiting


@internal_kernel
def _settle_counterleg(
    state: State, slot: int, payee_of_leg: int, start: int, waiting: int, time: int
) -> int:
    """Settle the counterleg of the leg that settled just now; how many turns are to come."""
    payer = as_int64(state.blocks[slot // BLOCK_LENGTH]["queue"]) // CLASSES
    payee = _settle_queued(state, payer, slot, time)
    waiting = _line_up(state, payee_of_leg, start, waiting)
    waiting = _line_up(state, payee, start, waiting)
    return _line_up(state, payer, start, waiting)


@llvm_inline
def settle_released(state: State, account: int, time: int) -> None:
    """Settle the orders of this account's queue that now can, and all that follow (R16, R34).

    Accounts wait for their turn in a ring that holds each at most once, so the number of accounts
    bounds its length; each turn ends, and each step inside a turn settles an order for good. Which
    orders settle does not depend on whose turn is first, unless bypass is allowed: a credit can
    only help, and each queue is served head first.
    """
    work_list = state.work_list
    work_list[0]["account"] = account
    start, waiting = 0, 1
    while waiting > 0:
        payer = as_int64(work_list[start]["account"])
        start = start + 1 if start + 1 < len(work_list) else 0
        waiting -= 1
        work_list[payer]["listed"] = 0
        while True:
            slot = _next_to_settle(state, payer)
            if slot == NOTHING:
                break
            counterleg = NOTHING
            if state.accounts[payer]["flags"] & LINKED:
                counterleg = slot_of_counterleg(state, slot)
            payee = _settle_queued(state, payer, slot, time)
            if counterleg == NOTHING:
                waiting = _line_up(state, payee, start, waiting)
            else:
                waiting = _settle_counterleg(state, counterleg, payee, start, waiting, time)


@internal_kernel
def release(state: State, account: int, time: int) -> None:
    """`settle_released`, compiled once for all the callers that are rarely on the way.

    Rules R16, R47.
    """
    settle_released(state, account, time)


@llvm_inline
def note_slot(state: State, number: int, slot: int) -> None:
    """Remember where the order with this number since the day opened is: see `State` (R10, R15)."""
    state.slot_of_order[number] = slot
    state.counters[0]["placed"] = max(number + 1, state.counters[0]["placed"])


@llvm_inline
def put_aside(
    state: State,
    order: Order,
) -> None:
    """Keep an accepted order among those that are held (R10)."""
    held_slot = take_held_slot(state)
    entry = state.held[held_slot]
    entry["order"] = order.number
    entry["payer"] = order.payer
    entry["payee"] = order.payee
    entry["amount"] = order.amount
    entry["payment_class"] = order.payment_class
    entry["earliest"] = order.earliest
    entry["latest"] = order.latest
    note_slot(state, order.number - state.counters[0]["first_order_of_day"], -1 - held_slot)


@llvm_inline
def hold(
    state: State,
    order: Order,
    time: int,
) -> None:
    """Keep an accepted order aside until its earliest time (R10)."""
    put_aside(state, order)
    set_timer(state.timers, state.counters, order.earliest, order.number, ENTERS)
    log_event(state, order.number, time, HELD_EVENT, NO_REASON)


@llvm_inline
def wait_for_cover(
    state: State,
    order: Order,
    time: int,
) -> None:
    """Queue an accepted order, until its latest time if it has one (R11, R44)."""
    number = order.number - state.counters[0]["first_order_of_day"]
    slot = join_queue(state, order.payer, order.payment_class, number, order.amount, order.payee)
    note_slot(state, number, slot + 1)
    log_event(state, order.number, time, QUEUED_EVENT, NO_REASON)
    if order.latest < ANY_TIME_AFTER:
        set_timer(state.timers, state.counters, order.latest + 1, order.number, EXPIRES)


@internal_kernel
def end_all(state: State, time: int, kind: int, reason: int) -> None:
    """End every live order: the queued, account by account in queue order, then the held (R48)."""
    first = state.counters[0]["first_order_of_day"]
    for account in range(len(state.accounts)):
        slot = head_of_queue(state, account)
        while slot != NOTHING:
            log_event(state, first + as_int64(state.queue_slots[slot]["order"]), time, kind, reason)
            leave_queue(state, slot)
            slot = head_of_queue(state, account)
    for number in range(state.counters[0]["placed"] if state.counters[0]["held"] else 0):
        order = first + number
        held_slot = -1 - state.slot_of_order[number]
        if held_slot >= 0 and state.held[held_slot]["order"] == order:
            log_event(state, order, time, kind, reason)
            free_held_slot(state, held_slot)
    state.waiting[:] = 0
    for currency in range(len(state.currencies)):
        state.currencies[currency]["waiting"] = 0
        state.currencies[currency]["common"] = 0
