"""Routes of settlement accounts."""

import json
from collections.abc import Mapping
from typing import Any

import anyio.to_thread
import numpy as np
from fastapi import APIRouter
from fastapi.responses import Response
from pydantic_core import to_json

from skontro.engine import CommandKind, command, uetr_text
from skontro.ledger.account_statements import StatementEntry, StatementPage
from skontro.model import (
    NO_DIGEST,
    OrderStatus,
    PaymentClass,
    PaymentDetails,
    SettlementAccount,
    format_amount,
    timestamp_text,
)
from skontro.service.api.account_schemas import (
    AccountOut,
    AccountsOut,
    AmountIn,
    QueueOut,
    StatementOut,
)
from skontro.service.api.openapi import problems
from skontro.service.api.parameters import (
    BicInPath,
    BusinessDay,
    CurrencyInPath,
    IdempotencyKey,
    PageSize,
    ReservedClass,
    StatementStart,
)
from skontro.service.api.problems import not_found
from skontro.service.api.read_limits import PAGE_UNITS, in_turns, json_response
from skontro.service.api.service_context import (
    Anyone,
    ByParticipant,
    Context,
    TheContext,
    own_account,
)
from skontro.service.api.system_schemas import RequestOut
from skontro.service.api.waiting_reasons import explain, orders_out
from skontro.service.auth.credentials import Identity
from skontro.service.sequencer.idempotency import caller_of
from skontro.system import SettlementSystem
from skontro.system.batch import OUTSIDE

#: Units of a page of a day that is no longer remembered: the database reads all of it.
_OLD_DAY_UNITS = 2_000

router = APIRouter(prefix="/v1/accounts", tags=["accounts"])


@router.get("", operation_id="list_accounts", response_model=AccountsOut, responses=problems())
async def list_accounts(identity: Anyone, context: TheContext) -> Response:
    """List the caller's own accounts; the operator sees all."""
    numbers = [*range(len(context.mapper.directory.accounts))]
    if not identity.is_operator:
        numbers = context.mapper.accounts_of(identity.side)

    def read() -> bytes:
        return to_json({"accounts": [account_out(context, number) for number in in_turns(numbers)]})

    async with context.history.limits.turn(identity, PAGE_UNITS + len(numbers)):
        return json_response(await anyio.to_thread.run_sync(read))


@router.get(
    "/{bic}/{currency}",
    operation_id="get_account",
    response_model=AccountOut,
    responses=problems(403, 404, 422),
)
async def show_account(
    bic: BicInPath, currency: CurrencyInPath, identity: Anyone, context: TheContext
) -> dict[str, Any]:
    """Show balance and credit of an account."""
    return account_out(context, own_account(context, identity, bic, currency))


@router.get(
    "/{bic}/{currency}/queue",
    operation_id="list_queued_orders",
    response_model=QueueOut,
    responses=problems(403, 404, 422),
)
async def show_queue(
    bic: BicInPath,
    currency: CurrencyInPath,
    identity: Anyone,
    context: TheContext,
    limit: PageSize = 100,
) -> Response:
    """Show the queued orders that the account is to pay, in queue order, each with its reason."""
    account = own_account(context, identity, bic, currency)

    def query(system: SettlementSystem) -> list[int]:
        return system.engine.first_queued(account, limit)

    order_index = context.mapper.order_index

    def write() -> bytes:
        orders = orders_out(context, identity, explained)
        return to_json({"orders": [one for one in orders if one["status"] == OrderStatus.QUEUED]})

    limits = context.history.limits
    async with limits.turn(identity, PAGE_UNITS):
        found = [order_index.index_of_number(number) for number in await context.ask(query)]
        indices = np.array([index for index in found if index is not None], np.int64)
        limits.charge(identity, len(indices))
        explained = await explain(context, indices)
        return json_response(await anyio.to_thread.run_sync(write))


@router.get(
    "/{bic}/{currency}/statement",
    operation_id="get_statement",
    response_model=StatementOut,
    responses=problems(403, 404, 422),
)
async def show_statement(
    bic: BicInPath,
    currency: CurrencyInPath,
    identity: Anyone,
    context: TheContext,
    date: BusinessDay = None,
    after: StatementStart = "0.0",
    limit: PageSize = 100,
) -> Response:
    """Show an account's debits and credits of one business day, each with the balance after it.

    Entries made after a day was sealed belong to the next day.
    """
    number = own_account(context, identity, bic, currency)
    account, day = context.mapper.directory.accounts[number], context.sequencer.view.date
    if date is not None:
        day = date.isoformat()
    if day is None:
        raise not_found("there was no business day yet")

    def read() -> bytes:
        page = read_page(context, identity, number, day, after, limit)
        document = {"participant": bic, "currency": currency, "date": day}
        return to_json(document | _page_out(context, account, page))

    async with context.history.limits.turn(identity, PAGE_UNITS):
        return json_response(await anyio.to_thread.run_sync(read))


def read_page(
    context: Context, identity: Identity, number: int, day: str, after: str, limit: int
) -> StatementPage:
    """Entries of an account on a day; from a thread, in a turn of the limits.

    Args:
        context: context of the service.
        identity: who pays for it.
        number: number of the account.
        day: ISO 8601.
        after: batch and position of the entry before, ``0.0`` for none.
        limit: most entries.

    Raises:
        Problem: there was no such day.
    """
    batch, _, position = after.partition(".")
    cursor = (int(batch), int(position) if int(batch) else -1)
    history = context.history
    page = context.mapper.order_index.statements.page(number, day, cursor, limit)
    if page is None:
        history.limits.charge(identity, _OLD_DAY_UNITS)
        opening = context.mapper.directory.accounts[number].opening_balance
        page = history.old_statement(number, opening, day, cursor, limit)
    if page is None:
        raise not_found(f"there was no business day {day}")
    history.limits.charge(identity, len(page.entries))
    return page


@router.put(
    "/{bic}/{currency}/reservations/{payment_class}",
    operation_id="set_reservation",
    response_model=RequestOut,
    responses=problems(400, 403, 404, 409, 422),
)
async def set_reservation(
    bic: BicInPath,
    currency: CurrencyInPath,
    payment_class: ReservedClass,
    reservation: AmountIn,
    identity: ByParticipant,
    context: TheContext,
    idempotency_key: IdempotencyKey,
) -> dict[str, Any]:
    """Reserve an amount for urgent or high orders until the day closes; zero ends it."""
    number = own_account(context, identity, bic, currency)
    account = context.mapper.directory.accounts[number]
    request = command(
        CommandKind.SET_RESERVATION,
        0,
        payer=number,
        amount=context.mapper.minor(reservation.amount, account),
        payment_class=int(PaymentClass[payment_class.upper()]),
    )
    content = f"reserve {bic} {currency} {payment_class} {reservation.amount}"
    return await context.request(caller_of(identity, idempotency_key, content.encode()), request)


def account_out(context: Context, number: int) -> dict[str, Any]:
    """An account as the API shows it.

    Args:
        context: context of the service.
        number: of the account in the directory.
    """
    account, view = context.mapper.directory.accounts[number], context.sequencer.view
    balance, credit = int(view.balances[number]), int(view.credit_lines[number])
    return {
        "participant": account.bic,
        "currency": account.currency.code,
        "balance": format_amount(balance, account.currency),
        "credit_line": format_amount(credit, account.currency),
        "cover": format_amount(balance + credit, account.currency),
        "as_of": timestamp_text(max(view.time, 0)),
    }


def _orders_of(context: Context, page: StatementPage) -> dict[int, Any]:
    """The orders of a page of entries, by their numbers, as far as they are remembered."""
    order_index = context.mapper.order_index
    found = {}
    for entry in page.entries:
        index = None if entry.other == OUTSIDE else order_index.index_of_number(entry.subject)
        if index is not None:
            found[entry.subject] = order_index.order(index)
    return found


def _page_out(context: Context, account: SettlementAccount, page: StatementPage) -> dict[str, Any]:
    last = page.entries[-1] if page.more else None
    orders = _orders_of(context, page)
    named = [(int(one["batch"]), one["details"].tobytes()) for one in orders.values()]
    found = context.history.details_of([one for one in named if one[1] != NO_DIGEST])
    details = {digest: one for (_, digest), one in found.items()}
    return {
        "opening_balance": format_amount(page.opening, account.currency),
        "entries": [
            _entry_out(context, account, entry, orders, details) for entry in in_turns(page.entries)
        ],
        "next": None if last is None else f"{last.batch}.{last.position}",
    }


def _entry_out(
    context: Context,
    account: SettlementAccount,
    entry: StatementEntry,
    orders: Mapping[int, Any],
    details: Mapping[bytes, PaymentDetails],
) -> dict[str, Any]:
    accounts, is_order = context.mapper.directory.accounts, entry.other != OUTSIDE
    order = orders.get(entry.subject) if is_order else None
    of_order = None if order is None else details.get(order["details"].tobytes())
    amount = format_amount(abs(entry.change), account.currency)
    return {
        "batch": entry.batch,
        "position": entry.position,
        "settled_at": timestamp_text(entry.time),
        "uetr": None if order is None else uetr_text(order["uetr"].tobytes()),
        "counterparty": accounts[entry.other].bic if is_order else None,
        "debit": amount if entry.change < 0 else None,
        "credit": amount if entry.change > 0 else None,
        "balance": format_amount(entry.balance, account.currency),
        "details": None if of_order is None else json.loads(of_order.to_bytes()),
    }
