"""Any change of the record is found, whichever table and column it is in."""

from pathlib import Path

import psycopg
import pytest

from skontro.ledger import connect, verify
from tests.service.systems import (
    BANKS,
    Clock,
    LiveSystem,
    live_system,
    new_database,
    order,
    write_folder,
)
from tests.service.test_business_day import at

TABLES = (
    "journal",
    "request",
    "command",
    "event",
    "run",
    "posting",
    "closing_balance",
    "snapshot",
    "writer",
    "schema_version",
)

_CONSTRAINTS = {
    "journal": ("journal_pkey", "journal_previous_hash_key", "journal_hash_key"),
    "snapshot": ("snapshot_pkey",),
    "schema_version": ("schema_version_pkey",),
}

#: How a value of each type is changed by one bit.
FLIPS = {
    "smallint": "{0} # 1::smallint",
    "integer": "{0} # 1",
    "bigint": "{0} # 1::bigint",
    "bytea": "set_byte({0}, 0, get_byte({0}, 0) # 1)",
    "uuid": "(translate(left({0}::text, 1), '01', '10') || right({0}::text, 35))::uuid",
    "text": "translate({0}, '0123456789', '1032547698')",
}


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The record of a day with everything in it, as a URL."""
    folder: Path = tmp_path_factory.mktemp("system")
    write_folder(folder)
    url = new_database()
    with live_system(folder, url, Clock(at(12))) as system:
        _fill(system)
        system.move_to(at(24))
        system.move_to(at(24) + 2_000_000)
    return url


def _fill(system: LiveSystem) -> None:
    for payer in range(3):
        system.bank(payer).submit_batch(
            [order(payer, (payer + 1) % 3, amount) for amount in ("15000.00", "1.00")]
        )
    for wish in (
        {"kind": "offset", "algorithm": "greatest_fifo_set"},
        {"kind": "transfer_in", "participant": BANKS[0], "currency": "KZT", "amount": "1.00"},
    ):
        number = system.operator(0).propose(wish).json()["proposal"]
        system.operator(1).approve(number)
    system.bank(0).submit(order(0, 1, "99999.00"))


def _columns(url: str) -> list[tuple[str, str, str]]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns "
            "WHERE table_name = ANY(%s) ORDER BY table_name, ordinal_position",
            [list(TABLES)],
        ).fetchall()
    return [(str(table), str(column), str(kind)) for table, column, kind in rows]


def difference(url: str) -> str | None:
    with connect(url) as connection:
        return verify(connection).difference


def test_the_record_as_it_is_verifies(record: str) -> None:
    assert difference(record) is None
    with psycopg.connect(record) as connection:
        for table in TABLES:
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
            assert row is not None
            assert row[0] > 0, f"nothing is in {table}, so nothing is tested about it"


def test_every_flipped_bit_in_every_column_is_found(record: str) -> None:
    columns = _columns(record)
    assert {table for table, _, _ in columns} == {*TABLES}
    for number, (table, column, kind) in enumerate(columns):
        for place in ("ASC", "DESC")[number % 2 :][:1]:
            key = "batch" if table not in ("writer", "schema_version") else column
            inner = f"SELECT ctid FROM {table} ORDER BY {key} {place} LIMIT 1"
            if column == "body":
                inner = (
                    f"SELECT ctid FROM journal WHERE body ~ '[0-9]' ORDER BY batch {place} LIMIT 1"
                )
            changed = FLIPS[kind].format(column)
            _changed_and_found(
                record,
                f"UPDATE {table} SET {column} = {changed} WHERE ctid = ({inner})",
                f"{table}.{column} {place}",
            )


def test_rows_added_or_taken_away_are_found(record: str) -> None:
    for table in TABLES:
        if table in ("writer", "schema_version", "snapshot", "journal"):
            continue
        last = f"(SELECT ctid FROM {table} ORDER BY batch DESC, position DESC LIMIT 1)"
        _changed_and_found(record, f"DELETE FROM {table} WHERE ctid = {last}", f"less {table}")
        copied = f"INSERT INTO {table} SELECT * FROM {table} WHERE ctid = {last}"
        _changed_and_found(record, copied, f"more {table}")
    _changed_and_found(
        record, "DELETE FROM journal WHERE batch = (SELECT max(batch) FROM journal)", "cut short"
    )


def test_a_published_head_must_be_in_the_chain(record: str) -> None:
    with connect(record) as connection:
        head = verify(connection).head
        assert verify(connection, head).difference is None
        assert "published" in (verify(connection, "00" * 32).difference or "")


def _changed_and_found(url: str, change: str, what: str) -> None:
    """Make a change, verify, and take it back."""
    copy = new_database()
    name, source = (
        copy.split("?")[0].rsplit("/", 1)[1],
        url.split("?", maxsplit=1)[0].rsplit("/", 1)[1],
    )
    admin = url.replace(f"/{source}?", "/postgres?")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name}".encode())
        made = f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY file_copy"
        connection.execute(made.encode())
    try:
        with psycopg.connect(copy, autocommit=True) as connection:
            for table, names in _CONSTRAINTS.items():
                # Whoever changes files by hand asks no constraint.
                drops = ", ".join(f"DROP CONSTRAINT {name}" for name in names)
                connection.execute(f"ALTER TABLE {table} {drops}".encode())
            done = connection.execute(change.encode())
            assert done.rowcount == 1, what
        assert difference(copy) is not None, what
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
