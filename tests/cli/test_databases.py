"""Databases are named by URLs; passwords show nowhere; one that is down is one line and exit 3."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from psycopg.conninfo import conninfo_to_dict

from skontro.cli.terminal import ExitCode
from skontro.ledger import Journal, connect, shown_url
from skontro.ledger.postgres.address import DatabaseUnavailable, checked_url, scrubbed
from skontro.model import InputError
from skontro.service import record_claim, startup
from skontro.service.settings import Settings
from tests.cli.command import EXAMPLE, skontro
from tests.cli.in_process import Outcome, run_main
from tests.service.systems import new_database, write_folder

SECRET = "s3cret"

#: Texts that are no URL of a database; all hold the password.
MISTAKES = (
    f"postgress://clerk:{SECRET}@127.0.0.1:1/db",
    f"postgresql:/clerk:{SECRET}@127.0.0.1:1/db",
    f"postgres:clerk:{SECRET}@127.0.0.1:1/db",
    f"Postgresql://clerk:{SECRET}@127.0.0.1:1/db",
    f" postgresql://clerk:{SECRET}@127.0.0.1:1/db",
    f"postgresql+psycopg://clerk:{SECRET}@127.0.0.1:1/db",
    f"postgresql://clerk:{SECRET}@[::1/db",
    f"postgresql://clerk:{SECRET}",
    f"postgresql://clerk:a@{SECRET}@127.0.0.1:1/db",
    f"postgresql://clerk:1/{SECRET}@127.0.0.1:1/db",
    f"postgresql://clerk:{SECRET}%@127.0.0.1:1/db",
    f"postgresql://clerk:{SECRET}%00@127.0.0.1:1/db",
    f"postgresql://clerk:{SECRET}@127.0.0.1:port/db",
    f"postgresql://clerk:{SECRET}@127.0.0.1:99999/db",
    f"postgresql://clerk:{SECRET}@127.0.0.1:1/db?passwd={SECRET}",
    f"postgresql://clerk:{SECRET}@127.0.0.1:1/db?sslmode",
    f"postgresql://clerk:{SECRET} @127.0.0.1:1/db",
    f"host=127.0.0.1 port=1 dbname=db user=clerk password={SECRET}",
    f"user=clerk password='{SECRET}'",
)
#: Good ones at which no database listens.
DOWN = (
    f"postgresql://clerk:{SECRET}@127.0.0.1:1/db",
    f"postgres://clerk:{SECRET}@127.0.0.1:1,127.0.0.1:2/db?connect_timeout=1",
    f"postgresql://127.0.0.1:1/db?user=clerk&password={SECRET}",
    f"postgresql://clerk:{SECRET}@/db?host=/nowhere",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_folder(tmp_path / "system")
    return tmp_path / "system"


@pytest.fixture(autouse=True)
def _no_password_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """`main` puts it into the environment of its own process."""
    monkeypatch.setenv("PGPASSWORD", "")
    monkeypatch.delenv("SKONTRO_DATABASE", raising=False)


def says_nothing_secret(outcome: Outcome | subprocess.CompletedProcess[str]) -> None:
    assert SECRET not in outcome.stdout
    assert SECRET not in outcome.stderr


def is_refused(outcome: Outcome | subprocess.CompletedProcess[str]) -> None:
    says_nothing_secret(outcome)
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE, outcome.stderr
    assert outcome.stdout == ""
    assert outcome.stderr.startswith("skontro: ")
    assert outcome.stderr.count("\n") == 1
    assert "Traceback" not in outcome.stderr


def commands_with(folder: Path, text: str) -> list[list[str]]:
    """Every command that takes a database, and some that do not, with the text in each place."""
    day = ["--date", "2026-11-24", "--as-scenario", str(folder / "day")]
    system = str(folder)
    return [
        ["serve", system, "--port", "0", "--database", text],
        ["serve", system, "--port", "0", f"--database={text}"],
        ["verify", text],
        ["verify", system, "--database", text],
        ["replay", text, *day],
        ["replay", system, *day, f"--database={text}"],
    ]


@pytest.mark.parametrize("text", MISTAKES)
def test_what_is_no_url_is_refused_with_its_mistake(folder: Path, text: str) -> None:
    before = sorted(folder.parent.rglob("*"))
    for command in commands_with(folder, text):
        outcome = run_main(*command)
        is_refused(outcome)
        assert "postgresql://" in outcome.stderr
    assert sorted(folder.parent.rglob("*")) == before


@pytest.mark.parametrize("text", MISTAKES[:3] + MISTAKES[6:9])
def test_the_variable_is_checked_too(
    folder: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKONTRO_DATABASE", text)
    for command in (["serve", str(folder), "--port", "0"], ["verify", str(folder)]):
        is_refused(run_main(*command))
    assert not (folder / "record").exists()


def test_folders_and_nothing_are_no_databases(folder: Path) -> None:
    for text in (str(folder / "record"), "record", "", " ", "http://127.0.0.1/db", "db"):
        for command in (["serve", str(folder), "--port", "0"], ["verify", str(folder)]):
            is_refused(run_main(*command, "--database", text))
    assert not (folder / "record").exists()


@pytest.mark.long
@pytest.mark.parametrize("url", DOWN)
def test_a_database_that_is_down_is_one_line(folder: Path, url: str) -> None:
    for command in commands_with(folder, url):
        if command[0] != "serve":
            outcome = run_main(*command)
            is_refused(outcome)
            assert "cannot be used" in outcome.stderr


@pytest.mark.long
def test_a_service_whose_database_stays_down_ends_with_one_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(record_claim, "_REACH_SECONDS", 0)
    for url in DOWN:
        with pytest.raises(InputError) as caught:
            startup.start(Settings(folder, database=url))
        assert SECRET not in str(caught.value)
        assert "\n" not in str(caught.value)
    said = capfd.readouterr()
    assert SECRET not in said.out + said.err


@pytest.mark.long
def test_usage_errors_do_not_repeat_a_password(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for text in (DOWN[0], MISTAKES[0], MISTAKES[6], MISTAKES[-2]):
        for command in (
            ["verify", str(folder), text],
            ["serve", text],
            ["serve", str(folder), text],
            ["verify", text, "--no-such-option"],
            ["verify", text, "--head"],
            ["serve", str(folder), "--port", text],
            ["serve", str(folder), "--host", text],
            ["settle", text, "--output", str(folder / "out")],
            ["send", text, str(EXAMPLE)],
            ["init", str(EXAMPLE), "--output", text],
            [text],
        ):
            outcome = run_main(*command)
            says_nothing_secret(outcome)
    assert not any(SECRET in str(path) for path in tmp_path.rglob("*"))


@pytest.mark.long
def test_the_whole_command_in_a_process_of_its_own(folder: Path) -> None:
    outcome = skontro("verify", DOWN[0])
    is_refused(outcome)
    assert "postgresql://clerk@127.0.0.1:1/db" in outcome.stderr


def _listening(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while "ready" not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)


@pytest.mark.long
def test_a_service_shows_its_password_nowhere(folder: Path, tmp_path: Path) -> None:
    settings = conninfo_to_dict(new_database())
    url = f"postgresql://postgres:{SECRET}@/{settings['dbname']}?host={settings['host']}"
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = str(one.getsockname()[1])
    log = tmp_path / "service.log"
    command = [sys.executable, "-m", "skontro", "serve", str(folder), "--database", url]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, "--port", port, "--verbose"], stdout=file, stderr=file, env={**os.environ}
        )
    try:
        _listening(process, log)
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(True)]
        for one in family:
            assert not any(SECRET in word for word in one.cmdline())
        outcome = run_main("verify", str(folder), "--database", url)
        assert outcome.returncode == ExitCode.DONE, outcome.stderr
        says_nothing_secret(outcome)
    finally:
        process.terminate()
        process.wait(60)
    assert SECRET not in log.read_text()
    for file_of_system in folder.rglob("*"):
        assert SECRET not in file_of_system.name
        if file_of_system.is_file():
            assert SECRET.encode() not in file_of_system.read_bytes()


def test_errors_of_the_library_are_scrubbed() -> None:
    for url in DOWN:
        with pytest.raises(DatabaseUnavailable) as caught:
            connect(url)
        assert SECRET not in f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"
        with pytest.raises(DatabaseUnavailable):
            Journal(url)
        assert SECRET not in repr(Settings(Path(), database=url))
        assert SECRET not in shown_url(url)
    for text in MISTAKES:
        with pytest.raises(InputError) as refused:
            checked_url(text)
        assert SECRET not in str(refused.value)
        with pytest.raises(InputError):
            connect(text)
        with pytest.raises(InputError):
            Settings(Path(), database=text)
        assert SECRET not in shown_url(text)
        assert SECRET not in scrubbed(f"missing = in {text!r}", text)
    for message in (
        f'invalid URI: "{DOWN[0]}"',
        f"password={SECRET} host=a",
        f"password = '{SECRET}' host=a",
        f"connection to clerk:{SECRET} failed",
        f"see postgresql://clerk:{SECRET}@elsewhere/db",
    ):
        assert SECRET not in scrubbed(message, DOWN[0])
    assert scrubbed("two\n\tlines", DOWN[0]) == "two lines"
    assert issubclass(DatabaseUnavailable, InputError)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql:///db", "postgresql:///db"),
        ("postgres://a:b@c/d", "postgresql://a@c/d"),
        ("postgresql://a@[::1]:5/d", "postgresql://a@[::1]:5/d"),
        ("postgresql://a@b:1,c:2/d", "postgresql://a@b:1,c:2/d"),
        ("postgresql://b,c:2/d?target_session_attrs=any", "postgresql://b,c:2/d"),
        ("postgresql://postgres:@/d?host=/tmp/a", "postgresql://postgres@/tmp/a/d"),
        ("postgresql://a%40b:c@d/e", "postgresql://a%40b@d/e"),
    ],
)
def test_addresses_as_shown(url: str, shown: str) -> None:
    assert checked_url(url) == url
    assert shown_url(url) == shown


@pytest.mark.long
def test_a_database_that_fails_meanwhile_is_no_difference(tmp_path: Path) -> None:
    """Whoever ends the connection has not changed the record."""
    import psycopg

    from skontro.ledger import open_record, verify
    from tests.service.systems import live_system

    write_folder(tmp_path)
    url = new_database()
    with live_system(tmp_path, url):
        pass

    def end(_what: str, _done: int, _of: int) -> None:
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    with pytest.raises(DatabaseUnavailable), open_record(url) as connection:
        verify(connection, progress=end)
    with pytest.raises(InputError, match="no record"), open_record(new_database()) as connection:
        verify(connection)
