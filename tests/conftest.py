"""Settings that hold for every test."""

import pytest
from hypothesis import HealthCheck, settings

# How long a machine takes to draw an example says nothing about the code under test.
settings.register_profile("skontro", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("skontro")


def pytest_configure(config: pytest.Config) -> None:
    """Compile the kernels once, before several workers would each compile all of them at a time."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        return
    from tests.engine.days import run_engine
    from tests.engine.drawn_days import draw_case
    from tests.engine.drawn_legs import draw_linked_case

    for seed in range(3):
        run_engine(draw_case(seed))
        run_engine(draw_linked_case(seed))
