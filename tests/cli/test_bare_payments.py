"""A payments file by itself is settled, and what it does not say is assumed and said."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from skontro.cli.terminal import ExitCode
from skontro.files import read_results
from tests.cli.command import EXAMPLE
from tests.cli.in_process import run_main

HEAD = "uetr,payer,payee,currency,amount,submitted_at"
UETR = "00000000-0000-4000-8000-{:012}"
BANKS = ("AAAAKZK0", "BBBBKGB0", "CCCCUZT0")


def payments(folder: Path, *rows: str) -> Path:
    path = folder / "my payments.csv"
    lines = [f"{UETR.format(number)},{row}" for number, row in enumerate(rows)]
    path.write_text("\n".join([HEAD, *lines]) + "\n")
    return path


ROWS = (
    f"{BANKS[0]},{BANKS[1]},KZT,100.00,2026-10-26T09:00",
    f"{BANKS[1]},{BANKS[2]},KZT,60.00,2026-10-26T10:00",
    f"{BANKS[1]},{BANKS[0]},KZT,60.00,2026-10-26T23:59:59.999999",
)


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_example_settles_from_its_payments_alone(tmp_path: Path) -> None:
    path = Path(shutil.copy(EXAMPLE / "payments.csv", tmp_path))
    outcome = run_main("settle", path)
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    results = read_results(tmp_path / "payments-settled")
    assert set(results.orders["status"]) == {"settled"}
    assert results.orders["queued_at"].null_count() == 8
    assert "Results written to payments-settled" in outcome.stdout
    for code in ("KGS", "KZT"):
        assert code in outcome.stdout
    for said in (
        "assumed days: 2026-10-26, from midnight to midnight, UTC",
        "assumed participants: 3, one for each BIC, of the country that it names",
        "assumed accounts: 5, in every currency",
        "assumed liquidity: no opening balances, and credit for all outgoing payments of an ",
        "assumed rates: none: 2 currencies are shown separately and not added up; a file",
        "assumed rulebook: gross, first in first out by class",
    ):
        assert said in outcome.stderr
        key, value = said.split(": ", 1)
        assert results.provenance[key].startswith(value)


def test_one_currency_is_valued_in_itself(tmp_path: Path) -> None:
    outcome = run_main("settle", payments(tmp_path, *ROWS), "--json")
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    assert "assumed rates: values in KZT, the only currency" in outcome.stderr
    summary = json.loads(outcome.stdout)
    assert summary["account_currency"] == "KZT"
    accounts = read_results(tmp_path / "my payments-settled").accounts
    used = dict(accounts.select("bic", "liquidity_used_minor").rows())
    assert used == {BANKS[0]: 100_00, BANKS[1]: 20_00, BANKS[2]: 0}  # what settling at once takes
    assert dict(accounts.select("bic", "country").rows()) == {
        BANKS[0]: "KAZ",
        BANKS[1]: "KGZ",
        BANKS[2]: "UZB",
    }


def test_liquidity_can_be_a_part_of_what_is_paid_out(tmp_path: Path) -> None:
    more = f"{BANKS[0]},{BANKS[1]},KZT,0.99,2026-10-28T09:00"
    path = payments(tmp_path, *ROWS, more)
    outcome = run_main("settle", path, "--liquidity", "50%")
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    assert "2 days from 2026-10-26 to 2026-10-28, those of the submissions" in outcome.stderr
    assert "opening balances of 50% of an account's outgoing payments on an" in outcome.stderr
    accounts = read_results(tmp_path / "my payments-settled").accounts
    opening = dict(accounts.select("bic", "opening_balance_minor").rows())
    assert opening == {BANKS[0]: 25_24, BANKS[1]: 30_00, BANKS[2]: 0}  # rounded down
    assert accounts["credit_line_minor"].sum() == 0
    assert run_main("settle", path, "--liquidity", "0.5").returncode == ExitCode.DONE


def test_a_bad_row_is_refused_and_the_others_count(tmp_path: Path) -> None:
    bad = f"{BANKS[0]},nobody,KZT,1.00,2026-10-26T09:00"
    path = payments(tmp_path, bad, *ROWS)
    outcome = run_main("settle", path)
    assert outcome.returncode == ExitCode.ROWS_REFUSED
    assert "my payments.csv, row 2, payee 'nobody': " in outcome.stderr
    outcome = run_main("settle", path, "--skip-invalid")
    assert outcome.returncode == ExitCode.DONE
    assert read_results(tmp_path / "my payments-settled").orders.height == 3


def test_parquet_and_files_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "day.parquet"
    pl.read_csv(EXAMPLE / "payments.csv", infer_schema=False).write_parquet(path)
    options = ["--participants", EXAMPLE / "participants.yaml", "--rates", EXAMPLE / "rates.csv"]
    outcome = run_main("settle", path, *options)
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    assert "assumed rates" not in outcome.stderr
    assert "assumed accounts" not in outcome.stderr
    assert "values in USD" in outcome.stdout
    opening = read_results(tmp_path / "day-settled").accounts["opening_balance_minor"]
    assert opening.sum() == 120_000_000


def test_instructions_of_ones_own_are_followed_and_refused_by_row(tmp_path: Path) -> None:
    path = payments(tmp_path, *ROWS)
    requests = tmp_path / "requests.csv"
    rows = [f"2026-10-26T09:30,cancel,{UETR.format(number)}" for number in (0, 9)]
    requests.write_text("\n".join(["at,instruction,uetr", *rows]) + "\n")
    call = ("settle", path, "--instructions", requests, "--skip-invalid")
    outcome = run_main(*call)
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    assert f"requests.csv, row 3, uetr '{UETR.format(9)}': " in outcome.stderr
    assert "1 rows refused" in outcome.stderr
    assert read_results(tmp_path / "my payments-settled").orders.height == 3
    refused = run_main(*call, "--output", tmp_path, "--overwrite")
    assert "the output folder holds an input" in refused.stderr


@pytest.mark.long
def test_it_can_be_compared(tmp_path: Path) -> None:
    path = payments(tmp_path, *ROWS)
    outcome = run_main("compare", path, "--design", "gross", "--degree", "50%")
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    assert "Comparison written to my payments-compared" in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--payments", "x.csv"], "leave out --payments"),
        (["--participants", "x.yaml", "--liquidity", "1"], "leave out --liquidity"),
        (["--liquidity", "35"], "write it with %, or a share such as 0.25"),
        (["--output", "."], "the output folder holds an input"),
    ],
)
def test_options_that_contradict_it_are_refused(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    outcome = run_main("settle", payments(tmp_path, *ROWS), *arguments)
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert said in outcome.stderr
    assert len(list(tmp_path.iterdir())) == 1


def test_what_is_no_payments_file_is_told(tmp_path: Path) -> None:
    for text, said in (
        ("a,b\n1,2\n", "unknown columns 'a' and 'b'; known are uetr"),
        (f"{HEAD}\n", "no row has a time of submission"),
    ):
        path = tmp_path / "x.csv"
        path.write_text(text)
        outcome = run_main("settle", path)
        assert outcome.returncode == ExitCode.INPUT_UNUSABLE
        assert said in outcome.stderr
    assert "no such file" in run_main("settle", tmp_path / "nowhere.csv").stderr
    outcome = run_main("settle", EXAMPLE, "--liquidity", "50%")
    assert "--liquidity is for a payments file by itself" in outcome.stderr
