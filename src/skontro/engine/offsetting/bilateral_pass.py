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

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from skontro.engine.jit import kernel, llvm_inline
from skontro.engine.offsetting.greatest_fifo_set import still_reserved
from skontro.engine.offsetting.queue_snapshot import Int32s, Int64s, Queues, QueueSnapshot
from skontro.engine.records import NOTHING, UNLIMITED


class _Pairs(NamedTuple):
    """The orders between accounts that owe each other, pair by pair in order of visit.

    Attributes:
        rows: of the snapshot; of each pair first what the lower account pays, in queue order.
        first, second: where each pair's two parts begin in `rows`, one more than pairs.
    """

    rows: Int64s
    first: Int64s
    second: Int64s


class _Left(NamedTuple):
    """The remainders after the pairs that were visited: cover, reservations and limits."""

    cover: Int64s
    reserved: Int64s
    net_left: Int64s
    pair_left: Int64s


def bilateral_pass(snapshot: QueueSnapshot) -> Int64s:
    """The rows of the snapshot that settle, in the order in which they do (R23, R35)."""
    pairs = _pairs_that_owe_each_other(snapshot)
    settles = np.zeros(len(pairs.rows), np.bool_)
    left = _Left(
        snapshot.cover.copy(),
        snapshot.reserved.copy(),
        snapshot.net_left.copy(),
        snapshot.pair_left.copy(),
    )
    _settle_pairs(pairs, snapshot.payer, snapshot.queues, left, settles)
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
    account: int, paid: int, received: int, last: int, queues: Queues, left: _Left
) -> bool:
    """Whether an account may not pay so much while it receives so much; `last` is its last row."""
    kept = still_reserved(left.reserved, account, queues.payment_class[last])
    paid_net, limit = paid - received, queues.limit[last]
    if left.cover[account] - paid_net < kept or paid_net > max(0, left.net_left[account]):
        return True
    return bool(limit != NOTHING and paid_net > max(0, left.pair_left[limit]))


@llvm_inline
def _reserve(row: int, payer: int, sign: int, queues: Queues, left: _Left) -> None:
    payment_class = queues.payment_class[row]
    if payment_class < 2:
        left.reserved[payer, payment_class] += sign * queues.amount[row]


@kernel
def _settle_pairs(
    pairs: _Pairs, payer: Int32s, queues: Queues, left: _Left, settles: npt.NDArray[np.bool_]
) -> None:
    """Mark the orders that settle, pair by pair, and update cover, reservations and limits."""
    rows, amount = pairs.rows, queues.amount
    for pair in range(len(pairs.first) - 1):
        start, middle = pairs.first[pair], pairs.second[pair]
        ends = (middle, pairs.first[pair + 1])
        low, high = payer[rows[start]], queues.payee[rows[start]]
        low_end, high_end = ends
        paid = received = 0
        for index in range(start, high_end):
            row = rows[index]
            _reserve(row, payer[row], -1, queues, left)
            if index < middle:
                paid += amount[row]
            else:
                received += amount[row]
        while True:
            index = NOTHING
            if low_end > start and _is_overdrawn(
                low, paid, received, rows[low_end - 1], queues, left
            ):
                low_end -= 1
                index = low_end
                paid -= amount[rows[index]]
            elif high_end > middle and _is_overdrawn(
                high, received, paid, rows[high_end - 1], queues, left
            ):
                high_end -= 1
                index = high_end
                received -= amount[rows[index]]
            if index == NOTHING:
                break
            row = rows[index]
            _reserve(row, payer[row], 1, queues, left)
        settles[start:low_end] = True
        settles[middle:high_end] = True
        _apply_change(rows[start], low, high, received - paid, queues, left)


@llvm_inline
def _apply_change(row: int, low: int, high: int, change: int, queues: Queues, left: _Left) -> None:
    """Update cover and limits for the next pairs; `change` is the gain of the lower account."""
    limit, opposite = queues.limit[row], queues.opposite[row]
    left.cover[low] += change
    left.cover[high] -= change
    if left.net_left[low] != UNLIMITED:
        left.net_left[low] += change
    if left.net_left[high] != UNLIMITED:
        left.net_left[high] -= change
    if limit != NOTHING and left.pair_left[limit] != UNLIMITED:
        left.pair_left[limit] += change
    if opposite != NOTHING and left.pair_left[opposite] != UNLIMITED:
        left.pair_left[opposite] -= change
