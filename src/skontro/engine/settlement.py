"""Gross settlement: the rules by which one order settles, waits, is released or leaves.

An order settles at once if its payer has cover and no order of the same or a higher class waits
before it in the payer's queue; else it joins the queue, first in first out inside its class. An
incoming credit lets the head of the payee's queue try again, and so on, by work list. After every
command the head of every queue lacks cover.
"""

from skontro.engine.commands import ANY_TIME_AFTER
from skontro.engine.compiling import inlined, kernel
from skontro.engine.events import EventKind
from skontro.engine.held import free_held_slot, take_held_slot
from skontro.engine.layout import ENTERS, EXPIRES, NOTHING, Records, State
from skontro.engine.queues import head_of_queue, join_queue, leave_queue
from skontro.engine.timers import set_timer
from skontro.model import ReasonCode

# Kernels take plain integers for constants: compiled code does not know Python's enumerations.
_HELD_EVENT = int(EventKind.HELD)
_QUEUED_EVENT = int(EventKind.QUEUED)
_SETTLED_EVENT = int(EventKind.SETTLED)
_NO_REASON = int(ReasonCode.NONE)


@inlined
def report(state: State, order: int, time: int, kind: int, reason: int) -> None:
    """Append one event; the caller of the outermost kernel has made sure that there is room."""
    place = state.counters[0]["events"]
    event = state.events[place]
    event["order"] = order
    event["time"] = time
    event["kind"] = kind
    event["reason"] = reason
    state.counters[0]["events"] = place + 1


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
def settle_released(state: State, account: int, time: int) -> None:
    """Settle what has become possible at the head of this account's queue, and what follows.

    Accounts wait for their turn in a ring that holds each at most once, so the number of accounts
    bounds its length; each turn ends, and each step inside a turn settles an order for good. Which
    orders settle does not depend on whose turn is first: a credit can only help, and each queue is
    served head first.
    """
    accounts, work_list = state.accounts, state.work_list
    work_list[0]["account"] = account
    start, waiting = 0, 1
    while waiting > 0:
        payer = work_list[start]["account"]
        start = start + 1 if start + 1 < len(work_list) else 0
        waiting -= 1
        work_list[payer]["listed"] = 0
        while may_release(accounts, payer):
            place = head_of_queue(state, payer)
            order = state.counters[0]["first_order_of_day"] + state.places[place]["order"]
            amount = state.places[place]["amount"]
            payee = state.places[place]["payee"]
            leave_queue(state, place)
            post(accounts, payer, payee, amount)
            report(state, order, time, _SETTLED_EVENT, _NO_REASON)
            if may_release(accounts, payee) and work_list[payee]["listed"] == 0:
                work_list[payee]["listed"] = 1
                end = start + waiting
                end = end if end < len(work_list) else end - len(work_list)
                work_list[end]["account"] = payee
                waiting += 1


@kernel
def release(state: State, account: int, time: int) -> None:
    """`settle_released`, compiled once for all the callers that are rarely on the way."""
    settle_released(state, account, time)


@inlined
def note_place(state: State, number: int, place: int) -> None:
    """Remember where the order with this number since the day opened is: see `State`."""
    state.place_of_order[number] = place
    state.counters[0]["placed"] = max(number + 1, state.counters[0]["placed"])


@inlined
def hold(
    state: State,
    order: int,
    payer: int,
    payee: int,
    amount: int,
    payment_class: int,
    earliest: int,
    latest: int,
    time: int,
) -> None:
    """Keep an accepted order aside until its earliest time."""
    slot = take_held_slot(state)
    entry = state.held[slot]
    entry["order"] = order
    entry["payer"] = payer
    entry["payee"] = payee
    entry["amount"] = amount
    entry["payment_class"] = payment_class
    entry["latest"] = latest
    note_place(state, order - state.counters[0]["first_order_of_day"], -1 - slot)
    set_timer(state.timers, state.counters, earliest, order, ENTERS)
    report(state, order, time, _HELD_EVENT, _NO_REASON)


@inlined
def wait_for_cover(
    state: State,
    order: int,
    payer: int,
    payee: int,
    amount: int,
    payment_class: int,
    latest: int,
    time: int,
) -> None:
    """Queue an accepted order, until its latest time if it has one."""
    number = order - state.counters[0]["first_order_of_day"]
    place = join_queue(state, payer, payment_class, number, amount, payee)
    note_place(state, number, place + 1)
    report(state, order, time, _QUEUED_EVENT, _NO_REASON)
    if latest < ANY_TIME_AFTER:
        set_timer(state.timers, state.counters, latest + 1, order, EXPIRES)


@inlined
def enter_held(state: State, slot: int, time: int) -> None:
    """Entry disposition of an order whose earliest time has come."""
    entry = state.held[slot]
    order, amount, latest = entry["order"], entry["amount"], entry["latest"]
    payer, payee, payment_class = entry["payer"], entry["payee"], entry["payment_class"]
    free_held_slot(state, slot)
    if may_settle_at_once(state.accounts, payer, amount, payment_class):
        post(state.accounts, payer, payee, amount)
        report(state, order, time, _SETTLED_EVENT, _NO_REASON)
        release(state, payee, time)
    else:
        wait_for_cover(state, order, payer, payee, amount, payment_class, latest, time)


@kernel
def end_all(state: State, time: int, kind: int, reason: int) -> None:
    """End every live order: the queued, account by account in queue order, then the held."""
    first = state.counters[0]["first_order_of_day"]
    for account in range(len(state.accounts)):
        place = head_of_queue(state, account)
        while place != NOTHING:
            report(state, first + state.places[place]["order"], time, kind, reason)
            leave_queue(state, place)
            place = head_of_queue(state, account)
    if state.counters[0]["held"] == 0:
        return
    for number in range(state.counters[0]["placed"]):
        order = first + number
        slot = -1 - state.place_of_order[number]
        if slot >= 0 and state.held[slot]["order"] == order:
            report(state, order, time, kind, reason)
            free_held_slot(state, slot)
