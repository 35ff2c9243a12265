"""Commands whose output cannot be written, or would replace something else, say so first."""

import re
import shutil
from pathlib import Path

import pytest

from skontro.cli import terminal
from skontro.cli.outputs import default_folder
from skontro.cli.terminal import ExitCode
from skontro.files.output import MANIFEST
from skontro.files.results import RESULT_FILES
from skontro.files.scenario import SCENARIO_FILES
from tests.cli.command import EXAMPLE
from tests.cli.in_process import Outcome, run_main

ROOT = Path(terminal.__file__).parent


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {
        one.relative_to(folder).as_posix(): one.read_bytes()
        for one in folder.rglob("*")
        if one.is_file()
    }


def refused(outcome: Outcome, *told: str) -> None:
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE, outcome
    assert outcome.stdout == ""
    for text in told:
        assert text in outcome.stderr


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("settled") / "settled"
    assert run_main("settle", EXAMPLE, "--output", folder).returncode == ExitCode.DONE
    return folder


def test_the_scenario_is_never_the_output(tmp_path: Path) -> None:
    day = Path(shutil.copytree(EXAMPLE, tmp_path / "day"))
    shutil.copy(day / "rates.csv", day / "other.csv")
    before = bytes_in(day)
    calls = (
        ("settle", day, "--rates", day / "other.csv"),
        ("settle", day / "scenario.yaml"),
        ("settle", EXAMPLE, "--payments", day / "payments.csv"),
        ("compare", day, "--degree", "35%", "--design", "gross"),
        ("init", day),
    )
    for call in calls:
        for more in ([], ["--overwrite"] if call[0] != "init" else []):
            refused(run_main(*call, "--output", day, *more), f"{day}: the output folder holds")
    elsewhere = Path(shutil.copytree(EXAMPLE, tmp_path / "elsewhere"))
    text = (elsewhere / "scenario.yaml").read_text().replace("rates.csv", "../day/rates.csv")
    (elsewhere / "scenario.yaml").write_text(text)
    outcome = run_main("settle", elsewhere, "--output", day, "--overwrite")
    refused(outcome, "holds an input", "rates.csv")
    assert bytes_in(day) == before


def test_a_generated_day_that_was_changed_is_not_generated_over(tmp_path: Path) -> None:
    call = ["generate", "--countries", "KAZ,KGZ", "--payments-per-day", "20"]
    call += ["--output", str(tmp_path / "day")]
    for _ in range(2):
        assert run_main(*call).returncode == ExitCode.DONE
    document = tmp_path / "day" / "scenario.yaml"
    document.write_text(document.read_text() + "rulebook: {offset_on_entry: true}\n")
    refused(run_main(*call), "did not write, or were changed since (scenario.yaml)")
    assert run_main(*call, "--overwrite").returncode == ExitCode.DONE
    assert "rulebook" not in document.read_text()


@pytest.mark.long
def test_files_that_cannot_be_written_are_told_before_the_work(
    settled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_: object, **__: object) -> None:
        raise AssertionError("the work began")

    monkeypatch.setattr("skontro.report.write_report", work)
    monkeypatch.setattr("skontro.files.read_results", work)
    monkeypatch.setattr("skontro.report.netting_potential.potential_table", work)
    (tmp_path / "mine.html").write_text("mine")
    before = bytes_in(settled)
    for command in (("report", settled), ("share", settled), ("netting",)):
        for path, told in (
            (tmp_path / "nowhere" / "x", "there is no folder"),
            (tmp_path, "this is a folder; name a file"),
            (tmp_path / "mine.html", "another file already exists"),
        ):
            refused(run_main(*command, "--output", path), str(path), told)
        if settled in command:
            for name in ("orders.parquet", "rates.csv"):
                call = (*command, "--output", settled / name, "--overwrite")
                refused(run_main(*call), "the output is an input")
    matrix = tmp_path / "owed.csv"
    matrix.write_text("debtor,creditor,amount\nA,B,1\n")
    call = ("netting", "--matrix", matrix, "--output", matrix, "--overwrite")
    refused(run_main(*call), "the output is an input")
    assert bytes_in(settled) == before
    assert {one.name for one in tmp_path.iterdir()} == {"mine.html", "owed.csv"}


@pytest.mark.long
def test_a_report_is_replaced_and_goes_with_its_results(settled: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(settled, tmp_path / "settled"))
    for _ in range(2):
        assert run_main("report", folder).returncode == ExitCode.DONE
    assert run_main("settle", EXAMPLE, "--output", folder).returncode == ExitCode.DONE
    assert bytes_in(folder) == bytes_in(settled)


@pytest.mark.long
@pytest.mark.parametrize("name", ["out[/x]y", "[red]", "a:smile:b", "\\[bold]", "naïve—€"])
def test_names_are_text_and_never_markup(
    settled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = tmp_path / name
    monkeypatch.chdir(tmp_path)
    shutil.copytree(settled, folder)
    for file in ("results.yaml", MANIFEST):
        text = (folder / file).read_text(encoding="utf-8")
        (folder / file).write_text(text.replace("name: ", f"name: '{name}' #"), encoding="utf-8")
    outcome = run_main("share", folder, "--output", f"{name}.csv")
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    assert outcome.stdout.startswith(f"{name}\n")
    assert f"Written to {name}.csv\n" in outcome.stdout
    matrix = tmp_path / "owed.csv"
    matrix.write_text(f"debtor,creditor,amount\n{name},B,1\n", encoding="utf-8")
    matrix = matrix.rename(tmp_path / f"{name}-owed.csv")
    outcome = run_main("netting", "--matrix", matrix)
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    assert matrix.stem in outcome.stdout


def test_every_name_that_is_written_is_known_beforehand(settled: Path, tmp_path: Path) -> None:
    beside = {MANIFEST, "summary.json"}
    assert {one.name for one in settled.iterdir()} <= {*RESULT_FILES, *beside}
    call = ["generate", "--countries", "KAZ,KGZ", "--payments-per-day", "20"]
    assert run_main(*call, "--output", tmp_path / "day").returncode == ExitCode.DONE
    assert {one.name for one in (tmp_path / "day").iterdir()} <= {*SCENARIO_FILES, MANIFEST}


def test_no_command_prints_markup() -> None:
    for module in ROOT.glob("*.py"):
        if module.name not in {"terminal.py", "progress.py"}:
            text = module.read_text(encoding="utf-8")
            assert "Console(" not in text, module.name
            # JSON is UTF-8 on every terminal.
            assert not re.search(r"echo\((json\.dumps|\w+_json)\(", text), module.name


def test_outputs_that_nobody_named_are_named_after_their_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    day = Path(shutil.copytree(EXAMPLE, tmp_path / "deep" / "day"))
    for source in (day, day / "scenario.yaml", Path("deep/day"), Path("deep/day/")):
        assert default_folder(source, "settled") == Path("day-settled")
    assert default_folder(day / "payments.csv", "settled") == Path("payments-settled")
    monkeypatch.chdir(day)
    assert default_folder(Path(), "settled") == Path("day-settled")
    monkeypatch.chdir(tmp_path)
    generated = ["generate", "--countries", "KAZ,KGZ", "--payments-per-day", "20"]
    for call, output in (
        (("settle", day), "day-settled"),
        (generated, "kaz-kgz-day"),
        (("init", day), "day-system"),
    ):
        outcome = run_main(*call)
        assert outcome.returncode == ExitCode.DONE, outcome.stderr
        assert f"written to {output}" in outcome.stdout
        assert (tmp_path / output).is_dir()
