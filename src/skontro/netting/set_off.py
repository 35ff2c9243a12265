"""The largest set-off: the part of obligations among parties that can be discharged.

Problem. Obligations o[i,j] of debtors i to creditors j may be discharged in parts, without new
money and without new obligations. The discharge must not change any party's net position: it
takes the same amount of a party's debts and claims. How much can be discharged at most?

Formula. With x[i,j] the part that is set off,

    maximise the sum of x,   0 <= x[i,j] <= o[i,j],   sum over j of x[i,j] = sum over j of x[j,i]:

a circulation of greatest value. The rest, r = o - x, is a flow from net debtors to net
creditors along the obligations with the fewest steps, r[i,j] <= o[i,j], at cost 1 a step: a
minimum-cost flow. Its matrix is totally unimodular, so the optimum is whole if amounts are.

Method. Primal-dual, after Ahuja, Magnanti and Orlin (Network Flows, 1993, section 9.8): while
a debtor has something left to send, take the shortest distance in the residual network from such
debtors to a creditor that still expects something, raise the prices of parties by distance, and
send as much as can be sent along the steps that then cost nothing (Dinic 1970). The distance grows
in each round, so rounds are at most as many as parties; in trade they are about ten. Everything is
Python's integers: amounts of any size, no rounding, and the same answer on every machine.

Proof. Prices p of the parties bound the remainder from below, by weak duality:

    sum of r  >=  sum of p[i] net[i]  +  sum of o[i,j] min(0, 1 + p[i] - p[j])

for every r with the same net positions. `prove_set_off` computes this sum again and demands
equality, so any answer that passes is optimal.

Sources. Multilateral trade credit set-off: T. Fleischman, P. Dini, G. Littera, Liquidity-Saving
through Obligation-Clearing and Mutual Credit, JRFM 13(12), 295, 2020; T. Fleischman, P. Dini,
Mathematical Foundations for Balancing the Payment System in the Trade Credit Market, JRFM 14(9),
452, 2021; L.-I. Gavrila, A. Popa, A novel algorithm for clearing financial obligations between
companies, arXiv 2012.05564, 2020.
"""

import heapq
from collections.abc import Mapping
from typing import Final

import attrs

from skontro.model import InvariantBroken

Pair = tuple[str, str]

_BALANCED: Final = "a set-off leaves net positions as they are"
_WITHIN: Final = "no more of an obligation is set off than is owed"
_LARGEST: Final = "prices prove that no set-off is larger"


@attrs.frozen
class SetOff:
    """The largest set-off of some obligations, with its proof.

    Attributes:
        cleared: the part of each obligation that is set off, minor units, by (debtor, creditor).
            The total is unique, the parts need not be: which of several equal answers it is
            follows from the order of the parties' names.
        prices: whole numbers by party that prove that no set-off is larger.

    >>> found = largest_set_off({("A", "B"): 10, ("B", "C"): 7, ("C", "A"): 9})
    >>> found.total, found.cleared["A", "B"]
    (21, 7)
    """

    cleared: Mapping[Pair, int]
    prices: Mapping[str, int]

    @property
    def total(self) -> int:
        """The total amount set off, minor units."""
        return sum(self.cleared.values())


def largest_set_off(owed: Mapping[Pair, int]) -> SetOff:
    """The largest set-off of obligations by (debtor, creditor), minor units above zero.

    Raises:
        InvariantBroken: the answer does not prove itself.
    """
    pairs = sorted(owed)
    parties = sorted({party for pair in pairs for party in pair})
    number = {party: index for index, party in enumerate(parties)}
    network = _Residual(len(parties))
    for debtor, creditor in pairs:
        network.add(number[debtor], number[creditor], owed[debtor, creditor])
    while network.raise_prices():
        network.send()
    remaining = network.sent()
    cleared = {pair: owed[pair] - left for pair, left in zip(pairs, remaining, strict=True)}
    found = SetOff(cleared, dict(zip(parties, network.prices, strict=True)))
    prove_set_off(owed, found)
    return found


def least_remaining(owed: Mapping[Pair, int], prices: Mapping[str, int]) -> int:
    """Lower bound of the remaining obligations that the prices prove, for any set-off."""
    bound = 0
    for (debtor, creditor), amount in owed.items():
        gain = prices[creditor] - prices[debtor]
        # The net positions, obligation by obligation, and the capacity that the step exhausts.
        bound += amount * gain + amount * min(0, 1 - gain)
    return bound


def prove_set_off(owed: Mapping[Pair, int], found: SetOff) -> None:
    """Check a set-off and its optimality, in whole numbers.

    Raises:
        InvariantBroken: it is no set-off, or its prices do not prove that it is the largest.
    """
    balance = dict.fromkeys((party for pair in owed for party in pair), 0)
    for (debtor, creditor), amount in owed.items():
        part = found.cleared[debtor, creditor]
        if not 0 <= part <= amount:
            raise InvariantBroken(
                _WITHIN, f"{part} of {amount} that {debtor} owes {creditor} is set off"
            )
        balance[debtor] -= part
        balance[creditor] += part
    for party, left in balance.items():
        if left:
            raise InvariantBroken(_BALANCED, f"that of {party} changes by {left}")
    remaining = sum(owed.values()) - found.total
    least = least_remaining(owed, found.prices)
    if remaining != least:
        raise InvariantBroken(_LARGEST, f"{remaining} remains, and at least {least} must")


class _Residual:
    """Residual network: amounts still to send from net debtors to net creditors, or to return.

    Step 2k goes along obligation k and costs 1; step 2k + 1 takes back an amount sent along it.

    Attributes:
        prices: shortest distances so far, by party.
    """

    def __init__(self, parties: int) -> None:
        self.prices = [0] * parties
        self._to_send = [0] * parties  # below zero: to be received
        self._steps: list[list[int]] = [[] for _ in range(parties)]
        self._heads: list[int] = []
        self._capacity: list[int] = []

    def add(self, debtor: int, creditor: int, amount: int) -> None:
        """Add an obligation."""
        for tail, head, capacity in ((debtor, creditor, amount), (creditor, debtor, 0)):
            self._steps[tail].append(len(self._heads))
            self._heads.append(head)
            self._capacity.append(capacity)
        self._to_send[debtor] += amount
        self._to_send[creditor] -= amount

    def sent(self) -> list[int]:
        """Amount sent along each obligation."""
        return self._capacity[1::2]

    def _cost(self, tail: int, step: int) -> int:
        """The cost of a step at the prices; never below zero where there is capacity."""
        return (-1 if step & 1 else 1) + self.prices[tail] - self.prices[self._heads[step]]

    def raise_prices(self) -> bool:
        """Raise prices so that shortest paths cost nothing; False if nothing is left to send."""
        distances = {
            party: 0 for party, amount in enumerate(self._to_send) if amount > 0
        }  # by Dijkstra's algorithm, up to the nearest party that expects something
        heap = [(0, party) for party in distances]
        nearest = None
        while heap:
            distance, party = heapq.heappop(heap)
            if distance > distances[party]:
                continue
            if self._to_send[party] < 0:
                nearest = distance
                break
            for step in self._steps[party]:
                if self._capacity[step]:
                    head = self._heads[step]
                    longer = distance + self._cost(party, step)
                    if longer < distances.get(head, longer + 1):
                        distances[head] = longer
                        heapq.heappush(heap, (longer, head))
        if nearest is None:
            return False
        for party in range(len(self.prices)):
            self.prices[party] += min(nearest, distances.get(party, nearest))
        return True

    def send(self) -> None:
        """Send as much as can be sent along steps that cost nothing."""
        while levels := self._levels():
            tried = [0] * len(self._steps)
            for party in [party for party, level in levels.items() if not level]:
                while self._to_send[party] > 0:
                    way = self._way(party, levels, tried)
                    if not way:
                        break
                    self._send_along(party, way)

    def _levels(self) -> dict[int, int]:
        """Numbers of steps that cost nothing from parties with something to send; empty if no
        party that expects something is reached."""
        levels = {party: 0 for party, amount in enumerate(self._to_send) if amount > 0}
        reached, queue = False, list(levels)
        for party in queue:
            reached = reached or self._to_send[party] < 0
            for step in self._steps[party]:
                head = self._heads[step]
                if head not in levels and self._capacity[step] and not self._cost(party, step):
                    levels[head] = levels[party] + 1
                    queue.append(head)
        return levels if reached else {}

    def _way(self, start: int, levels: dict[int, int], tried: list[int]) -> list[int]:
        """Steps from a party to one that expects something, level by level; empty if there is none.

        Args:
            start: the party.
            levels: see `_levels`.
            tried: by party, the number of its steps known to be dead ends.
        """
        way: list[int] = []
        party = start
        while self._to_send[party] >= 0:
            if tried[party] == len(self._steps[party]):
                if not way:
                    return []
                party = self._heads[way.pop() ^ 1]
                tried[party] += 1
                continue
            step = self._steps[party][tried[party]]
            head = self._heads[step]
            open_step = self._capacity[step] and levels.get(head) == levels[party] + 1
            if open_step and not self._cost(party, step):
                way.append(step)
                party = head
            else:
                tried[party] += 1
        return way

    def _send_along(self, start: int, way: list[int]) -> None:
        end = self._heads[way[-1]]
        amount = min(
            self._to_send[start], -self._to_send[end], *(self._capacity[step] for step in way)
        )
        for step in way:
            self._capacity[step] -= amount
            self._capacity[step ^ 1] += amount
        self._to_send[start] -= amount
        self._to_send[end] += amount
