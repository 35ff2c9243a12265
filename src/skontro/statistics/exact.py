"""Exact ratios, their decimal text, and sums without overflow."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import polars as pl

from skontro.model import RateTable, find_currency


def ratio(numerator: int, denominator: int) -> Fraction | None:
    """The exact quotient, or None where the denominator is zero and there is no quotient."""
    return Fraction(numerator, denominator) if denominator else None


def herfindahl(parts: Sequence[int]) -> Fraction | None:
    """Sum of the squared shares of the parts in their sum: 1 for one part, 1/n for n equal ones.

    Args:
        parts: whole numbers, not negative, in one unit.

    Returns:
        The index, or None where the parts sum to zero.
    """
    return ratio(sum(part * part for part in parts), sum(parts) ** 2)


def decimal_text(quotient: Fraction | None, places: int) -> str | None:
    """The quotient as a decimal with this many places, rounded half to even; None stays None."""
    if quotient is None:
        return None
    scaled = round(quotient * 10**places)
    whole, decimals = divmod(abs(scaled), 10**places)
    text = f"{whole}.{decimals:0{places}d}" if places else str(whole)
    return f"-{text}" if scaled < 0 else text


def nearest_rank(ascending: pl.Series, quotient: Fraction) -> int | None:
    """The quantile by nearest rank: the smallest element with at least this part at or below it.

    Args:
        ascending: whole numbers in ascending order.
        quotient: greater than 0, at most 1.

    Returns:
        An element of the series, never an interpolation; None where there is none.
    """
    if ascending.is_empty():
        return None
    rank = -(-len(ascending) * quotient.numerator // quotient.denominator)
    return int(ascending[rank - 1])


def sum_of(column: str) -> pl.Expr:
    """Sum of whole numbers in 128 bits, where 10^20 amounts of 18 digits fit."""
    return pl.col(column).cast(pl.Int128).sum()


def sum_of_products(column: str, other: str) -> pl.Expr:
    """Sum of products in 128 bits.

    Amounts below 10^18 held for less than 10^12 microseconds (eleven days) fit for 10^8 orders.
    """
    return (pl.col(column).cast(pl.Int128) * pl.col(other).cast(pl.Int128)).sum()


def valued(rates: RateTable, totals: Mapping[str, int]) -> int:
    """Value of totals by currency code: each total is valued and rounded once, then added."""
    return sum(rates.value(minor, find_currency(code)) for code, minor in totals.items())
