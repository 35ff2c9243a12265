"""Pay-ins under position limits: what participants bring of their net short positions, and when."""

import math
from collections.abc import Iterator
from fractions import Fraction

import polars as pl

from skontro.engine import CommandKind
from skontro.files import Scenario
from skontro.model import BusinessDay, find_time_zone
from skontro.model.position_limits import pay_in_moment
from skontro.netting.obligations import net_positions
from skontro.simulation.account_numbers import NO_ACCOUNT
from skontro.simulation.instruction_commands import Fields


def pay_ins(scenario: Scenario, accounts: pl.DataFrame) -> Iterator[Fields]:
    """Liquidity transfers in, for each day at each time of the schedule, by account.

    A day's schedule is drawn up from the orders submitted before its first pay-in: an account that
    is to pay more than it receives brings a part of the difference, rounded up to minor units, by
    each time; what it has opened with counts for nothing.

    Args:
        scenario: its rulebook has position limits, or there are none.
        accounts: account numbers of payer and payee by payment.
    """
    limits = scenario.rulebook.position_limits
    if limits is None or not limits.pay_ins:
        return
    zone = find_time_zone(scenario.time_zone)
    for day in scenario.business_days:
        moments = [pay_in_moment(pay_in, day, zone) for pay_in in limits.pay_ins]
        short = _short(scenario, accounts, day, moments[0])
        before = [0] * len(short)
        for pay_in, moment in zip(limits.pay_ins, moments, strict=True):
            due = [math.ceil(amount * Fraction(pay_in.share)) for amount in short]
            for account, amount in enumerate(due):
                if amount > before[account]:
                    more = amount - before[account]
                    yield {
                        "kind": CommandKind.TRANSFER_IN,
                        "time": moment,
                        "payer": account,
                        "amount": more,
                    }
                    before[account] = amount


def _short(scenario: Scenario, accounts: pl.DataFrame, day: BusinessDay, until: int) -> list[int]:
    """What each account is to pay more than it receives, minor units; 0 where it is not."""
    submitted = pl.col("submitted_at").to_physical()
    table = scenario.payments.select(
        submitted.is_between(day.opens_at, until, closed="left").alias("counts"), "amount_minor"
    ).hstack(accounts)
    counted = table.filter(
        pl.col("counts") & (pl.col("payer") != NO_ACCOUNT) & (pl.col("payee") != NO_ACCOUNT)
    )
    net: dict[int, int] = net_positions(
        counted.select("payer", "payee", "amount_minor").iter_rows()
    )
    return [max(0, -net.get(account, 0)) for account in range(len(scenario.directory.accounts))]
