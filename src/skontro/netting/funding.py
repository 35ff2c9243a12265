"""Who brings the money for net positions at a cut-off, and from where."""

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
from skontro.netting.obligations import Books, Obligation

_DAY: Final = 86_400_000_000
_DAYS_OF_YEAR: Final = 360


@attrs.frozen
class Source:
    """Part of a payment, and where it came from.

    Attributes:
        name: one of `SOURCES`.
        amount: minor units of the currency due.
        funded_by: position of a survivor that paid, or None.
    """

    name: str
    amount: int
    funded_by: int | None = None


@attrs.frozen
class Funded:
    """A residual payment and what it was made from."""

    residual: Obligation
    sources: tuple[Source, ...]


@attrs.define
class SwapUse:
    """What is outstanding on one swap line, in minor units, and what happens at a cut-off."""

    line: SwapLine
    outstanding: int = 0
    drawn: int = 0
    repaid: int = 0
    interest: int = 0

    def pass_time(self, microseconds: int) -> None:
        """Count interest since the cut-off before, half up, and begin the cut-off."""
        days = microseconds // _DAY
        exact = self.outstanding * days * Fraction(self.line.annual_rate) / _DAYS_OF_YEAR
        self.interest = int(exact + Fraction(1, 2))
        self.drawn = self.repaid = 0

    def draw(self, amount: int) -> int:
        """Draw as much of an amount as the line leaves; how much that is."""
        drawn = min(amount, self.line.limit - self.outstanding)
        self.drawn += drawn
        self.outstanding += drawn
        return drawn

    def repay(self, amount: int) -> int:
        """Repay as much as is outstanding of an amount; how much that is."""
        repaid = min(amount, self.outstanding)
        self.repaid += repaid
        self.outstanding -= repaid
        return repaid


@attrs.define
class Treasury:
    """What can be drawn on over the cycles.

    Attributes:
        rules: of the cycles.
        books: participants and accounts.
        currencies: by the engine's positions.
        rates: what collateral is worth in each currency.
        swaps: use of each swap line.
        collateral: what is left of it, by BIC, in minor units of the currency of account.
    """

    rules: NettingRules
    books: Books
    currencies: Sequence[Currency]
    rates: RateTable
    swaps: list[SwapUse]
    collateral: dict[str, int]

    @classmethod
    def of(
        cls, rules: NettingRules, books: Books, currencies: Sequence[Currency], rates: RateTable
    ) -> "Treasury":
        """Nothing drawn yet."""
        for bic in [*rules.collateral, *(failure.bic for failure in rules.failures)]:
            if bic not in books.directory:
                raise InputError(f"netting: {bic} is not in the participant directory")
        swaps = [SwapUse(line) for line in rules.swap_lines]
        worth = {
            bic: rates.value(amount, rules.third_currency)
            for bic, amount in rules.collateral.items()
        }
        return cls(rules, books, currencies, rates, swaps, worth)

    def fund(
        self,
        residuals: list[Obligation],
        short: dict[tuple[int, int], int],
        failing: frozenset[int],
        dealt: dict[tuple[int, int], int],
        date: datetime.date,
    ) -> list[Funded]:
        """Sources for each residual payment; only what a participant is short of comes from afar.

        Args:
            residuals: in order.
            short: what each participant lacks in a currency, in minor units.
            failing: participants that bring nothing.
            dealt: value that each two participants (the lower position first) exchanged in the
                cycle: survivors pay for a participant in proportion to it.
            date: of the cut-off: a central bank has no end of what its country issues on that day.
        """
        left = dict(short)
        funded = []
        for residual in residuals:
            key = (residual.debtor, residual.currency)
            lacking = min(residual.amount, left.get(key, 0))
            left[key] = left.get(key, 0) - lacking
            own = residual.amount - lacking
            sources = [Source("balance", own)] if own else []
            if lacking:
                sources += self._sources(residual, lacking, failing, dealt, date)
            if sum(source.amount for source in sources) != residual.amount:
                raise InvariantBroken("figures claimed equal figures posted", f"{residual}")
            funded.append(Funded(residual, tuple(sources)))
        if any(left.values()):
            raise InvariantBroken("what is short is due", f"{left} is short of nothing that is due")
        return funded

    def _sources(
        self,
        residual: Obligation,
        lacking: int,
        failing: frozenset[int],
        dealt: dict[tuple[int, int], int],
        date: datetime.date,
    ) -> Iterator[Source]:
        currency = self.currencies[residual.currency]
        debtor = self.books.directory.participants[residual.debtor]
        if residual.debtor in failing:
            yield from self._guaranteed(residual, lacking, failing, dealt)
            return
        if debtor.country.issues(currency, date):
            yield Source("central_bank", lacking)
            return
        for use in self.swaps:
            if use.line.borrower == debtor.country and use.line.currency == currency:
                drawn = use.draw(lacking)
                lacking -= drawn
                if drawn:
                    yield Source("swap_line", drawn)
        if lacking:
            yield Source("third_currency", lacking)

    def _guaranteed(
        self,
        residual: Obligation,
        lacking: int,
        failing: frozenset[int],
        dealt: dict[tuple[int, int], int],
    ) -> Iterator[Source]:
        """Collateral of the participant that failed if the rules say so, then the survivors."""
        currency = self.currencies[residual.currency]
        bic = self.books.directory.participants[residual.debtor].bic
        if self.rules.guarantee == Guarantee.COLLATERAL_THEN_SURVIVORS:
            worth = self.collateral.get(bic, 0)
            taken = min(lacking, self.rates.amount(worth, currency))
            if taken:
                used = min(worth, self.rates.value(taken, currency))
                self.collateral[bic] = worth - used
                lacking -= taken
                yield Source("collateral", taken)
        if lacking:
            yield from self._survivors(residual.debtor, lacking, failing, dealt)

    def _survivors(
        self,
        debtor: int,
        lacking: int,
        failing: frozenset[int],
        dealt: dict[tuple[int, int], int],
    ) -> Iterator[Source]:
        """By what each exchanged with the participant; the largest remainders take the rest."""
        weights = {}
        for (low, high), value in sorted(dealt.items()):
            if debtor in (low, high):
                other = high if low == debtor else low
                if other not in failing:
                    weights[other] = value
        total = sum(weights.values())
        if not total:
            raise InputError(
                f"netting: no participant is left to pay for"
                f" {self.books.directory.participants[debtor].bic}, and its collateral is used up"
            )
        shares = {who: divmod(lacking * weight, total) for who, weight in weights.items()}
        rest = lacking - sum(share for share, _ in shares.values())
        more = sorted(shares, key=lambda who: (-shares[who][1], who))[:rest]
        for who, (share, _) in shares.items():
            amount = share + (who in more)
            if amount:
                yield Source("survivors", amount, who)
