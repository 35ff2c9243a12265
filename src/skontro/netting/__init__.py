"""Netting: obligations, net positions and residuals, conversions, funding, cycles, potential."""

from skontro.netting.obligations_file import obligations_of, read_obligations
from skontro.netting.potential import ObligationMatrix, Potential, potential_of_matrix
from skontro.netting.set_off import SetOff, largest_set_off

__all__ = [
    "ObligationMatrix",
    "Potential",
    "SetOff",
    "largest_set_off",
    "obligations_of",
    "potential_of_matrix",
    "read_obligations",
]
