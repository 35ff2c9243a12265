"""Student's intervals: the printed table, intervals by hand, and the ends of the range."""

import math
import statistics
from decimal import Decimal
from fractions import Fraction

import pytest

from skontro.statistics.mean_interval import mean_interval, student_quantile

#: Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, table 26.10: percentage points
#: of |t| at 0.5, 0.9, 0.95 and 0.99.
PRINTED = {
    1: (1.000, 6.314, 12.706, 63.657),
    2: (0.816, 2.920, 4.303, 9.925),
    3: (0.765, 2.353, 3.182, 5.841),
    4: (0.741, 2.132, 2.776, 4.604),
    5: (0.727, 2.015, 2.571, 4.032),
    10: (0.700, 1.812, 2.228, 3.169),
    29: (0.683, 1.699, 2.045, 2.756),
    120: (0.677, 1.658, 1.980, 2.617),
}
#: Student's own data of 1908: additional sleep of ten patients, second drug less first, in hours.
GAINED = ("1.2", "2.4", "1.3", "1.3", "0", "1", "1.8", "0.8", "4.6", "1.4")
CONFIDENCES = ("0.5", "0.9", "0.95", "0.99", "0.999999")


@pytest.mark.parametrize("freedom", PRINTED)
def test_quantiles_are_those_of_the_printed_table(freedom: int) -> None:
    found = [student_quantile(Decimal(text), freedom) for text in CONFIDENCES[:4]]
    assert found == pytest.approx(PRINTED[freedom], abs=0.00051)


def test_one_and_two_degrees_of_freedom_have_closed_forms() -> None:
    for text in CONFIDENCES:
        share = float(text)
        cauchy = math.tan(math.pi * share / 2)
        assert student_quantile(Decimal(text), 1) == pytest.approx(cauchy, rel=1e-9)
        two = share * math.sqrt(2 / (1 - share * share))
        assert student_quantile(Decimal(text), 2) == pytest.approx(two, rel=1e-9)


def test_the_interval_is_that_of_a_textbook() -> None:
    gained = [Fraction(text) for text in GAINED]
    interval = mean_interval(gained, Decimal("0.95"))
    assert interval.mean == Fraction("1.58")
    assert interval.figures == 10
    deviation = statistics.stdev(float(one) for one in gained)
    assert interval.half_width == pytest.approx(2.262157 * deviation / math.sqrt(10), rel=1e-6)
    assert (interval.low, interval.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-6)


def test_one_figure_has_no_interval_and_equal_ones_a_narrow_one() -> None:
    alone = mean_interval([Fraction(1, 3)], Decimal("0.95"))
    assert (alone.mean, alone.half_width, alone.figures) == (Fraction(1, 3), None, 1)
    assert alone.low is None
    assert alone.high is None
    same = mean_interval([Fraction(1, 3)] * 2, Decimal("0.95"))
    assert (same.half_width, same.figures) == (0.0, 2)
    assert same.low == same.high == 1 / 3


def test_more_confidence_is_wider_and_more_figures_narrower() -> None:
    few = [Fraction(0), Fraction(1)]
    widths = [mean_interval(few, Decimal(text)).half_width for text in CONFIDENCES]
    assert widths == sorted(widths)
    assert mean_interval(few, Decimal("0.5")).half_width == pytest.approx(0.5)
    assert mean_interval(few * 5, Decimal("0.5")).half_width == pytest.approx(
        student_quantile(Decimal("0.5"), 9) * math.sqrt(2.5 / 9 / 10)
    )
