"""The pages in a real browser: every plot drawn, nothing cut off, tables that sort and save."""

import csv
import io
import itertools
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page

from skontro.files import read_scenario
from skontro.model import Netting
from skontro.report import write_report
from skontro.report.clearing_study_page import write_exploration
from skontro.report.comparison_page import write_comparison
from skontro.simulation import settle
from skontro.simulation.clearing_study import explore, grid, trade_of_group
from skontro.simulation.clearing_study.published_shares import published_shares
from skontro.simulation.compare import choose_designs, compare
from tests.chromium import chromium
from tests.report.cis_period import cis_period
from tests.report.edge_periods import rendered

pytestmark = [pytest.mark.browser, pytest.mark.long]

_EXAMPLES: Final = Path(__file__).parents[2] / "examples"
_PAGES: Final = ("cis", "netting", "comparison", "exploration", "forty countries")
_PLOTS: Final = [
    "corridors-instruction",
    "corridors-interbank",
    "currencies",
    "settlement",
    "queue",
    "queue-orders",
    "liquidity",
    "delay",
]
#: The text of an A4 page between its margins, in CSS pixels.
_PAPER: Final = 703

#: Plots that show not exactly one drawing as wide as they are.
_NOT_DRAWN: Final = """() => [...document.querySelectorAll('.plot')].filter(plot => {
    const shown = [...plot.querySelectorAll(':scope > svg')].filter(s => s.clientWidth > 0);
    return shown.length !== 1 || shown[0].clientHeight < 60
        || shown[0].clientWidth < Math.min(540, plot.clientWidth) - 2;
}).map(plot => plot.parentElement.id)"""
#: Labels of which a part lies outside their drawing.
_CUT_OFF: Final = """() => [...document.querySelectorAll('.plot > svg')].flatMap(plot => {
    const frame = plot.getBoundingClientRect();
    return [...plot.querySelectorAll('text')].filter(text => {
        const box = text.getBoundingClientRect();
        return box.width > 0 && (box.left < frame.left - 2 || box.right > frame.right + 2
            || box.top < frame.top - 2 || box.bottom > frame.bottom + 2);
    }).map(text => plot.parentElement.parentElement.id + ': ' + text.textContent);
})"""
#: Pairs of labels in one drawing that lie over one another.
_OVERLAPPING: Final = """() => [...document.querySelectorAll('.plot > svg')].flatMap(plot => {
    const boxes = [...plot.querySelectorAll('text')]
        .map(text => [text.textContent, text.getBoundingClientRect()])
        .filter(([, box]) => box.width > 0);
    return boxes.flatMap(([one, a], at) => boxes.slice(at + 1).filter(([, b]) =>
        Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5
    ).map(([other]) => `${plot.parentElement.parentElement.id}: ${one} / ${other}`));
})"""
#: Words of the page that are broken inside or leave the room of their element or of the page.
_BROKEN: Final = """() => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode, parent = text.parentElement;
        if (parent.closest('svg, script, style, h1') || !parent.getClientRects().length) continue;
        const block = parent.closest('th, td, dt, dd, p, li, figcaption, h2, h3, caption, body');
        const room = block.getBoundingClientRect();
        for (const word of text.data.matchAll(/[^\\s-]+/g)) {
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            const boxes = [...range.getClientRects()].filter(box => box.width > 0);
            const lines = new Set(boxes.map(box => Math.round(box.top)));
            if (lines.size > 1) found.push(`broken: ${word[0]}`);
            if (boxes.some(box => box.right > Math.min(innerWidth, room.right) + 1))
                found.push(`cut off: ${word[0]} in ${block.textContent.slice(0, 40)}`);
        }
    }
    return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    write_report(cis_period(orders=2000), folder / "cis.html")
    union = read_scenario(_EXAMPLES / "clearing-union").scenario
    write_report(settle(union), folder / "netting.html")
    example = read_scenario(_EXAMPLES / "three-banks").scenario
    designs = choose_designs(example, ["gross", "bypass", "greatest_fifo_set", "bilateral_pass"])
    write_comparison(compare(example, designs), folder / "comparison.html")
    parts = [Fraction(0), Fraction(1, 400), Fraction(8, 100)]
    cycles = ["weekly", "monthly"]
    arrangements = [
        *grid(list(Netting), cycles, parts, [None]),
        *grid(list(Netting), ["monthly"], [Fraction(8, 100)], [Fraction(1, 100), Fraction(1, 10)]),
    ]
    spreads = [Decimal(spread) for spread in ("0.2", "0.6", "1")]
    exploration = explore(trade_of_group("EAEU", 2020), spreads, arrangements, seed=1)
    write_exploration(exploration, published_shares("EAEU"), folder / "exploration.html")
    (folder / "forty countries.html").write_text(rendered("forty countries"), encoding="utf-8")
    return folder


def opened(browser: Browser, path: Path, width: int = 1280, scheme: str = "light") -> Page:
    """The page; every complaint and every request but for the file fails the test."""
    page = browser.new_page(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    assert not complaints
    assert requests == [path.as_uri()]
    return page


@pytest.mark.parametrize("name", _PAGES)
@pytest.mark.parametrize("width", [1600, 1280, 1000, 700, 390, 320])
def test_nothing_is_cut_off_at_any_width(
    browser: Browser, folder: Path, name: str, width: int
) -> None:
    page = opened(browser, folder / f"{name}.html", width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(_NOT_DRAWN) == []
    assert page.evaluate(_CUT_OFF) == []
    assert page.evaluate(_OVERLAPPING) == []
    if width <= 640 or width >= 1280:
        assert page.evaluate(_BROKEN) == []
    page.close()


@pytest.mark.parametrize("name", _PAGES)
def test_paper_has_whole_words_and_light_colours(browser: Browser, folder: Path, name: str) -> None:
    page = opened(browser, folder / f"{name}.html", _PAPER, "dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= _PAPER
    assert page.evaluate(_NOT_DRAWN) == []
    assert page.evaluate(_CUT_OFF) == []
    assert page.evaluate(_BROKEN) == []
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 39, 51)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    # A browser repeats the headings of a table on each page only if they have no boxes inside.
    assert page.evaluate(
        """() => [...document.querySelectorAll('thead, th button')].map(
            one => getComputedStyle(one).display).every(
            display => ['table-header-group', 'contents'].includes(display))"""
    )
    pdf = page.pdf(format="A4")
    # A broken style gives many more pages, such as one for each word of a column.
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page /") < 24
    page.close()


@pytest.fixture(scope="module")
def report(browser: Browser, folder: Path) -> Iterator[Page]:
    page = opened(browser, folder / "cis.html")
    yield page
    page.close()


def test_every_plot_stands_in_the_report(report: Page) -> None:
    plots = report.query_selector_all(".plot-card")
    assert [plot.get_attribute("id") for plot in plots] == _PLOTS


def test_dark_page_changes_the_marks_and_paper_changes_them_back(report: Page) -> None:
    colours = """() => ['.c-warm.mark', '.c-available.bar', '.c-series-1.area', '.cell',
        '#settlement .c-mark .line'].map(mark => {
            const style = getComputedStyle(document.querySelector(mark));
            return style.fill + style.stroke;
        })"""
    light = report.evaluate(colours)
    report.emulate_media(color_scheme="dark")
    dark = report.evaluate(colours)
    assert all(one != other for one, other in zip(light, dark, strict=True))
    report.emulate_media(color_scheme="dark", media="print")
    assert report.evaluate(colours) == light
    report.emulate_media(color_scheme="light", media="screen")
    assert report.evaluate(colours) == light


def column(page: Page, table: str, number: int) -> list[str]:
    cells = page.query_selector_all(f"#{table} tbody td:nth-child({number})")
    return [cell.inner_text() for cell in cells]


def test_tables_sort_by_mouse_and_keys_and_say_so(report: Page) -> None:
    table = "table-corridors-by-value-instructed"
    before = column(report, table, 1)
    heading = report.locator(f"#{table} th:nth-child(5)")
    assert heading.get_attribute("aria-sort") == "none"
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    values = [float(text.replace(",", "")) for text in column(report, table, 5)]
    assert values == sorted(values, reverse=True)
    heading.get_by_role("button").focus()
    report.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    assert column(report, table, 5)[0] == min(column(report, table, 5), key=_figure)
    # What sums up others stays where it is.
    assert "smaller" in report.inner_text(f"#{table} tfoot td")
    report.keyboard.press("Space")
    assert heading.get_attribute("aria-sort") == "none"
    assert column(report, table, 1) == before
    country = report.locator(f"#{table} th:nth-child(1)")
    country.get_by_role("button").click()
    assert country.get_attribute("aria-sort") == "ascending"
    assert column(report, table, 1) == sorted(before)
    country.get_by_role("button").click()
    country.get_by_role("button").click()


def _figure(text: str) -> float:
    return float(text.replace(",", ""))


def test_durations_sort_by_their_length(report: Page) -> None:
    table = "table-delay-by-payment-class"
    heading = report.locator(f"#{table} th", has_text="Longest")
    heading.get_by_role("button").click()
    seconds = [
        float(cell.get_attribute("data-value") or "0")
        for cell in report.query_selector_all(f"#{table} tbody td:nth-child(9)")
    ]
    assert seconds == sorted(seconds, reverse=True)
    heading.get_by_role("button").click()
    heading.get_by_role("button").click()


def downloaded(page: Page, card: str) -> list[list[str]]:
    with page.expect_download() as download:
        page.locator(f"#{card}-card").get_by_role("button", name="Download as CSV").click()
    assert download.value.suggested_filename == f"{card}.csv"
    text = Path(download.value.path()).read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_csv_has_the_rows_of_the_table_as_numbers(report: Page) -> None:
    name = "table-currencies-by-value-submitted"
    head, *rows = downloaded(report, name)
    assert head[2:4] == ["Orders", "Submitted (USD million)"]
    assert head[8:] == ["Settlement ratio (%)", "Share, instruction (%)", "Share, interbank (%)"]
    shown = report.query_selector_all(f"#{name} tbody tr")
    assert len(rows) == len(shown) > 5
    for row, element in zip(rows, shown, strict=True):
        cells = [cell.inner_text() for cell in element.query_selector_all("td")]
        assert row == [re.sub(r"(?<=\d),(?=\d)|%$", "", cell) for cell in cells]
        assert all(float(figure) >= 0 for figure in row[2:])


def test_csv_of_every_table_of_every_page_can_be_read(browser: Browser, folder: Path) -> None:
    for name in _PAGES:
        page = opened(browser, folder / f"{name}.html")
        for table in page.query_selector_all("table"):
            rows = downloaded(page, table.get_attribute("id") or "")
            assert len(rows) == len(table.query_selector_all("tr"))
            assert len({len(row) for row in rows}) == 1
        page.close()


def test_hover_says_the_figures(report: Page) -> None:
    cell = report.locator("#corridors-instruction .w600 .hover").first
    cell.scroll_into_view_if_needed()
    cell.hover()
    text = report.inner_text("#hover-text")
    assert "→" in text
    assert "national by corridor: " in text
    assert report.query_selector_all(".plot title") == []


def test_a_telephone_shows_first_rows_and_all_when_asked(browser: Browser, folder: Path) -> None:
    page = opened(browser, folder / "cis.html", 390)
    rows = page.locator("#table-corridors-by-value-instructed tbody tr")
    assert [rows.nth(number).is_visible() for number in range(9)] == [True] * 8 + [False]
    page.locator("#table-corridors-by-value-instructed-card .unfold").click()
    assert all(rows.nth(number).is_visible() for number in range(rows.count()))
    page.close()


@pytest.mark.parametrize("name", _PAGES)
def test_structure_for_screen_readers(browser: Browser, folder: Path, name: str) -> None:
    page = opened(browser, folder / f"{name}.html")
    assert page.get_attribute("html", "lang") == "en"
    for landmark in ("main", "nav", "footer"):
        assert page.locator(landmark).count() == 1
    levels = [
        int((heading.evaluate("heading => heading.tagName") or "h0")[1])
        for heading in page.query_selector_all("h1, h2, h3, h4")
    ]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    for plot in page.query_selector_all(".plot"):
        assert plot.get_attribute("role") == "img"
        assert len(plot.get_attribute("aria-label") or "") > 30
    for region in page.query_selector_all("section, nav, figure"):
        label = region.get_attribute("aria-labelledby")
        assert page.locator(f"[id='{label}']").inner_text()
    for link in page.query_selector_all("a"):
        assert page.query_selector(f"[id='{(link.get_attribute('href') or '')[1:]}']")
    for heading in page.query_selector_all("th"):
        assert heading.get_attribute("scope") == "col"
    page.close()


def test_text_from_data_makes_no_link_and_runs_no_script(browser: Browser, folder: Path) -> None:
    page = opened(browser, folder / "forty countries.html")
    assert "outside.example" in page.inner_text("h1")
    assert page.query_selector_all("a:not([href^='#']), a *, main script, header script") == []
    page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.injected = true';
            document.body.append(script);
        }"""
    )
    assert page.evaluate("window.injected") is None
    page.close()


def test_without_script_the_page_is_complete(browser: Browser, folder: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.goto((folder / "cis.html").as_uri())
    assert page.locator("#settlement .w350").is_visible()
    assert page.locator("button").count() == 0
    assert page.locator("#table-liquidity-by-currency tfoot td").first.is_visible()
    context.close()
