"""The contracts of a system with its peers, and which of them are suspended."""

from typing import Any

from skontro.model import ReasonCode
from skontro.system.links.contract import ContractSide, LinkContract
from skontro.system.links.contract_reading import read_contract


class LinkContracts:
    """The contracts in force, by identifier of the peer.

        contracts = LinkContracts()
        contracts.put("KG-RTGS", contract)
        contracts.refusal("KG-RTGS")  # ReasonCode.NONE: links may start

    Attributes:
        suspended: peers with which no new link starts, in order of identifiers.
        own_system: the identifier of this system, as all its contracts have it; empty without any.
    """

    def __init__(self) -> None:
        self._by_peer: dict[str, LinkContract] = {}
        self.suspended: list[str] = []
        #: The identifier of this system, as all its contracts have it; empty without any.
        self.own_system = ""

    def __len__(self) -> int:
        return len(self._by_peer)

    def __contains__(self, peer: object) -> bool:
        return peer in self._by_peer

    @property
    def peers(self) -> tuple[str, ...]:
        """Identifiers of the peers, in order."""
        return tuple(sorted(self._by_peer))

    def get(self, peer: str) -> LinkContract | None:
        """The contract with a peer; None if there is none."""
        return self._by_peer.get(peer)

    def own_side(self, peer: str) -> ContractSide:
        """The own side of the contract with a peer.

        Raises:
            KeyError: there is no such contract.
        """
        return self._by_peer[peer].other(peer)

    def put(self, peer: str, contract: LinkContract) -> None:
        """Put a contract in force, in the place of an earlier version."""
        self._by_peer[peer] = contract
        self.own_system = self.own_system or contract.other(peer).system

    def set_suspended(self, peer: str, *, suspended: bool) -> None:
        """Stop or resume new links with a peer; links under way continue."""
        others = [one for one in self.suspended if one != peer]
        self.suspended = sorted([*others, peer]) if suspended else others

    def refusal(self, peer: str) -> ReasonCode:
        """Why no link with a peer may start; NONE if one may."""
        if peer not in self._by_peer:
            return ReasonCode.LINK_CONTRACT_UNKNOWN
        return ReasonCode.LINK_SUSPENDED if peer in self.suspended else ReasonCode.NONE

    def copy(self) -> "LinkContracts":
        """The contracts as they are now, for readers in other threads."""
        made = LinkContracts()
        made._by_peer, made.suspended = dict(self._by_peer), self.suspended
        made.own_system = self.own_system
        return made

    def to_document(self) -> dict[str, Any]:
        """For a snapshot."""
        return {
            "contracts": {peer: self._by_peer[peer].to_document() for peer in self.peers},
            "suspended": self.suspended,
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "LinkContracts":
        """The inverse of `to_document`."""
        made = cls()
        for peer, contract in document["contracts"].items():
            made.put(peer, read_contract(contract))
        made.suspended = list(document["suspended"])
        return made
