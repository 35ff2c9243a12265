"""Means of a few independent figures, with Student's confidence interval."""

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

import attrs

#: Halvings of an angle between 0 and a right one, after which a float changes no more.
_HALVINGS: Final = 60


@attrs.frozen
class MeanInterval:
    """A mean and how far the confidence interval reaches to either side of it.

    Attributes:
        mean: exact.
        half_width: in the unit of the mean; None with fewer than two figures.
        figures: how many there are.

    Example:
        >>> from decimal import Decimal
        >>> from fractions import Fraction
        >>> interval = mean_interval([Fraction(1), Fraction(2), Fraction(3)], Decimal("0.95"))
        >>> interval.mean, round(interval.half_width, 3)
        (Fraction(2, 1), 2.484)
    """

    mean: Fraction
    half_width: float | None
    figures: int

    @property
    def low(self) -> float | None:
        """The lower end."""
        return None if self.half_width is None else float(self.mean) - self.half_width

    @property
    def high(self) -> float | None:
        """The upper end."""
        return None if self.half_width is None else float(self.mean) + self.half_width


def mean_interval(figures: Sequence[Fraction], confidence: Decimal) -> MeanInterval:
    """The mean of figures, and its two-sided interval by Student's t distribution.

    The interval of the mean of n figures is t s / sqrt(n) to either side. Here s is their standard
    deviation with n - 1, and t the quantile with n - 1 degrees of freedom (Student, The Probable
    Error of a Mean, Biometrika 6, 1908). Given differences of pairs, it is the paired t interval.

    Args:
        figures: at least one; mean and variance are computed exactly.
        confidence: above 0 and below 1, such as 0.95.
    """
    number = len(figures)
    mean = sum(figures, Fraction()) / number
    if number == 1:
        return MeanInterval(mean, None, number)
    squares = sum(((figure - mean) ** 2 for figure in figures), Fraction())
    error = math.sqrt(squares / (number - 1) / number)
    return MeanInterval(mean, student_quantile(confidence, number - 1) * error, number)


def student_quantile(confidence: Decimal, freedom: int) -> float:
    """The t that |T| stays below with this probability.

    Args:
        confidence: above 0 and below 1.
        freedom: degrees of freedom, at least 1.

    Example:
        >>> from decimal import Decimal
        >>> round(student_quantile(Decimal("0.95"), 10), 3)
        2.228
    """
    wanted = float(confidence)
    low, high = 0.0, math.pi / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _probability_within(middle, freedom) < wanted:
            low = middle
        else:
            high = middle
    return math.sqrt(freedom) * math.tan(low)


def _probability_within(angle: float, freedom: int) -> float:
    """P(|T| < sqrt(freedom) tan(angle)).

    A finite sum for whole degrees of freedom: Abramowitz and Stegun, Handbook of Mathematical
    Functions, 1964, 26.7.3 for odd and 26.7.4 for even ones.
    """
    odd = freedom % 2
    square = math.cos(angle) ** 2
    term, total = math.cos(angle) if odd else 1.0, 0.0
    for place in range(2 + odd, freedom + 1, 2):
        total += term
        term *= square * (place - 1) / place
    if odd:
        return 2 / math.pi * (angle + math.sin(angle) * total)
    return math.sin(angle) * total
