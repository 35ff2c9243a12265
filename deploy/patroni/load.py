"""A load on the cluster that remembers which of its commits were acknowledged."""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import psycopg
from psycopg import sql

# libpq's own wait is endless, and a node that is just starting may accept and not answer.
CONNECT_SECONDS = 3
PAUSE_SECONDS = 0.002
RETRY_SECONDS = 0.2

Outcome = Literal["acknowledged", "warned", "failed"]


@dataclass(frozen=True)
class LoadReport:
    """What a load did, and how to find out whether the cluster still knows it."""

    acknowledged: int
    """Commits that the cluster confirmed: none of them may be lost."""
    unsure: int
    """Commits tried without a confirmation: each may be there or not, both are right."""
    warned: int
    """Those of the unsure ones that PostgreSQL returned with a warning."""
    longest_gap: float
    """The longest time between two acknowledged commits, in seconds."""
    lost: Callable[[str], int]
    """Count the acknowledged commits that the database at the given URL does not hold."""


Load = Callable[[str, threading.Event], LoadReport]
"""Works on the database at the URL until the event is set."""


class Commits:
    """One connection at a time to the primary, committing one row per transaction."""

    def __init__(self, url: str, table: str) -> None:
        self.url = url
        self._insert = sql.SQL("INSERT INTO {} VALUES (%s, %s)").format(sql.Identifier(table))
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._warnings: list[str] = []

    def _notice(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        if diagnostic.severity_nonlocalized == "WARNING":
            self._warnings.append(diagnostic.message_primary or "")

    def connect(self) -> bool:
        """Make sure of a connection to the primary; False if there is none to be had."""
        if self._connection is None:
            try:
                self._connection = psycopg.connect(self.url, connect_timeout=CONNECT_SECONDS)
            except psycopg.Error:
                return False
            self._connection.add_notice_handler(self._notice)
        return True

    def commit(self, number: int, content: str) -> Outcome:
        """Insert a row and commit it.

        A cancelled wait for the synchronous replica ends a commit with success and a warning: the
        row is on the primary alone. Whatever the warning says, such a commit does not count.
        """
        if self._connection is None:
            raise RuntimeError("not connected")
        self._warnings.clear()
        try:
            self._connection.execute(self._insert, (number, content))
            self._connection.commit()
        except psycopg.Error:
            self.close()
            return "failed"
        return "warned" if self._warnings else "acknowledged"

    def close(self) -> None:
        """Drop the connection; after an error it is in no state to be used again."""
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.close()
            self._connection = None


def create_table(url: str, table: str) -> None:
    """Make the table that the load writes to."""
    statement = sql.SQL("CREATE TABLE {} (number bigint PRIMARY KEY, content text NOT NULL)")
    with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
        connection.execute(statement.format(sql.Identifier(table)))


def read_table(url: str, table: str) -> dict[int, str]:
    """Read all rows of the load's table."""
    statement = sql.SQL("SELECT number, content FROM {}").format(sql.Identifier(table))
    with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
        return {int(number): str(content) for number, content in connection.execute(statement)}


def single_rows(url: str, stop: threading.Event) -> LoadReport:
    """Commit one row after another until `stop` is set, reconnecting as needed.

    A number is used once: after an error nobody knows whether its row was committed, so the next
    number is taken.
    """
    table = f"load_{secrets.token_hex(4)}"
    create_table(url, table)
    commits = Commits(url, table)
    acknowledged: dict[int, str] = {}
    outcomes: Counter[Outcome] = Counter()
    number = 0
    longest_gap, last = 0.0, time.monotonic()
    while not stop.is_set():
        if not commits.connect():
            stop.wait(RETRY_SECONDS)
            continue
        number += 1
        content = secrets.token_hex(16)
        outcome = commits.commit(number, content)
        outcomes[outcome] += 1
        if outcome == "acknowledged":
            acknowledged[number] = content
            now = time.monotonic()
            longest_gap, last = max(longest_gap, now - last), now
        stop.wait(PAUSE_SECONDS)
    commits.close()

    def lost(at: str) -> int:
        present = read_table(at, table)
        return sum(present.get(key) != value for key, value in acknowledged.items())

    warned = outcomes["warned"]
    return LoadReport(len(acknowledged), outcomes["failed"] + warned, warned, longest_gap, lost)
