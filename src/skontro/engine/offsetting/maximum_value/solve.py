"""Offsetting of the largest value: the selection of queued orders, with bypass.

Problem
    The bank clearing problem. Each candidate (an order, or the legs of a PvP pair) settles or
    not; all that settle do so at one moment; no row (an account, a limit) may be overdrawn:

        maximise  value @ x   subject to   changes @ x <= capacity,   x in {0, 1}

    It contains the knapsack problem and is NP-hard.

Method
    Three, one after the other, until the best selection is proven best.

    1. Small problems: HiGHS' integer program (`program`) finds a selection that is nearly always
       the best. A branch and bound of few nodes with enumerated leaves (`proof`) proves it or finds
       the better one.
    2. The search from the start (`search`), always with its full budget and along the same path,
       regardless of the first step. Exact propagation decides candidates with only one possible
       answer. Cuts tighten the linear relaxation, which HiGHS solves. Dives decide split
       candidates, the most valuable first, and solve again; they leave a part of the capacity
       unused for rounding at the end. The remaining work goes into a best-first branch and bound.
    3. The integer program once more, from the best selection so far: it improves selections near
       the bound. It is left out where both the problem and the gap are large, since it would gain
       little, and where the budget has less than one unit for each candidate.

    The best of all selections is the answer. It is never worth less than what the search alone
    finds. Every selection is repaired and improved in integers before it counts.

Bound
    Weak duality in exact integers, from the prices of rows and cuts (`relaxation`), at each node of
    both trees; the lower of both. HiGHS' own bound is a float and is not used.

Sources
    U. Güntzer, D. Jungnickel and M. Leclerc (1998), Efficient algorithms for the clearing of
    interbank payments, European Journal of Operational Research 106; Y. M. Shafransky and A. A.
    Doudkin (2006), An optimization algorithm for the clearing of interbank payments, the same
    journal 171. For the cuts see `cuts`.
"""

from fractions import Fraction
from typing import Final

import attrs
import numpy as np

from skontro.engine.offsetting.maximum_value.model import (
    Problem,
    Selection,
    Solution,
    check_problem,
    check_solution,
    check_start,
    total,
)
from skontro.engine.offsetting.maximum_value.program import solve_program
from skontro.engine.offsetting.maximum_value.proof import Proof, can_be_proven
from skontro.engine.offsetting.maximum_value.repair import make_settle
from skontro.engine.offsetting.maximum_value.rows import Table, make_table, undecided
from skontro.engine.offsetting.maximum_value.search import Search

__all__ = ["Problem", "Solution", "maximise_value"]

#: Most candidates of problems given to the integer program and to the proof first.
_SMALL: Final = 1_000
#: Most candidates of problems proven in nearly all cases, at any budget.
_FEW: Final = 100
#: Nodes of the first program and most steps; for more than a few candidates it has some steps, and
#: one for this number of units of the budget.
_NODES_FIRST: Final = 100
_STEPS_FIRST: Final = 300
_MIN_STEPS: Final = 20
_UNITS_PER_FIRST_STEP: Final = 50
#: Units of work of the proof, for a few candidates and for more.
_WORK_OF_PROOF: Final = 20_000
_WORK_OF_LARGER_PROOF: Final = 2_000
#: The last program is left out where there are more candidates and a larger gap.
_MANY: Final = 5_000
_LITTLE: Final = Fraction(1, 100)
#: Units of the budget for one step of the last program.
_UNITS_PER_STEP: Final = 100
_NODES_LAST: Final = 10_000


def maximise_value(problem: Problem, start: Selection, budget: int) -> Solution:
    """The most valuable selection that a bounded search finds, never worse than the start.

    Ties: the start stays unless another selection is worth more. Among several of these, the first
    one found is kept, which depends on the problem alone. Among candidates equal in value and in
    every change, the earlier ones settle.

    Args:
        problem: the candidates to select from.
        start: bool (candidates): a selection that settles, such as the greatest FIFO set.
        budget: units of work of the search: one for each simplex iteration, and for each linear
            program and each repair one for every hundred candidates and one more. The last step may
            exceed it by that fixed part. The integer programs and the proof have limits of their
            own, so that small problems are proven at any budget above 0. At 0 the start itself is
            the answer, its bound the value of everything that could settle.

    Raises:
        InputError: the problem is malformed, or the start cannot settle.
        InvariantBroken: the answer failed its check in exact integers.
    """
    check_problem(problem, start)
    check_start(problem, start)
    if not len(problem.value):
        return Solution(start.copy(), value=0, bound=0, work=0)
    methods = _Methods(problem, start.astype(np.bool_))
    if budget > 0:
        methods.run(budget)
    selected = _break_ties(problem, methods.selected)
    solution = Solution(selected, methods.value, methods.bound, methods.work)
    check_solution(problem, start, solution)
    return solution


@attrs.define(eq=False)
class _Methods:
    """The best selection and the lowest bound of all methods, and their work together."""

    problem: Problem
    start: Selection
    selected: Selection = attrs.field(init=False)
    value: int = attrs.field(init=False)
    bound: int = attrs.field(init=False)
    work: int = 0
    _table: Table = attrs.field(init=False)
    _allowed: Selection = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._table = make_table(self.problem)
        self._allowed = undecided(self._table).decided != 0
        self.selected, self.value = self.start, total(self.problem.value[self.start])
        self.bound = max(self.value, total(self.problem.value[self._allowed]))

    def run(self, budget: int) -> None:
        """Run the methods in turn until the best selection is proven best."""
        candidates = len(self.problem.value)
        if candidates <= _SMALL and not self._is_proven:
            some = min(_STEPS_FIRST, _MIN_STEPS + budget // _UNITS_PER_FIRST_STEP)
            self._program(_NODES_FIRST, _STEPS_FIRST if candidates <= _FEW else some)
            if not self._is_proven and can_be_proven(self.problem):
                self._prove(_WORK_OF_PROOF if candidates <= _FEW else _WORK_OF_LARGER_PROOF)
        if not self._is_proven:
            self._search(budget)
        close = candidates <= _MANY or self.bound - self.value <= _LITTLE * self.bound
        if not self._is_proven and close and candidates <= budget:
            self._program(_NODES_LAST, 1 + budget // _UNITS_PER_STEP)

    @property
    def _is_proven(self) -> bool:
        return self.bound == self.value

    def _keep(self, selected: Selection, bound: int | None = None) -> None:
        """Keep a selection only if it is better: equal value does not replace the start."""
        value = total(self.problem.value[selected])
        if value > self.value:
            self.selected, self.value = selected, value
        if bound is not None:
            self.bound = min(self.bound, bound)

    def _program(self, nodes: int, steps: int) -> None:
        answer = solve_program(self._table, self.selected, nodes, steps)
        self.work += answer.iterations
        self._keep(make_settle(self._table, answer.wish, self._allowed))

    def _prove(self, budget: int) -> None:
        proof = Proof(self.problem, self.selected, budget)
        proof.run()
        self.work += proof.work
        self._keep(proof.selected, proof.bound)

    def _search(self, budget: int) -> None:
        search = Search(self._table, self.start, budget, self.value)
        search.run()
        self.work += search.work
        self._keep(search.selected, search.bound)


def _break_ties(problem: Problem, selected: Selection) -> Selection:
    """The selection with the earlier candidates of each group of twins, in equal number.

    Twins are equal in value, rows and changes, so neither capacity nor value changes.
    """
    groups: dict[bytes, list[int]] = {}
    order = np.lexsort((problem.row, problem.column))
    entries = np.stack([problem.row[order].astype(np.int64), problem.change[order]], axis=1)
    ends = np.cumsum(np.bincount(problem.column, minlength=len(problem.value)))
    begin = 0
    for candidate, end in enumerate(ends.tolist()):
        key = problem.value[candidate].tobytes() + entries[begin:end].tobytes()
        groups.setdefault(key, []).append(candidate)
        begin = end
    fair = selected.copy()
    for twins in groups.values():
        fair[twins] = np.arange(len(twins)) < int(selected[twins].sum())
    return fair
