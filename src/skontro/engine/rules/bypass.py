"""Bypass: an order settles before an earlier, blocked one of its own class.

Problem. The head of a queue lacks cover, or a limit blocks it, while orders behind it could settle.
First in first out makes them wait; letting all of them pass would starve the large ones.

Formula. If the rulebook allows bypass in the class of the head, and the head is not permitted, the
first permitted one of the next `depth` orders of the class settles. The first order of a queue is
bypassed at most `max_bypasses` times (ageing). So an order behind n others is bypassed at most
(n + 1) times as often, and then waits for its turn like all others.

Tie-break. The result depends on the order in which accounts take their turns: that in which they
were credited. Within a queue the earlier order goes first.

Bound. O(depth) for each release that the head blocks.

Source. "FIFO by-passing" in TARGET2 and T2 (Information guide for TARGET2 users, ECB); the bounds
in depth and number are ours.

A linked leg settles as head of its queue alone, and only if its counterleg is the head of its own.
"""

from skontro.engine.jit import as_int64, internal_kernel, llvm_inline
from skontro.engine.records import BLOCK_LENGTH, CLASSES, NOTHING, State
from skontro.engine.rules.limits_and_reservations import may_pay
from skontro.engine.structures.order_lookup import is_leg_at, slot_of_counterleg
from skontro.engine.structures.queue import head_of_queue, may_be_bypassed, next_slot


@llvm_inline
def _is_permitted(state: State, payer: int, slot: int, payment_class: int) -> bool:
    entry = state.queue_slots[slot]
    return may_pay(state, payer, as_int64(entry["payee"]), entry["amount"], 0, payment_class)


@llvm_inline
def counterleg_settles(state: State, slot: int) -> bool:
    """Whether the order at this slot is no leg, or its counterleg is permitted in its turn.

    Rule R34.
    """
    if not is_leg_at(state, slot):
        return True
    counterleg = slot_of_counterleg(state, slot)
    queue = as_int64(state.blocks[counterleg // BLOCK_LENGTH]["queue"])
    payer = queue // CLASSES
    return head_of_queue(state, payer) == counterleg and _is_permitted(
        state, payer, counterleg, queue % CLASSES
    )


@internal_kernel
def first_permitted(state: State, account: int) -> int:
    """The slot of the head if it is permitted, or of an order that may bypass it, or NOTHING.

    Rules R17, R33, R34.
    """
    slot = head_of_queue(state, account)
    queue = as_int64(state.blocks[slot // BLOCK_LENGTH]["queue"])
    if _is_permitted(state, account, slot, queue % CLASSES) and counterleg_settles(state, slot):
        return slot
    if may_be_bypassed(state, queue):
        left, last = state.rules[0]["bypass_depth"], state.queues[queue]["last"]
        while slot != last and left > 0:
            slot = next_slot(state, slot)
            if state.queue_slots[slot]["order"] != NOTHING:
                left -= 1
                if not is_leg_at(state, slot) and _is_permitted(
                    state, account, slot, queue % CLASSES
                ):
                    return slot
    return NOTHING
