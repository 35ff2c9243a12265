"""The mirror accounts of two verified records compared: money at home, abroad, and under way."""

from collections.abc import Iterator

from skontro.ledger.link_records import LinkRecord
from skontro.ledger.reconciled import Difference, Kind
from skontro.system.mirror.positions import MirrorPosition, mirror_positions


def compare_mirrors(one: LinkRecord, other: LinkRecord) -> list[Difference]:
    """Differences of the mirrors between two systems; for `reconcile`, as a further comparison.

    Where a record ends before a batch that the other has heard of, payments may be paid and not
    sent yet. The sums agree even then.

    Args:
        one, other: two verified records.
    """
    behind = _is_behind(one, other) or _is_behind(other, one)
    return [
        difference
        for position in mirror_positions(one.system, other.system)
        for difference in _differences(position, behind=behind)
    ]


def _is_behind(one: LinkRecord, other: LinkRecord) -> bool:
    """Whether a record has heard of a batch after the end of the other."""
    heard = (batch for batch in one.heard.values() if batch.peer == other.name)
    return any(other.hash_of(batch.batch) is None for batch in heard)


def _differences(position: MirrorPosition, *, behind: bool) -> Iterator[Difference]:
    systems = (position.home, position.abroad)
    if position.difference:
        yield Difference(Kind.MIRROR, systems, position.evidence)
    for payment in position.payments:
        if payment.problem and not behind:
            evidence = f"payment {payment.terms.uetr}: {payment.problem}"
            yield Difference(Kind.MIRROR, systems, evidence, payment.terms.uetr)
