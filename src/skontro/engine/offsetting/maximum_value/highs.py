"""HiGHS as this project uses it: silent, on one thread, the same answer on every run."""

from collections.abc import Mapping
from typing import Any, Final

import highspy

Setting = bool | int | float | str

_ALWAYS: Final[dict[str, Setting]] = {"threads": 1}


class _SilentSolver(highspy.Highs):
    """HiGHS without its banner, which the first callback of a solver would print."""

    def enableCallbacks(self) -> None:  # noqa: N802  a method of HiGHS, called as it is made
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def quiet_solver(options: Mapping[str, Setting] | None = None) -> Any:  # noqa: ANN401
    """A solver without a model.

    Args:
        options: of HiGHS, by name, besides silence and one thread.

    Example:
        >>> quiet_solver({"random_seed": 0}).getOptionValue("threads")[1]
        1
    """
    # The published types lack some functions of the package.
    solver: Any = _SilentSolver()  # type: ignore[no-untyped-call]
    for name, setting in (_ALWAYS | dict(options or {})).items():
        solver.setOptionValue(name, setting)
    return solver
