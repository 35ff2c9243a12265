"""Any change of the record is found, whichever table and column it is in."""

import queue
from pathlib import Path

import attrs
import numpy as np
import psycopg
import pytest

from skontro.ledger import connect, verify
from skontro.model import Party, PaymentDetails, content_digest
from skontro.system import details_columns
from tests.service.linked_services import instruct_alone
from tests.service.systems import (
    BANKS,
    Clock,
    LiveSystem,
    approve,
    as_work,
    copy_of,
    live_system,
    new_database,
    order,
    order_rows,
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
    "link_statement",
    "snapshot",
    "writer",
    "schema_version",
    "attachment",
)

#: Of these there is nothing in the record of the test; `event.time` stands for them.
ALWAYS_EMPTY = (("command", "time"), ("run", "time"), ("posting", "time"))

#: How a value of each type is changed by one bit.
FLIPS = {
    "smallint": "{0} # 1::smallint",
    "integer": "{0} # 1",
    "bigint": "{0} # 1::bigint",
    "bytea": "set_byte({0}, 0, get_byte({0}, 0) # 1)",
    "uuid": "(translate({0}::text, '0123456789', '1032547698'))::uuid",
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
        approve(system.operator(1), number)
    system.bank(0).submit(order(0, 1, "99999.00"))
    # Every column that is left out where all of a batch have its default.
    tenge, roubles = order(0, 1, "2.00", "KZT"), order(1, 0, "3.00", "RUB")
    tenge["counterleg"], roubles["counterleg"] = roubles["uetr"], tenge["uetr"]
    fields = ("payer", "payee", "currency", "amount")
    roubles["counterleg_terms"] = {name: tenge[name] for name in fields}
    system.bank(0).submit(tenge)
    system.bank(1).submit(roubles)
    system.bank(0).submit(order(value_date="2026-11-25", earliest_at="2026-11-25T12:00:00Z"))
    _submit_screened(system)
    instruct_alone(system)
    # What its latest time brings is recorded with the next batch, at a time of its own.
    system.bank(0).submit(order(0, 1, "88888.00", latest_at="2026-11-24T13:00:00Z"))


def _submit_screened(system: LiveSystem) -> None:
    """An order with details, and with the evidence of its screening."""
    full = Party(name="A. Kim", account="KZ1", address=["Abai 1"])
    details = PaymentDetails(purpose="GDDS", parties=[("debtor", full), ("creditor", full)])
    evidence = b'{"lists":[]}'
    digest = content_digest(evidence)
    rows = order_rows(2)
    rows["details"], rows["evidence"] = np.void(details.digest), np.void(digest)
    rows["screening"] = 1
    for name, values in details_columns([details] * 2).items():
        rows[name] = values
    answers: queue.Queue[object] = queue.Queue()
    work = as_work(rows, answers.put)
    texts = {details.digest: details.to_bytes(), digest: evidence}
    system.service.sequencer.submit(attrs.evolve(work, attachments=texts))
    assert not isinstance(answers.get(timeout=60), Exception)


def _columns(url: str) -> list[tuple[str, str, str]]:
    """Table, column and type, of every element where it is an array."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT attrelid::regclass::text, attname, format_type(atttypid, NULL) "
            "FROM pg_attribute WHERE attrelid = ANY(%s::regclass[]) AND attnum > 0 "
            "ORDER BY attrelid::regclass::text, attnum",
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


@pytest.mark.long
def test_every_flipped_bit_in_every_column_is_found(record: str) -> None:
    columns = _columns(record)
    assert {table for table, _, _ in columns} == {*TABLES}
    for number, (table, column, kind) in enumerate(columns):
        if (table, column) in ALWAYS_EMPTY:
            continue
        last = number % 2 == 1
        key = "batch" if table not in ("writer", "schema_version") else column
        value, where = column, "true"
        if kind.endswith("[]"):
            value = f"{column}[{f'cardinality({column})' if last else '1'}]"
            where = f"cardinality({column}) > 0"
        elif column == "body":
            where = "body ~ '[0-9]'"
        row = f"SELECT ctid FROM {table} WHERE {where} ORDER BY {key} {'DESC' * last} LIMIT 1"
        changed = FLIPS[kind.removesuffix("[]")].format(value)
        change = f"UPDATE {table} SET {value} = {changed} WHERE ctid = ({row})"
        _changed_and_found(record, table, change)


def test_every_flipped_bit_of_the_batch_with_a_snapshots_hash_is_found(record: str) -> None:
    row = "SELECT ctid FROM journal WHERE kind = 6 ORDER BY batch DESC LIMIT 1"
    for table, column, kind in _columns(record):
        if table == "journal":
            change = f"UPDATE journal SET {column} = {FLIPS[kind].format(column)}"
            _changed_and_found(record, table, f"{change} WHERE ctid = ({row})")
    without = f"DELETE FROM journal WHERE ctid = ({row})"
    _changed_and_found(record, "journal", without)


@pytest.mark.long
def test_elements_added_or_taken_away_are_found(record: str) -> None:
    for table, column, kind in _columns(record):
        if not kind.endswith("[]") or (table, column) in ALWAYS_EMPTY:
            continue
        row = f"SELECT ctid FROM {table} WHERE cardinality({column}) > 0 LIMIT 1"
        for wrong in (
            f"trim_array({column}, 1)",
            f"{column} || {column}[1]",
            f"array_append({column}, NULL)",
        ):
            change = f"UPDATE {table} SET {column} = {wrong} WHERE ctid = ({row})"
            _changed_and_found(record, table, change)


def test_times_that_nobody_recorded_are_found(record: str) -> None:
    for table, beside in (("command", "kind"), ("event", "kind"), ("run", "number")):
        of_batch = "(SELECT time FROM journal WHERE journal.batch = one.batch)"
        row = f"SELECT ctid FROM {table} WHERE cardinality(time) = 0 LIMIT 1"
        for time in ("1::bigint", of_batch):
            times = f"array_fill({time}, ARRAY[cardinality({beside})])"
            change = f"UPDATE {table} AS one SET time = {times} WHERE ctid = ({row})"
            _changed_and_found(record, table, change)


@pytest.mark.long
def test_rows_added_or_taken_away_are_found(record: str) -> None:
    for table in (
        "request",
        "command",
        "event",
        "run",
        "posting",
        "closing_balance",
        "link_statement",
        "attachment",
    ):
        row = f"(SELECT ctid FROM {table} ORDER BY batch DESC LIMIT 1)"
        _changed_and_found(record, table, f"DELETE FROM {table} WHERE ctid = {row}")
        copied = f"INSERT INTO {table} SELECT * FROM {table} WHERE ctid = {row}"
        _changed_and_found(record, table, copied)
    nothing = ", ".join(["'{}'"] * 9)
    _changed_and_found(record, "run", f"INSERT INTO run VALUES (0, {nothing})")
    _changed_and_found(record, "schema_version", "INSERT INTO schema_version VALUES (0)")
    _changed_and_found(record, "writer", "INSERT INTO writer TABLE writer")
    _changed_and_found(record, "writer", "DELETE FROM writer")
    last = "DELETE FROM journal WHERE batch = (SELECT max(batch) FROM journal)"
    _changed_and_found(record, "journal", last)


def test_a_published_head_must_be_in_the_chain(record: str) -> None:
    with connect(record) as connection:
        head = verify(connection).head
        assert verify(connection, head).difference is None
        assert "published" in (verify(connection, "00" * 32).difference or "")


def test_snapshots_that_nobody_recorded_are_found(record: str) -> None:
    last = "SELECT batch, state FROM snapshot ORDER BY batch DESC LIMIT 1"
    for batch in ("batch - 1", "batch + 1", "batch + 100", "-1"):
        added = f"INSERT INTO snapshot SELECT {batch}, state FROM ({last}) AS one"
        _changed_and_found(record, "snapshot", added)
    row = "SELECT ctid FROM snapshot ORDER BY batch DESC LIMIT 1"
    for state in ("state || '\\x00'", "substr(state, 1, length(state) - 1)", "''"):
        changed = f"UPDATE snapshot SET state = {state} WHERE ctid = ({row})"
        _changed_and_found(record, "snapshot", changed)


def test_a_snapshot_that_is_gone_is_no_difference(record: str) -> None:
    url = copy_of(record)
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute("DELETE FROM snapshot").rowcount > 0
    assert difference(url) is None


def _changed_and_found(url: str, table: str, change: str) -> None:
    """Make a change to one row of a table, verify, and take it back."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE TEMPORARY TABLE kept AS TABLE {table}".encode())
        # Whoever changes files by hand asks no constraint.
        constraints = connection.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype IN ('p', 'u')",
            [table],
        ).fetchall()
        for name, _ in constraints:
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
        try:
            assert connection.execute(change.encode()).rowcount == 1, change
            found = difference(url)
            assert found is not None, change
            assert not found.startswith("constraint"), change
        finally:
            connection.execute(f"TRUNCATE {table}".encode())
            connection.execute(f"INSERT INTO {table} TABLE kept".encode())
            for name, definition in constraints:
                added = f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"
                connection.execute(added.encode())
