"""Envelopes under way to a peer, and those that it has by its own words but has not answered."""

import attrs

from skontro.ledger.entry import statements_and_time
from skontro.ledger.link_proof import LinkProof
from skontro.service.peers.envelope import MAX_PROOFS
from skontro.service.peers.waiting import WaitingProofs


@attrs.frozen(eq=False)
class Attempt:
    """An envelope under way.

    Attributes:
        numbers: of its proofs; none for the newest head.
        left_at: monotonic time, seconds.
        generation: of the sender when it left.
        batch: number of the newest that its proofs are of; -1 without any.
    """

    numbers: tuple[int, ...]
    left_at: float
    generation: int
    batch: int = -1


def batch_of(head: LinkProof | None) -> int:
    """The number of a proof's batch; -1 without a proof."""
    return -1 if head is None else statements_and_time(head.header)[1]


class UnderWay:
    """Envelopes for which the sender waits, in the order in which they left.

        under_way = UnderWay(waiting)
        attempt, proofs = under_way.leave(now=1.0, generation=0)
        under_way.end(attempt)  # its proofs leave again, unless they were confirmed

    Its user sees to it that one thread at a time calls it.
    """

    def __init__(self, waiting: WaitingProofs) -> None:
        self._waiting = waiting
        #: Those that count, and those that the peer has.
        self.attempts: list[Attempt] = []
        self.arrived: list[Attempt] = []

    def __len__(self) -> int:
        """Number of envelopes that may be lost."""
        return len(self.attempts)

    @property
    def oldest(self) -> Attempt:
        """The one that left first; there must be one."""
        return self.attempts[0]

    def leave(
        self, now: float, generation: int, most: int = MAX_PROOFS
    ) -> tuple[Attempt, list[LinkProof]]:
        """The next envelope, with so many proofs at most; arguments as in `Attempt`."""
        numbers = self._waiting.next(most)
        proofs = self._waiting.leave(numbers)
        newest = batch_of(proofs[-1] if proofs else None)
        attempt = Attempt(tuple(numbers), now, generation, newest)
        self.attempts.append(attempt)
        return attempt, proofs

    def end(self, attempt: Attempt) -> None:
        """Wait no longer for one envelope."""
        for mine in (self.attempts, self.arrived):
            if attempt in mine:
                mine.remove(attempt)
                self._waiting.again(attempt.numbers)

    def judge(self, held: int, sure_at: float) -> int:
        """Let envelopes that the peer has count no longer, and lost ones leave again.

        Args:
            held: newest batch that the peer has.
            sure_at: if it lacks one that left by this time, all that it lacks are lost: in order
                they are taken sooner than one by one.

        Returns:
            How many are lost.
        """
        self.arrived += [one for one in self.attempts if one.batch <= held]
        lacked = [one for one in self.attempts if one.batch > held]
        self.attempts = lacked
        if all(one.left_at > sure_at for one in lacked):
            return 0
        lost = len(lacked)
        self.give_up()
        return lost

    def doubt(self) -> None:
        """Count all again: the peer has failed to answer."""
        self.attempts[:0] = self.arrived
        self.arrived.clear()

    def give_up(self) -> None:
        """Wait for none of those that count: their proofs leave again."""
        for one in self.attempts:
            self._waiting.again(one.numbers)
        self.attempts.clear()
