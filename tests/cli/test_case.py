"""``skontro case`` against a real service: a claim computed from rates, until it is paid."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from skontro.cli.terminal import ExitCode
from tests.cli.in_process import Outcome, run_main
from tests.service.in_threads import Served, served
from tests.service.systems import BANKS, TOKENS, order, write_folder

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("system")
    write_folder(folder, balance=100_000_000)
    (folder / "anna.token").write_text(f"{TOKENS[0]}\n")
    with served(folder) as running:
        yield running


def run(service: Served, bank: int | None, *arguments: str, person: int = 1) -> Outcome:
    caller = ["--token-file", str(service.folder / "anna.token")]
    if bank is not None:
        key = f"{BANKS[bank]}-{person}"
        caller = ["--key", str(service.folder / "keys" / f"{key}.pem"), "--key-id", key]
    return run_main(*arguments, "--url", service.url, *caller)


def settled(service: Served) -> str:
    one = order(amount="100000.00")
    assert service.bank(0).submit(one).json()["status"] == "settled"
    return str(one["uetr"])


def test_a_claim_for_compensation_from_opening_to_payment(service: Served, tmp_path: Path) -> None:
    rates = tmp_path / "rates.csv"
    rates.write_text(
        "series,currency,date,percent\novernight credit of the central bank,KZT,2026-11-20,7.2\n"
        "overnight credit of the central bank,KZT,2026-11-23,7.2\n"
    )
    letter = tmp_path / "letter.txt"
    letter.write_text("late")
    uetr = settled(service)
    days = ("--due-on", "2026-11-20", "--settled-on", "2026-11-23")
    claim = ("--reference", "V-1", *days, "--scheme", "csdr-cash", "--rates", str(rates))
    opened = run(service, 1, "case", "open", "value date", uetr, *claim, "--evidence", str(letter))
    assert opened.returncode == ExitCode.DONE, opened.stderr
    assert "compensation 20.00" in opened.stdout  # 100,000 at 7.2 % of 360 days for one day
    assert f"answer due: {BANKS[0]} until " in opened.stdout
    due = run(service, 0, "case", "list", "--due")
    assert "value date" in due.stdout
    assert "no such case" in run(service, 1, "case", "list", "--due").stdout
    accepted = run(service, 0, "case", "act", "0", "accept")
    assert "skontro approve 0" in accepted.stdout, accepted.stderr
    shown = run(service, None, "case", "show", "0", "--json")
    assert json.loads(shown.stdout)["state"] == "answer due"
    listed = run(service, None, "case", "list", "--json")
    assert [one["case"] for one in json.loads(listed.stdout)["cases"]] == [0]
    assert json.loads(run(service, None, "case", "rules").stdout)["scheme"] == ""


def test_options_that_contradict_each_other(service: Served, tmp_path: Path) -> None:
    start = ("case", "open", "charges", settled(service), "--reference", "C-1")
    for options, told in (
        (("--due-on", "2026-11-20"), "both --due-on and --settled-on"),
        (("--rates", str(tmp_path / "rates.csv")), "computes the compensation from"),
        (("--evidence", str(tmp_path / "absent")), "absent"),
    ):
        outcome = run(service, 1, *start, *options)
        assert outcome.returncode == ExitCode.INPUT_UNUSABLE
        assert told in outcome.stderr
