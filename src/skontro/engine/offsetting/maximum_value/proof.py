"""Proof of optimality: branch and bound with enumerated leaves.

Problem
    A good selection is known, and the linear relaxation leaves a gap. Close it, or find the better
    selection that is in it, in exact integers.

Method
    Cuts of two kinds (`cuts`, `rounding_cuts`) tighten the relaxation, then best-first branch and
    bound. At each node the prices of the relaxation give the exact bound, and the amount by which
    each candidate lowers it if decided against them. Candidates that lower it to the known value
    are decided. Then all selections are enumerated (`enumeration`); if that takes too many steps,
    the node is split.

    Where a currency has little cover, little can flow out of an account or into it: the accounts
    together cannot pay or receive more than the total cover. So each account has a second row, the
    sum of the others' rows:

        all that the account receives - all it pays  <=  cover of all other accounts

    The relaxation implies this row already; propagation along single rows does not.

Bound
    The largest bound among the nodes left open, by weak duality in exact integers.
"""

import heapq
from math import gcd
from typing import Final

import attrs
import numpy as np

from skontro.engine.offsetting.maximum_value.cuts import find_cuts
from skontro.engine.offsetting.maximum_value.diving import most_valuable_open
from skontro.engine.offsetting.maximum_value.enumeration import Gains, enumerate_selections
from skontro.engine.offsetting.maximum_value.model import (
    LARGEST,
    LARGEST_ROW,
    NO_CURRENCY,
    Int8s,
    Problem,
    Selection,
    total,
)
from skontro.engine.offsetting.maximum_value.relaxation import Priced, Relaxation, Relaxed
from skontro.engine.offsetting.maximum_value.repair import make_settle
from skontro.engine.offsetting.maximum_value.rounding_cuts import find_rounding_cuts
from skontro.engine.offsetting.maximum_value.rows import (
    UNDECIDED,
    Decisions,
    Table,
    carried_over,
    make_table,
    undecided,
)

#: Most rounds of cuts before the first node.
_CUT_ROUNDS: Final = 40
#: Steps of the enumeration at each node before it is split.
_STEPS_AT_NODE: Final = 20_000
#: Steps of the enumeration that count as one unit of work.
_STEPS_PER_UNIT: Final = 1_000


@attrs.frozen(order=True)
class _Node:
    """An open node of the tree; the highest bound first, the newest of equals."""

    key: int
    newest_first: int
    decided: Int8s = attrs.field(order=False)


@attrs.define(eq=False)
class Proof:
    """A proof that can be stopped at any unit of work and then still has an answer and a bound.

    Attributes:
        problem: the candidates to select from.
        selected, value: the best selection so far and its value.
        budget: units of work it may use; the last step may exceed it by one node.
    """

    problem: Problem
    selected: Selection
    budget: int
    value: int = attrs.field(init=False)
    _table: Table = attrs.field(init=False)
    _with_cuts: Table = attrs.field(init=False)
    _relaxation: Relaxation = attrs.field(init=False)
    _root: Decisions = attrs.field(init=False)
    _open: list[_Node] = attrs.field(init=False)
    _step: int = attrs.field(init=False)
    _pushed: int = 0
    _steps: int = 0

    def __attrs_post_init__(self) -> None:
        self.value = total(self.problem.value[self.selected])
        self._table = self._with_cuts = make_table(_with_rows_of_the_others(self.problem))
        self._relaxation = Relaxation(self._table)
        self._root = undecided(self._table)
        self._step = max(1, gcd(*self.problem.value.tolist()))
        most = total(self.problem.value[self._root.decided != 0])
        self._open = [_Node(-most, 0, self._root.decided)]

    @property
    def work(self) -> int:
        """Units used so far."""
        return self._relaxation.work + self._steps // _STEPS_PER_UNIT

    @property
    def branched(self) -> int:
        """How often a node was split into two."""
        return self._pushed // 2

    @property
    def bound(self) -> int:
        """No selection has a larger value."""
        return max(self.value, -self._open[0].key if self._open else 0)

    def run(self) -> None:
        """Run until the gap is closed or the budget is used up."""
        self._cut()
        while self._open and self._continues:
            self._look_at(heapq.heappop(self._open))

    @property
    def _continues(self) -> bool:
        return self.bound > self.value and self.work < self.budget

    def _relax(self, decided: Int8s) -> Relaxed:
        return self._relaxation.solve(decided, self.budget - self.work)

    def _cut(self) -> None:
        """Lower the global bound, round by round, and decide the consequences."""
        for _ in range(_CUT_ROUNDS):
            decided = self._open[0].decided
            relaxed = self._relax(decided)
            priced = self._relaxation.at_prices(relaxed.price)
            bound = min(self.bound, self._whole(priced.bound(decided)))
            self._open = [_Node(-bound, 0, decided)]
            if not relaxed.solved or not self._continues:
                break
            self._settle_near(relaxed)
            state = carried_over(self._table, self._decide_by_gain(priced, decided))
            if state is None:
                # No selection is worth more than the known one.
                self._open = []
                return
            self._open = [_Node(-bound, 0, state.decided)]
            self._relaxation.drop_idle_cuts()
            cuts = find_cuts(self._table, relaxed.share)
            cuts = cuts.followed_by(find_rounding_cuts(self._table, relaxed.share))
            if not len(cuts):
                break
            self._relaxation.add(cuts)
        self._with_cuts = self._relaxation.rows_and_cuts()

    def _whole(self, bound: int) -> int:
        """Values are multiples of the step, so the bound may be one too."""
        return bound - bound % self._step

    def _settle_near(self, relaxed: Relaxed) -> None:
        self._keep(make_settle(self._table, relaxed.share >= 0.5, self._root.decided != 0))

    def _keep(self, selected: Selection) -> None:
        value = total(self.problem.value[selected])
        if value > self.value:
            self.selected, self.value = selected, value

    def _look_at(self, node: _Node) -> None:
        """Close a node by proof or by enumeration, or replace it by its two successors."""
        state = carried_over(self._with_cuts, node.decided)
        if state is None:
            return
        relaxed = self._relax(state.decided)
        if relaxed.infeasible:
            # The proof is checked in integers like every bound.
            if self._relaxation.bound(state.decided, relaxed.price, with_value=False) < 0:
                return
            relaxed = attrs.evolve(relaxed, price=np.zeros_like(relaxed.price))
        elif relaxed.solved:
            self._settle_near(relaxed)
        priced = self._relaxation.at_prices(relaxed.price)
        bound = min(-node.key, self._whole(priced.bound(state.decided)))
        decided = self._decide_by_gain(priced, state.decided)
        state = carried_over(self._with_cuts, decided) if bound > self.value else None
        if state is not None and not self._enumerate(priced, state):
            self._split(bound, state, relaxed)

    def _decide_by_gain(self, priced: Priced, decided: Int8s) -> Int8s:
        """Decide the candidates whose opposite decision lowers the bound to the known value."""
        bound, least = priced.scaled_bound(decided), (self.value + self._step) << priced.exponent
        decided = decided.copy()
        for candidate in np.flatnonzero(decided == UNDECIDED).tolist():
            gain = priced.gain[candidate]
            if bound - abs(gain) < least:
                decided[candidate] = int(gain > 0)
        return decided

    def _enumerate(self, priced: Priced, state: Decisions) -> bool:
        """Whether all selections at the node were enumerated."""
        gains = Gains.of(priced.gain, priced.scaled_bound(state.decided), priced.exponent)
        found = enumerate_selections(
            self._with_cuts, state, gains, self.value, self._step, _STEPS_AT_NODE
        )
        self._steps += found.steps
        if found.selected is not None:
            self._keep(found.selected)
        return found.complete

    def _split(self, bound: int, state: Decisions, relaxed: Relaxed) -> None:
        candidate = most_valuable_open(self._table, state, relaxed)
        for answer in (0, 1):
            self._pushed += 1
            decided = state.decided.copy()
            decided[candidate] = answer
            heapq.heappush(self._open, _Node(-bound, -self._pushed, decided))


def can_be_proven(problem: Problem) -> bool:
    """Whether the values of all candidates together fit the kernel's integers."""
    return total(problem.value) <= LARGEST


def _with_rows_of_the_others(problem: Problem) -> Problem:
    """The problem with a second row for each account where it can bind."""
    accounts = np.flatnonzero(problem.currency != NO_CURRENCY)
    capacity = problem.capacity.astype(object)
    together = np.zeros(int(problem.currency.max(initial=NO_CURRENCY)) + 1, object)
    np.add.at(together, problem.currency[accounts], capacity[accounts])
    of_others = np.zeros(len(capacity), object)
    of_others[accounts] = together[problem.currency[accounts]] - capacity[accounts]
    received, size = np.zeros(len(capacity), object), capacity + of_others
    change = problem.change.astype(object)
    np.add.at(received, problem.row, np.maximum(-change, 0))
    np.add.at(size, problem.row, np.abs(change))
    binds = (problem.currency != NO_CURRENCY) & (of_others < received) & (size <= LARGEST_ROW)
    number = np.where(binds, len(capacity) + np.cumsum(binds) - 1, -1)
    more = number[problem.row] >= 0
    return attrs.evolve(
        problem,
        row=np.concatenate([problem.row, number[problem.row[more]].astype(np.int32)]),
        column=np.concatenate([problem.column, problem.column[more]]),
        change=np.concatenate([problem.change, -problem.change[more]]),
        capacity=np.concatenate([problem.capacity, of_others[binds].astype(np.int64)]),
        currency=np.concatenate([problem.currency, np.full(binds.sum(), NO_CURRENCY, np.int32)]),
    )
