"""Standard output and error inside this process: what cannot be shown, closed pipes, full disks."""

import errno
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from skontro import __version__
from skontro.cli import main, terminal
from skontro.cli.main import _failure
from skontro.cli.terminal import ExitCode
from tests.cli.in_process import run_main


def begun_with(
    folder: Path, patch: pytest.MonkeyPatch, stdout: Path | None = None
) -> tuple[Path, Path]:
    """Files as the standard output and error that the process began with, for ASCII alone."""
    paths = (stdout or folder / "stdout", folder / "stderr")
    for name, path in zip(("stdout", "stderr"), paths, strict=True):
        stream = path.open("w", encoding="ascii")
        patch.setattr(sys, name, stream)
        patch.setattr(sys, f"__{name}__", stream)
    return paths


def test_what_an_encoding_lacks_is_a_question_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdout, stderr = begun_with(tmp_path, monkeypatch)
    sys.stdout.write("before ")
    terminal.make_streams_forgiving()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        assert stream is not getattr(sys, f"__{name}__")
        assert (stream.encoding, stream.errors) == ("ascii", "replace")
        # What goes wrong is seen at once; figures are written as they come.
        assert stream.line_buffering == (name == "stderr")
        stream.write("1 €\n")
    assert stderr.read_text() == "1 ?\n"
    terminal.flush_streams()
    assert stdout.read_text() == "before 1 ?\n"


def test_the_streams_of_a_test_keep_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", mine)
    monkeypatch.setattr(sys, "stderr", None)
    terminal.make_streams_forgiving()
    terminal.flush_streams()
    assert sys.stdout is mine
    assert mine.errors == "replace"


def test_a_reader_that_has_gone_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        monkeypatch.setattr(sys, "__stdout__", pipe)
        terminal.make_streams_forgiving()
        sys.stdout.write("x" * 100_000)
        terminal.flush_streams()
        terminal.print_json("{}")


def test_json_is_utf_8_and_ends_its_line_whatever_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdout, _ = begun_with(tmp_path, monkeypatch)
    terminal.make_streams_forgiving()
    sys.stdout.write("first ")
    terminal.print_json('{"a": "€"}')
    terminal.print_json(b'{"b": "\\udcff\\ud800"}\n'.decode("unicode_escape"))
    terminal.print_json('"d\udcc3\udcad"')  # the two bytes of í that could not be decoded
    assert stdout.read_bytes() == (
        'first {"a": "€"}\n'.encode() + b'{"b": "\\udcff\\ud800"}\n' + '"dí"\n'.encode()
    )


def test_json_goes_to_any_stream_or_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", taken := io.StringIO())
    terminal.print_json("{}")
    assert taken.getvalue() == "{}\n"
    monkeypatch.setattr(sys, "stdout", None)
    terminal.print_json("{}")


def test_a_full_disk_is_a_sentence_and_nothing_more_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full")
    _, stderr = begun_with(tmp_path, monkeypatch, full)
    monkeypatch.setattr(sys, "argv", ["skontro", "--version"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == ExitCode.INPUT_UNUSABLE
    # The interpreter flushes both at its end: that must not fail.
    sys.stdout.flush()
    sys.stdout.write("late")
    sys.stdout.flush()
    assert stderr.read_text() == (
        "skontro: standard output cannot be written: No space left on device; free some space, "
        "or write to another disk\n"
    )


def _in_numba(function: Callable[[], None]) -> None:
    names: dict[str, Any] = {"__name__": "numba.core.caching", "function": function}
    exec("def save():\n    function()", names)
    names["save"]()


def test_what_could_not_be_written_is_named() -> None:
    def fail(*named: str) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), *named)

    cases: tuple[tuple[Callable[[], None], str], ...] = (
        (lambda: fail("out.csv"), "out.csv cannot be written: Read-only file system"),
        (fail, "standard output cannot be written: Read-only file system"),
        (lambda: _in_numba(fail), "the cache of compiled kernels (see skontro doctor; NUMBA_CACHE"),
        (lambda: _in_numba(lambda: fail("k.nbi")), "the cache of compiled kernels (see skontro"),
    )
    for attempt, said in cases:
        with pytest.raises(OSError, match="Read-only") as caught:
            attempt()
        assert _failure(caught.value).startswith(said)


def test_the_version() -> None:
    outcome = run_main("--version")
    assert (outcome.returncode, outcome.stdout) == (ExitCode.DONE, f"skontro {__version__}\n")


def test_exit_codes_are_those_of_the_help() -> None:
    assert {one.name: int(one) for one in terminal.ExitCode} == {
        "DONE": 0,
        "DECLINED": 1,
        "USAGE": 2,
        "INPUT_UNUSABLE": 3,
        "ROWS_REFUSED": 4,
        "INVARIANT_BROKEN": 5,
        "FENCED": 6,
        "RECORD_IN_USE": 7,
        "DATABASE_LOST": 8,
        "HEAD_REFUSED": 9,
        "INSTALLATION_FAULTY": 10,
    }
