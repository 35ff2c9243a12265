"""``serve``, ``verify``, ``replay`` and ``receipt``: what they hand on, say and end with."""

import contextlib
import datetime
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from skontro.cli import passwords, receipt
from skontro.cli.passwords import take_passwords_out_of_arguments
from skontro.cli.record import RecordPlace, find_record, warn_if_untrusted
from skontro.cli.replay import LEFT_OUT_FILE, _default_folder, _refuse_nested
from skontro.cli.terminal import ExitCode
from skontro.files import read_results, read_scenario
from skontro.ledger import (
    DatabaseLost,
    Fenced,
    HeadRefused,
    RecordInUse,
    Verified,
)
from skontro.ledger.keys import make_private_key, public_text
from skontro.model import InputError, InvariantBroken
from skontro.service.settings import Settings
from skontro.web.app import make_pages
from tests.cli.in_process import run_main
from tests.cli.progress import Step
from tests.service.systems import write_folder

URL = "postgresql://clerk@127.0.0.1:1/db"
SECRET_URL = URL.replace("clerk", "clerk:s3cret")
KEY = "0" * 64


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SKONTRO_DATABASE", raising=False)
    monkeypatch.setenv("PGPASSWORD", "")


# ------------------------------------------------------------------------------- serve


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The settings and the codes of errors that a service was started with, and how it logs."""
    noted: list[Any] = []
    monkeypatch.setattr(
        "skontro.service.process.serve", lambda *given: noted.extend(given) or noted[1].port % 7
    )
    monkeypatch.setattr("skontro.service.logs.configure_logs", lambda **how: noted.append(how))
    return noted


def test_a_service_has_the_settings_that_are_documented(served: list[Any], tmp_path: Path) -> None:
    outcome = run_main("serve", tmp_path)
    assert outcome.returncode == 8790 % 7
    logs, settings, code_of, pages = served
    assert pages is make_pages
    assert logs == {"as_json": False, "verbose": False}
    assert settings == Settings(
        folder=tmp_path,
        database=None,
        host="127.0.0.1",
        port=8790,
        base_url=None,
        certificate=None,
        certificate_key=None,
        behind_proxy=False,
        requests_per_second=200,
        max_waiting=500_000,
        commands_per_snapshot=2_000_000,
        batches_per_snapshot=5_000,
        signature_processes=2,
        security_log=None,
        take_over=False,
        head_file=None,
        accept_head=None,
        clock_ahead_days=4,
        peers={},
    )
    codes = {
        None: ExitCode.DONE,
        InputError("x"): ExitCode.INPUT_UNUSABLE,
        InvariantBroken("x", "y"): ExitCode.INVARIANT_BROKEN,
        Fenced("x"): ExitCode.FENCED,
        RecordInUse("x"): ExitCode.RECORD_IN_USE,
        DatabaseLost("x"): ExitCode.DATABASE_LOST,
        HeadRefused("x"): ExitCode.HEAD_REFUSED,
        ZeroDivisionError(): ExitCode.DATABASE_LOST,
    }
    assert [code_of(error) for error in codes] == [*codes.values()]


def test_every_option_of_a_service_comes_to_its_setting(served: list[Any], tmp_path: Path) -> None:
    given: dict[str, Any] = {
        "database": URL,
        "host": "::1",
        "port": 8443,
        "base_url": "https://bank.example",
        "certificate": tmp_path / "c.pem",
        "certificate_key": tmp_path / "k.pem",
        "requests_per_second": 3.5,
        "max_waiting": 4,
        "commands_per_snapshot": 5,
        "batches_per_snapshot": 9,
        "signature_processes": 6,
        "security_log": tmp_path / "log",
        "head_file": tmp_path / "head.json",
        "accept_head": KEY,
        "clock_ahead_days": 7,
    }
    options = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    given["peers"] = {"BANK-B": "https://b.example"}
    more = ["--take-over", "--logs", "json", "--verbose", "--peer=BANK-B=https://b.example"]
    outcome = run_main("serve", tmp_path, *options, *more)
    logs, settings, *_ = served
    assert outcome.returncode == 8443 % 7
    assert logs == {"as_json": True, "verbose": True}
    assert settings == Settings(folder=tmp_path, take_over=True, **given)
    served.clear()
    run_main("serve", tmp_path, "--behind-proxy")
    assert served[1].behind_proxy


def test_the_engines_of_screening(served: list[Any], tmp_path: Path) -> None:
    lists = ("--screening-lists", tmp_path / "lists.yaml")
    run_main("serve", tmp_path, *lists, "--screening-processes", "3")
    expected = Settings(
        folder=tmp_path, screening_lists=tmp_path / "lists.yaml", screening_processes=3
    )
    assert served[1] == expected
    served.clear()
    run_main("serve", tmp_path, *lists, "--second-engine", "python 'my engine.py' --fast")
    assert served[1].second_engine == ("python", "my engine.py", "--fast")
    served.clear()
    (tmp_path / "screening-lists.yaml").touch()
    run_main("serve", tmp_path, "--second-engine", "engine")
    assert served[1] == Settings(folder=tmp_path, second_engine=("engine",))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--second-engine", "engine"), "--second-engine needs --screening-lists"),
        (("--second-engine", "", "--screening-lists", "x"), "--second-engine names no command"),
        (("--second-engine", "'a", "--screening-lists", "x"), "--second-engine: No closing quot"),
    ],
)
def test_second_engines_that_are_refused(
    served: list[Any], tmp_path: Path, options: tuple[str, ...], text: str
) -> None:
    outcome = run_main("serve", tmp_path, *options)
    assert outcome.returncode == 3
    assert text in outcome.stderr
    assert len(served) == 1  # how it logs, and no service


@pytest.mark.parametrize("error", [Fenced, RecordInUse, DatabaseLost, HeadRefused])
def test_a_service_that_cannot_go_on_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: type[Exception]
) -> None:
    def fail(*_: object) -> None:
        raise error("the reason")

    monkeypatch.setattr("skontro.service.process.serve", fail)
    monkeypatch.setattr("skontro.service.logs.configure_logs", lambda **_: None)
    outcome = run_main("serve", tmp_path)
    assert outcome.stderr == f"skontro: {error('the reason')}\n"
    assert (
        outcome.returncode
        == {
            Fenced: ExitCode.FENCED,
            RecordInUse: ExitCode.RECORD_IN_USE,
            DatabaseLost: ExitCode.DATABASE_LOST,
            HeadRefused: ExitCode.HEAD_REFUSED,
        }[error]
    )  # type: ignore[index]


# ------------------------------------------------------------------------------- verify


GOOD = Verified(
    batches=1234,
    commands=2345,
    events=3456,
    postings=4567,
    head="ab",
    public_key=KEY,
    key_trusted=True,
    schema_checked=True,
    difference=None,
)


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("changed", "code", "warned"),
    [
        ({}, ExitCode.DONE, None),
        ({"schema_checked": False}, ExitCode.DONE, "views, triggers and tables were not compared"),
        ({"difference": "row 3"}, ExitCode.INVARIANT_BROKEN, "the first difference: row 3"),
    ],
)
def test_what_was_verified_is_told(
    monkeypatch: pytest.MonkeyPatch,
    steps: list[Step],
    as_json: bool,
    changed: dict[str, Any],
    code: ExitCode,
    warned: str | None,
) -> None:
    found = attrs.evolve(GOOD, **changed)
    asked: list[object] = []

    @contextlib.contextmanager
    def open_record(url: str) -> Iterator[str]:
        yield url

    def verify(connection: str, head: str | None, progress: Any, key: str | None) -> Verified:
        progress("replaying", 1, 2)
        asked.extend([connection, head, key])
        return found

    monkeypatch.setattr("skontro.ledger.open_record", open_record)
    monkeypatch.setattr("skontro.ledger.verify", verify)
    options = ["--head", "cd", "--public-key", public_text_of_zero()]
    outcome = run_main("verify", URL, *options, *(["--json"] if as_json else []))
    assert asked == [URL, "cd", public_text_of_zero()]
    assert steps == ([] if as_json else [("replaying", 1, 2)])
    assert outcome.returncode == code
    figures = "1,234 batches, 2,345 commands, 3,456 events and 4,567 postings replayed\n"
    good = f"The record is consistent. Head: ab\nEvery batch is signed with the key {KEY}.\n"
    if as_json:
        assert json.loads(outcome.stdout) == attrs.asdict(found)
    else:
        assert outcome.stdout == figures + ("" if code else good)
    assert outcome.stderr.count("\n") == (0 if warned is None else 1)
    assert (warned or "") in outcome.stderr


def public_text_of_zero() -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return public_text(Ed25519PrivateKey.from_private_bytes(bytes(32)))


# ------------------------------------------------------------------------------- records


def test_a_record_is_where_its_folder_or_its_address_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = public_text_of_zero()
    assert find_record(URL, None, None) == RecordPlace(URL, None)
    assert find_record(URL, None, key.upper()) == RecordPlace(URL, key)
    assert find_record(str(tmp_path), URL, key) == RecordPlace(URL, key)
    own = public_text(make_private_key(tmp_path / "signing.key"))
    assert find_record(str(tmp_path), URL, None) == RecordPlace(URL, own)
    assert find_record(str(tmp_path), URL, own) == RecordPlace(URL, own)
    with pytest.raises(InvariantBroken, match=f"is {own}, and --public-key {key}"):
        find_record(str(tmp_path), URL, key)
    with pytest.raises(InputError, match="the database is named twice; leave out --database"):
        find_record(URL, URL + "2", None)
    monkeypatch.setenv("SKONTRO_DATABASE", URL + "2")
    assert find_record(URL, URL + "2", None).url == URL
    with pytest.raises(InputError, match="RECORD: "):
        find_record("http://x", None, None)
    assert "s3cret" not in repr(RecordPlace(SECRET_URL, None))


def test_a_folder_without_a_record_is_named_if_it_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "there is no record in this folder; name the database with --database"
    for place, said in ((tmp_path, f"{tmp_path}: {told}"), (tmp_path / "none", f"RECORD: {told}")):
        outcome = run_main("verify", place)
        assert (outcome.returncode, outcome.stderr) == (
            ExitCode.INPUT_UNUSABLE,
            f"skontro: {said}\n",
        )
    (tmp_path / "record").mkdir()
    (tmp_path / "record" / "PG_VERSION").touch()
    monkeypatch.setattr("skontro.ledger.database_url", lambda folder: f"of {folder.name}")
    assert find_record(str(tmp_path), None, None).url == "of record"


def test_a_record_that_vouches_for_itself_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    warn_if_untrusted(RecordPlace(URL, KEY), KEY)
    assert capsys.readouterr() == ("", "")
    warn_if_untrusted(RecordPlace(URL, None), KEY)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"skontro: warning: checked with {KEY}, the key that the record")


# ------------------------------------------------------------------------------- replay


@pytest.mark.long
def test_a_day_becomes_a_scenario_and_its_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import polars as pl

    from skontro.simulation import settle
    from skontro.simulation.live_day import LiveDay
    from tests.cli.command import EXAMPLE

    scenario = read_scenario(EXAMPLE).scenario
    left_out = pl.DataFrame({"uetr": ["x"], "reason": ["y"]})
    day = LiveDay(scenario, settle(scenario), left_out, KEY)
    asked: list[object] = []
    monkeypatch.setattr(
        "skontro.simulation.live_day.read_live_day", lambda *given: asked.extend(given) or day
    )
    monkeypatch.chdir(tmp_path)
    system = tmp_path / "system"
    write_folder(system)
    make_private_key(system / "signing.key")
    call = ("replay", system, "--database", URL, "--date", "2026-11-24")
    outcome = run_main(*call, "--results", "settled")
    assert (outcome.returncode, outcome.stderr) == (ExitCode.DONE, "")
    assert outcome.stdout == (
        "8 payments and 0 instructions written to system-2026-11-24; 1 orders left out\n"
        "Results of the record written to settled\n"
    )
    assert asked[:2] == [URL, datetime.date(2026, 11, 24)]
    monkeypatch.setattr(
        "skontro.simulation.live_day.read_live_day", lambda *_: attrs.evolve(day, linked=1_000)
    )
    assert run_main(*call, "--as-scenario", "linked").stderr == (
        "skontro: warning: 1,000 legs of links with other systems: the scenario has no steps of "
        "links, so settling it again gives other results\n"
    )
    monkeypatch.setattr("skontro.simulation.live_day.read_live_day", lambda *_: day)
    folder = tmp_path / "system-2026-11-24"
    assert read_scenario(folder).scenario.payments.equals(scenario.payments)
    assert (folder / LEFT_OUT_FILE).read_text() == "uetr,reason\nx,y\n"
    assert read_results(tmp_path / "settled").orders.equals(day.results.orders)
    # What it wrote itself, it writes again; a report that was drawn of the results goes with them.
    (tmp_path / "settled" / "report.html").write_text("of the first")
    assert run_main(*call, "--results", "settled").returncode == ExitCode.DONE
    assert not (tmp_path / "settled" / "report.html").exists()
    (folder / "mine").touch()
    refused = run_main(*call)
    assert "`skontro replay` did not write" in refused.stderr
    again = run_main(*call, "--overwrite")
    assert again.returncode == ExitCode.DONE
    assert "Results" not in again.stdout
    for option in ("--as-scenario", "--results"):
        outcome = run_main(*call, "--as-scenario", "elsewhere", option, system)
        assert f"{system}: the output folder holds an input" in outcome.stderr
    assert run_main(*call, "--as-scenario", "x", "--results", "x/y").returncode == (
        ExitCode.INPUT_UNUSABLE
    )


def test_folders_of_a_replay_are_apart_and_named_after_the_system(tmp_path: Path) -> None:
    date = datetime.date(2026, 11, 24)
    assert _default_folder(SECRET_URL, date) == Path("record-2026-11-24")
    assert _default_folder(str(tmp_path / "system"), date) == Path("system-2026-11-24")
    one = tmp_path / "one"
    _refuse_nested(one, None)
    _refuse_nested(one, tmp_path / "other")
    for other in (one, one / "deep" / "er", tmp_path, tmp_path / "x" / ".." / "one"):
        with pytest.raises(InputError, match="name two folders, neither inside the other"):
            _refuse_nested(one, other)


# ------------------------------------------------------------------------------- receipts


def test_files_of_a_receipt_are_read_up_to_a_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "receipt.json"
    path.write_text("{}")
    monkeypatch.setattr(receipt, "_MAX_BYTES", 2)
    assert receipt._json_of(path) == {}
    path.write_text("{} ")
    with pytest.raises(InputError, match="no answer of the service has more than 2 bytes"):
        receipt._json_of(path)
    path.write_text("{")
    with pytest.raises(InputError, match=r"receipt\.json: not as the service gave it: "):
        receipt._json_of(path)
    for bad in (tmp_path / "none", tmp_path / "null\0"):
        with pytest.raises(InputError, match=r"there is no such file|cannot be read"):
            receipt._json_of(bad)


# ------------------------------------------------------------------------------- passwords


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        (["verify", SECRET_URL], ["verify", URL]),
        (["serve", "x", f"--database={SECRET_URL}"], ["serve", "x", f"--database={URL}"]),
        (["serve", "x", "--database", SECRET_URL, "-v"], ["serve", "x", "--database", URL, "-v"]),
        (["verify", URL], None),
        (["settle", "password=1"], None),
    ],
)
def test_passwords_leave_the_arguments_for_the_environment(
    monkeypatch: pytest.MonkeyPatch, typed: list[str], left: list[str] | None
) -> None:
    began: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(os, "execv", lambda *given: began.append(given))
    monkeypatch.setattr(sys, "argv", ["skontro", *typed])
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "skontro", *typed])
    take_passwords_out_of_arguments()
    assert sys.argv[1:] == (left or typed)
    assert os.environ["PGPASSWORD"] == ("s3cret" if left else "")
    begin = [sys.executable, ["python", "-m", "skontro", *(left or [])]]
    assert [[*one] for one in began] == ([begin] if left else [])
    # Arguments that are not the process's own, as in a test, begin nothing anew.
    began.clear()
    monkeypatch.setattr(sys, "argv", ["skontro", *typed])
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "pytest"])
    take_passwords_out_of_arguments()
    assert began == []
    monkeypatch.setattr(sys, "argv", ["skontro", *typed])
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "skontro", *typed])
    monkeypatch.setattr(passwords.os, "name", "nt")
    take_passwords_out_of_arguments()
    assert began == []


def test_a_mistaken_address_is_named_by_its_option(monkeypatch: pytest.MonkeyPatch) -> None:
    for typed, named in (
        (["serve", "x", "--database", "postgres:clerk:s3cret@h"], "--database: "),
        (["serve", "x", "--database=postgres:clerk:s3cret@h"], "--database: "),
        (["verify", "postgres:clerk:s3cret@h"], "an argument: "),
        (["verify", "user=clerk password = s3cret"], "an argument: "),
    ):
        monkeypatch.setattr(sys, "argv", ["skontro", *typed])
        with pytest.raises(InputError) as caught:
            take_passwords_out_of_arguments()
        assert str(caught.value).startswith(named)
        assert "s3cret" not in str(caught.value)
