"""Terminals of any encoding, pipes that close and disks that are full, with real processes."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from skontro.cli.terminal import ExitCode
from tests.cli.command import EXAMPLE

pytestmark = pytest.mark.long

COMMAND = [sys.executable, "-c", "from skontro.cli import main; main()"]
#: Bytes; more than a YAML document, less than a report or a Parquet table.
SMALL_FILES = 3 * 1024


def run(
    *arguments: str | Path,
    folder: Path,
    file_size: int | None = None,
    stdout: int | None = subprocess.PIPE,
    **environment: str,
) -> subprocess.CompletedProcess[bytes]:
    def limit() -> None:
        if file_size is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))

    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "COLUMNS": "100", **environment},
        stdout=stdout,
        stderr=subprocess.PIPE,
        preexec_fn=limit,
        check=False,
        timeout=900,
    )


def tree(folder: Path) -> dict[str, bytes]:
    return {
        one.relative_to(folder).as_posix(): one.read_bytes()
        for one in folder.rglob("*")
        if one.is_file()
    }


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """A folder with settled results under a name that not every terminal can show."""
    outcome = run("settle", EXAMPLE, "--output", "día — €", folder=tmp_path)
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    return tmp_path


@pytest.mark.parametrize(
    "encoding",
    [
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=str,
)
def test_a_terminal_is_shown_what_it_can_show(
    tmp_path: Path, day: Path, encoding: dict[str, str]
) -> None:
    outcome = run("settle", EXAMPLE, "--output", "x — €", folder=tmp_path, **encoding)
    assert (outcome.returncode, outcome.stderr) == (ExitCode.DONE, b"")
    assert b"Results written to x " in outcome.stdout
    assert b"Median" in outcome.stdout
    for command in (["report", "día — €"], ["share", "día — €"], ["netting", "--group", "EAEU"]):
        outcome = run(*command, folder=day, **encoding)
        assert (outcome.returncode, outcome.stderr) == (ExitCode.DONE, b""), command
    outcome = run("settle", "día — €/nothing", folder=day, **encoding)
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert b"nothing: there is no such file or folder" in outcome.stderr
    outcome = run("report", "día — €", "--json", folder=day, **encoding)
    assert json.loads(outcome.stdout.decode("utf-8")) == {"report": "día — €/report.html"}


def test_a_path_that_is_no_text_can_be_named(tmp_path: Path) -> None:
    name = os.fsdecode(b"d\xefa")
    outcome = run("settle", EXAMPLE, "--output", name, folder=tmp_path)
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    assert (tmp_path / name / "results.yaml").exists()
    outcome = run("report", name, "--json", folder=tmp_path)
    assert json.loads(outcome.stdout.decode("utf-8")) == {"report": f"{name}/report.html"}


@pytest.mark.parametrize("arguments", [("--json",), ()], ids=str)
def test_a_reader_that_goes_away_changes_nothing(tmp_path: Path, arguments: tuple[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    outcome = run("settle", EXAMPLE, "--output", "x", *arguments, folder=tmp_path, stdout=writing)
    os.close(writing)
    assert (outcome.returncode, outcome.stderr) == (ExitCode.DONE, b"")
    assert (tmp_path / "x" / "results.yaml").exists()
    for call in (["--help"], ["netting", "--markdown"], ["nonsense"]):
        script = f"{' '.join(map(repr, COMMAND[:1]))} -m skontro {' '.join(call)} 2>&1 | true"
        shell = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {script}; echo $?"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        assert shell.stdout == ("2\n" if call == ["nonsense"] else "0\n"), shell


def test_output_that_is_closed_or_full_is_no_traceback(tmp_path: Path) -> None:
    shell = 'exec "$@" >&-'
    arguments = [*COMMAND, "settle", str(EXAMPLE), "--output", "x"]
    outcome = subprocess.run(
        ["bash", "-c", shell, "-", *arguments],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=900,
    )
    assert (outcome.returncode, outcome.stderr) == (ExitCode.DONE, b"")
    with Path("/dev/full").open("wb") as full:
        for call in (("netting",), ("netting", "--markdown"), ("share", "x", "--json")):
            outcome = run(*call, folder=tmp_path, stdout=full.fileno())
            assert outcome.returncode == ExitCode.INPUT_UNUSABLE
            assert outcome.stderr == (
                b"skontro: standard output cannot be written: No space left on device; free some "
                b"space, or write to another disk\n"
            )


def test_a_full_disk_leaves_every_output_absent_or_as_it_was(day: Path, tmp_path: Path) -> None:
    outcome = run("report", "día — €", folder=tmp_path)
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    before = tree(tmp_path)
    owed = ["netting", "--output", "netting.csv"]
    for call in (
        ["report", "día — €"],
        ["settle", str(EXAMPLE), "--output", "día — €"],
        ["settle", str(EXAMPLE), "--output", "new"],
        ["generate", "--countries", "KAZ,KGZ,UZB", "--payments-per-day", "300"],
        ["compare", str(EXAMPLE), "--degree", "50%", "--design", "gross"],
        ["explore", "--group", "EAEU", "--cycle", "monthly", "--line", "1%", "--holding", "1%"],
        ["share", "día — €", "--by", "corridor", "--output", "share.csv"],
        ["init", str(EXAMPLE)],
        owed,
    ):
        size = 64 if call is owed or call[0] in {"share", "init"} else SMALL_FILES
        outcome = run(*call, folder=tmp_path, file_size=size)
        said = outcome.stderr.decode()
        assert outcome.returncode == ExitCode.INPUT_UNUSABLE, (call, said)
        assert "cannot be written: File too large; raise the limit (ulimit -f)" in said, call
        assert "Traceback" not in said, call
        assert ".partial" not in said, call
        assert tree(tmp_path) == before, call


def test_a_run_that_is_killed_leaves_no_half_output(tmp_path: Path) -> None:
    arguments = ["generate", "--output", "day", "--payments-per-day", "400000"]
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob(".skontro-*")):
            assert time.monotonic() < deadline
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
    finally:
        process.kill()
        process.communicate(timeout=60)
    assert not (tmp_path / "day").exists()
    small = ["generate", "--output", "day", "--payments-per-day", "100"]
    assert run(*small, "--countries", "KAZ,KGZ", folder=tmp_path).returncode == ExitCode.DONE


def test_a_cache_of_kernels_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    cache = str(tmp_path / "kernels")
    call = ["settle", str(EXAMPLE), "--output", "x"]
    outcome = run(*call, folder=tmp_path, file_size=64, NUMBA_CACHE_DIR=cache)
    assert outcome.returncode == ExitCode.INPUT_UNUSABLE
    assert outcome.stderr.startswith(b"skontro: the cache of compiled kernels (see skontro doctor;")
    assert not (tmp_path / "x").exists()
