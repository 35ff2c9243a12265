"""Entry disposition under a rulebook: settle at once, by bypass or by offsetting, or queue."""

from typing import Final, cast

import numpy as np

from skontro.engine.constants import (
    BYPASSED_FIFO,
    NO_REASON,
    REJECTED_EVENT,
    SETTLED_EVENT,
    WAITING_VALUE_TOO_LARGE,
)
from skontro.engine.events import log_event
from skontro.engine.jit import internal_kernel, llvm_inline
from skontro.engine.offsetting.bilateral_on_entry import offset_on_entry
from skontro.engine.records import CLASSES, CONTROLLED, State
from skontro.engine.rules.gross import count_bypass, release, wait_for_cover
from skontro.engine.rules.limits_and_reservations import BY_ITSELF, may_pay, post
from skontro.engine.rules.queue_bounds import may_wait, start_waiting, stop_waiting
from skontro.engine.structures.order_lookup import Order, free_held_slot, held_order
from skontro.engine.structures.queue import may_be_bypassed

#: Whether an order that enters was held; typed, so that kernels are compiled for both at once.
NEW: Final = cast(bool, np.bool_(False))
WAITED: Final = cast(bool, np.bool_(True))


@llvm_inline
def is_special(state: State, payer: int, payee: int) -> bool:
    """Whether more can decide on an order than cover and the queue before it (R11)."""
    controls = (state.accounts[payer]["flags"] | state.accounts[payee]["flags"]) & CONTROLLED
    rules = state.rules[0]
    return bool(
        controls | rules["offset_on_entry"] | rules["bypass_classes"] | rules["in_runs_only"]
    )


@internal_kernel
def enter(state: State, order: Order, time: int, waited: bool) -> None:
    """Settle or queue an accepted order, and release the orders that then can settle.

    Rules R11, R12, R37.

    Args:
        waited: it was held until now.
    """
    payer, payee, amount = order.payer, order.payee, order.amount
    payment_class = order.payment_class
    queue = payer * CLASSES + payment_class
    higher, same = (1 << payment_class) - 1, 1 << payment_class
    waiting = state.accounts[payer]["flags"]
    bypasses = waiting & same != 0
    its_turn = (
        state.rules[0]["in_runs_only"] == 0
        and waiting & higher == 0
        and (not bypasses or may_be_bypassed(state, queue))
    )
    if its_turn and may_pay(state, payer, payee, amount, 0, payment_class):
        if waited:
            stop_waiting(state, payer, amount)
        post(state, payer, payee, amount, payment_class, BY_ITSELF)
        log_event(
            state, order.number, time, SETTLED_EVENT, BYPASSED_FIFO if bypasses else NO_REASON
        )
        if bypasses:
            count_bypass(state, queue)
        release(state, payee, time)
    elif (
        its_turn and state.rules[0]["offset_on_entry"] != 0 and offset_on_entry(state, order, time)
    ):
        if waited:
            stop_waiting(state, payer, amount)
        release(state, payee, time)
        release(state, payer, time)
    elif waited or may_wait(state, payer, amount):
        if not waited:
            start_waiting(state, payer, amount)
        wait_for_cover(state, order, time)
    else:
        log_event(state, order.number, time, REJECTED_EVENT, WAITING_VALUE_TOO_LARGE)


@internal_kernel
def enter_held(state: State, slot: int, time: int) -> None:
    """Entry disposition of an order whose earliest time has come (R10, R44)."""
    order = held_order(state, slot)
    free_held_slot(state, slot)
    enter(state, order, time, WAITED)
