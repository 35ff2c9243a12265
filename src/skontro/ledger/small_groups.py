"""A few batches in one statement, so that a commit is one round trip to the database."""

import struct
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import numpy as np
from psycopg.adapt import Dumper
from psycopg.pq import Format

from skontro.ledger.entry import Entry
from skontro.ledger.tables import TABLES, Records, Table

#: With more rows than this, COPY costs less.
MOST_ROWS: Final = 500

_JOURNAL_TYPES: Final = (
    *("bigint", "smallint", "bigint"),
    *("integer",) * len(TABLES),
    *("text", "bytea", "bytea", "bytea", "bytea"),
)
#: Of the elements of an array: type and its number in PostgreSQL, by kind and bytes of a field.
_ELEMENTS: Final = {
    ("i", 2): ("smallint", 21),
    ("i", 4): ("integer", 23),
    ("i", 8): ("bigint", 20),
    ("V", 16): ("uuid", 2950),
    ("V", 32): ("bytea", 17),
}
#: Of a binary array: one dimension, no nulls, type of the elements, how many, and from 1 on.
_ARRAY: Final = struct.Struct(">5i")


class BinaryArray(bytes):
    """An array as PostgreSQL sends and takes it; the statement says of which type."""


class BinaryArrayDumper(Dumper):
    """Hands a `BinaryArray` to the database as it is."""

    format = Format.BINARY

    def dump(self, obj: bytes) -> bytes:
        """The array itself."""
        return obj


def is_small(entries: Sequence[Entry]) -> bool:
    """Whether one statement is the faster way."""
    return sum(sum(entry.counts) for entry in entries) <= MOST_ROWS


def statement(entries: Sequence[Entry], epoch: int) -> tuple[bytes, list[Any]]:
    """SQL that writes the batches if the epoch still holds, and returns 1 if it did, else 0.

    Args:
        entries: to be written.
        epoch: of this writer.

    Returns:
        The statement, with PostgreSQL's own placeholders, and its parameters.
    """
    rows = []
    for entry in entries:
        header = [entry.number, int(entry.batch.kind), int(entry.batch.time), *entry.counts]
        hashes = [entry.previous_hash, entry.content, entry.hash, entry.signature]
        rows.append([*header, entry.batch.body, *hashes])
    parameters: list[Any] = [epoch, *([*column] for column in zip(*rows, strict=True))]
    filled = []
    for place, table in enumerate(TABLES):
        parts = [entry.rows[table.name] for entry in entries if len(entry.rows[table.name])]
        if parts:
            filled.append(place)
            parameters += _columns(table, parts[0] if len(parts) == 1 else np.concatenate(parts))
    return _sql(tuple(filled)), parameters


@cache
def _sql(filled: tuple[int, ...]) -> bytes:
    """The statement that writes into these of `TABLES`."""
    parts = ["fence AS MATERIALIZED (SELECT 1 FROM writer WHERE epoch = $1 FOR SHARE)"]
    used = 1
    into = [("journal", _JOURNAL_TYPES)]
    into += [(TABLES[place].name, _types(TABLES[place])) for place in filled]
    for name, types in into:
        arrays = ", ".join(f"${used + i}::{kind}[]" for i, kind in enumerate(types, start=1))
        used += len(types)
        rows = f"SELECT one.* FROM unnest({arrays}) AS one, fence"
        parts.append(f"into_{name} AS (INSERT INTO {name} {rows})")
    return f"WITH {', '.join(parts)} SELECT count(*) FROM fence".encode()


@cache
def _fields(table: Table) -> tuple[tuple[str, str, int, np.dtype[Any]], ...]:
    """Of every column: name, type and its number, and layout of an element with its length."""
    columns: list[tuple[str, np.dtype[Any]]] = [("batch", np.dtype(np.int64))]
    columns.append(("position", np.dtype(np.int32)))
    columns += [(name, table.dtype[name]) for name in table.dtype.names or ()]
    fields = []
    for name, kind in columns:
        element = kind.str if kind.kind == "V" else kind.newbyteorder(">").str
        layout = np.dtype([("length", ">i4"), ("value", element)])
        fields.append((name, *_ELEMENTS[kind.kind, kind.itemsize], layout))
    return tuple(fields)


def _types(table: Table) -> tuple[str, ...]:
    return tuple(kind for _, kind, _, _ in _fields(table))


def _columns(table: Table, rows: Records) -> list[BinaryArray]:
    columns = []
    for name, _, number, layout in _fields(table):
        elements = np.empty(len(rows), layout)
        elements["length"] = layout["value"].itemsize
        elements["value"] = rows[name]
        head = _ARRAY.pack(1, 0, number, len(rows), 1)
        columns.append(BinaryArray(head + elements.tobytes()))
    return columns
