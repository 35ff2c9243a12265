"""Proposals after their decision: who asked, who decided, and what was shown, as pages have it."""

from collections.abc import Sequence
from typing import Any, Final

import anyio.to_thread

from skontro.ledger.decision_history import DecidedProposal
from skontro.model import timestamp_text
from skontro.service.api.read_limits import DATABASE_UNITS
from skontro.web.viewer import Viewer


def _(text: str) -> str:
    """Mark a text for the catalogues."""
    return text


STATUSES: Final = {
    "open": _("Waits for approval"),
    "lapsed": _("Lapsed"),
    "agreed": _("Agreed"),
    "approved": _("Approved"),
    "failed": _("Approved, without effect"),
    "rejected": _("Rejected by a person"),
    "alone": _("Done by one person"),
}


def may_see_decision(viewer: Viewer, one: DecidedProposal) -> bool:
    """Whether a person may see a proposal: the operator all, others those of their own side."""
    own = one.asked_by is not None and one.asked_by.side == viewer.identity.side
    return viewer.identity.is_operator or own


def decided(viewer: Viewer, number: int) -> DecidedProposal | None:
    """The proposal with a number, if it is remembered and the person may see it."""
    found = viewer.context.mapper.order_index.decisions.get(number)
    return found if found is not None and may_see_decision(viewer, found) else None


def decided_page(
    viewer: Viewer, before: int | None, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Proposals that are no longer open, the newest first, and `before` of the next page.

    Args:
        viewer: who looks.
        before: only those with a lower number; None for all.
        limit: most proposals.
    """
    found = [
        shown_as(viewer, one)
        for one in viewer.context.mapper.order_index.decisions.newest()
        if may_see_decision(viewer, one) and (before is None or one.number < before)
    ]
    closed = [one for one in found if one["status"] not in ("open", "agreed")]
    closed.sort(key=lambda one: -one["number"])
    page = closed[:limit]
    return page, page[-1]["number"] if len(closed) > limit else None


def about_order(viewer: Viewer, uetr: str) -> Sequence[dict[str, Any]]:
    """Proposals about an order that the person may see, in their order."""
    found = viewer.context.mapper.order_index.decisions.about(uetr)
    return [shown_as(viewer, one) for one in found if may_see_decision(viewer, one)]


def shown_as(viewer: Viewer, one: DecidedProposal) -> dict[str, Any]:
    """A proposal as templates show it."""
    view = viewer.context.sequencer.view
    status = one.status
    if any(agreed.number == one.number for agreed in view.agreed):
        status = "agreed"
    elif status == "open":
        is_open = any(
            other.number == one.number and other.lapses_at > view.time for other in view.proposals
        )
        status = "open" if is_open else "lapsed"
    return {
        "number": one.number,
        "action": one.action,
        "status": status,
        "uetr": one.uetr,
        "asked_by": None if one.asked_by is None else one.asked_by.name,
        "asked_side": None if one.asked_by is None else one.asked_by.side,
        "asked_at": None if one.asked_at is None else timestamp_text(one.asked_at),
        "decided_by": None if one.decided_by is None else one.decided_by.name,
        "decided_side": None if one.decided_by is None else one.decided_by.side,
        "decided_at": None if one.decided_at is None else timestamp_text(one.decided_at),
        "batch": one.batch,
        "reason": one.reason.name if one.reason else None,
        "hash": one.hash,
    }


async def document_of(viewer: Viewer, one: DecidedProposal) -> dict[str, Any]:
    """The document exactly as it was asked; empty where the record remembered has none."""
    history = viewer.context.history
    if not one.hash:
        return {}
    async with history.limits.turn(viewer.identity, DATABASE_UNITS):
        return await anyio.to_thread.run_sync(history.shown_in, one.shown_in, one.hash)
