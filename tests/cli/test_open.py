"""``skontro open``: an address that signs in, and a browser with it."""

import webbrowser
from collections.abc import Iterator

import httpx
import pytest

from skontro.cli.terminal import ExitCode
from skontro.web.app import make_pages
from tests.cli.in_process import run_main
from tests.service.in_threads import Served, served
from tests.service.systems import BANKS, TOKENS, write_folder


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("system")
    write_folder(folder)
    (folder / "anna.token").write_text(f"{TOKENS[0]}\n")
    with served(folder, make_pages) as running:
        yield running


@pytest.mark.long
def test_the_address_signs_in_once(service: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: started.append(url) or True)
    token = str(service.folder / "anna.token")
    outcome = run_main("open", "--url", service.url, "--token-file", token)
    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    address = outcome.stdout.strip()
    assert started == [address]
    assert address.startswith(f"{service.url}/sign-in#code=")
    code = address.partition("#code=")[2]
    with httpx.Client(base_url=service.url) as browser:
        assert browser.post("/sign-in", data={"code": code}).status_code == 303
        assert "Anna" in browser.get("/").text
        assert browser.post("/sign-in", data={"code": code}).status_code == 401


@pytest.mark.long
def test_without_a_browser_the_address_is_printed(
    service: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: started.append(url) is not None)
    key = str(service.folder / "keys" / f"{BANKS[0]}-1.pem")
    options = ["--url", service.url, "--key", key, "--key-id", f"{BANKS[0]}-1"]
    assert "#code=" in run_main("open", "--no-browser", *options).stdout
    assert started == []
    outcome = run_main("open", *options)
    assert (outcome.returncode, len(started)) == (ExitCode.DONE, 1)
    assert "no browser can be started here" in outcome.stderr
