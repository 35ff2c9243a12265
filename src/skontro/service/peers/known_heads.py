"""The batches that a peer has proved lately: the newest, and whether any two contradict."""

from collections import OrderedDict
from typing import Final

import attrs

from skontro.ledger.forks import contradict
from skontro.ledger.link_proof import CheckedProof, LinkProof
from skontro.system.links.peer_records import Fork

#: Batches of a peer that are remembered; each new one is compared with them.
MAX_KNOWN: Final = 1_024


@attrs.frozen
class KnownHead:
    """A batch that a peer has proved, with the proof without statements."""

    proof: LinkProof
    checked: CheckedProof


class KnownHeads:
    """Batches that one peer has proved.

        heads = KnownHeads("KG-RTGS")
        heads.add(proof, checked)  # a Fork if it contradicts an earlier one

    Args:
        peer: its identifier.
        newest: by the own record; None if it has none.
    """

    def __init__(self, peer: str, newest: KnownHead | None = None) -> None:
        self._peer, self.newest = peer, newest
        self._known: OrderedDict[int, KnownHead] = OrderedDict()
        if newest is not None:
            self._known[newest.checked.batch] = newest

    def add(self, proof: LinkProof, checked: CheckedProof) -> Fork | None:
        """Take a checked proof; the evidence if the peer has signed two records."""
        head = KnownHead(proof.head, checked)
        for number in (checked.batch, checked.batch - 1, checked.batch + 1):
            other = self._known.get(number)
            if other is not None and contradict(other.checked, checked):
                first, second = (other, head) if number <= checked.batch else (head, other)
                self._known.clear()  # one piece of evidence is enough
                self._note(head)
                return Fork(self._peer, first.proof.to_document(), second.proof.to_document())
        self._note(head)
        return None

    def _note(self, head: KnownHead) -> None:
        number = head.checked.batch
        self._known[number] = head
        self._known.move_to_end(number)
        while len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        if self.newest is None or number > self.newest.checked.batch:
            self.newest = head
