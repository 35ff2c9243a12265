"""The head kept outside the database: a service refuses a record that is behind it."""

import json
import shutil
from pathlib import Path

import psycopg
import pytest

from skontro.ledger import HeadRefused, Journal, RecordInUse, connect
from skontro.ledger.lease import Holder
from skontro.model import InputError
from tests.service.systems import Clock, live_system, new_database, order, server_url, write_folder


def copied(url: str) -> str:
    """A copy of a database as it is now."""
    copy = new_database()
    names = [one.partition("?")[0].rpartition("/")[2] for one in (url, copy)]
    with psycopg.connect(server_url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {names[1]}".encode())
        connection.execute(f"CREATE DATABASE {names[1]} TEMPLATE {names[0]}".encode())
    return copy


def kept(folder: Path) -> dict[str, object]:
    document: dict[str, object] = json.loads((folder / "head.json").read_text())
    return document


def test_the_kept_head_is_that_of_the_record(tmp_path: Path) -> None:
    write_folder(tmp_path)
    with live_system(tmp_path) as system:
        assert system.bank(0).submit(order()).status_code == 201
        shown = system.operator().get("/v1/record/head").json()
    head = kept(tmp_path)
    assert (head["batch"], head["hash"], head["signature"], head["epoch"]) == (
        shown["batch"],
        shown["hash"],
        shown["signature"],
        1,
    )


@pytest.mark.long
def test_a_restored_backup_needs_the_operators_word(tmp_path: Path) -> None:
    write_folder(tmp_path)
    url, clock = new_database(), Clock()
    with live_system(tmp_path, url, clock) as system:
        system.bank(0).submit(order())
    backup, old = copied(url), kept(tmp_path)
    with live_system(tmp_path, url, clock) as system:
        system.bank(0).submit(order())
    newer = kept(tmp_path)
    with pytest.raises(HeadRefused, match="restored from a backup") as refused:
        live_system(tmp_path, backup, clock).__enter__()
    assert f"--accept-head {old['hash']}" in str(refused.value)
    assert "\n" not in str(refused.value)
    with pytest.raises(HeadRefused):
        live_system(tmp_path, backup, clock, accept_head="ab" * 32).__enter__()
    assert kept(tmp_path) == newer
    with live_system(tmp_path, backup, clock, accept_head=old["hash"]) as system:
        assert system.bank(0).submit(order()).status_code == 201
        assert system.verified().difference is None
    with connect(backup) as connection:
        row = connection.execute("SELECT body FROM journal WHERE body LIKE '%accepted%'").fetchone()
    assert row is not None
    said = json.loads(str(row[0]))
    assert said["accepted_head"] == {"batch": old["batch"], "hash": old["hash"]}
    assert said["instead_of"]["hash"] == newer["hash"]
    # From here on the first database is the one that forks.
    with pytest.raises(HeadRefused):
        live_system(tmp_path, url, clock).__enter__()


def test_a_copy_that_went_on_elsewhere_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path)
    url, clock = new_database(), Clock()
    with live_system(tmp_path, url, clock) as system:
        system.bank(0).submit(order())
    fork, elsewhere = copied(url), tmp_path / "elsewhere.json"
    shutil.copy(tmp_path / "head.json", elsewhere)
    with live_system(tmp_path, url, clock) as system:
        system.bank(0).submit(order())
    with live_system(tmp_path, fork, clock, head_file=elsewhere) as system:
        for _ in range(3):
            system.bank(0).submit(order(amount="2.00"))
    with pytest.raises(HeadRefused, match="has another batch"):
        live_system(tmp_path, fork, clock).__enter__()


def test_an_empty_database_does_not_stand_for_a_record(tmp_path: Path) -> None:
    write_folder(tmp_path)
    with live_system(tmp_path):
        pass
    with pytest.raises(HeadRefused, match="ends with nothing"):
        live_system(tmp_path, new_database()).__enter__()


def test_a_kept_head_that_cannot_be_read(tmp_path: Path) -> None:
    write_folder(tmp_path)
    (tmp_path / "head.json").write_text("{")
    with pytest.raises(InputError, match="head of the record cannot be read"):
        live_system(tmp_path).__enter__()


def test_what_a_given_up_connection_was_sent_is_not_written(tmp_path: Path) -> None:
    """A statement that a hanging server reads after the writer has found it missing."""
    write_folder(tmp_path)
    with live_system(tmp_path) as system:
        journal = system.service.sequencer.writer._journal
        assert isinstance(journal, Journal)
        before = journal._number
        late = journal.connection
        sql = "SELECT count(*) FROM writer, writer_connection WHERE epoch = %s AND number = %s"
        assert late.execute(sql, [journal.epoch, before]).fetchone() == (1,)
        head = system.service.sequencer._chain.head
        entries = [_Ends(head.hash)]
        journal._interrupted.clear()
        second = Journal(system.url)
        second.epoch, second._number = journal.epoch, before
        assert second.resolve(entries)  # type: ignore[arg-type]
        assert late.execute(sql, [journal.epoch, before]).fetchone() == (0,)
        journal._number = second._number
        second.close()


class _Ends:
    def __init__(self, hash_: bytes) -> None:
        self.hash, self.previous_hash, self.number = hash_, b"", 0


def test_a_lease_that_is_renewed_while_one_looks(tmp_path: Path) -> None:
    write_folder(tmp_path)
    with live_system(tmp_path) as system, pytest.raises(RecordInUse, match="--take-over"):
        live_system(tmp_path, system.url, Clock()).__enter__()


def test_a_process_is_known_to_be_gone_only_on_its_own_machine() -> None:
    this = Holder.this_process()
    assert not this.is_gone
    boot, space, number, began = this.process.split()
    assert Holder("another start", f"{boot} {space} {number} {int(began) + 1}").is_gone
    assert not Holder("another machine", f"other {space} {number} {began}").is_gone
    assert not Holder("unknown", "").is_gone
