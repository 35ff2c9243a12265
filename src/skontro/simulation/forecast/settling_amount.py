"""The liquidity with which a share of the value settles, found by running the rest of the day.

Each account gets the same part of what it lacks, in sixteenths. The smallest part that reaches the
share is found by bisection, for all currencies in the same runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import Commands
from skontro.model import Currency
from skontro.simulation.what_if import (
    Fork,
    TimedAction,
    expected_from_orders,
    outcome_of,
    run_rest_of_day,
)
from skontro.system import Action, ActionKind

#: Parts in which the lack of each account is divided.
PARTS: Final = 16

#: For a currency, the settled value and all value.
_Shares = Mapping[Currency, tuple[int, int]]


@attrs.frozen
class SettlingAmount:
    """Liquidity of one currency.

    Attributes:
        currency: of the amounts.
        value: of all orders of the rest of the day, minor units.
        settled_without: value that settles without further liquidity.
        settled_with: value that settles with the amounts.
        reached: whether that is the share asked for.
        amounts: by BIC, in minor units; only accounts that need any.
    """

    currency: Currency
    value: int
    settled_without: int
    settled_with: int
    reached: bool
    amounts: Mapping[str, int]

    @property
    def total(self) -> int:
        """The sum of the amounts."""
        return sum(self.amounts.values())


def amounts_that_settle(
    fork: Fork,
    orders: Commands,
    due: npt.NDArray[np.int64],
    lacks: Mapping[tuple[str, Currency], int],
    share: Fraction = Fraction(95, 100),
) -> tuple[SettlingAmount, ...]:
    """The smallest sixteenths of the lacks with which the share of the value settles.

    Args:
        fork: where the rest of the day begins.
        orders: expected to come.
        due: when each is.
        lacks: what each account lacks, by BIC and currency, minor units.
        share: of the value, above zero and up to one.
    """
    expected = expected_from_orders(orders, due)

    def settled(parts: Mapping[Currency, int]) -> _Shares:
        given = [
            TimedAction(
                Action(
                    ActionKind.TRANSFER_IN, participant=bic, currency=currency.code, amount=amount
                )
            )
            for (bic, currency), amount in _amounts(lacks, parts).items()
        ]
        outcome = outcome_of(run_rest_of_day(fork, expected, given))
        return {
            one.currency: (one.settled_value, one.settled_value + one.unsettled_value)
            for one in outcome.currencies
        }

    without = settled({})
    reached = {name: _reaches(one, share) for name, one in without.items()}
    low = dict.fromkeys(without, 0)
    high = {name: 0 if reached[name] else PARTS for name in without}
    best = {name: one[0] for name, one in without.items()}
    if any(high.values()):
        with_all = settled(high)
        for name in with_all:
            if high[name]:
                best[name], reached[name] = with_all[name][0], _reaches(with_all[name], share)
                low[name] = 0 if reached[name] else PARTS
    while any(high[name] - low[name] > 1 for name in low):
        middle = {name: (low[name] + high[name] + 1) // 2 for name in low}
        tried = settled(middle)
        for name, one in tried.items():
            if high[name] - low[name] <= 1:
                continue
            if _reaches(one, share):
                high[name], best[name] = middle[name], one[0]
            else:
                low[name] = middle[name]
    amounts = _amounts(lacks, high)
    return tuple(
        SettlingAmount(
            currency=name,
            value=one[1],
            settled_without=one[0],
            settled_with=best[name],
            reached=reached[name],
            amounts={bic: amount for (bic, of), amount in amounts.items() if of == name},
        )
        for name, one in without.items()
    )


def _amounts(
    lacks: Mapping[tuple[str, Currency], int], parts: Mapping[Currency, int]
) -> dict[tuple[str, Currency], int]:
    """The part of each lack, rounded up to minor units."""
    amounts = {
        (bic, currency): -(-lack * parts.get(currency, 0) // PARTS)
        for (bic, currency), lack in lacks.items()
    }
    return {name: amount for name, amount in amounts.items() if amount}


def _reaches(one: tuple[int, int], share: Fraction) -> bool:
    return one[0] * share.denominator >= one[1] * share.numerator
