"""Pages of cases about orders: the list, one with its steps, and the acts of people."""

import uuid
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from skontro.model import ReasonCode
from skontro.service.api import cases as api
from skontro.service.api.case_schemas import ActIn, CaseIn, case_order_of, case_out, history_out
from skontro.service.api.cases import CaseNumber
from skontro.service.api.parameters import MAX_NUMBER
from skontro.service.api.problems import not_found
from skontro.service.api.service_context import visible_order
from skontro.system import OPERATOR, SettlementSystem
from skontro.system.cases.case import Case, CaseOrder
from skontro.system.cases.case_table import CaseAct, CaseRow
from skontro.system.cases.case_types import CASE_RULES, CaseMoney, CaseType, OrderSide
from skontro.system.cases.protocol import row_for
from skontro.web import case_words
from skontro.web.requests import read_shape, request_id
from skontro.web.viewer import TheForm, TheViewer, Viewer

router = APIRouter(prefix="/cases")

#: Cases of one page.
PAGE: Final = 50

Which = Annotated[str, Query(pattern="^(due|all)$")]
Before = Annotated[int, Query(ge=0, le=MAX_NUMBER)]
UetrText = Annotated[str, Query(pattern="^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$")]

#: Fields of a form that are a delay, and those that are money.
_DELAY: Final = ("due_on", "settled_on")
_MONEY: Final = ("principal", "compensation", "scheme")


@router.get("")
async def show_cases(
    viewer: TheViewer, which: Which = "all", before: Before = MAX_NUMBER
) -> HTMLResponse:
    """List cases, the newest first: those of the own side, or those in which it owes an act."""
    found = await api.list_cases(viewer.identity, viewer.context, before, PAGE, due=which == "due")
    return viewer.page(
        "cases.html.j2",
        **found,
        **_words(),
        which=which,
        is_first=before == MAX_NUMBER,
    )


@router.get("/new")
async def show_form(viewer: TheViewer, uetr: UetrText = "") -> HTMLResponse:
    """Show the form that opens a case about an order, or after an outage."""
    order = _order_of(viewer, uetr) if uetr else None
    types = _types(viewer, order)
    if not types or not viewer.may_act:
        raise not_found("there is no form of this action for you")
    currencies = [one.code for one in viewer.context.mapper.directory.currencies]
    return viewer.page(
        "new_case.html.j2",
        **_words(),
        types=types,
        takes_money=any(CASE_RULES[one].money != CaseMoney.NONE for one in types),
        order=order,
        uetr=uetr,
        currencies=currencies,
        participants=viewer.context.mapper.directory.participants,
        reference=f"C-{uuid.uuid4().hex[:16]}",
    )


@router.post("/new")
async def open_case(viewer: TheViewer, fields: TheForm) -> RedirectResponse:
    """Open a case."""
    key = request_id(fields)
    case = read_shape(CaseIn, _read(fields, fields.get("uetr", "")))
    answer = await api.open_case(case, viewer.identity, viewer.context, key)
    return RedirectResponse(f"/cases/{answer['case']}", 303)


@router.get("/{number}")
async def show_case(number: CaseNumber, viewer: TheViewer) -> HTMLResponse:
    """Show a case with its steps, who owes the next act until when, and the acts of the viewer."""
    case = await api.visible_case(viewer.context, viewer.identity, number)
    rows = acts_of(case, _side(viewer)) if viewer.may_act else {}
    return viewer.page(
        "case.html.j2",
        **_words(),
        case=case_out(case),
        history=history_out(case),
        acts=rows,
        is_own=case.owner_side == _side(viewer),
        delay_uetr=case.order.uetr if case.order else "",
    )


@router.post("/{number}/acts")
async def act(number: CaseNumber, viewer: TheViewer, fields: TheForm) -> RedirectResponse:
    """Act in a case; what needs two people becomes a proposal."""
    key = request_id(fields)
    case = await api.visible_case(viewer.context, viewer.identity, number)
    given = read_shape(ActIn, _read(fields, case.order.uetr if case.order else ""))
    answer = await api.act(number, given, viewer.identity, viewer.context, key)
    if answer["proposal"] is not None:
        return RedirectResponse(f"/proposals/{answer['proposal']}", 303)
    return RedirectResponse(f"/cases/{number}", 303)


def acts_of(case: Case, side: str) -> dict[CaseAct, CaseRow]:
    """The acts that a side may do now, each with its transition.

    Args:
        case: open or closed.
        side: BIC or the operator.
    """
    rows = {one: row_for(case, one, case.parties_of(side)) for one in CaseAct}
    return {one: row for one, row in rows.items() if not isinstance(row, ReasonCode)}


async def open_cases_about(viewer: Viewer, uetr: str) -> list[dict[str, Any]]:
    """Open cases about an order that the viewer may see, by number."""
    order = _order_of(viewer, uetr)

    def query(system: SettlementSystem) -> list[Case]:
        sides = (order.payer, order.payee)
        found = (system.cases.about(side, kind, uetr) for side in sides for kind in CaseType)
        return [one for one in found if one is not None and one.parties_of(_side(viewer))]

    cases: list[Case] = await viewer.context.ask(query)
    return [case_out(one) for one in sorted(cases, key=lambda one: one.number)]


def may_open(viewer: Viewer, uetr: str) -> bool:
    """Whether the viewer may open a case of some type about an order."""
    return viewer.may_act and bool(_types(viewer, _order_of(viewer, uetr)))


def _order_of(viewer: Viewer, uetr: str) -> CaseOrder:
    context = viewer.context
    zone = context.sequencer.system.clock.calendar.zone
    return case_order_of(context.mapper, visible_order(context, viewer.identity, uetr), zone)


def _types(viewer: Viewer, order: CaseOrder | None) -> list[CaseType]:
    """Types of case that the viewer may open about an order, or without one."""
    if order is None:
        return [
            kind
            for kind, rule in CASE_RULES.items()
            if not rule.order_states and (rule.by_operator or not viewer.identity.is_operator)
        ]
    sides = {OrderSide.PAYER: order.payer, OrderSide.PAYEE: order.payee}
    return [
        kind
        for kind, rule in CASE_RULES.items()
        if order.status in rule.order_states
        and viewer.identity.side in [sides[one] for one in rule.opened_by]
    ]


def _side(viewer: Viewer) -> str:
    return OPERATOR if viewer.identity.is_operator else viewer.identity.side


def _read(fields: Mapping[str, str], uetr: str) -> dict[str, Any]:
    """Fields of a form in the shape of an opening or an act.

    Args:
        fields: of the form; empty ones were not filled in.
        uetr: of the order that a delay is of.
    """
    given: dict[str, Any] = {
        name: value
        for name, value in fields.items()
        if value and name not in ("evidence", *_MONEY, *_DELAY)
    }
    if given.get("seen", "").isdecimal():
        given["seen"] = int(given["seen"])
    if fields.get("evidence"):
        given["evidence"] = fields["evidence"].split()
    terms: dict[str, Any] = {name: fields[name] for name in _MONEY if fields.get(name)}
    delay = {name: fields[name] for name in _DELAY if fields.get(name)}
    if delay:
        terms["delays"] = [{"uetr": fields.get("delay_uetr") or uetr} | delay]
    given.pop("delay_uetr", None)
    return given | ({"terms": terms} if terms else {})


def _words() -> dict[str, Any]:
    return {
        "types_in_words": case_words.TYPES,
        "states": case_words.STATES,
        "acts_in_words": case_words.ACTS,
        "parties": case_words.PARTIES,
        "outcomes": case_words.OUTCOMES,
    }
