"""Proofs that a peer has not confirmed, in order, and those of them that are under way."""

from collections.abc import Iterable
from itertools import count
from typing import Final

from skontro.ledger.link_proof import MAX_STATEMENT_BYTES, MAX_STATEMENTS, LinkProof
from skontro.service.peers.envelope import MAX_PROOFS

#: Most proofs that wait; the oldest are dropped, because all is repeated after silence.
_MAX_WAITING: Final = 10_000


class WaitingProofs:
    """Proofs for one peer, by rising number, until it has confirmed them.

        waiting = WaitingProofs()
        waiting.put(proof)
        numbers = waiting.next()
        proofs = waiting.leave(numbers)
        waiting.confirmed(numbers)  # or: waiting.again(numbers)

    Its user sees to it that one thread at a time calls it.
    """

    def __init__(self) -> None:
        self._proofs: dict[int, LinkProof] = {}
        self._sent: set[int] = set()
        self._numbers = count()

    def __len__(self) -> int:
        """Number of proofs that the peer has not confirmed."""
        return len(self._proofs)

    @property
    def has_news(self) -> bool:
        """Whether a proof is not under way."""
        return len(self._proofs) > len(self._sent)

    def put(self, proof: LinkProof) -> None:
        """Take a proof after all before it."""
        self._proofs[next(self._numbers)] = proof
        while len(self._proofs) > _MAX_WAITING:
            self.confirmed([next(iter(self._proofs))])

    def next(self, most: int = MAX_PROOFS) -> list[int]:
        """Numbers of the next proofs, as many as one envelope may have, and so many at most."""
        found: list[int] = []
        statements = size = 0
        for number, proof in self._proofs.items():
            if number in self._sent:
                continue
            statements += len(proof.statements)
            size += sum(len(one.content) for one in proof.statements)
            full = statements > MAX_STATEMENTS or size > MAX_STATEMENT_BYTES
            if found and (full or len(found) == most):
                break
            found.append(number)
        return found

    def leave(self, numbers: Iterable[int]) -> list[LinkProof]:
        """The proofs with these numbers, which are under way from now on."""
        self._sent.update(numbers)
        return [self._proofs[number] for number in numbers]

    def again(self, numbers: Iterable[int]) -> None:
        """Let proofs leave again, those before others first."""
        self._sent.difference_update(numbers)

    def confirmed(self, numbers: Iterable[int]) -> None:
        """Forget proofs."""
        for number in numbers:
            self._proofs.pop(number, None)
            self._sent.discard(number)
