"""Instructions of participants and the operator as commands."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from skontro.engine import NO_LIMIT, CommandKind
from skontro.files import Scenario
from skontro.model import Algorithm, PaymentClass
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
    instructions = scenario.instructions.with_columns(pl.col("at").to_physical())
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
            # The instruction is about the unsecured line; what collateral lends stays.
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
        }
