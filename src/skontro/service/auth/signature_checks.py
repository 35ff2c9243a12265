"""Signature checks in separate processes, because they are the costliest part of a request."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Mapping
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skontro.service.auth.signature_process import LENGTH, Verdict, frame, unframed
from skontro.service.auth.signatures import Message, NotSigned, Signed

_PROGRAM: Final = "skontro.service.auth.signature_process"
#: Requests of one frame: few enough for short waits, and enough to share a turn.
_MAX_PER_FRAME: Final = 4
#: Seconds in which a process must give a first answer to its requests: one that is stopped or
#: hangs is killed then, and replaced.
DEADLINE: Final = 5.0
#: As long for the first answer of a process, which has to start before.
_START_SECONDS: Final = 30.0
#: Seconds in which a process ends by itself when the service does.
_END_SECONDS: Final = 2.0
#: Seconds before a process that ended is replaced.
_PAUSE: Final = 0.2

_log = structlog.get_logger("skontro.signatures")


class Unavailable(Exception):  # noqa: N818  the fact is the name
    """No process can check the signature now; the request is refused."""


class SignatureChecks:
    """Processes that check signatures in turn. Belongs to one event loop.

    Args:
        keys: by key id.
        count: count of processes, at least 1.
    """

    def __init__(self, keys: Mapping[str, Ed25519PublicKey], count: int) -> None:
        self._checkers = [_Checker(_framed(keys)) for _ in range(count)]
        self._turn = 0

    def update(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        """Use these keys for all later checks."""
        framed = _framed(keys)
        for checker in self._checkers:
            checker.update(framed)

    async def start(self) -> None:
        """Start the processes."""
        for checker in self._checkers:
            await checker.start()

    async def check(self, message: Message) -> Signed:
        """Check a request's signature; its key id, and the digests of its body.

        Raises:
            NotSigned: it is not properly signed.
            Unavailable: no process could check it in time; replacements start.
        """
        self._turn = (self._turn + 1) % len(self._checkers)
        # A process that ended or hangs costs its callers time, but no answer while another works.
        asked = [*self._checkers[self._turn :], *self._checkers[: self._turn]]
        try:
            async with asyncio.timeout(2 * DEADLINE):
                for checker in asked:
                    try:
                        return await checker.check(message)
                    except Unavailable:
                        continue
        except TimeoutError:
            pass
        raise Unavailable

    async def stop(self) -> None:
        """End the processes."""
        for checker in self._checkers:
            await checker.stop()


def _framed(keys: Mapping[str, Ed25519PublicKey]) -> bytes:
    return frame({name: key.public_bytes_raw() for name, key in keys.items()})


class _Checker:
    """One process, and its pending checks in order."""

    def __init__(self, keys: bytes) -> None:
        self._keys = keys
        self._process: Process | None = None
        self._to_send: list[tuple[Message, asyncio.Future[Verdict]]] = []
        self._sent: deque[list[asyncio.Future[Verdict]]] = deque()
        self._progress: float  # when something was last sent to an idle process, or found
        self._sender: asyncio.Task[None] | None = None
        self._receiver: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._open()
        self._receiver = asyncio.create_task(self._receive())

    def update(self, keys: bytes) -> None:
        self._keys = keys
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(keys)

    async def stop(self) -> None:
        if self._receiver is not None:
            self._receiver.cancel()
        process, self._process = self._process, None
        self._give_up()
        if process is not None and process.stdin is not None:
            process.stdin.close()
            try:
                async with asyncio.timeout(_END_SECONDS):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()

    async def check(self, message: Message) -> Signed:
        process, loop = self._process, asyncio.get_running_loop()
        if process is None:
            raise Unavailable
        if not self._sent and not self._to_send:
            self._progress = loop.time()
        future: asyncio.Future[Verdict] = loop.create_future()
        self._to_send.append((message, future))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send(process))
        try:
            async with asyncio.timeout(DEADLINE):
                signed, why = await future
        except TimeoutError:
            self._replace_if_stuck(process)
            raise Unavailable from None
        if signed is None:
            raise NotSigned(why)
        return signed

    def _replace_if_stuck(self, process: Process) -> None:
        """Kill the process unless it is only busy; its reader starts another."""
        allowed = DEADLINE if self._has_answered else _START_SECONDS
        stuck = asyncio.get_running_loop().time() - self._progress >= allowed
        if stuck and process is self._process:
            _log.error("a process that checks signatures does not answer; it is killed")
            self._process = None
            process.kill()

    async def _open(self) -> None:
        command = [sys.executable, "-m", _PROGRAM]
        self._has_answered = False
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
        if process.stdin is not None:
            process.stdin.write(self._keys)
        self._process = process

    async def _send(self, process: Process) -> None:
        while self._to_send and process.stdin is not None:
            messages = self._to_send[:_MAX_PER_FRAME]
            del self._to_send[:_MAX_PER_FRAME]
            self._sent.append([future for _, future in messages])
            try:
                process.stdin.write(frame([message for message, _ in messages]))
                await process.stdin.drain()
            except OSError:
                return  # the receiver sees the end too, and answers those that wait

    async def _receive(self) -> None:
        while True:
            try:
                await self._receive_from(self._process)
            except (asyncio.IncompleteReadError, OSError):
                self._process = None
                self._give_up()
                _log.warning("the process that checks signatures ended; another is started")
            await asyncio.sleep(_PAUSE)
            try:
                await self._open()
            except OSError as error:
                _log.error("no process to check signatures", error=str(error))

    async def _receive_from(self, process: Process | None) -> None:
        while process is not None and process.stdout is not None:
            head = await process.stdout.readexactly(LENGTH.size)
            verdicts = unframed(await process.stdout.readexactly(LENGTH.unpack(head)[0]))
            self._progress = asyncio.get_running_loop().time()
            self._has_answered = True
            for future, verdict in zip(self._sent.popleft(), verdicts, strict=True):
                if not future.done():
                    future.set_result(verdict)

    def _give_up(self) -> None:
        futures = [future for part in self._sent for future in part]
        futures += [future for _, future in self._to_send]
        self._sent.clear()
        self._to_send.clear()
        for future in futures:
            if not future.done():
                future.set_exception(Unavailable())
