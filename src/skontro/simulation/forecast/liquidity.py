"""Expected debits and credits of each account by quarter hour, and the liquidity that it lacks.

Known are the orders that wait now. Further orders are those of earlier days after the same time.
Each earlier day gives one course of the rest of the day. Quantiles over these courses are by
nearest rank, so that every figure is one that occurred, in whole minor units.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt
import polars as pl

from skontro.engine import Commands
from skontro.model import Currency, Phase
from skontro.statistics.exact import sum_of
from skontro.system import SettlementSystem
from skontro.system.acceptance import day_number

Int64s = npt.NDArray[np.int64]

#: A quarter hour in microseconds.
QUARTER: Final = 15 * 60 * 1_000_000


@attrs.frozen
class Spread:
    """Lower quartile, median and upper quartile over earlier days, by nearest rank."""

    lower: int
    median: int
    upper: int

    @classmethod
    def of(cls, values: Sequence[int]) -> Spread:
        """The quartiles of at least one value.

        Example:
            >>> Spread.of([40, 10, 30, 20])
            Spread(lower=10, median=20, upper=30)
        """
        ascending = sorted(values)
        return cls(*(ascending[-(-len(ascending) * part // 4) - 1] for part in (1, 2, 3)))


@attrs.frozen
class QuarterHour:
    """Expectation of one account for a quarter hour.

    Attributes:
        begins: timestamp.
        debits, credits: value of further orders, minor units.
        lack: value that the account would lack at its end, if all orders were to settle; below zero
            where cover remains.
    """

    begins: int
    debits: Spread
    credits: Spread
    lack: Spread


@attrs.frozen
class AccountForecast:
    """Forecast of one account; amounts in minor units.

    Attributes:
        participant: BIC.
        currency: of the account.
        cover: balance and intraday credit.
        waiting_debits, waiting_credits: value of the orders that wait now, those of the warehouse
            for the day included.
        quarters: from the running quarter hour to the end of the day.
    """

    participant: str
    currency: Currency
    cover: int
    waiting_debits: int
    waiting_credits: int
    quarters: tuple[QuarterHour, ...]

    @property
    def lack(self) -> Spread:
        """The most that it lacks in the rest of the day; zeros where it lacks nothing."""
        lacks = [one.lack for one in self.quarters]
        return Spread(
            max(0, *(one.lower for one in lacks)),
            max(0, *(one.median for one in lacks)),
            max(0, *(one.upper for one in lacks)),
        )

    @property
    def lacks_from(self) -> int | None:
        """The quarter hour in which it begins to lack, by the median; None where it does not."""
        return next((one.begins for one in self.quarters if one.lack.median > 0), None)


@attrs.frozen(eq=False)
class PastDay:
    """The orders of an earlier day after the same time, with their times on the running day."""

    date: datetime.date
    orders: Commands
    due: Int64s


def forecast_liquidity(
    system: SettlementSystem, date: datetime.date, now: int, ends: int, past: Sequence[PastDay]
) -> tuple[AccountForecast, ...]:
    """The forecast of each account, by its number.

    Args:
        system: the system now; it is only read.
        date: the business day.
        now, ends: timestamps of now and of the end of the day.
        past: earlier days; with none, only the orders that wait count.
    """
    first = now // QUARTER
    quarters = max(1, -(-ends // QUARTER) - first)
    debits, credit = waiting_of(system, date)
    flows = [
        (_by_quarter(one, "payer", first, quarters), _by_quarter(one, "payee", first, quarters))
        for one in past
    ] or [({}, {})]
    covers = (system.engine.balances + system.engine.credit_lines).tolist()
    return tuple(
        AccountForecast(
            account.bic,
            account.currency,
            covers[number],
            debits.get(number, 0),
            credit.get(number, 0),
            _quarters(
                debits.get(number, 0) - credit.get(number, 0) - covers[number],
                [(paid.get(number, ()), got.get(number, ())) for paid, got in flows],
                range(first * QUARTER, (first + quarters) * QUARTER, QUARTER),
            ),
        )
        for number, account in enumerate(system.directory.accounts)
    )


def _quarters(
    lack: int, flows: Sequence[tuple[Sequence[int], Sequence[int]]], begins: range
) -> tuple[QuarterHour, ...]:
    """The quarter hours of one account.

    Args:
        lack: before further orders.
        flows: for each earlier day debits and credits by quarter hour; empty for zeros.
        begins: when each quarter hour begins.
    """
    lacks, found = [lack] * len(flows), []
    for place, time in enumerate(begins):
        paid = [debits[place] if debits else 0 for debits, _ in flows]
        got = [credit[place] if credit else 0 for _, credit in flows]
        lacks = [sum(one) for one in zip(lacks, paid, (-one for one in got), strict=True)]
        found.append(QuarterHour(time, Spread.of(paid), Spread.of(got), Spread.of(lacks)))
    return tuple(found)


def waiting_of(
    system: SettlementSystem, date: datetime.date
) -> tuple[dict[int, int], dict[int, int]]:
    """By account, the value of waiting orders that it pays, and of those that it receives.

    Waiting are queued and held orders; before the opening, also the warehouse for the day.
    """
    queues, held = system.engine.queue_snapshot(), system.engine.held_orders
    payers = [np.repeat(np.arange(len(queues.first) - 1), np.diff(queues.first)), held["payer"]]
    payees, amounts = [queues.payee, held["payee"]], [queues.amount, held["amount"]]
    if system.clock.phase in (Phase.SEALED, Phase.START_OF_DAY):
        kept = system.warehouse.records
        kept = kept[kept["value_date"] <= day_number(date)]
        payers.append(kept["payer"])
        payees.append(kept["payee"])
        amounts.append(kept["amount"])
    value = np.concatenate(amounts)
    return _sums(np.concatenate(payers), value), _sums(np.concatenate(payees), value)


def _sums(account: npt.NDArray[np.integer], amount: Int64s) -> dict[int, int]:
    table = pl.DataFrame({"account": account.astype(np.int64), "amount": amount.astype(np.int64)})
    return dict(table.group_by("account").agg(sum_of("amount")).iter_rows())


def _by_quarter(day: PastDay, side: str, first: int, quarters: int) -> Mapping[int, list[int]]:
    """Value by account and quarter hour; orders due after the end of the day are left out."""
    place = day.due // QUARTER - first
    table = pl.DataFrame(
        {
            "account": getattr(day.orders, side).astype(np.int64),
            "quarter": place,
            "amount": day.orders.amount,
        }
    ).filter(pl.col("quarter").is_between(0, quarters, closed="left"))
    found: dict[int, list[int]] = {}
    for account, quarter, amount in (
        table.group_by("account", "quarter").agg(sum_of("amount")).iter_rows()
    ):
        found.setdefault(account, [0] * quarters)[quarter] = amount
    return found
