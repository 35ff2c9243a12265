"""Gross settlement: the rules by which one order settles, waits, is released or leaves.

An order settles at once if its payer has cover and no order of the same or a higher class waits
before it in the payer's queue; else it joins the queue, first in first out inside its class. An
incoming credit lets the head of the payee's queue try again, and so on, by work list. After every
command the head of every queue lacks cover.

These kernels name each array that they use instead of passing the whole state on: reading an array
out of a tuple counts a reference, which costs more than settling an order.
"""

from skontro.engine.commands import ANY_TIME_AFTER
from skontro.engine.compiling import inlined, kernel
from skontro.engine.events import EventKind
from skontro.engine.layout import HELD, NOTHING, QUEUED, Records
from skontro.engine.queues import free_slot, head_of_queue, join_queue, leave_queue, take_slot
from skontro.engine.timers import set_timer
from skontro.model import ReasonCode

# Kernels take plain integers for constants: compiled code does not know Python's enumerations.
_HELD_EVENT = int(EventKind.HELD)
_QUEUED_EVENT = int(EventKind.QUEUED)
_SETTLED_EVENT = int(EventKind.SETTLED)
_NO_REASON = int(ReasonCode.NONE)


@inlined
def report(
    events: Records, counters: Records, order: int, time: int, kind: int, reason: int
) -> None:
    """Append one event; the caller of the outermost kernel has made sure that there is room."""
    place = counters[0]["events"]
    event = events[place]
    event["order"] = order
    event["time"] = time
    event["kind"] = kind
    event["reason"] = reason
    counters[0]["events"] = place + 1


@inlined
def has_cover(accounts: Records, payer: int, amount: int) -> bool:
    """Whether the payer could pay this amount without going below its floor."""
    account = accounts[payer]
    return bool(account["balance"] + account["credit_line"] >= amount)


@inlined
def may_settle_at_once(accounts: Records, payer: int, amount: int, payment_class: int) -> bool:
    """Entry disposition: cover, and nothing of the same or a higher class before it."""
    not_lower = (2 << payment_class) - 1
    return bool(accounts[payer]["waiting"] & not_lower == 0) and has_cover(accounts, payer, amount)


@inlined
def post(accounts: Records, payer: int, payee: int, amount: int) -> None:
    """Move the money; from here on the order is final."""
    accounts[payer]["balance"] -= amount
    accounts[payee]["balance"] += amount


@inlined
def may_release(accounts: Records, account: int) -> bool:
    """Whether the head of the account's queue, if there is one, has cover now."""
    return has_cover(accounts, account, accounts[account]["needed"])


@inlined
def settle_released(
    accounts: Records,
    live: Records,
    counters: Records,
    work_list: Records,
    events: Records,
    account: int,
    time: int,
) -> None:
    """Settle what has become possible at the head of this account's queue, and what follows.

    Accounts wait for their turn in a ring that holds each at most once, so the number of accounts
    bounds its length; each turn ends, and each step inside a turn settles an order for good. Which
    orders settle does not depend on whose turn is first: a credit can only help, and each queue is
    served head first.
    """
    work_list[0] = account
    start, waiting = 0, 1
    while waiting > 0:
        payer = work_list[start]
        start = start + 1 if start + 1 < len(work_list) else 0
        waiting -= 1
        accounts[payer]["in_work_list"] = 0
        while may_release(accounts, payer):
            slot = head_of_queue(accounts, payer)
            order = live[slot]
            payee = order["payee"]
            leave_queue(accounts, live, counters, slot)
            post(accounts, payer, payee, order["amount"])
            report(events, counters, order["order"], time, _SETTLED_EVENT, _NO_REASON)
            free_slot(live, counters, slot)
            if may_release(accounts, payee) and accounts[payee]["in_work_list"] == 0:
                accounts[payee]["in_work_list"] = 1
                end = start + waiting
                work_list[end if end < len(work_list) else end - len(work_list)] = payee
                waiting += 1


@kernel
def release(
    accounts: Records,
    live: Records,
    counters: Records,
    work_list: Records,
    events: Records,
    account: int,
    time: int,
) -> None:
    """`settle_released`, compiled once for all the callers that are rarely on the way."""
    settle_released(accounts, live, counters, work_list, events, account, time)


@inlined
def accept(
    live: Records,
    slot_of_order: Records,
    counters: Records,
    number: int,
    payer: int,
    payee: int,
    amount: int,
    payment_class: int,
    latest: int,
) -> int:
    """Give an order that does not settle at once a slot, and return the slot."""
    slot = take_slot(live, counters)
    order = live[slot]
    order["order"] = number
    order["amount"] = amount
    order["latest"] = latest
    order["payer"] = payer
    order["payee"] = payee
    order["payment_class"] = payment_class
    slot_of_order[number - counters[0]["first_order_of_day"]] = slot + 1
    return slot


@inlined
def hold(
    live: Records,
    timers: Records,
    counters: Records,
    events: Records,
    slot: int,
    earliest: int,
    time: int,
) -> None:
    """Keep an accepted order aside until its earliest time."""
    order = live[slot]["order"]
    live[slot]["phase"] = HELD
    set_timer(timers, counters, earliest, order, slot, HELD)
    report(events, counters, order, time, _HELD_EVENT, _NO_REASON)


@inlined
def wait_for_cover(
    accounts: Records,
    live: Records,
    timers: Records,
    counters: Records,
    events: Records,
    slot: int,
    time: int,
) -> None:
    """Queue an accepted order, until its latest time if it has one."""
    join_queue(accounts, live, counters, slot)
    order = live[slot]["order"]
    latest = live[slot]["latest"]
    report(events, counters, order, time, _QUEUED_EVENT, _NO_REASON)
    if latest < ANY_TIME_AFTER:
        set_timer(timers, counters, latest + 1, order, slot, QUEUED)


@inlined
def enter_held(
    accounts: Records,
    live: Records,
    timers: Records,
    counters: Records,
    work_list: Records,
    events: Records,
    slot: int,
    time: int,
) -> None:
    """Entry disposition of an order whose earliest time has come."""
    order = live[slot]
    payee = order["payee"]
    if may_settle_at_once(accounts, order["payer"], order["amount"], order["payment_class"]):
        post(accounts, order["payer"], payee, order["amount"])
        report(events, counters, order["order"], time, _SETTLED_EVENT, _NO_REASON)
        free_slot(live, counters, slot)
        release(accounts, live, counters, work_list, events, payee, time)
    else:
        wait_for_cover(accounts, live, timers, counters, events, slot, time)


@inlined
def withdraw(
    accounts: Records,
    live: Records,
    counters: Records,
    work_list: Records,
    events: Records,
    slot: int,
    time: int,
    kind: int,
    reason: int,
) -> None:
    """End a live order without settlement; whatever it stood before may then settle."""
    order = live[slot]
    payer = order["payer"]
    report(events, counters, order["order"], time, kind, reason)
    if order["phase"] == QUEUED:
        leave_queue(accounts, live, counters, slot)
    free_slot(live, counters, slot)
    release(accounts, live, counters, work_list, events, payer, time)


@kernel
def end_all(
    accounts: Records,
    live: Records,
    counters: Records,
    events: Records,
    time: int,
    kind: int,
    reason: int,
) -> None:
    """End every live order: the queued, account by account in queue order, then the held."""
    for account in range(len(accounts)):
        slot = head_of_queue(accounts, account)
        while slot != NOTHING:
            leave_queue(accounts, live, counters, slot)
            report(events, counters, live[slot]["order"], time, kind, reason)
            free_slot(live, counters, slot)
            slot = head_of_queue(accounts, account)
    for slot in range(counters[0]["slots"]):
        if live[slot]["phase"] == HELD:
            report(events, counters, live[slot]["order"], time, kind, reason)
            free_slot(live, counters, slot)
