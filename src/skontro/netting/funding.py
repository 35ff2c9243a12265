"""Funding of residual payments at a cut-off: funding sources and the amounts they provide."""

import datetime
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

import attrs

from skontro.model import (
    Currency,
    Guarantee,
    InputError,
    InvariantBroken,
    NettingRules,
    RateTable,
    SwapLine,
)
from skontro.model.apportionment import largest_remainder
from skontro.netting.obligations import AccountHolders, Obligation

_DAY: Final = 86_400_000_000
_DAYS_OF_YEAR: Final = 360


@attrs.frozen
class FundedPart:
    """Part of a payment, and its funding source.

    Attributes:
        source: one of `SOURCES`.
        amount: minor units of the currency due.
        funded_by: index of the survivor that paid, or None.
    """

    source: str
    amount: int
    funded_by: int | None = None


@attrs.frozen
class FundedResidual:
    """A residual payment and its funding."""

    residual: Obligation
    parts: tuple[FundedPart, ...]


@attrs.define
class SwapUse:
    """Use of one swap line, in minor units: the amount outstanding, and the moves of a cut-off."""

    line: SwapLine
    outstanding: int = 0
    drawn: int = 0
    repaid: int = 0
    interest: int = 0

    def pass_time(self, microseconds: int) -> None:
        """Add interest since the previous cut-off, half up, and begin the cut-off."""
        days = microseconds // _DAY
        exact = self.outstanding * days * Fraction(self.line.annual_rate) / _DAYS_OF_YEAR
        self.interest = int(exact + Fraction(1, 2))
        self.drawn = self.repaid = 0

    def draw(self, amount: int) -> int:
        """Draw an amount, as far as the line allows; returns the amount drawn."""
        drawn = min(amount, self.line.limit - self.outstanding)
        self.drawn += drawn
        self.outstanding += drawn
        return drawn

    def repay(self, amount: int) -> int:
        """Repay an amount, as far as it is outstanding; returns the amount repaid."""
        repaid = min(amount, self.outstanding)
        self.repaid += repaid
        self.outstanding -= repaid
        return repaid


@attrs.define
class FundingSources:
    """Funding sources over the cycles: swap lines, collateral, survivors.

    Attributes:
        rules: rules of the cycles.
        holders: participants and accounts.
        currencies: those of the engine, in its order.
        rates: value collateral in each currency.
        swaps: use of each swap line.
        collateral: unused, by BIC, in minor units of the currency of account.
    """

    rules: NettingRules
    holders: AccountHolders
    currencies: Sequence[Currency]
    rates: RateTable
    swaps: list[SwapUse]
    collateral: dict[str, int]

    @classmethod
    def of(
        cls,
        rules: NettingRules,
        holders: AccountHolders,
        currencies: Sequence[Currency],
        rates: RateTable,
    ) -> "FundingSources":
        """Nothing drawn yet."""
        for bic in [*rules.collateral, *(failure.bic for failure in rules.failures)]:
            if bic not in holders.directory:
                raise InputError(f"netting: {bic} is not in the participant directory")
        swaps = [SwapUse(line) for line in rules.swap_lines]
        worth = {
            bic: rates.value(amount, rules.third_currency)
            for bic, amount in rules.collateral.items()
        }
        return cls(rules, holders, currencies, rates, swaps, worth)

    def fund(
        self,
        residuals: list[Obligation],
        short: dict[tuple[int, int], int],
        failing: frozenset[int],
        turnover: dict[tuple[int, int], int],
        date: datetime.date,
    ) -> list[FundedResidual]:
        """Fund each residual payment, from the debtor's account first and then from other sources.

        Args:
            residuals: in order.
            short: shortfall of each participant in a currency, in minor units.
            failing: participants that fail, and bring in nothing.
            turnover: value that each two participants (the lower index first) exchanged in the
                cycle; survivors pay for a participant in proportion to it.
            date: of the cut-off; a central bank lends its own currency of that day without limit.
        """
        left = dict(short)
        funded = []
        for residual in residuals:
            key = (residual.debtor, residual.currency)
            lacking = min(residual.amount, left.get(key, 0))
            left[key] = left.get(key, 0) - lacking
            own = residual.amount - lacking
            parts = [FundedPart("balance", own)] if own else []
            if lacking:
                parts += self._parts(residual, lacking, failing, turnover, date)
            if sum(part.amount for part in parts) != residual.amount:
                raise InvariantBroken("figures claimed equal figures posted", f"{residual}")
            funded.append(FundedResidual(residual, tuple(parts)))
        if any(left.values()):
            raise InvariantBroken("what is short is due", f"{left} is short of nothing that is due")
        return funded

    def _parts(
        self,
        residual: Obligation,
        lacking: int,
        failing: frozenset[int],
        turnover: dict[tuple[int, int], int],
        date: datetime.date,
    ) -> Iterator[FundedPart]:
        currency = self.currencies[residual.currency]
        debtor = self.holders.directory.participants[residual.debtor]
        if residual.debtor in failing:
            yield from self._guaranteed(residual, lacking, failing, turnover)
            return
        if debtor.country.issues(currency, date):
            yield FundedPart("central_bank", lacking)
            return
        for use in self.swaps:
            if use.line.borrower == debtor.country and use.line.currency == currency:
                drawn = use.draw(lacking)
                lacking -= drawn
                if drawn:
                    yield FundedPart("swap_line", drawn)
        if lacking:
            yield FundedPart("third_currency", lacking)

    def _guaranteed(
        self,
        residual: Obligation,
        lacking: int,
        failing: frozenset[int],
        turnover: dict[tuple[int, int], int],
    ) -> Iterator[FundedPart]:
        """Collateral of the participant that failed if the rules say so, then the survivors."""
        currency = self.currencies[residual.currency]
        bic = self.holders.directory.participants[residual.debtor].bic
        if self.rules.guarantee == Guarantee.COLLATERAL_THEN_SURVIVORS:
            worth = self.collateral.get(bic, 0)
            taken = min(lacking, self.rates.amount(worth, currency))
            if taken:
                used = min(worth, self.rates.value(taken, currency))
                self.collateral[bic] = worth - used
                lacking -= taken
                yield FundedPart("collateral", taken)
        if lacking:
            yield from self._survivors(residual.debtor, lacking, failing, turnover)

    def _survivors(
        self,
        debtor: int,
        lacking: int,
        failing: frozenset[int],
        turnover: dict[tuple[int, int], int],
    ) -> Iterator[FundedPart]:
        """Shares in proportion to turnover with the participant; see `largest_remainder`."""
        weights = {}
        for pair, value in sorted(turnover.items()):
            if debtor in pair:
                other = pair[0] if debtor == pair[1] else pair[1]
                if other not in failing:
                    weights[other] = value
        if not any(weights.values()):
            raise InputError(
                f"netting: no participant is left to pay for"
                f" {self.holders.directory.participants[debtor].bic}, and its collateral is used up"
            )
        parts = largest_remainder(lacking, list(weights.values()))
        for other, amount in zip(weights, parts, strict=True):
            if amount:
                yield FundedPart("survivors", amount, other)
