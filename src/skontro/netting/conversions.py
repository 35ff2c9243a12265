"""Conversions at a cut-off: from the net positions of the orders to the net positions to pay.

The clearing agent is the counterparty of each conversion, payment versus payment. Both kinds of
positions add up to zero in each currency. So the agent ends with its opening balance, to the minor
unit.
"""

from collections.abc import Sequence

import attrs

from skontro.model import Currency, RateTable
from skontro.netting.residuals import Positions


@attrs.frozen
class Conversion:
    """One exchange between a participant and the clearing agent.

    Attributes:
        participant: index in the participant directory.
        gets, gives: index of the currency and minor units; one of the two is None for an amount
            worth less than a minor unit of any other currency.
    """

    participant: int
    gets: tuple[int, int] | None
    gives: tuple[int, int] | None


def conversions(
    before: Positions,
    after: Positions,
    agent: int,
    currencies: Sequence[Currency],
    rates: RateTable,
) -> list[Conversion]:
    """The conversions of each participant but the agent, in order of participant and currency."""
    change: dict[int, dict[int, int]] = {}
    for participant, currency in sorted({**before, **after}):
        key = (participant, currency)
        difference = after.get(key, 0) - before.get(key, 0)
        if difference and participant != agent:
            change.setdefault(participant, {})[currency] = difference
    return [
        conversion
        for participant, of_currency in change.items()
        for conversion in _of_participant(participant, of_currency, currencies, rates)
    ]


def _of_participant(
    participant: int, change: dict[int, int], currencies: Sequence[Currency], rates: RateTable
) -> list[Conversion]:
    """Gains set against losses of the same value, both used up to the minor unit.

    The later conversion takes the rest that rounding leaves of an amount.
    """
    gains = [[currency, amount] for currency, amount in change.items() if amount > 0]
    losses = [[currency, -amount] for currency, amount in change.items() if amount < 0]
    found = []
    while gains and losses:
        gain, loss = gains[0], losses[0]
        value = rates.value(gain[1], currencies[gain[0]])
        other_value = rates.value(loss[1], currencies[loss[0]])
        got, given = gain[1], loss[1]
        if value > other_value and len(losses) > 1:
            got = _part(gain, other_value, currencies, rates)
        elif value < other_value and len(gains) > 1:
            given = _part(loss, value, currencies, rates)
        found.append(Conversion(participant, (gain[0], got), (loss[0], given)))
        gain[1] -= got
        loss[1] -= given
        gains = gains if gain[1] else gains[1:]
        losses = losses if loss[1] else losses[1:]
    found += [Conversion(participant, (currency, amount), None) for currency, amount in gains]
    found += [Conversion(participant, None, (currency, amount)) for currency, amount in losses]
    return found


def _part(side: list[int], value: int, currencies: Sequence[Currency], rates: RateTable) -> int:
    """The part of a side with this value: at least a minor unit, and never all of it."""
    return min(max(1, rates.amount(value, currencies[side[0]])), max(1, side[1] - 1))
