"""Offsetting: the greatest FIFO set.

Problem. Settle simultaneously as many queued orders as possible, so that no account ends below its
floor, uses a reserved amount, or breaks a limit, and no order overtakes an earlier one of the same
queue.

Formula. A set without overtaking is a prefix of each queue. Mark all orders. While the marked
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

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine.jit import kernel, llvm_inline
from skontro.engine.offsetting.queue_snapshot import Int8s, Int32s, Int64s, QueueSnapshot, exact_sum
from skontro.engine.records import NOTHING, UNLIMITED


@attrs.frozen(eq=False)
class Prefixes:
    """A selection of orders without overtaking: for each account, a number from its queue's head.

    Attributes:
        settled: number of orders by account.
        value: sum of their amounts in minor units, whatever their currencies.
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
    """The greatest set of queued orders that can settle simultaneously without overtaking.

    Rules R22, R35.
    """
    last = snapshot.first[1:].copy()
    payer = snapshot.payer if (snapshot.counterleg != NOTHING).any() else snapshot.payee
    accounts = len(last)
    _unmark_until_permitted(
        snapshot.first,
        snapshot.payee,
        snapshot.amount,
        snapshot.payment_class,
        snapshot.limit,
        snapshot.opposite,
        snapshot.counterleg,
        payer,
        snapshot.cover,
        snapshot.reserved.copy(),
        snapshot.net_left,
        snapshot.pair_left.copy(),
        last,
        last.copy(),
        snapshot.cover.copy(),
        np.zeros(accounts, np.int32),
        np.empty(accounts, np.int32),
        np.zeros(accounts, np.bool_),
    )
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


@llvm_inline
def _is_overdrawn(
    account: int,
    first: Int64s,
    payment_class: Int8s,
    cover: Int64s,
    reserved: Int64s,
    net_left: Int64s,
    last: Int64s,
    most: Int64s,
    position: Int64s,
    broken: Int32s,
) -> bool:
    """Whether the marked orders of the account are not permitted together with all others."""
    if last[account] == first[account]:
        return False
    if last[account] > most[account]:
        return True
    kept = still_reserved(reserved, account, payment_class[last[account] - 1])
    paid = cover[account] - position[account]
    return bool(position[account] < kept or paid > max(0, net_left[account]) or broken[account] > 0)


@llvm_inline
def _change(pair_left: Int64s, limit: int, payer: int, amount: int, broken: Int32s) -> None:
    """Change the room of a bilateral limit of this payer, and count whether it is broken."""
    if limit != NOTHING and pair_left[limit] != UNLIMITED:
        before = pair_left[limit] < 0
        pair_left[limit] += amount
        broken[payer] += np.int32(pair_left[limit] < 0) - np.int32(before)


@llvm_inline
def _mark(
    order: int,
    payer: int,
    sign: int,
    payee: Int32s,
    amount: Int64s,
    payment_class: Int8s,
    limit: Int32s,
    opposite: Int32s,
    reserved: Int64s,
    pair_left: Int64s,
    position: Int64s,
    broken: Int32s,
) -> None:
    """Mark an order (sign 1) or unmark it (sign -1)."""
    change = sign * amount[order]
    position[payer] -= change
    position[payee[order]] += change
    if payment_class[order] < 2:
        reserved[payer, payment_class[order]] -= change
    _change(pair_left, limit[order], payer, -change, broken)
    _change(pair_left, opposite[order], payee[order], change, broken)


@kernel
def _unmark_until_permitted(
    first: Int64s,
    payee: Int32s,
    amount: Int64s,
    payment_class: Int8s,
    limit: Int32s,
    opposite: Int32s,
    counterleg: Int32s,
    payer: Int32s,
    cover: Int64s,
    reserved: Int64s,
    net_left: Int64s,
    pair_left: Int64s,
    last: Int64s,
    most: Int64s,
    position: Int64s,
    broken: Int32s,
    work_list: Int32s,
    listed: npt.NDArray[np.bool_],
) -> None:
    """Move `last` of each account down to the end of what it settles.

    `most` is an upper bound of `last`, from unmarked counterlegs of later orders. `position` begins
    as cover and ends as cover after settlement; `reserved` and `pair_left` are the remainders after
    the marked orders. A limit already exceeded leaves zero, not less. The work list is a stack with
    each account at most once.
    """
    for number in range(len(pair_left)):
        pair_left[number] = max(0, pair_left[number])
    for account in range(len(last)):
        for order in range(first[account], last[account]):
            _mark(
                order, account, 1, payee, amount, payment_class, limit, opposite,
                reserved, pair_left, position, broken,
            )  # fmt: skip
    waiting = 0
    for account in range(len(last)):
        work_list[waiting] = account
        listed[account] = True
        waiting += 1
    while waiting > 0:
        waiting -= 1
        account = work_list[waiting]
        listed[account] = False
        while _is_overdrawn(
            account, first, payment_class, cover, reserved, net_left, last, most, position, broken
        ):
            last[account] -= 1
            order = last[account]
            _mark(
                order, account, -1, payee, amount, payment_class, limit, opposite,
                reserved, pair_left, position, broken,
            )  # fmt: skip
            linked = payee[order]
            if counterleg[order] != NOTHING:
                linked = payer[counterleg[order]]
                most[linked] = min(most[linked], counterleg[order])
            for other in (payee[order], linked):
                if not listed[other] and _is_overdrawn(
                    other, first, payment_class, cover, reserved, net_left, last, most,
                    position, broken,
                ):  # fmt: skip
                    work_list[waiting] = other
                    listed[other] = True
                    waiting += 1
