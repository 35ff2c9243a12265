"""Plots for notebooks: complete, in their own scope, with colours for every theme."""

import re
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files

import attrs
import pytest

from skontro.model import RateTable, find_currency
from skontro.report.notebook import comparison_plots, drawn, results_plots, seed_plots
from skontro.report.palette import SERIES
from skontro.simulation import settle
from skontro.simulation.compare import DESIGNS, compare
from skontro.testing import small_day
from tests.report.test_palette import contrast
from tests.simulation.compare.made_seeds import made_seeds

_CSS = files("skontro.report").joinpath("notebook.css").read_text(encoding="utf-8")


def test_marks_have_contrast_on_white_and_on_nearly_black_paper() -> None:
    colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", _CSS))
    assert set(SERIES) < set(colours)
    for name, colour in colours.items():
        assert contrast(colour, "#ffffff") >= 3, name
        assert contrast(colour, "#161616") >= 3, name


def test_the_style_stays_inside_the_plots() -> None:
    rules = re.sub(r"/\*.*?\*/", "", _CSS, flags=re.S)
    for selectors in re.findall(r"([^{}]+)\{", rules):
        for one in selectors.split(","):
            assert one.strip().startswith(".skontro-plots"), one


def test_every_class_of_a_drawing_has_a_rule() -> None:
    day = small_day()
    html = drawn(results_plots(settle(day))) + drawn(seed_plots(made_seeds()))
    html += drawn(comparison_plots(compare(day, {"gross": DESIGNS["gross"]}, [Fraction(1)])))
    used = {one for names in re.findall(r'class="([^"]+)"', html) for one in names.split()}
    unstyled = {one for one in used if f".{one}" not in _CSS}
    assert unstyled == {"axis"}


def test_the_same_plots_give_the_same_text() -> None:
    day = small_day(name="<i>")
    once, again = (drawn(results_plots(settle(day))) for _ in range(2))
    assert once == again
    assert once.count("<svg") == once.count("</svg>") > 2
    assert 'class="w600"' in once
    assert 'class="w1080"' not in once
    assert "<li>" in once


def test_what_has_no_plot_says_why() -> None:
    settled = settle(small_day())
    dollar = find_currency("USD")
    without = attrs.evolve(settled, rates=RateTable(dollar, ()))
    assert drawn(results_plots(without)).startswith("<div>")
    assert "KZT" in drawn(results_plots(without))


def test_differences_are_drawn_with_their_intervals() -> None:
    compared = made_seeds()
    value, delay = seed_plots(compared)
    assert value.title == "Value settled: difference to gross, first in first out"
    assert delay.title == "Delay indicator: difference to gross, first in first out"
    assert value.key == (
        "Above zero, more settles. Bars: paired t intervals of 95% over the seeds."
    )
    assert delay.key.startswith("Below zero, payments settle sooner.")
    figure = value.figure
    assert figure is not None
    [half, whole] = figure.lines  # type: ignore[attr-defined]
    found = [
        compared.difference("settled_share", design, Fraction(1, 2))
        for design in ("together", "bypass")
    ]
    assert half.name == "50% of the liquidity"
    assert whole.name == "100% of the liquidity"
    assert half.at == pytest.approx((-0.15, 0.85))
    assert whole.at == pytest.approx((0.15, 1.15))
    for place, one in enumerate(found):
        assert one is not None
        assert one.low is not None
        assert one.high is not None
        assert half.values[place] == pytest.approx(float(one.mean) * 100)
        assert [ends[place] for ends in half.whiskers] == pytest.approx(
            [one.low * 100, one.high * 100]
        )
        assert (
            half.texts[place]
            == f"{float(one.mean) * 100:+.2f} ± {(one.high - one.low) * 50:.2f} points"
        )
    across = figure.across  # type: ignore[attr-defined]
    assert across.ticks == ((0.0, "several together"), (1.0, "bypass"))
    assert (across.low, across.high) == (-0.5, 1.5)
    assert across.title == "Design, compared over 3 seeds"
    assert across.labels[0] == "several together, 50% of the liquidity"
    assert across.at == pytest.approx((-0.15, 0.15, 0.85, 1.15))


@pytest.mark.parametrize(
    ("confidence", "value", "delay"), [("0.95", 1, 1), ("0.8", 2, 2), ("0.1", 3, 3)]
)
def test_the_reading_counts_intervals_without_zero(confidence: str, value: int, delay: int) -> None:
    plots = seed_plots(made_seeds(confidence=Decimal(confidence)))
    assert [plot.reading for plot in plots] == [
        f"{sure} of 4 intervals leave out zero. They hold one by one, not all together."
        for sure in (value, delay)
    ]


def test_the_baseline_alone_has_no_plot() -> None:
    gross = made_seeds(designs=("gross",), degrees=(Fraction(1, 2),))
    assert list(seed_plots(gross)) == []
