"""``skontro doctor``: what is wrong is named with what to do, and nothing is changed."""

import io
import json
import re
import resource
import subprocess
import sys
import tomllib
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from skontro.cli import installation_checks, machine_checks
from skontro.cli.machine_checks import FAILED, OK, WARNING
from skontro.cli.terminal import ExitCode
from tests.cli.documents import ROOT
from tests.cli.in_process import run_main

NO_EMBEDDED = (OK, "database", "not tried", "")


@pytest.fixture(autouse=True)
def no_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SKONTRO_DATABASE", raising=False)
    if request.node.get_closest_marker("long") is None:
        monkeypatch.setattr(machine_checks, "_embedded_database", lambda: NO_EMBEDDED)
        monkeypatch.setattr(installation_checks, "_COMPILED", ())


def found(check: str, database: str | None = None) -> list[tuple[str, str, str, str]]:
    return [one for one in installation_checks.look(database) if one[1] == check]


@pytest.mark.long
def test_a_whole_installation_has_nothing_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = run_main("doctor", "--json")
    findings = json.loads(outcome.stdout)
    assert [one for one in findings if one["status"] == FAILED] == []
    assert outcome.returncode == ExitCode.DONE
    assert {one["check"] for one in findings} == {
        *("Python", "packages", "compiled packages", "kernel cache", "database", "time zones"),
        *("clock", "disk", "limits", "terminal"),
    }
    assert "All requirements of Skontro are met." in run_main("doctor").stdout
    assert list(tmp_path.iterdir()) == []


def test_packages_are_held_to_the_pinned_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    pinned = installation_checks._pinned()
    assert len(pinned) > 30
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[>\[]", one)[0] for one in project["dependencies"]]
    assert {*map(installation_checks._spelled, names)} <= {*pinned}
    monkeypatch.setattr(installation_checks, "_pinned", lambda: pinned | {"rich": "1.0"})
    [warning] = found("packages")
    assert warning[0] == WARNING
    assert warning[3] == "pip install rich==1.0"
    monkeypatch.setattr(
        installation_checks, "_required", lambda: {"rich": "999", "no-such-thing": "2"}
    )
    old = found("packages")
    assert [one[0] for one in old] == [FAILED, FAILED]
    assert old[0][3] == "pip install 'no-such-thing>=2'"
    assert old[1][3] == "pip install 'rich>=999'"


def test_a_database_that_does_not_answer_is_one_line_without_its_password() -> None:
    [finding] = machine_checks.check_database("postgresql://clerk:s3cret@127.0.0.1:1/db")
    assert finding[0] == FAILED
    assert finding[2].startswith("the database postgresql://clerk")
    assert "s3cret" not in finding[2]
    said = installation_checks.lines([finding, (OK, "disk", "much", "")])
    assert said[0].startswith("failed   database: the database")
    assert said[1:] == [
        "         -> start it, or correct the URL",
        *said[2:3],
        "1 of 2 checks failed.",
    ]


@pytest.mark.long
def test_a_failed_check_is_exit_code_10() -> None:
    outcome = run_main("doctor", "--database", "postgresql://clerk@127.0.0.1:1/db")
    assert outcome.returncode == ExitCode.INSTALLATION_FAULTY
    assert "failed   database: the database postgresql://" in outcome.stdout


def test_what_a_machine_lacks_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage = namedtuple("usage", "total used free")
    limits: dict[int, tuple[int, int]] = {
        resource.RLIMIT_NOFILE: (256, 256),
        resource.RLIMIT_FSIZE: (1000, 1000),
    }
    cases: list[tuple[Any, str, Any, str, str, str]] = [
        (
            machine_checks.shutil,
            "disk_usage",
            lambda _: usage(1, 1, 0),
            "disk",
            FAILED,
            "free some",
        ),
        (resource, "getrlimit", limits.__getitem__, "limits", WARNING, "ulimit -n 1024"),
        (
            machine_checks,
            "_kernel_clock",
            lambda: False,
            "clock",
            WARNING,
            "synchronise it (NTP",
        ),
        (
            installation_checks.sys,
            "version_info",
            (3, 10, 1),
            "Python",
            FAILED,
            "install Python 3.11",
        ),
        (
            installation_checks,
            "_COMPILED",
            ("no_such",),
            "compiled packages",
            FAILED,
            "pip install --f",
        ),
    ]
    for place, name, value, check, status, advice in cases:
        with monkeypatch.context() as patch:
            patch.setattr(place, name, value)
            first = found(check)[0]
        assert first[0] == status, first
        assert advice in first[3]
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(installation_checks.os, "access", lambda *_: False)
    [cache] = found("kernel cache")
    assert cache[0] == FAILED
    assert "set NUMBA_CACHE_DIR" in cache[3]


def test_a_terminal_without_characters_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
    [terminal] = machine_checks.check_terminal()
    assert terminal[0] == WARNING
    assert "PYTHONIOENCODING=utf-8" in terminal[3]


def test_a_check_that_breaks_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(installation_checks, "check_time_zones", broken)
    assert found("time zones")[0][:3] == (FAILED, "time zones", "no such thing")
    assert found("terminal")


@pytest.mark.long
def test_the_embedded_database_is_tried_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine_checks.tempfile, "tempdir", str(tmp_path))
    [database] = found("database")
    assert database[0] == OK, database
    assert "the embedded PostgreSQL" in database[2]
    # The package that starts it keeps a lock in the folder for temporary files.
    assert {one.name for one in tmp_path.iterdir()} <= {".lockfile"}


@pytest.mark.long
@pytest.mark.parametrize("command", ["doctor", "settle"])
def test_a_missing_package_is_named_and_not_a_traceback(tmp_path: Path, command: str) -> None:
    script = (
        "import sys; sys.modules['attrs'] = sys.modules['attr'] = None\n"
        "from skontro.cli import main; main()"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", script, command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
    )
    assert outcome.returncode == ExitCode.INSTALLATION_FAULTY
    assert "skontro: the installation is not complete: " in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert ("failed " in outcome.stdout) == (command == "doctor")
