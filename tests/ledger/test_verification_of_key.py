"""A record that somebody else signed is found out by whoever knows the key from elsewhere."""

import datetime
import json
from pathlib import Path

import attrs
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.cli.terminal import ExitCode
from skontro.ledger import connect, genesis, make_entry, read_entries, verify
from skontro.ledger.keys import public_text, read_private_key
from skontro.model import InputError, InvariantBroken
from skontro.simulation.live_day import read_live_day
from tests.cli.in_process import Outcome, run_main
from tests.service.systems import (
    OFFICE_HOURS,
    Clock,
    copy_of,
    live_system,
    new_database,
    order,
    write_folder,
)
from tests.service.test_business_day import at

OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
DAY = ("--date", "2026-11-24")


@attrs.frozen
class Kept:
    """A system's folder, its record, the same record signed by somebody else, and the key."""

    folder: Path
    url: str
    signed_anew: str
    key: str


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder: Path = tmp_path_factory.mktemp("system")
    write_folder(folder, OFFICE_HOURS)
    url = new_database()
    with live_system(folder, url, Clock(at(10))) as system:
        system.bank(0).submit_batch([order(0, 1), order(0, 1, "2.00")])
        system.move_to(at(19))
    key = public_text(read_private_key(folder / "signing.key"))
    signed_anew = copy_of(url, for_one_test=False)
    _sign_anew(signed_anew)
    return Kept(folder, url, signed_anew, key)


def _sign_anew(url: str) -> None:
    """Everything as it was, but by another key, which the first batch names."""
    with connect(url) as reading, psycopg.connect(url, autocommit=True) as writing:
        previous = b""
        for entry in list(read_entries(reading, 0, _last(reading))):
            if entry.number == 0:
                body = json.loads(entry.batch.body)
                body["settings"]["public_key"] = public_text(OTHER)
                text = json.dumps(body, sort_keys=True, ensure_ascii=False)
                again = genesis(text, entry.batch.time)
            else:
                again = make_entry(entry.number, entry.batch, entry.rows["request"], previous)
            writing.execute(
                "UPDATE journal SET body = %s, previous_hash = %s, content = %s, hash = %s, "
                "signature = %s WHERE batch = %s",
                [
                    again.batch.body,
                    again.previous_hash,
                    again.content,
                    again.hash,
                    OTHER.sign(again.hash),
                    again.number,
                ],
            )
            previous = again.hash


def _last(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    row = connection.execute("SELECT max(batch) FROM journal").fetchone()
    assert row is not None
    return int(str(row[0]))


def test_a_record_signed_anew_agrees_with_itself_alone(kept: Kept) -> None:
    for url, key in ((kept.url, kept.key), (kept.signed_anew, public_text(OTHER))):
        with connect(url) as connection:
            alone = verify(connection)
            assert (alone.difference, alone.public_key, alone.key_trusted) == (None, key, False)
            known = verify(connection, key=key)
            assert (known.difference, known.key_trusted) == (None, True)
    with connect(kept.signed_anew) as connection:
        found = verify(connection, key=kept.key)
    assert kept.key in (found.difference or "")
    assert public_text(OTHER) in (found.difference or "")


def test_a_service_does_not_go_on_with_it(kept: Kept) -> None:
    with (
        pytest.raises(InputError, match=r"signing\.key"),
        live_system(kept.folder, kept.signed_anew, Clock(at(20))),
    ):
        pass


def _verified(*arguments: str | Path) -> Outcome:
    return run_main("verify", *arguments)


@pytest.mark.long
def test_verify_takes_the_key_of_the_folder_or_of_the_command_line(
    kept: Kept, tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    good = (
        (kept.folder, "--database", kept.url),
        (kept.folder, "--database", kept.url, "--public-key", kept.key.upper()),
        (kept.url, "--public-key", kept.key),
        (bare, "--database", kept.url, "--public-key", kept.key),
    )
    for arguments in good:
        outcome = _verified(*arguments)
        assert outcome.returncode == ExitCode.DONE, outcome.stderr
        assert outcome.stderr == ""
        assert f"signed with the key {kept.key}" in outcome.stdout
        assert json.loads(_verified(*arguments, "--json").stdout)["key_trusted"] is True
    for arguments in ((kept.url,), (bare, "--database", kept.url)):
        outcome = _verified(*arguments)
        assert outcome.returncode == ExitCode.DONE
        assert "warning" in outcome.stderr
        assert kept.key in outcome.stderr
        assert outcome.stderr.count("\n") == 1
        found = json.loads(_verified(*arguments, "--json").stdout)
        assert (found["key_trusted"], found["public_key"]) == (False, kept.key)
    other = public_text(OTHER)
    for arguments in (
        (kept.folder, "--database", kept.signed_anew),
        (kept.signed_anew, "--public-key", kept.key),
        (kept.folder, "--database", kept.url, "--public-key", other),
        (kept.folder, "--database", kept.signed_anew, "--public-key", other),
        (kept.url, "--public-key", other),
    ):
        outcome = _verified(*arguments)
        assert outcome.returncode == ExitCode.INVARIANT_BROKEN, outcome.stderr
        assert other in outcome.stderr
        assert "claims to be" not in outcome.stdout
    assert _verified(kept.url, "--public-key", "00").returncode == ExitCode.INPUT_UNUSABLE


def test_replay_takes_it_too(kept: Kept, tmp_path: Path) -> None:
    def replayed(*arguments: str | Path) -> Outcome:
        return run_main("replay", *arguments, *DAY, "--as-scenario", tmp_path / "day")

    for arguments in (
        (kept.folder, "--database", kept.signed_anew),
        (kept.signed_anew, "--public-key", kept.key),
        (kept.folder, "--database", kept.url, "--public-key", public_text(OTHER)),
    ):
        assert replayed(*arguments).returncode == ExitCode.INVARIANT_BROKEN
        assert not (tmp_path / "day").exists()
    outcome = replayed(kept.folder, "--database", kept.url)
    assert (outcome.returncode, outcome.stderr) == (ExitCode.DONE, "")
    outcome = replayed(kept.url)
    assert outcome.returncode == ExitCode.DONE
    assert "warning" in outcome.stderr
    with pytest.raises(InvariantBroken):
        read_live_day(kept.signed_anew, datetime.date(2026, 11, 24), kept.key)


def test_a_folder_and_the_variable_name_one_record(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKONTRO_DATABASE", kept.url)
    assert _verified(kept.folder).returncode == ExitCode.DONE
    # What is typed counts more, but two things cannot be typed.
    assert _verified(kept.signed_anew).returncode == ExitCode.DONE
    twice = _verified(kept.url, "--database", kept.signed_anew)
    assert twice.returncode == ExitCode.INPUT_UNUSABLE
