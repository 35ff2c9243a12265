"""Position limits: the aggregate limit and the overall value of a participant's accounts.

Positions are sums of balance times price. Both have up to 62 bits, so products are kept in two
parts: value = high * 2**62 + low, with 0 <= low < 2**62. Nothing is rounded.
"""

from collections.abc import Sequence
from decimal import Context, Decimal, Inexact
from typing import Final

from skontro.engine.jit import kernel, llvm_inline
from skontro.engine.records import PRICE, Records, zeroed
from skontro.model import Currency, CurrencyPrice, InputError, PositionLimits

#: Bits of the low part of a position.
LOW_BITS: Final = 62
#: Prices have no more bits, so that the positions of a thousand currencies add up.
PRICE_BITS: Final = 51

_HALF_BITS = LOW_BITS // 2
_HALF = (1 << _HALF_BITS) - 1
_LOW = (1 << LOW_BITS) - 1


@llvm_inline
def _product(one: int, other: int) -> tuple[int, int]:
    """The product of two numbers from 0 up to 2**62, in two parts."""
    high, low = one >> _HALF_BITS, one & _HALF
    other_high, other_low = other >> _HALF_BITS, other & _HALF
    middle = high * other_low + low * other_high
    bottom = ((middle & _HALF) << _HALF_BITS) + low * other_low
    return high * other_high + (middle >> _HALF_BITS) + (bottom >> LOW_BITS), bottom & _LOW


@kernel
def keeps_position_limits(
    accounts: Records, next_of_holder: Records, prices: Records, rules: Records, account: int
) -> bool:
    """Whether the holder of the account keeps its aggregate limit and a value not below zero (R41).

    Bound. O(accounts of the participant).
    """
    value_high = value_low = short_high = short_low = 0
    other = account
    while True:
        balance = accounts[other]["balance"]
        price = prices[accounts[other]["currency"]]
        if balance >= 0:
            high, low = _product(balance, price["positive"])
            value_high += high
            value_low += low
        else:
            high, low = _product(-balance, price["negative"])
            value_high -= high
            value_low -= low
            high, low = _product(-balance, price["plain"])
            short_high += high
            short_low += low
        value_high += value_low >> LOW_BITS
        value_low &= _LOW
        short_high += short_low >> LOW_BITS
        short_low &= _LOW
        other = next_of_holder[other]
        if other == account:
            break
    limit_high, limit_low = rules[0]["aggregate_high"], rules[0]["aggregate_low"]
    return bool(
        value_high >= 0
        and (short_high < limit_high or (short_high == limit_high and short_low <= limit_low))
    )


_LOW_PART: Final = (1 << LOW_BITS) - 1
# Wide enough for every product of three decimals; a product that is not exact is an error.
_EXACT: Final = Context(prec=400, traps=[Inexact])


def prices_of(limits: PositionLimits | None, currencies: Sequence[Currency]) -> Records:
    """`PRICE` records of these currencies; none without position limits (R41).

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
    """The aggregate limit in the unit of `prices_of`: high part, and `LOW_BITS` bits (R41)."""
    limit = limits.aggregate_short_position * 10 ** _power(_decimals(limits, currencies))
    if limit >> LOW_BITS >= 1 << LOW_BITS:
        raise InputError("position_limits: aggregate_short_position is too large")
    return limit >> LOW_BITS, limit & _LOW_PART


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
