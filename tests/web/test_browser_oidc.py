"""Sign-in at an issuer of another site, in a real browser."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from skontro.model import InputError
from skontro.web.app import make_pages
from tests.chromium import chromium
from tests.service.in_threads import Served, served
from tests.service.systems import BANKS, write_folder
from tests.web.issuer import Issuer

pytestmark = [pytest.mark.browser, pytest.mark.long]

_PEOPLE = {
    "s-anna": {"side": "operator", "person": "Anna"},
    "s-bank": {"side": BANKS[0], "person": f"Person 2 of {BANKS[0]}"},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """Under another name than the service: browsers treat it as another site."""
    running = Issuer("hidden", host="localhost")
    running.now = lambda: int(time.time())
    yield running
    running.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("system")
    write_folder(folder)
    (folder / "oidc-secret").write_text("hidden\n")
    write_settings(folder / "oidc.json", issuer)
    with served(folder, make_pages) as running:
        yield running


def write_settings(path: Path, issuer: Issuer, **people: dict[str, str]) -> None:
    document = {
        "issuer": issuer.url,
        "client_id": "skontro",
        "client_secret_file": "oidc-secret",
        "people": _PEOPLE | people,
    }
    path.write_text(json.dumps(document))


def sign_in(browser: Browser, service: Served, subject: str, to: str = "/") -> Page:
    page = browser.new_context().new_page()
    page.goto(f"{service.url}{to}")
    page.get_by_role("link", name="Sign in with the account of your organisation").click()
    expect(page).to_have_title("Issuer")
    page.fill("#subject", subject)
    page.get_by_role("button", name="Sign in").click()
    return page


def test_a_person_signs_in_at_the_issuer_and_sees_the_page_that_was_asked_for(
    browser: Browser, service: Served
) -> None:
    page = sign_in(browser, service, "s-anna", "/proposals")
    expect(page.locator(".person")).to_contain_text("Anna")
    assert page.url == f"{service.url}/proposals"
    names = {one["name"]: one for one in page.context.cookies()}
    assert "skontro-oidc" not in names
    assert names["skontro-session"]["httpOnly"]
    page.goto(f"{service.url}/what-if")
    expect(page.locator("main form").first).to_be_visible()
    page.locator(".person button").click()
    expect(page.locator("#token")).to_be_visible()


def test_a_participant_sees_its_own_business_alone(browser: Browser, service: Served) -> None:
    page = sign_in(browser, service, "s-bank")
    expect(page.locator(".who")).to_contain_text(f"Person 2 of {BANKS[0]}")
    assert BANKS[1] not in page.content()


def test_those_whom_the_issuer_does_not_name_see_nothing(browser: Browser, service: Served) -> None:
    page = sign_in(browser, service, "")
    expect(page.locator("body")).to_contain_text("the issuer has not signed this person in")
    page = sign_in(browser, service, "s-late")
    expect(page.locator("body")).to_contain_text("oidc.json names no person for the subject")
    assert not [one for one in page.context.cookies() if one["name"] == "skontro-session"]


def test_people_named_later_sign_in_after_the_settings_were_read_again(
    browser: Browser, service: Served, issuer: Issuer
) -> None:
    running = service.process._service
    write_settings(
        service.folder / "oidc.json", issuer, new={"side": "operator", "person": "Boris"}
    )
    running.reload()
    page = sign_in(browser, service, "new")
    expect(page.locator(".person")).to_contain_text("Boris")
    (service.folder / "oidc.json").write_text("{}")
    with pytest.raises(InputError, match="issuer is missing"):
        running.reload()
    expect(sign_in(browser, service, "new").locator(".person")).to_contain_text("Boris")
    (service.folder / "oidc.json").unlink()
    running.reload()
    page = browser.new_context().new_page()
    page.goto(f"{service.url}/sign-in")
    assert page.get_by_role("link", name="account of your organisation").count() == 0
    write_settings(service.folder / "oidc.json", issuer)
    running.reload()
