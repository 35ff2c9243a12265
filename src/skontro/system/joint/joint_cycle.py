"""A netting cycle of several systems without an operator.

Problem. Banks of several systems owe each other amounts in several currencies. All systems must net
the same obligations to the same net payments, although none of them trusts another's arithmetic.

Method. Each system publishes the obligations that its own banks owe, under the root of a hash tree
that it signs. All systems compute the same cycle on the same bytes and compare the roots of their
results. If two roots differ, bisection over the roots of the first rows finds the first row that
differs. That row, computed again from the published obligations, shows who was wrong.

Bound. A comparison of two results of n rows takes at most log2(n) + 1 exchanges of one hash.

Source. Hash trees of RFC 6962; bisection of two computations as in refereed delegation (R. Canetti,
B. Riva, G. Rothblum: Refereed delegation of computation, Information and Computation 226, 2013).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs

from skontro.model import InputError, Netting
from skontro.model.hash_tree import LEAF_PREFIX, tree_levels
from skontro.model.net_amounts import net_payments


def _row_bytes(values: Sequence[object]) -> bytes:
    """A row as canonical JSON."""
    return json.dumps(list(values), separators=(",", ":"), ensure_ascii=False).encode()


def _levels(rows: Iterable[bytes]) -> tuple[bytes, ...]:
    leaves = b"".join(hashlib.sha256(LEAF_PREFIX + row).digest() for row in rows)
    return tree_levels(leaves)


@attrs.frozen(order=True)
class JointObligation:
    """An amount that a bank of one system owes a bank of another.

    Attributes:
        currency: ISO 4217 code.
        debtor_system, debtor: system and BIC of the debtor.
        creditor_system, creditor: of the creditor.
        amount: minor units.
        reference: UETR of the order.
    """

    currency: str
    debtor_system: str
    debtor: str
    creditor_system: str
    creditor: str
    amount: int
    reference: str

    def __attrs_post_init__(self) -> None:
        if self.debtor_system == self.creditor_system:
            raise InputError(f"{self.reference}: both banks are of {self.debtor_system}")
        if self.amount <= 0:
            raise InputError(f"{self.reference}: amount {self.amount} is not above zero")

    def to_bytes(self) -> bytes:
        """The row as it is hashed."""
        return _row_bytes(attrs.astuple(self))


@attrs.frozen(order=True)
class JointAccount:
    """An account at the publishing system, through which a member pays and receives.

    Attributes:
        currency: ISO 4217 code.
        member: identifier of the system that uses it; the publishing system itself has one too.
        bic: of its holder.
    """

    currency: str
    member: str
    bic: str


@attrs.frozen(order=True)
class NamedContract:
    """The digest of the contract between the publishing system and another member, hexadecimal."""

    member: str
    digest: str


def _sorted(rows: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(rows))


@attrs.frozen(slots=False)
class Publication:
    """The obligations of one system in one cycle; the system signs `root`.

        Publication("2026-11-27/1", "KZ-RTGS", obligations).root

    Attributes:
        cycle: identifier of the cycle, the same in all systems.
        system: identifier of the system, whose banks are the debtors.
        obligations: in their order of currency, parties, amount and reference.
        accounts: at this system, of the members that pay and receive its currencies.
        contracts: with other members.

    Raises:
        InputError: a debtor is of another system, or a reference, account or contract occurs twice.
    """

    cycle: str
    system: str
    obligations: tuple[JointObligation, ...] = attrs.field(converter=_sorted)
    accounts: tuple[JointAccount, ...] = attrs.field(default=(), converter=_sorted)
    contracts: tuple[NamedContract, ...] = attrs.field(default=(), converter=_sorted)

    def __attrs_post_init__(self) -> None:
        for one in self.obligations:
            if one.debtor_system != self.system:
                raise InputError(
                    f"{one.reference}: {self.system} publishes an obligation of {one.debtor_system}"
                )
        references = [one.reference for one in self.obligations]
        if len({*references}) < len(references):
            twice = next(one for one in references if references.count(one) > 1)
            raise InputError(f"{twice}: {self.system} publishes the obligation twice")
        for name, keys in (
            ("account", [(one.currency, one.member) for one in self.accounts]),
            ("contract", [one.member for one in self.contracts]),
        ):
            if len({*keys}) < len(keys):
                raise InputError(f"{self.system} publishes two {name}s of one member")

    @cached_property
    def root(self) -> bytes:
        """The root over cycle, system, accounts, contracts and all obligations."""
        accounts = [attrs.astuple(one) for one in self.accounts]
        contracts = [attrs.astuple(one) for one in self.contracts]
        count = len(self.obligations)
        head = _row_bytes((self.cycle, self.system, count, accounts, contracts))
        return _levels([head, *(one.to_bytes() for one in self.obligations)])[-1]


@attrs.frozen(order=True)
class NetPayment:
    """A payment of the cycle's result, from one system to another.

    Attributes:
        currency: ISO 4217 code.
        payer, payee: identifiers of systems.
        amount: minor units.
    """

    currency: str
    payer: str
    payee: str
    amount: int

    def to_bytes(self) -> bytes:
        """The row as it is hashed."""
        return _row_bytes(attrs.astuple(self))


@attrs.frozen(slots=False)
class JointResult:
    """The net payments of a cycle, in their order, under one root.

    Attributes:
        cycle: identifier of the cycle.
        roots: root of each publication, by system, in order.
        payments: the net payments.
    """

    cycle: str
    roots: tuple[tuple[str, bytes], ...]
    payments: tuple[NetPayment, ...]

    @property
    def rows(self) -> list[bytes]:
        """The hashed rows: one for the inputs, then one for each payment."""
        roots = [[system, root.hex()] for system, root in self.roots]
        return [_row_bytes((self.cycle, roots)), *(one.to_bytes() for one in self.payments)]

    @cached_property
    def root(self) -> bytes:
        """The root that all members must have."""
        return self.prefix_root(len(self.rows))

    def prefix_root(self, rows: int) -> bytes:
        """The root over the first rows alone, in answer to a member that looks for a difference."""
        return _levels(self.rows[:rows])[-1]


def net_jointly(
    publications: Iterable[Publication], netting: Netting = Netting.MULTILATERAL
) -> JointResult:
    """The net payments between systems, by currency.

    Obligations towards a system without a publication are left out: see `left_out`.

    Args:
        publications: one of each participating member, with all its obligations.
        netting: of each currency.

    Raises:
        InputError: the publications are of several cycles, or two of one system.

    Example:
        >>> owed = JointObligation("KZT", "KZ", "AAAAKZKA", "KG", "BBBBKG22", 70, "r1")
        >>> back = JointObligation("KZT", "KG", "BBBBKG22", "KZ", "AAAAKZKA", 30, "r2")
        >>> net_jointly([Publication("1", "KZ", [owed]), Publication("1", "KG", [back])]).payments
        (NetPayment(currency='KZT', payer='KZ', payee='KG', amount=40),)
    """
    members = sorted(publications, key=lambda one: one.system)
    systems, cycles = [one.system for one in members], {one.cycle for one in members}
    if len({*systems}) < len(systems):
        raise InputError("a joint cycle has one publication of each system")
    if len(cycles) != 1:
        raise InputError(f"publications of {len(cycles)} cycles instead of one")
    owed: dict[str, list[tuple[str, str, int]]] = {}
    for member in members:
        for one in member.obligations:
            if one.creditor_system not in systems:
                continue
            pair = (one.debtor_system, one.creditor_system, one.amount)
            owed.setdefault(one.currency, []).append(pair)
    payments = [
        NetPayment(currency, payer, payee, amount)
        for currency in sorted(owed)
        for payer, payee, amount in net_payments(owed[currency], netting)
    ]
    roots = tuple((one.system, one.root) for one in members)
    return JointResult(members[0].cycle, roots, tuple(sorted(payments)))


def left_out(publications: Iterable[Publication]) -> tuple[JointObligation, ...]:
    """Obligations towards systems that take no part; they wait for a later cycle."""
    members = list(publications)
    systems = {one.system for one in members}
    owed = (one for member in members for one in member.obligations)
    return tuple(sorted(one for one in owed if one.creditor_system not in systems))


def first_difference(
    own: JointResult, rows: int, prefix_root: Callable[[int], bytes]
) -> int | None:
    """The index of the first row in which another member's result differs; None if none does.

    Args:
        own: the own result.
        rows: number of rows of the other result, 1 at least.
        prefix_root: asks the other member, as `JointResult.prefix_root` answers.

    Returns:
        An index of `JointResult.rows`; if the results have different lengths and the shorter one is
        the beginning of the longer, its length.
    """
    same, differs = 0, min(rows, len(own.rows)) + 1
    # The first `same` rows are equal; the first `differs` are not, or there are not as many.
    while differs - same > 1:
        middle = (same + differs) // 2
        if own.prefix_root(middle) == prefix_root(middle):
            same = middle
        else:
            differs = middle
    return None if same == rows == len(own.rows) else same


def wrong_members(
    publications: Sequence[Publication], roots: Mapping[str, bytes], netting: Netting
) -> tuple[str, ...]:
    """The members whose signed result is not that of the signed inputs, in order.

    Args:
        publications: one of each member.
        roots: root of the result that each member signed, by system.
        netting: as agreed.
    """
    right = net_jointly(publications, netting).root
    return tuple(system for system in sorted(roots) if roots[system] != right)
