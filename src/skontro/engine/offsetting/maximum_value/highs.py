"""HiGHS as this project uses it: silent, on one thread, the same answer on every run."""

from collections.abc import Mapping
from typing import Any, Final

from highspy import _core

# The types that the package publishes lack some of what it has, and its public subclass writes a
# banner before it can be told not to.
_Highs: Any = _core._Highs

_ALWAYS: Final[dict[str, bool | int | float | str]] = {"output_flag": False, "threads": 1}


def quiet_solver(options: Mapping[str, bool | int | float | str] | None = None) -> Any:  # noqa: ANN401
    """A solver without a model.

    Args:
        options: of HiGHS, by name, besides silence and one thread.

    Example:
        >>> quiet_solver({"random_seed": 0}).getOptionValue("threads")[1]
        1
    """
    solver = _Highs()
    for name, setting in (_ALWAYS | dict(options or {})).items():
        solver.setOptionValue(name, setting)
    return solver
