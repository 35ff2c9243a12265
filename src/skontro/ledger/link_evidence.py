"""Statements of peers with the proof that the peer's own record has them.

They are checked at the edge, before they enter the record, and again by `skontro verify`: the
record keeps each proof as it came.
"""

import json
from typing import Any, cast

import attrs

from skontro.ledger.entry import Entry
from skontro.ledger.forks import check_fork
from skontro.ledger.keys import public_key
from skontro.ledger.link_proof import CheckedProof, LinkProof, NotProved
from skontro.model import InputError, InvariantBroken
from skontro.system import BatchKind
from skontro.system.links.contracts import LinkContracts
from skontro.system.links.heard_proof import HeardProof
from skontro.system.links.peer_records import Fork
from skontro.system.mirror.peer_statements import PeerStatement


@attrs.frozen
class PeerStatements:
    """Proved statements of one peer.

    Attributes:
        peer: identifier of the system that made them.
        statements: in the order of the proof.
        proof: the facts about the peer's record that the proof shows.
        addressee: identifier of the system that they are for.
        key: public key of the peer by the contract, in hexadecimal.
        heard: the proof, as a batch of links takes it.
        head: the same proof without statements.
    """

    peer: str
    statements: tuple[PeerStatement, ...]
    proof: CheckedProof
    addressee: str
    key: str
    heard: HeardProof
    head: LinkProof

    def holds(self, contracts: LinkContracts) -> bool:
        """Whether the check under these contracts would find the same."""
        contract = contracts.get(self.peer)
        return (
            contract is not None
            and contracts.own_system == self.addressee
            and contract.side(self.peer).public_key == self.key
        )


def check_peer_statements(
    document: object, contracts: LinkContracts, peer: str | None = None
) -> PeerStatements:
    """Check statements of a peer against the key in the contract with it.

    Args:
        document: a `LinkProof` as JSON values, from an unchecked source, or a `HeardProof` of it.
        contracts: the contracts in force.
        peer: identifier of the system that they must be of. With it a proof may have no statement,
            and shows only how far the peer's record has come.

    Raises:
        NotProved: there is no contract with the peer, or the proof proves nothing.
        InputError: it is malformed, or its statements are not those of one peer to this system.

    Example:
        >>> check_peer_statements(proof.to_document(), system.link_contracts).peer
        'KG-RTGS'
    """
    heard = document if isinstance(document, HeardProof) else HeardProof(cast("Any", document))
    proof = LinkProof.from_document(heard.document)
    statements = heard.statements
    if not heard.is_canonical:
        raise InputError("link proof: a statement is not in its canonical form")
    senders = {one.sender for one in statements} | (set() if peer is None else {peer})
    if len(senders) != 1:
        raise InputError("link proof: the statements are not of one sender")
    (sender,) = senders
    contract = contracts.get(sender)
    if contract is None:
        raise NotProved(f"link proof: there is no contract with {sender}")
    if any(one.addressee != contracts.own_system for one in statements):
        raise InputError("link proof: a statement is for another system")
    key = contract.side(sender).public_key
    checked = proof.check(public_key(key))
    for one in statements:
        if one.batch > checked.batch or one.time > checked.time:
            raise InputError("link proof: a statement is of a later batch than the proof")
    return PeerStatements(sender, statements, checked, contracts.own_system, key, heard, proof.head)


def check_fork_of_peer(fork: Fork, contracts: LinkContracts) -> None:
    """Check the evidence of a fork against the key in the contract with the peer.

    Raises:
        NotProved: there is no contract with the peer.
        InputError: it is no evidence.
    """
    contract = contracts.get(fork.peer)
    if contract is None:
        raise NotProved(f"fork: there is no contract with {fork.peer}")
    check_fork(fork, public_key(contract.side(fork.peer).public_key))


def check_link_evidence(entry: Entry, contracts: LinkContracts) -> list[PeerStatements]:
    """Check the proofs in a batch of links.

    Args:
        entry: a batch of the record.
        contracts: in force before the batch.

    Returns:
        The statements of each proof; none for a batch of another kind.

    Raises:
        InvariantBroken: one of them proves nothing, or the evidence of a fork is none.
    """
    if entry.batch.kind != BatchKind.LINKS:
        return []
    heard, body = [], json.loads(entry.batch.body)
    for fork in body["forks"]:
        try:
            check_fork_of_peer(Fork(**fork), contracts)
        except InputError as error:
            evidence = f"batch {entry.number}: {error}"
            raise InvariantBroken("the evidence of a fork is proved", evidence) from None
    for place, proof in enumerate(body["proofs"]):
        try:
            heard.append(check_peer_statements(proof, contracts))
        except InputError as error:
            evidence = f"batch {entry.number}, proof {place}: {error}"
            raise InvariantBroken("statements of peers are proved", evidence) from None
    return heard
