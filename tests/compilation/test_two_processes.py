"""The first compilation of the engine, in two processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

#: Prints the kernels that the first of the two processes compiles, in an empty cache.
_COMPILED = """
from numba.core import event
from skontro.compilation import prepare
from skontro.engine.jit import is_compiled

class Names(event.Listener):
    def on_start(self, event): print(event.data["dispatcher"].py_func.__name__)
    def on_end(self, event): pass

event.register("numba:compile", Names())
assert not is_compiled()
prepare()
assert is_compiled()
"""


def test_no_kernel_of_the_other_part_is_compiled_again(tmp_path: Path) -> None:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_OPT": "1"}
    run = [sys.executable, "-c", _COMPILED]
    first = subprocess.run(run, env=environment, capture_output=True, check=True, text=True)
    compiled = first.stdout.split()
    here = {"fire_timers", "apply_to_order", "apply_request", "apply_columns"}
    there = {"apply_to_legs_together", "apply_to_linked", "apply_to_account", "change_times"}
    there |= {"close_day", "submit_leg", "submit_linked", "claim"}
    assert here <= set(compiled)
    assert not there & set(compiled)
