"""The commands from end to end: what they write, say and return, in real processes."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from skontro import __version__
from skontro.cli.terminal import ExitCode
from skontro.engine import Engine
from skontro.files.output import MANIFEST
from tests.cli.command import EXAMPLE, skontro, skontro_in_turn
from tests.cli.in_process import run_main

pytestmark = pytest.mark.long

SETTLED_FILES = {
    "instructions.parquet",
    "participants.yaml",
    MANIFEST,
    "accounts.parquet",
    "orders.parquet",
    "rates.csv",
    "results.yaml",
    "runs.parquet",
    "statements.parquet",
    "summary.json",
}


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, dict[str, str]]]:
    """A day generated, settled and reported by two runs that could differ, and what they said."""
    runs = []
    for hash_seed, threads, options in (("1", "1", ["--json"]), ("2", "3", [])):
        folder = tmp_path_factory.mktemp("run")
        commands = {
            "generate": ["--countries", "KAZ,KGZ,UZB", "--payments-per-day", "600", "--output=day"],
            "settle": ["day", "--output", "settled"],
            "report": ["settled"],
        }
        commands = {name: [*arguments, *options] for name, arguments in commands.items()}
        said = skontro_in_turn(
            commands, folder, PYTHONHASHSEED=hash_seed, POLARS_MAX_THREADS=threads
        )
        runs.append((folder, said))
    return runs


def test_two_runs_give_the_same_bytes(twice: list[tuple[Path, dict[str, str]]]) -> None:
    (first, _), (second, _) = twice
    assert digests(first) == digests(second)
    written = {path.name for path in (first / "settled").iterdir()}
    assert written == SETTLED_FILES | {"report.html"}


def test_json_is_all_that_stands_on_standard_output(
    twice: list[tuple[Path, dict[str, str]]],
) -> None:
    folder, said = twice[0]
    generated, summary, report = (
        json.loads(said[name]) for name in ("generate", "settle", "report")
    )
    assert generated["payments"] == 600
    assert said["settle"] == (folder / "settled" / "summary.json").read_text(encoding="utf-8")
    assert summary["turnover"]["total"]["submitted"]["orders"] == 600
    assert report == {"report": "settled/report.html"}


def test_without_json_people_are_told_figures_and_places(
    twice: list[tuple[Path, dict[str, str]]],
) -> None:
    folder, said = twice[1]
    summary = json.loads((folder / "settled" / "summary.json").read_text(encoding="utf-8"))
    settled = summary["turnover"]["total"]["settled"]["orders"]
    assert "600 payments, " in said["generate"]
    assert re.search(rf"\b{settled:,}\b", said["settle"])
    assert "Results written to settled\n" in said["settle"]
    assert said["report"] == "Report written to settled/report.html\n"


@pytest.mark.parametrize("command", [(), ("generate",), ("settle",), ("report",)])
def test_help_names_every_option(command: tuple[str, ...]) -> None:
    outcome = run_main(*command, "--help")
    assert outcome.returncode == ExitCode.DONE
    expected = {
        (): ["generate", "settle", "report", "--version", "Exit codes"],
        ("generate",): ["--output", "--group", "--liquidity-share", "--seed", "--json"],
        ("settle",): ["--output", "--payments", "--participants", "--rates", "--skip-invalid"],
        ("report",): ["--output", "--json"],
    }[command]
    assert [word for word in expected if word not in outcome.stdout] == []


def test_the_version_from_a_shell() -> None:
    version = skontro("--version")
    assert (version.returncode, version.stdout) == (0, f"skontro {__version__}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("settel",),
        ("settle",),
        ("settle", EXAMPLE, "--output", "out", "--quickly"),
        ("generate", "--output", "out", "--seed", "one"),
    ],
)
def test_a_wrong_call_ends_with_usage(arguments: tuple[str | Path, ...]) -> None:
    outcome = run_main(*arguments)
    assert outcome.returncode == ExitCode.USAGE
    assert "Usage" in outcome.stdout + outcome.stderr


def test_the_document_in_a_folder_stands_for_the_folder(tmp_path: Path) -> None:
    for number, scenario in enumerate((EXAMPLE, EXAMPLE / "scenario.yaml")):
        output = tmp_path / str(number)
        assert run_main("settle", scenario, "--output", output).returncode == ExitCode.DONE
    assert digests(tmp_path / "0") == digests(tmp_path / "1")
    page = tmp_path / "page.html"
    outcome = run_main("report", tmp_path / "0" / "results.yaml", "--output", page)
    assert outcome.returncode == ExitCode.DONE
    assert page.read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    assert not (tmp_path / "0" / "report.html").exists()


def test_a_broken_invariant_ends_with_its_own_code_and_writes_no_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Engine.balances.fget
    assert honest is not None
    monkeypatch.setattr(Engine, "balances", property(lambda engine: honest(engine) + 1))
    outcome = run_main("settle", EXAMPLE, "--output", tmp_path / "settled")
    assert outcome.returncode == ExitCode.INVARIANT_BROKEN
    assert "figures claimed equal figures posted" in outcome.stderr
    assert "Please report this" in outcome.stderr
    assert outcome.stdout == ""
    assert list(tmp_path.iterdir()) == []
