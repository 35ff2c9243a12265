"""Screenshots of the guided tour, from a generated day whose clock the script moves.

``python -m tests.web.tour`` makes them again, in docs/images/pages. Same day, same figures.
"""

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, Route

from skontro.cli.demo_day import _make_system
from skontro.cli.send import order_of
from skontro.ledger.keys import read_private_key
from skontro.model import to_timestamp
from skontro.service.client import Client, Signature
from skontro.service.initialise import operator_tokens
from skontro.web.app import make_pages
from tests.chromium import chromium
from tests.messages.written_payments import payment_message
from tests.service.systems import URL, Clock, LiveSystem, live_system

IMAGES: Final = Path(__file__).parents[2] / "docs" / "images" / "pages"
#: Largest size of an image, in bytes.
MAX_BYTES: Final = 200_000
_SIZE: Final[Any] = {"width": 1_280, "height": 800}
_PAYMENTS: Final = 500
#: The payment that is sent as a message, and the one about which a case is opened.
_MESSAGE: Final = 300
_CASE: Final = 20
#: Credit line that is asked for.
_LINE: Final = "1000000.00"


@contextmanager
def day_at_work(folder: Path) -> Iterator[tuple[LiveSystem, list[str]]]:
    """A live system in the middle of a generated day, and the tokens of its operators."""
    scenario = _make_system(folder, _PAYMENTS, seed=1)
    rows = list(scenario.payments.sort("submitted_at").iter_rows(named=True))
    tokens = list(operator_tokens(folder))
    clock = Clock(to_timestamp(rows[0]["submitted_at"]))
    with live_system(folder, clock=clock, make_pages=make_pages) as system:
        keys = {path.stem: path for path in sorted((folder / "keys").glob("*.pem"))}
        for row in rows[: _PAYMENTS * 3 // 4]:
            system.move_to(max(clock.now, to_timestamp(row["submitted_at"])))
            name = next(one for one in keys if one.startswith(row["payer"]))
            signature = Signature(name, read_private_key(keys[name]))
            sender = Client(URL, signature, transport=system.transport)
            if row["uetr"] == rows[_MESSAGE]["uetr"]:
                sent = f"<M>{payment_message(row, 'pacs.008.001.08')}</M>".encode()
                assert sender.submit_message(sent).is_success
            else:
                assert sender.submit(order_of(row)).is_success
            if row["uetr"] == rows[_CASE]["uetr"]:
                claim = {"reference": "2026-0001", "type": "recall", "uetr": row["uetr"]}
                claim |= {"text": "Sent twice", "terms": {"principal": order_of(row)["amount"]}}
                assert sender.send("POST", "/v1/cases", claim).is_success
        yield system, tokens


class Visitor:
    """A browser whose requests go to the system without a socket, so that its clock counts."""

    def __init__(self, browser: Browser, system: LiveSystem, token: str) -> None:
        self._http = httpx.Client(transport=system.transport, base_url=URL)
        assert self._http.post("/sign-in", data={"token": token}).status_code == 303
        context = browser.new_context(viewport=_SIZE, color_scheme="light", locale="en-GB")
        context.route("**/*", self._answer)
        self.page: Page = context.new_page()

    def _answer(self, route: Route) -> None:
        asked = route.request
        if asked.headers.get("accept") == "text/event-stream" or "/live/" in asked.url:
            route.abort()
            return
        headers = {"accept-language": "en"}
        if asked.method == "POST":
            headers["content-type"] = asked.headers["content-type"]
        answer = self._http.request(
            asked.method,
            asked.url.removeprefix(URL),
            content=asked.post_data_buffer,
            headers=headers,
            follow_redirects=True,
        )
        kept = ("content-type", "content-security-policy")
        route.fulfill(
            status=answer.status_code,
            headers={name: answer.headers[name] for name in kept if name in answer.headers},
            body=answer.content,
        )

    def go(self, path: str) -> Page:
        """Open a page."""
        self.page.goto(f"{URL}{path}")
        return self.page


def screenshots(browser: Browser, system: LiveSystem, tokens: list[str]) -> dict[str, bytes]:
    """The images of the tour, by name."""
    operator = Visitor(browser, system, tokens[0])
    made = {"overview": _image(operator.go("/"))}
    page = operator.go("/orders?status=queued")
    made["orders"] = _image(page)
    cells = page.locator("main tbody tr").first.locator("th, td").all_inner_texts()
    bic, currency = cells[1], cells[4]
    page = operator.go(page.locator("main table a").first.get_attribute("href") or "")
    made["order"] = _image(page)
    made["account"] = _image(operator.go(f"/accounts/{bic}/{currency}"))
    made["message"] = _image(operator.go("/messages/1"))
    made["case"] = _image(operator.go("/cases/0"))
    page = operator.go("/proposals/new/set_credit_line")
    for name, value in {"participant": bic, "currency": currency, "amount": _LINE}.items():
        page.fill(f"#{name}", value)
    page.locator("main form button").click()
    page.wait_for_selector("main")
    second = Visitor(browser, system, tokens[1])
    page = second.go("/proposals")
    made["proposal"] = _image(
        second.go(page.locator("main a[href^='/proposals/']").first.get_attribute("href") or "")
    )
    page = operator.go("/what-if?kind=set_credit_line")
    page.select_option("#participant", bic)
    page.select_option("#currency", currency)
    page.fill("#amount", _LINE)
    page.locator("main form button").click()
    page.wait_for_selector("[role=status]", timeout=120_000)
    page.locator("h2", has_text=currency).first.evaluate("one => one.scrollIntoView()")
    made["rest-of-the-day"] = _image(page)
    page = operator.go("/forecast")
    page.locator("main form button").click()
    page.wait_for_selector("[role=status]", timeout=120_000)
    made["forecast"] = _image(page)
    return made


def _image(page: Page) -> bytes:
    """The window as a PNG with a palette."""
    with Image.open(io.BytesIO(page.screenshot(animations="disabled"))) as image:
        few = image.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    output = io.BytesIO()
    few.save(output, "PNG", optimize=True)
    return output.getvalue()


def make_tour() -> dict[str, bytes]:
    """All images of the tour, from a new system."""
    with (
        tempfile.TemporaryDirectory() as name,
        day_at_work(Path(name) / "system") as (system, tokens),
        chromium() as browser,
    ):
        return screenshots(browser, system, tokens)


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True, parents=True)
    for title, content in make_tour().items():
        (IMAGES / f"{title}.png").write_bytes(content)
        sys.stdout.write(f"{title}: {len(content):,} bytes\n")
