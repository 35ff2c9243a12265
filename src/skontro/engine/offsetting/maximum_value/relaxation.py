"""The linear relaxation, in floats, and the exact bound from its prices.

Floats only suggest decisions and prices. For any prices y >= 0 per unit of capacity, on rows and on
cuts, and for every selection x that settles,

    value @ x  <=  y @ capacity + sum over candidates of max(0, value - changes @ y)

(weak duality). The right side is computed in Python's integers from prices rounded to multiples of
a power of two, so the bound holds regardless of float errors.
"""

from typing import Final

import attrs
import highspy
import numpy as np

from skontro.engine.offsetting.maximum_value.cuts import Cuts, Floats
from skontro.engine.offsetting.maximum_value.highs import quiet_solver
from skontro.engine.offsetting.maximum_value.model import Int8s, Int32s, Int64s, Problem
from skontro.engine.offsetting.maximum_value.rows import UNDECIDED, Table, make_table

#: Prices become integers below 2**52 by scaling: floats hold them exactly.
_PRICE_BITS: Final = 52
#: Candidates for one unit of work at each call, in addition to simplex iterations.
CANDIDATES_PER_UNIT: Final = 100

_OPTIONS: Final[dict[str, bool | float | str]] = {
    "parallel": "off",
    "solver": "simplex",
    "simplex_strategy": 1,  # dual simplex: stays dual feasible when bounds change
    "presolve": "off",  # each problem starts from the basis of the one before
    "primal_feasibility_tolerance": 1e-9,
}


@attrs.frozen(eq=False)
class Relaxed:
    """The relaxation's solution under some decisions.

    Attributes:
        solved: whether the floats claim an optimum; else only the prices are usable.
        infeasible: whether the floats claim that the decisions contradict each other.
        share: float64 (candidates): how much of each settles, 0 to 1.
        price: float64 (rows and cuts), in value per unit of capacity, not negative; of a
            contradiction: the weights of the rows whose weighted sum shows it.
    """

    solved: bool
    infeasible: bool
    share: Floats
    price: Floats


@attrs.frozen(eq=False)
class Priced:
    """The bound at some prices, term by term, in exact integers.

    Attributes:
        gain: of each candidate, value less what it uses at these prices, times 2**exponent.
        capacity: all capacity at these prices, times 2**exponent.
        exponent: of the power of two by which all is scaled.
    """

    gain: list[int]
    capacity: int
    exponent: int

    def scaled_bound(self, decided: Int8s) -> int:
        """No selection under these decisions has a larger value, times 2**exponent."""
        counted = zip(self.gain, decided.tolist(), strict=True)
        return self.capacity + sum(
            gain for gain, answer in counted if answer == 1 or (answer == UNDECIDED and gain > 0)
        )

    def bound(self, decided: Int8s) -> int:
        """No selection under these decisions has a larger value."""
        return self.scaled_bound(decided) >> self.exponent


class Relaxation:
    """One linear program, solved repeatedly under different decisions.

    Attributes:
        work: units used so far: simplex iterations, and for each call one for every hundred
            candidates and one more.
    """

    def __init__(self, table: Table) -> None:
        self.work = 0
        self._table = table
        self._scale = _row_scales(table)
        self._unit = float(table.value.max())
        candidates = len(table.value)
        self._lower, self._upper = np.zeros(candidates), np.ones(candidates)
        self._cuts = Cuts.none()
        self._solver = quiet_solver(_OPTIONS)
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = candidates, len(table.capacity)
        program.sense_ = highspy.ObjSense.kMaximize
        program.col_cost_ = table.value / self._unit
        program.col_lower_, program.col_upper_ = self._lower, self._upper
        program.row_lower_ = np.full(len(table.capacity), -highspy.kHighsInf)
        program.row_upper_ = table.capacity / self._scale
        program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        program.a_matrix_.start_ = table.column_start
        program.a_matrix_.index_ = table.column_row
        program.a_matrix_.value_ = table.column_change / self._scale[table.column_row]
        self._solver.passModel(program)

    def add(self, cuts: Cuts) -> None:
        """Tighten the program by inequalities that every selection satisfies."""
        self._solver.addRows(
            len(cuts),
            np.full(len(cuts), -highspy.kHighsInf),
            cuts.capacity / cuts.scale,
            len(cuts.column),
            cuts.start[:-1].astype(np.int32),
            cuts.column,
            cuts.change / np.repeat(cuts.scale, np.diff(cuts.start)),
        )
        self._cuts = self._cuts.followed_by(cuts)
        self._scale = np.concatenate([self._scale, cuts.scale])

    def drop_idle_cuts(self) -> None:
        """Leave out the cuts that did not bind when the program was solved last."""
        rows = len(self._table.capacity)
        status = self._solver.getBasis().row_status[rows:]
        idle = np.array([each == highspy.HighsBasisStatus.kBasic for each in status], np.bool_)
        numbers = (rows + np.flatnonzero(idle)).astype(np.int32)
        self._solver.deleteRows(len(numbers), numbers)
        self._cuts = self._cuts.only(~idle)
        self._scale = np.concatenate([self._scale[:rows], self._cuts.scale])

    def set_capacity(self, capacity: Int64s) -> None:
        """Solve with this capacity in the rows from now on; the cuts stay."""
        rows = np.arange(len(capacity), dtype=np.int32)
        lower = np.full(len(capacity), -highspy.kHighsInf)
        self._solver.changeRowsBounds(
            len(capacity), rows, lower, capacity / self._scale[: len(capacity)]
        )

    def solve(self, decided: Int8s, budget: int) -> Relaxed:
        """Solve with the decided candidates fixed, in at most `budget` simplex iterations."""
        self._fix(decided)
        self._solver.setOptionValue("simplex_iteration_limit", max(budget, 0))
        self._solver.run()
        information = self._solver.getInfo()
        self.work += max(information.simplex_iteration_count, 0)
        self.work += 1 + len(decided) // CANDIDATES_PER_UNIT
        status = self._solver.getModelStatus()
        infeasible = status == highspy.HighsModelStatus.kInfeasible
        solution = self._solver.getSolution()
        price = np.array(solution.row_dual) * self._unit / self._scale
        if infeasible:
            _, exists, ray = self._solver.getDualRay()
            price = np.abs(ray) / self._scale if exists else np.zeros(len(self._scale))
        return Relaxed(
            solved=status == highspy.HighsModelStatus.kOptimal,
            infeasible=infeasible,
            share=np.array(solution.col_value),
            price=np.where(np.isfinite(price), np.maximum(price, 0.0), 0.0),
        )

    def bound(self, decided: Int8s, price: Floats, *, with_value: bool = True) -> int:
        """An upper bound of the value under these decisions, valid at any prices.

        Args:
            decided: int8 (candidates).
            price: float64 (rows and cuts), not negative.
            with_value: if false, every candidate counts as worth nothing: a bound below zero then
                proves that no selection under these decisions settles.
        """
        return self.at_prices(price, with_value=with_value).bound(decided)

    def at_prices(self, price: Floats, *, with_value: bool = True) -> "Priced":
        """The terms of the bound at these prices, for any decisions; arguments as for `bound`."""
        # A price of one must be representable too, as the values are scaled with the prices.
        exponent = _PRICE_BITS - 1 - int(np.frexp(max(float(price.max(initial=0.0)), 1.0))[1])
        exponent = max(exponent, 0)
        scaled = np.minimum(np.rint(np.ldexp(price, exponent)), 2.0**_PRICE_BITS - 1)
        weight = scaled.astype(np.int64).astype(object)
        capacity = np.concatenate([self._table.capacity, self._cuts.capacity])
        gain = self._table.value.astype(object) * (2**exponent if with_value else 0)
        row, column, change = self._entries()
        paid = np.flatnonzero(scaled[row])
        np.subtract.at(gain, column[paid], change[paid].astype(object) * weight[row[paid]])
        return Priced(gain.tolist(), sum((capacity.astype(object) * weight).tolist()), exponent)

    def rows_and_cuts(self) -> Table:
        """The problem with the cuts among its rows."""
        row, column, change = self._entries()
        capacity = np.concatenate([self._table.capacity, self._cuts.capacity])
        return make_table(
            Problem(self._table.value, row.astype(np.int32), column, change, capacity)
        )

    def _entries(self) -> tuple[Int64s, Int32s, Int64s]:
        """Row or cut, candidate and change of every entry."""
        table, cuts = self._table, self._cuts
        length = np.concatenate([np.diff(table.row_start), np.diff(cuts.start)])
        row = np.repeat(np.arange(len(length)), length)
        column = np.concatenate([table.row_column, cuts.column])
        change = np.concatenate([table.row_change, cuts.change])
        return row, column, change

    def _fix(self, decided: Int8s) -> None:
        lower, upper = (decided == 1).astype(np.float64), (decided != 0).astype(np.float64)
        other = np.flatnonzero((lower != self._lower) | (upper != self._upper)).astype(np.int32)
        if len(other):
            self._solver.changeColsBounds(len(other), other, lower[other], upper[other])
        self._lower, self._upper = lower, upper


def _row_scales(table: Table) -> Floats:
    """The largest change of each row: the solver's tolerances are meant for numbers around one."""
    scale = np.zeros(len(table.capacity))
    np.maximum.at(scale, table.column_row, np.abs(table.column_change).astype(np.float64))
    return np.where(scale > 0, scale, 1.0)
