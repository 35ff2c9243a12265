"""Settlement within position limits: payment versus payment with netted funding.

Problem. Participants may be short in some currencies against credit in others. Settle queued orders
and pairs of linked legs one after the other, within three limits of each participant that pays: the
floor of the account, the aggregate short position limit, and an overall value after haircuts that
is not negative.

Formula. Visit the orders in order of submission, a pair at its second leg. Settle each one within
the limits, with effect for the next visits. Start again from the first after each round that
settled an order.

Tie-break. The result depends on the order of visits, which is stated above.

Bound. O(orders * accounts of a participant) for each round. Every round but the last settles an
order, so rounds are bounded by the number of orders; usually there are few.

Source. The settlement queue and the three tests that CLS publishes ("CLS Bank International:
Principles for Financial Market Infrastructures Disclosure").
"""

import numpy as np
import numpy.typing as npt

from skontro.engine.jit import kernel
from skontro.engine.offsetting.queue_snapshot import Int32s, Int64s, Queues, QueueSnapshot
from skontro.engine.records import NOTHING, Records
from skontro.engine.rules.position_limits import keeps_position_limits


def within_position_limits(
    snapshot: QueueSnapshot,
    accounts: Records,
    next_of_holder: Records,
    prices: Records,
    rules: Records,
) -> Int64s:
    """The rows of the snapshot that settle (R42)."""
    settles = np.zeros(len(snapshot), np.bool_)
    # A pair is visited as its later leg; the earlier one is reached from there.
    later = snapshot.order > np.where(
        snapshot.counterleg == NOTHING, NOTHING, snapshot.order[snapshot.counterleg]
    )
    visits = np.flatnonzero(later)
    visits = visits[np.argsort(snapshot.order[visits])]
    _settle_in_rounds(
        visits,
        snapshot.payer,
        snapshot.queues,
        accounts.copy(),
        next_of_holder,
        prices,
        rules,
        settles,
    )
    return np.flatnonzero(settles)


@kernel
def _keeps_limits(
    account: int, accounts: Records, next_of_holder: Records, prices: Records, rules: Records
) -> bool:
    row = accounts[account]
    return bool(
        row["balance"] + row["credit_line"] >= 0
        and keeps_position_limits(accounts, next_of_holder, prices, rules, account)
    )


@kernel
def _settle_in_rounds(
    visits: Int64s,
    payer: Int32s,
    queues: Queues,
    accounts: Records,
    next_of_holder: Records,
    prices: Records,
    rules: Records,
    settles: npt.NDArray[np.bool_],
) -> None:
    """Mark the orders that settle; `accounts` is a copy that follows them."""
    payee, amount = queues.payee, queues.amount
    settled_something = True
    while settled_something:
        settled_something = False
        for row in visits:
            if settles[row]:
                continue
            other = queues.counterleg[row]
            accounts[payer[row]]["balance"] -= amount[row]
            accounts[payee[row]]["balance"] += amount[row]
            if other != NOTHING:
                accounts[payer[other]]["balance"] -= amount[other]
                accounts[payee[other]]["balance"] += amount[other]
            kept = _keeps_limits(payer[row], accounts, next_of_holder, prices, rules)
            if kept and other != NOTHING:
                kept = _keeps_limits(payer[other], accounts, next_of_holder, prices, rules)
            if kept:
                settled_something = True
                settles[row] = True
                if other != NOTHING:
                    settles[other] = True
                continue
            accounts[payer[row]]["balance"] += amount[row]
            accounts[payee[row]]["balance"] -= amount[row]
            if other != NOTHING:
                accounts[payer[other]]["balance"] += amount[other]
                accounts[payee[other]]["balance"] -= amount[other]
