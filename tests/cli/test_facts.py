"""``skontro facts``: tables, all rows, files."""

import csv
import json
from pathlib import Path

from tests.cli.in_process import run_main


def test_the_latest_figures_of_each_topic_are_shown() -> None:
    found = run_main("facts")
    assert found.returncode == 0
    assert "12.24" in found.stdout
    assert "4.47" in found.stdout
    assert "earlier with --all" in found.stdout
    assert "1994" not in found.stdout
    assert "1994" in run_main("facts", "--all").stdout


def test_all_figures_as_json_and_csv(tmp_path: Path) -> None:
    output = tmp_path / "facts.csv"
    rows = json.loads(run_main("facts", "--json", "--output", output).stdout)
    with output.open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == len(rows) > 200
    assert run_main("facts", "--json", "--output", output).returncode == 0
    output.write_text("mine", encoding="utf-8")
    assert run_main("facts", "--output", output).returncode == 3
    assert "not a group" in run_main("facts", "--group", "X").stderr
