"""Reading of the record, batch by batch, in parts that fit into memory."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Final

import attrs
import numpy as np

from skontro.engine import from_records
from skontro.ledger.entry import Entry
from skontro.ledger.postgres.connection import Connection
from skontro.ledger.postgres.tables import (
    BALANCES,
    COMMANDS,
    EVENTS,
    LINK_STATEMENTS,
    POSTINGS,
    RUNS,
    TABLES,
    BinaryArrayLoader,
    Records,
    Table,
)
from skontro.model import InputError, InvariantBroken
from skontro.system import Batch, BatchKind

#: Number of commands read at once.
_PIECE: Final = 200_000


@attrs.frozen
class Header:
    """A row of the journal.

    Attributes:
        number, kind, time, body, previous_hash, content, hash, signature: as in `Entry`.
        counts: rows in each of `TABLES`.
    """

    number: int
    kind: int
    time: int
    counts: tuple[int, ...]
    body: str
    previous_hash: bytes
    content: bytes
    hash: bytes
    signature: bytes


def read_headers(connection: Connection, first: int, last: int) -> list[Header]:
    """The journal from one batch to another, both included."""
    rows = connection.execute(
        "SELECT * FROM journal WHERE batch BETWEEN %s AND %s ORDER BY batch", [first, last]
    ).fetchall()
    return [_header(row) for row in rows]


def _header(row: Sequence[object]) -> Header:
    body = 3 + len(TABLES)
    numbers = [int(str(value)) for value in row[:body]]
    digests = [bytes(value) for value in row[body + 1 :] if isinstance(value, bytes)]
    return Header(
        number=numbers[0],
        kind=numbers[1],
        time=numbers[2],
        counts=tuple(numbers[3:]),
        body=str(row[body]),
        previous_hash=digests[0],
        content=digests[1],
        hash=digests[2],
        signature=digests[3],
    )


def read_entries(
    connection: Connection, first: int, last: int, tables: Sequence[Table] = TABLES
) -> Iterator[Entry]:
    """The batches from one to another, both included, in order.

    Args:
        connection: for the exclusive use of this call.
        first, last: numbers of batches.
        tables: to be read; the others stay empty.

    Raises:
        InvariantBroken: a batch is missing, or has more or fewer rows than its header says.
    """
    at = first
    while at <= last:
        headers = read_headers(connection, at, min(last, at + 9_999))
        if not headers:
            raise InvariantBroken("the record is whole", f"batch {at} is missing")
        for piece in _pieces(headers):
            if [header.number for header in piece] != [*range(at, at + len(piece))]:
                raise InvariantBroken("the record is whole", f"a batch after {at - 1} is missing")
            yield from _entries(connection, piece, tables)
            at += len(piece)


def _pieces(headers: Sequence[Header]) -> Iterator[list[Header]]:
    piece: list[Header] = []
    commands = 0
    for header in headers:
        piece.append(header)
        commands += header.counts[1]
        if commands >= _PIECE:
            yield piece
            piece, commands = [], 0
    if piece:
        yield piece


def _entries(
    connection: Connection, headers: Sequence[Header], tables: Sequence[Table]
) -> Iterator[Entry]:
    stored = {
        table.name: deque(_read_arrays(connection, table, headers[0].number, headers[-1].number))
        for table in tables
    }
    for header in headers:
        rows = dict[str, Records]()
        for table, count in zip(TABLES, header.counts, strict=True):
            waiting, found = stored.get(table.name), table.none
            if waiting and waiting[0][0] == header.number:
                found = table.decode(waiting.popleft()[1:], header.number, header.time)
            if waiting is not None and len(found) != count:
                evidence = (
                    f"table {table.name}, batch {header.number}: {len(found)} instead of {count}"
                )
                raise InvariantBroken("the record is whole", evidence)
            rows[table.name] = found
        yield _entry(header, rows)
    for name, left in stored.items():
        if left:
            evidence = f"table {name}, batch {left[0][0]}: a row that no batch accounts for"
            raise InvariantBroken("the record is whole", evidence)


def _entry(header: Header, rows: dict[str, Records]) -> Entry:
    balances = rows[BALANCES.name]
    try:
        commands = from_records(rows[COMMANDS.name])
    except InputError as error:
        evidence = f"table {COMMANDS.name}, batch {header.number}: {error}"
        raise InvariantBroken("the record is whole", evidence) from None
    try:
        kind = BatchKind(header.kind)
    except ValueError:
        evidence = f"batch {header.number} is of kind {header.kind}, which there is not"
        raise InvariantBroken("the record is whole", evidence) from None
    batch = Batch(
        kind=kind,
        time=header.time,
        commands=commands,
        body=header.body,
        events=rows[EVENTS.name],
        runs=rows[RUNS.name],
        postings=rows[POSTINGS.name],
        balances=np.stack([balances["balance"], balances["credit_line"]], axis=1),
        statements=rows[LINK_STATEMENTS.name],
    )
    return Entry(
        header.number,
        batch,
        rows,
        header.previous_hash,
        header.content,
        header.hash,
        header.signature,
    )


def _read_arrays(
    connection: Connection, table: Table, first: int, last: int
) -> list[tuple[Any, ...]]:
    """Number of the batch and arrays, in order."""
    columns = ", ".join(column.name for column in table.columns)
    query = (
        f"SELECT batch, {columns} FROM {table.name} WHERE batch BETWEEN %s AND %s ORDER BY batch"
    )
    with connection.cursor(binary=True) as cursor:
        for column in table.columns:
            cursor.adapters.register_loader(column.array, BinaryArrayLoader)
        return cursor.execute(query.encode(), [first, last]).fetchall()


def last_batch(connection: Connection) -> int:
    """The number of the last batch; -1 where there is none."""
    row = connection.execute("SELECT max(batch) FROM journal").fetchone()
    return -1 if row is None or row[0] is None else int(str(row[0]))
