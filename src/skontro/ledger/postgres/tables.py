"""Tables with one array in each column, and these arrays in PostgreSQL's binary format.

The content of a batch is NumPy records with fields of fixed width, without nulls. In the database
each field of a batch is one array. Hashes cover the records' own bytes.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
from psycopg import postgres
from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format

from skontro.engine import COMMAND, COMMAND_DEFAULTS, EVENT, RUN
from skontro.model import InvariantBroken
from skontro.system import LINK_STATEMENT, POSTING

Records = npt.NDArray[Any]
#: Records, or their fields as arrays; one that is empty has its default throughout.
Columns = Records | Mapping[str, Records]

#: A request as received; see the migration for the meaning of the fields.
REQUEST: Final = np.dtype(
    [
        ("participant", np.int32),
        ("person", "V32"),
        ("key", "V32"),
        ("content", "V32"),
        ("first_command", np.int32),
        ("commands", np.int32),
    ]
)
BALANCE: Final = np.dtype([("balance", np.int64), ("credit_line", np.int64)])

#: Type of the elements, by kind and bytes of a field.
_ELEMENTS: Final = {
    ("i", 2): "int2",
    ("i", 4): "int4",
    ("i", 8): "int8",
    ("V", 16): "uuid",
    ("V", 32): "bytea",
}
#: Before the elements: one dimension, no nulls, type of the elements, how many, and from 1 on.
_ARRAY: Final = struct.Struct(">5i")
#: All of an array without elements: no dimension, no nulls, type of the elements.
_EMPTY: Final = struct.Struct(">3i")


class BinaryArray(bytes):
    """An array in PostgreSQL's binary format; the statement gives its type."""


class BinaryArrayDumper(Dumper):
    """Sends a `BinaryArray` to the database unchanged."""

    format = Format.BINARY

    def dump(self, obj: bytes) -> bytes:
        """The array itself."""
        return obj


class BinaryArrayLoader(Loader):
    """Reads an array from the database unchanged."""

    format = Format.BINARY

    def load(self, data: Any) -> BinaryArray:  # noqa: ANN401  a buffer
        """The array itself."""
        return BinaryArray(data)


def binary_array(values: Sequence[bytes]) -> BinaryArray:
    """An array of `bytea` with elements of any length."""
    element = postgres.types["bytea"].oid
    if not values:
        return BinaryArray(_EMPTY.pack(0, 0, element))
    parts = [_ARRAY.pack(1, 0, element, len(values), 1)]
    for value in values:
        parts += (len(value).to_bytes(4, "big"), value)
    return BinaryArray(b"".join(parts))


@attrs.frozen(eq=False)
class Column:
    """A column of arrays.

    Attributes:
        name: in the database.
        field: field of the records.
        type: type of an array, as SQL has it.
        element, array: numbers of the types in PostgreSQL.
        layout: layout of an element: its length, then its value.
        default: where all records of a batch have this value, the array is empty; None for none.
    """

    name: str
    field: str
    type: str
    element: int
    array: int
    layout: np.dtype[Any]
    default: Any = None

    @classmethod
    def of(cls, name: str, field: str, kind: np.dtype[Any], default: object = None) -> "Column":
        """The column for a field of this type."""
        info = postgres.types[_ELEMENTS[kind.kind, kind.itemsize]]
        value = kind.str if kind.kind == "V" else kind.newbyteorder(">").str
        layout = np.dtype([("length", ">i4"), ("value", value)])
        scalar = None if default is None else np.array([default], kind)[0]
        return cls(name, field, f"{info.regtype}[]", info.oid, info.array_oid, layout, scalar)

    def encode(self, values: Records) -> BinaryArray:
        """The array of these values."""
        elements = np.empty(len(values), self.layout)
        elements["length"] = self.layout["value"].itemsize
        elements["value"] = values
        return BinaryArray(self._head(len(values)) + elements.tobytes())

    def decode(self, array: bytes) -> Records | None:
        """The inverse of `encode`; None for bytes that `encode` cannot give."""
        head = self._head(max(0, len(array) - _ARRAY.size) // self.layout.itemsize)
        if array[: len(head)] != head or (len(array) - len(head)) % self.layout.itemsize:
            return None
        elements = np.frombuffer(array, self.layout, offset=len(head))
        if (elements["length"] != self.layout["value"].itemsize).any():
            return None
        values: Records = elements["value"]
        return values

    def _head(self, count: int) -> bytes:
        if not count:
            return _EMPTY.pack(0, 0, self.element)
        return _ARRAY.pack(1, 0, self.element, count, 1)


@attrs.frozen(eq=False)
class Table:
    """A table with one row for each batch, which has all records of one kind.

    Attributes:
        name: in the database.
        dtype: data type of the records.
        columns: all except the batch's number. An array is empty where all records have the
            column's default or the time of the batch, as is usual.
    """

    name: str
    dtype: np.dtype[Any]
    columns: tuple[Column, ...]

    @classmethod
    def of(
        cls,
        name: str,
        dtype: np.dtype[Any],
        defaults: Mapping[str, object] | None = None,
        **renamed: str,
    ) -> "Table":
        """The table for records of a dtype; fields may have other names in the database."""
        columns = [
            Column.of(renamed.get(field, field), field, dtype[field], (defaults or {}).get(field))
            for field in dtype.names or ()
        ]
        return cls(name, dtype, tuple(columns))

    @property
    def none(self) -> Records:
        """No records."""
        return np.zeros(0, self.dtype)

    def encode(self, records: Columns, time: int) -> list[BinaryArray]:
        """The records of a batch of this time, or their columns, one array a column."""
        return [
            column.encode(records[column.field][: _length(column, records[column.field], time)])
            for column in self.columns
        ]

    def decode(self, arrays: Sequence[bytes], batch: int, time: int) -> Records:
        """The inverse of `encode`, of one record at least.

        Raises:
            InvariantBroken: `encode` cannot give this; the message names batch and column.
        """
        values = [self._values(*one, batch) for one in zip(self.columns, arrays, strict=True)]
        count = max(len(one) for one in values)
        if not count:
            evidence = f"table {self.name}, batch {batch}: a row without anything in it"
            raise InvariantBroken("the record is whole", evidence)
        records = np.empty(count, self.dtype)
        for column, found in zip(self.columns, values, strict=True):
            if len(found) == count:
                records[column.field] = found
            elif not len(found) and (default := _default(column, time)) is not None:
                records[column.field] = default
            if len(found) != _length(column, records[column.field], time):
                evidence = f"{self._place(batch, column)}: {len(found)} elements, others {count}"
                raise InvariantBroken("the record is whole", evidence)
        return records

    def _values(self, column: Column, array: bytes, batch: int) -> Records:
        found = column.decode(array)
        if found is None:
            evidence = f"it is not a list of {column.type[:-2]} without gaps"
            evidence = f"{self._place(batch, column)}: {evidence}"
            raise InvariantBroken("the record is whole", evidence)
        return found

    def _place(self, batch: int, column: Column) -> str:
        return f"table {self.name}, batch {batch}, column {column.name}"


def _length(column: Column, values: Records, time: int) -> int:
    """The number of recorded values: all, or none where each is the default."""
    default = _default(column, time)
    return 0 if default is not None and (values == default).all() else len(values)


def _default(column: Column, time: int) -> Any:  # noqa: ANN401  a scalar of the column's type
    """The value of an empty array; None where it may not be empty."""
    return time if column.field == "time" else column.default


REQUESTS: Final = Table.of("request", REQUEST)
COMMANDS: Final = Table.of("command", COMMAND, COMMAND_DEFAULTS, order="order_number")
EVENTS: Final = Table.of("event", EVENT, order="subject")
RUNS: Final = Table.of("run", RUN)
POSTINGS: Final = Table.of("posting", POSTING)
BALANCES: Final = Table.of("closing_balance", BALANCE)
LINK_STATEMENTS: Final = Table.of("link_statement", LINK_STATEMENT)

#: All tables, in the order of hashing and writing.
TABLES: Final = (REQUESTS, COMMANDS, EVENTS, RUNS, POSTINGS, BALANCES, LINK_STATEMENTS)
