"""What only the record knows: statements, receipts and the chain; read from the database."""

import threading
from typing import Any, Final

import psycopg

from skontro.ledger import connect, read_entries, read_headers
from skontro.ledger.receipts import make_receipt
from skontro.model import InputError, SettlementAccount
from skontro.service.problems import Problem

#: Entries of a page.
MOST_ENTRIES: Final = 1_000

_STATEMENT: Final = """
WITH entries AS (
    SELECT batch, position, subject, time, debit, credit, amount,
        sum(CASE WHEN credit = %(account)s THEN amount ELSE -amount END)
            OVER (ORDER BY batch, position) AS moved
    FROM postings
    WHERE batch IN (
        SELECT batch FROM posting WHERE batch BETWEEN %(first)s AND %(last)s
            AND (debit @> ARRAY[%(account)s]::integer[] OR credit @> ARRAY[%(account)s]::integer[])
    ) AND (debit = %(account)s OR credit = %(account)s)
)
SELECT * FROM entries WHERE (batch, position) > (%(batch)s, %(position)s)
ORDER BY batch, position LIMIT %(limit)s
"""


class History:
    """Reads; one question at a time.

    Args:
        url: of the database.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def statement(
        self,
        number: int,
        account: SettlementAccount,
        last: int,
        date: str,
        after: tuple[int, int],
        limit: int,
    ) -> tuple[int, list[dict[str, Any]]] | None:
        """The postings of an account on one business day, and its balance before them.

        Args:
            number, account: which.
            last: the last batch that may be told of.
            date: of the business day, ISO 8601.
            after: batch and position of the entry before the first one wanted.
            limit: most entries.

        Returns:
            None where there was no such day.
        """
        with self._lock:
            connection = self._connected()
            span = self._batches_of_day(connection, date, last)
            if span is None:
                return None
            row = connection.execute(
                "SELECT balance[%s] FROM closing_balance WHERE batch < %s "
                "ORDER BY batch DESC LIMIT 1",
                [number + 1, span[0]],
            ).fetchone()
            opening = account.opening_balance if row is None else int(str(row[0]))
            arguments = {
                "account": number,
                "first": span[0],
                "last": span[1],
                "limit": limit,
                "batch": after[0],
                "position": after[1],
            }
            rows = connection.execute(_STATEMENT, arguments).fetchall()
        names = ("batch", "position", "subject", "time", "debit", "credit", "amount", "moved")
        return opening, [
            dict(zip(names, (int(str(value)) for value in row), strict=True)) for row in rows
        ]

    def receipt(self, batch: int, position: int, key: str) -> dict[str, Any]:
        """The receipt of the request to which a row of commands belongs."""
        with self._lock:
            (entry,) = read_entries(self._connected(), batch, batch)
        requests = entry.rows["request"]
        for place, row in enumerate(requests):
            first = int(row["first_command"])
            if first <= position < first + int(row["commands"]):
                return make_receipt(entry, place, key)
        raise Problem(404, "Not found", "the record has no request for this order")

    def links(self, first: int, last: int) -> list[dict[str, Any]]:
        """The chain from one batch to another."""
        with self._lock:
            headers = read_headers(self._connected(), first, last)
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
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    def _connected(self) -> psycopg.Connection[tuple[object, ...]]:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = connect(self._url)
            self._connection.execute("SELECT 1")
        except psycopg.OperationalError:
            try:
                self._connection = connect(self._url)
            except psycopg.OperationalError as error:
                raise Problem(503, "Not ready", f"the database does not answer: {error}") from None
        if self._connection is None:
            raise InputError("no connection to the database")
        return self._connection

    @staticmethod
    def _batches_of_day(
        connection: psycopg.Connection[tuple[object, ...]], date: str, last: int
    ) -> tuple[int, int] | None:
        rows = connection.execute(
            "SELECT batch FROM journal WHERE kind = 5 AND batch <= %s "
            "AND body::json->>'date' = %s ORDER BY batch",
            [last, date],
        ).fetchall()
        if not rows:
            return None
        first, seal = int(str(rows[0][0])), int(str(rows[-1][0]))
        is_sealed = connection.execute(
            "SELECT 1 FROM closing_balance WHERE batch = %s LIMIT 1", [seal]
        ).fetchone()
        return first, seal if is_sealed else last
