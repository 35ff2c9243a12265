"""Prices of position limits as whole numbers, so that positions add up exactly.

A price per minor unit, with its haircut, is an exact decimal. All of them are multiplied by the
smallest power of ten that makes every one whole.
"""

from collections.abc import Sequence
from decimal import Context, Decimal, Inexact
from typing import Final

from skontro.engine.layout import PRICE, Records, zeroed
from skontro.engine.position_limits import LOW_BITS, PRICE_BITS
from skontro.model import Currency, CurrencyPrice, InputError, PositionLimits

_LOW: Final = (1 << LOW_BITS) - 1
# Wide enough for every product of three decimals; a product that is not exact is an error.
_EXACT: Final = Context(prec=400, traps=[Inexact])


def prices_of(limits: PositionLimits | None, currencies: Sequence[Currency]) -> Records:
    """`PRICE` records of these currencies; none without position limits.

    Raises:
        InputError: a currency has no price, or the prices differ by too many digits.
    """
    if limits is None:
        return zeroed(0, PRICE)
    decimals = _decimals(limits, currencies)
    power = _power(decimals)
    table = zeroed(len(currencies), PRICE)
    for position, row in enumerate(decimals):
        whole = [int(price.scaleb(power, _EXACT)) for price in row]
        if max(whole) >> PRICE_BITS:
            raise InputError(
                f"position_limits: the prices have too many digits to add up exactly; that of"
                f" {currencies[position]} becomes {max(whole)}: round prices and haircuts"
            )
        table[position] = tuple(whole)
    return table


def aggregate_limit(limits: PositionLimits, currencies: Sequence[Currency]) -> tuple[int, int]:
    """The aggregate limit in the unit of `prices_of`: high part, and `LOW_BITS` bits."""
    limit = limits.aggregate_short_position * 10 ** _power(_decimals(limits, currencies))
    if limit >> LOW_BITS >= 1 << LOW_BITS:
        raise InputError("position_limits: aggregate_short_position is too large")
    return limit >> LOW_BITS, limit & _LOW


def _decimals(
    limits: PositionLimits, currencies: Sequence[Currency]
) -> list[tuple[Decimal, Decimal, Decimal]]:
    """Plain, positive and negative price of a minor unit, by currency."""
    given = {price.currency: price for price in limits.prices}
    missing = [currency.code for currency in currencies if currency not in given]
    if missing:
        raise InputError(f"position_limits: {', '.join(missing)} has accounts, but no price")
    exponent = limits.common_currency.exponent
    return [_of_minor_unit(given[currency], exponent) for currency in currencies]


def _of_minor_unit(price: CurrencyPrice, exponent: int) -> tuple[Decimal, Decimal, Decimal]:
    plain = price.price.scaleb(exponent - price.currency.exponent, _EXACT)
    return (
        plain,
        _EXACT.multiply(plain, _EXACT.subtract(Decimal(1), price.haircut)),
        _EXACT.multiply(plain, _EXACT.add(Decimal(1), price.haircut)),
    )


def _power(decimals: Sequence[tuple[Decimal, ...]]) -> int:
    """The power of ten that makes all of them whole."""
    exponents = [
        price.normalize(_EXACT).as_tuple().exponent for row in decimals for price in row if price
    ]
    return max(0, -min((e for e in exponents if isinstance(e, int)), default=0))
