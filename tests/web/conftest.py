"""Of tests of the pages: a live system with pages, and browsers of its people."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from skontro.web.app import make_pages
from tests.service.systems import TOKENS, URL, LiveSystem, live_system, write_folder


class Pages:
    """A browser without scripts: it keeps cookies, and sends the forms that it was shown."""

    def __init__(self, system: LiveSystem, language: str = "en") -> None:
        headers = {"Accept-Language": language}
        self.http = httpx.Client(transport=system.transport, base_url=URL, headers=headers)
        self.system = system

    def sign_in(self, token: str) -> httpx.Response:
        return self.send("/sign-in", token=token)

    def sign_in_with_code(self, bank: int, person: int = 1) -> httpx.Response:
        made = self.system.bank(bank, person).send("POST", "/v1/sign-in-codes")
        return self.send("/sign-in", code=made.json()["code"])

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)

    def text(self, path: str = "/") -> str:
        """The text of a page, without its marks."""
        answer = self.get(path)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return text_of(answer)

    def send(self, path: str, **fields: str) -> httpx.Response:
        return self.http.post(path, data=fields)

    def csrf(self, path: str = "/") -> str:
        return re.findall(r'name="csrf" value="([^"]+)"', self.get(path).text)[0]


def text_of(answer: httpx.Response) -> str:
    marked = re.sub(r"<(script|style|svg).*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", marked).replace("\u202f", " ").split())


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    """A live system with pages, shared by the tests of a module."""
    folder: Path = tmp_path_factory.mktemp("system")
    write_folder(folder)
    with live_system(folder, make_pages=make_pages) as running:
        yield running


@pytest.fixture
def operator(system: LiveSystem) -> Pages:
    browser = Pages(system)
    assert browser.sign_in(TOKENS[0]).status_code == 303
    return browser


@pytest.fixture
def second_operator(system: LiveSystem) -> Pages:
    browser = Pages(system)
    assert browser.sign_in(TOKENS[1]).status_code == 303
    return browser


@pytest.fixture
def bank(system: LiveSystem) -> Pages:
    browser = Pages(system)
    assert browser.sign_in_with_code(0).status_code == 303
    return browser
