"""The first compilation of the engine after an installation, in two processes at once."""

import contextlib
import fcntl
import functools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from skontro.engine.first_compilation import compile_part, compile_rest
from skontro.engine.jit import cache_folder, is_compiled
from skontro.ledger import uetr_index


@functools.cache
def prepare() -> None:
    """Load the kernels that every settlement needs, and compile them first where they are new.

    Compiling takes about twelve seconds on two cores, and twenty on one. Where several
    processes begin at one time, one compiles and the others wait for it.
    """
    if not is_compiled():
        with _alone():
            if not is_compiled():
                _compile()
    compile_rest()
    uetr_index.precompile()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other process compiles; one that ends in the middle of it frees the way."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "compiling").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _compile() -> None:
    """Compile a part here and the other in a second process; if that fails, all of it here."""
    command = [sys.executable, "-m", "skontro.compilation"]
    with subprocess.Popen(
        command,
        cwd=Path(__file__).parents[2],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as second:
        try:
            compile_part(0)
            assert second.stdout is not None
            second.stdout.readline()
            compile_rest()
        except BaseException:
            second.kill()
            raise
