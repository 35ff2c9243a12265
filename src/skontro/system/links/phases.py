"""Roles and phases of a link in one system, its inputs, and its commands to the engine."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """The part of a system in one link."""

    DECIDER = "decider"  # its leg settles with the decision
    FOLLOWER = "follower"  # earmarks its leg before the decision


class Phase(StrEnum):
    """How far a link has come in the record of one system; the texts are part of the record."""

    UNKNOWN = "unknown"  # no own bank has instructed it
    INSTRUCTED = "instructed"
    MATCHED = "matched"  # both sides have the same terms
    ASKED = "asked"  # decider: earmarks asked for, and decide-by fixed
    PERMITTED = "permitted"  # decider: the own leg may settle, until decide-by
    COMMITTED = "committed"  # decider: the own leg is final
    ABORTED = "aborted"  # decider: ended without settlement
    EARMARKING = "earmarking"  # follower: within a batch, until the engine's answer
    PREPARED = "prepared"  # follower: earmarked, in doubt
    COMPLETED = "completed"  # follower: paid to the payee
    RELEASED = "released"  # follower: paid back to the payer
    REFUSED = "refused"  # follower: ended without an earmark


#: Phases in which a link has ended in a system: the leg is final or has ended without settlement.
ENDED: Final = (
    Phase.COMMITTED,
    Phase.ABORTED,
    Phase.COMPLETED,
    Phase.RELEASED,
    Phase.REFUSED,
)


class Occurrence(StrEnum):
    """An input from the own system; the other inputs are statements of a peer."""

    INSTRUCTION = "instruction"  # an own bank instructed the terms
    CANCELLATION = "cancellation"  # an own bank asks to cancel or change its leg
    LEG_READY = "leg_ready"  # the own leg would settle now
    LEG_NOT_READY = "leg_not_ready"
    LEG_EARMARKED = "leg_earmarked"  # outcome of the command to earmark
    LEG_NOT_EARMARKED = "leg_not_earmarked"
    LEG_SETTLED = "leg_settled"  # after the permission to settle
    LEG_ENDED = "leg_ended"  # returned, rejected or cancelled
    DECIDE_BY_PASSED = "decide_by_passed"  # in the record time of this system
    CERTIFICATE = "certificate"  # two officers of the decider: not committed, and never will be
    REPEAT = "repeat"  # no answer has come for a while


class LegCommand(StrEnum):
    """A command to the engine about the own leg, in the same batch as the transition."""

    PERMIT = "permit"
    EARMARK = "earmark"
    COMPLETE = "complete"
    RELEASE = "release"
    CANCEL = "cancel"
