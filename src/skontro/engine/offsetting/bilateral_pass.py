"""Offsetting: the bilateral pass.

Problem. Two accounts owe each other. Settle as much as possible between them at once, regardless of
orders to third parties queued before them.

Formula. Pairs of accounts with queued orders both ways are visited in one pass, the smallest
difference of queued value first, then by the lower and the higher account number. All orders of a
pair are marked. While the marked orders of one account are not permitted together with those of
the other, its last one is unmarked, the account with the lower number first. The marked orders
settle before the next pair is visited. Linked legs take no part.

Bound. O(orders log orders) for sorting, then O(orders).

Tie-break. The result depends on the order of visits, which is stated above.

Source. The bilateral step of the "multiple optimisation procedure" in TARGET2 (Information guide
for TARGET2 users, ECB), and of EAF2 (Deutsche Bundesbank).
"""

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine.jit import kernel, llvm_inline
from skontro.engine.offsetting.greatest_fifo_set import still_reserved
from skontro.engine.offsetting.queue_snapshot import Int8s, Int32s, Int64s, QueueSnapshot
from skontro.engine.records import NOTHING, UNLIMITED


@attrs.frozen(eq=False)
class _Pairs:
    """The orders between accounts that owe each other, pair by pair in order of visit.

    Attributes:
        rows: of the snapshot; of each pair first what the lower account pays, in queue order.
        first, second: where each pair's two parts begin in `rows`, one more than pairs.
    """

    rows: Int64s
    first: Int64s
    second: Int64s


def bilateral_pass(snapshot: QueueSnapshot) -> Int64s:
    """The rows of the snapshot that settle, in the order in which they do (R23, R35)."""
    pairs = _pairs_that_owe_each_other(snapshot)
    settles = np.zeros(len(pairs.rows), np.bool_)
    _settle_pairs(
        pairs.rows,
        pairs.first,
        pairs.second,
        snapshot.payer,
        snapshot.payee,
        snapshot.amount,
        snapshot.payment_class,
        snapshot.limit,
        snapshot.opposite,
        snapshot.cover.copy(),
        snapshot.reserved.copy(),
        snapshot.net_left.copy(),
        snapshot.pair_left.copy(),
        settles,
    )
    return pairs.rows[settles]


def _pairs_that_owe_each_other(snapshot: QueueSnapshot) -> _Pairs:
    single = np.flatnonzero(snapshot.counterleg == NOTHING)
    payer, payee, accounts = snapshot.payer[single], snapshot.payee[single], len(snapshot.cover)
    lower = np.minimum(payer, payee).astype(np.int64)
    higher = np.maximum(payer, payee).astype(np.int64)
    keys, pair = np.unique(lower * accounts + higher, return_inverse=True)
    owed = np.zeros((len(keys), 2), np.int64)
    upward = (payer == lower).astype(np.int64)
    np.add.at(owed, (pair, upward), snapshot.amount[single])
    lower_of_pair = keys // max(1, accounts)
    visits = np.lexsort((keys, np.abs(owed[:, 0] - owed[:, 1]), snapshot.currency[lower_of_pair]))
    visits = visits[(owed[visits] > 0).all(axis=1)]
    rank = np.full(len(keys), NOTHING, np.int64)
    rank[visits] = np.arange(len(visits))
    rows = np.flatnonzero(rank[pair] != NOTHING)
    # The lower account's orders come first in a pair; a stable sort keeps the order of queues.
    part = 2 * rank[pair[rows]] + 1 - upward[rows]
    rows = rows[np.argsort(part, kind="stable")]
    starts = np.searchsorted(np.sort(part), np.arange(2 * len(visits) + 1))
    return _Pairs(single[rows], starts[0::2].astype(np.int64), starts[1::2].astype(np.int64))


@llvm_inline
def _is_overdrawn(
    account: int,
    paid: int,
    received: int,
    last: int,
    payment_class: Int8s,
    limit: Int32s,
    cover: Int64s,
    reserved: Int64s,
    net_left: Int64s,
    pair_left: Int64s,
) -> bool:
    """Whether an account may not pay so much while it receives so much; `last` is its last row."""
    kept = still_reserved(reserved, account, payment_class[last])
    if cover[account] - paid + received < kept or paid - received > max(0, net_left[account]):
        return True
    return bool(limit[last] != NOTHING and paid - received > max(0, pair_left[limit[last]]))


@llvm_inline
def _reserve(row: int, payer: int, sign: int, amount: Int64s, kind: Int8s, left: Int64s) -> None:
    if kind[row] < 2:
        left[payer, kind[row]] += sign * amount[row]


@kernel
def _settle_pairs(
    rows: Int64s,
    first: Int64s,
    second: Int64s,
    payer: Int32s,
    payee: Int32s,
    amount: Int64s,
    payment_class: Int8s,
    limit: Int32s,
    opposite: Int32s,
    cover: Int64s,
    reserved: Int64s,
    net_left: Int64s,
    pair_left: Int64s,
    settles: npt.NDArray[np.bool_],
) -> None:
    """Mark the orders that settle, pair by pair, and update cover, reservations and limits."""
    for pair in range(len(first) - 1):
        start, middle = first[pair], second[pair]
        ends = (middle, first[pair + 1])
        low, high = payer[rows[start]], payee[rows[start]]
        low_end, high_end = ends
        paid = received = 0
        for index in range(start, high_end):
            row = rows[index]
            _reserve(row, payer[row], -1, amount, payment_class, reserved)
            if index < middle:
                paid += amount[row]
            else:
                received += amount[row]
        while True:
            index = NOTHING
            if low_end > start and _is_overdrawn(
                low, paid, received, rows[low_end - 1], payment_class, limit,
                cover, reserved, net_left, pair_left,
            ):  # fmt: skip
                low_end -= 1
                index = low_end
                paid -= amount[rows[index]]
            elif high_end > middle and _is_overdrawn(
                high, received, paid, rows[high_end - 1], payment_class, limit,
                cover, reserved, net_left, pair_left,
            ):  # fmt: skip
                high_end -= 1
                index = high_end
                received -= amount[rows[index]]
            if index == NOTHING:
                break
            row = rows[index]
            _reserve(row, payer[row], 1, amount, payment_class, reserved)
        settles[start:low_end] = True
        settles[middle:high_end] = True
        _apply_change(
            rows[start], low, high, received - paid, limit, opposite, cover, net_left, pair_left
        )


@llvm_inline
def _apply_change(
    row: int,
    low: int,
    high: int,
    change: int,
    limit: Int32s,
    opposite: Int32s,
    cover: Int64s,
    net_left: Int64s,
    pair_left: Int64s,
) -> None:
    """Update the room left for the next pairs; `change` is the gain of the lower account."""
    cover[low] += change
    cover[high] -= change
    if net_left[low] != UNLIMITED:
        net_left[low] += change
    if net_left[high] != UNLIMITED:
        net_left[high] -= change
    if limit[row] != NOTHING and pair_left[limit[row]] != UNLIMITED:
        pair_left[limit[row]] += change
    if opposite[row] != NOTHING and pair_left[opposite[row]] != UNLIMITED:
        pair_left[opposite[row]] -= change
