"""Account statements: every settled order as a debit and a credit, and the balances they give."""

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
import polars as pl

from skontro.engine import Engine, EventKind
from skontro.files import ACCOUNTS, MOMENT, STATEMENTS, TOTAL, Scenario
from skontro.model import InvariantBroken

Int64s = npt.NDArray[np.int64]


@attrs.frozen(eq=False)
class _Postings:
    """Two postings per settled order, sorted by account, then by settlement.

    Attributes:
        account, order, time: as in the events, one element a posting.
        change: minor units, negative for a debit.
        entry: 1, 2, 3 … inside each account.
        balance: after the posting.
    """

    account: Int64s
    order: Int64s
    time: Int64s
    change: Int64s
    entry: Int64s
    balance: Int64s


def post_statements(
    scenario: Scenario, accounts: pl.DataFrame, events: npt.NDArray[Any], engine: Engine
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The tables `STATEMENTS` and `ACCOUNTS`, derived from the events alone.

    Args:
        scenario: what was settled.
        accounts: account numbers of payer and payee by order.
        events: all of the engine's events of the period.
        engine: after the last of them; its balances must be the ones derived.

    Raises:
        InvariantBroken: the statements end in other balances than the engine's.
    """
    opening = np.array([a.opening_balance for a in scenario.directory.accounts], np.int64)
    postings = _postings(scenario, accounts, events, opening)
    closing, lowest = opening.copy(), opening.copy()
    closing[postings.account] = postings.balance  # the last of each account is written last
    np.minimum.at(lowest, postings.account, postings.balance)
    different = np.flatnonzero(closing != engine.balances)
    if different.size:
        account = int(different[0])
        raise InvariantBroken(
            "figures claimed equal figures posted",
            f"account {account}: posted {closing[account]}, claimed {engine.balances[account]}",
        )
    statements = _statement_table(scenario, postings)
    return statements, _account_table(scenario, statements, closing, lowest)


def _postings(
    scenario: Scenario, accounts: pl.DataFrame, events: npt.NDArray[Any], opening: Int64s
) -> _Postings:
    settled = events[events["kind"] == EventKind.SETTLED]
    amount = scenario.payments["amount_minor"].to_numpy()[settled["order"]]
    sides = [accounts[side].to_numpy()[settled["order"]] for side in ("payer", "payee")]
    account = np.stack(sides, axis=1).reshape(-1).astype(np.int64)
    by_account = np.argsort(account, kind="stable")
    account = account[by_account]
    change = np.stack([-amount, amount], axis=1).reshape(-1)[by_account]
    starts = np.flatnonzero(np.diff(account, prepend=-1))
    group = np.cumsum(np.diff(account, prepend=-1) != 0) - 1
    # The running sum over all accounts may wrap around; the difference of two such sums, which is
    # a balance and so inside int64, comes out right all the same.
    running = np.cumsum(change)
    before = running[starts] - change[starts]
    return _Postings(
        account=account,
        order=np.repeat(settled["order"], 2)[by_account],
        time=np.repeat(settled["time"], 2)[by_account],
        change=change,
        entry=np.arange(len(account)) - starts[group] + 1,
        balance=opening[account] + (running - before[group]),
    )


def _statement_table(scenario: Scenario, postings: _Postings) -> pl.DataFrame:
    directory = scenario.directory
    orders = scenario.payments[postings.order]
    bics = pl.Series([a.bic for a in directory.accounts], dtype=pl.String)
    change = pl.Series(postings.change)
    is_debit = change < 0
    return pl.DataFrame(
        {
            "account": pl.Series(postings.account, dtype=pl.Int32),
            "bic": bics[postings.account],
            "currency": orders["currency"],
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
    scenario: Scenario, statements: pl.DataFrame, closing: Int64s, lowest: Int64s
) -> pl.DataFrame:
    directory = scenario.directory
    holders = [directory.participant(a.bic) for a in directory.accounts]
    opening = np.array([a.opening_balance for a in directory.accounts], np.int64)
    totals = statements.group_by("account", maintain_order=True).agg(
        pl.col("debit_minor").cast(pl.Int128).sum().cast(TOTAL).alias("paid_minor"),
        pl.col("credit_minor").cast(pl.Int128).sum().cast(TOTAL).alias("received_minor"),
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
            "liquidity_used_minor": opening - lowest,
        }
    )
    joined = accounts.join(totals, on="account", how="left", maintain_order="left")
    return joined.with_columns(
        pl.col("paid_minor", "received_minor").fill_null(pl.lit(0, TOTAL)),
        pl.lit(0, TOTAL).alias("transferred_in_minor"),
        pl.lit(0, TOTAL).alias("transferred_out_minor"),
    ).select(list(ACCOUNTS))
