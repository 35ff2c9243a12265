"""A lower bound on payments in the third currency, even with the year known in advance.

Problem. Positions p of countries (or of pairs of countries) start at zero and change in cycle k by
net trade n[k]. After each cut-off each must be within its limits, -line <= p <= holding. Payments
in the third currency move them. How small can these payments be?

Formula. With pay[k] >= 0 raising and get[k] >= 0 lowering a position,

    p[k] - p[k-1] - pay[k] + get[k] = n[k],        -line <= p[k] <= holding,

minimise the sum of pay (multilateral; payments made equal payments received at each cut-off, a row
for each k), or of pay and get (bilateral; each is a payment between the two).

Bound. Prices y of the first rows and m[k] of the second that satisfy -1 <= y - m <= 0 (bilateral:
-1 <= y <= 1) prove, by weak duality,

    sum of y[k] n[k] + sum of the least of (y[k+1] - y[k]) p over the limits of p

as a lower bound. HiGHS gives the prices in floats. They are rounded to whole multiples of 2**-40
and brought inside their limits. The bound is then added up in Python's integers, so it holds
however wrong the floats are.
"""

from typing import Final

import highspy
import numpy as np
import numpy.typing as npt

from skontro.engine.offsetting.maximum_value.highs import quiet_solver
from skontro.model import Netting
from skontro.simulation.clearing_study.clearing import clearing_accounts, net_trade
from skontro.simulation.clearing_study.designs import Design
from skontro.simulation.clearing_study.trade_year import TradeYear

Int64s = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_PRICE_BITS: Final = 40
_ONE: Final = 1 << _PRICE_BITS


def least_third_currency(year: TradeYear, design: Design) -> int:
    """A lower bound of payments in the third currency under any course of action, minor units."""
    net, low, high = _net_and_limits(year, design)
    bilateral = design.netting == Netting.BILATERAL
    prices, common = _prices(net, low, high, bilateral=bilateral)
    return _proven(net, low, high, prices, common, bilateral=bilateral)


def _net_and_limits(year: TradeYear, design: Design) -> tuple[Int64s, Int64s, Int64s]:
    """Net trade by position and cycle, and the limits by position."""
    accounts = clearing_accounts(year, design)
    net = net_trade(year, design, accounts)
    low, high = -accounts.line, accounts.holding
    if len(accounts.counterpart):
        # Both accounts of a pair move against each other; the first represents both.
        first = np.flatnonzero(np.arange(len(low)) < accounts.counterpart)
        other = accounts.counterpart[first]
        return (
            net[first],
            np.maximum(low[first], -high[other]),
            np.minimum(high[first], -low[other]),
        )
    return net, low, high


def _prices(net: Int64s, low: Int64s, high: Int64s, *, bilateral: bool) -> tuple[Floats, Floats]:
    """Prices of the rows by position and cycle, and by cycle, as HiGHS finds them."""
    positions, cycles = net.shape
    # Amounts become floats of about one, so that the solver's tolerances mean something.
    unit = float(max(1, int(np.abs(net).max())))
    cells = positions * cycles
    balance_rows = 0 if bilateral else cycles
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = 3 * cells, cells + balance_rows
    lp.col_cost_ = np.concatenate(
        [np.zeros(cells), np.ones(cells), np.full(cells, float(bilateral))]
    )
    lp.col_lower_ = np.concatenate([np.repeat(low / unit, cycles), np.zeros(2 * cells)])
    lp.col_upper_ = np.concatenate(
        [np.repeat(high / unit, cycles), np.full(2 * cells, highspy.kHighsInf)]
    )
    right = np.concatenate([net.ravel() / unit, np.zeros(balance_rows)])
    lp.row_lower_ = lp.row_upper_ = right
    columns, rows, values = _matrix(positions, cycles, bilateral=bilateral)
    order = np.lexsort((rows, columns))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.searchsorted(columns[order], np.arange(3 * cells + 1))
    lp.a_matrix_.index_ = rows[order]
    lp.a_matrix_.value_ = values[order]
    solver = quiet_solver()
    solver.passModel(lp)
    solver.run()
    duals = np.array(solver.getSolution().row_dual, np.float64)
    duals = duals if len(duals) == cells + balance_rows else np.zeros(cells + balance_rows)
    common = duals[cells:] if balance_rows else np.zeros(cycles)
    return duals[:cells].reshape(positions, cycles), common


def _matrix(positions: int, cycles: int, *, bilateral: bool) -> tuple[Int64s, Int64s, Floats]:
    """Columns, rows and values of the entries that are not zero."""
    cells = positions * cycles
    cell = np.arange(cells)
    later = cell[cell % cycles != 0]
    parts = [
        (cell, cell, 1.0),
        (later - 1, later, -1.0),
        (cells + cell, cell, -1.0),
        (2 * cells + cell, cell, 1.0),
    ]
    if not bilateral:
        parts.append((cells + cell, cells + cell % cycles, 1.0))
        parts.append((2 * cells + cell, cells + cell % cycles, -1.0))
    return (
        np.concatenate([columns for columns, _, _ in parts]),
        np.concatenate([rows for _, rows, _ in parts]),
        np.concatenate([np.full(len(columns), value) for columns, _, value in parts]),
    )


def _proven(
    net: Int64s, low: Int64s, high: Int64s, prices: Floats, common: Floats, *, bilateral: bool
) -> int:
    """The bound that the prices prove, rounded up: payments are whole minor units."""
    offsets = [_whole(price) for price in common.tolist()]
    least, most = (-_ONE, _ONE) if bilateral else (-_ONE, 0)
    bound = 0
    for row, floats in enumerate(prices.tolist()):
        own = [
            offset + min(most, max(least, _whole(price) - offset))
            for price, offset in zip(floats, offsets, strict=True)
        ]
        bound += sum(price * amount for price, amount in zip(own, net[row].tolist(), strict=True))
        for price, following in zip(own, [*own[1:], 0], strict=True):
            slope = following - price
            bound += slope * int(low[row] if slope >= 0 else high[row])
    return max(0, -(-bound >> _PRICE_BITS))


def _whole(price: float) -> int:
    """A price in multiples of 2**-40; nothing where the solver gave no number."""
    return round(price * _ONE) if np.isfinite(price) else 0
