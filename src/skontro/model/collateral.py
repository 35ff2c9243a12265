"""Collateral: what a participant pledges to its central bank, and what is lent against it."""

import math
from decimal import Decimal
from fractions import Fraction

import attrs

from skontro.model.currency import MAX_AMOUNT
from skontro.model.errors import InputError


@attrs.frozen
class Collateral:
    """One asset pledged for intraday credit on one settlement account.

    Attributes:
        description: what it is, one line.
        value: its market value in minor units of the account's currency, not negative.
        haircut: the part of the value that nothing is lent against, from 0 to less than 1.
    """

    description: str
    value: int
    haircut: Decimal

    def __attrs_post_init__(self) -> None:
        if not self.description.strip():
            raise InputError("collateral: the description is empty; say what is pledged")
        place = f"collateral {self.description}"
        if not 0 <= self.value <= MAX_AMOUNT:
            raise InputError(f"{place}: value {self.value} is outside 0..{MAX_AMOUNT}")
        if not (self.haircut.is_finite() and 0 <= self.haircut < 1):
            raise InputError(f"{place}: haircut {self.haircut} is not from 0 to less than 1")

    @property
    def lends(self) -> int:
        """The value less the haircut, rounded down to whole minor units."""
        return math.floor(self.value * (1 - Fraction(self.haircut)))
