"""A joint cycle in the record of one member."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skontro.model import ReasonCode
from skontro.system.joint.agreement import CycleAgreement, read_agreement
from skontro.system.joint.joint_cycle import JointResult, NetPayment
from skontro.system.joint.joint_documents import SignedPublication, SignedResult
from skontro.system.joint.joint_member import (
    Contradiction,
    Evidence,
    JointCycle,
    JointMember,
    WrongResult,
)
from skontro.system.joint.joint_statements import JointDocument, read_joint_document
from skontro.system.links.terms import LinkTerms

_SECOND: Final = 1_000_000


class CyclePhase(StrEnum):
    """How far a cycle has come in this system."""

    COLLECTING = "collecting"  # publications come in
    COMPARING = "comparing"  # results are signed and compared
    PAYING = "paying"  # all agree, and the link is under way, or its decider is awaited
    PAID = "paid"
    NOT_PAID = "not_paid"  # all obligations wait for the next cycle


CYCLE_ENDED: Final = (CyclePhase.PAID, CyclePhase.NOT_PAID)


@attrs.frozen
class CycleEntry:
    """The batch with which a cycle came into a phase.

    Attributes:
        phase: the phase.
        batch, time: number and record time of the batch.
    """

    phase: CyclePhase
    batch: int
    time: int


@attrs.frozen(order=True)
class GrossAmount:
    """The obligations of the banks of one member to those of another, in one currency.

    Attributes:
        currency: ISO 4217 code.
        debtor, creditor: identifiers of the systems.
        count: number of obligations.
        amount: minor units, of all of them.
    """

    currency: str
    debtor: str
    creditor: str
    count: int
    amount: int


@attrs.frozen
class Search:
    """The search for the first row in which a convicted member's result differs.

    Attributes:
        result: the own result from the same inputs.
        same: number of first rows that are equal.
        differs: a number of first rows that are not equal, or not as many.
    """

    result: JointResult
    same: int
    differs: int

    @property
    def row(self) -> int | None:
        """Index of the first row that differs; None while it is not found."""
        return self.same if self.differs - self.same == 1 else None


@attrs.define
class CycleState:
    """A cycle in one system.

    Attributes:
        agreement: under which it takes place.
        system: identifier of this system.
        cut_off: timestamp.
        phase, reason: how far it has come here, and why it was not paid.
        handed_on: whether publications of others were handed on, because one was missing.
        instructed: whether the own part of its link was instructed.
        publications, results: signed documents heard, by system.
        evidence: documents that convict a member, by system.
        searches: for the wrong row of each convicted member.
        result: the own one, once it is computed.
        gross: obligations between the participating members.
        taking_part: identifiers of these members, once the result is computed.
        terms: of the link that pays it; None where nothing is to pay.
        history: its phases.
    """

    agreement: CycleAgreement
    system: str
    cut_off: int
    phase: CyclePhase = CyclePhase.COLLECTING
    reason: ReasonCode = ReasonCode.NONE
    handed_on: bool = False
    instructed: bool = False
    publications: dict[str, SignedPublication] = attrs.field(factory=dict)
    results: dict[str, SignedResult] = attrs.field(factory=dict)
    evidence: dict[str, tuple[JointDocument, ...]] = attrs.field(factory=dict)
    searches: dict[str, Search] = attrs.field(factory=dict)
    result: JointResult | None = None
    gross: tuple[GrossAmount, ...] = ()
    taking_part: tuple[str, ...] = ()
    terms: LinkTerms | None = None
    history: tuple[CycleEntry, ...] = ()

    @cached_property
    def cycle(self) -> JointCycle:
        """The terms of the cycle."""
        return self.agreement.cycle_at(self.cut_off)

    @property
    def identifier(self) -> str:
        """The identifier of the cycle, the same in all systems."""
        return self.cycle.identifier

    @property
    def others(self) -> tuple[str, ...]:
        """The other members."""
        return tuple(one for one in self.agreement.systems if one != self.system)

    @property
    def ended(self) -> bool:
        """Whether it is paid, or not paid for good."""
        return self.phase in CYCLE_ENDED

    @property
    def coordinator(self) -> str:
        """The member whose record says whether the cycle is paid: the decider of the link.

        Where nothing is to pay, the first participating member.
        """
        if self.terms is not None:
            return self.terms.decider
        return self.taking_part[0] if self.taking_part else ""

    @property
    def needs_signature(self) -> bool:
        """Whether a document of this system is not signed yet."""
        if self.phase == CyclePhase.COLLECTING:
            return self.system not in self.publications
        return self.phase == CyclePhase.COMPARING and self.system not in self.results

    @property
    def silent(self) -> tuple[str, ...]:
        """Members without a publication, once the result is computed."""
        heard = {*self.taking_part, *self.evidence}
        return tuple(one for one in self.agreement.systems if heard and one not in heard)

    @property
    def positions(self) -> dict[tuple[str, str], int]:
        """Net amount that each member receives, by currency and system, minor units."""
        net = Counter[tuple[str, str]]()
        for one in () if self.result is None else self.result.payments:
            net[one.currency, one.payer] -= one.amount
            net[one.currency, one.payee] += one.amount
        return {key: net[key] for key in sorted(net)}

    @property
    def has_own_legs(self) -> bool:
        """Whether this system settles a part of the link."""
        return self.terms is not None and self.system in self.terms.systems

    def after(self, times: int) -> int:
        """The time that is so many times `collect_within` after the cut-off."""
        return self.cut_off + times * self.agreement.collect_within * _SECOND

    @property
    def deadline(self) -> int | None:
        """The time after which the cycle continues without an input; None where it needs one."""
        if self.phase == CyclePhase.COLLECTING:
            return self.after(2 if self.handed_on else 1)
        if self.phase == CyclePhase.COMPARING:
            return self.after(3)
        waits = self.phase == CyclePhase.PAYING and self.has_own_legs and not self.instructed
        return self.cycle.valid_until if waits else None

    def member(
        self, keys: Mapping[str, Ed25519PublicKey], paid: Container[tuple[str, str]] = ()
    ) -> JointMember:
        """The part of this system in the cycle, which shares the documents.

        Args:
            keys: of the members.
            paid: system and reference of obligations that earlier cycles paid.
        """
        member = JointMember(self.cycle, self.system, keys, paid)
        member.publications, member.results = self.publications, self.results
        member.evidence = {name: _evidence(found) for name, found in self.evidence.items()}
        return member

    def take_result(self, result: JointResult) -> None:
        """Keep the own result, with the gross amounts that it nets."""
        self.result, self.taking_part = result, tuple(system for system, _ in result.roots)
        counts, amounts = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
        for name in self.taking_part:
            for one in self.publications[name].publication.obligations:
                if one.creditor_system in self.taking_part:
                    key = (one.currency, one.debtor_system, one.creditor_system)
                    counts[key] += 1
                    amounts[key] += one.amount
        self.gross = tuple(GrossAmount(*key, counts[key], amounts[key]) for key in sorted(counts))

    def enter(self, phase: CyclePhase, batch: int, time: int) -> None:
        """Come into a phase; documents of others are no longer needed after the end."""
        self.phase = phase
        self.history = (*self.history, CycleEntry(phase, batch, time))
        if self.ended:
            self.publications = {}

    def to_document(self) -> dict[str, Any]:
        """For a snapshot."""
        result = self.result
        return {
            "agreement": self.agreement.to_document(),
            "system": self.system,
            "cut_off": self.cut_off,
            "phase": str(self.phase),
            "reason": self.reason.name,
            "flags": [self.handed_on, self.instructed],
            "publications": [one.to_document() for one in self.publications.values()],
            "results": [one.to_document() for one in self.results.values()],
            "evidence": {
                name: [one.to_document() for one in found] for name, found in self.evidence.items()
            },
            "searches": {
                name: [_result_document(one.result), one.same, one.differs]
                for name, one in self.searches.items()
            },
            "result": None if result is None else _result_document(result),
            "gross": [attrs.astuple(one) for one in self.gross],
            "terms": None if self.terms is None else self.terms.to_document(),
            "history": [[str(one.phase), one.batch, one.time] for one in self.history],
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> CycleState:
        """The inverse of `to_document`."""
        agreement = read_agreement(document["agreement"])
        state = cls(agreement, document["system"], document["cut_off"])
        state.phase, state.reason = (
            CyclePhase(document["phase"]),
            ReasonCode[document["reason"]],
        )
        state.handed_on, state.instructed = document["flags"]
        published = map(SignedPublication.from_document, document["publications"])
        state.publications = {one.system: one for one in published}
        signed = map(SignedResult.from_document, document["results"])
        state.results = {one.system: one for one in signed}
        state.evidence = {
            name: tuple(read_joint_document(one) for one in found)
            for name, found in document["evidence"].items()
        }
        for name, (found, same, differs) in document["searches"].items():
            state.searches[name] = Search(_read_result(state.identifier, found), same, differs)
        result = document["result"]
        if result is not None:
            state.result = _read_result(state.identifier, result)
            state.taking_part = tuple(name for name, _ in state.result.roots)
        state.gross = tuple(GrossAmount(*one) for one in document["gross"])
        terms = document["terms"]
        state.terms = None if terms is None else LinkTerms.from_document(terms)
        state.history = tuple(
            CycleEntry(CyclePhase(phase), batch, time) for phase, batch, time in document["history"]
        )
        return state


def _result_document(result: JointResult) -> list[Any]:
    roots = [[name, root.hex()] for name, root in result.roots]
    return [roots, [attrs.astuple(one) for one in result.payments]]


def _read_result(cycle: str, document: list[Any]) -> JointResult:
    roots = tuple((name, bytes.fromhex(root)) for name, root in document[0])
    return JointResult(cycle, roots, tuple(NetPayment(*one) for one in document[1]))


def _evidence(found: tuple[JointDocument, ...]) -> Evidence:
    """Evidence as a member keeps it; its documents were checked before."""
    first, *rest = found
    if rest:
        return Contradiction(first, rest[0])
    if isinstance(first, SignedPublication):
        return Contradiction(first, first)
    return WrongResult(first, ())
