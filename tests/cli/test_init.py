"""``skontro init``: a system that can be started, with keys that only their owner can read."""

import datetime
import stat
from pathlib import Path

import pytest

from skontro.cli.terminal import ExitCode
from skontro.files.system_rules import read_system
from skontro.ledger.keys import public_text, read_private_key
from skontro.screening.lists_document import load_screener
from skontro.service.initialise import operator_tokens
from skontro.service.settings import Settings
from skontro.system import ScreeningPolicy
from tests.cli.command import EXAMPLE
from tests.cli.in_process import run_main
from tests.screening.cuts import ALT, SDN


def test_a_system_is_written_that_can_be_read_again(tmp_path: Path) -> None:
    folder = tmp_path / "system"
    outcome = run_main("init", EXAMPLE, "--output", folder, "--name", "Trial of three")
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    rules = read_system(folder)
    banks, accounts = len(rules.directory.participants), len(rules.directory.accounts)
    assert f"{banks} participants, {accounts} accounts, written to {folder}" in outcome.stdout
    assert f"skontro serve {folder}" in outcome.stdout
    assert rules.name == "Trial of three"
    assert (str(rules.calendar.opens), str(rules.calendar.closes)) == ("00:00:00", "23:55:00")
    assert rules.calendar.starts == rules.calendar.opens
    assert (rules.calendar.weekend, rules.calendar.currencies) == ((), {})
    assert [one.role for one in rules.credentials.operators] == ["operator", "operator", "viewer"]
    keys = {one.id: one for one in rules.credentials.keys}
    assert [*keys] == [
        f"{one.bic}-{number}" for one in rules.directory.participants for number in (1, 2)
    ]
    for name, key in keys.items():
        assert key.person.startswith(f"Person {name[-1]} of ")
        assert public_text(read_private_key(folder / "keys" / f"{name}.pem")) == key.public_key
    assert len({*operator_tokens(folder)}) == 3
    secrets = [folder / "signing.key", *(folder / "keys").iterdir()]
    assert len(secrets) == 1 + 3 + len(keys)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in secrets)
    assert stat.S_IMODE((folder / "keys").stat().st_mode) == 0o700


def test_hours_and_holidays_are_those_that_were_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "system"
    options = ["--opens", "09:00", "--closes", "17:30", "--weekend", "--time-zone", "Asia/Almaty"]
    outcome = run_main("init", EXAMPLE / "participants.yaml", "--output", folder, *options)
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    calendar = read_system(folder).calendar
    assert calendar.weekend == (5, 6)
    assert calendar.time_zone == "Asia/Almaty"
    assert (str(calendar.opens), str(calendar.closes)) == ("09:00:00", "17:30:00")
    tenge = calendar.currencies["KZT"]
    assert tenge.customer_cut_off == tenge.interbank_cut_off == calendar.closes
    years = sorted({date.year for date in tenge.holidays})
    assert years == [years[0], years[0] + 1]
    assert any((date.month, date.day) == (3, 22) for date in tenge.holidays)  # Nauryz
    again = run_main("init", EXAMPLE, "--output", folder)
    assert again.returncode == ExitCode.INPUT_UNUSABLE


def test_lists_are_copied_and_used_by_default(tmp_path: Path) -> None:
    folder = tmp_path / "system"
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    lists = ["--lists", SDN, "--lists", ALT, "--published", today]
    outcome = run_main("init", EXAMPLE, "--output", folder, *lists)
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    assert "held" not in outcome.stdout
    for named in (folder, folder / "system.yaml"):
        assert Settings(named).lists_in_use == folder / "screening-lists.yaml"
    assert load_screener(folder / "screening-lists.yaml").lists[0].published.isoformat() == today
    agreed = load_screener(folder / "screening-lists.yaml").described
    assert read_system(folder).screening_lists == agreed
    other = tmp_path / "other.yaml"
    assert Settings(folder, screening_lists=other).lists_in_use == other
    assert read_system(folder).screening == ScreeningPolicy()


def test_without_lists_it_says_that_orders_are_held(tmp_path: Path) -> None:
    folder = tmp_path / "system"
    outcome = run_main("init", EXAMPLE, "--output", folder)
    assert "every order is held until two people release it" in " ".join(outcome.stdout.split())
    assert Settings(folder).lists_in_use is None
    settled = run_main("init", EXAMPLE, "--output", tmp_path / "other", "--without-screening")
    assert "held" not in settled.stdout


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--lists", SDN, "--without-screening"), "--lists or --without-screening, not both"),
        (("--published", "2026-02-27"), "--published is the day of --lists: give them, too"),
        (
            ("--lists", SDN, "--published", "2026-02-27"),
            "old; 7 is the most: all orders would",
        ),
    ],
)
def test_lists_that_are_refused(tmp_path: Path, options: tuple[str | Path, ...], text: str) -> None:
    outcome = run_main("init", EXAMPLE, "--output", tmp_path / "system", *options)
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert text in outcome.stderr
    assert not (tmp_path / "system").exists()
