"""Headers, files and errors of the pages; the interface beside them stays as it is."""

import hashlib
import re
from importlib.resources import files

import pytest

from skontro.web import render
from skontro.web.app import CONTENT_POLICY
from tests.service.systems import LiveSystem
from tests.web.conftest import Pages

STATIC = files("skontro.web").joinpath("static")
TEMPLATES = files("skontro.web").joinpath("templates")


def test_bundled_files_are_those_of_the_notice() -> None:
    notice = STATIC.joinpath("NOTICE").read_text()
    named = re.findall(r"^(\S+\.js) .*?sha256 ([0-9a-f]{64})$", notice, re.DOTALL | re.MULTILINE)
    assert [name for name, _ in named] == ["htmx.min.js", "sse.min.js"]
    for name, digest in named:
        assert hashlib.sha256(STATIC.joinpath(name).read_bytes()).hexdigest() == digest


def test_every_file_is_served_under_its_content(system: LiveSystem) -> None:
    browser = Pages(system)
    there = {one.name for one in STATIC.iterdir()} - {"NOTICE"}
    assert there == {*render.STATIC}
    for name, kind in render.STATIC.items():
        answer = browser.get(render.static_path(name))
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        assert "immutable" in answer.headers["cache-control"]
        assert answer.content == STATIC.joinpath(name).read_bytes()
    assert browser.get("/static/0000000000000000/pages.css").status_code == 404
    assert browser.get(render.static_path("pages.css").replace("pages", "x")).status_code == 404


def test_every_response_has_the_headers(system: LiveSystem) -> None:
    browser = Pages(system)
    for path in ("/sign-in", "/", "/absent", "/static/0/x"):
        headers = browser.get(path).headers
        assert headers["content-security-policy"] == CONTENT_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "same-origin"
    assert "unsafe" not in CONTENT_POLICY
    assert "default-src 'none'" in CONTENT_POLICY
    assert "frame-ancestors 'none'" in CONTENT_POLICY


@pytest.mark.parametrize("name", [one.name for one in TEMPLATES.iterdir()])
def test_templates_have_no_scripts_styles_or_addresses_of_elsewhere(name: str) -> None:
    text = TEMPLATES.joinpath(name).read_text()
    assert (
        re.findall(r"<script(?! src=)|<style|\bstyle=|\bon\w+=|https?://|hx-on|\|\s*safe", text)
        == []
    )


def test_what_is_not_there_is_a_page(system: LiveSystem, operator: Pages) -> None:
    answer = operator.get("/absent")
    assert answer.status_code == 404
    assert "<h1>Not Found</h1>" in answer.text
    assert operator.http.post("/").status_code == 405


def test_the_interface_is_not_changed(system: LiveSystem) -> None:
    assert system.nobody().get("/v1/day").status_code == 401
    assert system.nobody().get("/v1/absent").status_code == 401
    assert system.operator().get("/v1/absent").json()["status"] == 404
    assert system.nobody().get("/openapi.json").json()["openapi"].startswith("3.")
    assert system.nobody().get("/health/live").json() == {"status": "live"}
