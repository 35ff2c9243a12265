"""Check whether orders selected outside the engine may settle simultaneously.

Problem. A set of queued orders is given, for example the result of a solver. May it settle?

Formula. For each account that pays, cover less payments plus receipts is at least the amount then
reserved against the lowest class it pays. Its net payments, to all and to each other account, are
within its limits, or not positive. Linked legs are both in the set or neither.

Bound. O(orders + accounts + limits).
"""

import numpy as np
import numpy.typing as npt

from skontro.engine.jit import kernel
from skontro.engine.offsetting.greatest_fifo_set import still_reserved
from skontro.engine.offsetting.queue_snapshot import Int8s, Int32s, Int64s, QueueSnapshot
from skontro.engine.records import NOTHING, UNLIMITED


def may_settle_together(snapshot: QueueSnapshot, selected: npt.NDArray[np.bool_]) -> bool:
    """Whether exactly these orders are permitted together (R6, R24, R35)."""
    legs = np.flatnonzero(selected & (snapshot.counterleg != NOTHING))
    return bool(
        selected[snapshot.counterleg[legs]].all()
        and _is_permitted(
            selected,
            snapshot.payer,
            snapshot.payee,
            snapshot.amount,
            snapshot.payment_class,
            snapshot.limit,
            snapshot.opposite,
            snapshot.cover,
            snapshot.net_left,
            snapshot.cover.copy(),
            snapshot.reserved.copy(),
            snapshot.pair_left.copy(),
            np.full(len(snapshot.cover), NOTHING, np.int8),
        )
    )


@kernel
def _is_permitted(
    selected: npt.NDArray[np.bool_],
    payer: Int32s,
    payee: Int32s,
    amount: Int64s,
    payment_class: Int8s,
    limit: Int32s,
    opposite: Int32s,
    cover: Int64s,
    net_left: Int64s,
    position: Int64s,
    reserved: Int64s,
    pair_left: Int64s,
    lowest: Int8s,
) -> bool:
    for number in range(len(pair_left)):
        pair_left[number] = max(0, pair_left[number])
    for order in range(len(selected)):
        if selected[order]:
            account, change = payer[order], amount[order]
            position[account] -= change
            position[payee[order]] += change
            lowest[account] = max(lowest[account], payment_class[order])
            if payment_class[order] < 2:
                reserved[account, payment_class[order]] -= change
            if limit[order] != NOTHING and pair_left[limit[order]] != UNLIMITED:
                pair_left[limit[order]] -= change
            if opposite[order] != NOTHING and pair_left[opposite[order]] != UNLIMITED:
                pair_left[opposite[order]] += change
    for account in range(len(position)):
        if lowest[account] != NOTHING and (
            position[account] < still_reserved(reserved, account, lowest[account])
            or cover[account] - position[account] > max(0, net_left[account])
        ):
            return False
    broken = 0
    for number in range(len(pair_left)):
        broken += pair_left[number] < 0
    return broken == 0
