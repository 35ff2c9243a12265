"""Pages of joint netting cycles with other systems: the list, and one with its positions."""

from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from skontro.service.api import cycles as api
from skontro.service.api.parameters import CycleInPath, PageStart
from skontro.web import words
from skontro.web.orders import explanation_of
from skontro.web.viewer import TheViewer

router = APIRouter(prefix="/cycles")

#: Cycles of one page.
PAGE: Final = 50


@router.get("")
async def show_cycles(viewer: TheViewer, after: PageStart = 0) -> HTMLResponse:
    """List joint cycles in the order of their beginning."""
    found = await api.list_cycles(viewer.identity, viewer.context, after, PAGE)
    return viewer.page("cycles.html.j2", **found, after=after, phases=words.CYCLE_PHASES)


@router.get("/{cycle}")
async def show_cycle(cycle: CycleInPath, viewer: TheViewer) -> HTMLResponse:
    """Show a joint cycle: steps, members, positions, and the orders that this system submits."""
    found = await api.show_cycle(cycle, viewer.identity, viewer.context)
    return viewer.page(
        "cycle.html.j2",
        cycle=found,
        explanation=explanation_of(found["reason"]),
        phases=words.CYCLE_PHASES,
    )
