"""The pages in a real browser: people sign in, watch, approve, and find no barrier."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from skontro.web.app import make_pages
from tests.chromium import chromium
from tests.service.in_threads import Served, served
from tests.service.systems import BANKS, TOKENS, order, write_folder

pytestmark = [pytest.mark.browser, pytest.mark.long]

AXE: Final = Path(__file__).parent / "axe" / "axe.min.js"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("system")
    write_folder(folder)
    with served(folder, make_pages) as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context()
    yield made
    made.close()


def sign_in(context: BrowserContext, service: Served, token: str = TOKENS[0]) -> Page:
    page = context.new_page()
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.goto(f"{service.url}/sign-in")
    page.fill("#token", token)
    page.locator("form:has(#token) button").click()
    expect(page.locator(".person")).to_be_visible()
    assert mistakes == []
    return page


def settled(page: Page) -> Any:
    return page.locator(".tiles .figure").first


def test_axe_is_the_file_of_its_notice() -> None:
    digest = hashlib.sha256(AXE.read_bytes()).hexdigest()
    assert digest in AXE.with_name("NOTICE").read_text()


def test_a_payment_settles_before_ones_eyes(context: BrowserContext, service: Served) -> None:
    page = sign_in(context, service)
    expect(page.locator("html")).to_have_attribute("data-live", "yes")
    before = int(settled(page).inner_text().replace(",", ""))
    page.evaluate("window.same = true")
    assert service.bank(0).submit(order(0, 1, "1.00")).json()["status"] == "settled"
    expect(settled(page)).to_have_text(f"{before + 1:,}", timeout=30_000)
    assert page.evaluate("window.same")


def test_a_code_from_the_command_line_signs_in(context: BrowserContext, service: Served) -> None:
    made = service.bank(0).send("POST", "/v1/sign-in-codes").json()
    page = context.new_page()
    page.goto(made["url"])
    expect(page.locator(".who")).to_contain_text("Person 1 of AAAAKZK0")
    assert "code" not in page.url
    assert BANKS[1] not in page.content()


def test_a_second_person_approves(
    browser: Browser, context: BrowserContext, service: Served
) -> None:
    page = sign_in(context, service)
    page.goto(f"{service.url}/proposals/new/set_credit_line")
    for name, value in {"participant": BANKS[2], "currency": "KZT", "amount": "77.00"}.items():
        page.fill(f"#{name}", value)
    page.locator("main button").click()
    expect(page.locator("main")).to_contain_text("A second person must approve it.")
    other = browser.new_context()
    second = sign_in(other, service, TOKENS[1])
    second.goto(page.url)
    expect(second.locator("main")).to_contain_text("77.00 KZT")
    second.get_by_role("button", name="Approve exactly this").click()
    expect(second.locator("main")).to_contain_text("Decided by")
    expect(second.locator("main")).to_contain_text("Boris")
    second.goto(f"{service.url}/accounts/{BANKS[2]}/KZT")
    expect(second.locator(".tiles")).to_contain_text("77.00")
    other.close()


def test_signing_out_ends_the_session(context: BrowserContext, service: Served) -> None:
    page = sign_in(context, service)
    page.locator(".person button").click()
    expect(page.locator("#token")).to_be_visible()
    page.goto(service.url)
    expect(page.locator("#token")).to_be_visible()


#: Makes ten countries of those of the matrix, each share as long as one can be; in one turn, so
#: that no news comes between. Gives the tables of the overview that are cut.
_CUT_WITH_TEN_COUNTRIES: Final = """() => {
    for (const row of document.querySelectorAll('.matrix tr')) {
        while (row.cells.length < 11) row.append(row.cells[1].cloneNode(true));
        for (const cell of row.querySelectorAll('td')) cell.textContent = '100.0\u202f%';
    }
    return [...document.querySelectorAll('.day .scroll')].map(
        one => [one.getAttribute('aria-labelledby'), one.scrollWidth > one.clientWidth]);
}"""


@pytest.mark.parametrize("language", ["en", "ru", "fr"])
def test_the_overview_shows_ten_countries_without_scrolling(
    context: BrowserContext, service: Served, language: str
) -> None:
    page = sign_in(context, service)
    page.goto(f"{service.url}/language/{language}")
    for width in (1_240, 1_280, 1_680, 1_920):
        page.set_viewport_size({"width": width, "height": 900})
        found = page.evaluate(_CUT_WITH_TEN_COUNTRIES)
        assert found == [[f"{name}-title", False] for name in ("currencies", "liquidity", "matrix")]


def test_nothing_is_fetched_from_elsewhere(context: BrowserContext, service: Served) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = sign_in(context, service)
    page.goto(f"{service.url}/orders")
    deadline = time.monotonic() + 30
    while len(asked) < 6 and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    assert len(asked) >= 6
    assert [url for url in asked if not url.startswith(service.url)] == []
