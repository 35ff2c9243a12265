"""Compiles kernels that the loop of commands needs last, while another process begins with it.

    python -m tests.engine.compiled_beside

Each takes over what the other has compiled and written meanwhile; a signature that nobody asks for
costs time and changes nothing.
"""

import numba

from skontro.engine import Engine
from skontro.engine.offsetting.maximum_value.queue_model import maximum_value
from skontro.engine.rules.account_requests import Request
from skontro.engine.rules.requests import apply_request, fire_timers
from skontro.ledger.uetr_index import precompile
from tests.engine.drawn_days import draw_case
from tests.engine.offsetting.maximum_value.test_queue_model import WORK, draw_queues


def main() -> None:
    case = draw_case(0)
    engine = Engine(case.table, case.rulebook)
    state, number = numba.typeof(engine._state), numba.int64
    request = numba.types.NamedUniTuple(number, len(Request._fields), Request)
    apply_request.compile((state, request))  # type: ignore[attr-defined]
    fire_timers.compile((state, number))  # type: ignore[attr-defined]
    engine.why_waiting([])
    precompile()
    maximum_value(draw_queues(0, reserved=True), WORK)


if __name__ == "__main__":
    main()
