"""The report as text: complete, self-contained, the same bytes for the same results."""

import base64
import hashlib
import json
import re
from pathlib import Path

import attrs
import pytest
from cis_period import cis_period
from edge_periods import EDGES, rendered
from plotly.offline import get_plotlyjs

from skontro.files import read_scenario
from skontro.model import Rulebook, WhenQueued
from skontro.simulation import settle
from skontro.simulation.report import render_report, write_report

_FIGURE = re.compile(r'<script type="application/json" id="([a-z-]+)-figure">(.*?)</script>', re.S)


def figures(page: str) -> dict[str, dict[str, list[dict[str, object]]]]:
    return {name: json.loads(text) for name, text in _FIGURE.findall(page)}


@pytest.mark.parametrize("edge", EDGES)
def test_every_edge_has_its_report(edge: str) -> None:
    page = rendered(edge)
    assert page.startswith("<!DOCTYPE html>")
    assert "None" not in page.replace(get_plotlyjs(), "")
    for name, figure in figures(page).items():
        assert any(trace.get("x") or trace.get("z") for trace in figure["data"]), name


def test_same_results_same_bytes(tmp_path: Path) -> None:
    results = cis_period(orders=300)
    write_report(results, tmp_path / "first.html")
    write_report(cis_period(orders=300), tmp_path / "second.html")
    assert (tmp_path / "first.html").read_bytes() == (tmp_path / "second.html").read_bytes()


def test_nothing_on_the_page_names_another_host() -> None:
    page = rendered("one order")
    assert page.count(get_plotlyjs()) == 1
    own = page.replace(get_plotlyjs(), "")
    assert not re.search(r"https?:|//[a-z]|@import|url\(", own)
    assert not re.search(r"<(link|img|iframe|object|embed|base)\b", own)
    assert "src=" not in own


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
    own = page.replace(get_plotlyjs(), "")
    assert "<a href" not in own
    assert "<script>alert" not in own
    assert "&lt;a href" in own
    liquidity = json.dumps(figures(page)["liquidity"])
    assert "&lt;a href" in liquidity
    assert "<a" not in liquidity


def test_an_empty_plot_is_a_sentence() -> None:
    drawn = figures(rendered("nothing queued"))
    assert "queue" not in drawn
    page = rendered("nothing queued")
    assert "No order stood in the queue" in page
    assert "No order was returned." in page
    # Two of three orders cross a border; all three are in the one national currency.
    assert "without them the share is 100.0%" in page


def test_heat_map_shows_the_exact_share() -> None:
    drawn = figures(rendered("nothing settled"))
    assert "corridors-interbank" not in drawn
    heat_map = drawn["corridors-instruction"]["data"][0]
    assert heat_map["x"] == ["KAZ", "RUS"]
    assert heat_map["z"] == [[None, 0.0], [0.0, None]]


def test_mechanisms_stand_in_the_report_only_where_orders_did_not_settle_by_themselves() -> None:
    scenario = read_scenario(Path(__file__).parents[2] / "examples" / "three-banks").scenario
    assert "by mechanism" not in render_report(settle(scenario))
    rulebook = Rulebook(when_queued=WhenQueued(1))
    page = render_report(settle(attrs.evolve(scenario, rulebook=rulebook)))
    assert "Settled orders by mechanism" in page
    assert "Offsetting runs by algorithm" in page
