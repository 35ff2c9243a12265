"""Offsetting: the greatest FIFO set.

Problem. Of the queued orders, settle simultaneously as many as possible such that no account ends
below its floor and no order overtakes an earlier one of the same payer.

Formula. A set without overtaking is a prefix of each queue. Mark all orders; while some account has
a position (cover + marked incoming - marked outgoing) below zero, unmark the last marked order of
its queue; settle what is marked.

Why it is right. Whatever is unmarked is in no permitted set: its payer lacks cover even if every
order that can still settle pays it. So every permitted set is inside the marked ones at each step,
and at the end the marked orders are permitted themselves: they are the union of all permitted sets,
whatever the order in which accounts were visited.

Bound. Each step unmarks an order for good, and an account returns to the work list only after one
of its incoming orders was unmarked: O(orders + accounts) time, O(accounts) memory.

Source. M. L. Bech and K. Soramäki, "Gridlock resolution in interbank payment systems", Bank of
Finland Discussion Papers 9/2001.
"""

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine.compiling import kernel
from skontro.engine.offsetting.queue_snapshot import Int32s, Int64s, QueueSnapshot


@attrs.frozen(eq=False)
class Prefixes:
    """A choice of orders that overtakes none: for each account, how many from its queue's head.

    Attributes:
        settled: number of orders by account.
        value: sum of their amounts in minor units.
    """

    settled: Int64s
    value: int

    def chosen(self, snapshot: QueueSnapshot) -> npt.NDArray[np.bool_]:
        """Whether each order of the snapshot is in the choice."""
        place_in_queue = np.arange(len(snapshot)) - np.repeat(
            snapshot.first[:-1], np.diff(snapshot.first)
        )
        return place_in_queue < np.repeat(self.settled, np.diff(snapshot.first))


def greatest_fifo_set(snapshot: QueueSnapshot) -> Prefixes:
    """The greatest set of queued orders that can settle simultaneously without overtaking."""
    position = snapshot.cover.copy()
    last = snapshot.first[1:].copy()
    work_list = np.empty(len(position), np.int32)
    listed = np.zeros(len(position), np.bool_)
    value = _unmark_until_covered(
        snapshot.first, snapshot.payee, snapshot.amount, position, last, work_list, listed
    )
    return Prefixes(last - snapshot.first[:-1], int(value))


def all_or_nothing(snapshot: QueueSnapshot) -> Prefixes:
    """The whole queue if it can settle at once, else nothing of it.

    Problem and formula: every order is marked; either no account's position is below zero, or
    nothing settles. The simplest of the offsetting algorithms, and the weakest. O(orders +
    accounts).
    """
    everything = np.diff(snapshot.first)
    greatest = greatest_fifo_set(snapshot)
    if np.array_equal(greatest.settled, everything):
        return greatest
    return Prefixes(np.zeros_like(everything), 0)


@kernel
def _unmark_until_covered(
    first: Int64s,
    payee: Int32s,
    amount: Int64s,
    position: Int64s,
    last: Int64s,
    work_list: Int32s,
    listed: npt.NDArray[np.bool_],
) -> int:
    """Move `last` of each account down to the end of what it settles; the value of what is left.

    `position` comes in as cover and goes out as cover after settlement. The work list is a stack
    that holds each account at most once.
    """
    value = 0
    for account in range(len(position)):
        for order in range(first[account], last[account]):
            position[account] -= amount[order]
            position[payee[order]] += amount[order]
            value += amount[order]
    waiting = 0
    for account in range(len(position)):
        if position[account] < 0:
            work_list[waiting] = account
            listed[account] = True
            waiting += 1
    while waiting > 0:
        waiting -= 1
        account = work_list[waiting]
        listed[account] = False
        while position[account] < 0:
            last[account] -= 1
            order = last[account]
            position[account] += amount[order]
            value -= amount[order]
            other = payee[order]
            position[other] -= amount[order]
            if position[other] < 0 and not listed[other]:
                work_list[waiting] = other
                listed[other] = True
                waiting += 1
    return value
