"""Figures of settled periods and of trade: summary, shares, potentials, the report."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import polars as pl

from skontro import statistics
from skontro.api.results import results_of
from skontro.api.scenarios import PathLike, several
from skontro.files import Results, read_results_with_inputs
from skontro.model import InputError, find_currency, find_time_zone
from skontro.model.text import none_of
from skontro.netting import Potential, obligations_of, potential_of_matrix, read_obligations
from skontro.report import write_report as write_report_page
from skontro.report.explanation import explanation_text
from skontro.report.netting_potential import potential_csv
from skontro.simulation.clearing_study import (
    all_designs,
    exploration_csv,
    fitted_spreads,
    parse_spread,
    trade_of_countries,
    trade_of_group,
)
from skontro.simulation.clearing_study import explore as explore_designs
from skontro.simulation.explanation import (
    explain_order,
    explanation_document,
    find_orders,
)
from skontro.simulation.generator.sources import trade_years
from skontro.simulation.trade_obligations import GROUPS, potential_of_trade
from skontro.statistics import Dimension, Layer, Summary, measure_shares

_Word = TypeVar("_Word", bound=StrEnum)


def summarise(results: Results | PathLike) -> Summary:
    """Sum up a period: shares, turnover, liquidity and delay.

    Args:
        results: what `settle` returned, or a folder of results.

    Raises:
        InputError: a currency has no rate, so that totals cannot be added up.

    Example:
        >>> import skontro as sk
        >>> from skontro.testing import small_day
        >>> summary = sk.summarise(sk.settle(small_day()))
        >>> summary.turnover.total.settled.orders
        2
    """
    return statistics.summarise(results_of(results))


def share(
    results: Results | PathLike,
    *,
    by: str | Sequence[str] = (),
    layers: str | Sequence[str] = (),
) -> pl.DataFrame:
    """Measure how much of the value moves in national currencies.

    Args:
        results: what `settle` returned, or a folder of results.
        by: break down by corridor, currency, day or month; one of them or several.
        layers: instruction, interbank or residual; by default all three.

    Returns:
        A row for each layer and part. Values are whole minor units of the currency of account;
        shares are floats between 0 and 1, rounded to six places.

    Raises:
        InputError: an argument has an unknown value, or a currency has no rate.

    Example:
        >>> import skontro as sk
        >>> from skontro.testing import small_day
        >>> table = sk.share(sk.settle(small_day()), by="corridor", layers="interbank")
        >>> table.select("corridor", "payments", "share_by_corridor").rows()
        [('KAZ > KGZ', 1, 1.0), ('KGZ > KAZ', 1, 1.0)]
    """
    dimensions = [_word(Dimension, text, "by") for text in several(by)]
    chosen = [_word(Layer, text, "layers") for text in several(layers)] or list(Layer)
    return measure_shares(results_of(results), dimensions, chosen).table()


def netting_potential(
    obligations: pl.DataFrame | PathLike | None = None,
    *,
    currency: str = "USD",
    groups: str | Sequence[str] = (),
    years: int | Sequence[int] = (),
) -> pl.DataFrame:
    """Measure the part of obligations that netting could compensate.

    Args:
        obligations: a table or CSV file with debtor, creditor and amount in major units; None for
            the trade of groups of countries. Amounts of a table are text, decimals or integers.
        currency: currency of the obligations.
        groups: groups of countries, if no obligations are given; by default five groups.
        years: years of trade; by default all available ones.

    Returns:
        A row for each group and year: exact amounts, and ratios as floats between 0 and 1.

    Raises:
        InputError: rows cannot be used, or there is no such group or year.

    Example:
        >>> import polars as pl, skontro as sk
        >>> owed = pl.DataFrame({"debtor": ["A", "B"], "creditor": ["B", "A"], "amount": [5, 3]})
        >>> sk.netting_potential(owed)["ratio_bilateral"].to_list()
        [0.75]
    """
    potentials = potentials_of(
        obligations, currency, several(groups), [years] if isinstance(years, int) else years
    )
    exponent = potentials[0].currency.exponent
    return potential_csv(potentials).with_columns(
        pl.col("gross", "^left_.*$").cast(pl.Decimal(38, exponent)),
        pl.col("^ratio_.*$").cast(pl.Float64),
    )


def explore(
    *,
    group: str = "CIS",
    countries: Sequence[str] = (),
    year: int = 2020,
    lines: str | Sequence[str] = (),
    holdings: str | Sequence[str] = (),
    cycles: str | Sequence[str] = (),
    spreads: str | Sequence[str] = (),
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """Explore the national-currency share that clearing arrangements could reach.

    Args:
        group: group of countries, as for `generate`.
        countries: ISO 3166 alpha-3 codes instead of the group.
        year: year of the trade.
        lines: swap lines as parts of annual trade, such as "2%"; by default nine of them.
        holdings: holding limits by the same measure, looked at with the longest line; by default
            six of them.
        cycles: daily, weekly, monthly, asian_clearing_union or aladi_reciprocal_credits; by
            default all.
        spreads: spreads of daily totals, such as "0.6"; by default low, central and high, fitted
            to the trade. The middle one gives the shares, the others the band.
        seed: seed of the spread of trade over the days.
        progress: called with the numbers of settled and of all arrangements.

    Returns:
        A row for each arrangement. Values are whole minor units; shares of gross trade are floats
        between 0 and 1. `most_share_of_gross_trade` is the bound of a linear program.

    Raises:
        InputError: an argument has an unknown value, or there are no data for the year.

    Example:
        >>> import skontro as sk
        >>> table = sk.explore(
        ...     countries=["KAZ", "KGZ"], lines=["0%", "4%"], holdings="1%",
        ...     cycles="monthly", spreads="0.6",
        ... )
        >>> table["netting"].to_list()
        ['bilateral', 'bilateral', 'multilateral', 'multilateral', 'bilateral', 'multilateral']
    """
    trade = trade_of_countries(list(countries), year) if countries else trade_of_group(group, year)
    chosen = [parse_spread(text) for text in several(spreads)] or list(fitted_spreads(trade))
    designs = all_designs(several(lines), several(holdings), several(cycles))
    exploration = explore_designs(trade, chosen, designs, seed, progress)
    return exploration_csv(exploration).with_columns(
        pl.col("^.*_minor$").cast(pl.Int64),
        pl.col("swap_line", "holding_limit", "^.*share_of_gross_trade$").cast(pl.Float64),
    )


def potentials_of(
    obligations: pl.DataFrame | PathLike | None,
    currency: str,
    groups: Iterable[str],
    years: Iterable[int],
) -> list[Potential]:
    """The potentials of the given obligations, or of each group in each year.

    Raises:
        InputError: as for `netting_potential`.
    """
    groups, years = list(groups), list(years)
    if obligations is None:
        chosen = years or list(trade_years())
        return [potential_of_trade(name, one) for name in groups or GROUPS for one in chosen]
    if groups or years:
        raise InputError("give either obligations or groups and years")
    found = find_currency(currency)
    if isinstance(obligations, pl.DataFrame):
        matrix = obligations_of(obligations, found)
        return [potential_of_matrix("obligations", found, matrix)]
    path = Path(obligations)
    return [potential_of_matrix(path.stem, found, read_obligations(path, found))]


def write_report(results: Results | PathLike, path: PathLike) -> None:
    """Write the report of a settled period: one HTML file that refers to no other.

    Args:
        results: what `settle` returned, or a folder of results.
        path: the file to write; it is replaced if it exists.

    Raises:
        InputError: a currency has no rate, or the file cannot be written there.

    Example:
        >>> import skontro as sk
        >>> from skontro.testing import small_day
        >>> sk.write_report(sk.settle(small_day()), "report.html")
    """
    write_report_page(results_of(results), Path(path))


def explain(results: Results | PathLike, order: str | int) -> str:
    """Say why an order waited, was returned or rejected.

    Args:
        results: what `settle` returned, or a folder of results.
        order: its UETR, the first six or more characters of it, or its row in the payments file.

    Raises:
        InputError: there is no such order, or the results lack the settled scenario.

    Example:
        >>> import skontro as sk
        >>> from skontro.testing import small_day
        >>> settled = sk.settle(small_day())
        >>> print(sk.explain(settled, settled.orders["uetr"][2]).splitlines()[0])
        ALFAKZKA pays BETAKG22 KZT 90.00, normal
    """
    settled = results if isinstance(results, Results) else read_results_with_inputs(Path(results))
    if settled.inputs is None:
        raise InputError("these results lack the settled scenario; give the path of their folder")
    zone = find_time_zone(settled.time_zone)
    return "\n".join(
        explanation_text(explanation_document(settled, explain_order(settled, number)), zone)
        for number in find_orders(settled, str(order))
    )


def _word(words: type[_Word], text: str, argument: str) -> _Word:
    if text not in [word.value for word in words]:
        raise InputError(f"{argument}: {none_of(text, words)}")
    return words(text)
