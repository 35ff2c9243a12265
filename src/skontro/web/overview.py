"""Routes of the overview: the page, and its news."""

from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from skontro.service.api.read_limits import PAGE_UNITS
from skontro.web import words
from skontro.web.live import LivePages
from skontro.web.overview_content import overview_of
from skontro.web.viewer import TheViewer, Viewer

router = APIRouter()


@router.get("/")
async def show_overview(viewer: TheViewer) -> HTMLResponse:
    """Show the running day."""

    def read() -> HTMLResponse:
        return viewer.page("overview.html.j2", **_content(viewer))

    async with viewer.context.history.limits.turn(viewer.identity, PAGE_UNITS):
        return await anyio.to_thread.run_sync(read)


@router.get("/live/overview")
async def follow_overview(request: Request, viewer: TheViewer) -> StreamingResponse:
    """Send the overview again after each change."""
    pages: LivePages = request.app.state.live

    def make() -> str:
        return viewer.part("overview_parts.html.j2", **_content(viewer))

    return pages.follow(request, viewer, "overview", make)


def _content(viewer: Viewer) -> dict[str, Any]:
    overview = overview_of(viewer.context, viewer.identity)
    return {
        "overview": overview,
        "figures": overview.figures,
        "day": overview.figures.view,
        "now": viewer.context.sequencer.clock(),
        "phases": words.PHASES,
        "steps": words.STEPS,
        "classes": words.CLASSES,
        "names": words.ACTIONS,
    }
