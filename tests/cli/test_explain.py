"""``skontro explain``: what it says, as text and as JSON, and to names that are none."""

import json
import shutil
from pathlib import Path

import pytest

from skontro.cli.terminal import ExitCode
from tests.cli.command import EXAMPLE
from tests.cli.documents import ROOT, blocks
from tests.cli.in_process import run_main
from tests.cli.progress import Step

UETR = "00000000-0000-4000-8000-00000000000"


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explained") / "settled"
    assert run_main("settle", EXAMPLE, "--output", folder).returncode == ExitCode.DONE
    return folder


def test_the_how_to_shows_what_the_command_says(settled: Path) -> None:
    [shown] = blocks(ROOT / "docs" / "how-to" / "explain-an-order.md", "text")
    outcome = run_main("explain", f"{UETR}3", settled)
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    assert outcome.stdout.strip() == shown.strip()
    assert outcome.stderr == ""


def test_json_is_all_that_stands_on_standard_output(settled: Path) -> None:
    outcome = run_main("explain", f"{UETR}2", settled / "results.yaml", "--format", "json")
    assert (outcome.returncode, outcome.stderr) == (ExitCode.DONE, "")
    [order] = json.loads(outcome.stdout)["orders"]
    assert order["order"]["uetr"] == f"{UETR}2"
    assert [stage["cause"]["amount_short"] for stage in order["stages"]] == [
        "50000.00",
        "130000.00",
    ]


def test_a_name_that_is_none_is_answered_with_the_nearest_one(settled: Path) -> None:
    outcome = run_main("explain", "00000000-0000-4000-8000-0000000000003", settled)
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert f"did you mean {UETR}" in outcome.stderr
    assert outcome.stdout == ""


def test_a_refused_row_says_why_it_became_no_order(tmp_path: Path) -> None:
    scenario = Path(shutil.copytree(EXAMPLE, tmp_path / "day"))
    payments = scenario / "payments.csv"
    text = payments.read_text(encoding="utf-8")
    payments.write_text(text.replace("normal", "slow", 1), encoding="utf-8")
    folder = tmp_path / "settled"
    settled = run_main("settle", scenario, "--output", folder, "--skip-invalid")
    assert settled.returncode == ExitCode.DONE
    row = (folder / "refusals.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[1]
    outcome = run_main("explain", row, folder)
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    assert "was refused when it was read, and became no order" in outcome.stdout
    assert f"payments.csv, row {row}, payment_class 'slow'" in outcome.stdout
    table = (folder / "refusals.csv").read_text(encoding="utf-8")
    (folder / "refusals.csv").write_text(table.replace(",slow,", ",,"), encoding="utf-8")
    assert f"row {row}, payment_class: " in run_main("explain", row, folder).stdout
    (folder / "refusals.csv").write_text(table, encoding="utf-8")
    told = json.loads(run_main("explain", row, folder, "--format", "json").stdout)
    assert told["orders"] == []
    assert told["refused_rows"][0]["reason"] == "UNKNOWN_CLASS"


def test_a_row_of_another_file_that_was_refused_does_not_hide_an_order(
    settled: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(settled, tmp_path / "settled"))
    (folder / "refusals.csv").write_text(
        "file,row,field,reason_number,reason,value,message\n"
        "instructions.csv,3,uetr,10,UNKNOWN_ORDER,x,is unknown\n",
        encoding="utf-8",
    )
    outcome = run_main("explain", "3", folder, "--format", "json")
    [order] = json.loads(outcome.stdout)["orders"]
    assert order["order"]["uetr"] == f"{UETR}2"


def test_progress_is_told_unless_json_is(settled: Path, steps: list[Step]) -> None:
    assert run_main("explain", f"{UETR}2", settled).returncode == ExitCode.DONE
    assert steps == [("reading", 0, 2), ("going through the day", 1, 2)]
    steps.clear()
    run_main("explain", f"{UETR}2", settled, "--format", "json")
    assert steps == []


def test_results_without_what_was_settled_say_what_to_do(settled: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(settled, tmp_path / "old"))
    (folder / "participants.yaml").unlink()
    outcome = run_main("explain", f"{UETR}2", folder)
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert "lack participants.yaml" in outcome.stderr
    assert "settle it again" in outcome.stderr
