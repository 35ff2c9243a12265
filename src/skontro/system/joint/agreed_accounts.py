"""The own accounts that an agreement on joint cycles names, and whether they can serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from skontro.model import ReasonCode
from skontro.system.joint.agreement import CycleAgreement
from skontro.system.mirror.mirror_accounts import mirror_accounts

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem


@attrs.frozen
class AgreedAccount:
    """An own account that an agreement names.

    Attributes:
        field: that names it: `clearing` or `accounts`.
        member: identifier of the system that it is for.
        bic: of its holder.
        currency: ISO 4217 code.
    """

    field: str
    member: str
    bic: str
    currency: str


def agreed_accounts(agreement: CycleAgreement, own: str) -> list[AgreedAccount]:
    """The accounts of an agreement in one system: of clearing first, then those of other members.

    Args:
        agreement: the system is a member.
        own: identifier of the system.
    """
    member = agreement.member(own)
    clearing = [
        AgreedAccount("clearing", own, member.clearing, code) for code in agreement.currencies
    ]
    others = [
        AgreedAccount("accounts", one.member, one.bic, one.currency)
        for one in member.accounts
        if one.member != own
    ]
    return [*clearing, *others]


@attrs.frozen
class UnfitAccount:
    """An account that cannot serve an agreement.

    Attributes:
        account: as the agreement names it.
        reason: why it cannot.
        text: names the field, the account and the obstacle.
    """

    account: AgreedAccount
    reason: ReasonCode
    text: str


def unfit_account(system: SettlementSystem, agreement: CycleAgreement) -> UnfitAccount | None:
    """The first own account of an agreement that cannot serve; None where all can.

    An account for earmarks or a mirror account takes no other orders, so no cycle could be paid.

    Args:
        system: a member.
        agreement: not in force yet.
    """
    own, directory = system.link_contracts.own_system, system.directory
    mirrors, earmarks = mirror_accounts(system), earmark_accounts(system)
    for one in agreed_accounts(agreement, own):
        number = None
        if one.bic in directory:
            number = directory.account_number(one.bic, one.currency)
        if one.bic not in directory or one.bic in system.membership.left:
            reason, why = ReasonCode.UNKNOWN_PARTICIPANT, "is no participant"
        elif number is None:
            reason, why = ReasonCode.NO_SETTLEMENT_ACCOUNT, f"has no account in {one.currency}"
        elif number in mirrors:
            why = f"has a mirror account in {one.currency}, with {mirrors[number].peer}"
            reason = ReasonCode.MIRROR_ACCOUNT
        elif number in earmarks:
            why = f"keeps earmarks in {one.currency}, by the contract with {earmarks[number]}"
            reason = ReasonCode.EARMARK_ACCOUNT
        else:
            continue
        place = own if one.field == "clearing" else f"{own}, account of {one.member}"
        return UnfitAccount(one, reason, f"{one.field} of {place}: {one.bic} {why}")
    return None


def earmark_accounts(system: SettlementSystem) -> dict[int, str]:
    """Peer by number of each own account for earmarks, by the contracts in force."""
    found: dict[int, str] = {}
    for peer in system.link_contracts.peers:
        contract = system.link_contracts.get(peer)
        for linked in () if contract is None else contract.other(peer).currencies:
            number = system.directory.account_number(linked.earmark_account, linked.currency)
            if number is not None:
                found.setdefault(number, peer)
    return found


def cycle_accounts(system: SettlementSystem) -> set[int]:
    """Numbers of the own accounts that agreements in force name."""
    own, directory = system.link_contracts.own_system, system.directory
    numbers = (
        directory.account_number(one.bic, one.currency)
        for agreement in system.joint.agreements
        for one in agreed_accounts(agreement, own)
    )
    return {one for one in numbers if one is not None}
