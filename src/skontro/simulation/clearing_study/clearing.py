"""Settlement of a year of trade under one design, by the settlement engine.

Every position is a settlement account in one unit of account. In multilateral netting it is that of
a country with the union; in bilateral netting, of a country with one partner. Its credit line is
the swap line. Orders are collected. At a cut-off the excess of a position over its limits is paid
in the third currency, and then all orders settle together. A position within the limits remains, in
the debtor's or creditor's own currency, until later trade offsets it.
"""

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import CommandKind, Engine, commands_of, open_day, submit
from skontro.model import (
    Algorithm,
    Currency,
    InvariantBroken,
    Netting,
    PaymentClass,
    Rulebook,
    SettlementAccount,
    find_currency,
)
from skontro.model.net_amounts import largest_first, net_positions
from skontro.simulation.account_numbers import NO_ACCOUNT
from skontro.simulation.clearing_study.designs import Design
from skontro.simulation.clearing_study.trade_year import TradeYear

Int64s = npt.NDArray[np.int64]

#: The engine needs a currency; which one makes no difference to whole minor units.
_UNIT: Final[Currency] = find_currency("USD")
_COLLECT: Final = Rulebook(in_runs_only=True)


@attrs.frozen(eq=False)
class ClearingAccounts:
    """The accounts of a design.

    Attributes:
        payer, payee: account of each corridor's importer and exporter.
        country: index of the country, by account.
        counterpart: in bilateral netting the partner's account, by account; else empty.
        line, holding: limits by account, minor units.
    """

    payer: Int64s
    payee: Int64s
    country: Int64s
    counterpart: Int64s
    line: Int64s
    holding: Int64s


@attrs.frozen(eq=False)
class Settled:
    """A settled year under one design.

    Attributes:
        third: payments in the third currency, minor units.
        balances: by cut-off and party, minor units; negative if it owes, summed over
            partners.
    """

    third: int
    balances: Int64s


def clearing_accounts(year: TradeYear, design: Design) -> ClearingAccounts:
    """The accounts of a design and their limits, rounded down to minor units."""
    bilateral = design.netting == Netting.BILATERAL
    trade: dict[tuple[int, int], int] = {}
    for one, other, value in zip(
        year.importer.tolist(), year.exporter.tolist(), year.annual.tolist(), strict=True
    ):
        for key in ((one, other), (other, one)) if bilateral else ((one, -1), (other, -1)):
            trade[key] = trade.get(key, 0) + value
    keys = sorted(trade)
    number = {key: i for i, key in enumerate(keys)}

    def account(one: int, other: int) -> int:
        return number[one, other if bilateral else -1]

    pairs = list(zip(year.importer.tolist(), year.exporter.tolist(), strict=True))
    everything = sum(trade.values())
    lines = [int(trade[key] * design.line) for key in keys]
    held = design.holding
    holdings = [everything if held is None else int(trade[key] * held) for key in keys]
    return ClearingAccounts(
        payer=np.array([account(one, other) for one, other in pairs], np.int64),
        payee=np.array([account(other, one) for one, other in pairs], np.int64),
        country=np.array([one for one, _ in keys], np.int64),
        counterpart=np.array(
            [number[other, one] for one, other in keys] if bilateral else [], np.int64
        ),
        line=np.array(lines, np.int64),
        holding=np.array(holdings, np.int64),
    )


def settle_design(year: TradeYear, design: Design) -> Settled:
    """Settle the year's trade cycle by cycle.

    Raises:
        InvariantBroken: not all orders of a cycle settled.
    """
    accounts = clearing_accounts(year, design)
    engine = Engine(
        [
            SettlementAccount(f"{number}", _UNIT, 0, line)
            for number, line in enumerate(accounts.line.tolist())
        ],
        _COLLECT,
    )
    engine.apply(open_day(0))
    net = net_trade(year, design, accounts)
    third, start, balances = 0, 0, []
    for cycle, cut_off in enumerate(design.cut_offs(year)):
        _collect(engine, year, accounts, start, cut_off)
        third += _settle_cycle(engine, accounts, net[:, cycle], cut_off)
        by_country = np.zeros(len(year.parties), np.int64)
        np.add.at(by_country, accounts.country, engine.balances)
        balances.append(by_country)
        start = cut_off + 1
    return Settled(third, np.array(balances, np.int64))


def _collect(
    engine: Engine, year: TradeYear, accounts: ClearingAccounts, start: int, cut_off: int
) -> None:
    """Submit one order for each corridor and day with trade; times count days."""
    amounts = year.daily[:, start : cut_off + 1].T
    day, corridor = np.nonzero(amounts)
    engine.apply(
        submit(
            time=day + start,
            payer=accounts.payer[corridor],
            payee=accounts.payee[corridor],
            amount=amounts[day, corridor],
            payment_class=np.full(len(day), int(PaymentClass.NORMAL)),
        )
    )


def net_trade(year: TradeYear, design: Design, accounts: ClearingAccounts) -> Int64s:
    """Net trade, received less paid, by account and cycle, minor units."""
    ends = design.cut_offs(year)
    starts = [0, *(end + 1 for end in ends[:-1])]
    by_cycle = np.add.reduceat(year.daily, starts, axis=1)
    payer, payee = accounts.payer.tolist(), accounts.payee.tolist()
    # Each account belongs to a corridor, so all of them are here, in order.
    net = net_positions(zip(payer, payee, by_cycle, strict=True))
    return np.array(list(net.values()), np.int64)


def _settle_cycle(engine: Engine, accounts: ClearingAccounts, net: Int64s, cut_off: int) -> int:
    """Settle all queued orders; returns the payments in the third currency for them.

    Args:
        engine: with the orders of the cycle in its queues.
        accounts: those of the design.
        net: net trade of the cycle by account.
        cut_off: its last day.
    """
    after = engine.balances + net
    paid, received = third_currency_payments(accounts, after.tolist())
    kinds = [CommandKind.TRANSFER_IN] * len(paid) + [CommandKind.OFFSET]
    commands = commands_of(
        len(paid) + 1 + len(received),
        kind=kinds + [CommandKind.TRANSFER_OUT] * len(received),
        time=cut_off,
        payer=[*paid, NO_ACCOUNT, *received],
        amount=[*paid.values(), int(Algorithm.ALL_OR_NOTHING), *received.values()],
    )
    engine.apply(commands)
    if engine.queued or sum(paid.values()) != sum(received.values()):
        raise InvariantBroken(
            "a cycle settles whole", f"{engine.queued} orders are queued after cut-off {cut_off}"
        )
    brought_in = [paid.get(a, 0) - received.get(a, 0) for a in range(len(after))]
    if not np.array_equal(engine.balances, after + brought_in):
        raise InvariantBroken(
            "figures claimed equal figures posted",
            f"balances after cut-off {cut_off} are not those of net trade and payments",
        )
    return sum(paid.values())


def third_currency_payments(
    accounts: ClearingAccounts, after: list[int]
) -> tuple[dict[int, int], dict[int, int]]:
    """Payments and receipts in the third currency that bring all accounts within their limits.

    In bilateral netting each debtor pays its partner the excess over either's limit. In
    multilateral netting debtors pay the excess over their lines, and creditors receive the excess
    over their limits; the lesser side is filled up from the largest positions left.
    """
    line, holding = accounts.line.tolist(), accounts.holding.tolist()
    short = {a: -left - line[a] for a, left in enumerate(after) if -left > line[a]}
    over = {a: left - holding[a] for a, left in enumerate(after) if left > holding[a]}
    if len(accounts.counterpart):
        counterpart = accounts.counterpart.tolist()
        paid = dict(short)
        for account, amount in over.items():
            debtor = counterpart[account]
            paid[debtor] = max(paid.get(debtor, 0), amount)
        paid = dict(sorted(paid.items()))
        return paid, {counterpart[account]: amount for account, amount in paid.items()}
    lacking = sum(over.values()) - sum(short.values())
    debts = {a: -left - short.get(a, 0) for a, left in enumerate(after) if left < 0}
    claims = {a: left - over.get(a, 0) for a, left in enumerate(after) if left > 0}
    _fill_up(short, debts, lacking)
    _fill_up(over, claims, -lacking)
    return dict(sorted(short.items())), dict(sorted(over.items()))


def _fill_up(payments: dict[int, int], left: dict[int, int], amount: int) -> None:
    """Add an amount to payments, the largest position first; nothing if it is not positive."""
    for account, position in largest_first(left):
        more = min(position, max(0, amount))
        if more:
            payments[account] = payments.get(account, 0) + more
        amount -= more
