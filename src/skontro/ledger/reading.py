"""Reading the record back, batch by batch, in pieces that fit memory."""

from collections.abc import Iterator, Sequence
from typing import Final

import attrs
import numpy as np
import psycopg

from skontro.conduct import Batch, BatchKind
from skontro.ledger.entry import Entry
from skontro.ledger.tables import BALANCES, COMMANDS, EVENTS, POSTINGS, RUNS, TABLES, Records, Table
from skontro.model import InvariantBroken

#: Commands read at one time.
_PIECE: Final = 200_000

Connection = psycopg.Connection[tuple[object, ...]]


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
    numbers = [int(str(value)) for value in row[:9]]
    digests = [bytes(value) for value in row[10:] if isinstance(value, bytes)]
    return Header(
        number=numbers[0],
        kind=numbers[1],
        time=numbers[2],
        counts=tuple(numbers[3:]),
        body=str(row[9]),
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
        connection: read only by this while it runs.
        first, last: numbers of batches.
        tables: those that are read; the others stay empty.

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
    rows = {
        table.name: read_rows(connection, table, headers[0].number, headers[-1].number)
        for table in tables
    }
    places = dict.fromkeys(rows, 0)
    for header in headers:
        of_batch: dict[str, Records] = {}
        for table, count in zip(TABLES, header.counts, strict=True):
            if table.name not in rows:
                of_batch[table.name] = np.zeros(0, table.layout)
                continue
            start = places[table.name]
            part = rows[table.name][start : start + count]
            if len(part) != count or (part["batch"] != header.number).any():
                evidence = f"batch {header.number} has not {count} rows in table {table.name}"
                raise InvariantBroken("the record is whole", evidence)
            of_batch[table.name] = part
            places[table.name] = start + count
        yield _entry(header, of_batch)
    for table in tables:
        if places[table.name] != len(rows[table.name]):
            evidence = f"table {table.name} has rows of no batch after {headers[0].number}"
            raise InvariantBroken("the record is whole", evidence)


def _entry(header: Header, rows: dict[str, Records]) -> Entry:
    balances = BALANCES.decode(rows[BALANCES.name])
    try:
        kind = BatchKind(header.kind)
    except ValueError:
        evidence = f"batch {header.number} is of kind {header.kind}, which there is not"
        raise InvariantBroken("the record is whole", evidence) from None
    batch = Batch(
        kind=kind,
        time=header.time,
        rows=COMMANDS.decode(rows[COMMANDS.name]),
        body=header.body,
        events=EVENTS.decode(rows[EVENTS.name]),
        runs=RUNS.decode(rows[RUNS.name]),
        postings=POSTINGS.decode(rows[POSTINGS.name]),
        balances=np.stack([balances["balance"], balances["credit_line"]], axis=1),
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


def read_rows(connection: Connection, table: Table, first: int, last: int) -> Records:
    """The rows of a table that belong to these batches, in order."""
    columns = ", ".join(table.columns)
    query = (
        f"COPY (SELECT {columns} FROM {table.name} WHERE batch BETWEEN {first:d} AND {last:d} "
        "ORDER BY batch, position) TO STDOUT (FORMAT binary)"
    )
    with connection.cursor() as cursor, cursor.copy(query.encode()) as copy:
        return table.from_copy(b"".join(copy))


def last_batch(connection: Connection) -> int:
    """The number of the last batch; -1 where there is none."""
    row = connection.execute("SELECT max(batch) FROM journal").fetchone()
    return -1 if row is None or row[0] is None else int(str(row[0]))
