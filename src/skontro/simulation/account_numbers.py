"""The settlement accounts that a payment debits and credits."""

from typing import Final

import numpy as np
import polars as pl

from skontro.files import Scenario
from skontro.model import ParticipantDirectory

#: In the place of an account number: none.
NO_ACCOUNT: Final = -1


def account_numbers(scenario: Scenario) -> pl.DataFrame:
    """Columns ``payer`` and ``payee`` with the account numbers of each payment, -1 for none."""
    table = _account_table(scenario.directory)
    payments = scenario.payments
    numbers = {
        side: payments.select(pl.col(side).alias("bic"), "currency")
        .join(table, on=["bic", "currency"], how="left", maintain_order="left")
        .get_column("account")
        .fill_null(NO_ACCOUNT)
        for side in ("payer", "payee")
    }
    return pl.DataFrame(numbers)


def _account_table(directory: ParticipantDirectory) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "bic": [account.bic for account in directory.accounts],
            "currency": [account.currency.code for account in directory.accounts],
            "account": np.arange(len(directory.accounts), dtype=np.int32),
        },
        schema={"bic": pl.String, "currency": pl.String, "account": pl.Int32},
    )
