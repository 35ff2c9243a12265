"""Every page in a real browser: no barrier, and no wider than its window; none is left out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from skontro.web.app import make_pages
from tests.chromium import chromium
from tests.service.linked_services import write_linked_folder
from tests.service.systems import BANKS, TOKENS, live_system
from tests.web.every_page import NO_PAGES, PAGES, Busy, make_busy, routes, show_the_cycle
from tests.web.test_browser import AXE
from tests.web.test_browser_decisions import on_a_socket

_WIDTHS: Final = (390, 1_280, 1_920)
#: Findings of axe that keep people from using a page; in the dark only colours are others.
_SERIOUS: Final = """async rules => (await axe.run(rules ? {runOnly: rules} : {})).violations
    .filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => one.id + ': ' + one.nodes.map(node => node.target.join(' ')).join(', '))"""


def test_the_pages_looked_at_are_all_that_there_are() -> None:
    """A new page is looked at too: add its path to `PAGES`."""
    assert routes() == sorted({*PAGES} | NO_PAGES)
    assert not {*PAGES} & NO_PAGES


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Busy, str]]:
    folder: Path = tmp_path_factory.mktemp("busy")
    write_linked_folder(folder)
    with (
        pytest.MonkeyPatch.context() as patched,
        live_system(folder, make_pages=make_pages) as system,
        on_a_socket(system) as url,
    ):
        show_the_cycle(patched)
        yield make_busy(system), url


def look(page: Page) -> list[str]:
    """Serious findings of axe, and widths at which the page goes beyond its window."""
    page.add_script_tag(path=AXE)
    findings: list[str] = page.evaluate(_SERIOUS, None)
    page.emulate_media(color_scheme="dark")
    findings += [f"dark: {one}" for one in page.evaluate(_SERIOUS, ["color-contrast"])]
    page.emulate_media(color_scheme="light")
    for width in _WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            findings.append(f"wider than {width} pixels")
    return findings


@pytest.mark.long
@pytest.mark.browser
def test_no_page_has_a_barrier_or_is_wider_than_its_window(
    browser: Browser, busy: tuple[Busy, str]
) -> None:
    things, url = busy
    context = browser.new_context(color_scheme="light", bypass_csp=True)
    page = context.new_page()
    page.goto(f"{url}/sign-in")
    found = {"/sign-in": look(page)}
    page.fill("#token", TOKENS[0])
    page.locator("form:has(#token) button").click()
    expect(page.locator(".person")).to_be_visible()
    for route, paths in PAGES.items():
        for path in paths(things) if route != "/sign-in" else ():
            answer = page.goto(f"{url}{path}")
            assert answer is not None
            assert answer.status == 200, path
            assert page.locator(".empty").count() < 2 or path in ("/orders/held", "/"), path
            found[path] = look(page)
    page.goto(f"{url}/absent")
    found["absent"] = look(page)
    page.goto(f"{url}/what-if?kind=set_credit_line")
    page.select_option("#participant", BANKS[0])
    page.select_option("#currency", "KZT")
    page.fill("#amount", "1.00")
    page.locator("main form button").click()
    page.wait_for_selector("[role=status]", timeout=120_000)
    found["what-if run"] = look(page)
    page.goto(f"{url}/forecast")
    page.locator("main form button").click()
    page.wait_for_selector("[role=status]", timeout=120_000)
    found["forecast run"] = look(page)
    context.close()
    assert {path: findings for path, findings in found.items() if findings} == {}
