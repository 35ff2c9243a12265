"""Evidence that a system has signed two records: checked at the edge, by `verify`, and offline."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skontro.ledger.link_proof import CheckedProof, LinkProof
from skontro.model import InputError
from skontro.system.links.peer_records import Fork


def contradict(one: CheckedProof, other: CheckedProof) -> bool:
    """Whether two batches cannot be of one record.

    They have the same number and other hashes; or one follows the other and names another batch
    before it.
    """
    first, second = (one, other) if one.batch <= other.batch else (other, one)
    if first.batch == second.batch:
        return first.hash != second.hash
    return second.batch == first.batch + 1 and second.previous_hash != first.hash


def check_fork(fork: Fork, key: Ed25519PublicKey) -> tuple[CheckedProof, CheckedProof]:
    """Check the evidence of a fork, and return what both proofs show.

    Args:
        fork: from an unchecked source.
        key: of the system that it is about, from its contract.

    Raises:
        InputError: a proof is malformed, or not signed with the key, or they do not contradict.

    Example:
        >>> first, second = check_fork(fork, public_key(contract.side("KG-RTGS").public_key))
        >>> first.batch == second.batch and first.hash != second.hash
        True
    """
    first, second = (LinkProof.from_document(one).check(key) for one in (fork.first, fork.second))
    if not contradict(first, second):
        raise InputError(
            f"fork: batches {first.batch} and {second.batch} may be of one record of {fork.peer}"
        )
    return first, second
