"""Acceptance of orders to and from mirror accounts: those of payments, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from skontro.engine import CommandKind, Commands, uetr_text
from skontro.model import ReasonCode
from skontro.system.batch import ACCEPTED, WAREHOUSED
from skontro.system.mirror.mirror_accounts import MirrorAccount, mirror_accounts
from skontro.system.mirror.payment_terms import PaymentTerms

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

_SUBMIT: Final = int(CommandKind.SUBMIT)
_SUBMIT_LINKED: Final = int(CommandKind.SUBMIT_LINKED)


def refuse_at_mirrors(
    system: SettlementSystem, orders: Commands, *, again: bool = False
) -> Commands:
    """The orders, with those rejected that would move money past the mirror.

    A mirror account is paid by orders that wait for the terms of a payment, and pays what a
    payment needs. Anything else would change one side of the mirror and not the other.

    Args:
        system: whose payments count.
        orders: with `acceptance` decided on other grounds.
        again: whether the orders were accepted before: held or warehoused ones.
    """
    accounts = mirror_accounts(system)
    if not accounts:
        return orders
    numbers = [*accounts]
    concerned = np.isin(orders.payer, numbers) | np.isin(orders.payee, numbers)
    acceptance = orders.column("acceptance")
    concerned &= (acceptance == ACCEPTED) | (acceptance == WAREHOUSED)
    rows = np.flatnonzero(concerned).tolist()
    refused = [row for row in rows if not _is_of_payment(system, orders, row, accounts, again)]
    if not refused:
        return orders
    changed: npt.NDArray[np.int16] = acceptance.copy()
    changed[refused] = int(ReasonCode.MIRROR_ACCOUNT)
    return orders.evolve(acceptance=changed)


def _is_of_payment(
    system: SettlementSystem,
    orders: Commands,
    row: int,
    accounts: dict[int, MirrorAccount],
    again: bool,
) -> bool:
    kind, payer = int(orders.kind[row]), int(orders.payer[row])
    if kind == _SUBMIT_LINKED:
        return payer not in accounts
    if kind != _SUBMIT or payer not in accounts:
        return False
    needed = system.payments.needed(uetr_text(orders.column("uetr")[row].tobytes()))
    if needed is None or (needed[1].placed and not again):
        return False
    state, _ = needed
    account, terms = accounts[payer], state.terms
    payee: Any = system.directory.account_number(payee_of(state.system, terms), terms.currency)
    return (
        (account.peer, account.currency) == (state.peer, terms.currency)
        and int(orders.payee[row]) == payee
        and int(orders.amount[row]) == terms.amount
    )


def payee_of(system: str, terms: PaymentTerms) -> str:
    """BIC of the participant that an order from the mirror account of a system pays."""
    return terms.payer if system == terms.origin else terms.payee
