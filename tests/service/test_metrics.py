"""Metrics of the published state; the dashboard and the alert rules name existing ones."""

import json
import re
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from skontro import __version__
from skontro.ledger import Head
from skontro.model import Phase, Rulebook
from skontro.service import metrics
from skontro.service.sequencer.requests import View, view_of
from skontro.system import NO_SCREENING, Rules, SettlementSystem, Step, StepKind
from tests.documentation.pages import ROOT
from tests.service.systems import OFFICE_HOURS, directory

GRAFANA = ROOT / "deploy/grafana"


def _view(**changes: Any) -> View:
    rules = Rules("Test", directory(1_000), Rulebook(), OFFICE_HOURS, screening=NO_SCREENING)
    system = SettlementSystem(rules)
    head = Head(7, 0, bytes(32), bytes(64))
    return attrs.evolve(view_of(system, head), **changes)


def _samples() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = generate_latest(metrics.REGISTRY).decode()
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def value(name: str, **labels: str) -> float | None:
    return _samples().get((f"skontro_{name}", tuple(sorted(labels.items()))))


def test_money_is_summed_by_currency() -> None:
    balances = np.array([1_050, -200, 0, 5, -7, -3])
    lines = np.array([10, 300, 0, 0, 8, 4])
    waiting = np.array([1, 2, 4, 800, 0, 1_600])
    metrics.show_view(_view(balances=balances, credit_lines=lines, waiting=waiting))
    found = {
        (code, part): value("liquidity", currency=code, part=part)
        for code in ("KZT", "RUB")
        for part in ("balances", "credit_lines", "credit_used")
    }
    assert found == {
        ("KZT", "balances"): 10.5,
        ("KZT", "credit_lines"): 3.1,
        ("KZT", "credit_used"): 2.0,
        ("RUB", "balances"): 0.05,
        ("RUB", "credit_lines"): 0.12,
        ("RUB", "credit_used"): 0.1,
    }
    assert value("waiting_value", currency="KZT") == 0.07
    assert value("waiting_value", currency="RUB") == 24.0


def test_the_phase_and_the_next_steps() -> None:
    steps = (
        Step(5_500_000, StepKind.OFFSET, "2026-11-24"),
        Step(9_000_000, StepKind.END_OF_DAY, "2026-11-24"),
        Step(9_000_000, StepKind.SEAL, "2026-11-24"),
    )
    metrics.show_view(_view(phase=Phase.OPEN, steps=steps))
    phases = {one.name.lower(): value("phase", phase=one.name.lower()) for one in Phase}
    assert phases == {one.name.lower(): float(one == Phase.OPEN) for one in Phase}
    assert value("next_step_timestamp_seconds") == 5.5
    assert value("end_of_day_timestamp_seconds") == 9.0
    metrics.show_view(_view(phase=Phase.SEALED, steps=()))
    assert (value("phase", phase="open"), value("phase", phase="sealed")) == (0.0, 1.0)
    assert value("next_step_timestamp_seconds") == 0.0
    assert value("end_of_day_timestamp_seconds") == 0.0


def test_counts_of_the_view() -> None:
    proposals: Any = (object(),) * 3
    metrics.show_view(
        _view(
            queued=11,
            held=12,
            warehoused=13,
            screening_holds=14,
            open_links=15,
            suspended=("AAAAKZK0", "BBBBKGK0"),
            proposals=proposals,
        )
    )
    names = ("queued_orders", "held_orders", "warehoused_orders", "orders_held_for_screening")
    assert [value(name) for name in names] == [11, 12, 13, 14]
    names = ("open_links", "suspended_participants", "open_proposals", "head_batch")
    assert [value(name) for name in names] == [15, 2, 3, 7]
    assert value("build_info", version=__version__) == 1.0


def test_a_peer_without_value_in_doubt_is_not_shown_any_longer() -> None:
    metrics.show_view(_view(in_doubt={("RU-RTGS", "RUB"): 12_345, ("KG-RTGS", "KGS"): 1}))
    assert value("value_in_doubt", decider="RU-RTGS", currency="RUB") == 123.45
    metrics.show_view(_view(in_doubt={("KG-RTGS", "KGS"): 100}))
    assert value("value_in_doubt", decider="KG-RTGS", currency="KGS") == 1.0
    assert value("value_in_doubt", decider="RU-RTGS", currency="RUB") is None


def _expressions() -> Iterator[str]:
    dashboard = json.loads((GRAFANA / "skontro.json").read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for group in YAML(typ="safe").load(GRAFANA / "alerts.yaml")["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


@pytest.mark.parametrize("expression", [*_expressions()])
def test_expressions_name_metrics_and_labels_that_are_exported(expression: str) -> None:
    families = [
        one
        for one in text_string_to_metric_families(generate_latest(metrics.REGISTRY).decode())
        if not one.name.endswith("_created")
    ]
    suffixes = {
        "counter": ("_total",),
        "gauge": ("",),
        "info": ("_info",),
        "histogram": ("_bucket", "_sum", "_count"),
    }
    names = {one.name + end for one in families for end in suffixes[one.type]}
    names |= {"skontro_build_info"}
    used = re.findall(r"skontro_[a-z_]+", expression)
    assert used
    assert {*used} <= names
    labels = {
        *("phase", "event", "currency", "part", "decider", "le", "status", "method", "route"),
    }
    assert {*re.findall(r"\{([a-z]+)[=!]", expression)} <= labels
    assert {*re.findall(r"(?:by|ignoring) \(([a-z]+)\)", expression)} <= labels


def test_legends_name_labels_and_panels_do_not_overlap() -> None:
    dashboard = json.loads((GRAFANA / "skontro.json").read_text(encoding="utf-8"))
    places = set[tuple[int, int]]()
    for panel in dashboard["panels"]:
        grid = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(grid["x"], grid["x"] + grid["w"])
            for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert grid["x"] + grid["w"] <= 24
        assert not cells & places, panel["title"]
        places |= cells
        assert panel["title"]
        assert panel["targets"]
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_alerts_have_a_severity_and_say_what_to_do() -> None:
    rules = YAML(typ="safe").load(GRAFANA / "alerts.yaml")["groups"][0]["rules"]
    assert len({rule["alert"] for rule in rules}) == len(rules) == 10
    for rule in rules:
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert {*rule["annotations"]} == {"summary", "action"}
