"""``skontro schema``: on the terminal and into a file."""

import json
from pathlib import Path

from tests.cli.in_process import run_main


def test_a_schema_is_printed_or_written(tmp_path: Path) -> None:
    shown = run_main("schema", "scenario").stdout
    assert json.loads(shown)["title"] == "Skontro scenario"
    path = tmp_path / "scenario.schema.json"
    assert run_main("schema", "scenario", "--output", path).returncode == 0
    assert path.read_text("utf-8") == shown
    assert run_main("schema", "participants", "--output", path).returncode == 0
    path.write_text("mine", encoding="utf-8")
    assert run_main("schema", "scenario", "--output", path).returncode == 3
    assert "is not one of" in run_main("schema", "scenrio").stderr
