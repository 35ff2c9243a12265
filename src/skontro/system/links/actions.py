"""Operator actions on contracts with other systems, and on links in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from skontro.engine import NO_COMMANDS, Commands
from skontro.model import InputError, InvariantBroken, ReasonCode, find_currency
from skontro.system.action import Action, ActionKind, ActionRule, Document, given
from skontro.system.document_text import shown_amount, shown_participant
from skontro.system.joint.agreed_accounts import cycle_accounts
from skontro.system.links.certificate import Certificate
from skontro.system.links.contract import ContractSide, LinkContract
from skontro.system.links.contract_reading import read_contract
from skontro.system.mirror.mirror_accounts import mirrors_in_use

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

#: Open links that the approver of an opening sees one by one.
_MOST_SHOWN: Final = 100


def _check_contract(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    peer = given(action.peer)
    try:
        contract = read_contract(given(action.link_contract))
        own = contract.other(peer)
    except (InputError, KeyError):
        return ReasonCode.FIELD_MALFORMED
    contracts = system.link_contracts
    if contracts.own_system not in ("", own.system):
        return ReasonCode.LINK_CONTRACT_MISMATCH
    before = contracts.get(peer)
    if before is not None and contract.version <= before.version:
        return ReasonCode.LINK_CONTRACT_MISMATCH
    return _check_accounts(system, contract, own) or mirrors_in_use(system, peer, contract)


def _accounts(contract: LinkContract, own: ContractSide) -> list[tuple[str, str, str]]:
    """Name of the field, holder and currency of each own account that a contract names."""
    found = []
    for one in own.currencies:
        found.append(("earmark_account", one.earmark_account, one.currency))
        if one.vostro_account:
            found.append(("vostro_account", one.vostro_account, one.currency))
    found += [
        ("nostro_account", one.nostro_account, one.currency)
        for one in contract.other(own.system).currencies
        if one.nostro_account
    ]
    return found


def _check_accounts(
    system: SettlementSystem, contract: LinkContract, own: ContractSide
) -> ReasonCode:
    """Why the accounts that the contract names in this system cannot serve."""
    directory, in_cycles = system.directory, cycle_accounts(system)
    for field, bic, currency in _accounts(contract, own):
        if bic not in directory or bic in system.membership.left:
            return ReasonCode.UNKNOWN_PARTICIPANT
        number = directory.account_number(bic, currency)
        if number is None:
            return ReasonCode.NO_SETTLEMENT_ACCOUNT
        if number in in_cycles:
            earmarks = field == "earmark_account"
            return ReasonCode.EARMARK_ACCOUNT if earmarks else ReasonCode.MIRROR_ACCOUNT
    return ReasonCode.NONE


def _show_contract(system: SettlementSystem, action: Action, _time: int) -> Document:
    peer = given(action.peer)
    contract = read_contract(given(action.link_contract))
    own, other = contract.other(peer), contract.side(peer)
    before = system.link_contracts.get(peer)
    return {
        "peer": {"system": peer, "name": other.name, "public_key": other.public_key},
        "own_side": {"system": own.system, "name": own.name, "public_key": own.public_key},
        "accounts": _shown_accounts(system, contract, own),
        "contract_sha256": contract.digest.hex(),
        "from": None if before is None else before.to_document(),
        "to": contract.to_document(),
    }


def _shown_accounts(
    system: SettlementSystem, contract: LinkContract, own: ContractSide
) -> list[Document]:
    """The own accounts that a contract names, by currency."""
    by_currency: dict[str, Document] = {}
    for name, bic, currency in _accounts(contract, own):
        shown = by_currency.setdefault(currency, {"currency": currency})
        shown[name] = shown_participant(system.directory, bic)
    return list(by_currency.values())


def _set_contract(
    system: SettlementSystem, action: Action, _time: int
) -> tuple[Commands, ReasonCode]:
    contract = read_contract(given(action.link_contract))
    system.link_contracts.put(given(action.peer), contract)
    return NO_COMMANDS, ReasonCode.NONE


def _check_suspension(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    peer = given(action.peer)
    if peer not in system.link_contracts:
        return ReasonCode.LINK_CONTRACT_UNKNOWN
    already = (peer in system.link_contracts.suspended) == _suspends(action)
    # For a later day, the state of that day counts.
    changes = action.effective_on is not None or not already
    return ReasonCode.NONE if changes else ReasonCode.NOTHING_TO_CHANGE


def _suspends(action: Action) -> bool:
    return action.kind == ActionKind.SUSPEND_LINKS


def _show_suspension(system: SettlementSystem, action: Action, _time: int) -> Document:
    peer = given(action.peer)
    contract = system.link_contracts.get(peer)
    suspended = peer in system.link_contracts.suspended
    return {
        "peer": {"system": peer, "name": _peer_name(contract, peer)},
        "from": "suspended" if suspended else "links may start",
        "to": "suspended" if _suspends(action) else "links may start",
        "links_under_way": "continue to their end",
    }


def _peer_name(contract: LinkContract | None, peer: str) -> str:
    return "" if contract is None else contract.side(peer).name


def _set_suspension(
    system: SettlementSystem, action: Action, _time: int
) -> tuple[Commands, ReasonCode]:
    system.link_contracts.set_suspended(given(action.peer), suspended=_suspends(action))
    return NO_COMMANDS, ReasonCode.NONE


def _certificate(action: Action) -> Certificate:
    return Certificate.from_document(given(action.certificate))


def _check_certificate(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    try:
        certificate = _certificate(action)
    except InputError:
        return ReasonCode.FIELD_MALFORMED
    state = system.links.get(certificate.link)
    if state is None:
        return ReasonCode.LINK_UNKNOWN
    if state.ended:
        return ReasonCode.LINK_ENDED
    if (certificate.terms, certificate.decider) != (state.terms.digest, state.terms.decider):
        return ReasonCode.LINK_TERMS_DIFFER
    peer = state.terms.peers_of(state.system)[0]
    contract = system.link_contracts.get(peer)
    if contract is None:
        return ReasonCode.LINK_CONTRACT_UNKNOWN
    return certificate.refusal(contract.side(certificate.decider))


def _show_certificate(system: SettlementSystem, action: Action, _time: int) -> Document:
    certificate = _certificate(action)
    state = system.links.get(certificate.link)
    if state is None:
        raise InvariantBroken("a checked certificate is about a known link", certificate.link)
    peer = state.terms.peers_of(state.system)[0]
    contract = system.link_contracts.get(peer)
    officers = () if contract is None else contract.side(certificate.decider).officers
    signed = {one.public_key for one in certificate.signatures}
    return {
        "link": certificate.link,
        "decider": certificate.decider,
        "officers": [one.name for one in officers if one.public_key in signed],
        "remark": certificate.remark,
        "legs": [
            {
                "uetr": leg.uetr,
                "amount": shown_amount(leg.amount, find_currency(leg.currency)),
                "payer": shown_participant(system.directory, leg.payer),
                "payee": shown_participant(system.directory, leg.payee),
            }
            for leg in state.legs
        ],
        "from": str(state.phase),
        "to": "ended: not committed, and the money is with the payer",
    }


def _end_in_doubt(
    system: SettlementSystem, action: Action, _time: int
) -> tuple[Commands, ReasonCode]:
    # The next batch of links ends it, and makes the statements that follow.
    system.links.certified.append(_certificate(action).link)
    return NO_COMMANDS, ReasonCode.NONE


def _check_opening(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    # Whether links are shut is known to the service alone: the record has no network.
    known = given(action.peer) in system.link_contracts
    return ReasonCode.NONE if known else ReasonCode.LINK_CONTRACT_UNKNOWN


def _show_opening(system: SettlementSystem, action: Action, _time: int) -> Document:
    peer = given(action.peer)
    open_links = [one for one in system.links.open if peer in one.terms.systems]
    return {
        "peer": {"system": peer, "name": _peer_name(system.link_contracts.get(peer), peer)},
        "from": f"links are shut until {peer} has confirmed this record",
        "to": f"links continue without it; what {peer} knows beyond this record is given up",
        "open_links": [
            {"link": one.terms.link, "role": str(one.role), "phase": str(one.phase)}
            for one in open_links[:_MOST_SHOWN]
        ],
        "number_of_open_links": len(open_links),
    }


def _open_links(system: SettlementSystem, action: Action, time: int) -> tuple[Commands, ReasonCode]:
    system.peer_records.opened[given(action.peer)] = time
    return NO_COMMANDS, ReasonCode.NONE


RULES: Final = {
    ActionKind.OPEN_LINKS: ActionRule(
        needs=("peer",),
        check=_check_opening,
        show=_show_opening,
        effect=_open_links,
    ),
    ActionKind.END_LINK_IN_DOUBT: ActionRule(
        needs=("certificate",),
        check=_check_certificate,
        show=_show_certificate,
        effect=_end_in_doubt,
    ),
    ActionKind.SET_LINK_CONTRACT: ActionRule(
        needs=("peer", "link_contract"),
        may_be_dated=True,
        check=_check_contract,
        show=_show_contract,
        effect=_set_contract,
    ),
    ActionKind.SUSPEND_LINKS: ActionRule(
        needs=("peer",),
        may_be_dated=True,
        by_one=True,
        check=_check_suspension,
        show=_show_suspension,
        effect=_set_suspension,
    ),
    ActionKind.RESUME_LINKS: ActionRule(
        needs=("peer",),
        may_be_dated=True,
        check=_check_suspension,
        show=_show_suspension,
        effect=_set_suspension,
    ),
}
