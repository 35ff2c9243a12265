"""Spread of daily totals: what it does, what it is fitted to, and the band that it makes."""

import itertools
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import attrs
import numpy as np
import pytest

from skontro.cli.terminal import ExitCode
from skontro.model import InputError, Netting, find_currency
from skontro.netting import ObligationMatrix
from skontro.report.clearing_study_captions import (
    band_hover,
    share_words,
    spreads_text,
)
from skontro.report.clearing_study_page import render_exploration
from skontro.report.drawing import WIDTHS, ColumnChart, LineChart
from skontro.report.formatting import percent
from skontro.report.plots.clearing_study import cycle_bars, frontier
from skontro.simulation.clearing_study import (
    AnnualTrade,
    Design,
    Exploration,
    exploration_csv,
    exploration_json,
    explore,
    fitted_spreads,
    parse_spread,
    settle_design,
    spread_over_year,
    trade_of_countries,
    trade_of_group,
    trade_of_matrix,
    trade_year,
)
from skontro.simulation.clearing_study.exploration import central
from skontro.simulation.clearing_study.published_shares import published_shares
from skontro.simulation.clearing_study.spreads import (
    OBLIGATIONS,
    least_spread,
    mean_deviation,
    peak_spread,
)
from skontro.simulation.generator.sources import find_fit, find_group
from skontro.simulation.trade_obligations import GROUPS
from tests.approval import assert_approved, page_text
from tests.cli.documents import ROOT, table_rows
from tests.cli.in_process import run_main

PAGE = ROOT / "docs" / "explanation" / "reachable-share.md"
DOLLAR = find_currency("USD")
DAILY = Design(Netting.BILATERAL, "daily", Fraction(0))


def without_third_currency(trade: AnnualTrade, daily: np.ndarray) -> Fraction:
    """The share of bilateral daily cycles without credit, in plain arithmetic."""
    rows = dict(zip(trade.matrix.owed, daily.tolist(), strict=True))
    nothing = [0] * daily.shape[1]
    pairs = {tuple(sorted(pair)) for pair in rows}
    third = sum(
        abs(one - other)
        for a, b in pairs
        for one, other in zip(rows.get((a, b), nothing), rows.get((b, a), nothing), strict=True)
    )
    return 1 - Fraction(third, int(daily.sum()))


def test_the_spread_decides_what_daily_cycles_reach_without_credit() -> None:
    trade = trade_of_group("CIS", 2020)
    shares = [
        without_third_currency(trade, spread_over_year(trade, Decimal(spread), 1).daily)
        for spread in ("0", "0.6", "1.2")
    ]
    assert [f"{float(100 * share):.1f}" for share in shares] == ["65.6", "54.6", "33.3"]


def test_the_engine_settles_the_year_of_the_spread() -> None:
    trade = trade_of_group("EAEU", 2019)
    whole = spread_over_year(trade, Decimal("0.9"), 3)
    daily = whole.daily[:, :30]
    year = attrs.evolve(whole, dates=whole.dates[:30], daily=daily, annual=daily.sum(axis=1))
    share = without_third_currency(trade, daily)
    assert settle_design(year, DAILY).third == year.total * (1 - share)


def test_no_spread_makes_equal_days() -> None:
    daily = trade_year("EAEU", 2020, spread=Decimal(0)).daily
    assert (daily.max(axis=1) - daily.min(axis=1) <= 1).all()


def test_the_spread_is_that_of_the_logarithms() -> None:
    matrix = ObligationMatrix({(f"{n:02}", "X"): 10**12 for n in range(40)})
    trade = trade_of_matrix("Forty", DOLLAR, matrix, 2021)
    for spread in ("0.2", "0.9"):
        logs = np.log(spread_over_year(trade, Decimal(spread), 1).daily)
        assert float(logs.std(axis=1).mean()) == pytest.approx(float(spread), rel=0.03)


def test_every_spread_draws_out_the_same_draws() -> None:
    one, other = (
        trade_year("EAEU", 2020, seed=4, spread=Decimal(spread)).daily for spread in ("0.3", "0.9")
    )
    assert (one.argmax(axis=1) == other.argmax(axis=1)).all()
    assert (one.argmin(axis=1) == other.argmin(axis=1)).all()


@pytest.mark.parametrize("text", ["", "-0.1", "4.01", "1e0", "0,6", "60%", "nan", "0.1234567"])
def test_what_is_no_spread_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="spread of daily totals"):
        parse_spread(text)


def test_spreads_are_exact_decimals() -> None:
    assert [parse_spread(text) for text in ("0", "0.60", "4")] == [0, Decimal("0.6"), 4]


def test_the_least_spread_is_that_of_the_peak_days_of_whole_systems() -> None:
    assert [round(peak_spread(ratio, 261), 2) for ratio in (434 / 299, 293 / 190)] == [0.14, 0.16]
    assert least_spread() == Decimal("0.15")
    draws = np.random.Generator(np.random.PCG64(3)).lognormal(0, 0.15, (2_000, 261))
    peaks = draws.max(axis=1) / draws.mean(axis=1)
    assert peak_spread(float(peaks.mean()), 261) == pytest.approx(0.15, abs=0.005)


def days_of_payments(trade: AnnualTrade, seed: int) -> np.ndarray:
    """Days made of single payments, in the corridors of a trade in US cents."""
    fit, random = find_fit(OBLIGATIONS), np.random.Generator(np.random.PCG64(seed))
    rows = []
    for cents in trade.matrix.owed.values():
        per_day = cents / 100 / len(trade.dates) / float(fit.mean)
        numbers = random.poisson(per_day, len(trade.dates))
        day = np.array([random.lognormal(0, float(fit.sigma), n).sum() for n in numbers])
        day[0] += day.sum() == 0
        rows.append(np.rint(day / day.sum() * cents))
    return np.array(rows, np.int64)


def test_deviations_are_those_of_days_made_of_payments() -> None:
    fit, random = find_fit(OBLIGATIONS), np.random.Generator(np.random.PCG64(8))
    for per_day, years in ((3.0, 200), (48.0, 30)):
        found = []
        for _ in range(years):
            numbers = random.poisson(per_day, 261)
            values = random.lognormal(0, float(fit.sigma), int(numbers.sum()))
            days = np.bincount(np.repeat(np.arange(261), numbers), values, 261)
            found.append(np.abs(days / days.mean() - 1).mean())
        mean = float(mean_deviation(np.array([per_day]))[0])
        assert mean == pytest.approx(float(np.mean(found)), rel=0.04)
    few, many = mean_deviation(np.array([1e-9, 4e8])).tolist()
    assert few == pytest.approx(2 * (1 - 1 / 261), rel=0.01)
    assert many < 0.001


@pytest.mark.long
@pytest.mark.parametrize(("group", "points"), [("CIS", 3), ("ECOWAS", 6)])
def test_the_central_spread_reaches_what_single_payments_reach(group: str, points: int) -> None:
    trade = trade_of_group(group, 2020)
    middle = fitted_spreads(trade)[1]
    fitted = without_third_currency(trade, spread_over_year(trade, middle, 1).daily)
    payments = [without_third_currency(trade, days_of_payments(trade, seed)) for seed in range(3)]
    assert abs(100 * (fitted - sum(payments) / 3)) < points


def test_fitted_spreads_of_the_documentation() -> None:
    rows = table_rows(PAGE, "How much trade varies from day to day")
    assert [(row[0], row[1]) for row in rows] == [*itertools.product(GROUPS, ("2019", "2020"))]
    for group, year, *spreads in rows:
        found = fitted_spreads(trade_of_group(group, int(year)))
        assert [f"{spread:.2f}" for spread in found] == spreads, (group, year)


def test_currencies_make_no_difference_to_the_fit() -> None:
    dollars = {("A", "B"): 10**11, ("B", "A"): 3 * 10**10}
    yen = {pair: amount * 1068 // 1000 for pair, amount in dollars.items()}  # 106.8 to the dollar
    assert fitted_spreads(
        trade_of_matrix("Dollars", DOLLAR, ObligationMatrix(dollars), 2020)
    ) == fitted_spreads(trade_of_matrix("Yen", find_currency("JPY"), ObligationMatrix(yen), 2020))


def test_without_a_rate_the_spread_has_to_be_given() -> None:
    trade = trade_of_matrix("Old", DOLLAR, ObligationMatrix({("A", "B"): 1}), 1995)
    with pytest.raises(InputError, match=r"no rate for GBP on 1995-12-31.*; give it, such as"):
        fitted_spreads(trade)


def test_obligations_too_large_for_the_engine_are_refused() -> None:
    matrix = ObligationMatrix({("A", "B"): 4 * 10**16 + 1})
    with pytest.raises(InputError, match="give them in thousands or millions"):
        trade_of_matrix("Large", DOLLAR, matrix, 2020)
    largest = ObligationMatrix({("A", "B"): 4 * 10**16})
    assert trade_of_matrix("Largest", DOLLAR, largest, 2020).matrix.gross == 4 * 10**16
    with pytest.raises(InputError, match="there is no trade"):
        trade_of_matrix("None", DOLLAR, ObligationMatrix({}), 2020)


def test_countries_are_those_of_the_matrix() -> None:
    trade = trade_of_countries(["KZ", "KGZ", "UZB"], 2020)
    whole = trade_of_group("CIS", 2020).matrix.owed
    members = {"KAZ", "KGZ", "UZB"}
    assert trade.matrix.owed == {pair: v for pair, v in whole.items() if {*pair} <= members}
    assert trade.labels["KAZ"] == "Kazakhstan"
    for codes, message in (
        (["KAZ"], "name at least two"),
        (["KAZ", "KZ"], "named twice"),
        (["KAZ", "kgz"], "not an ISO 3166 country code"),
    ):
        with pytest.raises(InputError, match=message):
            trade_of_countries(codes, 2020)


@pytest.fixture(scope="module")
def explored() -> Exploration:
    names = ("Anna <b>", "Bertha")
    matrix = ObligationMatrix({names: 9_000_000, names[::-1]: 6_000_000})
    trade = trade_of_matrix("Two", find_currency("JPY"), matrix, 2020)
    designs = [
        Design(netting, cycle, Fraction(line, 100))
        for netting in Netting
        for cycle in ("weekly", "monthly")
        for line in (0, 4)
    ]
    designs += [
        Design(netting, "monthly", Fraction(4, 100), Fraction(holding, 100))
        for netting in Netting
        for holding in (3, 1)
    ]
    spreads = [Decimal(spread) for spread in ("1.2", "0", "0.6", "0.6")]
    return explore(trade, spreads, designs, seed=1)


@pytest.mark.long
def test_the_band_goes_from_the_highest_to_the_lowest_spread(explored: Exploration) -> None:
    assert [str(spread) for spread in explored.spreads] == ["0", "0.6", "1.2"]
    assert str(explored.year.spread) == "0.6"
    for point in explored.points:
        shares = [
            1 - Fraction(settle_design(year, point.design).third, year.total)
            for year in explored.years
        ]
        assert explored.share(point) == shares[1]
        assert explored.band(point) == (min(shares), max(shares))
        assert explored.share(point) <= explored.most(point)
    first = explored.points[0]
    low, high = explored.band(first)
    assert low < explored.share(first) < high


def test_plots_and_table_show_the_band(explored: Exploration) -> None:
    curves = frontier(explored, ()).figure
    assert isinstance(curves, LineChart)
    weekly = [point for point in explored.points[:4] if point.design.cycle == "weekly"]
    low, high = zip(*(explored.band(point) for point in weekly), strict=True)
    band = tuple(tuple(float(100 * share) for share in ends) for ends in (low, high))
    # The shortest cycle of each netting has a band, no other has.
    assert [line.band for line in curves.lines if line.name == "bilateral, every week"] == [band]
    assert sum(line.band is not None for line in curves.lines) == 2
    bars = cycle_bars(explored).figure
    assert isinstance(bars, ColumnChart)
    assert bars.ranges[0][0] == (band[0][0], band[1][0])
    for width in WIDTHS:
        assert curves.draw(width).count(' band"') == 2
        assert bars.draw(width).count('class="whisker"') == 4
    facts = published_shares(find_group("CIS"))
    page = render_exploration(explored, facts)
    assert_approved("exploration.txt", page_text(page))
    assert "Lowest of the band" in page
    assert "Share of gross trade: trade of the year less what was paid" in page
    assert "spread of daily totals 0.6, band 0, 0.6 and 1.2" in page
    assert "JPY 15.0 million" in page
    assert "Anna <b>" not in page
    assert "Anna &lt;b&gt;" in page


def test_the_middle_spread_is_central() -> None:
    assert [central(number) for number in (1, 2, 3, 4, 5)] == [0, 1, 1, 2, 2]


def test_table_and_json_have_the_share_at_every_spread(explored: Exploration) -> None:
    document = json.loads(exploration_json(explored))
    assert document["spreads_of_daily_totals"] == ["0", "0.6", "1.2"]
    assert (document["central_spread"], document["currency"]) == ("0.6", "JPY")
    assert (document["parties"], document["trade_minor"]) == (["Anna <b>", "Bertha"], "15000000")
    assert document["business_days"] == 262
    table = exploration_csv(explored).to_dicts()
    for row, found, point in zip(document["points"], table, explored.points, strict=True):
        by_spread = row.pop("third_currency_minor_by_spread")
        assert by_spread == dict(zip(("0", "0.6", "1.2"), map(str, point.by_spread), strict=True))
        assert row == found
        assert row["third_currency_minor"] == str(point.third) == by_spread["0.6"]
        assert row["least_third_currency_minor"] == str(point.least_third)
        for name, share in (
            ("share_of_gross_trade", explored.share(point)),
            ("lowest_share_of_gross_trade", explored.band(point)[0]),
            ("highest_share_of_gross_trade", explored.band(point)[1]),
            ("most_share_of_gross_trade", explored.most(point)),
        ):
            assert row[name] == f"{round(share * 10**6) / 10**6:.6f}"


def test_bands_in_words(explored: Exploration) -> None:
    wide = explored.points[0]
    narrow = attrs.evolve(wide, by_spread=(wide.third,))
    low, high = (percent(share) for share in explored.band(wide))
    assert band_hover(explored, wide) == f" ({low} to {high})"
    assert "depending on how much trade varies" in share_words(explored, wide)
    assert band_hover(explored, narrow) == ""
    assert "(" not in share_words(explored, narrow)


def test_one_spread_makes_no_band(explored: Exploration) -> None:
    one = Exploration(explored.years[:1], explored.points)
    assert spreads_text(one) == "spread of daily totals 0"
    assert "Shaded" not in frontier(one, ()).key
    curves, bars = frontier(one, ()).figure, cycle_bars(one).figure
    assert curves is not None
    assert bars is not None
    assert ' band"' not in curves.draw(WIDTHS[1])
    assert "whisker" not in bars.draw(WIDTHS[1])


@pytest.mark.long
def test_the_frontier_of_the_documentation_is_what_the_engine_settles() -> None:
    trade = trade_of_group("CIS", 2020)
    years = [spread_over_year(trade, spread, 1) for spread in fitted_spreads(trade)]
    cycles = {"daily": "daily", "every four months": "aladi_reciprocal_credits"}
    rows = table_rows(PAGE, "Results for the CIS")
    assert len(rows) == 4
    for name, *cells in rows:
        netting, cycle = name.split(", ")
        for line, cell in zip((0, 1, 4, 16, 32), cells, strict=True):
            design = Design(Netting(netting), cycles[cycle], Fraction(line, 100))
            low, shown, high = sorted(
                round(100 * (1 - Fraction(settle_design(year, design).third, year.total)))
                for year in years
            )
            band = "" if low == high else f" ({low}\u2013{high})"
            assert cell == f"{shown} %{band}", (name, line)


@pytest.mark.long
def test_the_command_takes_countries_and_obligations_of_ones_own(tmp_path: Path) -> None:
    small = ("--line", "0%", "--cycle", "weekly", "--holding", "1%")
    out = tmp_path / "out"
    spreads = ("--spread", "0.9", "--spread", "0.3")
    run = run_main("explore", "--countries", "KAZ,KGZ,UZB", *small, *spreads, "--output", out)
    assert run.returncode == ExitCode.DONE, run.stderr
    assert "Trade among KAZ, KGZ, UZB in 2020" in run.stdout
    assert "spread of daily totals 0.9, band 0.3 and 0.9" in " ".join(run.stdout.split())
    path = tmp_path / "own.csv"
    path.write_text("debtor,creditor,amount\nAnna,[b]Bo,5000000\n[b]Bo,Anna,4000000\n")
    own = ("explore", "--matrix", path, "--currency", "JPY", "--year", "2023", *small)
    run = run_main(*own, "--output", out, "--json")
    assert run.returncode == ExitCode.DONE, run.stderr
    found = json.loads(run.stdout)
    assert (found["currency"], found["trade_minor"]) == ("JPY", "9000000")
    assert found["parties"] == ["Anna", "[b]Bo"]
    # So few payments that the central and the high spread are the greatest there is.
    assert (found["spreads_of_daily_totals"], found["central_spread"]) == (["0.15", "4"], "4")
    (point, *_) = found["points"]
    by_spread = point["third_currency_minor_by_spread"]
    assert by_spread[found["central_spread"]] == point["third_currency_minor"]
    assert "JPY 9.0 million" in (out / "exploration.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--group", "CIS", "--countries", "KAZ,KGZ"), "give one of --group, --countries and"),
        (("--countries", "KAZ"), "name at least two"),
        (("--spread", "5"), "is not a spread of daily totals like 0.6"),
    ],
)
def test_what_cannot_be_explored_is_refused(
    options: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    run = run_main("explore", *options, "--output", tmp_path / "out")
    assert run.returncode in {ExitCode.USAGE, ExitCode.INPUT_UNUSABLE}
    assert message in " ".join(run.stderr.replace("│", " ").split())
    assert not (tmp_path / "out").exists()
