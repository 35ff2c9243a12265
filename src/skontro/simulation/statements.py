"""Account statements: postings of orders, earmarks and transfers, and the resulting balances."""

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt
import polars as pl

from skontro.engine import CommandKind, Engine, EventKind
from skontro.files import ACCOUNTS, STATEMENTS, TIMESTAMP, TOTAL, Scenario
from skontro.model import InvariantBroken
from skontro.simulation.earmarks import earmark_postings
from skontro.simulation.outcomes import SIMULTANEOUS, indices_of_runs
from skontro.simulation.period_record import PeriodRecord, SubmittedPayments
from skontro.system import TRANSFER_KINDS
from skontro.system.earmark_postings import EARMARK_EVENTS

Int64s = npt.NDArray[np.int64]

#: In place of an order: a liquidity transfer.
NO_ORDER: Final = -1
#: In place of an order: the first of the earmarks carried over; the next ones are lower.
CARRIED: Final = -2


@attrs.frozen(eq=False)
class Postings:
    """Postings sorted by account, then by settlement.

    Among orders that settled simultaneously, an account's credits come before its debits: no
    balance in between is lower than before and after all of them.

    Attributes:
        account, order, time: one element a posting; of an order its index among those of the
            period, `NO_ORDER` for a liquidity transfer, `CARRIED` less the place of an
            earmark carried over.
        other: the other account; `NO_ORDER` for a liquidity transfer.
        change: minor units, negative for a debit.
        entry: 1, 2, 3 … inside each account.
        balance: after the posting.
        paid: payments less receipts by orders since the opening, after the posting.
    """

    account: Int64s
    order: Int64s
    other: Int64s
    time: Int64s
    change: Int64s
    entry: Int64s
    balance: Int64s
    paid: Int64s


@attrs.frozen(eq=False)
class _Changes:
    """Changes by postings, unordered; `timestamp` gives their time."""

    account: Int64s
    order: Int64s
    other: Int64s
    time: Int64s
    change: Int64s
    timestamp: Int64s


def make_postings(scenario: Scenario, record: PeriodRecord) -> Postings:
    """All postings of a period, derived from commands and events.

    Args:
        scenario: gives accounts and opening balances.
        record: record of the whole period.
    """
    parts = [_of_orders(scenario, record)]
    if np.isin(record.commands.kind, TRANSFER_KINDS).any():
        parts.append(_of_transfers(record))
    if np.isin(record.events["kind"], EARMARK_EVENTS).any():
        parts.append(_of_earmarks(record))
    changes = parts[0]
    if len(parts) > 1:
        names = attrs.fields_dict(_Changes)
        changes = _Changes(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))
    if len(record.runs) or len(parts) > 1:
        sort = np.lexsort((changes.change < 0, changes.timestamp, changes.account))
    else:
        sort = np.argsort(changes.account, kind="stable")
    return _sorted(changes, sort, scenario)


def _of_orders(scenario: Scenario, record: PeriodRecord) -> _Changes:
    events, runs = record.events, record.runs
    timestamp = np.flatnonzero(events["kind"] == EventKind.SETTLED)
    settled = events[timestamp]
    index = record.indices(settled)
    amount = record.orders.amount[index]
    sides = [side[index] for side in (record.orders.payer, record.orders.payee)]
    if len(runs):
        together = np.flatnonzero(np.isin(settled["reason"], SIMULTANEOUS))
        position = {c: i for i, c in enumerate(scenario.directory.currencies)}
        currency = np.array([position[a.currency] for a in scenario.directory.accounts], np.int64)
        timestamp[together] = indices_of_runs(
            timestamp[together], currency[sides[0][together]], events, runs
        )
    return _Changes(
        account=np.stack(sides, axis=1).reshape(-1).astype(np.int64),
        order=np.repeat(index, 2),
        other=np.stack(sides[::-1], axis=1).reshape(-1).astype(np.int64),
        time=np.repeat(settled["time"], 2),
        change=np.stack([-amount, amount], axis=1).reshape(-1),
        timestamp=np.repeat(timestamp, 2),
    )


def _of_transfers(record: PeriodRecord) -> _Changes:
    """Liquidity transfers that took place; the engine numbers all that were asked for."""
    commands, events = record.commands, record.events
    asked = np.flatnonzero(np.isin(commands.kind, TRANSFER_KINDS))
    timestamp = np.flatnonzero(events["kind"] == EventKind.LIQUIDITY_MOVED)
    rows = asked[events["order"][timestamp] - record.first_transfer]
    into = commands.kind[rows] == int(CommandKind.TRANSFER_IN)
    return _Changes(
        account=commands.payer[rows].astype(np.int64),
        order=np.full(len(rows), NO_ORDER, np.int64),
        other=np.full(len(rows), NO_ORDER, np.int64),
        time=events["time"][timestamp],
        change=np.where(into, commands.amount[rows], -commands.amount[rows]),
        timestamp=timestamp,
    )


def _of_earmarks(record: PeriodRecord) -> _Changes:
    """From the payer to an earmark account, and from it to the payee or back."""
    found = earmark_postings(record)
    postings = found.postings
    index = postings["subject"] - record.first_order
    carried = np.searchsorted(record.carried["order"], postings["subject"])
    order = np.where(index >= 0, index, CARRIED - carried)
    sides = [postings[side].astype(np.int64) for side in ("debit", "credit")]
    return _Changes(
        account=np.stack(sides, axis=1).reshape(-1),
        order=np.repeat(order, 2),
        other=np.stack(sides[::-1], axis=1).reshape(-1),
        time=np.repeat(postings["time"], 2),
        change=np.stack([-postings["amount"], postings["amount"]], axis=1).reshape(-1),
        timestamp=np.repeat(found.timestamp, 2),
    )


def _sorted(changes: _Changes, sort: Int64s, scenario: Scenario) -> Postings:
    account, change = changes.account[sort], changes.change[sort]
    order = changes.order[sort]
    opening = np.array([a.opening_balance for a in scenario.directory.accounts], np.int64)
    starts = np.flatnonzero(np.diff(account, prepend=-1))
    group = np.cumsum(np.diff(account, prepend=-1) != 0) - 1
    return Postings(
        account=account,
        order=order,
        other=changes.other[sort],
        time=changes.time[sort],
        change=change,
        entry=np.arange(len(account)) - starts[group] + 1,
        balance=opening[account] + _running(change, starts, group),
        paid=-_running(np.where(order == NO_ORDER, 0, change), starts, group),
    )


def _running(change: Int64s, starts: Int64s, group: Int64s) -> Int64s:
    """Running sums that restart in each group."""
    # The running sum over all accounts may wrap around; the difference of two such sums, which is
    # a balance and so inside int64, comes out right all the same.
    running = np.cumsum(change)
    before = running[starts] - change[starts]
    return running - before[group]


def post_statements(
    submitted: SubmittedPayments, record: PeriodRecord, engine: Engine
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The tables `STATEMENTS` and `ACCOUNTS`, derived from commands and events alone.

    Args:
        submitted: the payments in order of submission to the engine.
        record: record of the whole period.
        engine: after the last of them; its balances must be the ones derived.

    Raises:
        InvariantBroken: the statements end in other balances than the engine's.
    """
    scenario = submitted.scenario
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
    statements = _statement_table(submitted, postings, record.carried_uetrs)
    return statements, _account_table(scenario, statements, closing, lowest, drawn)


def _statement_table(
    submitted: SubmittedPayments, postings: Postings, carried_uetrs: tuple[str, ...]
) -> pl.DataFrame:
    directory = submitted.scenario.directory
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
            "settled_at": pl.Series(postings.time).cast(TIMESTAMP),
            "uetr": _uetrs(submitted, postings.order, carried_uetrs),
            "counterparty": bics.gather(_or_null(postings.other, postings.other >= 0)),
            "debit_minor": pl.select(pl.when(is_debit).then(-change)).to_series(),
            "credit_minor": pl.select(pl.when(~is_debit).then(change)).to_series(),
            "balance_minor": postings.balance,
        },
        schema=STATEMENTS,
    )


def _uetrs(submitted: SubmittedPayments, order: Int64s, carried: tuple[str, ...]) -> pl.Series:
    """UETRs of orders as `Postings` name them; null for liquidity transfers."""
    of_orders = order >= 0
    row = np.zeros_like(order)
    row[of_orders] = submitted.row[order[of_orders]]  # perhaps none
    payments = submitted.scenario.payments
    uetrs = payments["uetr"].gather(_or_null(row, of_orders))
    if not carried:
        return uetrs
    of_carried = order <= CARRIED
    names = pl.Series(carried, dtype=pl.String)
    return uetrs.zip_with(
        pl.Series(~of_carried), names.gather(_or_null(CARRIED - order, of_carried))
    )


def _or_null(values: Int64s, valid: npt.NDArray[np.bool_]) -> pl.Series:
    return pl.Series(values).set(pl.Series(~valid), None)


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
