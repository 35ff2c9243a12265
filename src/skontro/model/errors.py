"""The three kinds of no.

A *business outcome* is a value with a `ReasonCode` and is never raised. An *error at the edge* is
an `InputError`: the caller gave something unusable, and the message says what to do about it. A
*broken invariant* is an `InvariantBroken`: the state contradicts itself and the system must stop.
"""


class SkontroError(Exception):
    """Base of every exception that Skontro raises on purpose."""


class InputError(SkontroError):
    """An input is unusable; the message names the place and says what to do."""


class InvariantBroken(SkontroError):  # noqa: N818  the fact is the name
    """A named invariant does not hold; nothing more may be settled.

    Args:
        invariant: the name of the invariant.
        evidence: the figures that contradict it.
    """

    def __init__(self, invariant: str, evidence: str) -> None:
        super().__init__(f"invariant broken: {invariant}: {evidence}")
        self.invariant = invariant
        self.evidence = evidence
