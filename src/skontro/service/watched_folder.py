"""A folder whose message files are sent to a service, and put away with their answers.

A file is sent when it is complete, answered, and only then moved. If the program is stopped in
between, the file is still there and is sent again; the service knows it by its message id and gives
the same answer. So no payment is lost or made twice.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

import attrs
import httpx

from skontro.files.writing import (
    PARTIAL_PREFIX,
    PARTIAL_SUFFIX,
    replacing,
    sync_folder,
    write_error,
)
from skontro.messages.payment_rows import ENDING, is_message_file
from skontro.model import InputError

#: Folders inside: for messages that were taken, and for those that were refused.
DONE, REFUSED = "done", "refused"
_LOCK: Final = ".skontro-watch.lock"
_ANSWER: Final = ".answer"

#: Answers after which a file is put away: taken in or handled, and refused.
_TAKEN: Final = (200, 201)
_FINAL: Final = (400, 409, 413, 415, 422)
#: Answers to a caller that the service does not recognise: no file is at fault.
_NOT_RECOGNISED: Final = (401, 403)
#: Seconds after which a service is asked again if it gave no time.
_AGAIN: Final = 1.0


class TryLater(Exception):  # noqa: N818  the fact is the name
    """The service does not answer, or takes nothing now; the files stay.

    Attributes:
        seconds: after which to try again.
    """

    def __init__(self, why: str, seconds: float = _AGAIN) -> None:
        super().__init__(why)
        self.seconds = seconds


@attrs.frozen
class PutAway:
    """A file that was sent and moved.

    Attributes:
        path: where it is now.
        answer: where its answer is.
        taken: whether it was taken in, or handled as it asked.
    """

    path: Path
    answer: Path
    taken: bool


class WatchedFolder:
    """Sends complete message files in order of their last change, one after the other.

        with WatchedFolder(Path("outbox"), client.submit_message) as watched:
            for one in watched.look():
                print(one.path)

    Args:
        folder: with the files.
        send: sends the content of one, and gives the service's answer.
        quiet: seconds for which a file must not have changed, in size and time; one that is moved
            in under its name at once, complete, is seen unchanged too.
        clock: gives seconds.

    Raises:
        InputError: it is no folder, or another program watches it.
    """

    def __init__(
        self,
        folder: Path,
        send: Callable[[bytes], httpx.Response],
        quiet: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._send, self._quiet, self._clock = folder, send, quiet, clock
        self._seen: dict[str, tuple[tuple[int, int], float]] = {}
        self._lock = -1

    def __enter__(self) -> "WatchedFolder":
        try:
            for name in (DONE, REFUSED):
                (self._folder / name).mkdir(exist_ok=True)
            self._lock = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise InputError(f"{self._folder}: another `skontro watch` watches it") from None
        except OSError as error:
            raise write_error(self._folder, error, "folder") from None
        for name in (DONE, REFUSED):  # of a program that was stopped while it wrote an answer
            for partial in (self._folder / name).glob(f"{PARTIAL_PREFIX}*{PARTIAL_SUFFIX}"):
                partial.unlink(missing_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._lock)

    def look(self) -> Iterator[PutAway]:
        """Send all files that are complete now, and put them away.

        Raises:
            TryLater: the service does not answer, or takes nothing now.
            InputError: it does not recognise the caller, or a file cannot be read or moved.
        """
        for path, state in self._complete():
            found = self._send_one(path, state)
            if found is not None:
                yield found

    @property
    def waits(self) -> bool:
        """Whether the last look left files that were not complete yet."""
        return bool(self._seen)

    def _complete(self) -> list[tuple[Path, tuple[int, int]]]:
        """Files that have not changed for long enough, those changed first before the others."""
        now, complete = self._clock(), []
        seen: dict[str, tuple[tuple[int, int], float]] = {}
        for path in sorted(self._folder.iterdir()):
            is_own = path.name.endswith(f"{_ANSWER}{ENDING}")
            state = _state(path) if is_message_file(path) and not is_own else None
            if state is None:
                continue
            before, since = self._seen.get(path.name, (state, now))
            since = since if before == state else now
            if now - since >= self._quiet:
                complete.append((path, state))
            seen[path.name] = state, since
        self._seen = seen
        return sorted(complete, key=lambda one: (one[1][1], one[0].name))

    def _send_one(self, path: Path, state: tuple[int, int]) -> PutAway | None:
        """None where the file has gone or changed meanwhile; it is looked at again."""
        try:
            with path.open("rb") as file:
                content = file.read()
                os.fsync(file.fileno())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from None
        answer = self._answer(content)
        if _state(path) != state:
            return None
        self._seen.pop(path.name, None)
        return self._put_away(path, content, answer)

    def _answer(self, content: bytes) -> httpx.Response:
        try:
            answer = self._send(content)
        except httpx.HTTPError as error:
            raise TryLater(f"the service does not answer: {error}") from None
        if answer.status_code in (*_TAKEN, *_FINAL):
            return answer
        if answer.status_code in _NOT_RECOGNISED:
            raise InputError(f"the service does not let this key send messages: {answer.text}")
        retry_after = answer.headers.get("retry-after", "")
        seconds = float(retry_after) if retry_after.isdigit() else _AGAIN
        raise TryLater(f"the service takes nothing now: {answer.text}", seconds)

    def _put_away(self, path: Path, content: bytes, answer: httpx.Response) -> PutAway:
        """The answer first, on disk, and then the file; so an answer may be there twice, as one."""
        taken = answer.status_code in _TAKEN
        folder = self._folder / (DONE if taken else REFUSED)
        target = _free(folder / path.name, content)
        is_message = answer.headers.get("content-type", "").startswith("application/xml")
        answer_file = target.with_name(f"{target.stem}{_ANSWER}{ENDING if is_message else '.json'}")
        with replacing(answer_file) as file:
            file.write(answer.content)
        try:
            path.replace(target)
            sync_folder(folder)
            sync_folder(self._folder)
        except OSError as error:
            raise write_error(target, error) from None
        return PutAway(target, answer_file, taken)


def _state(path: Path) -> tuple[int, int] | None:
    """Size and time of the last change; None if it has gone."""
    with contextlib.suppress(OSError):
        found = path.stat()
        return found.st_size, found.st_mtime_ns
    return None


def _free(target: Path, content: bytes) -> Path:
    """The name itself, or with a number where another file has it."""
    number, free = 1, target
    while free.exists() and free.read_bytes() != content:
        number += 1
        free = target.with_name(f"{target.stem}.{number}{target.suffix}")
    return free
