"""Maximum value over the current queues.

The orders become the candidates of a problem whose rows are covers, reservations and limits: see
`queue_rows`. Permissions to use a reservation are candidates too. Long queues begin with them.
"""

from typing import Final

import attrs
import numpy as np

from skontro.engine.offsetting.greatest_fifo_set import greatest_fifo_set
from skontro.engine.offsetting.maximum_value.model import (
    Problem,
    Selection,
    Solution,
    find_overdrawn_row,
    total,
)
from skontro.engine.offsetting.maximum_value.queue_rows import OrderProblem, order_problem
from skontro.engine.offsetting.maximum_value.rows import make_table
from skontro.engine.offsetting.maximum_value.search import Search
from skontro.engine.offsetting.maximum_value.solve import maximise_value
from skontro.engine.offsetting.queue_snapshot import Int64s, QueueSnapshot
from skontro.engine.offsetting.selection import may_settle_together
from skontro.engine.records import NOTHING
from skontro.model import InvariantBroken

#: Most candidates for which the integer program needs no better start.
_MANY: Final = 1_000


def maximum_value(snapshot: QueueSnapshot, budget: int, worth: Int64s | None = None) -> Solution:
    """The most valuable orders that may settle simultaneously, with bypass (R24, R35).

    Args:
        snapshot: queues; linked legs settle together or not at all.
        budget: units of work, see `maximise_value`.
        worth: value of each order in a common unit; without it, its amount, which makes sense in
            one currency alone.

    Returns:
        A selection that is permitted together and worth no less than the greatest FIFO set.

    Raises:
        InvariantBroken: the answer failed its check in exact integers.
    """
    fifo = greatest_fifo_set(snapshot).selected(snapshot)
    value = snapshot.amount if worth is None else worth
    found = _solve(order_problem(snapshot, value), fifo, budget)
    if found.selected.any() and not may_settle_together(snapshot, found.selected):
        raise InvariantBroken("what settles together is permitted", "the solver's answer is not")
    return found


def _solve(orders: OrderProblem, start: Selection, budget: int) -> Solution:
    """The greatest value found from a selection of orders, as a selection of orders."""
    selected = np.zeros(len(orders.problem.value), np.bool_)
    selected[orders.candidate[start]] = True
    selected[orders.permission[start & (orders.permission != NOTHING)]] = True
    work = 0
    if budget > 0 and len(selected) > _MANY and (orders.permission != NOTHING).any():
        selected, work = _begin_with_permissions(orders, selected, budget)
    found = maximise_value(orders.problem, selected, budget)
    return attrs.evolve(found, selected=found.selected[orders.candidate], work=work + found.work)


def _begin_with_permissions(
    orders: OrderProblem, start: Selection, budget: int
) -> tuple[Selection, int]:
    """A better start, and the work for it, with the permissions that cover alone allows.

    In long queues the search finds more when it need not decide on permissions.
    """
    problem, proper = orders.problem, int(orders.candidate.max()) + 1
    given = np.arange(len(start)) >= proper
    given[problem.column[problem.change > problem.capacity[problem.row]]] = False
    capacity = problem.capacity.copy()
    paid = given[problem.column]
    np.subtract.at(capacity, problem.row[paid], problem.change[paid])
    kept = np.arange(len(start)) < proper
    asking = orders.permission != NOTHING
    kept[orders.candidate[asking][~given[orders.permission[asking]]]] = False
    if not kept.any():
        return start, 0
    inside = kept[problem.column]
    number = np.cumsum(kept) - 1
    narrow = Problem(
        problem.value[kept],
        problem.row[inside],
        number[problem.column[inside]].astype(np.int32),
        problem.change[inside],
        capacity,
    )
    begin = start[kept]
    if find_overdrawn_row(narrow, begin) is not None:
        begin = np.zeros_like(begin)
    search = Search(make_table(narrow), begin, budget - budget // 4)
    search.run()
    found = given.copy()
    found[kept] = search.selected
    better = search.value > total(problem.value[start])
    return (found if better else start), search.work
