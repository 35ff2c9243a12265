"""Settings that hold for every test."""

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, settings

# How long a machine takes to draw an example says nothing about the code under test.
settings.register_profile("skontro", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("skontro")


def pytest_configure(config: pytest.Config) -> None:
    """Compile the kernels once, before several workers would each compile all of them at a time."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        return
    import numba

    from tests.engine.days import run_engine
    from tests.engine.drawn_days import draw_case
    from tests.engine.drawn_legs import draw_linked_case

    command = [sys.executable, "-m", "tests.engine.compiled_beside"]
    beside = None if numba.config.DISABLE_JIT else subprocess.Popen(command, cwd=config.rootpath)
    for seed in range(3):
        run_engine(draw_case(seed))
        run_engine(draw_linked_case(seed))
    if beside is not None and beside.wait() != 0:
        raise pytest.UsageError("kernels cannot be compiled")
