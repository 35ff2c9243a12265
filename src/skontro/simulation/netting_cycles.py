"""Settlement of a scenario in netting cycles: collect, net, fund, settle together, pay out."""

import datetime
from collections import Counter
from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np

from skontro.engine import CommandKind, Commands, Engine, commands_from, join
from skontro.files import Results, Scenario
from skontro.model import (
    Algorithm,
    BusinessDay,
    InputError,
    Netting,
    NettingRules,
    Rulebook,
)
from skontro.model.net_amounts import bilateral_turnover, net_positions
from skontro.netting.conversions import conversions
from skontro.netting.cycle import CyclePeriod, cycle_periods
from skontro.netting.cycle_tables import CycleTables
from skontro.netting.funding import FundedResidual, FundingSources
from skontro.netting.obligations import AccountHolders, Obligation, queued_obligations
from skontro.netting.residuals import Positions, residuals_of
from skontro.simulation.account_numbers import account_numbers
from skontro.simulation.command_stream import CommandStream, command_stream
from skontro.simulation.conversion_orders import ConversionOrders, with_conversion_orders
from skontro.simulation.order_numbers import OrderNumbers
from skontro.simulation.period_record import PeriodRecord
from skontro.simulation.progress import Progress
from skontro.simulation.results import results_of
from skontro.simulation.scheduled_commands import Fields

#: Orders wait for the cut-off, and all of them settle at it together.
COLLECT = Rulebook(in_runs_only=True)


def settle_in_cycles(
    scenario: Scenario, rules: NettingRules, progress: Progress | None = None
) -> Results:
    """Settle the scenario's payments in netting cycles.

    At each cut-off the queued orders are netted by the rules. Participants convert between the
    currencies of their orders and of their residuals through the clearing agent, payment versus
    payment. A net debtor's shortfall is funded. Then the engine settles all orders and conversions
    together. After that swap lines are repaid, and the excess over a holding limit is sold.

    Args:
        scenario: the payments; its rulebook must be that of gross settlement.
        rules: rules of the cycles.
        progress: called after every cut-off with the number of commands so far and of all.

    Raises:
        InputError: rules and directory do not fit together.
        InvariantBroken: the engine, or a figure derived from its events, contradicts itself.
    """
    return _cycles(scenario, rules).settle(progress)


def commands_of_cycles(scenario: Scenario, rules: NettingRules) -> Commands:
    """All commands to the engine when a scenario settles in netting cycles; see `COLLECT`.

    Args:
        scenario, rules: as for `settle_in_cycles`.

    Raises:
        InputError: as `settle_in_cycles`.
        InvariantBroken: as `settle_in_cycles`.
    """
    cycles = _cycles(scenario, rules)
    cycles.go_through(None)
    return join(cycles.commands)


def check_cycles(scenario: Scenario, rules: NettingRules) -> None:
    """See that rules and directory fit together, without settling anything.

    Raises:
        InputError: they do not; or the rulebook is not that of gross settlement.
    """
    _cycles(scenario, rules)


def _cycles(scenario: Scenario, rules: NettingRules) -> "_Cycles":
    if scenario.rulebook != Rulebook():
        raise InputError("netting: orders settle at cut-offs alone; leave the rulebook out")
    return _Cycles(scenario, rules)


class _Cycles:
    """The cycles of one scenario, from the first cut-off to the last."""

    def __init__(self, scenario: Scenario, rules: NettingRules) -> None:
        self.scenario, self.rules = scenario, rules
        self.engine = Engine(scenario.directory.accounts, COLLECT)
        self.currencies = self.engine.currencies
        self.holders = AccountHolders.of(scenario.directory, self.engine)
        self.sources = FundingSources.of(rules, self.holders, self.currencies, scenario.rates)
        self.conversions = ConversionOrders.of(rules, self.holders, self.currencies, scenario.name)
        self.tables = CycleTables.of(rules, self.holders, self.currencies)
        self.numbers = OrderNumbers()
        self.commands: list[Commands] = []
        self.events: list[np.ndarray[Any, Any]] = []
        self.runs: list[np.ndarray[Any, Any]] = []
        self.last_cut_off: int | None = None

    def settle(self, progress: Progress | None) -> Results:
        self.go_through(progress)
        return self._results()

    def go_through(self, progress: Progress | None) -> None:
        """Tell the engine everything of all cycles."""
        periods = cycle_periods(self.rules.length, self.scenario.business_days)
        stream = self._stream(periods)
        done = 0
        for period in periods:
            for cut_off in period.cut_offs:
                until = int(np.searchsorted(stream.commands.time, cut_off, side="right"))
                self._apply(stream.commands.part(done, until))
                done = until
                self._cut_off(cut_off, period)
                if progress is not None:
                    progress(done, len(stream.commands))
        self._apply(stream.commands.part(done, len(stream.commands)))

    def _stream(self, periods: list[CyclePeriod]) -> CommandStream:
        days = tuple(BusinessDay(s.day.date, s.opens_at, s.closes_at) for s in periods)
        spanned = Scenario(
            name=self.scenario.name,
            business_days=days,
            time_zone=self.scenario.time_zone,
            directory=self.scenario.directory,
            payments=self.scenario.payments,
            rates=self.scenario.rates,
            instructions=self.scenario.instructions,
        )
        return command_stream(spanned, account_numbers(spanned))

    def _apply(self, commands: Commands) -> None:
        if len(commands):
            commands = self.numbers.resolve(commands)
            self.commands.append(commands)
            self.events.append(self.engine.apply(commands).copy())
            self.runs.append(self.engine.runs.copy())

    def _cut_off(self, timestamp: int, period: CyclePeriod) -> None:
        cycle = self.tables.begin(timestamp, period.day.date)
        for use in self.sources.swaps:
            use.pass_time(0 if self.last_cut_off is None else timestamp - self.last_cut_off)
        self.last_cut_off = timestamp
        obligations = queued_obligations(self.engine, self.holders)
        date, rates = period.day.date, self.scenario.rates
        residuals = residuals_of(
            self.rules, obligations, self.holders, self.currencies, rates, date
        )
        due = _net(residuals)
        found = []
        if self.conversions.agent is not None:
            before = _net(obligations)
            found = conversions(before, due, self.conversions.agent, self.currencies, rates)
        short, turnover = self._short(residuals, due), self._turnover(obligations)
        funded = self.sources.fund(residuals, short, self._failing(date), turnover, date)
        run: Fields = {"kind": CommandKind.OFFSET, "time": timestamp}
        run["amount"] = int(Algorithm.ALL_OR_NOTHING)
        rows = [
            *self._transfers_in(funded, timestamp),
            *self.conversions.submit(found, timestamp),
            run,
        ]
        self._apply(commands_from(rows))
        self.tables.add_funding(cycle, funded)
        self._pay_out(cycle, timestamp)

    def _failing(self, date: datetime.date) -> frozenset[int]:
        number = {p.bic: i for i, p in enumerate(self.scenario.directory.participants)}
        return frozenset(
            number[failure.bic] for failure in self.rules.failures if failure.date == date
        )

    def _short(self, residuals: list[Obligation], due: Positions) -> Positions:
        """Shortfall of each participant for its payments, by participant and currency.

        Bilateral net positions are paid one by one, so what others pay comes too late for them; the
        participant has it at the next cut-off.
        """
        cover = self.engine.balances + self.engine.credit_lines
        if self.rules.netting == Netting.MULTILATERAL:
            needed = {key: -amount for key, amount in due.items()}
        else:
            needed = Counter()
            for one in residuals:
                needed[one.debtor, one.currency] += one.amount
        short = {key: needed[key] - int(cover[self._account(*key)]) for key in sorted(needed)}
        return {key: lacking for key, lacking in short.items() if lacking > 0}

    def _account(self, participant: int, currency: int) -> int:
        return self.conversions.account(participant, currency)

    def _turnover(self, obligations: list[Obligation]) -> dict[tuple[int, int], int]:
        """The value that each two participants exchanged; nothing where none can fail."""
        if not self.rules.failures:
            return {}
        rates = self.scenario.rates
        return bilateral_turnover(
            (o.debtor, o.creditor, rates.value(o.amount, self.currencies[o.currency]))
            for o in obligations
        )

    def _transfers_in(self, funded: list[FundedResidual], timestamp: int) -> list[Fields]:
        return [
            _transfer(
                CommandKind.TRANSFER_IN,
                timestamp,
                self._account(payment.residual.debtor, payment.residual.currency),
                part.amount,
            )
            for payment in funded
            for part in payment.parts
            if part.source != "balance"
        ]

    def _pay_out(self, cycle: int, timestamp: int) -> None:
        """Repay swap lines, then sell the excess over a holding limit."""
        balances = self.engine.balances.tolist()
        rows = []
        for use in self.sources.swaps:
            currency = self.currencies.index(use.line.currency)
            for account in self.conversions.accounts_of(use.line.borrower, currency):
                repaid = use.repay(max(0, balances[account]))
                balances[account] -= repaid
                if repaid:
                    rows.append(_transfer(CommandKind.TRANSFER_OUT, timestamp, account, repaid))
        for limit in self.rules.holding_limits:
            number = self.scenario.directory.account_number(limit.bic, limit.currency.code)
            excess = 0 if number is None else balances[number] - limit.limit
            if number is not None and excess > 0:
                rows.append(_transfer(CommandKind.TRANSFER_OUT, timestamp, number, excess))
                self.tables.add_sale(cycle, number, excess)
        if rows:
            self._apply(commands_from(rows))
        self.tables.add_swaps(cycle, self.sources.swaps)

    def _results(self) -> Results:
        scenario = with_conversion_orders(self.scenario, self.conversions)
        events, runs = np.concatenate(self.events), np.concatenate(self.runs)
        record = PeriodRecord(join(self.commands), events, runs)
        results = results_of(scenario, record, self.engine)
        return attrs.evolve(
            results,
            netting=self.rules,
            residuals=self.tables.residuals(),
            swap_lines=self.tables.swap_lines(),
        )


def _net(obligations: Iterable[Obligation]) -> Positions:
    """Net positions by participant and currency."""
    return net_positions(
        ((o.debtor, o.currency), (o.creditor, o.currency), o.amount) for o in obligations
    )


def _transfer(kind: CommandKind, timestamp: int, account: int, amount: int) -> Fields:
    """The fields of a liquidity transfer."""
    return {"kind": kind, "time": timestamp, "payer": account, "amount": amount}
