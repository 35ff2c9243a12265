"""Peers by a recovered record, and the signatures of their messages."""

from collections.abc import Callable

from skontro.ledger import connect
from skontro.ledger.keys import public_key
from skontro.ledger.link_proof import LinkProof, NotProved
from skontro.ledger.reader import read_entries
from skontro.model import InputError
from skontro.model.signatures import is_signed
from skontro.service.peers.known_heads import KnownHead
from skontro.system import SettlementSystem
from skontro.system.links.contracts import LinkContracts


def peers_with_open_links(system: SettlementSystem) -> frozenset[str]:
    """The peers of links, payments and joint cycles that have not ended."""
    own = system.link_contracts.own_system
    links = [one.terms.peers_of(own) for one in system.links.open]
    payments = [one for one in system.link_contracts.peers if system.payments.open_with(one)]
    cycles = [peer for state in system.joint.open for peer in state.others]
    return frozenset({*payments, *cycles, *(peer for peers in links for peer in peers)})


def heads_in(system: SettlementSystem) -> dict[str, KnownHead]:
    """The newest batch of each peer by proofs in the record, if its key is the same."""
    found = {}
    for peer, document in system.peer_records.heads.items():
        contract = system.link_contracts.get(peer)
        if contract is None:
            continue
        proof = LinkProof.from_document(document)
        try:
            checked = proof.check(public_key(contract.side(peer).public_key))
        except InputError:
            continue  # signed with the key of an earlier contract
        found[peer] = KnownHead(proof, checked)
    return found


def hashes_of(url: str) -> Callable[[int], bytes]:
    """A reader of the hashes of batches in a database."""

    def hash_of(batch: int) -> bytes:
        with connect(url) as connection:
            (entry,) = read_entries(connection, batch, batch)
        return entry.hash

    return hash_of


def check_signature(contracts: LinkContracts, peer: str, content: bytes, signature: str) -> None:
    """Check that a message is signed with the key in the contract with a peer.

    Raises:
        NotProved: it is not, or there is no contract.
    """
    contract = contracts.get(peer)
    key = None if contract is None else public_key(contract.side(peer).public_key)
    if key is None or not is_signed(key, content, bytes.fromhex(signature)):
        raise NotProved(f"signature: it is not {peer}'s")
