"""The queue of an account: for each class a row of slots, first in first out.

A queue is a chain of blocks of `BLOCK_LENGTH` adjacent orders. Orders join at the end of the last
block and leave at the start of the first. So memory is walked in order, for any length and
number of queues. An order that leaves from the middle leaves a gap, which is skipped when the head
reaches it. Every step takes constant time, averaged over all orders that joined.
"""

from skontro.engine.jit import llvm_inline
from skontro.engine.records import (
    BLOCK_LENGTH,
    CLASS_BITS,
    CLASSES,
    CONTROLLED,
    NOT_WAITING,
    NOTHING,
    State,
)


@llvm_inline
def _take_block(state: State, queue: int) -> int:
    """An empty block for this queue; the caller of the kernels has ensured that there is one."""
    counter = state.counters[0]
    block = int(counter["free_block"])
    if block == NOTHING:
        block = int(counter["blocks"])
        counter["blocks"] += 1
    else:
        counter["free_block"] = state.blocks[block]["next"]
    state.blocks[block]["next"] = NOTHING
    state.blocks[block]["queue"] = queue
    return block


@llvm_inline
def _free_block(state: State, block: int) -> None:
    state.blocks[block]["next"] = state.counters[0]["free_block"]
    state.counters[0]["free_block"] = block


@llvm_inline
def next_slot(state: State, slot: int) -> int:
    """The slot after this one in its queue, gap or not; there must be one."""
    slot += 1
    if slot % BLOCK_LENGTH == 0:
        slot = state.blocks[slot // BLOCK_LENGTH - 1]["next"] * BLOCK_LENGTH
    return slot


@llvm_inline
def highest_class(waiting: int) -> int:
    """The highest class with a queued order; there must be one."""
    return 0 if waiting & 1 else (1 if waiting & 2 else 2)


@llvm_inline
def head_of_queue(state: State, account: int) -> int:
    """The slot of the first queued order of the highest class, or NOTHING (R15)."""
    waiting = state.accounts[account]["flags"]
    if waiting & CLASS_BITS == 0:
        return NOTHING
    return int(state.queues[account * CLASSES + highest_class(waiting)]["first"])


@llvm_inline
def withheld(state: State, account: int, payment_class: int) -> int:
    """The part of an account's cover that is reserved for higher classes than this one (R3)."""
    if state.accounts[account]["flags"] & CONTROLLED == 0 or payment_class == 0:
        return 0
    control = state.controls[account]
    reserved = control["reserved_urgent"]
    if payment_class == 2:
        reserved += control["reserved_high"]
    return int(reserved)


@llvm_inline
def may_be_bypassed(state: State, queue: int) -> bool:
    """Whether the rulebook lets orders bypass the first of this queue, if it is blocked.

    Rules R17, R18.
    """
    rules = state.rules[0]
    allowed = rules["bypass_classes"] >> (queue % CLASSES) & 1
    return bool(allowed != 0 and state.bypasses[queue] < rules["max_bypasses"])


@llvm_inline
def note_head(state: State, account: int) -> None:
    """Update the least cover with which an order of the account's queue could settle (R37)."""
    head = head_of_queue(state, account)
    needed = NOT_WAITING
    if head != NOTHING and state.rules[0]["in_runs_only"] == 0:
        queue = state.blocks[head // BLOCK_LENGTH]["queue"]
        if may_be_bypassed(state, queue):
            needed = 1  # whichever is the smallest of those that may settle, it is no less
        else:
            needed = state.queue_slots[head]["amount"] + withheld(state, account, queue % CLASSES)
    state.accounts[account]["needed"] = needed


@llvm_inline
def join_queue(
    state: State, payer: int, payment_class: int, order: int, amount: int, payee: int
) -> int:
    """Put an order at the end of its payer's queue for its class (R15).

    Args:
        order: its number since the day opened.

    Returns:
        Its slot.
    """
    number = payer * CLASSES + payment_class
    queue = state.queues[number]
    if queue["first"] == NOTHING:
        slot = _take_block(state, number) * BLOCK_LENGTH
        queue["first"] = slot
    else:
        slot = queue["last"] + 1
        if slot % BLOCK_LENGTH == 0:
            block = _take_block(state, number)
            state.blocks[slot // BLOCK_LENGTH - 1]["next"] = block
            slot = block * BLOCK_LENGTH
    queue["last"] = slot
    entry = state.queue_slots[slot]
    entry["order"] = order
    entry["amount"] = amount
    entry["payee"] = payee
    state.counters[0]["queued"] += 1
    state.counters[0]["joined"] += 1
    if queue["first"] == slot:
        state.accounts[payer]["flags"] |= 1 << payment_class
        note_head(state, payer)
    return slot


@llvm_inline
def join_at_front(state: State, number: int, order: int, amount: int, payee: int) -> int:
    """Put an order before all others of a queue that is not empty; its slot (R46)."""
    queue = state.queues[number]
    slot = int(queue["first"])
    if slot % BLOCK_LENGTH == 0:
        block = _take_block(state, number)
        state.blocks[block]["next"] = slot // BLOCK_LENGTH
        slot = (block + 1) * BLOCK_LENGTH
    slot -= 1
    queue["first"] = slot
    entry = state.queue_slots[slot]
    entry["order"] = order
    entry["amount"] = amount
    entry["payee"] = payee
    state.counters[0]["queued"] += 1
    state.bypasses[number] = 0
    note_head(state, number // CLASSES)
    return slot


@llvm_inline
def leave_queue(state: State, slot: int) -> None:
    """Remove the order in this slot from its queue, from any position (R15)."""
    state.queue_slots[slot]["order"] = NOTHING
    state.counters[0]["queued"] -= 1
    number = state.blocks[slot // BLOCK_LENGTH]["queue"]
    queue = state.queues[number]
    if queue["first"] != slot:
        return
    last = queue["last"]
    while slot != last and state.queue_slots[slot]["order"] == NOTHING:
        following = next_slot(state, slot)
        if following % BLOCK_LENGTH == 0:
            _free_block(state, slot // BLOCK_LENGTH)
        slot = following
    payer = number // CLASSES
    if state.queue_slots[slot]["order"] == NOTHING:
        _free_block(state, slot // BLOCK_LENGTH)
        slot = NOTHING
        state.accounts[payer]["flags"] &= ~(1 << (number % CLASSES))
    queue["first"] = slot
    state.bypasses[number] = 0
    note_head(state, payer)
