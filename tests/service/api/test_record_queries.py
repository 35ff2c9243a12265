"""Connections for reads of the record: one for each that reads, used again unless broken."""

from typing import Any

import psycopg
import pytest

from skontro.service.api import record_queries as module
from skontro.service.api.problems import Problem
from skontro.service.api.record_queries import History


class Connection:
    """A connection that works until it is broken."""

    def __init__(self) -> None:
        self.closed, self.broken, self.asked = False, False, list[str]()

    def execute(self, sql: str) -> None:
        self.asked.append(sql)
        if self.broken:
            raise psycopg.OperationalError("gone")

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The connections so far; the database is away while there is None at the end."""
    connections: list[Any] = []

    def connect(url: str, seconds: int) -> Any:
        assert (url, seconds) == ("url", 20)
        if connections and connections[-1] is None:
            raise psycopg.OperationalError("away")
        connections.append(Connection())
        return connections[-1]

    monkeypatch.setattr(module, "connect", connect)
    return connections


def test_connections_are_used_again_and_never_by_two_at_a_time(made: list[Any]) -> None:
    history = History("url")
    with history._connection() as first, history._connection() as second:
        assert first is not second
    with history._connection() as again:
        assert again in (first, second)
        assert again.asked == ["SELECT 1"]  # type: ignore[attr-defined]
    assert len(made) == 2
    history.close()
    assert all(one.closed for one in made)
    with history._connection():
        assert len(made) == 3


def test_one_that_was_broken_meanwhile_is_replaced(made: list[Any]) -> None:
    history = History("url")
    with history._connection() as first:
        pass
    first.broken = True  # type: ignore[attr-defined]
    with history._connection() as second:
        assert second is not first
    assert first.closed
    assert history._idle == [second]


def test_a_database_that_does_not_answer_is_a_problem(made: list[Any]) -> None:
    history = History("url")
    made.append(None)
    with pytest.raises(Problem) as refused, history._connection():
        pass
    told = refused.value
    assert (told.status, told.title, told.detail) == (
        503,
        "Not ready",
        "the database does not answer",
    )
    assert (told.headers, history._idle) == ({"Retry-After": "1"}, [])
    made.pop()
    with pytest.raises(Problem), history._connection() as connection:
        raise psycopg.OperationalError("in the middle")
    assert connection.closed
    assert history._idle == []


def test_a_read_that_takes_too_long_keeps_its_connection(made: list[Any]) -> None:
    history = History("url")
    with pytest.raises(Problem) as refused, history._connection() as connection:
        raise psycopg.errors.QueryCanceled
    told = refused.value
    assert (told.status, told.title, told.headers) == (503, "Not now", {"Retry-After": "10"})
    assert told.detail == "it takes the database too long; ask for less"
    assert (connection.closed, history._idle) == (False, [connection])
    with pytest.raises(ZeroDivisionError), history._connection():
        raise ZeroDivisionError
    assert history._idle == [connection]
