"""The report as text: complete, self-contained, the same bytes for the same results."""

import base64
import hashlib
import re
from pathlib import Path

import attrs
import pytest

from skontro.files import read_scenario
from skontro.model import Rulebook, WhenQueued
from skontro.report import render_report, write_report
from skontro.report.drawing import WIDTHS
from skontro.simulation import settle
from tests.approval import assert_approved, page_text
from tests.report.cis_period import cis_period
from tests.report.edge_periods import EDGES, rendered

#: A report of a small day, as a mail server or a slow line still takes it.
_MAX_BYTES = 1_500_000

_CARD = re.compile(r'<figure class="card plot-card[^>]* id="([a-z-]+)".*?</figure>', re.S)


def plots(page: str) -> dict[str, str]:
    """The drawn plots of a page by their names."""
    found = {card[1]: card[0] for card in _CARD.finditer(page)}
    return {name: card for name, card in found.items() if "<svg viewBox" in card}


@pytest.mark.long
@pytest.mark.parametrize("edge", EDGES)
def test_every_edge_has_its_report(edge: str) -> None:
    page = rendered(edge)
    assert page.startswith("<!DOCTYPE html>")
    assert not re.search(r"\bNone\b|\bnan\b|\binf\b", page)
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    for name, plot in plots(page).items():
        assert [int(width) for width in re.findall(r'class="w(\d+)"', plot)] == list(WIDTHS), name
    assert_approved(f"{edge}.txt", page_text(page, brief=True))


def test_same_results_same_bytes(tmp_path: Path) -> None:
    results = cis_period(orders=300)
    write_report(results, tmp_path / "first.html")
    write_report(cis_period(orders=300), tmp_path / "second.html")
    assert (tmp_path / "first.html").read_bytes() == (tmp_path / "second.html").read_bytes()
    page = (tmp_path / "first.html").read_text(encoding="utf-8")
    assert_approved("ten countries.txt", page_text(page, brief=True))


def test_a_small_day_is_a_small_file() -> None:
    scenario = read_scenario(Path(__file__).parents[2] / "examples" / "three-banks").scenario
    for results in (settle(scenario), cis_period(orders=2000)):
        assert len(render_report(results).encode()) < _MAX_BYTES


def test_nothing_on_the_page_names_another_host() -> None:
    page = rendered("one order")
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)", page)
    assert not re.search(r"<(link|img|image|use|iframe|object|embed|base)\b", page)
    assert "src=" not in page
    assert all(target.startswith("#") for target in re.findall(r'href="([^"]*)"', page))


def test_policy_allows_exactly_the_scripts_that_run() -> None:
    page = rendered("one order")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    allowed = re.findall(r"'sha256-([^']*)'", policy[1])
    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    assert allowed == hashes
    assert "default-src 'none'" in policy[1]
    assert "unsafe-inline" not in policy[1].split("style-src")[0]


def test_names_from_data_stay_text() -> None:
    page = rendered("nothing settled")
    assert "outside.example" in page
    assert not re.search(r"<a href=(?!\"#)", page)
    assert "<script>alert" not in page
    assert "&lt;a href" in plots(page)["liquidity"]
    # Whatever has been escaped once is not escaped again.
    assert "&amp;lt;" not in page


def test_contents_lead_to_every_section_plot_and_table() -> None:
    page = rendered("one order")
    targets = re.findall(r'<a href="#([^"]*)">', page)
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(targets) == len(set(targets))
    assert set(targets) <= set(ids)
    sections = re.findall(r'<section id="([^"]*)"', page)
    cards = re.findall(r'<(?:figure|div) class="card [^"]*" id="([^"]*)"', page)
    assert {*sections, *cards} <= set(targets)


def test_an_empty_plot_is_a_sentence() -> None:
    drawn = plots(rendered("nothing queued"))
    assert "queue" not in drawn
    assert "settlement" in drawn
    page = rendered("nothing queued")
    assert "No order was in the queue" in page
    assert "No order was returned." in page
    # Two of three orders cross a border; all three are in the one national currency.
    assert "without them the share is 100.0%" in page


def test_heat_map_shows_the_exact_share() -> None:
    drawn = plots(rendered("nothing settled"))
    assert "corridors-interbank" not in drawn
    heat_map = drawn["corridors-instruction"]
    # Both orders are in a third currency: two cells in each of the three drawings.
    assert heat_map.count("<title>") == 2 * len(WIDTHS)
    assert heat_map.count('class="c-shade-0 hover"') == 2 * len(WIDTHS)
    assert heat_map.count(">0.0</text>") == 2 * len(WIDTHS)


def test_mechanisms_stand_in_the_report_only_where_orders_did_not_settle_by_themselves() -> None:
    scenario = read_scenario(Path(__file__).parents[2] / "examples" / "three-banks").scenario
    assert "by mechanism" not in render_report(settle(scenario))
    rulebook = Rulebook(when_queued=WhenQueued(1))
    page = render_report(settle(attrs.evolve(scenario, rulebook=rulebook)))
    assert "Settled orders by mechanism" in page
    assert "Offsetting runs by algorithm" in page
    assert_approved("three banks.txt", page_text(page))
