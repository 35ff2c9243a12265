"""Position limits: whether a participant's accounts together keep the aggregate limit and value.

Positions are sums of balance times price. Both have up to 62 bits, so products are kept in two
parts: value = high * 2**62 + low, with 0 <= low < 2**62. Nothing is rounded.
"""

from typing import Final

from skontro.engine.compiling import kernel, part
from skontro.engine.layout import Records

#: Bits of the low part of a position.
LOW_BITS: Final = 62
#: Prices have no more bits, so that the positions of a thousand currencies add up.
PRICE_BITS: Final = 51

_HALF_BITS = LOW_BITS // 2
_HALF = (1 << _HALF_BITS) - 1
_LOW = (1 << LOW_BITS) - 1


@part
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
    """Whether the holder of the account keeps its aggregate limit and a value not below zero.

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
