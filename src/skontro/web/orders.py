"""Pages of orders: the list, one order with why it waits, and the payer's requests about it."""

import json
import uuid
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from skontro.ledger.order_records import STATUSES
from skontro.model import PaymentClass, ReasonCode, quoted
from skontro.service.api import orders as api
from skontro.service.api.order_schemas import ClassIn, PositionIn
from skontro.service.api.parameters import PageStart, UetrInPath
from skontro.service.api.problems import not_found
from skontro.web import case_words, decisions, words
from skontro.web.cases import may_open, open_cases_about
from skontro.web.held import proposals_about_held, why_held
from skontro.web.messages import about_order
from skontro.web.requests import content_of, read_shape, request_id
from skontro.web.viewer import TheForm, TheViewer

router = APIRouter(prefix="/orders")

#: Orders of one page.
PAGE: Final = 50

Status = Annotated[str, Query(pattern=f"^(|{'|'.join(map(str, STATUSES))})$")]


@router.get("")
async def show_orders(viewer: TheViewer, status: Status = "", after: PageStart = 0) -> HTMLResponse:
    """List orders in the order of submission."""
    statuses: Any = [status] if status else None
    answer = await api.list_orders(viewer.identity, viewer.context, statuses, after, PAGE)
    return viewer.page(
        "orders.html.j2",
        **content_of(answer),
        statuses=words.STATUSES,
        classes=_CLASSES,
        chosen=status,
        after=after,
    )


@router.get("/find")
async def find_order(_viewer: TheViewer, uetr: str = "") -> RedirectResponse:
    """Lead to the order with a UETR."""
    try:
        found = uuid.UUID(uetr.strip())
    except ValueError:
        raise not_found(f"{quoted(uetr)} is not a UETR") from None
    return RedirectResponse(f"/orders/{found}", 303)


@router.get("/{uetr}")
async def show_order(uetr: UetrInPath, viewer: TheViewer) -> HTMLResponse:
    """Show one order with its history, details, evidence, and why it waits."""
    order = await api.show_order(uetr, viewer.identity, viewer.context)
    is_held = order["status"] == "held" and order["number"] is None
    holds: dict[str, Any] = {"action": "", "policy": []}
    if is_held and viewer.identity.is_operator:
        holds = await why_held(viewer, uetr)
    index = viewer.context.mapper.index_of(uetr)
    record = viewer.context.mapper.order_index.order(index)
    entry = viewer.context.mapper.entry_out(record)
    return viewer.page(
        "order.html.j2",
        order={"waiting_for": None, "details": None, "evidence": None} | order,
        entry=entry,
        statuses=words.STATUSES,
        classes=_CLASSES,
        obstacles=words.OBSTACLES,
        is_payer=order["payer"] == viewer.identity.side,
        is_open=order["status"] in _OPEN,
        is_held=is_held,
        held_by=json.loads(holds["action"]) if holds["action"] else None,
        findings=holds["policy"],
        proposed=[one for one in proposals_about_held(viewer) if one.action.uetr == uetr],
        decisions=decisions.about_order(viewer, uetr),
        decision_statuses=decisions.STATUSES,
        names=words.ACTIONS,
        explanation=explanation_of(order["reason"]),
        messages=await about_order(viewer, order, record["uetr"].tobytes()),
        kinds=words.MESSAGES,
        cases=await open_cases_about(viewer, uetr),
        may_open_case=may_open(viewer, uetr),
        states=case_words.STATES,
        outcomes=case_words.OUTCOMES,
        types_in_words=case_words.TYPES,
    )


@router.post("/{uetr}/cancellation")
async def cancel(uetr: UetrInPath, viewer: TheViewer, fields: TheForm) -> RedirectResponse:
    """Cancel an order that is not final."""
    await api.cancel_order(uetr, viewer.identity, viewer.context, request_id(fields))
    return _back(uetr)


@router.post("/{uetr}/payment-class")
async def change_class(uetr: UetrInPath, viewer: TheViewer, fields: TheForm) -> RedirectResponse:
    """Change the class of a waiting order."""
    key = request_id(fields)
    change = read_shape(ClassIn, fields)
    await api.change_class(uetr, change, viewer.identity, viewer.context, key)
    return _back(uetr)


@router.post("/{uetr}/position")
async def move(uetr: UetrInPath, viewer: TheViewer, fields: TheForm) -> RedirectResponse:
    """Move a queued order to the front or the end of its class."""
    key = request_id(fields)
    change = read_shape(PositionIn, fields)
    await api.move_order(uetr, change, viewer.identity, viewer.context, key)
    return _back(uetr)


_CLASSES: Final = {one.name.lower(): words.CLASSES[one] for one in PaymentClass}
_OPEN: Final = ("queued", "held", "warehoused", "earmarked")


def _back(uetr: str) -> RedirectResponse:
    return RedirectResponse(f"/orders/{uetr}", 303)


def explanation_of(reason: str | None) -> str:
    """The text of a reason code, in English; empty where there is none or it is unknown."""
    found = ReasonCode.__members__.get(reason or "")
    return found.explanation if found is not None else ""
