"""The three layers of a settled record, against a plain count of its tables."""

import io
import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from rich.console import Console

from skontro.cli.summary import print_summary
from skontro.files import Results, Scenario, write_results
from skontro.model import ResidualCurrency, find_country, find_currency
from skontro.report import render_report
from skontro.simulation import settle
from skontro.statistics import (
    Definition,
    Dimension,
    Layer,
    break_down,
    national_currency_share,
    residual_funding,
    summarise,
)
from skontro.statistics import as_json as summary_json
from tests.approval import assert_approved, page_text
from tests.cli.in_process import run_main
from tests.draws import examples
from tests.netting.test_netting_cycles import three_way
from tests.netting.unions import AGENT, DATE, UNITS, unions


def counted(results: Results, layer: Layer) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Value by corridor, and the national parts of it by both definitions, in plain fractions."""
    total: Counter[str] = Counter()
    national: Counter[str] = Counter()
    by_member: Counter[str] = Counter()
    if layer == Layer.RESIDUAL:
        names = ("debtor_country", "creditor_country", "currency", "amount_minor")
        table = results.residuals.select(*names, "funding_currency")
    else:
        names = ("payer_country", "payee_country", "currency", "amount_minor")
        orders = results.orders.filter(
            (results.orders["payer"] != AGENT) & (results.orders["payee"] != AGENT)
        )
        table = orders.select(*names, orders["currency"].alias("given"))
    for payer, payee, currency, amount, given_currency in table.iter_rows():
        value = Fraction(amount) / Fraction(UNITS.get(currency, "1"))
        own = {find_country(code).currency_on(DATE) for code in (payer, payee)}
        total[f"{payer} > {payee}"] += value  # type: ignore[assignment]
        if find_currency(given_currency) in own:
            national[f"{payer} > {payee}"] += value  # type: ignore[assignment]
        # The members' currencies; the clearing agent's, BYN, is nobody's.
        if given_currency in ("KZT", "KGS", "UZS", "RUB"):
            by_member[f"{payer} > {payee}"] += value  # type: ignore[assignment]
    return total, national, by_member


@settings(max_examples=examples(25))
@given(unions())
def test_every_layer_by_corridor(scenario: Scenario) -> None:
    results = settle(scenario)
    for layer in Layer:
        total, national, by_member = counted(results, layer)
        parts = break_down(results, layer, [Dimension.CORRIDOR])
        assert [part.keys[0] for part in parts] == sorted(total)
        for part in parts:
            # Each currency's total is rounded to a cent once, and once more if it was bought.
            assert abs(part.share.value - total[part.keys[0]]) <= 6
            assert abs(part.share.by_corridor.value - national[part.keys[0]]) <= 6
            assert abs(part.share.by_member.value - by_member[part.keys[0]]) <= 6
    for name, column in (("by_corridor", 1), ("by_member", 2)):
        rows = results.residuals[f"national_{name}"]
        positions = counted(results, Layer.RESIDUAL)
        assert bool(rows.any()) == bool(sum(positions[column].values()))
        gross = sum(counted(results, Layer.INTERBANK)[0].values())
        third = sum(positions[0].values()) - sum(positions[column].values())
        settled = national_currency_share(results, Layer.INTERBANK).total
        share = residual_funding(results, settled).share_of_gross_trade(Definition(name))
        assert share is not None or gross < 3  # less than half a cent in each currency
        if share is not None:
            # A cent of rounding for each currency of the net positions and of the orders.
            assert abs(share - (1 - third / gross)) <= Fraction(40, 1) / gross


def test_parts_add_up_whatever_they_are_taken_apart_by() -> None:
    results = three_way()
    for layer in Layer:
        [whole] = break_down(results, layer, [])
        for dimensions in ([Dimension.CORRIDOR], [Dimension.DAY], [Dimension.MONTH]):
            parts = break_down(results, layer, dimensions)
            assert sum(part.share.orders for part in parts) == whole.share.orders == 3
            assert sum(part.share.value for part in parts) == whole.share.value == 2_800


def test_orders_in_national_currencies_may_leave_a_residual_that_is_not() -> None:
    results = three_way()
    wholes = [break_down(results, layer, [])[0].share for layer in Layer]
    assert [whole.by_corridor.share for whole in wholes] == [1, 1, 0]
    assert [whole.by_member.share for whole in wholes] == [1, 1, 0]


def test_the_third_layer_is_shown_with_both_denominators() -> None:
    """Net in a third currency: 2 of the 28 dollars traded are paid in dollars, by nobody's issue.

    RUB 900 and UZS 125,000 are 10 dollars each, KZT 4,000 are 8. Kazakhstan owes 10 and is owed 8:
    it pays 2 dollars to Uzbekistan. Of net positions nothing is national, of gross trade 26 / 28.
    """
    results = three_way(residual=ResidualCurrency.THIRD, clearing_agent=AGENT)
    summary = summarise(results)
    shares = json.loads(summary_json(summary))["national_currency_share"]
    assert shares["group"] == ["KAZ", "KGZ", "RUS", "UZB"]  # not Belarus, where the agent sits
    residual = shares["residual"]
    assert residual["gross_trade_value"] == "2800"
    assert residual["total"]["value"] == "200"
    assert residual["share_of_net_positions"] == {
        "by_corridor": "0.000000",
        "by_member": "0.000000",
    }
    assert residual["share_of_gross_trade"] == {"by_corridor": "0.928571", "by_member": "0.928571"}
    assert shares["interbank"]["total"]["by_corridor"]["share"] == "1.000000"
    console = Console(file=io.StringIO(), width=80)
    print_summary(console, summary)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    [of_net, of_gross] = [line.split() for line in lines if line.startswith("Residual funding")]
    assert of_net[2:7] == ["of", "net", "positions", "0.0%", "0.0%"]
    assert of_gross[2:7] == ["of", "gross", "trade", "92.9%", "92.9%"]
    page = render_report(results)
    assert_approved("netting.txt", page_text(page))
    assert "National by corridor, residual funding, of net positions" in page
    assert "of gross trade" in page
    assert "92.9%" in page


@pytest.mark.long
def test_the_command_prints_writes_and_refuses(tmp_path: Path) -> None:
    write_results(tmp_path / "settled", three_way())
    out = tmp_path / "share.csv"
    printed = run_main("share", tmp_path / "settled", "--by", "corridor", "--output", out)
    assert printed.returncode == 0
    assert "KAZ > RUS" in printed.stdout
    assert f"Written to {out}" in printed.stdout
    assert "No netting cycles" not in printed.stdout
    rows = [line for line in printed.stdout.splitlines() if " > " in line]
    assert len(rows) == len(out.read_text().splitlines()) - 1
    whole = run_main("share", tmp_path / "settled").stdout
    layers = ("instruction", "interbank", "residual")
    assert all(any(line.strip().startswith(name) for line in whole.splitlines()) for name in layers)
    assert "of gross trade" in whole
    assert "Written" not in whole
    assert out.read_text().splitlines()[1] == (
        "instruction,orders_accepted,KAZ > RUS,1,1000,1000,1000,1.000000,1.000000,1.000000"
    )
    as_json = run_main("share", tmp_path / "settled", "--layer", "residual", "--json")
    assert json.loads(as_json.stdout) == [
        {
            "layer": "residual",
            "share_of": "net_positions",
            "payments": "3",
            "value_minor": "2800",
            "national_by_corridor_minor": "0",
            "national_by_member_minor": "0",
            "share_by_corridor": "0.000000",
            "share_by_member": "0.000000",
            "concentration": "1.000000",
        },
        # Three orders of 2,800 cents in all, and dollars were given for the whole of it.
        {
            "layer": "residual",
            "share_of": "gross_trade",
            "payments": None,
            "value_minor": "2800",
            "national_by_corridor_minor": "0",
            "national_by_member_minor": "0",
            "share_by_corridor": "0.000000",
            "share_by_member": "0.000000",
            "concentration": None,
        },
    ]
    table = tmp_path / "share.parquet"
    run_main("share", tmp_path / "settled", "--output", table)
    assert pl.read_parquet(table).columns == [*json.loads(as_json.stdout)[0]]
    refused = run_main("share", tmp_path / "settled", "--by", "colour")
    assert refused.returncode == 2
    said = " ".join(refused.stderr.replace("│", " ").split())
    assert "not one of corridor, currency, day, month" in said


@pytest.mark.parametrize("layer", Layer)
def test_no_orders_give_no_share(layer: Layer) -> None:
    from skontro.model import CycleLength, NettingRules
    from tests.netting.unions import USD, days, union

    results = settle(union([], NettingRules(CycleLength(1, "days"), USD), days(1)))
    [whole] = break_down(results, layer, [])
    assert whole.share.by_corridor.share is whole.share.by_member.share is None
