"""The kernels of the engine in two parts that take about equally long to compile.

Two processes compile a part each, and the one that continues finds both in the cache. The parts
share no large kernel, which would be compiled twice.
"""

from typing import Any, Final

import numba as _numba

from skontro.engine.engine import Engine
from skontro.engine.rules.account_requests import Request, apply_to_account
from skontro.engine.rules.business_day import close_day
from skontro.engine.rules.legs_together import apply_to_legs_together
from skontro.engine.rules.links import apply_to_linked, submit_linked
from skontro.engine.rules.order_requests import apply_to_order
from skontro.engine.rules.pvp import submit_leg
from skontro.engine.rules.requests import fire_timers
from skontro.engine.rules.time_requests import change_times
from skontro.engine.single_commands import open_day
from skontro.engine.structures.order_lookup import Order
from skontro.model import Rulebook

# Its types have no stubs.
numba: Any = _numba
_INTEGER: Final = numba.int64
_ORDER: Final = numba.types.NamedUniTuple(_INTEGER, len(Order._fields), Order)
_REQUEST: Final = numba.types.NamedUniTuple(_INTEGER, len(Request._fields), Request)

#: Kernels with the types of their arguments after the state, by part.
PARTS: Final[tuple[tuple[tuple[Any, tuple[Any, ...]], ...], ...]] = (
    ((fire_timers, (_INTEGER,)), (apply_to_order, (_REQUEST,))),
    (
        (apply_to_legs_together, (_REQUEST,)),
        (apply_to_linked, (_REQUEST,)),
        (apply_to_account, (_REQUEST,)),
        (change_times, (_REQUEST,)),
        (close_day, (_INTEGER,)),
        (submit_leg, (_ORDER, _INTEGER, _INTEGER)),
        (submit_linked, (_ORDER, _INTEGER)),
    ),
)


def compile_part(part: int) -> None:
    """Compile one of the `PARTS`, or load it from the cache."""
    state = numba.typeof(Engine([], Rulebook())._state)
    for kernel, types in PARTS[part]:
        kernel.compile((state, *types))


def compile_rest() -> None:
    """Compile or load the loop of commands, with all that it calls."""
    Engine([], Rulebook()).apply(open_day(0))
