"""``skontro import``: the draft, the map, the outcome, and what stops it."""

import json
from pathlib import Path

import pytest

from tests.cli.in_process import run_main

CASES = Path(__file__).parents[1] / "imports" / "cases"
HEAD = "Reference;Payer;Payee;Amount;Currency;Date\n"
ROWS = "A1;ALFAKZKA;BETAKG22;1,50;KZT;24.11.2026\nA2;BETAKG22;ALFAKZKA;0,00;KZT;24.11.2026\n"


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "register.csv"
    path.write_text(HEAD + ROWS, encoding="utf-8")
    return path


def test_a_list_becomes_a_scenario_that_settles(register: Path) -> None:
    output = register.parent / "day"
    found = run_main("import", register, "--output", output, "--time-zone", "Asia/Almaty")
    assert found.returncode == 0
    assert found.stderr == (
        "please confirm columns: no column has a time of day; all payments come at midnight\n"
    )
    assert f"settle it with: skontro settle {output}" in found.stdout
    assert "amount: the amount is not greater than zero" in found.stdout
    names = {one.name for one in output.iterdir()}
    assert {"scenario.yaml", "import.yaml", "outcomes.csv", "references.parquet"} <= names
    outcomes = (output / "outcomes.csv").read_text("utf-8").splitlines()
    assert outcomes[1:] == [
        "register.csv,2,A1,order,,,,",
        "register.csv,3,A2,refused,16,amount: the amount is not greater than zero,amount,0",
    ]
    settled = run_main("settle", output, "--output", register.parent / "settled")
    assert settled.returncode == 0
    again = run_main("import", register, "--output", output, "--map", output / "import.yaml")
    assert "the output folder holds an input" in again.stderr


def test_a_draft_is_written_and_used(register: Path) -> None:
    draft = register.parent / "map.yaml"
    found = run_main("import", register, "--draft", draft)
    assert found.returncode == 0
    assert "please confirm time_zone" in found.stderr
    assert f"Map written to {draft}" in found.stdout
    assert not (register.parent / "register-imported").exists()
    text = draft.read_text("utf-8")
    assert "# assumed; name the time zone of the file\ntime_zone: UTC\n" in text
    draft.write_text(text.replace("UTC", "Asia/Tashkent"), encoding="utf-8")
    output = register.parent / "day"
    used = run_main("import", register, "--map", draft, "--output", output, "--json")
    assert used.stderr == ""
    summary = json.loads(used.stdout)
    assert summary["rows"] == 2
    assert summary["orders"] == {"KZT": {"orders": 1, "amount": "1.50"}}
    assert "time_zone: Asia/Tashkent" in (output / "scenario.yaml").read_text("utf-8")
    both = run_main("import", register, "--map", draft, "--draft", draft)
    assert "--map, --draft: give one of the two" in both.stderr


def test_missing_facts_stop_it_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    path.write_text("Ref;Payer;Payee;Amount;Date\nA1;ALFAKZKA;BETAKG22;1,5;24.11.2026\n", "utf-8")
    found = run_main("import", path, "--output", tmp_path / "day")
    assert found.returncode == 3
    assert "currency.fixed is missing; no column has the currency" in found.stderr
    assert "--draft map.yaml" in found.stderr
    assert not (tmp_path / "day").exists()
    assert "there is no such file" in run_main("import", tmp_path / "none.csv").stderr


def test_a_folder_with_second_files(tmp_path: Path) -> None:
    found = run_main(
        "import", CASES / "03-simulator-tables", "--output", tmp_path / "day", "--json"
    )
    assert json.loads(found.stdout)["orders"]["AMD"]["orders"] == 315
    assert "credit lines of" in (tmp_path / "day" / "scenario.yaml").read_text("utf-8")
