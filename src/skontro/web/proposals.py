"""Pages of the four eyes: proposals, their approval exactly as shown, and new ones."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from skontro.files.json_reading import NotJsonError, read_json
from skontro.model.text import canonical_text
from skontro.service.api import proposals as api
from skontro.service.api.parameters import ProposalNumber
from skontro.service.api.problems import Problem, not_found
from skontro.service.api.proposal_schemas import ActionIn, ApprovalIn
from skontro.system import ACTION_RULES, ActionKind
from skontro.web import decisions, words
from skontro.web.orders import explanation_of
from skontro.web.requests import content_of, read_shape, request_id
from skontro.web.viewer import TheForm, TheViewer, Viewer

router = APIRouter(prefix="/proposals")

#: Fields that are documents; their actions are proposed on the command line.
_DOCUMENTS: Final = frozenset(
    {
        "rulebook",
        "link_contract",
        "policy_rules",
        "screening_lists",
        "clock_changes",
        "evidence",
        "case",
        "case_rules",
        "cycle_agreement",
    }
)
#: Fields of no form: the service finds the number of an order.
_NO_FIELDS: Final = _DOCUMENTS | {"order"}

KindInPath = Annotated[str, Path(pattern="^[a-z_]{3,40}$")]


#: Decided proposals of one page.
PAGE: Final = 25

Before = Annotated[int | None, Query(ge=0, le=2**62)]


@router.get("")
async def show_proposals(viewer: TheViewer, before: Before = None) -> HTMLResponse:
    """List open and agreed proposals, those decided, and actions that the person may propose."""
    found = await api.list_proposals(viewer.identity, viewer.context)
    past, following = decisions.decided_page(viewer, before, PAGE)
    return viewer.page(
        "proposals.html.j2",
        **found,
        decided=past,
        before=before,
        next=following,
        statuses=decisions.STATUSES,
        actions=_kinds(viewer),
        names=words.ACTIONS,
    )


@router.get("/new/{kind}")
async def show_form(
    kind: KindInPath, viewer: TheViewer, uetr: str = "", link: str = ""
) -> HTMLResponse:
    """Show the form of an action, for an order or a link if one is named."""
    if kind not in _kinds(viewer):
        raise not_found("there is no form of this action for you")
    rule = ACTION_RULES[ActionKind(kind)]
    given = {"uetr": uetr, "link": link}
    if not viewer.identity.is_operator:
        given["participant"] = viewer.identity.side
    return viewer.page(
        "new_proposal.html.j2",
        kind=kind,
        names=words.ACTIONS,
        fields=[(name, name in rule.needs) for name in rule.fields if name not in _NO_FIELDS],
        labels=words.FIELDS,
        choices=_CHOICES,
        given=given,
    )


@router.post("/new/{kind}")
async def propose(kind: KindInPath, viewer: TheViewer, fields: TheForm) -> RedirectResponse:
    """Propose an action to a second person."""
    if kind not in _kinds(viewer):
        raise not_found("there is no form of this action for you")
    key = request_id(fields)
    action = read_shape(ActionIn, {"kind": kind} | _typed(fields))
    answer = await api.propose(action, viewer.identity, viewer.context, key)
    return RedirectResponse(f"/proposals/{content_of(answer)['proposal']}", 303)


@router.get("/{number}")
async def show_proposal(number: ProposalNumber, viewer: TheViewer) -> HTMLResponse:
    """Show exactly what was asked, by whom, and the hash that an approval names; or who decided."""
    known = decisions.decided(viewer, number)
    past = None if known is None else decisions.shown_as(viewer, known)
    if known is not None and past is not None and past["status"] not in ("open", "agreed"):
        document = await decisions.document_of(viewer, known)
        return viewer.page(
            "decided_proposal.html.j2",
            proposal=past,
            document_shown=document,
            text=canonical_text(document),
            statuses=decisions.STATUSES,
            names=words.ACTIONS,
            explanation=explanation_of(past["reason"]),
        )
    proposal = await api.show_proposal(number, viewer.identity, viewer.context)
    asked = proposal["person"] == viewer.identity.person
    own_side = proposal["side"] == viewer.identity.side
    return viewer.page(
        "proposal.html.j2",
        proposal=proposal,
        text=canonical_text(proposal["shown"]),
        past=past,
        names=words.ACTIONS,
        may_approve=viewer.may_act and own_side and not asked,
        may_reject=viewer.may_act and (own_side or viewer.identity.is_operator),
        asked=asked,
    )


@router.post("/{number}/approval")
async def approve(number: ProposalNumber, viewer: TheViewer, fields: TheForm) -> RedirectResponse:
    """Approve the document with the hash that the form was shown with."""
    key = request_id(fields)
    approval = read_shape(ApprovalIn, fields)
    await api.approve(number, approval, viewer.identity, viewer.context, key)
    return RedirectResponse(f"/proposals/{number}", 303)


@router.post("/{number}/rejection")
async def reject(number: ProposalNumber, viewer: TheViewer, fields: TheForm) -> RedirectResponse:
    """Close a proposal without effect."""
    await api.reject(number, viewer.identity, viewer.context, request_id(fields))
    return RedirectResponse(f"/proposals/{number}", 303)


_CHOICES: Final = {
    "step": ("customer_cut_off", "interbank_cut_off", "end_of_day"),
    "algorithm": (
        "all_or_nothing",
        "greatest_fifo_set",
        "bilateral_pass",
        "within_position_limits",
    ),
    "role": ("viewer", "operator"),
    "screening": ("required", "off"),
    "travel_rule": ("hold", "reject", "off"),
}


def _kinds(viewer: Viewer) -> list[str]:
    """Actions that the person may propose by a form."""
    if not viewer.may_act:
        return []
    return [
        str(kind)
        for kind, rule in ACTION_RULES.items()
        if not _DOCUMENTS & {*rule.needs} and (viewer.identity.is_operator or rule.of_participants)
    ]


def _typed(fields: dict[str, str]) -> dict[str, Any]:
    """Fields that were filled in, as the shape takes them.

    Raises:
        Problem: a number or a document cannot be read.
    """
    given: dict[str, Any] = {name: value for name, value in fields.items() if value}
    if "currencies" in given:
        given["currencies"] = given["currencies"].replace(",", " ").split()
    if "proposal" in given:
        if not given["proposal"].isdecimal():
            raise Problem(422, "Form cannot be read", "the number of a proposal has digits only")
        given["proposal"] = int(given["proposal"])
    if "certificate" in given:
        try:
            given["certificate"] = read_json(given["certificate"].encode())
        except NotJsonError as error:
            raise Problem(422, "Form cannot be read", f"certificate: {error}") from None
    return given
