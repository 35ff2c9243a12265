"""Pages of participants and of their accounts with queue and statement."""

from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from skontro.service.api import accounts as api
from skontro.service.api import system
from skontro.service.api.parameters import BicInPath, BusinessDay, CurrencyInPath, StatementStart
from skontro.web import words
from skontro.web.requests import content_of
from skontro.web.viewer import TheViewer

router = APIRouter()

#: Entries of a statement and orders of a queue on one page.
PAGE: Final = 50


@router.get("/participants")
async def show_participants(viewer: TheViewer) -> HTMLResponse:
    """List the participants and the currencies of their accounts."""
    found = await system.list_participants(viewer.identity, viewer.context)
    return viewer.page("participants.html.j2", **found, states=words.PARTICIPANT_STATES)


@router.get("/accounts")
async def show_accounts(viewer: TheViewer) -> HTMLResponse:
    """List accounts; a bank has its own."""
    found = content_of(await api.list_accounts(viewer.identity, viewer.context))
    return viewer.page("accounts.html.j2", **found)


@router.get("/accounts/{bic}/{currency}")
async def show_account(
    bic: BicInPath,
    currency: CurrencyInPath,
    viewer: TheViewer,
    date: BusinessDay = None,
    after: StatementStart = "0.0",
) -> HTMLResponse:
    """Show an account with its queue and its statement of a day."""
    identity, context = viewer.identity, viewer.context
    account = await api.show_account(bic, currency, identity, context)
    queue = await api.show_queue(bic, currency, identity, context, PAGE)
    statement = None
    if date is not None or context.sequencer.view.date is not None:
        found = await api.show_statement(bic, currency, identity, context, date, after, PAGE)
        statement = content_of(found)
    return viewer.page(
        "account.html.j2",
        account=account,
        queue=content_of(queue)["orders"],
        statement=statement,
        after=after,
        obstacles=words.OBSTACLES,
        full=PAGE,
    )
