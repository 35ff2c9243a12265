"""The outcome of a rest of a day by account: settled and unsettled value, delay, liquidity.

Only orders that were not final at the fork count. Delay counts from when an order was to come; for
an order that had come before, from the fork.
"""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
import polars as pl

from skontro.engine import Commands, EventKind
from skontro.model import Currency
from skontro.simulation.what_if.fork import RestOfDay
from skontro.statistics.exact import sum_of, sum_of_products
from skontro.system.batch import OUTSIDE, Records

Int64s = npt.NDArray[np.int64]

_SETTLED: Final = (int(EventKind.SETTLED), int(EventKind.COMPLETED))
_ENDED: Final = (
    int(EventKind.REJECTED),
    int(EventKind.RETURNED),
    int(EventKind.CANCELLED),
    int(EventKind.RELEASED),
)


@attrs.frozen
class AccountOutcome:
    """Outcome of the orders that one account pays, or of all accounts in a currency.

    Attributes:
        participant: BIC; empty for all accounts of the currency.
        currency: of all amounts.
        settled_orders, settled_value: orders, and minor units.
        unsettled_orders, unsettled_value: those that were not settled by the end of the day.
        waited: sum of the delays of the settled orders, microseconds.
        value_times_wait: sum of their values times their delays.
        opening, closing: balances at the fork and at the end, minor units.
        liquidity_used: the most by which the balance was lower than at the fork.
        credit_used: the most by which it was below zero.
    """

    participant: str
    currency: Currency
    settled_orders: int = 0
    settled_value: int = 0
    unsettled_orders: int = 0
    unsettled_value: int = 0
    waited: int = 0
    value_times_wait: int = 0
    opening: int = 0
    closing: int = 0
    liquidity_used: int = 0
    credit_used: int = 0

    @property
    def mean_delay(self) -> int:
        """Mean delay of the settled orders in microseconds, rounded down; 0 without orders."""
        return self.waited // self.settled_orders if self.settled_orders else 0

    @property
    def weighted_delay(self) -> int:
        """The same, weighted by value."""
        return self.value_times_wait // self.settled_value if self.settled_value else 0


#: Fields of an outcome that add up over accounts.
SUMMED: Final = tuple(
    one.name for one in attrs.fields(AccountOutcome) if one.name not in ("participant", "currency")
)


@attrs.frozen
class Outcome:
    """Outcome of a rest of a day.

    Attributes:
        accounts: one element an account, by its number.
    """

    accounts: tuple[AccountOutcome, ...]

    @property
    def currencies(self) -> tuple[AccountOutcome, ...]:
        """All accounts of each currency together, in the order of the first accounts."""
        found: dict[Currency, AccountOutcome] = {}
        for one in self.accounts:
            before = found.get(one.currency, AccountOutcome("", one.currency))
            sums = {name: getattr(before, name) + getattr(one, name) for name in SUMMED}
            found[one.currency] = attrs.evolve(before, **sums)
        return tuple(found.values())


def outcome_of(rest: RestOfDay) -> Outcome:
    """The outcome of a rest of a day by account."""
    accounts = rest.system.directory.accounts
    opening, closing = _to_length(rest.opening, len(accounts)), rest.system.engine.balances
    lowest = _lowest_balances(rest, opening)
    by_account = {row["account"]: row for row in _sums(_orders(rest)).iter_rows(named=True)}
    found = []
    for number, account in enumerate(accounts):
        sums: dict[str, Any] = dict(by_account.get(number, {}))
        sums.pop("account", None)
        start, low = int(opening[number]), int(lowest[number])
        found.append(
            AccountOutcome(
                account.bic,
                account.currency,
                **sums,
                opening=start,
                closing=int(closing[number]),
                liquidity_used=start - low,
                credit_used=max(0, -low),
            )
        )
    return Outcome(tuple(found))


def _orders(rest: RestOfDay) -> pl.DataFrame:
    """The orders that count: account, amount, whether settled, delay in microseconds."""
    waiting = len(rest.waiting)
    payer = np.concatenate([rest.waiting["payer"], rest.entered.payer])
    amount = np.concatenate([rest.waiting["amount"], rest.entered.amount])
    due = np.concatenate([np.full(waiting, rest.began), rest.due])
    settled, final = np.zeros(len(payer), np.bool_), due.copy()
    counts = np.arange(len(payer)) >= waiting
    for kinds in (_SETTLED, _ENDED):
        events = rest.events[np.isin(rest.events["kind"], kinds)]
        place = _places(rest, events["order"])
        known = place >= 0
        counts[place[known]] = True
        settled[place[known]] = kinds == _SETTLED
        final[place[known]] = events["time"][known]
    entered_ones = _frame(payer, amount, settled, final - due).filter(counts)
    refused = [_never_settled(one) for one in rest.refused]
    return pl.concat([entered_ones, *refused])


def _places(rest: RestOfDay, numbers: Int64s) -> Int64s:
    """The places of orders among those before the fork and those after it; -1 for other days."""
    waiting = len(rest.waiting)
    before, after = numbers - rest.first_waiting, numbers - rest.first_entered
    place = np.where(after >= 0, waiting + after, before)
    return np.where((after < 0) & ((before < 0) | (before >= waiting)), -1, place)


def _never_settled(orders: Commands) -> pl.DataFrame:
    none = np.zeros(len(orders), np.int64)
    return _frame(orders.payer, orders.amount, none.astype(np.bool_), none)


def _frame(
    account: Records, amount: Records, settled: npt.NDArray[np.bool_], waited: Int64s
) -> pl.DataFrame:
    columns = {"account": account, "amount_minor": amount, "settled": settled, "waited": waited}
    return pl.DataFrame({name: np.ascontiguousarray(values) for name, values in columns.items()})


def _sums(orders: pl.DataFrame) -> pl.DataFrame:
    value, settled = sum_of("amount_minor"), pl.col("settled")
    by_settled = orders.group_by("account", "settled").agg(
        orders=pl.len().cast(pl.Int64),
        value=value,
        waited=sum_of("waited"),
        value_times_wait=sum_of_products("amount_minor", "waited"),
    )
    return by_settled.group_by("account").agg(
        settled_orders=pl.col("orders").filter(settled).sum(),
        settled_value=pl.col("value").filter(settled).sum(),
        unsettled_orders=pl.col("orders").filter(~settled).sum(),
        unsettled_value=pl.col("value").filter(~settled).sum(),
        waited=pl.col("waited").filter(settled).sum(),
        value_times_wait=pl.col("value_times_wait").filter(settled).sum(),
    )


def _lowest_balances(rest: RestOfDay, opening: Int64s) -> Int64s:
    """The lowest balance of each account at the fork and after each moment with postings.

    Orders that settle at one moment count together: the order among them is of no meaning.
    """
    postings = rest.postings
    account = np.concatenate([postings["debit"], postings["credit"]])
    change = np.concatenate([-postings["amount"], postings["amount"]])
    time = np.concatenate([postings["time"], postings["time"]])
    inside = account != OUTSIDE
    account, change, time = account[inside], change[inside], time[inside]
    place = np.lexsort((time, account))
    account, change, time = account[place], change[place], time[place]
    lowest = opening.copy()
    if not len(account):
        return lowest
    # Sums over all accounts may wrap around; the differences within one account do not.
    sums = np.cumsum(change)
    starts = np.flatnonzero(np.diff(account, prepend=-1))
    before = np.repeat(sums[starts] - change[starts], np.diff([*starts, len(account)]))
    balances = opening[account] + (sums - before)
    last = np.flatnonzero((np.diff(account, append=-1) != 0) | (np.diff(time, append=-1) != 0))
    np.minimum.at(lowest, account[last], balances[last])
    return lowest


def _to_length(values: Int64s, length: int) -> Int64s:
    """The values, and zeros for accounts opened since."""
    return np.concatenate([values, np.zeros(length - len(values), np.int64)])
