"""The search: cuts lower the bound, dives find good selections, branch and bound closes the gap.

Dives and branches decide the most valuable candidates among those split by the relaxation: after
the large ones, many small ones remain to fill the rest of the capacity.
"""

import heapq
from typing import Final

import attrs
import numpy as np

from skontro.engine.offsetting.maximum_value.cuts import Floats, find_cuts
from skontro.engine.offsetting.maximum_value.diving import WHOLE, Dive, most_valuable_open
from skontro.engine.offsetting.maximum_value.model import Selection, total
from skontro.engine.offsetting.maximum_value.relaxation import (
    CANDIDATES_PER_UNIT,
    Relaxation,
    Relaxed,
)
from skontro.engine.offsetting.maximum_value.repair import make_settle
from skontro.engine.offsetting.maximum_value.rows import (
    UNDECIDED,
    Decisions,
    Table,
    carried_over,
    decide,
    undecided,
)

#: Rounds of cuts before each dive.
_CUT_ROUNDS: Final = 5
#: The part of all capacity that each dive leaves unused, for rounding at its end.
#: Where cover is scarce, no order can be taken back without many others, and 1/16 keeps nearly all.
_MARGINS: Final = (16, 64, None, 8)

Answers = tuple[tuple[int, int], ...]


@attrs.frozen(order=True)
class _Node:
    """An open node of the tree; the highest bound first, the newest of equals."""

    key: int
    newest_first: int
    answers: Answers = attrs.field(order=False)

    @property
    def bound(self) -> int:
        return -self.key


@attrs.define(eq=False)
class Search:
    """A search that has a selection and a bound after any unit of work.

    Attributes:
        table: the problem.
        selected, value: the best selection so far and its value.
        budget: units of work it may use; the last step may exceed it by its fixed part.
        known: value of a selection known from elsewhere; the search ends when its bound is no
            higher. The path of the search does not depend on it.
        work: units used so far.
    """

    table: Table
    selected: Selection
    budget: int
    known: int = 0
    value: int = attrs.field(init=False)
    _repairs: int = 0
    _relaxation: Relaxation = attrs.field(init=False)
    _root: Decisions = attrs.field(init=False)
    _allowed: Selection = attrs.field(init=False)
    _open: list[_Node] = attrs.field(init=False)
    _pushed: int = 0

    def __attrs_post_init__(self) -> None:
        self.value = total(self.table.value[self.selected])
        self._relaxation = Relaxation(self.table)
        self._root = undecided(self.table)
        self._allowed = self._root.decided != 0
        self._open = [_Node(-total(self.table.value[self._allowed]), 0, ())]

    @property
    def work(self) -> int:
        """Units used so far."""
        fixed = 1 + len(self.table.value) // CANDIDATES_PER_UNIT
        return self._relaxation.work + self._repairs * fixed

    @property
    def branched(self) -> int:
        """How often a node was split into two."""
        return self._pushed // 2

    @property
    def bound(self) -> int:
        """No selection has a larger value, or one larger than what was known."""
        return max(self._best, self._open[0].bound if self._open else 0)

    @property
    def _best(self) -> int:
        return max(self.value, self.known)

    def run(self) -> None:
        """Search until the best selection is proven best or the budget is used up."""
        self._settle_near(self.selected)
        for margin in _MARGINS:
            self._cut()
            if self._continues:
                self._dive(margin)
        self._relaxation.set_capacity(self.table.capacity)
        while self._continues:
            self._branch(heapq.heappop(self._open))

    @property
    def _continues(self) -> bool:
        return self.bound > self._best and self.work < self.budget

    def _keep(self, selected: Selection) -> None:
        """Keep a selection only if it is better: equal value does not replace the start."""
        value = total(self.table.value[selected])
        if value > self.value:
            self.selected, self.value = selected, value

    def _settle_near(self, wish: Selection) -> None:
        self._repairs += 1
        self._keep(make_settle(self.table, wish, self._allowed))

    def _settle_rounded(self, share: Floats) -> None:
        self._settle_near(share >= WHOLE)
        self._settle_near(share >= 0.5)

    def _relax(self, state: Decisions) -> Relaxed:
        return self._relaxation.solve(state.decided, self.budget - self.work)

    def _cut(self) -> None:
        """Lower the global bound, round by round."""
        self._relaxation.set_capacity(self.table.capacity)
        for _ in range(_CUT_ROUNDS):
            if not self._continues:
                return
            relaxed = self._relax(self._root)
            bound = self._relaxation.bound(self._root.decided, relaxed.price)
            self._open = [_Node(-min(self.bound, bound), 0, ())]
            if not relaxed.solved:
                return
            self._relaxation.drop_idle_cuts()
            self._settle_rounded(relaxed.share)
            cuts = find_cuts(self.table, relaxed.share)
            if not len(cuts):
                return
            self._relaxation.add(cuts)

    def _dive(self, margin: int | None) -> None:
        """Decide split candidates by rounding the relaxation, down to a selection that settles."""
        kept = self.table.capacity // margin if margin else np.zeros_like(self.table.capacity)
        table = attrs.evolve(self.table, capacity=self.table.capacity - kept)
        self._relaxation.set_capacity(table.capacity)
        state = carried_over(table, self._root.decided)
        if state is None:
            return
        for share in Dive(table, state, self._relax, self.bound).shares(lambda: self.value):
            self._settle_rounded(share)
            if not self._continues:
                return

    def _state_at(self, answers: Answers) -> Decisions | None:
        state = self._root.copy()
        for candidate, answer in answers:
            if not decide(self.table, state, candidate, answer):
                return None
        return state

    def _branch(self, node: _Node) -> None:
        """Close a node by proof, or replace it by its two successors."""
        state = self._state_at(node.answers)
        if state is None:
            return
        if not (state.decided == UNDECIDED).any():
            self._keep(state.decided == 1)
            return
        relaxed = self._relax(state)
        bound = node.bound
        if relaxed.infeasible:
            # The proof is checked in integers like every bound.
            if self._relaxation.bound(state.decided, relaxed.price, with_value=False) < 0:
                return
        else:
            bound = min(bound, self._relaxation.bound(state.decided, relaxed.price))
        if relaxed.solved:
            self._settle_near(relaxed.share >= WHOLE)
        if bound > self._best:
            self._split(node, bound, most_valuable_open(self.table, state, relaxed), relaxed)

    def _split(self, node: _Node, bound: int, candidate: int, relaxed: Relaxed) -> None:
        likely = int(relaxed.share[candidate] >= 0.5) if relaxed.solved else 1
        for answer in (1 - likely, likely):
            self._pushed += 1
            successor = _Node(-bound, -self._pushed, (*node.answers, (candidate, answer)))
            heapq.heappush(self._open, successor)
