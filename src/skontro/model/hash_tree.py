"""Hash trees over hashes of leaves (RFC 6962, section 2.1): levels, paths and root."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
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


def joint_path(levels: tuple[bytes, ...], indices: Iterable[int]) -> list[bytes]:
    """The hashes by which several leaves lead to the root together; those of one are its path.

    They come level by level from the leaves up, and from left to right. Nodes that follow from the
    leaves are left out: all leaves together need none.

    Args:
        levels: by `tree_levels`.
        indices: of the leaves, each once, rising.

    Example:
        >>> joint_path(tree_levels(bytes(64)), [0, 1])
        []
    """
    path: list[bytes] = []
    known = [*indices]
    if len(known) * HASH_BYTES == len(levels[0]):
        return path
    for level in levels[:-1]:
        above: list[int] = []
        for node in known:
            if above and above[-1] == node >> 1:
                path.pop()  # this node itself: its neighbour on the left needed it
                continue
            above.append(node >> 1)
            other = (node ^ 1) * HASH_BYTES
            path.append(level[other : other + HASH_BYTES])
        known = above
    return [one for one in path if one]  # a node at the end of a level may have no neighbour


def root_from_joint_path(
    leaves: Sequence[tuple[int, bytes]], count: int, path: Sequence[bytes]
) -> bytes:
    """The root that several leaves and their joint path lead to.

    Args:
        leaves: index and content of each, the indices rising; one at least.
        count: of all leaves.
        path: as `joint_path` gives it.

    Raises:
        ValueError: the path does not fit the leaves, or there are no such leaves.
    """
    indices = [index for index, _ in leaves]
    if not leaves or any(one >= other for one, other in pairwise(indices)):
        raise ValueError("the leaves do not rise")
    if indices[0] < 0 or indices[-1] >= count:
        raise ValueError(f"there is no such leaf among {count}")
    sha256, others = hashlib.sha256, iter(path)
    nodes = [(index, sha256(LEAF_PREFIX + leaf).digest()) for index, leaf in leaves]
    if len(nodes) == count and not path:  # all of them: quicker, and the same
        return tree_levels(b"".join(found for _, found in nodes))[-1]
    while count > 1:
        above, at = list[tuple[int, bytes]](), 0
        while at < len(nodes):
            node, found = nodes[at]
            at += 1
            if node & 1:
                found = sha256(_NODE + _next(others) + found).digest()
            elif at < len(nodes) and nodes[at][0] == node + 1:
                found = sha256(_NODE + found + nodes[at][1]).digest()
                at += 1
            elif node + 1 < count:
                found = sha256(_NODE + found + _next(others)).digest()
            above.append((node >> 1, found))
        nodes, count = above, (count + 1) >> 1
    if next(others, None) is not None:
        raise ValueError("the path is too long")
    return nodes[0][1]


def _next(others: Iterator[bytes]) -> bytes:
    found = next(others, None)
    if found is None:
        raise ValueError("the path is too short")
    return found
