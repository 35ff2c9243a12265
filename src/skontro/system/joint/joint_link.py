"""The link that pays the net amounts of a joint cycle, the same in all systems.

Its identifier and the UETRs of its legs are derived from the root of the result. So the terms in
the record of a system show which result they pay, and two links cannot pay the same one.
"""

import hashlib
import uuid
from collections.abc import Iterable

from skontro.model import InputError
from skontro.system.joint.joint_cycle import JointResult, NetPayment, Publication
from skontro.system.links.terms import LinkLeg, LinkTerms


def derived_uuid(root: bytes, part: str) -> str:
    """A UUID of version 4 in form, from the root of a result and the part that it names.

    Example:
        >>> derived_uuid(bytes(32), "link")
        '3019d8a7-758b-4277-a4e7-c923348d8334'
    """
    digest = bytearray(hashlib.sha256(root + part.encode()).digest()[:16])
    digest[6], digest[8] = digest[6] & 0x0F | 0x40, digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


def joint_terms(
    result: JointResult, publications: Iterable[Publication], valid_until: int
) -> LinkTerms | None:
    """The terms of the link that pays a result; None if nothing is to pay.

    Each payment is a leg in the system that has accounts in its currency, between the accounts that
    it published. The first system, in their order, that has contracts with all others decides.

    Args:
        result: on which all members agree.
        publications: its inputs.
        valid_until: as agreed for the cycle.

    Raises:
        InputError: a payment has no accounts, no system has contracts with all others, or all
            payments are in one system, which then pays them by orders without a link.
    """
    by_system = {one.system: one for one in sorted(publications, key=lambda one: one.system)}
    legs: dict[str, list[LinkLeg]] = {}
    for place, payment in enumerate(result.payments):
        system, payer, payee = _accounts(by_system, payment)
        uetr = derived_uuid(result.root, f"leg {place}")
        leg = LinkLeg(system, uetr, payer, payee, payment.currency, payment.amount)
        legs.setdefault(system, []).append(leg)
    if not legs:
        return None
    systems = sorted(legs)
    if len(systems) == 1:
        raise InputError(f"joint cycle: all payments are in {systems[0]}; they need no link")
    decider, digests = _decider(by_system, systems)
    ordered = [decider, *(one for one in systems if one != decider)]
    return LinkTerms(
        derived_uuid(result.root, "link"),
        decider,
        tuple(_with_contract(leg, digests) for system in ordered for leg in legs[system]),
        valid_until,
    )


def _with_contract(leg: LinkLeg, digests: dict[str, str]) -> LinkLeg:
    fields = (leg.system, leg.uetr, leg.payer, leg.payee, leg.currency, leg.amount)
    return LinkLeg(*fields, digests.get(leg.system, ""))


def _accounts(by_system: dict[str, Publication], payment: NetPayment) -> tuple[str, str, str]:
    """The system of a payment, with the holders of the accounts of payer and payee there."""
    for system, publication in by_system.items():
        holders = {
            one.member: one.bic for one in publication.accounts if one.currency == payment.currency
        }
        if payment.payer in holders and payment.payee in holders:
            return system, holders[payment.payer], holders[payment.payee]
    raise InputError(
        f"joint cycle: no member has accounts in {payment.currency} for {payment.payer} and "
        f"{payment.payee}"
    )


def _decider(by_system: dict[str, Publication], systems: list[str]) -> tuple[str, dict[str, str]]:
    """The system that decides, with the digests of its contracts with the others."""
    for system in systems:
        contracts = {one.member: one.digest for one in by_system[system].contracts}
        others = [one for one in systems if one != system]
        if all(one in contracts for one in others):
            return system, {one: contracts[one] for one in others}
    raise InputError("joint cycle: no system has contracts with all others that pay")
