"""The report in a real browser: it draws everything, asks nobody, and fits."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from cis_period import cis_period
from edge_periods import rendered
from playwright.sync_api import Browser, Page, sync_playwright

from skontro.files import read_scenario
from skontro.simulation.comparison import choose_designs, compare
from skontro.simulation.report import write_report
from skontro.simulation.report.comparison_page import write_comparison

pytestmark = [pytest.mark.browser, pytest.mark.long]

_QUIET: Final = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_PLOTS: Final = [
    "corridors-instruction",
    "corridors-interbank",
    "currencies",
    "settlement",
    "queue",
    "liquidity",
    "delay",
]
#: Labels of which a part lies outside their plot.
_CUT_OFF: Final = """() => [...document.querySelectorAll('.plot')].flatMap(plot => {
    const frame = plot.getBoundingClientRect();
    return [...plot.querySelectorAll('.xtick text, .ytick text, .legendtext, .xtitle, .ytitle, '
        + '.textpoint text')].filter(text => {
        const box = text.getBoundingClientRect();
        return box.left < frame.left - 1 || box.right > frame.right + 1
            || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
    }).map(text => plot.id + ': ' + text.textContent);
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    installed = Path("/usr/bin/chromium")
    path = str(installed) if installed.exists() else shutil.which("chromium")
    if path is None:
        if os.environ.get("SKONTRO_REQUIRE_BROWSER") == "1":
            pytest.fail("SKONTRO_REQUIRE_BROWSER=1, but no chromium is installed")
        pytest.skip("no chromium is installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=_QUIET)
        yield running
        running.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    write_report(cis_period(orders=2000), folder / "cis.html")
    example = read_scenario(Path(__file__).parents[2] / "examples" / "three-banks").scenario
    designs = choose_designs(example, ["gross", "bypass", "greatest_fifo_set", "bilateral_pass"])
    write_comparison(compare(example, designs), folder / "comparison.html")
    (folder / "forty countries.html").write_text(rendered("forty countries"), encoding="utf-8")
    return folder


def opened(browser: Browser, path: Path) -> Page:
    """The page, drawn; every complaint and every request but for the file fails the test."""
    page = browser.new_page(viewport={"width": 1200, "height": 900}, color_scheme="light")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    wait_until(
        page, "[...document.querySelectorAll('.plot')].every(p => p.querySelector('svg.main-svg'))"
    )
    assert not complaints
    assert [url for url in requests if not url.startswith(("data:", "blob:"))] == [path.as_uri()]
    return page


def wait_until(page: Page, condition: str) -> None:
    """Ask again and again: Playwright's own waiting evaluates text, which the policy forbids."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"still not true after ten seconds: {condition}")


def assert_drawn_and_fitting(page: Page) -> None:
    for plot in page.query_selector_all(".plot"):
        box = plot.query_selector("svg.main-svg").bounding_box()  # type: ignore[union-attr]
        assert box
        assert min(box["width"], box["height"]) > 100
        marks = plot.query_selector_all(".trace, .scatterlayer path, .heatmaplayer image")
        assert marks
    width, room = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= room


@pytest.fixture(scope="module")
def report(browser: Browser, folder: Path) -> Iterator[Page]:
    page = opened(browser, folder / "cis.html")
    yield page
    page.close()


@pytest.mark.parametrize("width", [1600, 1360, 1000, 700])
def test_every_plot_is_drawn_and_nothing_overflows(report: Page, width: int) -> None:
    report.set_viewport_size({"width": width, "height": 900})
    wait_until(
        report,
        """[...document.querySelectorAll('.plot')].every(plot => Math.abs(
            plot.querySelector('svg.main-svg').getBoundingClientRect().width
            - plot.getBoundingClientRect().width) < 2)""",
    )
    assert [plot.get_attribute("id") for plot in report.query_selector_all(".plot")] == _PLOTS
    assert_drawn_and_fitting(report)
    assert report.evaluate(_CUT_OFF) == []


def test_dark_page_changes_the_marks_and_paper_changes_them_back(report: Page) -> None:
    ink = "() => document.getElementById('delay').layout.font.color"
    assert report.evaluate(ink) == "#1d2733"
    report.emulate_media(color_scheme="dark")
    wait_until(report, f"({ink})() === '#e6ebf0'")
    assert_drawn_and_fitting(report)
    report.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert report.evaluate(ink) == "#1d2733"
    report.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert report.evaluate(ink) == "#e6ebf0"


@pytest.fixture(scope="module")
def forty(browser: Browser, folder: Path) -> Iterator[Page]:
    page = opened(browser, folder / "forty countries.html")
    yield page
    page.close()


def test_forty_countries_fit(forty: Page) -> None:
    assert_drawn_and_fitting(forty)
    assert forty.evaluate(_CUT_OFF) == []


def test_text_from_data_makes_no_link_and_runs_no_script(forty: Page) -> None:
    assert "outside.example" in forty.inner_text("h1")
    assert forty.query_selector_all("a[href], a *") == []
    forty.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.injected = true';
            document.body.append(script);
        }"""
    )
    assert forty.evaluate("window.injected") is None


@pytest.fixture(scope="module")
def compared(browser: Browser, folder: Path) -> Iterator[Page]:
    page = opened(browser, folder / "comparison.html")
    yield page
    page.close()


@pytest.mark.parametrize("width", [1360, 700])
def test_a_comparison_is_drawn_and_fits(compared: Page, width: int) -> None:
    compared.set_viewport_size({"width": width, "height": 900})
    wait_until(
        compared,
        """[...document.querySelectorAll('.plot')].every(plot => Math.abs(
            plot.querySelector('svg.main-svg').getBoundingClientRect().width
            - plot.getBoundingClientRect().width) < 2)""",
    )
    plots = [plot.get_attribute("id") for plot in compared.query_selector_all(".plot")]
    assert plots == ["liquidity-delay", "liquidity-value", "mechanisms", "optimum"]
    assert_drawn_and_fitting(compared)
    assert compared.evaluate(_CUT_OFF) == []
