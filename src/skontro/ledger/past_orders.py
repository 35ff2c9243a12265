"""Orders of recorded days as columns, read at once for a whole day.

They show what a day is like, and prove nothing: hashes of their batches are not checked.
"""

import datetime
from collections.abc import Sequence
from typing import Any, Final

import attrs
import numpy as np

from skontro.engine import CommandKind, Commands, commands_of
from skontro.ledger.postgres.connection import Connection
from skontro.model import InvariantBroken
from skontro.system import ACCEPTED, BatchKind, StepKind

#: Columns that are read, with their type here and in the database.
_COLUMNS: Final = (
    ("kind", ">i2"),
    ("time", ">i8"),
    ("payer", ">i4"),
    ("payee", ">i4"),
    ("amount", ">i8"),
    ("payment_class", ">i2"),
    ("earliest", ">i8"),
    ("latest", ">i8"),
    ("payment_type", ">i2"),
    ("uetr", "V16"),
    ("counterleg", "V16"),
    ("counterleg_payer", ">i4"),
    ("counterleg_payee", ">i4"),
    ("counterleg_amount", ">i8"),
    ("customer", "V32"),
    ("purpose", ">i4"),
)
#: A row in PostgreSQL's binary format of COPY: the number of fields, then each with its length.
_ROW: Final = np.dtype(
    [("fields", ">i2")]
    + [part for name, kind in _COLUMNS for part in ((f"{name} length", ">i4"), (name, kind))]
)
#: Signature, flags and the length of an extension that there is not; and the end.
_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"

_SUBMITTED: Final = (int(CommandKind.SUBMIT), int(CommandKind.SUBMIT_LEG))


@attrs.frozen
class PastDay:
    """A business day in the record that is over.

    Attributes:
        date: of the day.
        opened, closed: numbers of the batches of its opening and of its end.
        opened_at: when it opened by its timetable, microseconds since 1970.
    """

    date: datetime.date
    opened: int
    closed: int
    opened_at: int


def past_days(connection: Connection) -> list[PastDay]:
    """The business days that are over, in order."""
    rows: Any = connection.execute(
        "SELECT batch, body::json->>'date', body::json->>'kind', (body::json->>'due')::bigint "
        "FROM journal WHERE kind = %s AND body::json->>'kind' IN (%s, %s) ORDER BY batch",
        [int(BatchKind.STEP), str(StepKind.OPEN), str(StepKind.END_OF_DAY)],
    ).fetchall()
    opened: dict[str, tuple[int, int]] = {}
    found = []
    for batch, date, kind, due in rows:
        if kind == StepKind.OPEN:
            opened[date] = (int(batch), int(due))
        elif date in opened:
            first, at = opened[date]
            found.append(PastDay(datetime.date.fromisoformat(date), first, int(batch), at))
    return found


def orders_of_day(connection: Connection, day: PastDay, since: int = -(2**62)) -> Commands:
    """The orders that entered settlement after the opening of a day, in their order.

    Those of the warehouse are not among them, nor are legs of links with other systems.

    Args:
        connection: of the record.
        day: one of `past_days`.
        since: only those recorded from this time on, microseconds since 1970.

    Raises:
        InvariantBroken: the database gives something else than rows of orders.
    """
    columns = ", ".join(name for name, _ in _COLUMNS)
    query = (
        f"COPY (SELECT {columns} FROM commands WHERE batch > {day.opened:d} AND "
        f"batch < {day.closed:d} AND batch >= coalesce((SELECT min(batch) FROM journal "
        f"WHERE time >= {since:d} AND batch > {day.opened:d}), {day.closed:d}) "
        f"AND acceptance = {ACCEPTED} AND kind IN ({_SUBMITTED[0]}, {_SUBMITTED[1]}) "
        "ORDER BY batch, position) TO STDOUT (FORMAT binary)"
    )
    content = bytearray()
    with connection.cursor() as cursor, cursor.copy(query.encode()) as copy:
        for piece in copy:
            content += piece
    return _orders(content)


def _orders(content: bytearray) -> Commands:
    body = memoryview(content)[len(_HEAD) : -len(_END)]
    if content[: len(_HEAD)] != _HEAD or not content.endswith(_END) or len(body) % _ROW.itemsize:
        raise InvariantBroken("orders can be read from the record", "their rows have another form")
    rows = np.frombuffer(body, _ROW)
    _check_lengths(rows, [name for name, _ in _COLUMNS])
    native = {
        name: rows[name].astype(kind if kind.startswith("V") else np.dtype(kind).newbyteorder("="))
        for name, kind in _COLUMNS
    }
    return commands_of(len(rows), **native)


def _check_lengths(rows: Any, names: Sequence[str]) -> None:  # noqa: ANN401  records
    for name in names:
        if (rows[f"{name} length"] != _ROW[name].itemsize).any():
            raise InvariantBroken("orders can be read from the record", f"{name} has another form")
