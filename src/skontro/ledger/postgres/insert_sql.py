"""SQL that writes several batches in one statement, one round trip for each commit."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from skontro.ledger.entry import Entry
from skontro.ledger.postgres.tables import TABLES

#: Most batches in a statement: PostgreSQL accepts at most 65,535 parameters.
MAX_BATCHES: Final = 64

_JOURNAL: Final = (
    *("bigint", "smallint", "bigint"),
    *("integer",) * len(TABLES),
    *("text", "bytea", "bytea", "bytea", "bytea"),
)

_FENCE: Final = (
    "fence AS MATERIALIZED (SELECT 1 FROM writer, writer_connection "
    "WHERE epoch = $1 AND number = $2 FOR SHARE)"
)


def statement(entries: Sequence[Entry], epoch: int, connection: int) -> tuple[bytes, list[Any]]:
    """SQL that writes the batches if the epoch is still current; it returns 1, or else 0.

    Args:
        entries: to be written; `MAX_BATCHES` at most.
        epoch: of this writer.
        connection: number of the writer's connection, which must still be the current one.

    Returns:
        The statement, with PostgreSQL's own placeholders, and its parameters.
    """
    parameters: list[Any] = [epoch, connection]
    for entry in entries:
        parameters += [entry.number, int(entry.batch.kind), int(entry.batch.time), *entry.counts]
        parameters += [entry.batch.body, entry.previous_hash]
        parameters += [entry.content, entry.hash, entry.signature]
    rows = []
    for table in TABLES:
        filled = [entry for entry in entries if len(entry.rows[table.name])]
        rows.append(len(filled))
        for entry in filled:
            parameters.append(entry.number)
            parameters += table.encode(entry.columns(table.name), entry.batch.time)
    return _sql((len(entries), *rows)), parameters


@lru_cache(maxsize=1024)
def _sql(rows: tuple[int, ...]) -> bytes:
    """The statement for a number of rows in the journal and in each of `TABLES`."""
    names = ["journal", *(table.name for table in TABLES)]
    types = [_JOURNAL, *(("bigint", *(one.type for one in table.columns)) for table in TABLES)]
    parts = [_FENCE]
    used = 2
    for name, columns, count in zip(names, types, rows, strict=True):
        values = []
        for _ in range(count):
            placed = [f"${used + i}::{kind}" for i, kind in enumerate(columns, start=1)]
            values.append(f"({', '.join(placed)})")
            used += len(columns)
        if values:
            chosen = f"SELECT one.* FROM fence, (VALUES {', '.join(values)}) AS one"
            parts.append(f"into_{name} AS (INSERT INTO {name} {chosen})")
    return f"WITH {', '.join(parts)} SELECT count(*) FROM fence".encode()
