"""Pages of participants and of their accounts with queue and statement."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from skontro.service.api import accounts as api
from skontro.service.api import system
from skontro.service.api.parameters import (
    BicInPath,
    BusinessDay,
    CurrencyInPath,
    PageStart,
    StatementStart,
)
from skontro.service.api.read_limits import PAGE_UNITS
from skontro.web import words
from skontro.web.requests import content_of
from skontro.web.viewer import TheViewer

router = APIRouter()

#: Participants, accounts, entries of a statement and orders of a queue on one page.
PAGE: Final = 50

BicBegins = Annotated[str, Query(pattern="^[A-Z0-9]{0,11}$")]


@router.get("/participants")
async def show_participants(
    viewer: TheViewer, bic: BicBegins = "", after: PageStart = 0
) -> HTMLResponse:
    """List the participants and the currencies of their accounts."""
    found = system.participants_out(viewer.context.sequencer.view, bic)
    return viewer.page(
        "participants.html.j2",
        participants=found[after : after + PAGE],
        states=words.PARTICIPANT_STATES,
        bic=bic,
        after=after,
        next=after + PAGE if len(found) > after + PAGE else None,
    )


@router.get("/accounts")
async def show_accounts(
    viewer: TheViewer, bic: BicBegins = "", after: PageStart = 0
) -> HTMLResponse:
    """List accounts; a bank has its own."""
    context, identity = viewer.context, viewer.identity
    numbers = [
        number
        for number, one in enumerate(context.mapper.directory.accounts)
        if one.bic.startswith(bic) and (identity.is_operator or one.bic == identity.side)
    ]
    page = numbers[after : after + PAGE]
    async with context.history.limits.turn(identity, PAGE_UNITS + len(page)):
        accounts = [api.account_out(context, number) for number in page]
    return viewer.page(
        "accounts.html.j2",
        accounts=accounts,
        bic=bic,
        after=after,
        next=after + PAGE if len(numbers) > after + PAGE else None,
    )


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
