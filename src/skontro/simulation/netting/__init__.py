"""How far obligations compensate each other: plain arithmetic on a matrix, without settlement."""

from skontro.simulation.netting.matrix import ObligationMatrix
from skontro.simulation.netting.potential import (
    GROUPS,
    Potential,
    potential_of_matrix,
    potential_of_trade,
    trade_among,
)
from skontro.simulation.netting.potential_tables import (
    markdown_table,
    potential_csv,
    potential_json,
    potential_rows,
    potential_table,
    set_off_csv,
)
from skontro.simulation.netting.reading import read_obligations
from skontro.simulation.netting.set_off import SetOff, largest_set_off

__all__ = [
    "GROUPS",
    "ObligationMatrix",
    "Potential",
    "SetOff",
    "largest_set_off",
    "markdown_table",
    "potential_csv",
    "potential_json",
    "potential_of_matrix",
    "potential_of_trade",
    "potential_rows",
    "potential_table",
    "read_obligations",
    "set_off_csv",
    "trade_among",
]
