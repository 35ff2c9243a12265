"""A few batches in one statement, so that a commit is one round trip to the database."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from skontro.ledger.entry import Entry
from skontro.ledger.tables import TABLES, Records, Table

#: With more rows than this, COPY costs less.
MOST_ROWS: Final = 500

_JOURNAL_TYPES: Final = (
    *("bigint", "smallint", "bigint"),
    *("integer",) * len(TABLES),
    *("text", "bytea", "bytea", "bytea", "bytea"),
)


def is_small(entries: Sequence[Entry]) -> bool:
    """Whether one statement is the faster way."""
    return sum(sum(entry.counts) for entry in entries) <= MOST_ROWS


def statement(entries: Sequence[Entry], epoch: int) -> tuple[str, list[Any]]:
    """SQL that writes the batches if the epoch still holds, and returns 1 if it did, else 0.

    Args:
        entries: to be written.
        epoch: of this writer.

    Returns:
        The statement and its parameters.
    """
    parameters: list[Any] = [epoch]
    writes = [_write("journal", _JOURNAL_TYPES)]
    rows = []
    for entry in entries:
        header = [entry.number, int(entry.batch.kind), int(entry.batch.time), *entry.counts]
        hashes = [entry.previous_hash, entry.content, entry.hash, entry.signature]
        rows.append([*header, entry.batch.body, *hashes])
    parameters += [[*column] for column in zip(*rows, strict=True)]
    for table in TABLES:
        parts = [entry.rows[table.name] for entry in entries if len(entry.rows[table.name])]
        if parts:
            writes.append(_write(table.name, _types(table)))
            parameters += _columns(table, parts[0] if len(parts) == 1 else np.concatenate(parts))
    fence = "fence AS MATERIALIZED (SELECT 1 FROM writer WHERE epoch = %s FOR SHARE)"
    return f"WITH {', '.join([fence, *writes])} SELECT count(*) FROM fence", parameters


def _write(name: str, types: Sequence[str]) -> str:
    arrays = ", ".join(f"%s::{kind}[]" for kind in types)
    return f"into_{name} AS (INSERT INTO {name} SELECT one.* FROM unnest({arrays}) AS one, fence)"


def _fields(table: Table) -> list[tuple[str, np.dtype[Any]]]:
    own = [(name, table.dtype[name]) for name in table.dtype.names or ()]
    return [("batch", np.dtype(np.int64)), ("position", np.dtype(np.int32)), *own]


def _types(table: Table) -> list[str]:
    integers = {2: "smallint", 4: "integer", 8: "bigint"}
    return [
        integers[kind.itemsize] if kind.kind == "i" else _type_of_bytes(kind)
        for _, kind in _fields(table)
    ]


def _type_of_bytes(kind: np.dtype[Any]) -> str:
    return "uuid" if kind.itemsize == 16 else "bytea"


def _columns(table: Table, rows: Records) -> list[list[Any]]:
    columns = []
    for name, kind in _fields(table):
        values = rows[name].tolist()
        if kind.kind != "i" and kind.itemsize == 16:
            values = [value.hex() for value in values]
        columns.append(values)
    return columns
