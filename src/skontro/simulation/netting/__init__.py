"""How far obligations compensate each other: plain arithmetic on a matrix, without settlement."""

from skontro.simulation.netting.matrix import ObligationMatrix
from skontro.simulation.netting.potential import (
    GROUPS,
    Potential,
    potential_of_matrix,
    potential_of_trade,
    potential_table,
)
from skontro.simulation.netting.reading import read_obligations

__all__ = [
    "GROUPS",
    "ObligationMatrix",
    "Potential",
    "potential_of_matrix",
    "potential_of_trade",
    "potential_table",
    "read_obligations",
]
