"""Signatures checked by real processes, which may also be killed."""

import asyncio
import os
import signal
from pathlib import Path

import httpx
import pytest

from skontro.ledger.keys import make_private_key
from skontro.service.auth import signature_checks
from skontro.service.auth.signature_checks import SignatureChecks, Unavailable
from skontro.service.auth.signatures import Message, NotSigned, check_digest
from skontro.service.client import Signature

pytestmark = pytest.mark.long


def _message(signature: Signature, content: bytes = b"{}") -> Message:
    request = httpx.Request("POST", "http://testserver/v1/orders", content=content)
    signed = next(signature.auth_flow(request))
    return signed.method, str(signed.url), [*signed.headers.items()]


def test_many_at_once_each_get_their_own_answer(tmp_path: Path) -> None:
    keys = {f"key-{i}": make_private_key(tmp_path / f"{i}.pem") for i in range(5)}
    signatures = {name: Signature(name, key) for name, key in keys.items()}
    stranger = Signature("key-0", make_private_key(tmp_path / "stranger.pem"))

    async def run() -> None:
        checks = SignatureChecks({n: k.public_key() for n, k in keys.items()}, 2)
        await checks.start()
        try:
            names = [f"key-{i % 5}" for i in range(100)]
            messages = [_message(signatures[name], name.encode()) for name in names]
            found = await asyncio.gather(*(checks.check(one) for one in messages))
            assert [key_id for key_id, _ in found] == names
            for name, (_, digests) in zip(names, found, strict=True):
                check_digest(digests, name.encode())
                with pytest.raises(NotSigned):
                    check_digest(digests, b"changed")
            _, url, lines = messages[0]
            for wrong in (_message(stranger), ("PUT", url, lines)):
                with pytest.raises(NotSigned):
                    await checks.check(wrong)
        finally:
            await checks.stop()

    asyncio.run(run())


def test_a_killed_process_lets_nobody_in_and_is_replaced(tmp_path: Path) -> None:
    key = make_private_key(tmp_path / "key.pem")
    message = _message(Signature("key", key))

    async def run() -> None:
        checks = SignatureChecks({"key": key.public_key()}, 1)
        await checks.start()
        try:
            assert (await checks.check(message))[0] == "key"
            process = checks._checkers[0]._process
            assert process is not None
            os.kill(process.pid, signal.SIGSTOP)
            waiting = asyncio.create_task(checks.check(message))
            await asyncio.sleep(0.1)
            os.kill(process.pid, signal.SIGKILL)
            with pytest.raises(Unavailable):
                await waiting
            for _ in range(200):
                try:
                    assert (await checks.check(message))[0] == "key"
                    return
                except Unavailable:
                    await asyncio.sleep(0.05)
            pytest.fail("no process took its place")
        finally:
            await checks.stop()

    asyncio.run(run())


def test_a_stopped_process_is_noticed_killed_and_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With another process its callers are served; without one they are told in bounded time."""
    monkeypatch.setattr(signature_checks, "DEADLINE", 2.0)
    key = make_private_key(tmp_path / "key.pem")
    message = _message(Signature("key", key))

    async def run(count: int) -> None:
        checks = SignatureChecks({"key": key.public_key()}, count)
        await checks.start()
        try:
            async with asyncio.timeout(60):
                while not all(one._has_answered for one in checks._checkers):
                    await _is_recognised(checks, message)
                    await asyncio.sleep(0.05)
            stopped = checks._checkers[0]._process
            assert stopped is not None
            os.kill(stopped.pid, signal.SIGSTOP)
            async with asyncio.timeout(30):
                answers = await asyncio.gather(
                    *(_is_recognised(checks, message) for _ in range(2 * count))
                )
            if count > 1:
                assert all(answers)
            async with asyncio.timeout(60):
                assert await stopped.wait() == -signal.SIGKILL
                while not await _is_recognised(checks, message):
                    await asyncio.sleep(0.05)
        finally:
            await checks.stop()

    asyncio.run(run(1))
    asyncio.run(run(2))


async def _is_recognised(checks: SignatureChecks, message: Message) -> bool:
    try:
        return (await checks.check(message))[0] == "key"
    except Unavailable:
        return False
