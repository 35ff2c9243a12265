"""News for open pages: an event with the new part of the page after each change of the state."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Final

import anyio.to_thread
from fastapi import Request
from fastapi.responses import StreamingResponse

from skontro.service.api.problems import Problem
from skontro.web.viewer import NotSignedIn, Viewer, viewer_of

#: Seconds between looks at the state, and least seconds between two events of one page.
LOOK_SECONDS: Final = 0.1
EVENT_SECONDS: Final = 0.4
#: Seconds after which a page hears that it is still connected, and whether its person still is.
ALIVE_SECONDS: Final = 5.0
#: Pages that wait for news: of everybody, and of one credential.
MAX_PAGES: Final = 500
MAX_PAGES_OF_ONE: Final = 20

#: Makes the part of the page, in a thread.
Make = Callable[[], str]


class LivePages:
    """Pages that wait for news, and the newest parts, made once for all that show the same.

    For the event loop's thread alone.
    """

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._made: dict[tuple[str, ...], tuple[int, str]] = {}
        self._making: dict[tuple[str, ...], asyncio.Lock] = {}

    def follow(self, request: Request, viewer: Viewer, name: str, make: Make) -> StreamingResponse:
        """A response that has an event for each change, as long as the page is open.

        Args:
            request: of the browser.
            viewer: who looks.
            name: name of the events; pages with the same name, side and language show the same.
            make: makes the part of the page.

        Raises:
            Problem: too many pages wait.
        """
        of = viewer.identity.credential
        if self._open.total() >= MAX_PAGES or self._open[of] >= MAX_PAGES_OF_ONE:
            detail = "too many pages are open; close some"
            raise Problem(429, "Too many pages", detail, headers={"Retry-After": "5"})
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(
            self._events(request, viewer, name, make),
            media_type="text/event-stream",
            headers=headers,
        )

    async def _events(
        self, request: Request, viewer: Viewer, name: str, make: Make
    ) -> AsyncIterator[str]:
        of = viewer.identity.credential
        self._open[of] += 1
        try:
            async for event in self._changes(request, viewer, name, make):
                yield event
        finally:
            self._open[of] -= 1
            if not self._open[of]:
                del self._open[of]

    async def _changes(
        self, request: Request, viewer: Viewer, name: str, make: Make
    ) -> AsyncIterator[str]:
        sequencer, shown, alive = viewer.context.sequencer, -1, time.monotonic()
        while sequencer.is_open:
            if sequencer.view.batch != shown:
                shown, part = await self._part(viewer, name, make)
                yield event_of(name, part)
                await asyncio.sleep(EVENT_SECONDS)
            else:
                await asyncio.sleep(LOOK_SECONDS)
            if time.monotonic() - alive >= ALIVE_SECONDS:
                alive = time.monotonic()
                try:
                    viewer_of(request, viewer.context, use=False)
                except NotSignedIn:
                    yield event_of("ended", "")
                    return
                yield ": alive\n\n"

    async def _part(self, viewer: Viewer, name: str, make: Make) -> tuple[int, str]:
        """The newest part and the batch with which it goes."""
        key = (name, viewer.identity.side, viewer.identity.role, viewer.language)
        async with self._making.setdefault(key, asyncio.Lock()):
            batch = viewer.context.sequencer.view.batch
            found = self._made.get(key)
            if found is None or found[0] != batch:
                found = self._made[key] = batch, await anyio.to_thread.run_sync(make)
        return found


def event_of(name: str, content: str) -> str:
    """An event in the form of the stream."""
    lines = "".join(f"data: {line}\n" for line in content.splitlines() or [""])
    return f"event: {name}\n{lines}\n"
