"""Readiness of the service: not ready while commits do not become durable."""

from typing import Final

import attrs

from skontro.service.sequencer.lease_keeper import LeaseKeeper
from skontro.service.sequencer.sequencer import Sequencer

#: Seconds that a commit may take before the service says that it is not ready.
MAX_COMMIT_SECONDS: Final = 1.5


@attrs.frozen(eq=False)
class Readiness:
    """Decides whether the service is ready.

    Attributes:
        sequencer: and its writer.
        lease: its renewals prove that commits become durable while no orders arrive.

    Example:
        >>> Readiness(sequencer, lease).why_not()
        'the oldest commit has not become durable for 2.3 s'
    """

    sequencer: Sequencer
    lease: LeaseKeeper

    @property
    def oldest_commit_seconds(self) -> float:
        """Age of the oldest commit that is not durable yet; 0 where none is under way."""
        writer = self.sequencer.writer
        return max(writer.oldest_commit_seconds, self.lease.oldest_commit_seconds)

    def why_not(self) -> str | None:
        """The reason why the service is not ready; None if it is ready."""
        if not self.sequencer.is_open:
            return "the service is stopping"
        clock = self.sequencer.clock
        if clock.held:
            return f"{clock.trouble}; two operators must confirm the clock"
        age = self.oldest_commit_seconds
        if age > MAX_COMMIT_SECONDS:
            return f"the oldest commit has not become durable for {age:.1f} s"
        if not self.sequencer.writer.reachable:
            return "the database does not answer"
        return None
