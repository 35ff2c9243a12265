"""The records of peers as this system has heard of them: claims, newest batches, forks.

It is part of the state, because it decides which statements are taken, also after a restart.
"""

from typing import Any, Final

import attrs

from skontro.model import InputError

#: Forks of one peer that stay in the state; the record has all.
MAX_FORKS: Final = 8
#: Hexadecimal digits at the begin of a batch's header that are its number.
_NUMBER_DIGITS: Final = 16


class EarlierClaim(InputError):  # noqa: N818  the fact is the name
    """An envelope of an earlier claim of the sender's record than one already heard."""


@attrs.frozen
class Fork:
    """Two batches of one peer of which only one can be in its record, both signed with its key.

    Attributes:
        peer: identifier of the system that signed both.
        first, second: `LinkProof` documents without statements. Both have the same number, or the
            second follows the first and names another batch before it.
        batch: the own batch that recorded them.
        claim: the latest claim of the peer's record that was heard by then.
    """

    peer: str
    first: dict[str, Any]
    second: dict[str, Any]
    batch: int = 0
    claim: int = -1

    def to_document(self) -> dict[str, Any]:
        """As JSON values."""
        return attrs.asdict(self, recurse=False)


def batch_of(proof: dict[str, Any]) -> int:
    """The number of the batch of a checked `LinkProof` document."""
    return int(proof["header"][:_NUMBER_DIGITS], 16)


class PeerRecords:
    """Claims, newest batches and forks of the peers' records.

        records = PeerRecords()
        records.take_claim("KG-RTGS", 1_790_000_000_000_000)
        records.claim("KG-RTGS")

    Attributes:
        heads: the newest proof with statements of each peer, as a document without them.
        opened: when two people opened the own links despite a peer, by its identifier; record time.
    """

    def __init__(self) -> None:
        self._claims: dict[str, int] = {}
        self.heads: dict[str, dict[str, Any]] = {}
        self.opened: dict[str, int] = {}
        self._forks: tuple[Fork, ...] = ()

    @property
    def forks(self) -> tuple[Fork, ...]:
        """Evidence of forks, the oldest first; of each peer the newest `MAX_FORKS`."""
        return self._forks

    def claim(self, peer: str) -> int:
        """The latest claim of a peer's record that was heard, microseconds; -1 before the first."""
        return self._claims.get(peer, -1)

    def check_claim(self, peer: str, claim: int) -> None:
        """Check that a claim is not earlier than one already heard.

        Raises:
            EarlierClaim: it is.
        """
        if claim < self.claim(peer):
            raise EarlierClaim(
                f"claim: {peer} has claimed its record again since; nothing of an earlier claim "
                "is taken"
            )

    def take_claim(self, peer: str, claim: int) -> None:
        """Take a claim that was checked."""
        self._claims[peer] = max(claim, self.claim(peer))

    def take_head(self, peer: str, proof: dict[str, Any]) -> None:
        """Keep a proof if its batch is the newest of the peer."""
        known = self.heads.get(peer)
        if known is None or batch_of(proof) > batch_of(known):
            self.heads[peer] = {**proof, "statements": [], "path": []}

    def take_fork(self, fork: Fork) -> None:
        """Keep the evidence of a fork."""
        of_peer = [one for one in self._forks if one.peer == fork.peer]
        dropped = of_peer[: max(0, len(of_peer) + 1 - MAX_FORKS)]
        self._forks = (*(one for one in self._forks if one not in dropped), fork)

    def to_document(self) -> dict[str, Any]:
        """For a snapshot."""
        return {
            "claims": self._claims,
            "heads": self.heads,
            "opened": self.opened,
            "forks": [one.to_document() for one in self._forks],
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "PeerRecords":
        """The inverse of `to_document`."""
        made = cls()
        made._claims, made.heads = dict(document["claims"]), dict(document["heads"])
        made.opened = dict(document["opened"])
        made._forks = tuple(Fork(**one) for one in document["forks"])
        return made
