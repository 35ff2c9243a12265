"""``skontro compare``: what it writes and says, and what it refuses."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from skontro.cli.terminal import ExitCode
from tests.cli.command import EXAMPLE
from tests.cli.in_process import run_main

_SMALL = ["--design", "gross", "--design", "maximum_value", "--degree", "50%", "--degree", "1"]


def test_it_writes_a_page_and_every_figure(tmp_path: Path) -> None:
    folder = tmp_path / "compared"
    outcome = run_main("compare", EXAMPLE, "--output", folder, *_SMALL)
    assert outcome.returncode == 0, outcome.stderr
    assert f"Comparison written to {folder / 'comparison.html'}" in outcome.stdout
    assert "Value settled" in outcome.stdout
    document = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    assert [(o["design"], o["degree"]) for o in document["outcomes"]] == [
        ("gross", "0.500000"),
        ("maximum_value", "0.500000"),
        ("gross", "1.000000"),
        ("maximum_value", "1.000000"),
    ]
    with (folder / "comparison.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["settled_value"] for row in rows] == [
        o["settled"]["value"] for o in document["outcomes"]
    ]
    assert "Gap to the optimum" in (folder / "comparison.html").read_text(encoding="utf-8")


def test_json_is_all_that_stands_on_standard_output(tmp_path: Path) -> None:
    outcome = run_main("compare", EXAMPLE, "--output", tmp_path / "out", *_SMALL, "--json")
    assert outcome.returncode == 0
    assert outcome.stdout == (tmp_path / "out" / "comparison.json").read_text(encoding="utf-8")
    assert outcome.stderr == ""


def test_designs_of_ones_own_are_compared_by_their_names(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text("offset_on_entry = true\n", encoding="utf-8")
    outcome = run_main(
        "compare", EXAMPLE, "--output", tmp_path / "out", "--degree", "50%",
        "--designs", EXAMPLE / "designs.yaml", "--design", f"Mine, on entry={mine}",
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stderr
    document = json.loads((tmp_path / "out" / "comparison.json").read_text(encoding="utf-8"))
    names = [*document["designs"]]
    assert names[0] == "Lunch and evening"
    assert names[-1] == "Mine, on entry"
    assert [one["design"] for one in document["outcomes"]] == names
    assert all(name in outcome.stdout for name in names)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--design", "netting"], "no design 'netting': there are gross, offset_on_entry, bypass"),
        (["--design", "scenario"], "no design 'scenario'"),
        (["--design", "gross=x.yaml"], "design 'gross': is the name of a design that is there"),
        (["--designs", "none.yaml"], "none.yaml"),
        (["--degree", "half"], "'half' is not a part of the liquidity such as 35%"),
    ],
)
def test_what_it_cannot_compare_is_named(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    outcome = run_main("compare", EXAMPLE, "--output", tmp_path / "out", *arguments)
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert message in outcome.stderr
    assert not (tmp_path / "out" / "comparison.html").exists()


def test_refused_rows_are_not_compared_away(tmp_path: Path) -> None:
    scenario = Path(shutil.copytree(EXAMPLE, tmp_path / "day"))
    payments = scenario / "payments.csv"
    payments.write_text(payments.read_text(encoding="utf-8").replace("normal", "slow", 1), "utf-8")
    outcome = run_main("compare", scenario, "--output", tmp_path / "out", *_SMALL)
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert "1 rows are refused" in outcome.stderr
