"""Hash trees over hashes of leaves (RFC 6962, section 2.1): levels, paths and root."""

import hashlib
from typing import Final

HASH_BYTES: Final = hashlib.sha256().digest_size

#: Hashed before a leaf; inner nodes have another, so that no leaf can pass for one.
LEAF_PREFIX: Final = b"\0"
_NODE: Final = b"\1"


def tree_levels(leaves: bytes) -> tuple[bytes, ...]:
    """All levels from the leaves' hashes to the root; each is its nodes, concatenated.

    Two neighbours make a node above them, and a node without a neighbour moves up unchanged. This
    is the tree of RFC 6962, which splits at the largest power of two below the number of leaves.
    The left part is complete, and the right part is the same kind of tree.
    """
    levels = [leaves]
    sha256, size = hashlib.sha256, 2 * HASH_BYTES
    while len(levels[-1]) > HASH_BYTES:
        below = levels[-1]
        end = len(below) // size * size
        nodes = [sha256(_NODE + below[at : at + size]).digest() for at in range(0, end, size)]
        levels.append(b"".join(nodes) + below[end:])
    return tuple(levels)


def root_of(leaves: bytes) -> bytes:
    """The root of the tree over leaves with these hashes."""
    return tree_levels(leaves)[-1] if leaves else hashlib.sha256(b"").digest()


def path_in(levels: tuple[bytes, ...], index: int) -> list[bytes]:
    """The audit path of a leaf, from which its root is computed (RFC 6962, section 2.1.1)."""
    path = []
    for level in levels[:-1]:
        other = (index ^ 1) * HASH_BYTES
        if other < len(level):
            path.append(level[other : other + HASH_BYTES])
        index >>= 1
    return path


def root_from_path(leaf: bytes, index: int, count: int, path: list[bytes]) -> bytes:
    """The root that a leaf and its path lead to (RFC 9162, section 2.1.3.2).

    Args:
        leaf: the request and its commands.
        index: index of the leaf.
        count: of all leaves.
        path: as `path_in` gives it.

    Raises:
        ValueError: the path does not fit the leaf, or there is no such leaf.
    """
    if not 0 <= index < count:
        raise ValueError(f"there is no leaf {index} among {count}")
    node, last, found = index, count - 1, hashlib.sha256(LEAF_PREFIX + leaf).digest()
    for other in path:
        if last == 0:
            raise ValueError("the path is too long")
        if node & 1 or node == last:
            found = hashlib.sha256(_NODE + other + found).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = hashlib.sha256(_NODE + found + other).digest()
        node, last = node >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return found
