"""Largest set-offs found in other ways than the product's: trying all, cancelling, HiGHS."""

import itertools
from collections.abc import Mapping
from typing import Any

import highspy
import numpy as np

Pair = tuple[str, str]


def is_circulation(parts: Mapping[Pair, int]) -> bool:
    """Whether everybody is discharged of as much as it is discharged to others."""
    balance: dict[str, int] = {}
    for (debtor, creditor), part in parts.items():
        balance[debtor] = balance.get(debtor, 0) - part
        balance[creditor] = balance.get(creditor, 0) + part
    return not any(balance.values())


def by_trying_all(owed: Mapping[Pair, int]) -> int:
    """The largest total of all circulations that there are."""
    choices = itertools.product(*(range(amount + 1) for amount in owed.values()))
    return max(
        sum(parts) for parts in choices if is_circulation(dict(zip(owed, parts, strict=True)))
    )


def by_cancelling(owed: Mapping[Pair, int]) -> int:
    """Klein's method: from nothing, as long as going round a cycle clears more, go round it.

    A circulation is largest when no cycle of its residual network clears more (Klein 1967).
    """
    parts = dict.fromkeys(owed, 0)
    while cycle := _gaining_cycle(owed, parts):
        amount = min(owed[pair] - parts[pair] if gain > 0 else parts[pair] for pair, gain in cycle)
        for pair, gain in cycle:
            parts[pair] += gain * amount
    assert is_circulation(parts)
    return sum(parts.values())


def _gaining_cycle(owed: Mapping[Pair, int], parts: Mapping[Pair, int]) -> list[tuple[Pair, int]]:
    """Steps of a cycle that clears more, by Bellman and Ford; empty if there is none."""
    steps = [(d, c, (d, c), 1) for d, c in owed if parts[d, c] < owed[d, c]]
    steps += [(c, d, (d, c), -1) for d, c in owed if parts[d, c]]
    best = dict.fromkeys((party for pair in owed for party in pair), 0)
    came: dict[str, tuple[str, Pair, int]] = {}
    last = None
    for _ in range(len(best) + 1):
        last = None
        for tail, head, pair, gain in steps:
            if best[tail] + gain > best[head]:
                best[head] = best[tail] + gain
                came[head] = (tail, pair, gain)
                last = head
        if last is None:
            return []
    party = last or ""
    for _ in range(len(best)):
        party = came[party][0]
    start, cycle = party, []
    while not cycle or party != start:
        party, pair, gain = came[party]
        cycle.append((pair, gain))
    return cycle


def largest_circulation(owed: Mapping[Pair, float]) -> float:
    """The optimum of the linear program, as HiGHS finds it in floats."""
    parties = sorted({party for pair in owed for party in pair})
    number = {party: place for place, party in enumerate(parties)}
    unit = max(owed.values())
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(owed), len(parties)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.ones(len(owed))
    lp.col_lower_ = np.zeros(len(owed))
    lp.col_upper_ = np.array([amount / unit for amount in owed.values()])
    lp.row_lower_ = lp.row_upper_ = np.zeros(len(parties))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.arange(0, 2 * len(owed) + 1, 2)
    lp.a_matrix_.index_ = np.array([number[party] for pair in owed for party in pair])
    lp.a_matrix_.value_ = np.tile([-1.0, 1.0], len(owed))
    solver: Any = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.passModel(lp)
    solver.run()
    return float(solver.getInfo().objective_function_value) * unit
