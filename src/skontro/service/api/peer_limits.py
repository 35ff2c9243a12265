"""Limits on envelopes of other systems, and the outcomes of those that came."""

import time
from collections import OrderedDict
from typing import Final

import attrs

from skontro.service.api.problems import Problem
from skontro.service.api.read_limits import Budget
from skontro.service.sequencer.link_batches import LinkOutcome

#: Envelopes of one peer, and of one address, in a second; and at once.
ENVELOPES_PER_SECOND: Final = 100
MAX_ENVELOPES: Final = 300
#: Addresses and peers whose envelopes are counted.
_MAX_COUNTED: Final = 10_000
#: Outcomes that are remembered, so that an envelope sent twice is recorded once.
_MAX_OUTCOMES: Final = 4_096


class PeerLimits:
    """Envelopes that one address, and then one peer, may send.

        limits = PeerLimits()
        limits.spend("address 192.0.2.1")

    Raises:
        Problem: from `spend`: too many.
    """

    def __init__(self) -> None:
        self._budgets: dict[str, Budget] = {}

    def spend(self, name: str) -> None:
        """Count one envelope of an address or a peer."""
        now = time.monotonic()
        if len(self._budgets) >= _MAX_COUNTED and name not in self._budgets:
            self._budgets.clear()
        budget = self._budgets.setdefault(name, Budget(ENVELOPES_PER_SECOND, MAX_ENVELOPES, now))
        if budget.wait(now) > 0:
            detail = f"at most {ENVELOPES_PER_SECOND} envelopes a second"
            raise Problem(429, "Too many envelopes", detail, headers={"Retry-After": "1"})
        budget.spend(1)


class PeerAnswers:
    """The outcomes of envelopes, so that the same one again changes nothing."""

    def __init__(self) -> None:
        self._outcomes: OrderedDict[bytes, LinkOutcome] = OrderedDict()

    def find(self, key: bytes) -> LinkOutcome | None:
        """The outcome of this content; None where it is new or forgotten."""
        return self._outcomes.get(key)

    def keep(self, key: bytes, outcome: LinkOutcome) -> None:
        """Remember an outcome, and forget the oldest ones."""
        self._outcomes[key] = outcome
        while len(self._outcomes) > _MAX_OUTCOMES:
            self._outcomes.popitem(last=False)


@attrs.frozen(eq=False)
class PeerIntake:
    """Limits and outcomes that the route keeps between envelopes."""

    limits: PeerLimits = attrs.field(factory=PeerLimits)
    answers: PeerAnswers = attrs.field(factory=PeerAnswers)
