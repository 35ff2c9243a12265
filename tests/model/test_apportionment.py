"""Largest remainders, against their definition."""

import doctest
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from skontro.model import apportionment
from skontro.model.apportionment import largest_remainder

WEIGHTS = st.lists(st.integers(0, 9) | st.integers(0, 10**20), max_size=12).filter(
    lambda weights: any(weights) or not weights
)


@given(st.integers(0, 10**20), WEIGHTS, st.integers(1, 7))
def test_parts_are_proportions_and_the_largest_remainders_get_the_rest(
    units: int, weights: list[int], scale: int
) -> None:
    parts = largest_remainder(units, weights)
    assert len(parts) == len(weights)
    if not weights:
        return
    assert sum(parts) == units
    proportions = [Fraction(units * weight, sum(weights)) for weight in weights]
    more = [part - int(exact) for part, exact in zip(parts, proportions, strict=True)]
    assert {*more} <= {0, 1}
    order = [(int(exact) - exact, place) for place, exact in enumerate(proportions)]
    assert sorted(order)[: sum(more)] == sorted(
        one for one, got in zip(order, more, strict=True) if got
    )
    assert largest_remainder(units, [Fraction(weight, scale) for weight in weights]) == parts


def test_the_example_of_the_docstring() -> None:
    assert doctest.testmod(apportionment) == (0, 1)
