"""The queue of an account: per class a doubly linked list through the slots for live orders.

Joining, leaving from anywhere and looking at the head all take constant time, whatever the length.
"""

from skontro.engine.compiling import inlined
from skontro.engine.layout import CLASSES, FREE, NOT_WAITING, NOTHING, QUEUED, Records


@inlined
def take_slot(live: Records, counters: Records) -> int:
    """A free slot, the most recently freed first; the caller has made sure that there is one."""
    counter = counters[0]
    slot = int(counter["free_slot"])
    if slot == NOTHING:
        slot = int(counter["slots"])
        counter["slots"] += 1
    else:
        counter["free_slot"] = live[slot]["next"]
    counter["live"] += 1
    return slot


@inlined
def free_slot(live: Records, counters: Records, slot: int) -> None:
    """Give back the slot of an order that has become final."""
    live[slot]["phase"] = FREE
    live[slot]["next"] = counters[0]["free_slot"]
    counters[0]["free_slot"] = slot
    counters[0]["live"] -= 1


@inlined
def head_of_queue(accounts: Records, account: int) -> int:
    """Slot of the first order of the highest class that waits, or NOTHING."""
    waiting = accounts[account]["waiting"]
    for payment_class in range(CLASSES):
        if waiting & (1 << payment_class):
            return int(accounts[account]["first"][payment_class])
    return NOTHING


@inlined
def _note_head(accounts: Records, live: Records, account: int) -> None:
    head = head_of_queue(accounts, account)
    accounts[account]["needed"] = NOT_WAITING if head == NOTHING else live[head]["amount"]


@inlined
def join_queue(accounts: Records, live: Records, counters: Records, slot: int) -> None:
    """Put the order at the end of its payer's queue for its class."""
    order = live[slot]
    account = accounts[order["payer"]]
    payment_class = order["payment_class"]
    order["next"] = NOTHING
    order["phase"] = QUEUED
    counters[0]["queued"] += 1
    if account["waiting"] & (1 << payment_class):
        last = account["last"][payment_class]
        live[last]["next"] = slot
        order["previous"] = last
        account["last"][payment_class] = slot
    else:
        order["previous"] = NOTHING
        account["first"][payment_class] = slot
        account["last"][payment_class] = slot
        account["waiting"] |= 1 << payment_class
        _note_head(accounts, live, order["payer"])


@inlined
def leave_queue(accounts: Records, live: Records, counters: Records, slot: int) -> None:
    """Take the order out of its payer's queue, from wherever it stands."""
    order = live[slot]
    account = accounts[order["payer"]]
    payment_class = order["payment_class"]
    before = order["previous"]
    after = order["next"]
    if after == NOTHING:
        account["last"][payment_class] = before
    else:
        live[after]["previous"] = before
    counters[0]["queued"] -= 1
    if before != NOTHING:
        live[before]["next"] = after
    else:
        account["first"][payment_class] = after
        if after == NOTHING:
            account["waiting"] &= ~(1 << payment_class)
        _note_head(accounts, live, order["payer"])
