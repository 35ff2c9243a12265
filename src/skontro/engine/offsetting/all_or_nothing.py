"""Offsetting: all or nothing.

Problem. Settle all queued orders of a currency simultaneously, or none of them.

Formula. All orders settle if every account's orders are permitted together with all the others:
that is, if the greatest FIFO set of the currency is the whole queue. Currencies joined by linked
legs all settle so, or none of them.

Bound. O(orders + accounts).

Source. The simplest of the multilateral offsetting algorithms in: M. L. Bech and K. Soramäki,
"Gridlock resolution in interbank payment systems", Bank of Finland Discussion Papers 9/2001. It is
also the weakest: one large order without cover blocks everything.
"""

import attrs
import numpy as np

from skontro.engine.offsetting.greatest_fifo_set import Prefixes, greatest_fifo_set
from skontro.engine.offsetting.queue_snapshot import QueueSnapshot, exact_sum
from skontro.engine.records import NOTHING


def all_or_nothing(snapshot: QueueSnapshot) -> Prefixes:
    """For each currency its whole queue if it can settle at once, else nothing of it (R21, R35)."""
    everything = np.diff(snapshot.first)
    settled = greatest_fifo_set(snapshot).settled
    left_over = np.zeros(int(snapshot.currency.max(initial=0)) + 1, np.bool_)
    left_over[snapshot.currency[settled < everything]] = True
    legs = np.flatnonzero(snapshot.counterleg != NOTHING)
    of_leg = snapshot.currency_of_order[legs]
    of_counterleg = snapshot.currency_of_order[snapshot.counterleg[legs]]
    while np.any(left_over[of_leg] != left_over[of_counterleg]):
        left_over[of_leg[left_over[of_counterleg]]] = True
    prefixes = Prefixes(np.where(left_over[snapshot.currency], 0, settled), 0)
    value = exact_sum(snapshot.amount[prefixes.selected(snapshot)])
    return attrs.evolve(prefixes, value=value)
