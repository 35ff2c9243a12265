"""The transitions of a link as data: the table behind code, model checker and documentation.

The rules are in docs/reference/links.md, with this table printed from here.
"""

from enum import StrEnum
from typing import Final

import attrs

from skontro.model import ReasonCode
from skontro.system.links.phases import LegCommand, Occurrence, Phase, Role
from skontro.system.links.statements import Step


class To(StrEnum):
    """The systems that a statement is for."""

    SENDER = "the sender"
    DECIDER = "the decider"
    FOLLOWERS = "all followers"
    UNMATCHED = "followers not heard of"
    UNPREPARED = "followers not prepared"


class When(StrEnum):
    """A condition of a transition, after the input has been noted."""

    ALWAYS = "-"
    ALL_MATCHED = "all followers have matched"
    ALL_READY = "all legs are ready, and nothing stops a new decision"
    ALL_PREPARED = "all followers are prepared, in time"
    IN_TIME = "decide-by has not passed"
    LATE = "decide-by has passed"
    SENDER_PREPARED = "the sender has said that it is prepared"
    OWN_READY = "the own leg is ready"
    WITHDRAWN = "an own bank has withdrawn"
    NO_OBSTACLE = "no obstacle"
    LASTING_OBSTACLE = "a lasting obstacle"


@attrs.frozen
class Tell:
    """A statement that a transition makes, after its batch is durable."""

    step: Step
    to: To


@attrs.frozen
class Row:
    """A transition. In each phase the first row whose input and condition apply is taken.

    Attributes:
        role, phase, cause, when: where it applies.
        then: the phase after it.
        commands: to the engine, in the same batch.
        statements: sent after the batch is durable.
        refusal: other than `NONE`, the input is refused and nothing changes.
    """

    role: Role
    phase: Phase
    cause: Step | Occurrence
    when: When
    then: Phase
    commands: tuple[LegCommand, ...] = ()
    statements: tuple[Tell, ...] = ()
    refusal: ReasonCode = ReasonCode.NONE


#: Reasons for which an account cannot hold an earmark of a leg that has cover.
UNFIT_ACCOUNT: Final = (
    ReasonCode.NO_SETTLEMENT_ACCOUNT,
    ReasonCode.SAME_ACCOUNT,
    ReasonCode.EARMARK_ACCOUNT,
)

#: Obstacles to an earmark that end the link; others only delay it.
LASTING: Final = (
    ReasonCode.SCREENING_REJECTED,
    ReasonCode.TRAVEL_RULE_REJECTED,
    ReasonCode.PARTICIPANT_SUSPENDED,
    ReasonCode.LINK_CUT_OFF_NEAR,
    ReasonCode.LINK_CONTRACT_UNKNOWN,
    ReasonCode.LINK_CONTRACT_MISMATCH,
    ReasonCode.LINK_SUSPENDED,
    *UNFIT_ACCOUNT,
)


def _rows(
    role: Role,
    phases: tuple[Phase, ...],
    causes: tuple[Step | Occurrence, ...],
    then: Phase | None,
    *outputs: LegCommand | Tell,
    when: When = When.ALWAYS,
    refusal: ReasonCode = ReasonCode.NONE,
) -> tuple[Row, ...]:
    """The same transition from several phases, or by several inputs; None keeps the phase."""
    commands = tuple(one for one in outputs if isinstance(one, LegCommand))
    statements = tuple(one for one in outputs if isinstance(one, Tell))
    return tuple(
        Row(role, phase, cause, when, then or phase, commands, statements, refusal)
        for phase in phases
        for cause in causes
    )


_D, _F = Role.DECIDER, Role.FOLLOWER
_MATCH_TO_SENDER: Final = Tell(Step.MATCH, To.SENDER)
_ASK: Final = Tell(Step.EARMARK, To.FOLLOWERS)
_ABORT: Final = (LegCommand.CANCEL, Tell(Step.NOT_COMMITTED, To.FOLLOWERS))
_NOT_READY: Final = Tell(Step.NOT_READY, To.DECIDER)
_PREPARED: Final = Tell(Step.PREPARED, To.DECIDER)
_REFUSED: Final = Tell(Step.REFUSED, To.DECIDER)

_U, _I, _M, _A, _P, _E = (
    (Phase.UNKNOWN,),
    (Phase.INSTRUCTED,),
    (Phase.MATCHED,),
    (Phase.ASKED,),
    (Phase.PERMITTED,),
    (Phase.EARMARKING,),
)
_READINESS: Final = (Occurrence.LEG_READY, Occurrence.LEG_NOT_READY)
_HEARD: Final = (Step.MATCH, Step.READY, Step.NOT_READY, Step.WITHDRAW, Step.PREPARED)

_DECIDER: Final = (
    *_rows(_D, _U, (Occurrence.INSTRUCTION,), Phase.INSTRUCTED, Tell(Step.MATCH, To.FOLLOWERS)),
    *_rows(
        _D, _U, (Occurrence.CERTIFICATE,), Phase.ABORTED, Tell(Step.NOT_COMMITTED, To.FOLLOWERS)
    ),
    # Before earmarks are asked for.
    *_rows(_D, _I, (Step.READY,), Phase.ASKED, _ASK, when=When.ALL_READY),
    *_rows(_D, _I, (Step.MATCH,), Phase.MATCHED, _MATCH_TO_SENDER, when=When.ALL_MATCHED),
    *_rows(_D, _I, (Step.READY, Step.NOT_READY), Phase.MATCHED, when=When.ALL_MATCHED),
    *_rows(_D, _I, (Step.MATCH,), None, _MATCH_TO_SENDER),
    *_rows(_D, _I, (Step.READY, Step.NOT_READY, *_READINESS), None),
    *_rows(_D, _I, (Occurrence.REPEAT,), None, Tell(Step.MATCH, To.UNMATCHED)),
    *_rows(
        _D,
        _M,
        (Step.READY, Occurrence.LEG_READY, Occurrence.REPEAT),
        Phase.ASKED,
        _ASK,
        when=When.ALL_READY,
    ),
    *_rows(_D, _M, (Step.MATCH,), None, _MATCH_TO_SENDER),
    *_rows(_D, _M, (Step.READY, Step.NOT_READY, *_READINESS), None),
    *_rows(_D, _M, (Occurrence.REPEAT,), None, Tell(Step.MATCH, To.FOLLOWERS)),
    *_rows(
        _D,
        _I + _M,
        (Step.WITHDRAW, Step.REFUSED, Occurrence.CANCELLATION),
        Phase.ABORTED,
        *_ABORT,
    ),
    # While followers may have locked money: no bank is heard.
    *_rows(_D, _A, (Step.PREPARED,), Phase.ABORTED, *_ABORT, when=When.LATE),
    *_rows(_D, _A, (Step.PREPARED,), Phase.PERMITTED, LegCommand.PERMIT, when=When.ALL_PREPARED),
    *_rows(_D, _A, (Step.PREPARED,), None),
    *_rows(_D, _A, (Step.READY,), None, Tell(Step.EARMARK, To.SENDER)),
    *_rows(_D, _A, (Step.MATCH,), None, _MATCH_TO_SENDER),
    *_rows(_D, _A, (Step.NOT_READY, Step.WITHDRAW, *_READINESS), None),
    *_rows(_D, _A, (Occurrence.REPEAT,), None, Tell(Step.EARMARK, To.UNPREPARED)),
    *_rows(_D, _A, (Occurrence.DECIDE_BY_PASSED,), Phase.ABORTED, *_ABORT, when=When.LATE),
    *_rows(
        _D,
        _A,
        (Step.REFUSED,),
        None,
        when=When.SENDER_PREPARED,
        refusal=ReasonCode.LINK_CONTRADICTED,
    ),
    *_rows(_D, _A, (Step.REFUSED,), Phase.ABORTED, *_ABORT),
    *_rows(
        _D,
        _P,
        (Occurrence.LEG_SETTLED,),
        Phase.COMMITTED,
        Tell(Step.COMMITTED, To.FOLLOWERS),
        when=When.IN_TIME,
    ),
    *_rows(_D, _P, _HEARD, None),
    # Several own legs settle together, or wait until they can.
    *_rows(_D, _P, (Occurrence.LEG_READY,), None, LegCommand.PERMIT, when=When.IN_TIME),
    *_rows(_D, _P, (Occurrence.DECIDE_BY_PASSED,), Phase.ABORTED, *_ABORT, when=When.LATE),
    *_rows(_D, _P, (Step.REFUSED,), None, refusal=ReasonCode.LINK_CONTRADICTED),
    *_rows(_D, _A + _P, (Occurrence.CANCELLATION,), None, refusal=ReasonCode.LINK_BEING_DECIDED),
    *_rows(
        _D,
        _I + _M + _A + _P,
        (Occurrence.LEG_ENDED,),
        Phase.ABORTED,
        Tell(Step.NOT_COMMITTED, To.FOLLOWERS),
    ),
    *_rows(_D, _I + _M + _A + _P, (Occurrence.CERTIFICATE,), Phase.ABORTED, *_ABORT),
    # After the decision: the same answer for ever.
    *_rows(_D, (Phase.COMMITTED,), _HEARD, None, Tell(Step.COMMITTED, To.SENDER)),
    *_rows(
        _D,
        (Phase.COMMITTED,),
        (Step.REFUSED, Occurrence.CERTIFICATE),
        None,
        refusal=ReasonCode.LINK_CONTRADICTED,
    ),
    *_rows(_D, (Phase.ABORTED,), _HEARD, None, Tell(Step.NOT_COMMITTED, To.SENDER)),
    *_rows(_D, (Phase.ABORTED,), (Step.REFUSED, Occurrence.CERTIFICATE), None),
)

_NO_COMMIT: Final = (Step.NOT_COMMITTED, Occurrence.CERTIFICATE)

_FOLLOWER: Final = (
    *_rows(_F, _U, (Occurrence.INSTRUCTION,), Phase.INSTRUCTED, Tell(Step.MATCH, To.DECIDER)),
    # Before the earmark: nothing is locked.
    *_rows(_F, _I, (Step.MATCH,), Phase.MATCHED, Tell(Step.READY, To.DECIDER), when=When.OWN_READY),
    *_rows(_F, _I, (Step.MATCH,), Phase.MATCHED),
    *_rows(_F, _I, _READINESS, None),
    *_rows(_F, _I, (Occurrence.REPEAT,), None, Tell(Step.MATCH, To.DECIDER)),
    *_rows(_F, _I, (Occurrence.CANCELLATION,), Phase.REFUSED, LegCommand.CANCEL, _REFUSED),
    *_rows(_F, _M, (Occurrence.CANCELLATION,), None, Tell(Step.WITHDRAW, To.DECIDER)),
    *_rows(_F, _M, (Step.MATCH,), None),
    *_rows(_F, _M, (Occurrence.LEG_READY,), None, when=When.WITHDRAWN),
    *_rows(_F, _M, (Occurrence.LEG_READY,), None, Tell(Step.READY, To.DECIDER)),
    *_rows(_F, _M, (Occurrence.LEG_NOT_READY,), None, _NOT_READY),
    *_rows(
        _F,
        _M,
        (Occurrence.REPEAT,),
        None,
        Tell(Step.WITHDRAW, To.DECIDER),
        when=When.WITHDRAWN,
    ),
    *_rows(_F, _M, (Occurrence.REPEAT,), None, Tell(Step.READY, To.DECIDER), when=When.OWN_READY),
    *_rows(_F, _M, (Occurrence.REPEAT,), None, Tell(Step.MATCH, To.DECIDER)),
    *_rows(_F, _I + _M, (Occurrence.LEG_ENDED,), Phase.REFUSED, _REFUSED),
    *_rows(_F, _I + _M, _NO_COMMIT, Phase.REFUSED, LegCommand.CANCEL),
    *_rows(_F, _I + _M, (Step.COMMITTED,), None, refusal=ReasonCode.LINK_CONTRADICTED),
    # The earmark: command and outcome are in one batch, but other inputs may come between.
    *_rows(_F, _M, (Step.EARMARK,), Phase.EARMARKING, LegCommand.EARMARK, when=When.NO_OBSTACLE),
    *_rows(
        _F,
        _M,
        (Step.EARMARK,),
        Phase.REFUSED,
        LegCommand.CANCEL,
        _REFUSED,
        when=When.LASTING_OBSTACLE,
    ),
    *_rows(_F, _M, (Step.EARMARK,), None, _NOT_READY),
    *_rows(_F, _E, (Occurrence.LEG_EARMARKED,), Phase.PREPARED, _PREPARED),
    *_rows(_F, _E, (Occurrence.LEG_NOT_EARMARKED,), Phase.MATCHED, _NOT_READY),
    # In doubt: only the decider's record ends it, never a timer.
    *_rows(_F, (Phase.PREPARED,), (Step.EARMARK, Step.MATCH, Occurrence.REPEAT), None, _PREPARED),
    *_rows(
        _F,
        (Phase.PREPARED,),
        (Step.COMMITTED,),
        Phase.COMPLETED,
        LegCommand.COMPLETE,
        when=When.NO_OBSTACLE,
    ),
    *_rows(
        _F,
        (Phase.PREPARED,),
        _NO_COMMIT,
        Phase.RELEASED,
        LegCommand.RELEASE,
        when=When.NO_OBSTACLE,
    ),
    *_rows(
        _F,
        (Phase.PREPARED,),
        (Step.COMMITTED, *_NO_COMMIT),
        None,
        refusal=ReasonCode.DAY_NOT_OPEN,
    ),
    *_rows(
        _F,
        (*_E, Phase.PREPARED),
        (Occurrence.CANCELLATION,),
        None,
        refusal=ReasonCode.LINK_BEING_DECIDED,
    ),
    # After the end.
    *_rows(_F, (Phase.COMPLETED,), (Step.COMMITTED,), None),
    *_rows(_F, (Phase.COMPLETED,), _NO_COMMIT, None, refusal=ReasonCode.LINK_CONTRADICTED),
    *_rows(_F, (Phase.RELEASED, Phase.REFUSED), _NO_COMMIT, None),
    *_rows(
        _F,
        (Phase.RELEASED, Phase.REFUSED),
        (Step.COMMITTED,),
        None,
        refusal=ReasonCode.LINK_CONTRADICTED,
    ),
    *_rows(_F, (Phase.REFUSED,), (Step.MATCH, Step.EARMARK), None, _REFUSED),
)

#: All transitions; an input without a row is refused.
TABLE: Final[tuple[Row, ...]] = (*_DECIDER, *_FOLLOWER)
