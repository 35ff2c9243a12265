"""Terminal output of commands: streams that accept any text, exit codes, progress."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, TextIO


class ExitCode(IntEnum):
    """Exit codes, as in docs/reference/command-line.md; the numbers never change."""

    DONE = 0
    DECLINED = 1
    USAGE = 2
    INPUT_UNUSABLE = 3
    ROWS_REFUSED = 4
    INVARIANT_BROKEN = 5
    FENCED = 6
    RECORD_IN_USE = 7
    DATABASE_LOST = 8
    HEAD_REFUSED = 9
    INSTALLATION_FAULTY = 10


if TYPE_CHECKING:
    from rich.console import Console


class _ForgivingFile(io.FileIO):
    """A stream whose reader may close it; the command continues and keeps its exit code."""

    def write(self, content: object, /) -> int:
        try:
            return super().write(content)  # type: ignore[arg-type]
        except BrokenPipeError:
            return len(content)  # type: ignore[arg-type]


def make_streams_forgiving() -> None:
    """Keep a command running after an unsupported character or a closed pipe.

    A character missing in the terminal's encoding is shown as a question mark. After the reader of
    the output has gone (``| head``), the rest is not shown.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper):
            continue  # closed, or a test's
        if stream is getattr(sys, f"__{name}__") and os.name == "posix":
            stream.flush()
            file = io.BufferedWriter(_ForgivingFile(stream.fileno(), "w", closefd=False))
            stream = io.TextIOWrapper(
                file,
                encoding=stream.encoding,
                line_buffering=name == "stderr" or stream.isatty(),
            )
            setattr(sys, name, stream)
        stream.reconfigure(errors="replace")


def flush_streams() -> None:
    """Flush the output.

    Raises:
        OSError: it cannot be written, for example to a full disk.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def give_up_streams() -> None:
    """Suppress all further output, also that of the interpreter at exit."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is getattr(sys, f"__{name}__"):
            continue
        stream: TextIO = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def console() -> Console:
    """Console for tables and notes; names in them are text, never markup."""
    from rich.console import Console

    return Console(markup=False, emoji=False, highlight=False)


def print_json(text: str) -> None:
    """Print a JSON document and nothing else: UTF-8, in any encoding of the terminal."""
    text = text if text.endswith("\n") else f"{text}\n"
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.flush()
        sys.stdout.buffer.write(_utf_8(text))
        sys.stdout.flush()
    elif sys.stdout is not None:
        sys.stdout.write(text)


def _utf_8(text: str) -> bytes:
    """A JSON text as UTF-8, although paths in it may hold undecodable bytes."""
    try:
        content = text.encode("utf-8", "surrogateescape")  # under LC_ALL=C it is UTF-8 after all
        content.decode("utf-8")
    except UnicodeError:
        return text.encode("utf-8", "backslashreplace")  # as JSON writes a lone surrogate
    return content


def wrapped_by_terminal(text: str) -> str:
    """A text with each paragraph on one line, so that the terminal wraps it."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


#: Called with the step under way, and how much of its work is done, of how much.
StepProgress = Callable[[str, int, int], None]


@contextmanager
def step_progress(*, quiet: bool) -> Iterator[StepProgress]:
    """A progress bar that disappears after the work; none where the output is no terminal."""
    if quiet:
        yield lambda _step, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda step, done, total: bar.update(
            task, description=step, completed=done, total=total
        )
