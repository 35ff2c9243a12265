"""Page of orders that are held until two people decide, and what is known of each."""

from typing import Any, Final

import numpy as np
from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from skontro.service.api.parameters import PageStart
from skontro.service.api.read_limits import PAGE_UNITS
from skontro.system import ActionKind, Proposal, SettlementSystem
from skontro.web import words
from skontro.web.viewer import TheViewer, Viewer

router = APIRouter(prefix="/orders")

#: Held orders of one page.
PAGE: Final = 50

_ABOUT_HELD: Final = (ActionKind.RELEASE_HELD_ORDER, ActionKind.REJECT_HELD_ORDER)


@router.get("/held")
async def show_held(viewer: TheViewer, after: PageStart = 0) -> HTMLResponse:
    """List orders held by screening or policy rules; a bank has those that it pays or receives."""
    index, mapper = viewer.context.mapper.order_index, viewer.context.mapper
    async with viewer.context.history.limits.turn(viewer.identity, PAGE_UNITS + PAGE):
        indices = index.held.indices()
        indices = indices[indices >= max(after, index.base)]
        if not viewer.identity.is_operator:
            own = mapper.accounts_of(viewer.identity.side)
            sides = (index.at(indices, side) for side in ("payer", "payee"))
            indices = indices[np.logical_or.reduce([np.isin(side, own) for side in sides])]
        orders = index.at(indices[:PAGE])
        proposed = {one.action.uetr: one for one in proposals_about_held(viewer)}
        rows = [
            {**(shown := mapper.order_out(one)), "proposal": proposed.get(shown["uetr"])}
            for one in orders
        ]
    return viewer.page(
        "held.html.j2",
        orders=rows,
        next=int(indices[PAGE]) if len(indices) > PAGE else None,
        after=after,
        names=words.ACTIONS,
        statuses=words.STATUSES,
    )


def proposals_about_held(viewer: Viewer) -> list[Proposal]:
    """Open proposals of the operator to release or reject held orders; for the operator alone."""
    view = viewer.context.sequencer.view
    return [
        one
        for one in view.proposals
        if viewer.identity.is_operator
        and one.action.kind in _ABOUT_HELD
        and one.lapses_at > view.time
    ]


async def why_held(viewer: Viewer, uetr: str) -> dict[str, Any]:
    """Findings of policy rules, and the evidence of the action that held it; for the operator.

    Args:
        viewer: who looks.
        uetr: of an order that is held outside the engine.
    """
    key = bytes.fromhex(uetr.replace("-", ""))

    def query(system: SettlementSystem) -> dict[str, Any]:
        return {
            "action": system.screening_holds.evidence(key),
            "policy": system.policy.findings_on_held(key),
        }

    found: dict[str, Any] = await viewer.context.ask(query)
    return found
