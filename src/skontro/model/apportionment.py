"""Apportionment: whole units in proportion to weights."""

from collections.abc import Sequence
from fractions import Fraction


def largest_remainder(units: int, weights: Sequence[int] | Sequence[Fraction]) -> list[int]:
    """Parts of so many units in proportion to weights, which add up to the units.

    The method of the largest remainder (Hamilton): each gets its proportion rounded down; of the
    units that are left the largest remainders get one each, of equal ones the earlier first.

    Args:
        units: zero or more.
        weights: zero or more each, one of them above zero unless there are none.

    >>> largest_remainder(10, [1, 1, 1])
    [4, 3, 3]
    """
    total = sum(weights)
    shares = [divmod(units * weight, total) for weight in weights]
    parts = [int(share) for share, _ in shares]
    order = sorted(range(len(parts)), key=lambda place: (-shares[place][1], place))
    for place in order[: units - sum(parts)]:
        parts[place] += 1
    return parts
