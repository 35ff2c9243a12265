"""The first compilation of the engine, in two parts."""

import numba
import pytest

from skontro.engine import Engine
from skontro.engine.command_loop import apply_columns
from skontro.engine.first_compilation import PARTS, compile_part
from skontro.engine.rules.account_requests import Request
from skontro.engine.rules.requests import apply_request
from skontro.engine.single_commands import open_day
from skontro.model import Rulebook

pytestmark = pytest.mark.long


def test_callers_find_each_kernel_as_it_is_compiled_in_its_part() -> None:
    """Another type of an argument would have it compiled a second time, in the way of the user."""
    compile_part(0)
    compile_part(1)
    state = numba.typeof(Engine([], Rulebook())._state)
    request = numba.types.NamedUniTuple(numba.int64, len(Request._fields), Request)
    columns = numba.typeof(open_day(0).columns)
    for caller, types in (
        (apply_request, (state, request)),
        (apply_columns, (columns, state, numba.int64)),
    ):
        numba.njit(_nrt=False)(caller.py_func).compile(types)  # type: ignore[attr-defined]
    found = {
        kernel.py_func.__name__: len(kernel.signatures) for part in PARTS for kernel, _ in part
    }
    assert found == dict.fromkeys(found, 1)
    assert len(found) == 9
