"""The same command inside the test's process, for speed; output and exit code as in a shell."""

import contextlib
import io
import sys
from pathlib import Path

import attrs
import pytest

from skontro.cli import main


@attrs.frozen
class Outcome:
    returncode: int
    stdout: str
    stderr: str


def run_main(*arguments: str | Path) -> Outcome:
    """`main` with these arguments; it must end the way that a command ends."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["skontro", *map(str, arguments)])
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main()
            except SystemExit as end:
                code = end.code
    return Outcome(int(str(code or 0)), out.getvalue(), err.getvalue())
