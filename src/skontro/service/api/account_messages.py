"""Account reports as messages: camt.052 of the running day, camt.053 of one that is over, camt.054.

A message has one page of entries. Its header `Link` leads to the next page.
"""

import datetime
from collections.abc import Sequence
from typing import Annotated, Any, Final

import anyio.to_thread
import attrs
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from skontro.engine import uetr_text
from skontro.ledger.account_statements import StatementEntry, StatementPage
from skontro.messages.message_read import MessageRead
from skontro.messages.requests import ReportRequest
from skontro.messages.writers.account_reports import (
    AccountReport,
    account_identification,
    write_account_report,
)
from skontro.messages.writers.entries import Entry
from skontro.messages.writers.heading import Institution
from skontro.messages.writers.versions import DEFAULTS, WRITTEN
from skontro.model import (
    NO_DETAILS,
    NO_DIGEST,
    PaymentDetails,
    Phase,
    SettlementAccount,
)
from skontro.service.api.accounts import read_page
from skontro.service.api.message_answers import (
    content_id,
    heading_of,
    now,
    order_reference,
    xml_response,
)
from skontro.service.api.openapi import gives_message, problems
from skontro.service.api.parameters import (
    BicInPath,
    BusinessDay,
    CurrencyInPath,
    PageSize,
    StatementStart,
)
from skontro.service.api.problems import Problem, not_found
from skontro.service.api.read_limits import DATABASE_UNITS, PAGE_UNITS, in_turns
from skontro.service.api.service_context import Anyone, Context, TheContext, own_account
from skontro.service.auth.credentials import Identity
from skontro.system.batch import OUTSIDE

router = APIRouter(prefix="/v1/accounts", tags=["accounts"])

PageNumber = Annotated[
    int, Query(ge=1, le=99_999, description="Number of the page, for the message.", examples=[1])
]

#: Most entries of an account in the answer to a camt.060; the rest is read page by page.
_MOST_ENTRIES: Final = 1_000


@attrs.frozen
class _Wanted:
    """The request: a page of an account's entries on a day."""

    bic: str
    currency: str
    date: datetime.date | None
    after: str = "0.0"
    limit: int = _MOST_ENTRIES
    page: int = 1


async def _wanted_page(
    bic: BicInPath,
    currency: CurrencyInPath,
    date: BusinessDay = None,
    after: StatementStart = "0.0",
    limit: PageSize = 100,
    page: PageNumber = 1,
) -> _Wanted:
    return _Wanted(bic, currency, date, after, limit, page)


_WantedPage = Annotated[_Wanted, Depends(_wanted_page)]


@router.get(
    "/{bic}/{currency}/camt.052",
    operation_id="get_account_report",
    response_class=Response,
    responses=problems(403, 404, 422) | gives_message(),
)
async def show_report(wanted: _WantedPage, identity: Anyone, context: TheContext) -> Response:
    """Report an account of a business day so far, as ISO 20022 camt.052."""
    return await _answer(context, identity, wanted, "camt.052")


@router.get(
    "/{bic}/{currency}/camt.053",
    operation_id="get_account_statement",
    response_class=Response,
    responses=problems(403, 404, 409, 422) | gives_message(),
)
async def show_statement_message(
    wanted: _WantedPage, identity: Anyone, context: TheContext
) -> Response:
    """Show the statement of an account for a business day that is over, as ISO 20022 camt.053."""
    return await _answer(context, identity, wanted, "camt.053")


@router.get(
    "/{bic}/{currency}/camt.054",
    operation_id="get_account_notification",
    response_class=Response,
    responses=problems(403, 404, 422) | gives_message(),
)
async def show_notification(wanted: _WantedPage, identity: Anyone, context: TheContext) -> Response:
    """Notify of an account's debits and credits after an entry, as ISO 20022 camt.054."""
    return await _answer(context, identity, wanted, "camt.054")


async def _answer(context: Context, identity: Identity, wanted: _Wanted, kind: str) -> Response:
    name = DEFAULTS.get(kind, WRITTEN[kind][-1])
    async with context.history.limits.turn(identity, PAGE_UNITS):
        return await anyio.to_thread.run_sync(_read, context, identity, wanted, name)


def _read(context: Context, identity: Identity, wanted: _Wanted, name: str) -> Response:
    report, following = _report(context, identity, wanted, name[:8])
    message_id = content_id(f"{name} {wanted} {report.ends_at} {len(report.entries)}".encode())
    heading = heading_of(context, None, wanted.bic, message_id, now())
    response = xml_response(write_account_report(heading, [report], name))
    if following is not None:
        after = f"after={following}&limit={wanted.limit}&page={wanted.page + 1}"
        day = "" if wanted.date is None else f"date={wanted.date.isoformat()}&"
        path = f"/v1/accounts/{wanted.bic}/{wanted.currency}/{name[:8]}?{day}{after}"
        response.headers["Link"] = f'<{path}>; rel="next"'
    return response


def _report(
    context: Context, identity: Identity, wanted: _Wanted, kind: str
) -> tuple[AccountReport, str | None]:
    """An account's part of a message, and where its next page begins."""
    number = own_account(context, identity, wanted.bic, wanted.currency)
    account, view = context.mapper.directory.accounts[number], context.sequencer.view
    day = view.date if wanted.date is None else wanted.date.isoformat()
    if day is None:
        raise not_found("there was no business day yet")
    is_running = day == view.date and view.phase != Phase.SEALED
    if kind == "camt.053" and is_running:
        raise Problem(
            409, "Not over", f"business day {day} is not over; camt.052 reports it so far"
        )
    found = read_page(context, identity, number, day, wanted.after, wanted.limit)
    begins = _midnight(context, day)
    last = found.entries[-1].time if found.entries else begins
    report = AccountReport(
        report_id=f"{day.replace('-', '')}-{wanted.bic}-{wanted.currency}",
        owner=Institution(context.mapper.directory.participant(wanted.bic).name, wanted.bic),
        currency=account.currency,
        begins_at=begins,
        ends_at=max(last, view.time) if is_running else last,
        opening=_balance_before(found),
        closing=found.entries[-1].balance if found.entries else found.opening,
        entries=_entries(context, identity, account, found.entries),
        page=wanted.page,
        is_last_page=not found.more,
    )
    following = found.entries[-1] if found.more else None
    return report, None if following is None else f"{following.batch}.{following.position}"


def _balance_before(page: StatementPage) -> int:
    """The balance before the first entry of a page."""
    return page.entries[0].balance - page.entries[0].change if page.entries else page.opening


def _midnight(context: Context, day: str) -> int:
    zone = context.mapper.rules.calendar.zone
    begin = datetime.datetime.combine(datetime.date.fromisoformat(day), datetime.time(), zone)
    return int(begin.timestamp()) * 1_000_000


def _entries(
    context: Context,
    identity: Identity,
    account: SettlementAccount,
    entries: Sequence[StatementEntry],
) -> list[Entry]:
    """Entries with the details of their orders, all of which are read at once."""
    order_index = context.mapper.order_index
    orders = [
        None if one.other == OUTSIDE else order_index.index_of_number(one.subject)
        for one in entries
    ]
    found = [None if index is None else order_index.order(index) for index in orders]
    keys = [None if one is None else (int(one["batch"]), one["details"].tobytes()) for one in found]
    wanted = [key for key in keys if key is not None and key[1] != NO_DIGEST]
    if wanted:
        context.history.limits.charge(identity, DATABASE_UNITS + len(wanted))
    details = context.history.details_of(wanted)
    return [
        _entry(context, account, entry, order, NO_DETAILS if key is None else details.get(key))
        for entry, order, key in in_turns(zip(entries, found, keys, strict=True))
    ]


def _entry(
    context: Context,
    account: SettlementAccount,
    entry: StatementEntry,
    order: Any,  # noqa: ANN401  a record
    details: PaymentDetails | None,
) -> Entry:
    mapper = context.mapper
    reference = f"{entry.batch}.{entry.position}"
    plain: dict[str, Any] = {
        "reference": reference,
        "amount": abs(entry.change),
        "is_credit": entry.change > 0,
        "settled_at": entry.time,
    }
    if order is None:
        return Entry(**plain)
    own, other = (
        Institution(mapper.directory.participant(bic).name, bic)
        for bic in (account.bic, mapper.directory.accounts[entry.other].bic)
    )
    payer, payee = (other, own) if entry.change > 0 else (own, other)
    return Entry(
        **plain,
        order=order_reference(order),
        uetr=uetr_text(order["uetr"].tobytes()),
        payer=payer,
        payee=payee,
        details=details or NO_DETAILS,
    )


async def answer_report_requests(
    context: Context, identity: Identity, message: MessageRead, requests: Sequence[ReportRequest]
) -> Response:
    """The reports that a camt.060 asks for: one message, of the kind and version of its first.

    Raises:
        Problem: no such report, account or day.
    """
    first = requests[0]
    kind = first.message_name[:8]
    if kind not in ("camt.052", "camt.053", "camt.054"):
        detail = f"{first.message_name} is not one of camt.052, camt.053, camt.054"
        raise Problem(422, "Cannot be taken", detail)
    known = first.message_name in WRITTEN[kind]
    name = first.message_name if known else DEFAULTS.get(kind, WRITTEN[kind][-1])

    def read() -> Response:
        reports = [
            _report(context, identity, wanted, kind)[0]
            for one in requests
            for wanted in _wanted(context, identity, one)
        ]
        if not reports:
            raise not_found("you have no such account")
        message_id = content_id(f"{message.message_id} {reports[0].ends_at}".encode())
        heading = heading_of(context, message, identity.side, message_id, now())
        return xml_response(write_account_report(heading, reports, name))

    async with context.history.limits.turn(identity, PAGE_UNITS * len(requests)):
        return await anyio.to_thread.run_sync(read)


def _wanted(context: Context, identity: Identity, request: ReportRequest) -> list[_Wanted]:
    accounts = [
        account
        for account in context.mapper.directory.accounts
        if account.bic == identity.side
        and request.account in ("", account_identification(account.bic, account.currency))
        and request.owner in ("", account.bic)
        and request.currency in ("", account.currency.code)
    ]
    return [_Wanted(one.bic, one.currency.code, request.from_date) for one in accounts]
