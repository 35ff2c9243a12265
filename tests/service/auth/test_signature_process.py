"""Processes that check signatures, with others in their place: turns, frames, and replacement."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from structlog.testing import capture_logs

from skontro.service.auth import signature_checks
from skontro.service.auth.signature_checks import SignatureChecks, Unavailable, _Checker
from skontro.service.auth.signature_process import frame, unframed
from skontro.service.auth.signatures import Message, NotSigned

KEYS = {"k": Ed25519PrivateKey.generate().public_key()}
MESSAGE: Message = ("GET", "http://a", [])


@attrs.define(eq=False)
class Process:
    """As asyncio gives it: what comes in is noted, and answered unless it hangs."""

    hangs: bool = False
    ends_by_itself: bool = True
    written: list[Any] = attrs.field(factory=list)
    done: list[str] = attrs.field(factory=list)
    stdout: Any = None
    ended: Any = None

    def __attrs_post_init__(self) -> None:
        self.stdout, self.ended = asyncio.StreamReader(), asyncio.Event()

    @property
    def stdin(self) -> Any:
        return self

    def write(self, framed: bytes) -> None:
        if self.ended.is_set():
            raise BrokenPipeError
        content = unframed(framed[4:])
        self.written.append(content)
        if isinstance(content, list) and not self.hangs:
            verdicts = [
                ((message[1], {}), "") if message[0] == "GET" else (None, "why")
                for message in content
            ]
            self.stdout.feed_data(frame(verdicts))

    async def drain(self) -> None:
        await asyncio.sleep(0)

    def close(self) -> None:
        self.done.append("closed")
        if self.ends_by_itself:
            self.ended.set()
            self.stdout.feed_eof()

    def kill(self) -> None:
        self.done.append("killed")
        self.ended.set()
        self.stdout.feed_eof()

    async def wait(self) -> None:
        await self.ended.wait()
        self.done.append("waited")


def running(
    test: Callable[[SignatureChecks, list[Process]], Awaitable[None]],
    count: int = 1,
    **named: Any,
) -> list[Any]:
    """Run a test with such processes; the commands with which they were started."""
    commands: list[Any] = []

    async def run() -> None:
        made: list[Process] = []

        async def start(*command: Any, **streams: Any) -> Process:
            commands.append((command[1:], streams))
            made.append(Process(**named))
            return made[-1]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(signature_checks.asyncio, "create_subprocess_exec", start)
            checks = SignatureChecks(KEYS, count)
            await checks.start()
            try:
                await test(checks, made)
            finally:
                await checks.stop()

    asyncio.run(run())
    return commands


def test_processes_take_turns_and_are_given_the_keys_first() -> None:
    async def test(checks: SignatureChecks, made: list[Process]) -> None:
        for number in range(6):
            assert await checks.check(("GET", str(number), [])) == (str(number), {})
        for number, one in enumerate(made):
            assert one.written[0] == {"k": KEYS["k"].public_bytes_raw()}
            asked = [message[1] for part in one.written[1:] for message in part]
            turn = (number + 2) % 3
            assert asked == [str(turn), str(turn + 3)]
        with pytest.raises(NotSigned, match="why"):
            await checks.check(("PUT", "a", []))
        checks.update({})
        assert [one.written[-1] for one in made] == [{}] * 3

    commands = running(test, count=3)
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    assert commands == [(("-m", "skontro.service.auth.signature_process"), pipes)] * 3


def test_few_requests_go_in_one_frame() -> None:
    async def test(checks: SignatureChecks, made: list[Process]) -> None:
        found = await asyncio.gather(*(checks.check(("GET", str(n), [])) for n in range(10)))
        assert [one[0] for one in found] == [str(number) for number in range(10)]
        sizes = [len(part) for part in made[0].written[1:]]
        assert (sum(sizes), max(sizes)) == (10, 4)

    running(test)


def test_a_process_that_hangs_is_killed_once_it_had_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that never answered may still be starting."""
    monkeypatch.setattr(signature_checks, "DEADLINE", 0.02)
    monkeypatch.setattr(signature_checks, "_PAUSE", 0.0)

    async def test(checks: SignatureChecks, made: list[Process]) -> None:
        with pytest.raises(Unavailable):
            await checks.check(MESSAGE)
        assert made[0].done == []
        checks._checkers[0]._has_answered = True
        checks._checkers[0]._give_up()
        with capture_logs() as said, pytest.raises(Unavailable):
            await checks.check(MESSAGE)
        assert made[0].done == ["killed"]
        assert checks._checkers[0]._process is None
        with pytest.raises(Unavailable):
            await checks.check(MESSAGE)
        events = ["a process that checks signatures does not answer; it is killed"]
        assert [one["event"] for one in said] == events

    running(test, hangs=True)


def test_another_process_takes_over_what_one_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signature_checks, "DEADLINE", 0.05)

    async def test(checks: SignatureChecks, made: list[Process]) -> None:
        made[0].hangs = True
        for _ in range(2):
            assert await checks.check(MESSAGE) == ("http://a", {})
        made[1].hangs = True
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(Unavailable):
            await checks.check(MESSAGE)
        assert loop.time() - began >= 0.099

    running(test, count=2)


def test_one_that_ended_is_replaced_and_whoever_waits_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signature_checks, "_PAUSE", 0.001)

    async def test(checks: SignatureChecks, made: list[Process]) -> None:
        made[0].hangs = True
        waiting = [asyncio.create_task(checks.check(MESSAGE)) for _ in range(6)]
        await asyncio.sleep(0.01)
        with capture_logs() as said:
            made[0].kill()
            for one in waiting:
                with pytest.raises(Unavailable):
                    await one
            while len(made) < 2 or checks._checkers[0]._process is not made[1]:
                await asyncio.sleep(0.001)
        assert [one["event"] for one in said] == [
            "the process that checks signatures ended; another is started"
        ]
        assert await checks.check(MESSAGE) == ("http://a", {})
        assert made[1].written[0] == {"k": KEYS["k"].public_bytes_raw()}

    running(test)


def test_one_that_cannot_be_started_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signature_checks, "_PAUSE", 0.001)

    async def test(checks: SignatureChecks, made: list[Process]) -> None:
        checker: Any = checks._checkers[0]
        opened, left = checker._open, [2]

        async def open_() -> None:
            if left[0]:
                left[0] -= 1
                raise OSError("too many processes")
            await opened()

        checker._open = open_
        with capture_logs() as said:
            made[0].kill()
            while len(made) < 2:
                await asyncio.sleep(0.001)
        errors = [one.get("error") for one in said if one["log_level"] == "error"]
        assert errors == ["too many processes"] * 2

    running(test)


def test_at_the_end_processes_end_by_themselves_or_are_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signature_checks, "_END_SECONDS", 0.01)
    monkeypatch.setattr(signature_checks, "_PAUSE", 0.0)
    kept: list[list[Process]] = []

    async def test(checks: SignatureChecks, made: list[Process]) -> None:
        kept.append(made)
        made[0].hangs = True
        waiting = asyncio.create_task(checks.check(MESSAGE))
        await asyncio.sleep(0)
        await checks.stop()
        assert await asyncio.wait([waiting], timeout=2) == ({waiting}, set())
        with pytest.raises(Unavailable):
            await waiting
        await asyncio.sleep(0.01)

    running(test)
    running(test, ends_by_itself=False)
    ends = [["closed", "waited"], ["closed", "killed", "waited"]]
    assert [[one.done for one in made] for made in kept] == [[end] for end in ends]


def test_a_checker_that_was_never_started_checks_and_ends_nothing() -> None:
    async def test() -> None:
        checker = _Checker(b"")
        with pytest.raises(Unavailable):
            await checker.check(MESSAGE)
        checker.update(b"new")
        assert checker._keys == b"new"
        await checker.stop()

    asyncio.run(test())
