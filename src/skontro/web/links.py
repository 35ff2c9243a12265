"""Pages of links with other systems: the peers, the links, and one link with its steps."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from skontro.service.api import links as api
from skontro.service.api.parameters import LinkInPath, PageStart
from skontro.system.links.phases import ENDED
from skontro.web import words
from skontro.web.orders import explanation_of
from skontro.web.requests import request_id
from skontro.web.viewer import TheForm, TheViewer

router = APIRouter(prefix="/links")

#: Links of one page.
PAGE: Final = 50

Which = Annotated[str, Query(pattern="^(open|all)$")]


@router.get("")
async def show_links(
    viewer: TheViewer, which: Which = "open", after: PageStart = 0
) -> HTMLResponse:
    """List the peers, and links in the order of instruction; a bank has those of its legs."""
    identity, context = viewer.identity, viewer.context
    read: Any = api.links_under_way if which == "open" else api.list_links
    found = await read(identity, context, after, PAGE)
    return viewer.page(
        "links.html.j2",
        **found,
        **await api.list_peers(identity, context),
        which=which,
        after=after,
        phases=words.LINK_PHASES,
        roles=words.LINK_ROLES,
    )


@router.get("/{link}")
async def show_link(link: LinkInPath, viewer: TheViewer) -> HTMLResponse:
    """Show one link with its steps, its legs and the money in doubt."""
    found = await api.show_link(link, viewer.identity, viewer.context)
    own = viewer.context.sequencer.view.link_contracts.own_system
    pays = any(
        leg["system"] == own and leg["payer"] == viewer.identity.side for leg in found["legs"]
    )
    return viewer.page(
        "link.html.j2",
        link=found,
        own=own,
        pays=pays,
        is_open=found["phase"] not in map(str, ENDED),
        explanation=explanation_of(found["reason"]),
        phases=words.LINK_PHASES,
        roles=words.LINK_ROLES,
    )


@router.post("/{link}/cancellation")
async def cancel(link: LinkInPath, viewer: TheViewer, fields: TheForm) -> RedirectResponse:
    """Ask to end a link of the own leg."""
    await api.cancel_link(link, viewer.identity, viewer.context, request_id(fields))
    return RedirectResponse(f"/links/{link}", 303)
