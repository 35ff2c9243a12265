"""Check whether orders selected outside the engine may settle simultaneously.

Problem. A set of queued orders is given, for example the result of a solver. May it settle?

Formula. For each account that pays, cover less payments plus receipts is at least the amount then
reserved against the lowest class it pays. Its net payments, to all and to each other account, are
within its limits, or not positive. Linked legs are both in the set or neither.

Bound. O(orders + accounts + limits).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from skontro.engine.jit import kernel
from skontro.engine.offsetting.greatest_fifo_set import still_reserved
from skontro.engine.offsetting.queue_snapshot import Int8s, Int32s, Int64s, Queues, QueueSnapshot
from skontro.engine.records import NOTHING, UNLIMITED


def may_settle_together(snapshot: QueueSnapshot, selected: npt.NDArray[np.bool_]) -> bool:
    """Whether exactly these orders are permitted together (R6, R24, R35)."""
    legs = np.flatnonzero(selected & (snapshot.counterleg != NOTHING))
    return bool(
        selected[snapshot.counterleg[legs]].all()
        and _is_permitted(selected, snapshot.payer, snapshot.queues, _after(snapshot))
    )


class _After(NamedTuple):
    """The remainders after the selected orders, and the lowest class that each account pays."""

    position: Int64s
    reserved: Int64s
    pair_left: Int64s
    lowest: Int8s


def _after(snapshot: QueueSnapshot) -> _After:
    """The remainders before any order is counted."""
    return _After(
        snapshot.cover.copy(),
        snapshot.reserved.copy(),
        snapshot.pair_left.copy(),
        np.full(len(snapshot.cover), NOTHING, np.int8),
    )


@kernel
def _is_permitted(
    selected: npt.NDArray[np.bool_], payer: Int32s, queues: Queues, after: _After
) -> bool:
    position, reserved, pair_left, lowest = after
    for number in range(len(pair_left)):
        pair_left[number] = max(0, pair_left[number])
    for order in range(len(selected)):
        if selected[order]:
            account, change = payer[order], queues.amount[order]
            position[account] -= change
            position[queues.payee[order]] += change
            lowest[account] = max(lowest[account], queues.payment_class[order])
            if queues.payment_class[order] < 2:
                reserved[account, queues.payment_class[order]] -= change
            if queues.limit[order] != NOTHING and pair_left[queues.limit[order]] != UNLIMITED:
                pair_left[queues.limit[order]] -= change
            if queues.opposite[order] != NOTHING and pair_left[queues.opposite[order]] != UNLIMITED:
                pair_left[queues.opposite[order]] += change
    for account in range(len(position)):
        if lowest[account] != NOTHING and (
            position[account] < still_reserved(reserved, account, lowest[account])
            or queues.cover[account] - position[account] > max(0, queues.net_left[account])
        ):
            return False
    broken = 0
    for number in range(len(pair_left)):
        broken += pair_left[number] < 0
    return broken == 0
