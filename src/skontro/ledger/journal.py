"""Writing to the record: batches in one statement and transaction, by one writer at a time."""

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

import attrs
import numpy as np
import psycopg

from skontro.ledger.entry import NO_HASH, Entry
from skontro.ledger.lease import Holder, Lease, read_lease, refuse_renewed, take_lease
from skontro.ledger.postgres.address import scrubbed
from skontro.ledger.postgres.bounded_connection import BoundedConnection, connect_bounded
from skontro.ledger.postgres.connection import migrate
from skontro.ledger.postgres.tables import (
    TABLES,
    BinaryArray,
    BinaryArrayDumper,
    Column,
    binary_array,
)
from skontro.model import InvariantBroken

#: PostgreSQL's notice that synchronous replicas did not confirm a commit.
_NOT_REPLICATED: Final = "01000"

#: Limit for a statement, ended by the server, for example when no replica answers.
_SERVER_SECONDS: Final = 60
#: Limit of a server's silence; the outcome of statements sent before is then unknown.
_CLIENT_SECONDS: Final = 20.0

#: Most batches in a statement: PostgreSQL accepts at most 65,535 parameters.
MAX_BATCHES: Final = 64

_JOURNAL: Final = (
    *("bigint", "smallint", "bigint"),
    *("integer",) * len(TABLES),
    *("text", "bytea", "bytea", "bytea", "bytea"),
)

#: The numbers of batches as an array.
_BATCH: Final = Column.of("batch", "batch", np.dtype(np.int64))

_FENCE: Final = (
    "fence AS MATERIALIZED (SELECT 1 FROM writer, writer_connection "
    "WHERE epoch = $1 AND number = $2 FOR SHARE)"
)


class Fenced(Exception):  # noqa: N818  the fact is the name
    """Another process has claimed the record: this one must stop."""


class CommitUnknown(Exception):  # noqa: N818  the fact is the name
    """The outcome of the commit is unknown; `Journal.resolve` finds out."""


@attrs.frozen
class Head:
    """The last batch of the record, with the writer's signature; number -1 in an empty record."""

    number: int
    time: int
    hash: bytes
    signature: bytes = b""


class Journal:
    """The one writer of a record.

    Args:
        url: URL of the database.

    Raises:
        psycopg.OperationalError: the database does not answer.
        InputError: its schema is newer than this program.
    """

    def __init__(self, url: str) -> None:
        self._url, self._interrupted = url, threading.Event()
        self.epoch = 0
        #: Number of the connection in use: statements of earlier ones may no longer write.
        self._number = 0
        self._replicated = True
        self.connection: BoundedConnection = self._connected()
        migrate(self.connection)

    def claim(
        self,
        first_entries: Callable[[Head, int], Sequence[Entry]],
        holder: Holder | None = None,
        free: Lease | None = None,
    ) -> None:
        """Become the writer; earlier writers can commit nothing from now on.

        Args:
            first_entries: gives the batches that record the claim, from the head of the record and
                the number of claims, this one included.
            holder: the process that will write; this one by default.
            free: the lease that was found free; None takes the record over from any holder.

        Raises:
            RecordInUse: the lease was renewed since.
        """
        with self.connection.transaction():
            if free is not None:
                refuse_renewed(free, read_lease(self.connection, lock=True))
            row = self.connection.execute(
                "UPDATE writer SET epoch = epoch + 1 RETURNING epoch"
            ).fetchone()
            self.epoch = int(str(row[0])) if row else 0
            self._number = 0
            self.connection.execute("UPDATE writer_connection SET number = 0")
            take_lease(self.connection, holder or Holder.this_process(), self.epoch)
            self._insert(first_entries(self.head(), self.epoch))

    def head(self) -> Head:
        """The last batch of the record."""
        row = self.connection.execute(
            "SELECT batch, time, hash FROM journal ORDER BY batch DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return Head(-1, np.iinfo(np.int64).min, NO_HASH)
        return Head(int(str(row[0])), int(str(row[1])), _bytes(row[2]))

    def append(self, entries: Sequence[Entry]) -> None:
        """Write batches in one transaction; on return they are durable.

        Raises:
            Fenced: another process has claimed the record; nothing was written.
            CommitUnknown: the connection failed, or a replica did not confirm; call `resolve`.
        """
        self._replicated = True
        try:
            if len(entries) <= MAX_BATCHES:
                self._insert(entries)
            else:
                with self.connection.transaction():
                    for first in range(0, len(entries), MAX_BATCHES):
                        self._insert(entries[first : first + MAX_BATCHES])
        except psycopg.errors.UniqueViolation as error:
            raise Fenced(f"batch {entries[0].number} was written by another process") from error
        except (psycopg.Error, OSError) as error:
            raise CommitUnknown(self._why(error)) from error
        if not self._replicated:
            raise CommitUnknown("the commit was not confirmed by the replicas")

    def resolve(self, entries: Sequence[Entry]) -> bool:
        """After `CommitUnknown`, reconnect and find out whether the batches are in the record.

        Returns:
            True if all are durable; False if none is, and they can be appended again.

        Raises:
            Fenced: another process has claimed the record, or has written other batches.
            CommitUnknown: the database does not answer yet.
        """
        self._replicated = True
        try:
            self.connection.close()
            self.connection = self._connected()
            # A commit on one node may be missing on the others, so this write waits for them. It
            # also waits for the running statement of the previous connection, and stops that one
            # from starting statements already sent.
            with self.connection.transaction():
                self._refuse_if_fenced()
                self._number += 1
                self.connection.execute(
                    "UPDATE writer_connection SET number = %s WHERE number < %s", [self._number] * 2
                )
            head = self.head()
        except (psycopg.Error, OSError) as error:
            raise CommitUnknown(self._why(error)) from error
        if not self._replicated:
            raise CommitUnknown("the commit was not confirmed by the replicas")
        if head.hash == entries[-1].hash:
            return True
        if head.hash == entries[0].previous_hash:
            return False
        raise Fenced(f"the record continues with batch {head.number} of another process")

    def write_snapshot(self, number: int, state: bytes, keep: int = 3) -> None:
        """Keep the state after a batch, and the few snapshots before it.

        The batch that follows in the record must have its hash. For each of as many ends of days,
        the first snapshot after it is kept too: past days are replayed from there.

        Raises:
            psycopg.Error: it could not be written, which loses nothing.
        """
        with self.connection.transaction():
            self._refuse_if_fenced()
            self.connection.execute(
                "INSERT INTO snapshot VALUES (%s, %s) "
                "ON CONFLICT (batch) DO UPDATE SET state = excluded.state",
                [number, state],
            )
            self.connection.execute(
                "DELETE FROM snapshot WHERE batch NOT IN "
                "(SELECT batch FROM snapshot ORDER BY batch DESC LIMIT %(keep)s) "
                "AND batch NOT IN (SELECT coalesce((SELECT min(one.batch) FROM snapshot AS one "
                "WHERE one.batch >= day.batch), -1) FROM "
                "(SELECT batch FROM closing_balance ORDER BY batch DESC LIMIT %(keep)s) AS day)",
                {"keep": keep},
            )

    def interrupt(self) -> None:
        """Wait for the database no longer; may be called from any thread."""
        self._interrupted.set()

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def _why(self, error: Exception) -> str:
        """The database's message, without data that must not be logged."""
        return scrubbed(str(error), self._url) or type(error).__name__

    def _connected(self) -> BoundedConnection:
        connection = connect_bounded(self._url, _CLIENT_SECONDS, _SERVER_SECONDS, self._interrupted)
        connection.add_notice_handler(self._notice)
        connection.adapters.register_dumper(BinaryArray, BinaryArrayDumper)
        return connection

    def _notice(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        if diagnostic.sqlstate == _NOT_REPLICATED and diagnostic.severity_nonlocalized == "WARNING":
            self._replicated = False

    def _refuse_if_fenced(self) -> None:
        """Lock the epoch: a claim of the record waits until this transaction has ended."""
        row = self.connection.execute("SELECT epoch FROM writer FOR SHARE").fetchone()
        if row is None or int(str(row[0])) != self.epoch:
            raise Fenced("another process has taken over the record")

    def _insert(self, entries: Sequence[Entry]) -> None:
        sql, parameters = statement(entries, self.epoch, self._number)
        # Raw: as many placeholders as here would be parsed again at each call.
        row = psycopg.RawCursor(self.connection).execute(sql, parameters).fetchone()
        if row is None or row[0] != 1:
            raise Fenced("another process has taken over the record")


def _bytes(value: Any) -> bytes:  # noqa: ANN401  any value that the driver gives for bytea
    if not isinstance(value, bytes | bytearray | memoryview):
        raise InvariantBroken("the record is whole", f"{value!r} is not a digest")
    return bytes(value)


def statement(entries: Sequence[Entry], epoch: int, connection: int) -> tuple[bytes, list[Any]]:
    """SQL that writes the batches if the epoch is still current; it returns 1, or else 0.

    Args:
        entries: to be written; `MAX_BATCHES` at most.
        epoch: epoch of this writer.
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
    texts = [text for entry in entries for text in entry.attachments.items()]
    if texts:
        numbers = [entry.number for entry in entries for _ in entry.attachments]
        parameters.append(_BATCH.encode(np.array(numbers, np.int64)))
        parameters += [binary_array(values) for values in zip(*texts, strict=True)]
    return _sql((len(entries), *rows), bool(texts)), parameters


@lru_cache(maxsize=1024)
def _sql(rows: tuple[int, ...], attachments: bool) -> bytes:
    """The statement for rows in the journal and in each of `TABLES`, and with attachments."""
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
            source = f"SELECT one.* FROM fence, (VALUES {', '.join(values)}) AS one"
            parts.append(f"into_{name} AS (INSERT INTO {name} {source})")
    if attachments:
        arrays = f"${used + 1}::bigint[], ${used + 2}::bytea[], ${used + 3}::bytea[]"
        source = f"SELECT one.* FROM fence, unnest({arrays}) AS one"
        parts.append(f"into_attachment AS (INSERT INTO attachment {source})")
    return f"WITH {', '.join(parts)} SELECT count(*) FROM fence".encode()
