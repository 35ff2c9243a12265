"""Commands as records that a test can change one by one, before they become columns."""

import numpy as np

from skontro.engine import CommandKind, commands_of, to_records
from skontro.ledger.postgres.tables import Records


def command_rows(length: int, kind: CommandKind, time: int) -> Records:
    """`COMMAND` records of one kind in which nothing else is said yet."""
    return to_records(commands_of(length, kind=int(kind), time=time))


def command_row(kind: CommandKind, time: int, **fields: int | bytes) -> Records:
    """One such record with these fields."""
    row = command_rows(1, kind, time)
    for name, value in fields.items():
        row[name] = np.void(value) if isinstance(value, bytes) else value
    return row
