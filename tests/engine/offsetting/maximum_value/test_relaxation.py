"""The bound that prices prove, against the same sum in fractions."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest

from skontro.engine.offsetting.maximum_value.cuts import Cuts, find_cuts
from skontro.engine.offsetting.maximum_value.relaxation import Relaxation
from skontro.engine.offsetting.maximum_value.rows import Table, make_table
from tests.engine.offsetting.maximum_value.test_maximum_value import problem_of


def exact_bound(
    table: Table, cuts: Cuts, price: list[float], worth: int, decided: list[int]
) -> tuple[int, Fraction]:
    """The power of two of the prices, and what the bound adds up at them, in fractions.

    Args:
        worth: what a unit of value counts, 1 or 0.
    """
    exponent = 0
    while max([1.0, *price]) * 2 ** (exponent + 1) < 2**51:
        exponent += 1
    whole = [min(round(Fraction(one) * 2**exponent), 2**52 - 1) for one in price]
    prices = [Fraction(one, 2**exponent) for one in whole]
    gain = [Fraction(value * worth) for value in table.value.tolist()]
    for start, columns, changes, first in (
        (table.row_start, table.row_column, table.row_change, 0),
        (cuts.start, cuts.column, cuts.change, len(table.capacity)),
    ):
        for row in range(len(start) - 1):
            for entry in range(start[row], start[row + 1]):
                gain[columns[entry]] -= int(changes[entry]) * prices[first + row]
    capacity = [*table.capacity.tolist(), *cuts.capacity.tolist()]
    bound = sum((r * p for r, p in zip(capacity, prices, strict=True)), Fraction(0))
    for one, answer in zip(gain, decided, strict=True):
        bound += one if answer == 1 or (answer == -1 and one > 0) else 0
    return exponent, bound


@pytest.mark.parametrize(
    "largest", [0.0, 1e-17, 0.3, 1.0, 1.5, 2.0, 1000.7, 2.0**50, 2.0**51, 3e17, 1e300]
)
def test_prices_bound_as_exactly_as_fractions(largest: float) -> None:
    table = make_table(problem_of([(0, 1, 10), (2, 0, 18), (1, 2, 5), (0, 2, 7)], [1, 0, 18]))
    cuts = find_cuts(table, np.array([1.0, 0.5, 0.0, 0.0]))
    assert len(cuts)
    relaxation = Relaxation(table)
    relaxation.add(cuts)
    price = [largest * part for part in (1.0, 0.0, 0.61, *[0.37] * len(cuts))]
    for worth in (0, 1):
        priced = relaxation.at_prices(np.array(price), with_value=worth == 1)
        for decided in ([-1, -1, -1, -1], [1, 0, -1, -1], [0, 0, 0, 0], [1, 1, 1, 1]):
            exponent, exact = exact_bound(table, cuts, price, worth, decided)
            answers = np.array(decided, np.int8)
            assert priced.exponent == exponent
            assert priced.scaled_bound(answers) == exact * 2**exponent
            assert priced.bound(answers) == floor(exact)

            bound = relaxation.bound(answers, np.array(price), with_value=worth == 1)
            assert bound == floor(exact)
