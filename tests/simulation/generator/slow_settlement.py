"""Gross settlement in plain Python: first in, first out per account and class, nothing clever."""

import heapq
from collections import deque

import attrs

from skontro.files.period import Scenario

_CLASSES = ("urgent", "high", "normal")


@attrs.define
class Outcome:
    """Share of the number and the value (in US dollars) of payments by what became of them."""

    ever_queued: float
    ever_queued_value: float
    unsettled: float
    unsettled_value: float


class SlowSettlement:
    def __init__(self, scenario: Scenario) -> None:
        self.cover = {
            (a.bic, a.currency.code): a.opening_balance + a.credit_line
            for a in scenario.directory.accounts
        }
        self.queues = {account: tuple(deque() for _ in _CLASSES) for account in self.cover}
        self.settled: set[int] = set()
        self.queued: set[int] = set()
        self.orders = scenario.payments.to_dicts()

    def run(self) -> None:
        events = [
            (max(order["submitted_at"], order["earliest_at"] or order["submitted_at"]), number)
            for number, order in enumerate(self.orders)
        ]
        heapq.heapify(events)
        while events:
            _, number = heapq.heappop(events)
            order = self.orders[number]
            account = (order["payer"], order["currency"])
            rank = _CLASSES.index(order["payment_class"])
            self.queues[account][rank].append(number)
            self._release(account)
            if number not in self.settled:
                self.queued.add(number)

    def _release(self, account: tuple[str, str]) -> None:
        work = deque([account])
        while work:
            account = work.popleft()
            for queue in self.queues[account]:
                while queue and self.cover[account] >= self.orders[queue[0]]["amount_minor"]:
                    number = queue.popleft()
                    order = self.orders[number]
                    payee = (order["payee"], order["currency"])
                    self.cover[account] -= order["amount_minor"]
                    self.cover[payee] += order["amount_minor"]
                    self.settled.add(number)
                    work.append(payee)
                if queue:  # a waiting order of a higher class goes first
                    break


def settle_slowly(scenario: Scenario) -> Outcome:
    """Settle the whole period as one day, without latest times, and measure."""
    machine = SlowSettlement(scenario)
    machine.run()
    units = {rate.currency.code: float(rate.units) for rate in scenario.rates.rates}
    exponents = {a.currency.code: a.currency.exponent for a in scenario.directory.accounts}
    value = [
        order["amount_minor"]
        / 10 ** exponents[order["currency"]]
        / units.get(order["currency"], 1.0)
        for order in machine.orders
    ]
    everything = range(len(value))
    unsettled = [i for i in everything if i not in machine.settled]
    total = sum(value)
    return Outcome(
        len(machine.queued) / len(value),
        sum(value[i] for i in sorted(machine.queued)) / total,
        len(unsettled) / len(value),
        sum(value[i] for i in unsettled) / total,
    )
