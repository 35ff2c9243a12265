"""The result of reconciling records: links with their outcomes, value in doubt, differences."""

from enum import StrEnum

import attrs

from skontro.ledger.link_records import Fact, Money
from skontro.system.links.phases import Phase
from skontro.system.links.terms import LinkTerms


class Outcome(StrEnum):
    """A link in all records together."""

    SETTLED = "settled"  # every leg is final
    ENDED = "ended"  # no leg is final, and none will be
    OPEN = "open"  # no money is locked
    IN_DOUBT = "in_doubt"  # money is earmarked that waits for the decision
    UNPROVED = "unproved"  # a record ends too early to tell
    CONTRADICTED = "contradicted"


class Kind(StrEnum):
    """Kind of a difference between records."""

    KEY = "key"  # a record is signed with another key than the contract names
    FORK = "fork"  # a peer signed two batches of one number
    BEHIND = "behind"  # a record ends before a batch that a peer has heard of
    TERMS = "terms"
    CONTRACT = "contract"
    MONEY = "money"  # it is not where the phase of the link says
    ATOMICITY = "atomicity"  # one leg is final, and another ended without settlement
    DECIDE_BY = "decide_by"
    EARMARKS = "earmarks"  # an account has more or less than its open earmarks
    MIRROR = "mirror"
    CYCLE = "cycle"  # two results of one joint cycle, or two ends


@attrs.frozen
class Difference:
    """A difference between records.

    Attributes:
        kind: of the difference.
        systems: identifiers of the systems that it is between, in order.
        link: UUID; empty where it is about no link.
        evidence: the figures of each record.
    """

    kind: Kind
    systems: tuple[str, ...]
    evidence: str
    link: str = ""


@attrs.frozen
class ReconciledLeg:
    """The legs of a link in one system.

    Attributes:
        system: its identifier.
        phase: of the link in its record.
        money: where its postings have left the money.
        prepared, decided: batches that first stated the earmark and the decision.
        locked: value of its earmarks by currency, minor units.
        age: microseconds of record time since the earmark; 0 where nothing is locked.
    """

    system: str
    phase: Phase
    money: Money
    prepared: Fact | None
    decided: Fact | None
    locked: tuple[tuple[str, int], ...]
    age: int


@attrs.frozen
class ReconciledLink:
    """A link in all records that have it.

    Attributes:
        terms: by the first record that has it.
        outcome: in all records together.
        legs: by system, in the order of the terms.
        absent: systems of the link whose records were not given.
    """

    terms: LinkTerms
    outcome: Outcome
    legs: tuple[ReconciledLeg, ...]
    absent: tuple[str, ...]


@attrs.frozen
class InDoubt:
    """Value in doubt in one system towards one decider.

    Attributes:
        system: that has the money locked.
        decider: whose decision it waits for.
        currency: ISO 4217 code.
        value: minor units.
        links: how many.
        oldest: microseconds of record time since the oldest of these earmarks.
    """

    system: str
    decider: str
    currency: str
    value: int
    links: int
    oldest: int


@attrs.frozen
class Reconciliation:
    """The result.

    Attributes:
        links: in order of the records and of instruction.
        differences: none if the records agree.
        proofs: number of batches of peers that were found in the peers' own records.
    """

    links: tuple[ReconciledLink, ...]
    differences: tuple[Difference, ...]
    proofs: int

    @property
    def agrees(self) -> bool:
        """Whether the records agree."""
        return not self.differences

    @property
    def only_behind(self) -> bool:
        """Whether nothing differs except that records end too early."""
        return {one.kind for one in self.differences} == {Kind.BEHIND}

    @property
    def counts(self) -> dict[Outcome, int]:
        """Number of links by outcome."""
        found = [link.outcome for link in self.links]
        return {outcome: found.count(outcome) for outcome in Outcome}

    @property
    def in_doubt(self) -> tuple[InDoubt, ...]:
        """Value in doubt by system, decider and currency, in order."""
        found: dict[tuple[str, str, str], InDoubt] = {}
        for link in self.links:
            for leg in link.legs:
                for currency, value in leg.locked:
                    key = (leg.system, link.terms.decider, currency)
                    before = found.get(key, InDoubt(*key, 0, 0, 0))
                    found[key] = InDoubt(
                        *key,
                        value=before.value + value,
                        links=before.links + 1,
                        oldest=max(before.oldest, leg.age),
                    )
        return tuple(found[key] for key in sorted(found))
