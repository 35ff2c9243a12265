"""HiGHS' integer program: a suggestion in floats, verified elsewhere.

Its bound and its claim of optimality are not used. HiGHS proves in floats, within tolerances, with
a presolve that was wrong in several releases (issues 2382, 2961 and 3094 of ERGO-Code/HiGHS), and
does not expose its tree. Its answer is rounded, repaired and valued in exact integers. The proof is
in `proof`.

The same program gives the same answer on every run of one version of HiGHS: one thread, a fixed
seed, limits in nodes and in steps, none in seconds. A step is a point where HiGHS asks whether it
should stop, between linear programs of the tree and of its heuristics.
"""

from typing import Any, Final

import attrs
import highspy
import numpy as np

from skontro.engine.offsetting.maximum_value.cuts import Floats
from skontro.engine.offsetting.maximum_value.highs import quiet_solver
from skontro.engine.offsetting.maximum_value.model import Int64s, Selection
from skontro.engine.offsetting.maximum_value.rows import Table

_OPTIONS: Final[dict[str, bool | int | float | str]] = {
    "parallel": "off",
    "random_seed": 0,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.0,
}
#: Numbers of a row are scaled by a power of two to this number of bits: floats hold them exactly,
#: and HiGHS' tolerance of a millionth stays far below one unit of all but the largest amounts.
_BITS: Final = 20


@attrs.frozen(eq=False)
class Program:
    """The answer of the integer program.

    Attributes:
        wish: bool (candidates): its answer; it may overdraw rows.
        iterations: simplex iterations used.
    """

    wish: Selection
    iterations: int


def solve_program(table: Table, start: Selection, nodes: int, steps: int) -> Program:
    """Solve the integer program from a selection that settles.

    Args:
        table: the problem.
        start: bool (candidates).
        nodes: most nodes of its tree.
        steps: most steps.
    """
    solver = _solver(table, nodes)
    solution = highspy.HighsSolution()
    solution.col_value = start.astype(np.float64).tolist()
    solver.setSolution(solution)
    left = steps

    def stop_in_time(event: highspy.HighsCallbackEvent) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            event.interrupt()

    solver.cbMipInterrupt += stop_in_time
    solver.run()
    solver.cbMipInterrupt -= stop_in_time
    answered = np.array(solver.getSolution().col_value)
    wish = answered >= 0.5 if len(answered) == len(start) else start.copy()
    return Program(wish, max(solver.getInfo().simplex_iteration_count, 0))


def _solver(table: Table, nodes: int) -> Any:  # noqa: ANN401 - see `quiet_solver`
    solver = quiet_solver(_OPTIONS | {"mip_max_nodes": nodes})
    candidates, rows = len(table.value), len(table.capacity)
    largest = np.zeros(rows, np.int64)
    np.maximum.at(largest, table.column_row, np.abs(table.column_change))
    scale = _power_of_two(largest)
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = candidates, rows
    program.sense_ = highspy.ObjSense.kMaximize
    program.col_cost_ = table.value / _power_of_two(table.value.max(keepdims=True))
    program.col_lower_, program.col_upper_ = np.zeros(candidates), np.ones(candidates)
    program.row_lower_ = np.full(rows, -highspy.kHighsInf)
    program.row_upper_ = table.capacity / scale
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_ = table.column_start
    program.a_matrix_.index_ = table.column_row
    program.a_matrix_.value_ = table.column_change / scale[table.column_row]
    program.integrality_ = [highspy.HighsVarType.kInteger] * candidates
    solver.passModel(program)
    return solver


def _power_of_two(largest: Int64s) -> Floats:
    """The divisor that leaves at most `_BITS` bits before the point."""
    exponent = np.frexp(largest.astype(np.float64))[1]
    scale: Floats = np.ldexp(np.ones(len(largest)), np.maximum(exponent - _BITS, 0))
    return scale
