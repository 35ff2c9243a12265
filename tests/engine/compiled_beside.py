"""Compiles kernels that a day without them never needs, while another process runs such days.

    python -m tests.engine.compiled_beside

Each takes over what the other has compiled and written meanwhile.
"""

from skontro.engine import Engine
from skontro.engine.offsetting.maximum_value.queue_model import maximum_value
from tests.engine.drawn_days import draw_case
from tests.engine.offsetting.maximum_value.test_queue_model import WORK, draw_queues


def main() -> None:
    case = draw_case(0)
    Engine(case.table, case.rulebook).why_waiting([])
    maximum_value(draw_queues(0, reserved=True), WORK)


if __name__ == "__main__":
    main()
