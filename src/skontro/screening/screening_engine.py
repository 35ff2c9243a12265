"""One engine in use: its process, its pending questions, its end and replacement."""

import asyncio
import datetime
import json
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Sequence
from time import monotonic
from typing import Any, Final

import attrs
import structlog

from skontro.model import InputError
from skontro.model.party import Party
from skontro.screening.engine_process import answer, question
from skontro.screening.screener import Screened

#: Seconds before a process that ended is replaced.
_PAUSE: Final = 0.5
#: Seconds in which a process ends by itself when the service does.
_END_SECONDS: Final = 2.0
#: Most bytes of a line of an engine.
_MAX_LINE: Final = 1 << 24

_log = structlog.get_logger("skontro.screening")


class Unavailable(Exception):  # noqa: N818  the fact is the name
    """The engine gave no outcome; its parties are held.

    Args:
        why: for the evidence.
        is_late: whether it might still be at work, so that another is not asked the same.
    """

    def __init__(self, why: str, *, is_late: bool = False) -> None:
        super().__init__(why)
        self.is_late = is_late


def combined(first: Screened, second: Screened) -> Screened:
    """The stricter outcome of two engines, with the reasons and hits of both."""
    reasons = "; ".join(dict.fromkeys(filter(None, (first.reason, second.reason))))
    hits = tuple(dict.fromkeys((*first.hits, *second.hits)))
    return Screened(max(first.outcome, second.outcome), reasons, hits)


@attrs.frozen
class _Pending:
    number: int
    count: int
    future: asyncio.Future[list[Screened]]


@attrs.frozen
class _ListInUse:
    name: str
    published: datetime.date


class EngineInUse:
    """A process that speaks the protocol of `engine_process`. Belongs to one event loop.

    Args:
        command: of the process.
        name: for evidence and the log.
        deadline: seconds from one answer to the next; the process is killed then, and replaced.
    """

    def __init__(self, command: Sequence[str], name: str, deadline: float) -> None:
        self._command, self._name, self._deadline = list(command), name, deadline
        self._process: Process | None = None
        self._pending: deque[_Pending] = deque()
        self._number = 0
        self._last_answer = 0.0
        self._lists: tuple[_ListInUse, ...] | None = None
        self._max_age: int | None = None
        self.digest = ""
        self._refused = ""
        self._changed = asyncio.Event()
        self._runner: asyncio.Task[None] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it has loaded its lists and can be asked."""
        return self._lists is not None

    @property
    def pid(self) -> int:
        """The number of the process; 0 while there is none."""
        return 0 if self._process is None else self._process.pid

    def stale(self, today: datetime.date) -> str:
        """Why its lists cannot be used today; "" where they can."""
        for one in self._lists or ():
            age = (today - one.published).days
            if self._max_age is not None and not 0 <= age <= self._max_age:
                return f"list {one.name} is {age} days old; 0 to {self._max_age} is possible"
        return "" if self._lists else "no list is loaded"

    async def start(self) -> None:
        """Start the process, and replace it whenever it ends."""
        self._runner = asyncio.create_task(self._run())

    async def ready(self) -> None:
        """Wait until it is ready.

        Raises:
            InputError: it refuses its lists.
        """
        while not self.is_ready:
            if self._refused:
                raise InputError(self._refused)
            self._changed.clear()
            await self._changed.wait()

    async def stop(self) -> None:
        """End the process."""
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)
        process, self._process = self._process, None
        self._give_up(f"{self._name} is stopped")
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(_END_SECONDS):
                await process.wait()
        except TimeoutError:
            _kill(process)
            await process.wait()

    async def ask(self, parties: Sequence[Party], today: datetime.date) -> list[Screened]:
        """The outcome of each party.

        Raises:
            Unavailable: the process is not ready, ends, is late, or answers something else.
        """
        process = self._process
        if process is None or process.stdin is None or not self.is_ready:
            raise Unavailable(f"{self._name} is not ready")
        self._number += 1
        future: asyncio.Future[list[Screened]] = asyncio.get_running_loop().create_future()
        self._pending.append(_Pending(self._number, len(parties), future))
        try:
            process.stdin.write(question(self._number, parties, today).encode())
            return await self._answered(future)
        except TimeoutError:
            _log.error("a screening engine is late; it is killed", engine=self._name)
            if process is self._process:
                self._lists = None  # not ready from now on, and not only once its end is noticed
            _kill(process)
            raise Unavailable(f"{self._name} did not answer in time", is_late=True) from None
        except OSError:
            raise Unavailable(f"{self._name} ended") from None

    async def _answered(self, future: asyncio.Future[list[Screened]]) -> list[Screened]:
        """The answer, as long as each one before it comes in time, too.

        Raises:
            TimeoutError: one did not.
        """
        begin = monotonic()
        while not future.done():
            left = max(begin, self._last_answer) + self._deadline - monotonic()
            if left <= 0:
                raise TimeoutError
            await asyncio.wait([future], timeout=left)
        return future.result()

    async def _run(self) -> None:
        while True:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command, stdin=PIPE, stdout=PIPE, limit=_MAX_LINE
                )
                await self._receive(self._process)
                why = f"{self._name} ended"
            except (OSError, ValueError) as error:
                why = f"{self._name}: {error}"
            self._lists = None
            process, self._process = self._process, None
            if process is not None:
                _kill(process)
                await process.wait()
            self._give_up(why)
            self._changed.set()
            _log.warning("a screening engine ended; another is started", engine=self._name, why=why)
            await asyncio.sleep(_PAUSE)

    async def _receive(self, process: Process) -> None:
        """Take the lines of the process until it ends.

        Raises:
            ValueError: a line is too long or breaks the protocol.
        """
        if process.stdout is None:
            return
        self._begin(await process.stdout.readline())
        while line := await process.stdout.readline():
            if not self._pending:
                raise ValueError("an answer to no question")
            pending = self._pending[0]
            screened = answer(line.decode(), pending.number, pending.count)
            self._pending.popleft()
            self._last_answer = monotonic()
            if not pending.future.done():
                pending.future.set_result(screened)

    def _begin(self, line: bytes) -> None:
        """Take the first line, which says that the engine is ready."""
        if not line:
            return
        try:
            document: dict[str, Any] = json.loads(line)
            self._refused = str(document.get("refused", ""))
            if self._refused:
                raise ValueError(self._refused)
            ready = document["ready"]
            lists = tuple(
                _ListInUse(str(one["name"]), datetime.date.fromisoformat(one["published"]))
                for one in ready["lists"]
            )
            max_age = int(ready["max_age_days"])
            self.digest = str(ready["digest"])
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"not ready: {error}") from None
        self._lists, self._max_age = lists, max_age
        self._changed.set()

    def _give_up(self, why: str) -> None:
        pending, self._pending = self._pending, deque()
        for one in pending:
            if not one.future.done():
                one.future.set_exception(Unavailable(why))


def _kill(process: Process) -> None:
    if process.returncode is None:
        try:
            process.kill()
        except ProcessLookupError:
            return
