"""Page of PvP pairs: both legs of each, as far as the person may see them."""

from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from skontro.service.api.parameters import PageStart
from skontro.service.api.read_limits import PAGE_UNITS
from skontro.web import words
from skontro.web.viewer import TheViewer, Viewer

router = APIRouter(prefix="/orders")

#: Legs that one page looks at; a pair has one or two.
PAGE: Final = 100


@router.get("/pairs")
async def show_pairs(viewer: TheViewer, after: PageStart = 0) -> HTMLResponse:
    """List pairs by the leg that came first, in the order of submission."""
    mapper = viewer.context.mapper
    own = None if viewer.identity.is_operator else mapper.accounts_of(viewer.identity.side)
    async with viewer.context.history.limits.turn(viewer.identity, PAGE_UNITS + PAGE):
        indices = mapper.order_index.legs(own, after, PAGE + 1)
        found = [_pair(viewer, int(index)) for index in indices[:PAGE]]
    return viewer.page(
        "pairs.html.j2",
        pairs=[one for one in found if one is not None],
        after=after,
        next=int(indices[PAGE]) if len(indices) > PAGE else None,
        statuses=words.STATUSES,
    )


def _pair(viewer: Viewer, index: int) -> dict[str, Any] | None:
    """The leg at an index with its counterleg; None where the counterleg is listed before."""
    mapper = viewer.context.mapper
    leg = mapper.order_index.order(index)
    other = mapper.order_index.index_of(leg["counterleg"].tobytes())
    counterleg = None if other is None else mapper.order_index.order(other)
    if counterleg is not None and not mapper.may_see(viewer.identity, counterleg):
        counterleg = None
    if other is not None and counterleg is not None and other < index:
        return None
    return {
        "leg": mapper.order_out(leg),
        "counterleg": None if counterleg is None else mapper.order_out(counterleg),
    }
