"""The tables of fixed-size rows, and their bytes in PostgreSQL's binary COPY format.

Every field has a fixed width and a value, so a table is an array of big-endian records and needs no
loop over rows. The same bytes are hashed.
"""

from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.conduct import COMMAND, POSTING
from skontro.engine import EVENT, RUN
from skontro.model import InvariantBroken

Records = npt.NDArray[Any]

#: What stands before and after the rows of a binary COPY.
COPY_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER: Final = b"\xff\xff"

#: A request as it came; see the migration for the meaning of the fields.
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


@attrs.frozen(eq=False)
class Table:
    """A table of fixed-size rows, each with its batch and position before its own fields.

    Attributes:
        name: in the database.
        dtype: of its own fields, native.
        columns: all columns in order, as the database calls them.
        layout: of a row in binary COPY.
        template: a row of zeros.
    """

    name: str
    dtype: np.dtype[Any]
    columns: tuple[str, ...]
    layout: np.dtype[Any]
    template: bytes

    @classmethod
    def of(cls, name: str, dtype: np.dtype[Any], **renamed: str) -> "Table":
        """The table for records of a dtype; fields may be called otherwise in the database."""
        fields: list[tuple[str, np.dtype[Any]]] = [("batch", np.dtype(np.int64))]
        fields.append(("position", np.dtype(np.int32)))
        fields += [(field, dtype[field]) for field in dtype.names or ()]
        layout: list[tuple[str, str]] = [("fields", ">i2")]
        for field, kind in fields:
            layout.append((f"length of {field}", ">i4"))
            layout.append((field, kind.str if kind.kind == "V" else kind.newbyteorder(">").str))
        columns = tuple(renamed.get(field, field) for field, _ in fields)
        template = np.zeros(1, np.dtype(layout))
        template["fields"] = len(columns)
        for field, kind in fields:
            template[f"length of {field}"] = kind.itemsize
        return cls(name, dtype, columns, np.dtype(layout), template.tobytes())

    def encode(self, records: Records, batch: int) -> Records:
        """The records of one batch as rows of a binary COPY."""
        # What is the same in each row is copied at once, not column by column.
        rows = np.frombuffer(bytearray(self.template * len(records)), self.layout)
        rows["batch"], rows["position"] = batch, np.arange(len(records))
        for field in self.dtype.names or ():
            rows[field] = records[field]
        return rows

    def decode(self, rows: Records) -> Records:
        """The inverse of `encode`."""
        records = np.zeros(len(rows), self.dtype)
        for field in self.dtype.names or ():
            records[field] = rows[field]
        return records

    def from_copy(self, content: bytes) -> Records:
        """The rows of a whole binary COPY.

        Raises:
            InvariantBroken: rows have another width, as with a digest of the wrong length.
        """
        body = content[len(COPY_HEADER) : -len(COPY_TRAILER)]
        if len(body) % self.layout.itemsize:
            raise InvariantBroken("the record is whole", f"table {self.name} has rows cut short")
        rows = np.frombuffer(body, self.layout)
        expected = self.encode(np.zeros(1, self.dtype), 0)[0]
        for name in self.layout.names or ():
            if name == "fields" or name.startswith("length of "):
                wrong = np.flatnonzero(rows[name] != expected[name])
                if wrong.size:
                    evidence = f"table {self.name}, row {wrong[0]}: {name} is not {expected[name]}"
                    raise InvariantBroken("the record is whole", evidence)
        return rows


REQUESTS: Final = Table.of("request", REQUEST)
COMMANDS: Final = Table.of("command", COMMAND)
EVENTS: Final = Table.of("event", EVENT, order="subject")
RUNS: Final = Table.of("run", RUN)
POSTINGS: Final = Table.of("posting", POSTING)
BALANCES: Final = Table.of("closing_balance", BALANCE)

#: All of them, in the order in which they are hashed and written.
TABLES: Final = (REQUESTS, COMMANDS, EVENTS, RUNS, POSTINGS, BALANCES)
