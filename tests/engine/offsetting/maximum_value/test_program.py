"""HiGHS as the product uses it: it prints nothing, keeps its options and stops when it is told."""

import subprocess
import sys

import attrs
import highspy
import numpy as np
import pytest

from skontro.engine.offsetting.maximum_value.highs import quiet_solver
from skontro.engine.offsetting.maximum_value.program import _solver
from skontro.engine.offsetting.maximum_value.rows import make_table
from tests.engine.offsetting.maximum_value.test_recorded_steps import draw_problem


@pytest.mark.long
def test_the_first_solver_of_a_process_prints_nothing() -> None:
    module = quiet_solver.__module__
    program = f"from {module} import quiet_solver; quiet_solver().run(); print('-')"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    assert (run.stdout, run.stderr) == ("-\n", "")


def test_options_hold_and_one_thread_is_used() -> None:
    solver = quiet_solver({"random_seed": 7, "presolve": "off"})
    found = [solver.getOptionValue(name)[1] for name in ("random_seed", "presolve", "threads")]
    assert found == [7, "off", 1]
    assert solver.getOptionValue("output_flag")[1] is False


def test_an_integer_program_stops_when_it_is_told() -> None:
    """The way in which the integer program counts steps: each question whether it should stop."""
    number = 40
    draw = np.random.default_rng(3)
    weight = draw.integers(10**6, 10**7, number)
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = number, 1
    program.sense_ = highspy.ObjSense.kMaximize
    program.col_cost_ = weight + draw.integers(0, 1000, number)
    program.col_lower_, program.col_upper_ = np.zeros(number), np.ones(number)
    program.row_lower_ = np.array([-highspy.kHighsInf])
    program.row_upper_ = np.array([weight.sum() / 3])
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_ = np.arange(number + 1)
    program.a_matrix_.index_ = np.zeros(number, np.int32)
    program.a_matrix_.value_ = weight.astype(np.float64)
    program.integrality_ = [highspy.HighsVarType.kInteger] * number
    asked = []
    solver = quiet_solver({"mip_rel_gap": 0.0, "mip_max_nodes": 100})

    def stop(event: highspy.HighsCallbackEvent) -> None:
        asked.append(event)
        event.interrupt()

    solver.passModel(program)
    solver.cbMipInterrupt += stop
    solver.run()
    assert asked
    assert solver.getModelStatus() == highspy.HighsModelStatus.kInterrupt
    solver.cbMipInterrupt -= stop
    solver.run()
    assert solver.getModelStatus() != highspy.HighsModelStatus.kInterrupt


def test_each_row_is_scaled_by_a_power_of_two_to_twenty_bits() -> None:
    drawn = draw_problem(1, orders=40)
    huge = attrs.evolve(drawn, change=drawn.change * 2**35, capacity=drawn.capacity * 2**35)
    for problem in (huge, drawn):
        table = make_table(problem)
        program = _solver(table, 0).getLp()
        matrix, upper = program.a_matrix_, np.array(program.row_upper_)
        for row in range(len(table.capacity)):
            inside = table.column_row == row
            if not inside.any():
                continue
            exact, scaled = table.column_change[inside], np.array(matrix.value_)[inside]
            scale = 1 << max(0, int(np.abs(exact).max()).bit_length() - 20)
            assert (scaled * scale == exact).all()
            assert upper[row] * scale == table.capacity[row]
            assert np.abs(scaled).max() < 2**20
