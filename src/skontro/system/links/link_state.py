"""A link in the record of one system, and the inputs that change it."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

import attrs

from skontro.model import InputError, ReasonCode
from skontro.system.links.phases import ENDED, Occurrence, Phase, Role
from skontro.system.links.statements import WITH_DECIDE_BY, WITH_REASON, Statement, Step
from skontro.system.links.terms import LinkLeg, LinkTerms

_WITH_REASON: Final = (
    *WITH_REASON,
    Occurrence.LEG_NOT_READY,
    Occurrence.LEG_NOT_EARMARKED,
)


@attrs.frozen
class LinkInput:
    """An input to a link, in a batch of the own record.

    Attributes:
        cause: a fact of the own system, or the step that a peer states.
        batch, time: number and record time of the batch that has the input.
        sender: id of the peer; empty for the own system.
        terms: digest of the terms by the peer; empty for the own system.
        decide_by: by the peer's statement.
        reason: in a refusal, a leg that is not ready or not earmarked, and an abort.
        obstacle: why the own system would not ask for earmarks, earmark, or post now: cap,
            screening, contract, cut-off, a closed day.

    Raises:
        InputError: a reason or decide-by is missing where the cause needs one.
    """

    cause: Step | Occurrence
    batch: int
    time: int
    sender: str = ""
    terms: str = ""
    decide_by: int | None = None
    reason: ReasonCode = ReasonCode.NONE
    obstacle: ReasonCode = ReasonCode.NONE

    def __attrs_post_init__(self) -> None:
        if self.cause in _WITH_REASON and self.reason == ReasonCode.NONE:
            raise InputError(f"reason: {self.cause} has one")
        if self.cause in WITH_DECIDE_BY and self.decide_by is None:
            raise InputError(f"decide_by: {self.cause} has one")

    @classmethod
    def of(
        cls, statement: Statement, batch: int, time: int, obstacle: ReasonCode = ReasonCode.NONE
    ) -> "LinkInput":
        """A statement of a peer, taken into a batch of the own record."""
        return cls(
            statement.step,
            batch,
            time,
            statement.sender,
            statement.terms,
            statement.decide_by,
            statement.reason,
            obstacle,
        )


@attrs.frozen(slots=False)
class LinkState:
    """A link in the record of one system.

        state = LinkState(terms, "UZ-RTGS")
        transition = advance(state, LinkInput(Occurrence.INSTRUCTION, batch, time))

    Attributes:
        terms: its terms.
        system: id of the own system.
        decide_within: microseconds from the request for earmarks to decide-by; only the decider's.
        phase: how far it has come.
        matched, ready, prepared: followers that have said so, in order of the legs.
        own_ready: whether the own leg would settle now.
        withdrawn: whether an own bank has asked the decider to end it.
        decide_by: last record time of the decider at which it may commit; None before it asks.
        reason: of an end without settlement.
        facts: batch and time of each step that this system has stated, in order of statement.
    """

    terms: LinkTerms
    system: str
    decide_within: int = 30_000_000
    phase: Phase = Phase.UNKNOWN
    matched: tuple[str, ...] = ()
    ready: tuple[str, ...] = ()
    prepared: tuple[str, ...] = ()
    own_ready: bool = False
    withdrawn: bool = False
    decide_by: int | None = None
    reason: ReasonCode = ReasonCode.NONE
    facts: tuple[tuple[Step, int, int], ...] = ()

    def changed(self, **changes: object) -> "LinkState":
        """The same link later: as `attrs.evolve`, several times as fast.

        Args:
            changes: fields other than `terms` and `system`.
        """
        made = object.__new__(LinkState)
        made.__dict__.update(self.__dict__, **changes)
        return made

    @cached_property
    def role(self) -> Role:
        """The part of this system in the link."""
        return Role.DECIDER if self.system == self.terms.decider else Role.FOLLOWER

    @property
    def legs(self) -> tuple[LinkLeg, ...]:
        """The own legs."""
        return self.terms.legs_of(self.system)

    @property
    def ended(self) -> bool:
        """Whether the link has ended in this system."""
        return self.phase in ENDED

    @property
    def in_doubt(self) -> bool:
        """Whether the own legs are earmarked and the decision is not known."""
        return self.phase == Phase.PREPARED

    def to_document(self) -> dict[str, Any]:
        """For a snapshot."""
        document = {field.name: getattr(self, field.name) for field in attrs.fields(LinkState)}
        return {
            **document,
            "terms": self.terms.to_document(),
            "phase": str(self.phase),
            "reason": self.reason.name,
            "facts": [[str(step), batch, time] for step, batch, time in self.facts],
            "matched": list(self.matched),
            "ready": list(self.ready),
            "prepared": list(self.prepared),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "LinkState":
        """The inverse of `to_document`."""
        return cls(
            **{
                **document,
                "terms": LinkTerms.from_document(document["terms"]),
                "phase": Phase(document["phase"]),
                "reason": ReasonCode[document["reason"]],
                "facts": tuple(
                    (Step(step), batch, time) for step, batch, time in document["facts"]
                ),
                "matched": tuple(document["matched"]),
                "ready": tuple(document["ready"]),
                "prepared": tuple(document["prepared"]),
            }
        )
