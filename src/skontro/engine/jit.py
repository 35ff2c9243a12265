"""Compilation of the engine's kernels, and the cache of machine code."""

import hashlib
import os
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
import platformdirs

from skontro import model

_Function = TypeVar("_Function", bound=Callable[..., object])
_HERE = Path(__file__).parent
# Two settings used here are missing from Numba's type stubs.
_numba: Any = numba


def _cache_folder() -> str:
    """A folder for compiled kernels, named after all that decides about their machine code.

    That is the optimisation, the sources of all kernels, and the numbers of the model that they
    take as constants. Numba's own cache checks only the file of a kernel, and would miss a change
    elsewhere.
    """
    digest = hashlib.sha256(f"{_numba.config.OPT} {_numbers_of_model()}".encode())
    for source in sorted(_HERE.rglob("*.py")):
        name = source.relative_to(_HERE).as_posix()
        digest.update(name.encode() + b"\0" + source.read_bytes() + b"\0")
    beside_sources = _HERE / "__pycache__"
    writable = os.access(beside_sources if beside_sources.is_dir() else _HERE, os.W_OK)
    root = beside_sources if writable else platformdirs.user_cache_path("skontro")
    return str(root / f"kernels-{digest.hexdigest()[:16]}")


def _numbers_of_model() -> list[str]:
    """Every bound and every member of an enumeration, with its number."""
    numbers = []
    for name, value in sorted(vars(model).items()):
        if isinstance(value, int):
            numbers.append(f"{name} {value}")
        elif isinstance(value, type) and issubclass(value, IntEnum):
            numbers += [f"{name}.{member.name} {int(member)}" for member in value]
    return numbers


_FOLDER = _cache_folder()


def cache_folder() -> Path:
    """The folder of compiled kernels; the environment variable NUMBA_CACHE_DIR moves it."""
    return Path(_numba.config.CACHE_DIR or _FOLDER)


def is_compiled() -> bool:
    """Whether an earlier process has compiled the engine, so that it is ready in a moment.

    Else the first command takes some twenty seconds. Plain Python, as with NUMBA_DISABLE_JIT=1, is
    never compiled.
    """
    compiled = cache_folder().rglob("command_loop.apply_columns*.nbi")
    return bool(_numba.config.DISABLE_JIT) or any(compiled)


#: Converts an integer to 64 bits. Numba compiles a kernel again for each width of its arguments and
#: for each constant, so kernels off the main path get all integers at one width.
as_int64 = cast(Callable[[Any], int], np.int64)


def kernel(function: _Function) -> _Function:
    """Compile a function over integer arrays, and keep the machine code for the next process.

    A kernel allocates nothing and returns no array, so Numba need not count references to the
    arrays it works on; at each call, the counting costs several times as much as a settlement.

    With the environment variable NUMBA_DISABLE_JIT=1 the function stays plain Python and gives the
    same results, slowly.
    """
    # Set only during decoration: other users of Numba in the process keep their own cache.
    before = _numba.config.CACHE_DIR
    _numba.config.CACHE_DIR = before or _FOLDER
    try:
        return cast(_Function, _numba.njit(cache=True, _nrt=False)(function))
    finally:
        _numba.config.CACHE_DIR = before


def internal_kernel(function: _Function) -> _Function:
    """Compile a kernel that only other kernels call.

    It has no entry from Python, whose compilation is slow for the many arrays of the state.
    """
    before = _numba.config.CACHE_DIR
    _numba.config.CACHE_DIR = before or _FOLDER
    try:
        compiled = _numba.njit(
            cache=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True
        )
        return cast(_Function, compiled(function))
    finally:
        _numba.config.CACHE_DIR = before


def numba_inline(function: _Function) -> _Function:
    """Compile a function into every kernel that calls it, for the main path of orders.

    Numba inlines it before type inference. That gives the fastest code, but slow compilation where
    large functions are inlined into large ones.
    """
    return cast(_Function, _numba.njit(inline="always")(function))


def llvm_inline(function: _Function) -> _Function:
    """Compile a function once for all kernels of a process, and let LLVM inline it."""
    return cast(
        _Function,
        _numba.njit(forceinline=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)(
            function
        ),
    )
