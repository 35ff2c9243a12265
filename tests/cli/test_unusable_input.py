"""Refused rows and unusable files: nothing settles unseen, and the message says where it lies."""

import csv
import shutil
from pathlib import Path

import polars as pl
import pytest

from skontro.cli.terminal import ExitCode
from skontro.files.output import MANIFEST
from tests.cli.command import EXAMPLE, skontro
from tests.cli.in_process import run_main

REFERENCE = "00000000-0000-4000-8000-0000000000"


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "day"))


def add_rows(scenario: Path, *rows: str) -> None:
    with (scenario / "payments.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"{row}\n" for row in rows)


BAD_ROWS = (
    f"{REFERENCE}09,STEPKZA0,OASIUZT0,KZT,10.005,normal,2026-10-26T12:00,,",
    f"{REFERENCE}10,STEPKZA0,NOBAKZA0,KZT,0,normal,2026-10-26T12:00,,",
    f"{REFERENCE}01,STEPKZA0,OASIUZT0,KZT,10.00,normal,2026-10-27T12:00,,",
)
BAD_FIELDS = [
    ("payments.csv", "10", "amount", "15", "WRONG_EXPONENT", "10.005"),
    ("payments.csv", "11", "payee", "13", "UNKNOWN_PARTICIPANT", "NOBAKZA0"),
    ("payments.csv", "11", "amount", "16", "AMOUNT_NOT_POSITIVE", "0"),
    ("payments.csv", "12", "uetr", "18", "DUPLICATE_ORDER", f"{REFERENCE}01"),
    ("payments.csv", "12", "submitted_at", "20", "OUTSIDE_BUSINESS_DAY", "2026-10-27T12:00"),
]


def refusals_in(folder: Path) -> list[tuple[str, ...]]:
    with (folder / "refusals.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = ("file", "row", "field", "reason_number", "reason", "value")
    assert all(row["message"] for row in rows)
    return [tuple(row[name] for name in names) for row in rows]


@pytest.mark.long
def test_a_refused_row_stops_everything_and_every_refusal_is_listed(
    scenario: Path, tmp_path: Path
) -> None:
    add_rows(scenario, *BAD_ROWS)
    output = tmp_path / "settled"
    outcome = skontro("settle", scenario, "--output", output, "--json")
    assert outcome.returncode == ExitCode.ROWS_REFUSED
    assert outcome.stdout == ""
    assert {path.name for path in output.iterdir()} == {MANIFEST, "refusals.csv"}
    assert refusals_in(output) == BAD_FIELDS
    for _, row, field, _, reason, value in BAD_FIELDS:
        assert f"payments.csv, row {row}, {field} '{value}': " in outcome.stderr
        assert f"[{reason}]" in outcome.stderr
    assert "3 rows refused" in outcome.stderr
    assert "nothing was settled" in outcome.stderr
    assert "--skip-invalid" in outcome.stderr


def test_skip_invalid_settles_the_other_rows_as_if_the_bad_ones_were_not_there(
    scenario: Path, tmp_path: Path
) -> None:
    clean, output = tmp_path / "clean", tmp_path / "settled"
    assert run_main("settle", scenario, "--output", clean).returncode == ExitCode.DONE
    add_rows(scenario, *BAD_ROWS)
    outcome = run_main("settle", scenario, "--output", output, "--skip-invalid")
    assert outcome.returncode == ExitCode.DONE
    assert "settling the other rows" in outcome.stderr
    assert refusals_in(output) == BAD_FIELDS
    for path in (one for one in clean.iterdir() if one.name != MANIFEST):
        assert (output / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_clean_run_takes_the_refusals_of_an_earlier_one_away(
    scenario: Path, tmp_path: Path
) -> None:
    good = (scenario / "payments.csv").read_bytes()
    add_rows(scenario, *BAD_ROWS)
    output = tmp_path / "settled"
    assert run_main("settle", scenario, "--output", output).returncode == ExitCode.ROWS_REFUSED
    assert (output / "refusals.csv").exists()
    (scenario / "payments.csv").write_bytes(good)
    assert run_main("settle", scenario, "--output", output).returncode == ExitCode.DONE
    assert not (output / "refusals.csv").exists()


def test_the_terminal_shows_the_first_refusals_and_counts_the_rest(
    scenario: Path, tmp_path: Path
) -> None:
    add_rows(scenario, *BAD_ROWS[:1] * 50)  # each repeats the UETR, but the first
    outcome = run_main("settle", scenario, "--output", tmp_path / "settled")
    assert outcome.stderr.count("payments.csv, row ") == 20
    assert "… and 79 more" in outcome.stderr
    assert "50 rows refused" in outcome.stderr
    assert len(refusals_in(tmp_path / "settled")) == 99


def test_a_refused_instruction_stops_everything_too(scenario: Path, tmp_path: Path) -> None:
    with (scenario / "scenario.yaml").open("a", encoding="utf-8") as file:
        file.write("instructions: instructions.csv\n")
    rows = [f"2026-10-26T12:00,cancel,{REFERENCE}01", f"2026-10-26T12:00,cancel,{REFERENCE}99"]
    (scenario / "instructions.csv").write_text("\n".join(["at,instruction,uetr", *rows]))
    output = tmp_path / "settled"
    outcome = run_main("settle", scenario, "--output", output)
    assert outcome.returncode == ExitCode.ROWS_REFUSED
    assert f"instructions.csv, row 3, uetr '{REFERENCE}99': " in outcome.stderr
    assert {path.name for path in output.iterdir()} == {MANIFEST, "refusals.csv"}
    assert refusals_in(output) == [
        ("instructions.csv", "3", "uetr", "35", "ORDER_UNKNOWN", f"{REFERENCE}99")
    ]
    (tmp_path / "none.csv").write_text("at,instruction\n")
    others = ("--instructions", tmp_path / "none.csv", "--output", output)
    assert run_main("settle", scenario, *others).returncode == ExitCode.DONE


def test_other_files_can_stand_in_for_those_of_the_scenario(scenario: Path, tmp_path: Path) -> None:
    payments = pl.read_csv(scenario / "payments.csv", infer_schema=False)
    payments.head(3).write_parquet(tmp_path / "fewer.parquet")
    outcome = run_main(
        "settle", scenario, "--payments", tmp_path / "fewer.parquet", "--output", tmp_path / "few"
    )
    assert outcome.returncode == ExitCode.DONE
    orders = pl.read_parquet(tmp_path / "few" / "orders.parquet")
    assert orders["status"].to_list() == ["settled", "returned", "returned"]


def _remove(name: str) -> object:
    return lambda folder: (folder / name).unlink()


def _replace(name: str, old: str, new: str) -> object:
    def change(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")

    return change


UNUSABLE = {
    "no scenario": (_remove("scenario.yaml"), "scenario.yaml"),
    "no payments": (_remove("payments.csv"), "payments.csv"),
    "no participants": (_remove("participants.yaml"), "participants.yaml"),
    "no rates": (_remove("rates.csv"), "rates.csv"),
    "unknown key": (_replace("scenario.yaml", "rates:", "prices:"), "scenario.yaml"),
    "wrong kind": (_replace("scenario.yaml", "skontro scenario", "a diary"), "scenario.yaml"),
    "no such zone": (_replace("scenario.yaml", "Almaty", "Almatyy"), "scenario.yaml"),
    "folder of zones": (_replace("scenario.yaml", "Asia/Almaty", "Asia"), "scenario.yaml"),
    "zone of the machine": (_replace("scenario.yaml", "Asia/Almaty", "localtime"), "scenario.yaml"),
    "float balance": (_replace("participants.yaml", "'250000.00'", "2.5"), "participants.yaml"),
    "bad country": (_replace("participants.yaml", "KGZ", "QQQ"), "participants.yaml"),
    "column gone": (_replace("payments.csv", "payee,", "payed,"), "payments.csv"),
    "zero rate": (_replace("rates.csv", "87.5", "0"), "rates.csv"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_file_is_named(scenario: Path, tmp_path: Path, name: str) -> None:
    spoil, file = UNUSABLE[name]
    assert callable(spoil)
    spoil(scenario)
    outcome = run_main("settle", scenario, "--output", tmp_path / "settled")
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert outcome.stderr.strip().startswith("skontro: ")
    assert file in outcome.stderr
    assert outcome.stdout == ""
    assert "Traceback" not in outcome.stderr
    assert not (tmp_path / "settled").exists()


def test_a_currency_without_a_rate_is_named(scenario: Path, tmp_path: Path) -> None:
    rates = scenario / "rates.csv"
    lines = rates.read_text(encoding="utf-8").splitlines(keepends=True)
    rates.write_text("".join(line for line in lines if "KGS" not in line), encoding="utf-8")
    outcome = run_main("settle", scenario, "--output", tmp_path / "settled")
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert "no rate for KGS" in outcome.stderr
    assert not (tmp_path / "settled" / "results.yaml").exists()


def test_without_any_rates_there_are_results_but_no_summary(scenario: Path, tmp_path: Path) -> None:
    rates = scenario / "rates.csv"
    header = rates.read_text(encoding="utf-8").splitlines()[0]
    rates.write_text(f"{header}\nUSD,USD,1,,\n", encoding="utf-8")
    outcome = run_main("settle", scenario, "--output", tmp_path / "settled")
    assert outcome.returncode == ExitCode.DONE
    assert "no summary" in outcome.stderr
    assert (tmp_path / "settled" / "results.yaml").exists()
    assert (tmp_path / "settled" / "summary.json").read_text() == "null\n"


def test_a_time_on_another_day_is_settled_with_a_warning(scenario: Path, tmp_path: Path) -> None:
    add_rows(
        scenario,
        f"{REFERENCE}09,STEPKZA0,OASIUZT0,KZT,1.00,normal,2026-10-26T12:00,2027-10-26T12:00,",
    )
    outcome = run_main("settle", scenario, "--output", tmp_path / "settled")
    assert outcome.returncode == ExitCode.DONE
    assert "warning: payments.csv, row 10, earliest_at '2027-10-26T12:00': " in outcome.stderr
    assert not (tmp_path / "settled" / "refusals.csv").exists()
    orders = pl.read_parquet(tmp_path / "settled" / "orders.parquet")
    assert orders["reason"].to_list()[-1] == "RETURNED_AT_END_OF_DAY"


def test_an_output_that_is_a_file_is_an_error_and_not_a_traceback(
    scenario: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("kept", encoding="utf-8")
    outcome = run_main("settle", scenario, "--output", tmp_path / "file")
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert str(tmp_path / "file") in outcome.stderr
    assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"


@pytest.mark.parametrize("bad", [True, False])
def test_a_folder_that_cannot_be_made_is_an_error_and_not_a_traceback(
    scenario: Path, tmp_path: Path, bad: bool
) -> None:
    if bad:
        add_rows(scenario, *BAD_ROWS)
    (tmp_path / "file").write_text("kept", encoding="utf-8")
    outcome = run_main("settle", scenario, "--output", tmp_path / "file" / "settled")
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert str(tmp_path / "file") in outcome.stderr


def test_a_report_of_what_is_no_result_is_refused(scenario: Path, tmp_path: Path) -> None:
    for folder, named in ((scenario, "results.yaml"), (tmp_path / "nowhere", "nowhere")):
        outcome = run_main("report", folder)
        assert outcome.returncode == ExitCode.INPUT_UNUSABLE
        assert named in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--group", "CIS", "--countries", "KAZ,KGZ"), "--group, --countries"),
        (("--liquidity-share", "half"), "--liquidity-share"),
        (("--first-date", "tomorrow"), "--first-date"),
        (("--group", "OPEC"), "OPEC"),
        (("--payments-per-day", "3"), "payments"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    outcome = run_main("generate", "--output", tmp_path / "day", *arguments)
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert message in outcome.stderr
    assert not (tmp_path / "day").exists()
