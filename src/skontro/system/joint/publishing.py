"""The own publication of a cycle, and the fitness of those of other members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skontro.model import ReasonCode
from skontro.system.joint.cycle_state import CyclePhase, CycleState
from skontro.system.joint.joint_cycle import JointResult, NamedContract, Publication
from skontro.system.joint.joint_documents import SignedPublication
from skontro.system.joint.obligations import ObligationTerms

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem


def keys_of(system: SettlementSystem, state: CycleState) -> dict[str, Ed25519PublicKey]:
    """The public keys of the members of a cycle, by the contracts in force."""
    found = {}
    for peer in state.others:
        contract = system.link_contracts.get(peer)
        if contract is not None:
            for side in contract.sides:
                found[side.system] = side.public_key
    return {
        name: Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)) for name, key in found.items()
    }


def own_publication(system: SettlementSystem, state: CycleState) -> Publication:
    """The publication of this system in a cycle that collects, by its record."""
    contracts = []
    for peer in state.others:
        contract = system.link_contracts.get(peer)
        if contract is not None:
            contracts.append(NamedContract(peer, contract.digest.hex()))
    owed = system.joint.obligations.of_cycle(state.identifier)
    return Publication(
        state.identifier,
        state.system,
        tuple(one.row(state.system) for one in owed),
        state.agreement.member(state.system).accounts,
        tuple(contracts),
    )


def to_be_signed(
    system: SettlementSystem, peers: frozenset[str] = frozenset()
) -> list[Publication | JointResult]:
    """Contents of documents that this system has not signed yet, in the order of the cycles.

    Args:
        system: between two batches.
        peers: whose links are shut: cycles with them do not change.
    """
    found: list[Publication | JointResult] = []
    for state in system.joint.open_without(peers):
        if state.phase == CyclePhase.COLLECTING and state.system not in state.publications:
            found.append(own_publication(system, state))
        elif (
            state.phase == CyclePhase.COMPARING
            and state.system not in state.results
            and state.result is not None
        ):
            found.append(state.result)
    return found


def is_fit(state: CycleState, signed: SignedPublication) -> bool:
    """Whether a publication has the accounts of the agreement, and its members and currencies."""
    made, agreement = signed.publication, state.agreement
    if made.accounts != agreement.member(made.system).accounts:
        return False
    return all(
        one.currency in agreement.currencies and one.creditor_system in agreement.systems
        for one in made.obligations
    )


def refusal_of_obligation(system: SettlementSystem, terms: ObligationTerms) -> ReasonCode:
    """Why no cycle can take an obligation, or it differs from its order; NONE if one can."""
    if system.joint.obligations.get(terms.uetr) is not None:
        return ReasonCode.LINK_TERMS_DIFFER
    agreement, own = system.joint.agreement(terms.agreement), system.link_contracts.own_system
    if (
        agreement is None
        or terms.creditor_system == own
        or terms.creditor_system not in agreement.systems
        or terms.currency not in agreement.currencies
    ):
        return ReasonCode.CYCLE_NOT_AVAILABLE
    clearing = agreement.member(own).clearing
    directory = system.directory
    accounts = [directory.account_number(bic, terms.currency) for bic in (terms.payer, clearing)]
    if None in accounts:
        return ReasonCode.NO_SETTLEMENT_ACCOUNT
    leg = system.links.set_aside(terms.uetr)
    if leg is None:
        return ReasonCode.NONE
    found = (leg.payer, leg.payee, leg.amount, leg.latest)
    same = found == (*accounts, terms.amount, terms.valid_until)
    return ReasonCode.NONE if same else ReasonCode.LINK_TERMS_DIFFER
