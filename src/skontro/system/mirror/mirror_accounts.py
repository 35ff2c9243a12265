"""Mirror accounts: the other system's account here, and the account that mirrors ours there.

In the home system of a currency the other system has a *vostro* account. In the other system a
*nostro* account of the same currency is the counterpart of all that its banks hold in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from skontro.model import ReasonCode
from skontro.system.links.contract import LinkContract, LinkedCurrency

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem


@attrs.frozen
class MirrorAccount:
    """An own account that is one side of a mirror.

    Attributes:
        peer: the other system.
        currency: ISO 4217 code.
        number: of the account.
        is_home: whether this system is the home of the currency: then the account is a vostro.
        cap: most value of payments that this system has under way to the other, minor units.
    """

    peer: str
    currency: str
    number: int
    is_home: bool
    cap: int


def agreed(contract: LinkContract, currency: str) -> tuple[str, LinkedCurrency] | None:
    """The home system of a currency and its terms there; None without accounts on both sides."""
    for side in contract.sides:
        linked = side.linked(currency)
        if linked is not None and linked.vostro_account and linked.nostro_account:
            return side.system, linked
    return None


def holder_in(system: str, home: str, linked: LinkedCurrency) -> str:
    """BIC of the holder of the mirror account in one of the two systems."""
    return linked.vostro_account if system == home else linked.nostro_account


def mirror_account(system: SettlementSystem, peer: str, currency: str) -> MirrorAccount | None:
    """The own mirror account for a currency and another system; None where none is agreed."""
    contract = system.link_contracts.get(peer)
    found = None if contract is None else agreed(contract, currency)
    if contract is None or found is None:
        return None
    home, linked = found
    own = contract.other(peer).system
    number = system.directory.account_number(holder_in(own, home, linked), currency)
    if number is None:
        return None
    return MirrorAccount(peer, currency, number, home == own, linked.cap)


def mirror_accounts(system: SettlementSystem) -> dict[int, MirrorAccount]:
    """All own mirror accounts, by number."""
    found: dict[int, MirrorAccount] = {}
    for peer in system.link_contracts.peers:
        contract = system.link_contracts.get(peer)
        sides = () if contract is None else contract.sides
        for linked in (one for side in sides for one in side.currencies):
            account = mirror_account(system, peer, linked.currency)
            if account is not None:
                found[account.number] = account
    return found


def mirrors_in_use(system: SettlementSystem, peer: str, contract: LinkContract) -> ReasonCode:
    """Whether a new contract would change mirror accounts in use, or share one with another system.

    Args:
        system: the own system.
        peer: the other side of the contract.
        contract: not in force yet.
    """
    after = _named(system, peer, contract)
    accounts = mirror_accounts(system).values()
    given_up = sorted({one.number for one in accounts if one.peer == peer} - after)
    in_use = any(int(system.engine.balances[number]) != 0 for number in given_up)
    in_use |= bool(given_up) and any(one.peer == peer and not one.ended for one in system.payments)
    in_use |= any(one.peer != peer and one.number in after for one in accounts)
    return ReasonCode.MIRROR_IN_USE if in_use else ReasonCode.NONE


def _named(system: SettlementSystem, peer: str, contract: LinkContract) -> set[int]:
    """Numbers of the own mirror accounts that a contract names."""
    own, found = contract.other(peer).system, set[int]()
    for side in contract.sides:
        for linked in side.currencies:
            if linked.vostro_account and linked.nostro_account:
                holder = holder_in(own, side.system, linked)
                number = system.directory.account_number(holder, linked.currency)
                found |= set() if number is None else {number}
    return found
