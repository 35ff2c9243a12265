"""Bilateral offsetting on entry: a new order and the head of the counterparty's queue.

Problem. A is to pay B and B is to pay A, and neither order is permitted by itself.

Formula. The new order of A, amount x, and the head of B's queue, amount y, settle together if A may
pay x while it receives y, and B may pay y while it receives x. Each keeps its floor, the amount
reserved against its order's class, and its limits, which count x - y.

Bound. Constant time: one look at one head.

Source. The offsetting check in the entry disposition of TARGET2 and T2 (Information guide for
TARGET2 users, ECB).
"""

from skontro.engine.constants import (
    BILATERAL_ON_ENTRY_ALGORITHM,
    NO_REASON,
    OFFSET_ON_ENTRY,
    OFFSETTING_RAN_EVENT,
    SETTLED_EVENT,
)
from skontro.engine.events import log_event
from skontro.engine.jit import as_int64, internal_kernel, llvm_inline
from skontro.engine.records import BLOCK_LENGTH, CLASSES, NOTHING, State
from skontro.engine.rules.limits_and_reservations import TOGETHER, may_pay, note_kept_limits, post
from skontro.engine.rules.queue_bounds import stop_waiting
from skontro.engine.structures.order_lookup import Order, is_leg_at
from skontro.engine.structures.queue import head_of_queue, leave_queue


@internal_kernel
def offset_on_entry(state: State, order: Order, time: int) -> bool:
    """Settle a new order together with the head of the payee's queue, if that is permitted.

    Rules R20, R33.
    """
    payer, payee, amount = order.payer, order.payee, order.amount
    payment_class = order.payment_class
    slot = head_of_queue(state, payee)
    if slot == NOTHING or state.queue_slots[slot]["payee"] != payer or is_leg_at(state, slot):
        return False
    other_class = as_int64(state.blocks[slot // BLOCK_LENGTH]["queue"]) % CLASSES
    other_amount = state.queue_slots[slot]["amount"]
    if not may_pay(state, payer, payee, amount, other_amount, payment_class):
        return False
    if not may_pay(state, payee, payer, other_amount, amount, other_class):
        return False
    other = state.counters[0]["first_order_of_day"] + as_int64(state.queue_slots[slot]["order"])
    leave_queue(state, slot)
    stop_waiting(state, payee, other_amount)
    before = state.accounts[payer]["balance"]
    post(state, payer, payee, amount, payment_class, TOGETHER)
    post(state, payee, payer, other_amount, other_class, TOGETHER)
    note_kept_limits(state, payer, payee)
    note_kept_limits(state, payee, payer)
    log_event(state, order.number, time, SETTLED_EVENT, OFFSET_ON_ENTRY)
    log_event(state, other, time, SETTLED_EVENT, OFFSET_ON_ENTRY)
    gained = state.accounts[payer]["balance"] - before
    _record(state, payer, amount, other_amount, amount + gained + amount, time)
    return True


@llvm_inline
def _record(
    state: State, account: int, amount: int, other_amount: int, posted: int, time: int
) -> None:
    """Leave the record of a run of two orders, and its event."""
    counters = state.counters[0]
    run = state.runs[counters["runs_of_batch"]]
    run["number"] = counters["runs"]
    run["time"] = time
    run["algorithm"] = BILATERAL_ON_ENTRY_ALGORITHM
    run["currency"] = state.accounts[account]["currency"]
    run["considered"] = 2
    run["settled"] = 2
    run["value"] = amount + other_amount
    run["posted"] = posted
    run["freed"] = 2 * min(amount, other_amount)
    log_event(state, counters["runs"], time, OFFSETTING_RAN_EVENT, NO_REASON)
    counters["runs"] += 1
    counters["runs_of_batch"] += 1
