"""Exact decimal numbers from text: rates, prices, shares and haircuts, of a bounded length.

An unbounded one would be taken in and then fill the memory of whoever writes it out:
``1e999999999`` is eleven characters long and a billion digits.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from skontro.model.errors import InputError
from skontro.model.text import quoted

#: Digits before and after the point at most: far more than any published rate has, and few enough
#: that a rate times a total of amounts is exact in 60 digits.
MAX_WHOLE_DIGITS: Final = 18
MAX_DECIMAL_PLACES: Final = 20

_DECIMAL: Final = re.compile(r"([0-9]+)(?:\.([0-9]+))?", re.ASCII)


def parse_decimal(
    text: str,
    what: str = "a decimal number like 483.25",
    fits: Callable[[Decimal], bool] = lambda _: True,
) -> Decimal:
    """Read an exact decimal number without sign, grouping or exponent.

    Args:
        text: for example ``"483.25"``.
        what: what it should be, for the message.
        fits: whether a number is one of those.

    Raises:
        InputError: not such a number, or of more than 18 digits before or 20 after the point.

    Example:
        >>> parse_decimal("0.05")
        Decimal('0.05')
    """
    parts = _DECIMAL.fullmatch(text)
    if parts is None:
        raise InputError(f"{quoted(text)} is not {what}")
    whole, places = parts[1].lstrip("0"), parts[2] or ""
    if len(whole) > MAX_WHOLE_DIGITS or len(places) > MAX_DECIMAL_PLACES:
        raise InputError(
            f"{quoted(text)} has more than {MAX_WHOLE_DIGITS} digits before the point or "
            f"{MAX_DECIMAL_PLACES} after it"
        )
    number = Decimal(text)
    if not fits(number):
        raise InputError(f"{quoted(text)} is not {what}")
    return number
