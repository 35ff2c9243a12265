"""Instructions of participants and the operator as commands."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from skontro.engine import NO_LIMIT, CommandKind
from skontro.files import Scenario
from skontro.model import Algorithm, PaymentClass
from skontro.simulation.rows import NO_ACCOUNT, Row

_LIMITS: Final = (CommandKind.SET_NET_SENDER_LIMIT, CommandKind.SET_BILATERAL_LIMIT)


def instruction_rows(scenario: Scenario) -> Iterator[Row]:
    """One row for each instruction, by time."""
    directory = scenario.directory
    instructions = scenario.instructions.join(
        scenario.payments.select("uetr").with_row_index("order"),
        on="uetr",
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("at").to_physical())
    for row in instructions.iter_rows(named=True):
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
        yield Row(
            kind,
            row["at"],
            NO_ACCOUNT if payer is None else payer,
            NO_ACCOUNT if payee is None else payee,
            amount,
            -1 if payment_class is None else int(PaymentClass[payment_class.upper()]),
            NO_ACCOUNT if row["order"] is None else row["order"],
        )
