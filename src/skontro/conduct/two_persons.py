"""Control by two persons: what one proposes takes effect when another of its side approves."""

import json
from enum import StrEnum
from typing import Final

import attrs

from skontro.model import InputError, ReasonCode

#: The side of the operator's persons; a participant's are on the side of its BIC.
OPERATOR: Final = "operator"

#: Proposals that may be open at one time, all sides together.
MOST_OPEN_PROPOSALS: Final = 1_000


class ActionKind(StrEnum):
    """What takes two persons."""

    SET_CREDIT_LINE = "set_credit_line"
    SET_NET_SENDER_LIMIT = "set_net_sender_limit"
    SET_BILATERAL_LIMIT = "set_bilateral_limit"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    SUSPEND = "suspend"
    RESUME = "resume"
    EXTEND = "extend"
    OFFSET = "offset"
    CANCEL = "cancel"


#: What participants' own persons may decide, each pair for its own participant's accounts.
OF_PARTICIPANTS: Final = (ActionKind.SET_NET_SENDER_LIMIT, ActionKind.SET_BILATERAL_LIMIT)


@attrs.frozen
class Action:
    """Something that takes two persons; what its kind does not use stays None.

    Attributes:
        kind: what is to be done.
        account, counterparty: account numbers.
        amount: minor units; `NO_LIMIT` ends a limit.
        participant: BIC (suspend, resume).
        step, currency, until: which hour is extended, of which currency, to which timestamp.
        algorithm: number of an `Algorithm` (offset).
        order: number of an order (cancel).
    """

    kind: ActionKind = attrs.field(converter=ActionKind)
    account: int | None = None
    counterparty: int | None = None
    amount: int | None = None
    participant: str | None = None
    step: str | None = None
    currency: str | None = None
    until: int | None = None
    algorithm: int | None = None
    order: int | None = None


@attrs.frozen
class Person:
    """Who acts, by name, and for whom: a BIC or `OPERATOR`."""

    name: str
    side: str


class ActKind(StrEnum):
    """What a person can do about an action."""

    PROPOSE = "propose"
    APPROVE = "approve"
    REJECT = "reject"


@attrs.frozen
class Act:
    """What a person did; the proposal's number, or the action that is proposed."""

    kind: ActKind = attrs.field(converter=ActKind)
    person: Person
    action: Action | None = None
    proposal: int | None = None

    def to_json(self) -> str:
        """The act as text, the same for equal acts."""
        fields = attrs.asdict(self, filter=lambda _, value: value is not None)
        return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Act":
        """The inverse of `to_json`."""
        fields = json.loads(text)
        action = fields.get("action")
        return cls(
            kind=fields["kind"],
            person=Person(**fields["person"]),
            action=None if action is None else Action(**action),
            proposal=fields.get("proposal"),
        )


@attrs.frozen
class Proposal:
    """An action that waits for a second person."""

    number: int
    person: Person
    action: Action
    proposed_at: int


class TwoPersons:
    """The open proposals; nothing takes effect that did not pass here."""

    def __init__(self) -> None:
        self.proposals: dict[int, Proposal] = {}
        self.count = 0

    def handle(self, act: Act, time: int) -> tuple[Action | None, ReasonCode]:
        """Take an act down.

        Returns:
            The action that takes effect now, if any, and why the act is refused, if it is.

        Raises:
            InputError: too many proposals are open, or the act is incomplete.
        """
        if act.kind == ActKind.PROPOSE:
            if act.action is None:
                raise InputError("a proposal needs an action")
            if len(self.proposals) >= MOST_OPEN_PROPOSALS:
                raise InputError(
                    f"{MOST_OPEN_PROPOSALS} proposals are open; decide some of them first"
                )
            self.proposals[self.count] = Proposal(self.count, act.person, act.action, time)
            self.count += 1
            return None, ReasonCode.NONE
        return self._decide(act)

    def _decide(self, act: Act) -> tuple[Action | None, ReasonCode]:
        number = -1 if act.proposal is None else act.proposal
        proposal = self.proposals.get(number)
        if proposal is None:
            known = 0 <= number < self.count
            return None, ReasonCode.PROPOSAL_DECIDED if known else ReasonCode.PROPOSAL_UNKNOWN
        if proposal.person.side != act.person.side:
            # Another side is not told that there is such a proposal.
            return None, ReasonCode.PROPOSAL_UNKNOWN
        if act.kind == ActKind.APPROVE and proposal.person.name == act.person.name:
            return None, ReasonCode.SECOND_PERSON_NEEDED
        del self.proposals[number]
        return (proposal.action if act.kind == ActKind.APPROVE else None), ReasonCode.NONE

    def to_document(self) -> dict[str, object]:
        """For a snapshot."""
        open_ones = [attrs.asdict(one) for one in self.proposals.values()]
        return {"count": self.count, "proposals": open_ones}

    @classmethod
    def from_document(cls, document: dict[str, object]) -> "TwoPersons":
        """The inverse of `to_document`."""
        restored = cls()
        count, proposals = document["count"], document["proposals"]
        if not isinstance(count, int) or not isinstance(proposals, list):
            raise InputError("snapshot: the open proposals cannot be read")
        restored.count = count
        for one in proposals:
            restored.proposals[one["number"]] = Proposal(
                one["number"], Person(**one["person"]), Action(**one["action"]), one["proposed_at"]
            )
        return restored
