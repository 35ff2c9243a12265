"""Decisions of two people in a real browser: a certificate in five clicks, hold and release."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect

from skontro.model import ScreeningOutcome
from skontro.system import ScreeningPolicy
from skontro.system.links.certificate import Certificate
from skontro.system.links.phases import Phase
from skontro.web.app import make_pages
from tests.chromium import chromium
from tests.service.linked_services import SYSTEMS, LinkedServices, write_linked_folder
from tests.service.systems import (
    BANKS,
    TOKENS,
    LiveSystem,
    live_system,
    new_database,
    order,
    write_folder,
)
from tests.service.test_screening_of_orders import DETAILS, Pool
from tests.system.links.linked_systems import officer_keys

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@contextlib.contextmanager
def on_a_socket(system: LiveSystem) -> Iterator[str]:
    """The URL of a system in this process, for a browser."""
    config = uvicorn.Config(
        system.transport.app, port=0, log_level="error", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="pages")
    thread.start()
    try:
        deadline = time.monotonic() + 60
        while not server.started:
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)


class Clicks:
    """A person at a page whose clicks are counted."""

    def __init__(self, context: BrowserContext, url: str, token: str) -> None:
        self.page: Page = context.new_page()
        self.count = 0
        self.page.goto(f"{url}/sign-in")
        self.page.fill("#token", token)
        self.page.locator("form:has(#token) button").click()
        expect(self.page.locator(".person")).to_be_visible()

    def click(self, found: Any) -> None:
        found.click()
        self.count += 1


def test_a_link_in_doubt_ends_by_a_certificate_in_five_clicks(
    browser: Browser, tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in SYSTEMS]
    for one in folders:
        one.mkdir()
        write_linked_folder(one)
    services = LinkedServices(folders, [new_database(), new_database()])
    outbox = {"outbox": lambda *sent: services.sent.append((sent[0], sent[1]))}
    try:
        services.live = [
            services.start_one(place, make_pages=make_pages, **outbox) for place in range(2)
        ]
        services.agree()
        terms = services.terms()
        for place in range(2):
            services.order(place, terms)
            services.inputs(place, terms=(terms,))
        services.until(terms, [Phase.ASKED, Phase.PREPARED])
        certificate = Certificate(terms.link, terms.digest, SYSTEMS[0], "The record is lost")
        for key in officer_keys(SYSTEMS[0]):
            certificate = certificate.signed(key)
        with on_a_socket(services.live[1]) as url:
            contexts = [browser.new_context() for _ in range(2)]
            anna, boris = (Clicks(contexts[place], url, TOKENS[place]) for place in range(2))
            anna.click(anna.page.locator(f"#doubt-{terms.link}"))
            expect(anna.page.locator("main")).to_contain_text("0.90 RUB")
            anna.click(anna.page.get_by_role("link", name="Propose its end by a certificate"))
            anna.page.fill("#certificate", json.dumps(certificate.to_document()))
            anna.click(anna.page.locator("main form button"))
            expect(anna.page.locator("main")).to_contain_text("A second person must approve it.")
            number = anna.page.url.rpartition("/")[2]
            boris.page.goto(url)
            boris.click(boris.page.locator(f"#proposal-{number}"))
            expect(boris.page.locator("main")).to_contain_text("The record is lost")
            boris.click(boris.page.get_by_role("button", name="Approve exactly this"))
            expect(boris.page.locator("main")).to_contain_text("Decided by")
            assert anna.count + boris.count <= 5
            boris.page.goto(f"{url}/links/{terms.link}")
            expect(boris.page.locator(".lead")).to_contain_text("Released")
            for context in contexts:
                context.close()
    finally:
        services.stop()


def test_what_screening_holds_is_released_by_a_second_person(
    browser: Browser, tmp_path: Path
) -> None:
    write_folder(tmp_path, screening=ScreeningPolicy())
    with live_system(tmp_path, make_pages=make_pages) as system, on_a_socket(system) as url:
        pool = Pool({"Osh Textile": ScreeningOutcome.HELD})
        system.service.context.screening._pool = pool  # type: ignore[assignment]
        sent: dict[str, Any] = order(details=DETAILS)
        assert system.bank(0).submit(sent).json()["status"] == "held"
        contexts = [browser.new_context() for _ in range(3)]
        anna, boris = (
            Clicks(context, url, token)
            for context, token in zip(contexts[:2], TOKENS, strict=False)
        )
        anna.page.goto(f"{url}/orders/held")
        anna.page.get_by_role("link", name="Propose its release").click()
        anna.page.locator("main form button").click()
        expect(anna.page.locator("main")).to_contain_text("A second person must approve it.")
        boris.page.goto(f"{url}/orders/held")
        boris.page.get_by_role("link", name="Release a held order").click()
        expect(boris.page.locator("main")).to_contain_text("Bank AAAA")
        boris.page.get_by_role("button", name="Approve exactly this").click()
        boris.page.goto(f"{url}/orders/{sent['uetr']}")
        expect(boris.page.locator(".lead")).to_contain_text("Settled")
        decided = boris.page.locator("section[aria-labelledby='decisions-title']")
        expect(decided).to_contain_text("Asked by Anna")
        expect(decided).to_contain_text("Decided by Boris")
        # The third bank is no party of it, and finds neither the order nor the account.
        code = system.bank(2).send("POST", "/v1/sign-in-codes").json()["code"]
        third = contexts[2].new_page()
        third.goto(f"{url}/sign-in#code={code}")
        expect(third.locator(".person")).to_contain_text(BANKS[2])
        for path, status in (
            (f"/orders/{sent['uetr']}", 404),
            (f"/accounts/{BANKS[0]}/KZT", 403),
            ("/offsetting", 403),
        ):
            answer = third.goto(f"{url}{path}")
            assert answer is not None
            assert answer.status == status
        system.service.context.screening._pool = None
        for context in contexts:
            context.close()
