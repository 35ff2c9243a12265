"""Commands as records of fixed width, for hashing and for storing single orders."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from skontro.engine.commands import (
    ANY_TIME_AFTER,
    ANY_TIME_BEFORE,
    NO_UETR,
    UNUSED,
    Commands,
    commands_of,
)
from skontro.model import NO_DIGEST

#: One command, native byte order; the fields are the columns of `Commands`.
COMMAND: Final = np.dtype(
    [
        ("kind", np.int16),
        ("acceptance", np.int16),
        ("time", np.int64),
        ("payer", np.int32),
        ("payee", np.int32),
        ("amount", np.int64),
        ("payment_class", np.int16),
        ("payment_type", np.int16),
        ("order", np.int64),
        ("earliest", np.int64),
        ("latest", np.int64),
        ("value_date", np.int32),
        ("uetr", "V16"),
        ("counterleg", "V16"),
        ("counterleg_payer", np.int32),
        ("counterleg_payee", np.int32),
        ("counterleg_amount", np.int64),
        ("details", "V32"),
        ("screening", np.int16),
        ("travel_rule", np.int16),
        ("evidence", "V32"),
    ]
)

#: Default of each field of `COMMAND`; a field with it in all commands of a batch is not recorded.
COMMAND_DEFAULTS: Final = {
    "acceptance": 0,
    "order": -1,
    "earliest": ANY_TIME_BEFORE,
    "latest": ANY_TIME_AFTER,
    "value_date": 0,
    "counterleg": NO_UETR,
    "counterleg_payer": -1,
    "counterleg_payee": -1,
    "counterleg_amount": 0,
    "details": NO_DIGEST,
    "screening": 0,
    "travel_rule": 0,
    "evidence": NO_DIGEST,
}


def to_records(commands: Commands) -> npt.NDArray[Any]:
    """Each command as a record of `COMMAND` (R31)."""
    records = np.empty(len(commands), COMMAND)
    for name in COMMAND.names or ():
        values = getattr(commands, name)
        records[name] = values if len(values) else UNUSED[name]
    return records


def from_records(records: npt.NDArray[Any]) -> Commands:
    """The inverse of `to_records`.

    Raises:
        InputError: a number is outside its column.
    """
    return commands_of(len(records), **{name: records[name] for name in COMMAND.names or ()})
