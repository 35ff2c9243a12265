"""Joint paths of several leaves in a hash tree, against the paths of single leaves."""

import hashlib
from itertools import combinations

import pytest

from skontro.model.hash_tree import (
    LEAF_PREFIX,
    joint_path,
    path_in,
    root_from_joint_path,
    tree_levels,
)

LEAVES = [f"leaf {number}".encode() for number in range(9)]


def levels_of(count: int) -> tuple[bytes, ...]:
    hashes = (hashlib.sha256(LEAF_PREFIX + leaf).digest() for leaf in LEAVES[:count])
    return tree_levels(b"".join(hashes))


def subsets(count: int) -> list[tuple[int, ...]]:
    return [one for size in range(1, count + 1) for one in combinations(range(count), size)]


@pytest.mark.parametrize("count", range(1, 10))
def test_any_leaves_lead_to_the_root_together(count: int) -> None:
    levels = levels_of(count)
    for indices in subsets(count):
        path = joint_path(levels, indices)
        leaves = [(index, LEAVES[index]) for index in indices]
        assert root_from_joint_path(leaves, count, path) == levels[-1]


@pytest.mark.parametrize("count", range(1, 10))
def test_the_path_of_one_leaf_is_its_audit_path_and_all_leaves_need_none(count: int) -> None:
    levels = levels_of(count)
    for index in range(count):
        assert joint_path(levels, [index]) == path_in(levels, index)
    assert joint_path(levels, range(count)) == []


def test_the_path_has_no_hash_that_follows_from_the_leaves() -> None:
    levels = levels_of(8)
    # Of 2, 3 and 5: the leaf 4, then both pairs at the ends.
    size = 32
    expected = [levels[0][4 * size : 5 * size], levels[1][:size], levels[1][3 * size :]]
    assert joint_path(levels, [2, 3, 5]) == expected


@pytest.mark.parametrize("indices", [(1,), (0, 2), (3, 4), (0, 1, 4)])
def test_another_leaf_place_or_hash_leads_to_another_root_or_to_none(
    indices: tuple[int, ...],
) -> None:
    levels = levels_of(5)
    path = joint_path(levels, indices)
    leaves = [(index, LEAVES[index]) for index in indices]
    for at in range(len(leaves)):
        changed = [*leaves[:at], (leaves[at][0], b"another"), *leaves[at + 1 :]]
        assert root_from_joint_path(changed, 5, path) != levels[-1]
    for at in range(len(path)):
        other = [*path[:at], bytes(32), *path[at + 1 :]]
        assert root_from_joint_path(leaves, 5, other) != levels[-1]
    with pytest.raises(ValueError, match="the path is too short"):
        root_from_joint_path(leaves, 5, path[:-1])
    with pytest.raises(ValueError, match="the path is too long"):
        root_from_joint_path(leaves, 5, [*path, bytes(32)])


@pytest.mark.parametrize(
    ("indices", "message"),
    [
        ((), "do not rise"),
        ((1, 1), "do not rise"),
        ((2, 1), "do not rise"),
        ((-1, 1), "no such leaf among 5"),
        ((1, 5), "no such leaf among 5"),
    ],
)
def test_leaves_that_are_not_there_are_refused(indices: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        root_from_joint_path([(one, b"") for one in indices], 5, [])
