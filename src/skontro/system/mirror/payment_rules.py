"""Why a payment may not be made in its origin, or cannot be paid in its destination."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from skontro.model import Phase, ReasonCode
from skontro.system.mirror.mirror_accounts import MirrorAccount, mirror_account, mirror_accounts
from skontro.system.mirror.payment_book import PaymentLeg
from skontro.system.mirror.payment_terms import PaymentTerms

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem


def refusal_of_payment(
    system: SettlementSystem, terms: PaymentTerms, leg: PaymentLeg | None, time: int
) -> ReasonCode:
    """Why a payment may not be made now; NONE if it may, or once its order has come.

    Args:
        system: the own system.
        terms: as an own bank instructs them.
        leg: the order with this UETR, if it is set aside.
        time: record time of the batch.
    """
    if terms.origin != system.link_contracts.own_system:
        return ReasonCode.LINK_CONTRACT_UNKNOWN
    if terms.key in system.payments:
        return ReasonCode.LINK_TERMS_DIFFER
    reason = _refusal_by_contract(system, terms, terms.destination)
    account = mirror_account(system, terms.destination, terms.currency)
    if reason or account is None:
        return reason
    return _refusal_of_day(system, terms, account) or _refusal_of_leg(
        system, terms, account, leg, time
    )


def _refusal_of_day(
    system: SettlementSystem, terms: PaymentTerms, account: MirrorAccount
) -> ReasonCode:
    """Whether day and cut-off, and the cap of the contract, allow a payment."""
    if system.clock.phase != Phase.OPEN:
        return ReasonCode.DAY_NOT_OPEN
    position = system.directory.currency_codes.index(terms.currency)
    late = system.clock.cut_off_passed(position, terms.payment_type)
    if late:
        return late
    under_way = system.payments.under_way(terms.destination, terms.currency)
    above = under_way + terms.amount > account.cap
    return ReasonCode.LINK_CAP_REACHED if above else ReasonCode.NONE


def _refusal_of_leg(
    system: SettlementSystem,
    terms: PaymentTerms,
    account: MirrorAccount,
    leg: PaymentLeg | None,
    time: int,
) -> ReasonCode:
    """Whether the order that is set aside is that of the terms."""
    payer = system.directory.account_number(terms.payer, terms.currency)
    if payer is None:
        return ReasonCode.NO_SETTLEMENT_ACCOUNT
    if leg is None:
        return ReasonCode.NONE
    found = attrs.evolve(leg, order=0, earliest=0)
    expected = PaymentLeg(
        order=0,
        payer=payer,
        payee=account.number,
        amount=terms.amount,
        payment_type=int(terms.payment_type),
        earliest=0,
        latest=terms.valid_until,
        details=terms.details.digest,
    )
    if found != expected:
        return ReasonCode.LINK_TERMS_DIFFER
    return ReasonCode.AWAITS_EARLIEST_TIME if leg.earliest > time else ReasonCode.NONE


def _refusal_by_contract(system: SettlementSystem, terms: PaymentTerms, peer: str) -> ReasonCode:
    """Why the contract with the other system does not allow a payment; NONE if it does."""
    reason = system.link_contracts.refusal(peer)
    contract = system.link_contracts.get(peer)
    if reason or contract is None:
        return reason
    if contract.digest.hex() != terms.contract:
        return ReasonCode.LINK_CONTRACT_MISMATCH
    agreed = mirror_account(system, peer, terms.currency)
    return ReasonCode.NONE if agreed is not None else ReasonCode.MIRROR_NOT_AGREED


def obstacle_to_pay(system: SettlementSystem, terms: PaymentTerms) -> ReasonCode:
    """Why the destination cannot pay the payee of a payment that it hears of; NONE if it may.

    Screening, cut-offs and suspended participants concern the order that follows.
    """
    reason = _refusal_by_contract(system, terms, terms.origin)
    if reason:
        return reason
    if terms.payee not in system.directory:
        return ReasonCode.UNKNOWN_PARTICIPANT
    payee = system.directory.account_number(terms.payee, terms.currency)
    if payee is None:
        return ReasonCode.NO_SETTLEMENT_ACCOUNT
    if payee in mirror_accounts(system):
        return ReasonCode.MIRROR_ACCOUNT
    in_use = system.payments.needs_uetr(terms.uetr)
    return ReasonCode.DUPLICATE_ORDER if in_use else ReasonCode.NONE
