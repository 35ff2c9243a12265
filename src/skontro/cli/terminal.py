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
    """Documented in docs/reference/command-line.md; the numbers never change."""

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
    """A stream whose reader may go away: the work goes on, and its exit code stays its own."""

    def write(self, content: object, /) -> int:
        try:
            return super().write(content)  # type: ignore[arg-type]
        except BrokenPipeError:
            return len(content)  # type: ignore[arg-type]


def make_streams_forgiving() -> None:
    """Let no character and no closed pipe end a command.

    A character that the encoding of the terminal does not have is shown as a question mark. When
    whoever reads the output has gone (``| head``), the rest is not shown.
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
    """Bring out what was said.

    Raises:
        OSError: it cannot be written, for example onto a full disk.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def give_up_streams() -> None:
    """Let nothing more be said, not even by the interpreter at its end."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is getattr(sys, f"__{name}__"):
            continue
        stream: TextIO = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def console() -> Console:
    """Where tables and notes are printed; names in them are text, and never markup."""
    from rich.console import Console

    return Console(markup=False, emoji=False, highlight=False)


def print_json(text: str) -> None:
    """Print a JSON document and nothing else: UTF-8, whatever the terminal's encoding."""
    text = text if text.endswith("\n") else f"{text}\n"
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.flush()
        sys.stdout.buffer.write(_utf_8(text))
        sys.stdout.flush()
    elif sys.stdout is not None:
        sys.stdout.write(text)


def _utf_8(text: str) -> bytes:
    """A JSON text as UTF-8, although paths in it may hold what could not be decoded."""
    try:
        content = text.encode("utf-8", "surrogateescape")  # under LC_ALL=C it is UTF-8 after all
        content.decode("utf-8")
    except UnicodeError:
        return text.encode("utf-8", "backslashreplace")  # as JSON writes a lone surrogate
    return content


def wrapped_by_terminal(text: str) -> str:
    """A text whose paragraphs are one line each, so that they wrap where the terminal ends."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


#: Told which step is under way, and how much of how much of it is done.
StepProgress = Callable[[str, int, int], None]


@contextmanager
def step_progress(*, quiet: bool) -> Iterator[StepProgress]:
    """A bar that is gone when the work is done, or nothing at all where nobody can see it."""
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
