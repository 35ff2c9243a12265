"""UETRs from numbers."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt


def uetrs(numbers: Iterable[int]) -> npt.NDArray[Any]:
    """16 bytes each; those of neighbours differ in two places."""
    halves = np.fromiter(numbers, np.int64)
    return np.stack([halves, halves // 3], axis=1).copy().view("V16").ravel()
