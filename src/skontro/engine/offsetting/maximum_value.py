"""Offsetting that settles the largest value: which queued orders, if overtaking is allowed.

Problem
    The bank clearing problem. Each candidate (an order, or the legs of a PvP pair) settles or
    not; all that settle do so at one moment; no row (an account, a limit) may be overdrawn:

        maximise  value @ x   subject to   changes @ x <= room,   x in {0, 1}

    It contains the knapsack problem and is NP-hard.

Method
    Exact propagation decides what has only one possible answer. Cuts tighten the linear relaxation,
    which HiGHS solves. Dives decide what it splits, the most valuable first, and solve again; they
    leave a part of the room unused, so that what is rounded at the end finds room. Every choice is
    repaired and improved in integers before it counts. What work is left goes into a best-first
    branch and bound, which settles small problems for good.

Bound
    Weak duality in exact integers, from the prices of rows and cuts (`maximum_value_relaxation`),
    at each node of the tree.

Sources
    U. Güntzer, D. Jungnickel and M. Leclerc (1998), Efficient algorithms for the clearing of
    interbank payments, European Journal of Operational Research 106; Y. M. Shafransky and A. A.
    Doudkin (2006), An optimization algorithm for the clearing of interbank payments, same journal
    171. For the cuts see `maximum_value_cuts`.
"""

import numpy as np

from skontro.engine.offsetting.maximum_value_problem import (
    Choice,
    Problem,
    Solution,
    check_problem,
    check_solution,
    check_start,
)
from skontro.engine.offsetting.maximum_value_rows import make_table
from skontro.engine.offsetting.maximum_value_search import Search
from skontro.engine.offsetting.maximum_value_twins import earlier_twins_first

__all__ = ["Problem", "Solution", "greatest_value"]


def greatest_value(problem: Problem, start: Choice, budget: int) -> Solution:
    """The most valuable choice that a bounded search finds, never worse than the start.

    Ties: the start stays unless something is worth more. Of several choices worth more, the search
    keeps the one it met first, which depends on the problem alone. Of candidates that are alike in
    value and in every change, the earlier settle.

    Args:
        problem: what to choose from.
        start: bool (candidates): a choice that settles, such as the greatest FIFO set.
        budget: units of work: one for each simplex iteration, and for each linear program and
            each repair one for every hundred candidates and one more. The last step may exceed it
            by that fixed part. At 0 the start itself is the answer, its bound the value of
            everything that could settle.

    Raises:
        InputError: the problem is malformed, or the start cannot settle.
        InvariantBroken: the answer failed its check in exact integers.
    """
    check_problem(problem, start)
    check_start(problem, start)
    if not len(problem.value):
        return Solution(start.copy(), value=0, bound=0, work=0)
    search = Search(make_table(problem), start.astype(np.bool_), budget)
    if budget > 0:
        search.run()
    chosen = earlier_twins_first(problem, search.chosen)
    solution = Solution(chosen, search.value, search.bound, search.work)
    check_solution(problem, start, solution)
    return solution
