"""Queries in messages: accounts (camt.003) and orders (camt.005)."""

import datetime
from collections.abc import Iterator, Sequence
from typing import Any, Final

import anyio.to_thread
from fastapi.responses import Response

from skontro.engine import uetr_bytes, uetr_text
from skontro.ledger.order_records import STATUSES, status_name
from skontro.messages.account_requests import STATUSES_OF_CODE
from skontro.messages.answers import original_of
from skontro.messages.message_read import MessageRead
from skontro.messages.requests import AccountQuery, TransactionQuery
from skontro.messages.writers.account_reports import account_identification
from skontro.messages.writers.heading import Institution
from skontro.messages.writers.query_answers import (
    BALANCE_TYPES,
    AccountState,
    OrderReport,
    write_accounts,
    write_orders,
)
from skontro.messages.writers.receipts import REFUSED, Handling, write_acknowledgement
from skontro.model import FIRST_DATE, LAST_DATE, NO_DETAILS, NO_DIGEST, PaymentClass, PaymentDetails
from skontro.service.api.message_answers import (
    content_id,
    heading_of,
    now,
    order_reference,
    reason_of,
    xml_response,
)
from skontro.service.api.read_limits import (
    DATABASE_UNITS,
    LOOKS_PER_UNIT,
    PAGE_UNITS,
    in_turns,
)
from skontro.service.api.service_context import Context
from skontro.service.auth.credentials import Identity
from skontro.system.acceptance import date_of, day_number

#: Most orders of one answer.
MOST_ORDERS: Final = 1_000
#: Most orders that are looked at for one query.
MOST_LOOKED_AT: Final = 100_000


async def answer_account_queries(
    context: Context,
    identity: Identity,
    message: MessageRead,
    queries: Sequence[AccountQuery],
    body: bytes,
) -> Response:
    """The accounts that a camt.003 asks for, as camt.004."""
    view, directory = context.sequencer.view, context.mapper.directory
    owner = Institution(directory.participant(identity.side).name, identity.side)
    chosen: dict[int, None] = {}
    unknown: dict[str, None] = {}
    types: dict[str, None] = {}
    own = {
        account_identification(one.bic, one.currency): number
        for number, one in enumerate(directory.accounts)
        if one.bic == identity.side
    }
    for query in queries:
        types |= dict.fromkeys(query.balance_types or BALANCE_TYPES)
        unknown |= dict.fromkeys(one for one in query.accounts if one not in own)
        for identification, number in own.items():
            code = directory.accounts[number].currency.code
            if (not query.accounts or identification in query.accounts) and (
                not query.currencies or code in query.currencies
            ):
                chosen[number] = None
    states = [
        AccountState(
            owner,
            directory.accounts[number].currency,
            int(view.balances[number]),
            int(view.credit_lines[number]),
            max(view.time, 0),
        )
        for number in chosen
    ]
    heading = heading_of(context, message, identity.side, content_id(body), now())
    original = original_of(message)
    return xml_response(write_accounts(heading, original, states, [*unknown], [*types]))


async def answer_order_queries(
    context: Context,
    identity: Identity,
    message: MessageRead,
    queries: Sequence[TransactionQuery],
    body: bytes,
) -> Response:
    """The orders that a camt.005 asks for, as camt.006; too many are refused by admi.007."""

    def read() -> Response:
        heading = heading_of(context, message, identity.side, content_id(body), now())
        original = original_of(message)
        found: dict[int, Any] = {}
        try:
            for query in queries:
                found |= _find(context, identity, query)
                _refuse_too_many(len(found), MOST_ORDERS)
        except _TooMany as error:
            handling = Handling(REFUSED, text=str(error))
            return xml_response(write_acknowledgement(heading, original, handling), 422)
        orders = [found[index] for index in sorted(found)]
        details = _details(context, identity, orders)
        reports = [
            _report(context, identity, order, one)
            for order, one in in_turns(zip(orders, details, strict=True))
        ]
        return xml_response(write_orders(heading, original, reports))

    async with context.history.limits.turn(identity, PAGE_UNITS * len(queries)):
        return await anyio.to_thread.run_sync(read)


class _TooMany(Exception):  # noqa: N818  the fact is the name
    """Too many orders fit a query, or would have to be looked at."""


def _refuse_too_many(count: int, most: int) -> None:
    if count > most:
        raise _TooMany(f"more than {most:,} orders fit or must be looked at: ask for less")


def _find(context: Context, identity: Identity, query: TransactionQuery) -> dict[int, Any]:
    """Orders by index that fit a query.

    Raises:
        _TooMany: they are too many.
    """
    found: dict[int, Any] = {}
    for index, order in _candidates(context, identity, query):
        if _fits(context, query, order):
            found[index] = order
            _refuse_too_many(len(found), MOST_ORDERS)
    if not (query.message_ids or query.end_to_end_ids or query.instruction_ids):
        return found
    details = _details(context, identity, [*found.values()])
    return {
        index: order
        for (index, order), one in zip(found.items(), details, strict=True)
        if _names(query, one)
    }


def _candidates(
    context: Context, identity: Identity, query: TransactionQuery
) -> Iterator[tuple[int, Any]]:
    """Orders of the caller by index: those with a UETR asked for, or all with a status."""
    order_index, limits = context.mapper.order_index, context.history.limits
    if query.uetrs:
        for uetr in dict.fromkeys(query.uetrs):
            found = order_index.index_of(uetr_bytes(uetr))
            if found is not None and context.mapper.may_see(identity, order_index.order(found)):
                yield found, order_index.order(found)
        return
    accounts = context.mapper.accounts_of(identity.side)
    statuses = _statuses(query)
    after: int | None = 0
    looked_at = 0
    while after is not None:
        page = order_index.page(accounts, statuses, after, MOST_ORDERS)
        limits.charge(identity, page.looked_at / LOOKS_PER_UNIT)
        yield from zip(page.indices.tolist(), page.orders, strict=True)
        after, looked_at = page.following, looked_at + page.looked_at
        if after is not None:
            _refuse_too_many(looked_at, MOST_LOOKED_AT)


def _statuses(query: TransactionQuery) -> list[str]:
    """Our names of the statuses asked for; none for all."""
    return sorted({name for code in query.statuses for name in STATUSES_OF_CODE[code]})


def _fits(context: Context, query: TransactionQuery, order: Any) -> bool:  # noqa: ANN401  a record
    accounts = context.mapper.directory.accounts
    payer, payee = accounts[int(order["payer"])], accounts[int(order["payee"])]
    if query.payers and payer.bic not in query.payers:
        return False
    if query.payees and payee.bic not in query.payees:
        return False
    if query.currencies and payer.currency.code not in query.currencies:
        return False
    if query.statuses and STATUSES[int(order["status"])] not in _statuses(query):
        return False
    day = _value_date(context, order)
    return not (
        (query.from_date is not None and day < query.from_date)
        or (query.to_date is not None and day > query.to_date)
    )


def _names(query: TransactionQuery, details: PaymentDetails) -> bool:
    return all(
        not wanted or value in wanted
        for wanted, value in (
            (query.message_ids, details.message_id),
            (query.end_to_end_ids, details.end_to_end_id),
            (query.instruction_ids, details.instruction_id),
        )
    )


def _value_date(context: Context, order: Any) -> datetime.date:  # noqa: ANN401  a record
    """The value date of an order; without one, the day on which it came."""
    number = int(order["value_date"])
    if number:
        return date_of(min(max(number, day_number(FIRST_DATE)), day_number(LAST_DATE)))
    zone = context.mapper.rules.calendar.zone
    moment = datetime.datetime.fromtimestamp(int(order["time"]) // 1_000_000, datetime.UTC)
    return moment.astimezone(zone).date()


def _details(context: Context, identity: Identity, orders: Sequence[Any]) -> list[PaymentDetails]:
    """Details of orders, all read at once."""
    keys = [(int(one["batch"]), one["details"].tobytes()) for one in orders]
    wanted = [key for key in keys if key[1] != NO_DIGEST]
    if wanted:
        context.history.limits.charge(identity, DATABASE_UNITS + len(wanted))
    found = context.history.details_of(wanted)
    return [found.get(key, NO_DETAILS) for key in keys]


def _report(
    context: Context,
    identity: Identity,
    order: Any,  # noqa: ANN401  a record
    details: PaymentDetails,
) -> OrderReport:
    directory = context.mapper.directory
    payer, payee = (directory.accounts[int(order[side])] for side in ("payer", "payee"))
    return OrderReport(
        reference=order_reference(order),
        uetr=uetr_text(order["uetr"].tobytes()),
        end_to_end_id=details.end_to_end_id,
        message_id=details.message_id,
        payer=Institution(directory.participant(payer.bic).name, payer.bic),
        payee=Institution(directory.participant(payee.bic).name, payee.bic),
        currency=payer.currency,
        amount=int(order["amount"]),
        value_date=_value_date(context, order),
        payment_class=PaymentClass(int(order["class_now"])).name.lower(),
        status=status_name(int(order["status"])),
        status_at=int(order["status_time"]),
        reasons=reason_of(int(order["reason"])),
        is_credit=payee.bic == identity.side,
    )
