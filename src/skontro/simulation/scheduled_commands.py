"""Commands at given times: instructions of participants and the operator, and pay-ins."""

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, Final

import polars as pl

from skontro.engine import NO_LIMIT, CommandKind
from skontro.files import Scenario
from skontro.model import Algorithm, BusinessDay, PaymentClass, find_time_zone
from skontro.model.net_amounts import net_positions
from skontro.model.position_limits import pay_in_timestamp
from skontro.simulation.account_numbers import NO_ACCOUNT
from skontro.simulation.order_numbers import BY_UETR, uetr_column

#: The fields of one command, as the columns of `Commands`; those that it does not use are left out.
Fields = dict[str, int | bytes]

#: In the place of a number or a class: none.
NO_ORDER = NO_CLASS = -1

_LIMITS: Final = (CommandKind.SET_NET_SENDER_LIMIT, CommandKind.SET_BILATERAL_LIMIT)


def instruction_commands(scenario: Scenario) -> Iterator[Fields]:
    """The fields of one command for each instruction, by time; orders are named by UETR."""
    directory = scenario.directory
    uetrs = uetr_column(scenario.instructions["uetr"]).tolist()
    instructions = scenario.instructions.with_columns(
        pl.col("at", "earliest_at", "latest_at").to_physical()
    )
    for row, uetr in zip(instructions.iter_rows(named=True), uetrs, strict=True):
        kind = CommandKind[row["instruction"].upper()]
        payer, payee = (
            directory.account_number(row[name] or "", row["currency"] or "")
            for name in ("participant", "counterparty")
        )
        amount = row["amount_minor"]
        if amount is None:
            amount = NO_LIMIT if kind in _LIMITS else 0
        if kind == CommandKind.SET_CREDIT_LINE and payer is not None:
            # The instruction changes the unsecured line; credit on collateral stays.
            account = directory.accounts[payer]
            amount += account.intraday_credit - account.credit_line
        if kind == CommandKind.OFFSET:
            amount = int(Algorithm[row["algorithm"].upper()])
        payment_class = row["payment_class"]
        yield {
            "kind": kind,
            "time": row["at"],
            "payer": NO_ACCOUNT if payer is None else payer,
            "payee": NO_ACCOUNT if payee is None else payee,
            "amount": amount,
            "payment_class": (
                NO_CLASS if payment_class is None else int(PaymentClass[payment_class.upper()])
            ),
            "order": NO_ORDER if row["uetr"] is None else BY_UETR,
            "uetr": uetr,
            **_new_times(row),
        }


def _new_times(row: Mapping[str, Any]) -> Fields:
    """The times that an instruction changes."""
    times = {"earliest": row["earliest_at"], "latest": row["latest_at"]}
    return {name: time for name, time in times.items() if time is not None}


def pay_ins(scenario: Scenario, accounts: pl.DataFrame) -> Iterator[Fields]:
    """Liquidity transfers in, for each day at each time of the schedule, by account.

    A day's schedule is drawn up from the orders submitted before its first pay-in: an account that
    is to pay more than it receives brings a part of the difference, rounded up to minor units, by
    each time; its opening balance does not count.

    Args:
        scenario: with or without position limits in its rulebook.
        accounts: account numbers of payer and payee by payment.
    """
    limits = scenario.rulebook.position_limits
    if limits is None or not limits.pay_ins:
        return
    zone = find_time_zone(scenario.time_zone)
    for day in scenario.business_days:
        timestamps = [pay_in_timestamp(pay_in, day, zone) for pay_in in limits.pay_ins]
        short = _short(scenario, accounts, day, timestamps[0])
        before = [0] * len(short)
        for pay_in, timestamp in zip(limits.pay_ins, timestamps, strict=True):
            due = [math.ceil(amount * Fraction(pay_in.share)) for amount in short]
            for account, amount in enumerate(due):
                if amount > before[account]:
                    more = amount - before[account]
                    yield {
                        "kind": CommandKind.TRANSFER_IN,
                        "time": timestamp,
                        "payer": account,
                        "amount": more,
                    }
                    before[account] = amount


def _short(scenario: Scenario, accounts: pl.DataFrame, day: BusinessDay, until: int) -> list[int]:
    """Excess of each account's payments over its receipts, minor units; 0 if there is none."""
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
