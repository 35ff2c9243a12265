"""Reads of the record from the database: statements of past days, receipts and the hash chain."""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import psycopg

from skontro.engine import EventKind
from skontro.ledger import connect, read_entries, read_headers
from skontro.ledger.account_statements import StatementEntry, StatementPage
from skontro.ledger.attachments import read_attachments
from skontro.ledger.receipts import BatchProof
from skontro.model import NO_DIGEST, InvariantBroken, PaymentDetails
from skontro.model.text import canonical_text
from skontro.service.api.problems import Problem
from skontro.service.api.read_limits import ReadLimits
from skontro.system.document_text import document_hash

#: Batches whose hash trees are kept, and the requests and commands that these may have together.
_MAX_PROOFS: Final = 64
_MAX_PROVED: Final = 500_000
#: Seconds after which the database gives up.
_MAX_SECONDS: Final = 20

#: Few rows, and each looked up by its number; other batches' bodies are never read as JSON.
_DAY: Final = """
WITH sealed AS MATERIALIZED (
    SELECT batch, lag(batch) OVER (ORDER BY batch) AS before, body
    FROM closing_balance JOIN journal USING (batch)
)
SELECT batch, before FROM sealed WHERE body::json->>'date' = %s
"""
_OPENING: Final = "SELECT balance[%s] FROM closing_balance WHERE batch = %s"
#: From the tables: a view could have been changed since it was verified.
_STATEMENT: Final = """
WITH entries AS (
    SELECT one.batch, (item.ordinal - 1)::integer AS position, item.subject,
        coalesce(item.time, journal.time) AS time,
        CASE WHEN item.credit = %(account)s THEN item.debit ELSE item.credit END AS other,
        CASE WHEN item.credit = %(account)s THEN item.amount ELSE -item.amount END AS change
    FROM posting AS one JOIN journal USING (batch),
        unnest(one.subject, one.time, one.debit, one.credit, one.amount)
            WITH ORDINALITY AS item (subject, time, debit, credit, amount, ordinal)
    WHERE one.batch BETWEEN %(first)s AND %(last)s
        AND (one.debit @> ARRAY[%(account)s]::integer[]
            OR one.credit @> ARRAY[%(account)s]::integer[])
        AND (item.debit = %(account)s OR item.credit = %(account)s)
)
SELECT * FROM (
    SELECT *, %(opening)s + sum(change) OVER (ORDER BY batch, position) AS balance FROM entries
) AS added WHERE (batch, position) > (%(batch)s, %(position)s)
ORDER BY batch, position LIMIT %(limit)s
"""

_DIGESTS: Final = "SELECT details[%s], evidence[%s] FROM command WHERE batch = %s"

_BODY: Final = "SELECT body FROM journal WHERE batch = %s"
#: An empty array of times has the time of the batch for each.
_SETTLED: Final = """
SELECT item.subject FROM event AS one JOIN journal USING (batch),
    unnest(one.subject, one.time, one.kind, one.reason)
        WITH ORDINALITY AS item (subject, time, kind, reason, ordinal)
WHERE one.batch = %s AND item.kind = %s AND item.reason = %s
    AND coalesce(item.time, journal.time) = %s
ORDER BY item.ordinal
"""

Connection = psycopg.Connection[tuple[object, ...]]
_Result = TypeVar("_Result")


class History:
    """Reads content that is not in memory, from threads with a connection each.

    Args:
        url: URL of the database.

    Attributes:
        limits: within which all reads that cost something are done.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        self._proofs: OrderedDict[int, BatchProof] = OrderedDict()
        self.limits = ReadLimits()

    @property
    def url(self) -> str:
        """URL of the record's database, with its password if it has one."""
        return self._url

    def read(self, query: Callable[[Connection], _Result]) -> _Result:
        """The result of a query over the connection of this thread.

        Raises:
            Problem: the database does not answer, or not in time.
        """
        with self._connection() as connection:
            return query(connection)

    def old_statement(
        self, account: int, opening: int, date: str, after: tuple[int, int], limit: int
    ) -> StatementPage | None:
        """Entries of an account on a past day that is no longer in memory.

        The database scans the day for each page.

        Args:
            account: its number.
            opening: its balance before the first day of all, minor units.
            date: date of the business day, ISO 8601.
            after: batch and position of the entry before the first requested one.
            limit: maximum number of entries.

        Returns:
            None if there was no such day.
        """
        with self._connection() as connection:
            day: Any = connection.execute(_DAY, [date]).fetchone()
            if day is None:
                return None
            last, before = day
            if before is not None:
                row: Any = connection.execute(_OPENING, [account + 1, before]).fetchone()
                opening = 0 if row is None or row[0] is None else int(row[0])
            arguments = {
                "account": account,
                "opening": opening,
                "first": 0 if before is None else before + 1,
                "last": last,
                "batch": after[0],
                "position": after[1],
                "limit": limit + 1,
            }
            rows: list[Any] = connection.execute(_STATEMENT, arguments).fetchall()
        entries = tuple(StatementEntry(*(int(value) for value in row)) for row in rows[:limit])
        return StatementPage(opening, entries, len(rows) > limit)

    def proof(self, batch: int) -> BatchProof | None:
        """The cached proof data of a batch; None if it is not cached."""
        with self._lock:
            found = self._proofs.get(batch)
            if found is not None:
                self._proofs.move_to_end(batch)
        return found

    def read_proof(self, batch: int) -> BatchProof:
        """The proof data of a batch, read, computed and cached."""
        with self._connection() as connection:
            (entry,) = read_entries(connection, batch, batch)
        found = BatchProof.of(entry)
        with self._lock:
            self._proofs[batch] = found
            while len(self._proofs) > 1 and (
                len(self._proofs) > _MAX_PROOFS
                or sum(one.size for one in self._proofs.values()) > _MAX_PROVED
            ):
                self._proofs.popitem(last=False)
        return found

    def texts_of(self, batch: int, position: int) -> dict[str, Any]:
        """The details of an order, and the evidence of its screening, as JSON values.

        Args:
            batch, position: of the order in the record.

        Raises:
            InvariantBroken: a text is missing or was changed.
        """
        with self._connection() as connection:
            row: Any = connection.execute(_DIGESTS, [position + 1, position + 1, batch]).fetchone()
            named = {} if row is None else dict(zip(("details", "evidence"), row, strict=True))
            digests = {
                name: bytes(digest)
                for name, digest in named.items()
                if digest is not None and bytes(digest) != NO_DIGEST
            }
            texts = read_attachments(connection, [(batch, one) for one in digests.values()])
        return {name: json.loads(texts[batch, digest]) for name, digest in digests.items()}

    def shown_in(self, batch: int, digest: str) -> dict[str, Any]:
        """The document of a proposal, from the decision in a batch.

        Args:
            batch: its number.
            digest: SHA-256 of the document, hexadecimal.

        Raises:
            InvariantBroken: the record has another document there.
        """
        with self._connection() as connection:
            row: Any = connection.execute(_BODY, [batch]).fetchone()
        shown: dict[str, Any] = {} if row is None else json.loads(row[0]).get("shown", {})
        if document_hash(canonical_text(shown)) != digest:
            evidence = f"batch {batch}: the document of a proposal is another"
            raise InvariantBroken("the record has what people approved", evidence)
        return shown

    def settled_in(self, batch: int, time: int, reason: int) -> list[int]:
        """The engine's numbers of orders that settled in a batch, in their order.

        Args:
            batch: its number.
            time: of settlement, microseconds.
            reason: the way of settlement.
        """
        with self._connection() as connection:
            arguments = [batch, int(EventKind.SETTLED), reason, time]
            return [int(str(row[0])) for row in connection.execute(_SETTLED, arguments)]

    def details_of(
        self, wanted: Sequence[tuple[int, bytes]]
    ) -> dict[tuple[int, bytes], PaymentDetails]:
        """The details of orders, by the batch in which each came and their digest.

        Args:
            wanted: batches and digests.

        Raises:
            InvariantBroken: a text is missing or was changed.
        """
        if not wanted:
            return {}
        with self._connection() as connection:
            texts = read_attachments(connection, wanted)
        return {key: PaymentDetails.from_bytes(text) for key, text in texts.items()}

    def links(self, first: int, last: int) -> list[dict[str, Any]]:
        """The chain from one batch to another."""
        with self._connection() as connection:
            headers = read_headers(connection, first, last)
        return [
            {
                "batch": header.number,
                "time": header.time,
                "content": header.content.hex(),
                "hash": header.hash.hex(),
                "signature": header.signature.hex(),
            }
            for header in headers
        ]

    def close(self) -> None:
        """Close all idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """A connection for exclusive use.

        Raises:
            Problem: the database does not answer, or not in time.
        """
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        try:
            connection = self._checked(connection)
            yield connection
        except psycopg.errors.QueryCanceled:
            detail = "it takes the database too long; ask for less"
            raise Problem(503, "Not now", detail, headers={"Retry-After": "10"}) from None
        except psycopg.OperationalError:
            if connection is not None:
                connection.close()
            headers = {"Retry-After": "1"}
            raise Problem(
                503, "Not ready", "the database does not answer", headers=headers
            ) from None
        finally:
            if connection is not None and not connection.closed:
                with self._lock:
                    self._idle.append(connection)

    def _checked(self, connection: Connection | None) -> Connection:
        """A connection that responds."""
        if connection is not None:
            try:
                connection.execute("SELECT 1")
                return connection
            except psycopg.OperationalError:
                connection.close()
        return connect(self._url, _MAX_SECONDS)
