"""Questions about the rest of the day, answered by a process of its own, one at a time."""

import asyncio
import json
import sys
from typing import Any, Final

from skontro.service.api.problems import Problem

#: Seconds that an answer may take; and whether one is made: a second one would only slow both.
_MOST_SECONDS: Final = 120.0
_running = asyncio.Lock()


async def answer_of(module: str, question: dict[str, Any]) -> dict[str, Any]:
    """The answer of a process of its own.

    Args:
        module: that the process runs; it takes the question on standard input.
        question: JSON values.

    Raises:
        Problem: another question is being answered, or the process fails or takes too long.
    """
    if _running.locked():
        raise Problem(503, "Busy", "another fork of the day is running; try again in some seconds")
    async with _running:
        return await _ask(module, question)


async def _ask(module: str, question: dict[str, Any]) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_MOST_SECONDS):
            output, _none = await process.communicate(json.dumps(question).encode())
    except TimeoutError:
        raise Problem(503, "Too long", "the fork has taken two minutes, and ended") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise Problem(500, "Internal error", "the fork failed; the log says why")
    found: dict[str, Any] = json.loads(output)
    return found
