"""Orders that the system submits from its mirror accounts: to payees, and back to payers.

They are ordinary orders. They are screened, held, rejected and settled as those of participants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from skontro.engine import CommandKind, Commands, command, uetr_bytes
from skontro.model import (
    NO_DETAILS,
    PaymentClass,
    PaymentDetails,
    PaymentType,
    Phase,
    derived_uetr,
)
from skontro.system.acceptance import day_number
from skontro.system.details_columns import details_columns
from skontro.system.mirror.mirror_acceptance import payee_of
from skontro.system.mirror.mirror_accounts import mirror_account
from skontro.system.mirror.payment_book import OwnOrder
from skontro.system.mirror.payment_protocol import PaymentState
from skontro.system.mirror.payment_table import Side

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

#: Most orders that are due at one time.
MOST_AT_ONCE: Final = 1_000


@attrs.frozen(eq=False)
class DueOrder:
    """An order that the system is to submit now.

    Attributes:
        key: the payment.
        order: one command of kind submit.
        details: what the order names by its digest, for screening.
    """

    key: tuple[str, str]
    order: Commands
    details: PaymentDetails


def orders_due(system: SettlementSystem, shut: frozenset[str] = frozenset()) -> list[DueOrder]:
    """The orders that payments need and that may settle now, in the order of the payments.

    Orders wait while the day or the currency is closed. A return that ended without settlement is
    submitted again on a later business day.

    Args:
        system: as it is now.
        shut: peers whose payments wait, because they have not confirmed the own record.
    """
    if not system.payments.needs_orders or system.clock.phase != Phase.OPEN:
        return []
    due = []
    for state, own in system.payments.unplaced:
        if state.peer in shut:
            continue
        order = _order_of(system, state, own)
        if order is not None:
            due.append(order)
        if len(due) == MOST_AT_ONCE:
            break
    return due


def _order_of(system: SettlementSystem, state: PaymentState, own: OwnOrder) -> DueOrder | None:
    terms, clock = state.terms, system.clock
    account = mirror_account(system, state.peer, terms.currency)
    if account is None or clock.date is None or day_number(clock.date) < own.not_before:
        return None
    pays = state.side == Side.DESTINATION
    payment_type = terms.payment_type if pays else PaymentType.INTERBANK
    position = system.directory.currency_codes.index(terms.currency)
    if clock.cut_off_passed(position, payment_type):
        return None
    payee = system.directory.account_number(payee_of(state.system, terms), terms.currency)
    details = terms.details if pays else details_of_return(state)
    order = command(
        CommandKind.SUBMIT,
        0,
        payer=account.number,
        payee=-1 if payee is None else payee,
        amount=terms.amount,
        payment_class=int(PaymentClass.NORMAL),
    ).evolve(
        uetr=[uetr_bytes(own.uetr)],
        payment_type=int(payment_type),
        details=[details.digest],
        **details_columns([details]),
    )
    return DueOrder(terms.key, order, details)


def details_of_return(state: PaymentState) -> PaymentDetails:
    """The details of a return: the parties of the payment, and what pacs.004 says about it."""
    told = (f"OrgnlUETR={state.terms.uetr}", f"RtrRsnInf={state.reason.name}")
    details = state.terms.details
    if details == NO_DETAILS:
        return PaymentDetails(remittance=told)
    return attrs.evolve(details, remittance=(*details.remittance, *told))


def first_order(system: SettlementSystem, state: PaymentState) -> OwnOrder:
    """The order that a payment needs when it is received, or is to be returned."""
    if state.side == Side.DESTINATION:
        return OwnOrder(state.terms.uetr)
    return _return(system, state, 1, 0)


def next_return(system: SettlementSystem, state: PaymentState, *, today: bool) -> OwnOrder:
    """Another attempt to return a payment, after one that ended without settlement.

    Args:
        system: the origin.
        state: the payment.
        today: whether it may be submitted on the running day.
    """
    before = system.payments.own_order(state.terms.key)
    attempt = 1 if before is None else before.attempt + 1
    date = system.clock.date
    not_before = 0 if today or date is None else day_number(date) + 1
    return _return(system, state, attempt, not_before)


def _return(
    system: SettlementSystem, state: PaymentState, attempt: int, not_before: int
) -> OwnOrder:
    """A return under a UETR that no other payment needs."""
    while True:
        uetr = derived_uetr("return", state.terms.uetr, str(attempt))
        if not system.payments.needs_uetr(uetr):
            return OwnOrder(uetr, False, attempt, not_before)
        attempt += 1
