"""Links stay shut after a start until the peers have confirmed that the own record is complete.

A record that was restored from a backup lacks batches whose statements peers may have heard. So
each peer with open links is asked for the newest head that it holds of the own record. Links with
it wait for its answer. If the record lacks a batch by what one peer says, all links wait.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final

import attrs
import structlog

from skontro.ledger.link_proof import CheckedProof

_log = structlog.get_logger("skontro.peers")

#: Gives the hash of a batch of the own record.
HashOf = Callable[[int], bytes]


class Standing(StrEnum):
    """A peer's answer on the own record since the start."""

    ASKED = "asked"  # it has not answered yet
    CONFIRMED = "confirmed"
    BEHIND = "behind"  # it holds a batch that the own record does not have
    OPENED = "opened"  # two people have opened links without its confirmation


@attrs.frozen
class Beyond:
    """A batch signed with the own key that the own record does not have.

    Attributes:
        batch: its number.
        own: number of the own newest batch when a peer told of it.
    """

    batch: int
    own: int

    def __str__(self) -> str:
        if self.batch > self.own:
            return f"it holds batch {self.batch} of this record, which ends at {self.own}"
        return f"it holds another batch {self.batch}, signed with the key of this system"


class Opening:
    """The peers whose links are open.

        opening = Opening(claim, head, {"KG-RTGS"}, hash_of)
        opening.answered("KG-RTGS", held, newest=head)
        opening.shut({}, {"KG-RTGS"})  # no peer: they are open

    Args:
        claim: record time at which this service claimed the record.
        awaited: peers with open links; links with each are shut until it has answered.
        hash_of: reads the own record.
    """

    def __init__(self, claim: int, awaited: Iterable[str], hash_of: HashOf) -> None:
        self._claim, self._hash_of = claim, hash_of
        self.awaited: Final = frozenset(awaited)
        self._lock = threading.Lock()
        self._confirmed: frozenset[str] = frozenset()
        self._beyond: dict[str, Beyond] = {}

    def told(self, peer: str, held: CheckedProof | None, newest: int) -> None:
        """Take the head that a peer holds, from a message that may be an old one.

        Args:
            peer: its identifier.
            held: signed with the own key; None if it holds none.
            newest: number of the own newest durable batch.
        """
        if held is not None and held.batch > newest:
            self._shut(peer, Beyond(held.batch, newest))

    def answered(self, peer: str, held: CheckedProof | None, newest: int) -> None:
        """Take the head that a peer holds, from a fresh answer, as in `told`."""
        self.told(peer, held, newest)
        if peer in self._confirmed or peer in self._beyond:
            return
        if held is not None and self._hash_of(held.batch) != held.hash:
            self._shut(peer, Beyond(held.batch, newest))
            return
        with self._lock:
            self._confirmed |= {peer}
        _log.info("record confirmed", peer=peer, batch=None if held is None else held.batch)

    def standing(self, peer: str, opened: Mapping[str, int]) -> Standing:
        """A peer's answer on the own record.

        Args:
            peer: its identifier.
            opened: when two people opened links despite a peer, by its identifier; record time.
        """
        if opened.get(peer, -1) > self._claim:
            return Standing.OPENED
        if peer in self._beyond:
            return Standing.BEHIND
        return Standing.CONFIRMED if peer in self._confirmed else Standing.ASKED

    def trouble(self, peer: str) -> str:
        """The batch that the own record lacks by what a peer says; empty if it lacks none."""
        found = self._beyond.get(peer)
        return "" if found is None else str(found)

    def shut(self, opened: Mapping[str, int], peers: Iterable[str]) -> frozenset[str]:
        """The peers whose links are shut: all of them if the own record lacks a batch.

        Args:
            opened: as for `standing`.
            peers: all that have a contract.
        """
        if not self._beyond and self.awaited <= self._confirmed:
            return frozenset()
        if self._lacking(opened):
            return frozenset({*peers, *self.awaited, *self._beyond})
        return frozenset(
            peer for peer in self.awaited if self.standing(peer, opened) == Standing.ASKED
        )

    def why_shut(self, opened: Mapping[str, int], peers: Iterable[str] | None = None) -> str:
        """The peers that keep links shut, with the reason; empty if links are open.

        Args:
            opened: as for `standing`.
            peers: with whom the links are; None for links with any.
        """
        asked = self.awaited if peers is None else self.awaited.intersection(peers)
        lacking = self._lacking(opened)
        found = {
            peer: f"{peer} has not confirmed this record yet"
            for peer in asked
            if self.standing(peer, opened) == Standing.ASKED
        }
        found |= {peer: f"{peer}: {self._beyond[peer]}" for peer in lacking}
        return "; ".join(found[peer] for peer in sorted(found))

    def _lacking(self, opened: Mapping[str, int]) -> list[str]:
        """The peers by which the own record lacks a batch, unless two people opened links."""
        return [peer for peer in self._beyond if self.standing(peer, opened) == Standing.BEHIND]

    def _shut(self, peer: str, beyond: Beyond) -> None:
        with self._lock:
            if peer in self._beyond:
                return
            self._beyond = {**self._beyond, peer: beyond}
        _log.error("links shut: the record is not complete", peer=peer, trouble=str(beyond))
