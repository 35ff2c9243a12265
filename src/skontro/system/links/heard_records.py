"""Taking what envelopes of peers tell of their records, before their statements are heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from skontro.system.links.peer_records import EarlierClaim

if TYPE_CHECKING:
    from skontro.system.links.link_batch import LinkInputs
    from skontro.system.settlement_system import SettlementSystem


def check_claims(system: SettlementSystem, given: LinkInputs) -> None:
    """Check that all inputs of a peer are of the latest claim of its record.

    Raises:
        EarlierClaim: one of them is of an earlier one.
    """
    latest: dict[str, int] = {}
    for peer, claim in given.claims:
        system.peer_records.check_claim(peer, claim)
        if latest.setdefault(peer, claim) != claim:
            raise EarlierClaim(f"claim: inputs of two claims of {peer} come together")


def take_heard(system: SettlementSystem, number: int, given: LinkInputs) -> None:
    """Take what is heard of the records of peers; two records of one peer suspend its links.

    Args:
        system: it is changed.
        number: number of the own batch.
        given: with claims that were checked.
    """
    records = system.peer_records
    for peer, claim in given.claims:
        records.take_claim(peer, claim)
    for proof in given.proofs:
        if proof.statements:
            records.take_head(proof.statements[0].sender, proof.document)
    for fork in given.forks:
        records.take_fork(attrs.evolve(fork, batch=number, claim=records.claim(fork.peer)))
        system.link_contracts.set_suspended(fork.peer, suspended=True)
