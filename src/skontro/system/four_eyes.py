"""Control by two persons: what one proposes takes effect when another of its side approves it.

What a person approves is the hash of the document it was shown, so nobody can be made to approve
something else. Proposals lapse; each side has room of its own for them.
"""

import json
from collections.abc import Callable
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

import attrs

from skontro.model import InputError, ReasonCode
from skontro.system.action import Action, given
from skontro.system.document_text import canonical_text, document_hash

#: The side of the operator's persons; a participant's are on the side of its BIC.
OPERATOR: Final = "operator"

#: Microseconds from a proposal to its lapse.
PROPOSAL_LIFETIME: Final = 24 * 60 * 60 * 1_000_000

#: Proposals that a participant and one of its persons may have open; and the operator's.
MAX_OF_PARTICIPANT, MAX_OF_PARTICIPANTS_PERSON = 20, 10
MAX_OF_OPERATOR, MAX_OF_OPERATORS_PERSON = 100, 25

#: How many lapsed proposals are remembered as such; of older ones it is said that they are decided.
_LAPSED_REMEMBERED: Final = 1_000


class TooManyProposals(InputError):  # noqa: N818  the fact is the name
    """The side or the person has so many proposals open already; nothing is recorded of this."""


@attrs.frozen
class Person:
    """Who acts, by name, and for whom: a BIC or `OPERATOR`."""

    name: str
    side: str


class NotPermitted(InputError):  # noqa: N818  the fact is the name
    """The person may not act, or no longer; nothing is recorded of this."""


class DecisionKind(StrEnum):
    """What a person can do about an action."""

    PROPOSE = "propose"
    APPROVE = "approve"
    REJECT = "reject"
    REVOKE = "revoke"  # alone, what only takes a key or a person away


@attrs.frozen
class Decision:
    """What a person did.

    Attributes:
        kind: what.
        person: who.
        action: that is proposed, or done alone.
        proposal: number of the proposal that is decided.
        hash: of the document that is approved, hexadecimal.
    """

    kind: DecisionKind = attrs.field(converter=DecisionKind)
    person: Person
    action: Action | None = None
    proposal: int | None = None
    hash: str | None = None

    def to_json(self) -> str:
        """The act as text, the same for equal acts."""
        return canonical_text(attrs.asdict(self, filter=lambda _, value: value is not None))

    @classmethod
    def from_json(cls, text: str) -> "Decision":
        """The inverse of `to_json`."""
        fields = json.loads(text)
        action = fields.get("action")
        return cls(
            kind=fields["kind"],
            person=Person(**fields["person"]),
            action=None if action is None else Action(**action),
            proposal=fields.get("proposal"),
            hash=fields.get("hash"),
        )


@attrs.frozen(slots=False)
class Proposal:
    """An action that waits for a second person.

    Attributes:
        number: 0, 1, 2 … in the order in which they were made.
        person: who proposed it.
        action: what takes effect.
        proposed_at, lapses_at: timestamps.
        shown: the document that persons see, as canonical text.
    """

    number: int
    person: Person
    action: Action
    proposed_at: int
    lapses_at: int
    shown: str

    @cached_property
    def hash(self) -> str:
        """By which an approval names it."""
        return document_hash(self.shown)

    def to_document(self) -> dict[str, Any]:
        """For a snapshot."""
        return attrs.asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Proposal":
        """The inverse of `to_document`."""
        person, action = Person(**document["person"]), Action(**document["action"])
        return cls(**{**document, "person": person, "action": action})


class FourEyes:
    """The open proposals, and what was agreed on for a coming day.

    Attributes:
        open: proposals that wait for a second person, by number.
        agreed: proposals that two persons agreed on and whose date has not come.
        count: how many were ever made; the next one gets this number.
    """

    def __init__(self) -> None:
        self.open: tuple[Proposal, ...] = ()
        self.agreed: tuple[Proposal, ...] = ()
        self.count = 0
        self._lapsed: list[int] = []

    def refuse_too_many(self, person: Person, time: int) -> None:
        """Leave room to others of the side; sides never take each other's.

        Raises:
            TooManyProposals: the side, or this person of it, has no room left.
        """
        of_operator = person.side == OPERATOR
        most = MAX_OF_OPERATOR if of_operator else MAX_OF_PARTICIPANT
        most_each = MAX_OF_OPERATORS_PERSON if of_operator else MAX_OF_PARTICIPANTS_PERSON
        of_side = [
            one for one in self.open if one.person.side == person.side and one.lapses_at > time
        ]
        if sum(one.person == person for one in of_side) >= most_each:
            raise TooManyProposals(f"{most_each} proposals of this person are open: close some")
        if len(of_side) >= most:
            raise TooManyProposals(f"{most} proposals of this side are open: close some")

    def add(self, proposal: Proposal) -> None:
        """Take down a proposal with the number `count`."""
        self.open = (*self.open, proposal)
        self.count += 1

    def decide(self, act: Decision) -> tuple[Proposal | None, ReasonCode]:
        """Close a proposal.

        Returns:
            The proposal that is approved, if it is, and why the act is refused, if it is.
        """
        proposal = next((one for one in self.open if one.number == act.proposal), None)
        if proposal is None:
            return None, self._why_not_open(act.proposal)
        own, approves = proposal.person.side == act.person.side, act.kind == DecisionKind.APPROVE
        if not own and act.person.side != OPERATOR:
            # Another participant is not told that there is such a proposal.
            return None, ReasonCode.PROPOSAL_UNKNOWN
        if approves and (not own or proposal.person == act.person):
            return None, ReasonCode.SECOND_PERSON_NEEDED
        if approves and act.hash != proposal.hash:
            return None, ReasonCode.HASH_DIFFERS
        self.take_out(proposal)
        return (proposal if approves else None), ReasonCode.NONE

    def _why_not_open(self, number: int | None) -> ReasonCode:
        if number is None or not 0 <= number < self.count:
            return ReasonCode.PROPOSAL_UNKNOWN
        lapsed = number in self._lapsed
        return ReasonCode.PROPOSAL_LAPSED if lapsed else ReasonCode.PROPOSAL_DECIDED

    def take_out(self, proposal: Proposal) -> None:
        """It is no longer open."""
        self.open = tuple(one for one in self.open if one.number != proposal.number)

    def put_by(self, proposal: Proposal) -> None:
        """It is agreed on, and waits for its date."""
        self.agreed = (*self.agreed, proposal)

    def take_due(self, date: str) -> tuple[Proposal, ...]:
        """Those agreed on whose date has come, in the order in which they were agreed on."""
        due = tuple(one for one in self.agreed if given(one.action.effective_on) <= date)
        self.agreed = tuple(one for one in self.agreed if one not in due)
        return due

    def withdraw_agreed(self, number: int) -> None:
        """What was agreed on shall not take effect."""
        self.agreed = tuple(one for one in self.agreed if one.number != number)

    def lapse_at(self, time: int) -> None:
        """Let lapse what has waited too long."""
        self._lapse(tuple(one for one in self.open if one.lapses_at <= time))

    def lapse_of_side(self, side: str) -> None:
        """Let lapse all that a side has proposed."""
        self._lapse(tuple(one for one in self.open if one.person.side == side))

    def lapse_unless(self, may_decide: Callable[[Person], bool]) -> None:
        """Let lapse what persons have proposed who may no longer decide."""
        self._lapse(tuple(one for one in self.open if not may_decide(one.person)))

    def _lapse(self, proposals: tuple[Proposal, ...]) -> None:
        if proposals:
            self.open = tuple(one for one in self.open if one not in proposals)
            lapsed = [*self._lapsed, *(one.number for one in proposals)]
            self._lapsed = lapsed[-_LAPSED_REMEMBERED:]

    def to_document(self) -> dict[str, object]:
        """For a snapshot."""
        return {
            "count": self.count,
            "open": [one.to_document() for one in self.open],
            "agreed": [one.to_document() for one in self.agreed],
            "lapsed": self._lapsed,
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "FourEyes":
        """The inverse of `to_document`."""
        restored = cls()
        restored.count = int(document["count"])
        restored.open = tuple(Proposal.from_document(one) for one in document["open"])
        restored.agreed = tuple(Proposal.from_document(one) for one in document["agreed"])
        restored._lapsed = [int(number) for number in document["lapsed"]]
        return restored
