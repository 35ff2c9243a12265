"""The obstacle of a queued or held order: the first failed check of its entry, with figures.

Read-only. The time for each order is constant, or grows with the depth of bypass, or under position
limits with the accounts of its payer.
"""

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine.command_columns import NO_LIMIT
from skontro.engine.constants import (
    AWAITS_COUNTERLEG,
    AWAITS_EARLIEST_TIME,
    AWAITS_RUN,
    BILATERAL_LIMIT_REACHED,
    COUNTERLEG_WAITS,
    INSUFFICIENT_LIQUIDITY,
    LINK_AWAITED,
    LIQUIDITY_RESERVED,
    NET_SENDER_LIMIT_REACHED,
    NO_REASON,
    ORDER_AHEAD,
    POSITION_LIMIT_REACHED,
)
from skontro.engine.jit import as_int64, internal_kernel, kernel, llvm_inline
from skontro.engine.records import (
    AWAITED,
    BLOCK_LENGTH,
    CLASSES,
    NOTHING,
    SET_ASIDE,
    Records,
    State,
)
from skontro.engine.rules.bypass import counterleg_settles
from skontro.engine.rules.limits_and_reservations import find_limit, is_controlled
from skontro.engine.rules.position_limits import keeps_position_limits
from skontro.engine.structures.earmarks import slot_of_earmark
from skontro.engine.structures.order_lookup import (
    counterleg_of,
    held_slot_of,
    is_leg_at,
    queue_slot_of,
    slot_of_counterleg,
)
from skontro.engine.structures.queue import head_of_queue, may_be_bypassed, next_slot, withheld

#: The obstacle of one order.
WHY: Final = np.dtype(
    [
        ("reason", np.int64),  # a `ReasonCode`; NONE where the order is final
        ("short", np.int64),  # minor units of missing cover, or in excess of the limit
        ("withheld", np.int64),  # minor units reserved for higher classes
        ("limit", np.int64),  # minor units, of the limit that is reached
        ("other", np.int64),  # number of the order ahead, or of the counterleg; else NOTHING
        ("until", np.int64),  # the earliest time that is awaited
        ("is_held", np.int64),  # 1 or 0
    ]
)


def why_waiting(state: State, orders: npt.NDArray[np.int64]) -> Records:
    """`WHY` records of these orders, by number."""
    found = np.zeros(len(orders), WHY)
    explain_orders(state, orders, found)
    return found


def first_queued(state: State, account: int, most: int) -> npt.NDArray[np.int64]:
    """The numbers of the first orders in an account's queue, in their order, up to a limit."""
    numbers = np.empty(most, np.int64)
    return numbers[: _first_queued(state, account, numbers)]


@attrs.frozen(eq=False)
class QueuedBefore:
    """The orders ahead of a queued one in its payer's queue, higher classes included.

    Attributes:
        orders: their number.
        value: their total, in minor units.
        first: the numbers of the first ones, in the order of the queue.
    """

    orders: int
    value: int
    first: tuple[int, ...]


def queued_before(state: State, order: int, most: int) -> QueuedBefore:
    """The orders ahead of an order; none where it is not queued.

    Args:
        most: largest count of numbers given.
    """
    number = order - int(state.counters[0]["first_order_of_day"])
    slot = int(state.slot_of_order[number]) - 1
    if slot < 0 or int(state.queue_slots[slot]["order"]) != number:
        return QueuedBefore(0, 0, ())
    numbers, sums = np.empty(most, np.int64), np.zeros(2, np.int64)
    _add_up_before(state, slot, numbers, sums)
    count, value = sums.tolist()
    return QueuedBefore(count, value, tuple(numbers[:count].tolist()))


@kernel
def _add_up_before(
    state: State,
    slot: int,
    numbers: npt.NDArray[np.int64],
    sums: npt.NDArray[np.int64],
) -> None:
    """Fill in the first numbers; the count and the value of the orders ahead of the slot."""
    last = as_int64(state.blocks[slot // BLOCK_LENGTH]["queue"])
    first = state.counters[0]["first_order_of_day"]
    for queue in range(last // CLASSES * CLASSES, last + 1):
        at = as_int64(state.queues[queue]["first"])
        while at not in (NOTHING, slot):
            if state.queue_slots[at]["order"] != NOTHING:
                if sums[0] < len(numbers):
                    numbers[sums[0]] = first + as_int64(state.queue_slots[at]["order"])
                sums[0] += 1
                sums[1] += state.queue_slots[at]["amount"]
            at = NOTHING if at == state.queues[queue]["last"] else next_slot(state, at)


@kernel
def explain_orders(state: State, orders: npt.NDArray[np.int64], found: Records) -> None:
    """Fill in a `WHY` record for each order (R38, R39, R40)."""
    counters = state.counters[0]
    for row in range(len(orders)):
        order, why = orders[row], found[row]
        why["reason"] = NO_REASON
        why["short"] = why["withheld"] = why["limit"] = why["until"] = why["is_held"] = 0
        why["other"] = NOTHING
        if slot_of_earmark(state, order) != NOTHING:
            why["reason"] = LINK_AWAITED
        if not counters["first_order_of_day"] <= order < counters["orders"]:
            continue
        held_slot = held_slot_of(state, order)
        slot = NOTHING if held_slot != NOTHING else queue_slot_of(state, order)
        if held_slot != NOTHING:
            _explain_held(state, order, held_slot, found, row)
        elif slot != NOTHING:
            if state.rules[0]["position_limits"] != 0:
                _explain_under_position_limits(state, slot, found, row)
            elif state.rules[0]["in_runs_only"] != 0:
                found[row]["reason"] = AWAITS_RUN
            else:
                _explain_queued(state, slot, found, row)


@kernel
def _first_queued(state: State, account: int, numbers: npt.NDArray[np.int64]) -> int:
    """Fill in the numbers and return their count."""
    first, count = state.counters[0]["first_order_of_day"], 0
    for payment_class in range(CLASSES):
        queue = state.queues[account * CLASSES + payment_class]
        slot = as_int64(queue["first"])
        while slot != NOTHING and count < len(numbers):
            if state.queue_slots[slot]["order"] != NOTHING:
                numbers[count] = first + as_int64(state.queue_slots[slot]["order"])
                count += 1
            slot = NOTHING if slot == queue["last"] else next_slot(state, slot)
    return count


@internal_kernel
def _explain_held(state: State, order: int, held_slot: int, found: Records, row: int) -> None:
    why, counterleg = found[row], counterleg_of(state, order)
    why["is_held"] = 1
    if counterleg in (AWAITED, SET_ASIDE):
        why["reason"] = AWAITS_COUNTERLEG if counterleg == AWAITED else LINK_AWAITED
        return
    why["reason"] = AWAITS_EARLIEST_TIME
    why["until"] = state.held[held_slot]["earliest"]
    if counterleg >= 0:
        other = held_slot_of(state, counterleg)
        why["until"] = max(why["until"], state.held[other]["earliest"])


@llvm_inline
def _is_looked_at(state: State, slot: int, head: int) -> bool:
    """Whether a release of the account tries the order at this slot of its queue."""
    queue = as_int64(state.blocks[head // BLOCK_LENGTH]["queue"])
    if as_int64(state.blocks[slot // BLOCK_LENGTH]["queue"]) != queue or is_leg_at(state, slot):
        return False
    if not may_be_bypassed(state, queue):
        return False
    left, last, at = state.rules[0]["bypass_depth"], state.queues[queue]["last"], head
    while at != last and left > 0:
        at = next_slot(state, at)
        if state.queue_slots[at]["order"] != NOTHING:
            left -= 1
            if at == slot:
                return True
    return False


@llvm_inline
def _excess(limit: int, count: int, amount: int) -> int:
    """The excess of the count over the limit; 0 within the limit, or without one."""
    return 0 if limit == NO_LIMIT else max(0, count + amount - limit)


@internal_kernel
def _explain_queued(state: State, slot: int, found: Records, row: int) -> None:
    why, entry = found[row], state.queue_slots[slot]
    queue = as_int64(state.blocks[slot // BLOCK_LENGTH]["queue"])
    payer, payment_class, amount = queue // CLASSES, queue % CLASSES, entry["amount"]
    head = head_of_queue(state, payer)
    if head != slot and not _is_looked_at(state, slot, head):
        first = state.counters[0]["first_order_of_day"]
        why["reason"] = ORDER_AHEAD
        why["other"] = first + as_int64(state.queue_slots[head]["order"])
        return
    account, kept = state.accounts[payer], withheld(state, payer, payment_class)
    cover = account["balance"] + account["credit_line"]
    if cover < amount + kept:
        why["reason"] = INSUFFICIENT_LIQUIDITY if cover < amount else LIQUIDITY_RESERVED
        why["short"] = amount + kept - cover
        why["withheld"] = kept
    elif is_controlled(state, payer):
        _explain_limits(state, payer, as_int64(entry["payee"]), amount, found, row)
    if why["reason"] == NO_REASON and not counterleg_settles(state, slot):
        why["reason"] = COUNTERLEG_WAITS
        why["other"] = _counterleg_at(state, slot)


@internal_kernel
def _explain_limits(
    state: State, payer: int, payee: int, amount: int, found: Records, row: int
) -> None:
    why, control = found[row], state.controls[payer]
    short = _excess(control["limit"], control["count"], amount)
    if short > 0:
        why["reason"] = NET_SENDER_LIMIT_REACHED
        why["limit"] = control["limit"]
        why["short"] = short
        return
    limit_slot = find_limit(state, payer, payee)
    if limit_slot != NOTHING:
        limit = state.limits[limit_slot]
        short = _excess(limit["limit"], limit["count"], amount)
        if short > 0:
            why["reason"] = BILATERAL_LIMIT_REACHED
            why["limit"] = limit["limit"]
            why["short"] = short


@llvm_inline
def _counterleg_at(state: State, slot: int) -> int:
    """The number of the counterleg of the order at this slot, or NOTHING."""
    first = state.counters[0]["first_order_of_day"]
    return counterleg_of(state, first + as_int64(state.queue_slots[slot]["order"]))


@llvm_inline
def _move(state: State, slot: int, sign: int) -> None:
    """Post the order at this slot to the balances, or with -1 undo it."""
    payer = as_int64(state.blocks[slot // BLOCK_LENGTH]["queue"]) // CLASSES
    amount = sign * state.queue_slots[slot]["amount"]
    state.accounts[payer]["balance"] -= amount
    state.accounts[as_int64(state.queue_slots[slot]["payee"])]["balance"] += amount


@llvm_inline
def _keeps_limits(state: State, account: int) -> bool:
    return keeps_position_limits(
        state.accounts, state.next_of_holder, state.prices, state.rules, account
    )


@internal_kernel
def _explain_under_position_limits(state: State, slot: int, found: Records, row: int) -> None:
    """The obstacle in a pass within position limits; balances are restored afterwards."""
    why, other = found[row], slot_of_counterleg(state, slot)
    payer = as_int64(state.blocks[slot // BLOCK_LENGTH]["queue"]) // CLASSES
    _move(state, slot, 1)
    if other != NOTHING:
        _move(state, other, 1)
    cover = state.accounts[payer]["balance"] + state.accounts[payer]["credit_line"]
    if cover < 0:
        why["reason"] = INSUFFICIENT_LIQUIDITY
        why["short"] = -cover
    elif not _keeps_limits(state, payer):
        why["reason"] = POSITION_LIMIT_REACHED
    else:
        why["reason"] = AWAITS_RUN
        if other != NOTHING:
            account = as_int64(state.blocks[other // BLOCK_LENGTH]["queue"]) // CLASSES
            row_of_other = state.accounts[account]
            below = row_of_other["balance"] + row_of_other["credit_line"] < 0
            if below or not _keeps_limits(state, account):
                why["reason"] = COUNTERLEG_WAITS
                why["other"] = _counterleg_at(state, slot)
    if other != NOTHING:
        _move(state, other, -1)
    _move(state, slot, -1)
