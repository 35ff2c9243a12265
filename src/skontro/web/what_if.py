"""The page of the rest of the day with a change, compared with the rest without it."""

from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from skontro.service.api.problems import Problem
from skontro.simulation.what_if.changes import FIELDS, MOVE_STEP, OUTAGE
from skontro.system import ActionKind
from skontro.system.business_day import EXTENDABLE
from skontro.web import words
from skontro.web.fork_questions import answer_of
from skontro.web.viewer import TheForm, TheViewer, Viewer

router = APIRouter()


def _(text: str) -> str:
    """Mark a text for the catalogues."""
    return text


#: Names of the fields.
LABELS: Final = {
    "participant": _("Participant"),
    "counterparty": _("Counterparty"),
    "currency": _("Currency"),
    "amount": _("Amount"),
    "step": _("Step"),
    "at": _("At"),
    "from": _("From"),
    "until": _("Until"),
}
KINDS: Final = {
    OUTAGE: _("Outage of a participant"),
    ActionKind.SET_CREDIT_LINE: _("Credit line"),
    ActionKind.SET_NET_SENDER_LIMIT: _("Net-sender limit"),
    ActionKind.SET_BILATERAL_LIMIT: _("Bilateral limit"),
    ActionKind.TRANSFER_IN: _("Liquidity transferred in"),
    ActionKind.TRANSFER_OUT: _("Liquidity transferred out"),
    ActionKind.SUSPEND: _("Suspension"),
    ActionKind.RESUME: _("Resumption"),
    MOVE_STEP: _("Cut-off or end of day at another time"),
}
FIGURES: Final = {
    "settled_orders": _("Settled orders"),
    "settled_value": _("Settled value"),
    "unsettled_orders": _("Unsettled orders"),
    "unsettled_value": _("Unsettled value"),
    "mean_delay": _("Mean delay, seconds"),
    "liquidity_used": _("Liquidity used"),
    "credit_used": _("Credit used"),
}


@router.get("/what-if")
async def show_form(viewer: TheViewer, kind: str = OUTAGE) -> HTMLResponse:
    """Show the form of a kind of change, with its fields alone."""
    return _page(viewer, {"kind": kind}, None)


@router.post("/what-if")
async def compare(viewer: TheViewer, form: TheForm) -> HTMLResponse:
    """Run the rest of the day without and with the change, and show both."""
    viewer.refuse_others("the rest of the day is shown to the operator alone")
    kind = _known(form.get("kind", ""))
    names = {name for part in FIELDS[kind] for name in part}
    question = {
        "url": viewer.context.history.url,
        "key": viewer.context.public_key,
        "kind": kind,
        "fields": {name: value for name, value in form.items() if name in names and value},
    }
    found = await answer_of("skontro.web.what_if_process", question)
    return _page(viewer, form, found)


def _known(kind: str) -> str:
    if kind not in FIELDS:
        raise Problem(404, "Not found", "there is no such change of the rest of the day")
    return kind


def _page(viewer: Viewer, form: dict[str, str], found: dict[str, Any] | None) -> HTMLResponse:
    viewer.refuse_others("the rest of the day is shown to the operator alone")
    directory = viewer.context.sequencer.view.directory
    kind = _known(form["kind"])
    needed, optional = FIELDS[kind]
    people = {one.bic: f"{one.bic} {one.name}" for one in directory.participants}
    return viewer.page(
        "what_if.html.j2",
        kind=kind,
        fields=[*((name, True) for name in needed), *((name, False) for name in optional)],
        form={name: form.get(name, "") for name in (*needed, *optional)},
        labels=LABELS,
        found=found,
        kinds=KINDS,
        figures=FIGURES,
        choices={
            "participant": people,
            "counterparty": people,
            "currency": {code: code for code in directory.currency_codes},
            "step": {str(step): words.STEPS[step] for step in EXTENDABLE},
        },
    )
