"""The part of one system in a joint cycle: it hears, computes, compares, and names who is wrong.

All members hear the same signed documents in the end, in any order. So each comes to the same
result, or holds documents that show which member signed a wrong one.
"""

from collections.abc import Callable, Container
from enum import StrEnum
from typing import TypeAlias

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.model import InputError, Netting
from skontro.system.joint.joint_cycle import JointResult, first_difference, net_jointly
from skontro.system.joint.joint_documents import Keys, SignedPublication, SignedResult


@attrs.frozen
class JointCycle:
    """The terms of a cycle, agreed by its members before it.

    Attributes:
        identifier: the same in all systems.
        members: identifiers of the systems, in order.
        netting: of each currency.
        valid_until: timestamp; the link of the net payments does not settle later.
    """

    identifier: str
    members: tuple[str, ...]
    valid_until: int
    netting: Netting = Netting.MULTILATERAL

    def __attrs_post_init__(self) -> None:
        if len(self.members) < 2 or [*self.members] != sorted({*self.members}):
            raise InputError("joint cycle: it has two or more members, in order")


@attrs.frozen
class Contradiction:
    """Two signed documents of one member that cannot both be right."""

    first: SignedPublication | SignedResult
    second: SignedPublication | SignedResult


@attrs.frozen
class WrongResult:
    """A signed result that does not follow from the signed publications that it names."""

    result: SignedResult
    publications: tuple[SignedPublication, ...]


Evidence: TypeAlias = Contradiction | WrongResult


class Verdict(StrEnum):
    """The outcome of a comparison of another member's result with the own one."""

    AGREES = "agrees"
    INPUTS_DIFFER = "inputs_differ"  # one of the two lacks a publication: hand them on
    WRONG = "wrong"  # from the same inputs


def accused(evidence: Evidence, cycle: JointCycle, keys: Keys) -> str:
    """The member that evidence convicts; anyone can check it, with the keys of the contracts.

    Args:
        evidence: from an unchecked source.
        cycle: its terms.
        keys: of the members.

    Raises:
        InputError: it is no evidence against any member.

    Example:
        >>> accused(WrongResult(result, publications), cycle, keys)
        'UZ-RTGS'
    """
    if isinstance(evidence, Contradiction):
        for one in (evidence.first, evidence.second):
            _check(one, cycle, keys)
        if not _contradict(evidence.first, evidence.second):
            raise InputError("joint cycle: the two documents may both be right")
        return evidence.first.system
    _check(evidence.result, cycle, keys)
    for publication in evidence.publications:
        _check(publication, cycle, keys)
    right = net_jointly([one.publication for one in evidence.publications], cycle.netting)
    if right.roots != evidence.result.inputs:
        raise InputError("joint cycle: the publications are not those that the result names")
    if _is_of(evidence.result, right):
        raise InputError("joint cycle: the result is right")
    return evidence.result.system


def _check(one: SignedPublication | SignedResult, cycle: JointCycle, keys: Keys) -> None:
    """Check that a document is of a member, about this cycle, and signed."""
    of_cycle = one.cycle if isinstance(one, SignedResult) else one.publication.cycle
    if of_cycle != cycle.identifier:
        raise InputError(f"joint cycle: the document is of cycle {of_cycle}")
    if one.system not in cycle.members:
        raise InputError(f"joint cycle: {one.system} is no member")
    one.check(keys)


def _contradict(
    first: SignedPublication | SignedResult, second: SignedPublication | SignedResult
) -> bool:
    if first.system != second.system:
        return False
    if isinstance(first, SignedPublication) and isinstance(second, SignedPublication):
        return first.publication.root != second.publication.root
    if isinstance(first, SignedResult) and isinstance(second, SignedResult):
        same = first.inputs == second.inputs
        return same and (first.rows, first.root) != (second.rows, second.root)
    return False


def _is_of(signed: SignedResult, result: JointResult) -> bool:
    return (signed.rows, signed.root) == (len(result.rows), result.root)


class JointMember:
    """A system in a cycle; it reads no clock, and the caller decides when the cut-off has come.

        member = JointMember(cycle, "KZ-RTGS", keys)
        member.hear(own_publication)
        member.hear(publication_of_another)
        signed = member.sign(private_key)
        member.compare(result_of_another)  # Verdict.AGREES

    Args:
        cycle: its terms.
        system: identifier of the own system.
        keys: of all members.
        netted: system and reference of obligations that earlier cycles paid.

    Attributes:
        publications: those heard, by system; hand all of them on.
        results: signed results heard, by system; the last of each.
        evidence: of each member that was found wrong, the first.
    """

    def __init__(
        self,
        cycle: JointCycle,
        system: str,
        keys: Keys,
        netted: Container[tuple[str, str]] = (),
    ) -> None:
        if system not in cycle.members:
            raise InputError(f"joint cycle: {system} is no member")
        self.cycle, self.system, self._keys = cycle, system, keys
        self._netted = netted
        self.publications: dict[str, SignedPublication] = {}
        self.results: dict[str, SignedResult] = {}
        self.evidence: dict[str, Evidence] = {}

    def hear(self, signed: SignedPublication) -> None:
        """Take a publication from any member; a second, different one is evidence.

        Raises:
            InputError: it is not signed by a member, is of another cycle, or has an obligation
                that an earlier cycle paid.
        """
        _check(signed, self.cycle, self._keys)
        for one in signed.publication.obligations:
            if (signed.system, one.reference) in self._netted:
                raise InputError(f"{one.reference}: an earlier cycle paid the obligation")
        known = self.publications.setdefault(signed.system, signed)
        if _contradict(known, signed):
            self.evidence.setdefault(signed.system, Contradiction(known, signed))

    def hear_evidence(self, evidence: Evidence) -> str:
        """Take evidence that another member found; the convicted member takes no part any more.

        Raises:
            InputError: it is no evidence against any member.
        """
        system = accused(evidence, self.cycle, self._keys)
        self.evidence.setdefault(system, evidence)
        return system

    @property
    def silent(self) -> tuple[str, ...]:
        """Members without a publication: the cycle takes place without them."""
        return tuple(one for one in self.cycle.members if one not in self.publications)

    @property
    def taking_part(self) -> tuple[SignedPublication, ...]:
        """The publications that count: of members that are neither silent nor convicted."""
        return tuple(
            self.publications[one]
            for one in self.cycle.members
            if one in self.publications and one not in self.evidence
        )

    def result(self) -> JointResult:
        """The result of the publications that count.

        Raises:
            InputError: there are none.
        """
        return net_jointly([one.publication for one in self.taking_part], self.cycle.netting)

    def sign(self, key: Ed25519PrivateKey) -> SignedResult:
        """The own result, signed with the key of the own record."""
        signed = SignedResult.of(self.result(), self.system, key)
        self.results[self.system] = signed
        return signed

    def compare(self, signed: SignedResult) -> Verdict:
        """Compare another member's signed result with the own one; a wrong one is evidence.

        Raises:
            InputError: it is not signed by a member, or is of another cycle.
        """
        _check(signed, self.cycle, self._keys)
        known = self.results.get(signed.system, signed)
        if _contradict(known, signed):
            self.evidence.setdefault(signed.system, Contradiction(known, signed))
        self.results[signed.system] = signed
        own = self.result()
        if signed.inputs != own.roots:
            return self._compare_others(signed)
        if _is_of(signed, own):
            return Verdict.AGREES
        self.evidence.setdefault(signed.system, WrongResult(signed, self.taking_part))
        return Verdict.WRONG

    def _compare_others(self, signed: SignedResult) -> Verdict:
        """A result from other inputs is wrong too, if it does not follow from them."""
        named = [self.publications.get(system) for system, _ in signed.inputs]
        known = tuple(one for one in named if one is not None)
        if tuple((one.system, one.publication.root) for one in known) != signed.inputs or not known:
            return Verdict.INPUTS_DIFFER
        right = net_jointly([one.publication for one in known], self.cycle.netting)
        if _is_of(signed, right):
            return Verdict.INPUTS_DIFFER
        self.evidence.setdefault(signed.system, WrongResult(signed, known))
        return Verdict.WRONG

    def first_wrong_row(
        self, signed: SignedResult, prefix_root: Callable[[int], bytes]
    ) -> int | None:
        """The first row in which another member's result from the same inputs differs.

        Args:
            signed: its result.
            prefix_root: asks that member, as `JointResult.prefix_root` answers.

        Raises:
            InputError: its answers are not those of the root that it signed.
        """
        if prefix_root(signed.rows) != signed.root:
            raise InputError(f"joint cycle: {signed.system} answers for another result than signed")
        return first_difference(self.result(), signed.rows, prefix_root)

    @property
    def agreed(self) -> JointResult | None:
        """The result, once all members in it have signed it; None before."""
        own = self.result()
        signed = [self.results.get(one.system) for one in self.taking_part]
        same = all(
            one is not None and one.inputs == own.roots and _is_of(one, own) for one in signed
        )
        return own if same and self.system in {one.system for one in self.taking_part} else None
