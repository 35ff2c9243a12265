"""Settlement of one scenario under several designs and degrees of liquidity, each measured."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import attrs
import polars as pl

from skontro.files import Results, Scenario
from skontro.files.designs import Design
from skontro.files.notebook import counted, html_table, with_plot
from skontro.model import Currency, Rulebook, find_currency
from skontro.simulation.compare.designs import DEGREES, last_timestamp, under, with_liquidity
from skontro.simulation.compare.optimum import Optimum, measure_optimum
from skontro.simulation.settling import settle, settle_until
from skontro.statistics import (
    CurrencyShares,
    Layer,
    ResidualFunding,
    Tally,
    break_down,
    decimal_text,
    measure_delay,
    measure_liquidity,
    measure_turnover,
    residual_funding,
)

#: Called with the number of settlements done, and of all settlements.
Progress = Callable[[int, int], None]


@attrs.frozen(kw_only=True)
class Outcome:
    """One design at one degree of liquidity; values in minor units of the currency of account.

    Attributes:
        design: its name.
        degree: part of the scenario's liquidity.
        provided: opening balances and intraday credit.
        brought_in: from outside during the day: for net positions at cut-offs, by pay-ins and by
            instructions.
        used: the most that payments had drawn, over all accounts.
        submitted, settled: orders.
        delay: the delay indicator, 0 to 1; None without orders.
        mean_delay: of settled orders, weighted by value, in microseconds; None without them.
        by_mechanism: settled orders by how they settled.
        runs: how many offsetting runs there were, over all currencies.
        freed: liquidity that these runs did without.
        interbank: currencies of the settled orders, with the national part by both definitions.
        residual: payments of net positions; None without netting cycles.
    """

    design: str
    degree: Fraction
    provided: int
    brought_in: int
    used: int
    submitted: Tally
    settled: Tally
    delay: Fraction | None
    mean_delay: Fraction | None
    by_mechanism: Mapping[str, Tally]
    runs: int
    freed: int
    interbank: CurrencyShares
    residual: ResidualFunding | None

    @property
    def settled_share(self) -> Fraction:
        """Value settled in the value submitted; 1 where nothing was submitted."""
        if not self.submitted.total:
            return Fraction(1)
        return Fraction(self.settled.total, self.submitted.total)


@attrs.frozen(kw_only=True)
class Comparison:
    """The outcomes of all designs at all degrees.

    Attributes:
        name: name of the scenario.
        account_currency: currency of values.
        designs: their names, in the order in which they were given.
        definitions: description of each, by name.
        degrees: ascending.
        outcomes: by degree, then by design.
        optima: by degree: the queues that gross settlement leaves at the end of the first day.

    Example:
        >>> import skontro as sk
        >>> from skontro.testing import small_day
        >>> sk.compare(small_day(), designs=["gross", "bypass"], degrees="50%").designs
        ('gross', 'bypass')
    """

    name: str
    account_currency: Currency
    designs: tuple[str, ...]
    definitions: Mapping[str, Design]
    degrees: tuple[Fraction, ...]
    outcomes: tuple[Outcome, ...]
    optima: Mapping[Fraction, Optimum]

    def outcome(self, design: str, degree: Fraction) -> Outcome:
        """The outcome of one design at one degree."""
        index = self.degrees.index(degree) * len(self.designs) + self.designs.index(design)
        return self.outcomes[index]

    def __repr__(self) -> str:
        return f"<Comparison {self.name!r}: {self._size()}>"

    def _size(self) -> str:
        degrees = len(self.degrees)
        designs = counted(len(self.designs), "design")
        return f"{designs}, {degrees} degree{'' if degrees == 1 else 's'} of liquidity"

    def _repr_html_(self) -> str:
        """For notebooks: value settled by design and degree of liquidity, and its plots."""
        head = ("Value settled", *(_percent(degree) for degree in self.degrees))
        rows = [
            (
                design,
                *(_percent(self.outcome(design, one).settled_share) for one in self.degrees),
            )
            for design in self.designs
        ]
        return with_plot(self, html_table(self.name, f"Comparison: {self._size()}", head, rows))


def _percent(share: Fraction) -> str:
    return f"{decimal_text(share * 100, 1)}%"


def compare(
    scenario: Scenario,
    designs: Mapping[str, Design],
    degrees: Sequence[Fraction] = DEGREES,
    progress: Progress | None = None,
) -> Comparison:
    """Settle a scenario under every design at every degree of liquidity.

    Args:
        scenario: its own rules count only if they are among the designs.
        designs: by name.
        degrees: parts of its liquidity; put in order, and each taken once.
        progress: called before each settlement and after the last.

    Raises:
        InputError: a currency has no rate.
        InvariantBroken: a settlement contradicts itself.
    """
    degrees = tuple(sorted({*degrees}))
    total = len(degrees) * (len(designs) + 1)
    outcomes, optima = [], {}
    done = 0
    for degree in degrees:
        for name, design in designs.items():
            if progress is not None:
                progress(done, total)
            outcomes.append(outcome_of(scenario, name, design, degree))
            done += 1
        scarce = attrs.evolve(with_liquidity(scenario, degree), rulebook=Rulebook(), netting=None)
        engine = settle_until(scarce, last_timestamp(scenario))
        optima[degree] = measure_optimum(engine, scenario.rates)
        done += 1
    if progress is not None:
        progress(done, total)
    return Comparison(
        name=scenario.name,
        account_currency=scenario.rates.account_currency,
        designs=tuple(designs),
        definitions=dict(designs),
        degrees=degrees,
        outcomes=tuple(outcomes),
        optima=optima,
    )


def outcome_of(scenario: Scenario, name: str, design: Design, degree: Fraction) -> Outcome:
    """Settle a scenario under one design at one degree, and measure it.

    Args:
        scenario: its own rules do not count.
        name: name of the design in the outcome.
        design: rules, and parts of the liquidity.
        degree: part of the scenario's liquidity.
    """
    return _outcome(name, degree, _settled(scenario, design, degree))


def _settled(scenario: Scenario, design: Design, degree: Fraction) -> Results:
    """Results of the scenario's own orders, without those of conversions at cut-offs."""
    results = settle(under(scenario, design, degree))
    if results.orders.height == scenario.payments.height:
        return results
    own = results.orders["uetr"].is_in(scenario.payments["uetr"].implode())
    return attrs.evolve(results, orders=results.orders.filter(own))


def _outcome(design: str, degree: Fraction, results: Results) -> Outcome:
    liquidity = measure_liquidity(results).total
    turnover = measure_turnover(results).total
    delay = measure_delay(results).total
    [interbank] = break_down(results, Layer.INTERBANK, [])
    return Outcome(
        design=design,
        degree=degree,
        provided=liquidity.available,
        brought_in=_valued(results, results.accounts, "transferred_in_minor"),
        used=liquidity.used,
        submitted=turnover.submitted,
        settled=turnover.settled,
        delay=delay.indicator,
        mean_delay=delay.weighted_mean,
        by_mechanism=_by_mechanism(results),
        runs=results.runs["run"].n_unique(),
        freed=_valued(results, results.runs, "liquidity_freed_minor"),
        interbank=interbank.share,
        residual=(None if results.netting is None else residual_funding(results, interbank.share)),
    )


def _valued(results: Results, table: pl.DataFrame, column: str) -> int:
    """The sum of a column of minor units, each currency's total valued once."""
    totals = table.group_by("currency").agg(pl.col(column).cast(pl.Int128).sum())
    return sum(results.rates.value(minor, find_currency(code)) for code, minor in totals.rows())


def _by_mechanism(results: Results) -> dict[str, Tally]:
    """Settled orders by mechanism, each currency's total valued once."""
    groups = (
        results.orders.filter(pl.col("mechanism").is_not_null())
        .group_by("mechanism", "currency")
        .agg(pl.len(), pl.col("amount_minor").cast(pl.Int128).sum())
        .sort("mechanism", "currency")
    )
    tallies: dict[str, Tally] = {}
    for mechanism, code, orders, minor in groups.rows():
        value = results.rates.value(minor, find_currency(code))
        tallies[mechanism] = tallies.get(mechanism, Tally()) + Tally(orders, value)
    return tallies
