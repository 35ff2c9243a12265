"""Offsetting: the greatest FIFO set.

Problem. Settle simultaneously as many queued orders as possible, so that no account ends below its
floor, uses a reserved amount, or breaks a limit, and no order bypasses an earlier one of the same
queue.

Formula. A set without bypass is a prefix of each queue. Mark all orders. While the marked
orders of some account are not permitted together with all the others, unmark the last marked order
of its queue. Then settle the marked orders. An account's orders are not permitted if its position
(cover + marked incoming - marked outgoing) is below the amount then reserved against the last of
them, or if more net payments are marked than a limit leaves. Linked legs are both marked or
neither: unmarking one unmarks the other, and all orders behind that in its queue.

Why it is right. An account's prefix depends on the others only through the receipts of the account,
and more receipts can only help. So an unmarked order is in no permitted set: its prefix is not
permitted even if every order that can still settle pays its account, or its counterleg is in no
permitted set. Every permitted set is inside the marked ones at each step, and at the end the marked
orders are permitted themselves. They are the union of all permitted sets, in any order of visits.

Bound. Each step unmarks an order for good, and an account returns to the work list only after one
of its incoming orders was unmarked: O(orders + accounts) time, O(accounts + limits) memory.

Source. M. L. Bech and K. Soramäki, "Gridlock resolution in interbank payment systems", Bank of
Finland Discussion Papers 9/2001; reservations, limits and linked legs added.
"""

from typing import NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine.jit import kernel, llvm_inline
from skontro.engine.offsetting.queue_snapshot import (
    Int32s,
    Int64s,
    Queues,
    QueueSnapshot,
    exact_sum,
)
from skontro.engine.records import NOTHING, UNLIMITED


@attrs.frozen(eq=False)
class Prefixes:
    """A selection of orders without bypass: the number from the head of each account's queue.

    Attributes:
        settled: number of orders by account.
        value: sum of their amounts in minor units, across all currencies.
    """

    settled: Int64s
    value: int

    def selected(self, snapshot: QueueSnapshot) -> npt.NDArray[np.bool_]:
        """Whether each order of the snapshot is selected."""
        rank_in_queue = np.arange(len(snapshot)) - np.repeat(
            snapshot.first[:-1], np.diff(snapshot.first)
        )
        return rank_in_queue < np.repeat(self.settled, np.diff(snapshot.first))


def greatest_fifo_set(snapshot: QueueSnapshot) -> Prefixes:
    """The greatest set of queued orders that can settle simultaneously without bypass.

    Rules R22, R35.
    """
    last = snapshot.first[1:].copy()
    accounts = len(last)
    marked = _Marked(
        last=last,
        most=last.copy(),
        position=snapshot.cover.copy(),
        reserved=snapshot.reserved.copy(),
        pair_left=snapshot.pair_left.copy(),
        broken=np.zeros(accounts, np.int32),
        work_list=np.empty(accounts, np.int32),
        listed=np.zeros(accounts, np.bool_),
    )
    # Payers are read for legs only.
    payer = snapshot.payer if (snapshot.counterleg != NOTHING).any() else snapshot.payee
    _unmark_until_permitted(snapshot.queues, payer, marked)
    prefixes = Prefixes(last - snapshot.first[:-1], 0)
    value = exact_sum(snapshot.amount[prefixes.selected(snapshot)])
    return attrs.evolve(prefixes, value=value)


@llvm_inline
def still_reserved(reserved: Int64s, account: int, payment_class: int) -> int:
    """The amount reserved against orders of this class; negative if an order used more (R6)."""
    kept = 0
    if payment_class >= 1:
        kept += max(0, reserved[account, 0])
    if payment_class == 2:
        kept += max(0, reserved[account, 1])
    return kept


class _Marked(NamedTuple):
    """The marked orders, and the cover, reservations and limits that they leave.

    Attributes:
        last: by account, the end of its marked orders.
        most: an upper bound of `last`, from unmarked counterlegs of later orders.
        position: by account, cover after the marked orders.
        reserved: remainder of each reservation after them.
        pair_left: remainder of each bilateral limit after them.
        broken: by account, the number of its bilateral limits that are broken.
        work_list: a stack of accounts, each at most once.
        listed: whether each account is on it.
    """

    last: Int64s
    most: Int64s
    position: Int64s
    reserved: Int64s
    pair_left: Int64s
    broken: Int32s
    work_list: Int32s
    listed: npt.NDArray[np.bool_]


@llvm_inline
def _is_overdrawn(account: int, queues: Queues, marked: _Marked) -> bool:
    """Whether the marked orders of the account are not permitted together with all others."""
    last = marked.last[account]
    if last == queues.first[account]:
        return False
    if last > marked.most[account]:
        return True
    kept = still_reserved(marked.reserved, account, queues.payment_class[last - 1])
    position = marked.position[account]
    paid = queues.cover[account] - position
    return bool(
        position < kept or paid > max(0, queues.net_left[account]) or marked.broken[account] > 0
    )


@llvm_inline
def _change(marked: _Marked, limit: int, payer: int, amount: int) -> None:
    """Change the remainder of a bilateral limit of this payer, and count whether it is broken."""
    pair_left = marked.pair_left
    if limit != NOTHING and pair_left[limit] != UNLIMITED:
        before = pair_left[limit] < 0
        pair_left[limit] += amount
        marked.broken[payer] += np.int32(pair_left[limit] < 0) - np.int32(before)


@llvm_inline
def _mark(order: int, payer: int, sign: int, queues: Queues, marked: _Marked) -> None:
    """Mark an order (sign 1) or unmark it (sign -1)."""
    change, payee = sign * queues.amount[order], queues.payee[order]
    marked.position[payer] -= change
    marked.position[payee] += change
    if queues.payment_class[order] < 2:
        marked.reserved[payer, queues.payment_class[order]] -= change
    _change(marked, queues.limit[order], payer, -change)
    _change(marked, queues.opposite[order], payee, change)


@kernel
def _unmark_until_permitted(queues: Queues, payer: Int32s, marked: _Marked) -> None:
    """Move `last` of each account down to the end of what it settles.

    A limit already exceeded leaves zero, not less.

    Args:
        queues: of the snapshot.
        payer: of each order; read only for counterlegs.
        marked: all orders, and before any of them is counted: positions are cover.
    """
    last, pair_left = marked.last, marked.pair_left
    work_list, listed = marked.work_list, marked.listed
    for number in range(len(pair_left)):
        pair_left[number] = max(0, pair_left[number])
    for account in range(len(last)):
        for order in range(queues.first[account], last[account]):
            _mark(order, account, 1, queues, marked)
    waiting = 0
    for account in range(len(last)):
        work_list[waiting] = account
        listed[account] = True
        waiting += 1
    while waiting > 0:
        waiting -= 1
        account = work_list[waiting]
        listed[account] = False
        while _is_overdrawn(account, queues, marked):
            last[account] -= 1
            order = last[account]
            _mark(order, account, -1, queues, marked)
            payee = linked = queues.payee[order]
            counterleg = queues.counterleg[order]
            if counterleg != NOTHING:
                linked = payer[counterleg]
                marked.most[linked] = min(marked.most[linked], counterleg)
            for other in (payee, linked):
                if not listed[other] and _is_overdrawn(other, queues, marked):
                    work_list[waiting] = other
                    listed[other] = True
                    waiting += 1
