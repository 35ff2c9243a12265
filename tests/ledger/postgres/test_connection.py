"""Connections to the database: their settings, their deadline, and each error in one plain line."""

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from skontro.ledger import connect, database_url
from skontro.ledger.postgres.address import DatabaseUnavailable
from skontro.ledger.postgres.bounded_connection import BoundedConnection, connect_bounded
from skontro.ledger.postgres.connection import (
    _EMBEDDED_SETTINGS,
    Connection,
    is_unavailable,
    migrate,
    migrations,
    open_record,
    schema_version,
)
from skontro.model import InputError, InvariantBroken
from tests.service.systems import new_database, server_url

#: A machine that is gone is noticed after 5 + 3 · 2 seconds of silence, or 15 with data under way.
NOTICED = {
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
    "application_name": "skontro",
}


@pytest.fixture(scope="module")
def url() -> str:
    return new_database()


@pytest.fixture
def bounded(url: str) -> Iterator[BoundedConnection]:
    with connect_bounded(url, 30.0, 7) as connection:
        yield connection


def said(connection: Connection, setting: str) -> object:
    row = connection.execute(f"SHOW {setting}".encode()).fetchone()
    assert row is not None
    return row[0]


def test_a_dead_connection_is_noticed_within_seconds(url: str, bounded: BoundedConnection) -> None:
    with connect(url) as plain:
        for connection, seconds in ((plain, "10"), (bounded, "4")):
            settings = connection.info.get_parameters()
            wanted = NOTICED | {"connect_timeout": seconds}
            assert {name: settings.get(name) for name in wanted} == wanted
            assert connection.autocommit
        assert said(plain, "statement_timeout") == "0"
    with connect(url, 3) as hurried:
        assert said(hurried, "statement_timeout") == "3s"
    assert said(bounded, "statement_timeout") == "7s"
    assert said(bounded, "idle_in_transaction_session_timeout") == "7s"


def test_a_database_that_says_nothing_is_given_up_after_the_deadline(
    bounded: BoundedConnection,
) -> None:
    # Longer than one look at the time, and within the deadline.
    assert bounded.execute("SELECT 1 FROM pg_sleep(0.15)").fetchone() == (1,)
    bounded.most_seconds = 0.25
    with pytest.raises(psycopg.OperationalError, match=r"^the database gave no answer for 0\.25 s"):
        bounded.execute("SELECT pg_sleep(5)")
    assert bounded.closed


def test_an_interrupted_wait_ends_though_there_is_time(url: str) -> None:
    interrupted = threading.Event()
    with connect_bounded(url, 3_600.0, 7, interrupted) as connection:
        assert connection.execute("SELECT 1 FROM pg_sleep(0.15)").fetchone() == (1,)
        interrupted.set()
        with pytest.raises(psycopg.OperationalError, match=r"^stopped"):
            connection.execute("SELECT pg_sleep(5)")
        assert connection.closed


@pytest.mark.parametrize("place", ["", "host=x", "postgresql://h:0/d", "postgresql://h:1 /d"])
def test_what_is_no_address_is_refused_before_anything_is_tried(place: str) -> None:
    for opened in (lambda: connect(place), lambda: connect_bounded(place, 1.0, 1)):
        with pytest.raises(InputError, match=r"^the database: ") as refused:
            opened()
        assert not isinstance(refused.value, DatabaseUnavailable)


def test_a_database_that_is_not_there_is_unavailable(url: str) -> None:
    missing = url.replace("/test_", "/no_test_")
    for opened in (lambda: connect(missing), lambda: connect_bounded(missing, 30.0, 1)):
        with pytest.raises(DatabaseUnavailable, match=r"cannot be used: .*no_test_"):
            opened()


def test_each_error_during_a_command_is_told_by_its_kind(url: str) -> None:
    with pytest.raises(InvariantBroken, match="nowhere"), open_record(url) as connection:
        connection.execute("SELECT 1 FROM nowhere")
    with pytest.raises(DatabaseUnavailable, match="terminating"), open_record(url) as connection:
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    said_already = DatabaseUnavailable("said already")
    with pytest.raises(DatabaseUnavailable) as passed, open_record(url):
        raise said_already
    assert passed.value is said_already


@pytest.mark.parametrize(
    ("error", "unavailable"),
    [
        (psycopg.OperationalError(), True),
        (psycopg.InterfaceError(), True),
        (psycopg.ProgrammingError(), False),
        (psycopg.errors.ConnectionFailure(), True),  # 08006
        (psycopg.errors.InvalidPassword(), True),  # 28P01
        (psycopg.errors.TooManyConnections(), True),  # 53300
        (psycopg.errors.AdminShutdown(), True),  # 57P01
        (psycopg.errors.IoError(), True),  # 58030
        (psycopg.errors.UndefinedTable(), False),  # 42P01
        (psycopg.errors.NumericValueOutOfRange(), False),  # 22003
    ],
)
def test_whether_the_database_failed_or_what_is_in_it(
    error: psycopg.Error, unavailable: bool
) -> None:
    assert is_unavailable(error) == unavailable


def test_the_schema_is_brought_up_once_and_a_newer_one_is_refused() -> None:
    numbers = [number for number, _ in migrations()]
    assert numbers == sorted(numbers)
    assert numbers[0] == 1
    with connect(new_database()) as connection:
        assert schema_version(connection) == 0
        connection.execute("CREATE TABLE schema_version (version integer PRIMARY KEY)")
        assert schema_version(connection) == 0
        for _ in range(2):
            migrate(connection)
            assert schema_version(connection) == numbers[-1]
            rows = connection.execute("SELECT version FROM schema_version ORDER BY 1").fetchall()
            assert [row[0] for row in rows] == numbers
        connection.execute("INSERT INTO schema_version VALUES (%s)", [numbers[-1] + 1])
        with pytest.raises(InputError, match=f"version {numbers[-1] + 1}, .*{numbers[-1]}; inst"):
            migrate(connection)


def test_two_processes_that_migrate_wait_for_each_other(url: str) -> None:
    with connect(url) as first, connect(url) as second:
        migrate(first)
        second.execute("SET lock_timeout = '20ms'")
        with first.transaction():
            migrate(first)
            with pytest.raises(psycopg.errors.LockNotAvailable):
                migrate(second)
        migrate(second)
        assert schema_version(second) == migrations()[-1][0]


def test_the_embedded_server_writes_much_and_durably() -> None:
    with connect(server_url()) as connection:
        shown = {name: said(connection, name) for name in _EMBEDDED_SETTINGS}
    assert shown == _EMBEDDED_SETTINGS
    assert shown["fsync"] == shown["synchronous_commit"] == "on"


def test_where_no_server_can_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file/data: the embedded PostgreSQL does not start: "):
        database_url(tmp_path / "file" / "data")
