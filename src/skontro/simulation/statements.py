"""Account statements: the postings of each account, and the balances they give."""

import numpy as np
import numpy.typing as npt
import polars as pl

from skontro.engine import Engine
from skontro.files import ACCOUNTS, MOMENT, STATEMENTS, TOTAL, Scenario
from skontro.model import InvariantBroken
from skontro.simulation.period_record import PeriodRecord, ToldPayments
from skontro.simulation.postings import NO_ORDER, Postings, make_postings

Int64s = npt.NDArray[np.int64]


def post_statements(
    told: ToldPayments, record: PeriodRecord, engine: Engine
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The tables `STATEMENTS` and `ACCOUNTS`, derived from commands and events alone.

    Args:
        told: the payments.
        record: of the whole period.
        engine: after the last of them; its balances must be the ones derived.

    Raises:
        InvariantBroken: the statements end in other balances than the engine's.
    """
    scenario = told.scenario
    postings = make_postings(scenario, record)
    closing = np.array([a.opening_balance for a in scenario.directory.accounts], np.int64)
    lowest, drawn = closing.copy(), np.zeros_like(closing)
    closing[postings.account] = postings.balance  # the last of each account is written last
    np.minimum.at(lowest, postings.account, postings.balance)
    np.maximum.at(drawn, postings.account, postings.paid)
    different = np.flatnonzero(closing != engine.balances)
    if different.size:
        account = int(different[0])
        raise InvariantBroken(
            "figures claimed equal figures posted",
            f"account {account}: posted {closing[account]}, claimed {engine.balances[account]}",
        )
    statements = _statement_table(told, postings)
    return statements, _account_table(scenario, statements, closing, lowest, drawn)


def _statement_table(told: ToldPayments, postings: Postings) -> pl.DataFrame:
    directory = told.scenario.directory
    rows = pl.Series(told.row[postings.order])
    rows = rows.set(pl.Series(postings.order == NO_ORDER), None)
    orders = told.scenario.payments.select(
        pl.col("uetr", "payer", "payee").gather(rows, null_on_oob=False)
    )
    bics = pl.Series([a.bic for a in directory.accounts], dtype=pl.String)
    codes = pl.Series([a.currency.code for a in directory.accounts], dtype=pl.String)
    change = pl.Series(postings.change)
    is_debit = change < 0
    return pl.DataFrame(
        {
            "account": pl.Series(postings.account, dtype=pl.Int32),
            "bic": bics[postings.account],
            "currency": codes[postings.account],
            "entry": postings.entry,
            "settled_at": pl.Series(postings.time).cast(MOMENT),
            "uetr": orders["uetr"],
            "counterparty": orders["payee"].zip_with(is_debit, orders["payer"]),
            "debit_minor": pl.select(pl.when(is_debit).then(-change)).to_series(),
            "credit_minor": pl.select(pl.when(~is_debit).then(change)).to_series(),
            "balance_minor": postings.balance,
        },
        schema=STATEMENTS,
    )


def _account_table(
    scenario: Scenario,
    statements: pl.DataFrame,
    closing: Int64s,
    lowest: Int64s,
    drawn: Int64s,
) -> pl.DataFrame:
    directory = scenario.directory
    holders = [directory.participant(a.bic) for a in directory.accounts]
    opening = np.array([a.opening_balance for a in directory.accounts], np.int64)
    totals = statements.group_by("account", maintain_order=True).agg(
        pl.col(side).filter(condition).cast(pl.Int128).sum().cast(TOTAL).alias(name)
        for name, side, condition in (
            ("paid_minor", "debit_minor", pl.col("uetr").is_not_null()),
            ("received_minor", "credit_minor", pl.col("uetr").is_not_null()),
            ("transferred_in_minor", "credit_minor", pl.col("uetr").is_null()),
            ("transferred_out_minor", "debit_minor", pl.col("uetr").is_null()),
        )
    )
    accounts = pl.DataFrame(
        {
            "account": pl.Series(range(len(holders)), dtype=pl.Int32),
            "bic": pl.Series([p.bic for p in holders], dtype=pl.String),
            "name": pl.Series([p.name for p in holders], dtype=pl.String),
            "country": pl.Series([p.country.alpha3 for p in holders], dtype=pl.String),
            "currency": pl.Series([a.currency.code for a in directory.accounts], dtype=pl.String),
            "opening_balance_minor": opening,
            "credit_line_minor": pl.Series(
                [a.intraday_credit for a in directory.accounts], dtype=pl.Int64
            ),
            "closing_balance_minor": closing,
            "lowest_balance_minor": lowest,
            "liquidity_used_minor": drawn,
        }
    )
    joined = accounts.join(totals, on="account", how="left", maintain_order="left")
    return joined.with_columns(pl.col(TOTAL).fill_null(pl.lit(0, TOTAL))).select(list(ACCOUNTS))
