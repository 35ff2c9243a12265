"""Processes that read tables of orders: one table at a time each, and replaced when they fail."""

import os
import queue
import subprocess
import sys
import threading
from typing import Final

import structlog

from skontro.service.api.problems import Problem
from skontro.service.tables.transfer import ANSWER, QUESTION, AnswerKind, TableForm, TableRead

_PROGRAM: Final = "skontro.service.tables.table_process"
#: Processes at most, and seconds that one table may take; as long for the start of a process.
MOST: Final = 2
SECONDS: Final = 10.0
_START_SECONDS: Final = 30.0
#: Bytes of an answer at most.
MAX_ANSWER: Final = 64 * 2**20

_log = structlog.get_logger("skontro.tables")


class TableReaders:
    """Reads tables, from any thread; a process starts when it is first needed.

        readers = TableReaders()
        found = readers.read(TableForm.ARROW, body)

    Args:
        most: processes at one time.
    """

    def __init__(self, most: int = MOST) -> None:
        self._turns = threading.BoundedSemaphore(most)
        self._idle: queue.LifoQueue[_Reader] = queue.LifoQueue()

    def read(self, form: TableForm, body: bytes, *, as_text: bool = False) -> TableRead:
        """Read a table, in one of the processes.

        Args:
            form: of the body.
            body: of a request.
            as_text: give JSON in any case.

        Raises:
            Problem: its reading needs too much memory or time, or ended the process.
        """
        with self._turns:
            reader = self._take()
            try:
                found = reader.ask(form, body, as_text=as_text)
            except (OSError, ValueError) as error:
                reader.kill()
                _log.error("a table could not be read", error=str(error) or type(error).__name__)
                detail = "reading it takes too much memory or time; send less at once, or as JSON"
                raise Problem(422, "Table cannot be read", detail) from None
            self._idle.put(reader)
            return found

    def stop(self) -> None:
        """End the processes that do nothing now."""
        while (reader := self._next_idle()) is not None:
            reader.kill()

    def _take(self) -> "_Reader":
        while (reader := self._next_idle()) is not None:
            if reader.is_alive:
                return reader
            reader.kill()
        return _Reader()

    def _next_idle(self) -> "_Reader | None":
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return None


class _Reader:
    """One process."""

    def __init__(self) -> None:
        threads = {"POLARS_MAX_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | threads,
        )
        self._allowed = _START_SECONDS

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def ask(self, form: TableForm, body: bytes, *, as_text: bool) -> TableRead:
        """Read a table.

        Raises:
            OSError: the process ended, was too slow, or gives too much.
            ValueError: its answer has another form.
        """
        given, answers = self._process.stdin, self._process.stdout
        assert given is not None
        assert answers is not None
        # A killed process ends its streams, and so every wait below.
        timer = threading.Timer(self._allowed, self._process.kill)
        timer.start()
        try:
            given.write(QUESTION.pack(form, as_text, len(body)))
            given.write(body)
            given.flush()
            kind, head, content = ANSWER.unpack(_exactly(answers.read(ANSWER.size), ANSWER.size))
            if head + content > MAX_ANSWER:
                raise OSError("the answer is too long")
            found = TableRead(
                AnswerKind(kind),
                _exactly(answers.read(head), head),
                _exactly(answers.read(content), content),
            )
        finally:
            timer.cancel()
        self._allowed = SECONDS
        return found


def _exactly(read: bytes, size: int) -> bytes:
    if len(read) < size:
        raise OSError("the process ended")
    return read
