"""Four-eyes control: a proposal takes effect when another person of the same side approves it.

An approval names the hash of the document that was shown, so it cannot be turned to another
action. Proposals lapse; each side has its own limit of open ones.
"""

import json
from collections.abc import Callable
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

import attrs

from skontro.model import InputError, ReasonCode
from skontro.model.text import canonical_text
from skontro.system.action import Action, given
from skontro.system.document_text import document_hash

#: The side of the operator's people; a participant's side is its BIC.
OPERATOR: Final = "operator"

#: Microseconds from a proposal to its lapse.
PROPOSAL_LIFETIME: Final = 24 * 60 * 60 * 1_000_000

#: Most open proposals of a participant and of one of its people; and of the operator.
MAX_OF_PARTICIPANT, MAX_OF_PARTICIPANTS_PERSON = 20, 10
MAX_OF_OPERATOR, MAX_OF_OPERATORS_PERSON = 100, 25

#: How many lapsed proposals are remembered; older ones are reported as decided.
_LAPSED_REMEMBERED: Final = 1_000


class TooManyProposals(InputError):  # noqa: N818  the fact is the name
    """The side or the person has too many open proposals; nothing is recorded."""


@attrs.frozen
class Person:
    """A person by name, and the side: a BIC or `OPERATOR`."""

    name: str
    side: str


class NotPermitted(InputError):  # noqa: N818  the fact is the name
    """The person has no right to act, or no longer; nothing is recorded."""


class DecisionKind(StrEnum):
    """Kinds of decision about an action."""

    PROPOSE = "propose"
    APPROVE = "approve"
    REJECT = "reject"
    REVOKE = "revoke"  # one person alone; only removes a key or a person
    ACT = "act"  # one person alone, in a case; moves no money


@attrs.frozen
class Decision:
    """The decision of one person.

    Attributes:
        kind: kind of the decision.
        person: the decider.
        action: proposed, or taken alone.
        proposal: number of the proposal decided.
        hash: hash of the approved document, hexadecimal.
    """

    kind: DecisionKind = attrs.field(converter=DecisionKind)
    person: Person
    action: Action | None = None
    proposal: int | None = None
    hash: str | None = None

    def to_json(self) -> str:
        """The decision as text, the same for equal decisions."""
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
    """An action awaiting a second person.

    Attributes:
        number: 0, 1, 2 … in order of proposal.
        person: the proposer.
        action: takes effect on approval.
        proposed_at, lapses_at: timestamps.
        shown: the document for the approver, as canonical text.
    """

    number: int
    person: Person
    action: Action
    proposed_at: int
    lapses_at: int
    shown: str

    @cached_property
    def hash(self) -> str:
        """The hash that an approval names."""
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
    """The open proposals, and actions agreed for a later day.

    Attributes:
        open: proposals awaiting a second person, by number.
        agreed: agreed proposals whose date has not come.
        count: proposals made so far, and the number of the next one.
    """

    def __init__(self) -> None:
        self.open: tuple[Proposal, ...] = ()
        self.agreed: tuple[Proposal, ...] = ()
        self.count = 0
        self._lapsed: list[int] = []

    def refuse_too_many(self, person: Person, time: int) -> None:
        """Enforce the limits of open proposals, of the side and of each person.

        Raises:
            TooManyProposals: the side, or this person of it, has reached its limit.
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
        """Record a proposal with the number `count`."""
        self.open = (*self.open, proposal)
        self.count += 1

    def decide(self, decision: Decision) -> tuple[Proposal | None, ReasonCode]:
        """Close a proposal.

        Returns:
            The approved proposal or None, and the reason of a refusal or `NONE`.
        """
        proposal = next((one for one in self.open if one.number == decision.proposal), None)
        if proposal is None:
            return None, self._why_not_open(decision.proposal)
        own = proposal.person.side == decision.person.side
        approves = decision.kind == DecisionKind.APPROVE
        if not own and decision.person.side != OPERATOR:
            # Proposals of one participant are not disclosed to another.
            return None, ReasonCode.PROPOSAL_UNKNOWN
        if approves and (not own or proposal.person == decision.person):
            return None, ReasonCode.SECOND_PERSON_NEEDED
        if approves and decision.hash != proposal.hash:
            return None, ReasonCode.HASH_DIFFERS
        self.take_out(proposal)
        return (proposal if approves else None), ReasonCode.NONE

    def _why_not_open(self, number: int | None) -> ReasonCode:
        if number is None or not 0 <= number < self.count:
            return ReasonCode.PROPOSAL_UNKNOWN
        lapsed = number in self._lapsed
        return ReasonCode.PROPOSAL_LAPSED if lapsed else ReasonCode.PROPOSAL_DECIDED

    def take_out(self, proposal: Proposal) -> None:
        """Remove a proposal from the open ones."""
        self.open = tuple(one for one in self.open if one.number != proposal.number)

    def put_by(self, proposal: Proposal) -> None:
        """Keep an agreed proposal until its date."""
        self.agreed = (*self.agreed, proposal)

    def take_due(self, date: str) -> tuple[Proposal, ...]:
        """Take the agreed proposals whose date has come, in order of agreement."""
        due = tuple(one for one in self.agreed if given(one.action.effective_on) <= date)
        self.agreed = tuple(one for one in self.agreed if one not in due)
        return due

    def withdraw_agreed(self, number: int) -> None:
        """Withdraw an agreed action before it takes effect."""
        self.agreed = tuple(one for one in self.agreed if one.number != number)

    def lapse_at(self, time: int) -> None:
        """Lapse the proposals whose time is over."""
        self._lapse(tuple(one for one in self.open if one.lapses_at <= time))

    def lapse_of_side(self, side: str) -> None:
        """Lapse all proposals of a side."""
        self._lapse(tuple(one for one in self.open if one.person.side == side))

    def lapse_unless(self, may_decide: Callable[[Person], bool]) -> None:
        """Lapse the proposals of people who may no longer decide."""
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
