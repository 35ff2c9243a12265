"""Net amounts of parties that owe each other, and the payments that settle them.

Netting cycles, joint cycles of several systems, the clearing study and netting potentials all net
by the functions of this module. A party is identified by an index, an account number or a name.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from skontro.model.errors import InvariantBroken
from skontro.model.netting import Netting

Int64s = npt.NDArray[np.int64]

Party = TypeVar("Party", bound=Any)  # hashable, and sorted wherever an order matters
#: Minor units, of any size; or rows of them, one for each of many cycles, whose sums stay in int64.
Amount = TypeVar("Amount", int, Int64s)


def net_positions(owed: Iterable[tuple[Party, Party, Amount]]) -> dict[Party, Amount]:
    """Net position of each party: receivables less payables, in the order of the parties.

    Args:
        owed: debtor, creditor and amount of each obligation.

    Raises:
        InvariantBroken: the positions do not add up to zero.

    >>> net_positions([("A", "B", 10), ("B", "C", 4)])
    {'A': -10, 'B': 6, 'C': 4}
    """
    net: dict[Party, Any] = {}
    for debtor, creditor, amount in owed:
        net[debtor] = net.get(debtor, 0) - amount
        net[creditor] = net.get(creditor, 0) + amount
    if np.any(sum(net.values())):
        raise InvariantBroken("net positions add up to zero", f"they add up to {net}")
    return {party: net[party] for party in sorted(net)}


def bilateral_positions(
    owed: Iterable[tuple[Party, Party, int]],
) -> dict[tuple[Party, Party], int]:
    """Net amount that the first party of each pair owes the second; negative if it is owed.

    >>> bilateral_positions([("A", "B", 10), ("B", "A", 4), ("C", "B", 1)])
    {('A', 'B'): 6, ('B', 'C'): -1}
    """
    net: dict[tuple[Party, Party], int] = {}
    for debtor, creditor, amount in owed:
        first, second = sorted((debtor, creditor))
        signed = amount if debtor == first else -amount
        net[first, second] = net.get((first, second), 0) + signed
    return {pair: net[pair] for pair in sorted(net)}


def bilateral_turnover(
    owed: Iterable[tuple[Party, Party, int]],
) -> dict[tuple[Party, Party], int]:
    """Gross amount that each two parties owe each other, both ways together.

    >>> bilateral_turnover([("A", "B", 10), ("B", "A", 4), ("C", "B", 1)])
    {('A', 'B'): 14, ('B', 'C'): 1}
    """
    turnover: dict[tuple[Party, Party], int] = {}
    for debtor, creditor, amount in owed:
        first, second = sorted((debtor, creditor))
        turnover[first, second] = turnover.get((first, second), 0) + amount
    return {pair: turnover[pair] for pair in sorted(turnover)}


def net_payments(
    owed: Iterable[tuple[Party, Party, int]], netting: Netting
) -> Iterator[tuple[Party, Party, int]]:
    """Debtor, creditor and amount of the payments that settle obligations of one unit, netted.

    In bilateral netting one party of each pair pays the difference, in the order of the pairs. For
    multilateral netting see `match_debtors_to_creditors`.
    """
    if netting == Netting.MULTILATERAL:
        yield from match_debtors_to_creditors(net_positions(owed))
        return
    for (first, second), amount in bilateral_positions(owed).items():
        if amount > 0:
            yield first, second, amount
        elif amount < 0:
            yield second, first, -amount


def match_debtors_to_creditors(
    positions: Mapping[Party, int],
) -> Iterator[tuple[Party, Party, int]]:
    """Payments of debtors to creditors that bring all positions, which add up to zero, to zero.

    The largest debtor pays the largest creditor, the rest of either passes to the next, and so
    on; among equals the lower party comes first. That is at most one payment less than debtors and
    creditors together.

    >>> list(match_debtors_to_creditors({"A": -10, "B": 6, "C": 4}))
    [('A', 'B', 6), ('A', 'C', 4)]
    """
    creditors = largest_first({party: amount for party, amount in positions.items() if amount > 0})
    unpaid = [amount for _, amount in creditors]
    next_creditor = 0
    debts = {party: -amount for party, amount in positions.items() if amount < 0}
    for debtor, debt in largest_first(debts):
        owed = debt
        while owed:
            paid = min(owed, unpaid[next_creditor])
            yield debtor, creditors[next_creditor][0], paid
            owed -= paid
            unpaid[next_creditor] -= paid
            next_creditor += not unpaid[next_creditor]


def largest_first(amounts: Mapping[Party, int]) -> list[tuple[Party, int]]:
    """Parties with their amounts, the largest first; of equal ones the lower party."""
    return sorted(amounts.items(), key=lambda item: (-item[1], item[0]))
