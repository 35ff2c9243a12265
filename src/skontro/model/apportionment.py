"""Apportionment: whole units in proportion to weights."""

from collections.abc import Sequence
from fractions import Fraction


def largest_remainder(units: int, weights: Sequence[int] | Sequence[Fraction]) -> list[int]:
    """Whole parts of some units in proportion to weights, adding up to the units.

    The method of the largest remainder (Hamilton): each part is its proportion rounded down. The
    remaining units go to the largest remainders, one each, the earlier of equal ones first.

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
