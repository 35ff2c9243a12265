"""The site as it is built: whole, like the pages of the repository, and without other hosts."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag

import lxml.html
import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import Browser

import skontro
from docs_site.__main__ import build, run_zensical, settings
from docs_site.sources import ROOT
from tests.chromium import chromium

pytestmark = pytest.mark.long

#: Parts of a page that both parsers must find in equal number.
PARTS = ("li", "ul", "ol", "tr", "td", "pre", "blockquote", "h2", "h3", "h4", "img", "strong", "em")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("site") / "build")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def html_of(site: Path, page: Path) -> Path:
    place = page.parent / "index.html" if page.name == "README.md" else page.with_suffix(".html")
    return site / place.relative_to(ROOT)


def parts(tree: lxml.html.HtmlElement) -> dict[str, int]:
    return {part: len(tree.findall(f".//{part}")) for part in PARTS}


def words(tree: lxml.html.HtmlElement) -> Counter[str]:
    return Counter(re.findall(r"\w+", tree.text_content()))


def test_each_page_has_the_parts_and_words_that_github_shows(site: Path) -> None:
    github = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    compared = 0
    for page in pages:
        built = html_of(site, page)
        if page == ROOT / "docs" / "reference" / "python.md" or not built.exists():
            continue
        [article] = lxml.html.parse(built).xpath("//article")
        for one in article.xpath(".//a[@class='headerlink'] | .//aside | .//nav | .//form"):
            one.drop_tree()
        shown = lxml.html.fromstring(f"<div>{github.render(page.read_text('utf-8'))}</div>")
        assert parts(article) == parts(shown), page
        assert words(article) == words(shown), page
        compared += 1
    assert compared > 90


@cache
def anchors(page: Path) -> set[str]:
    tree = lxml.html.parse(page)
    return {*tree.xpath("//@id"), *tree.xpath("//a/@name")}


def test_every_link_of_the_site_leads_to_a_page_and_a_place_in_it(site: Path) -> None:
    wrong, links = [], 0
    for page in sorted(site.rglob("*.html")):
        if page.name == "404.html":  # Its links begin at the root of a server.
            continue
        for link in lxml.html.parse(page).xpath("//body//a/@href | //@src | //link/@href"):
            target, anchor = urldefrag(unquote(link))
            if ":" in target:
                continue
            links += 1
            file = (page.parent / target).resolve() if target else page
            is_page = file.suffix == ".html"
            if not file.is_file() or (anchor and is_page and anchor not in anchors(file)):
                wrong.append((page.relative_to(site).as_posix(), link))
    assert wrong == []
    assert links > 5000


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    loaded = "//@src | //@srcset | //link/@href | //object/@data | //*/@poster"
    found = {one for page in site.rglob("*.html") for one in lxml.html.parse(page).xpath(loaded)}
    assert {one for one in found if "//" in one} == set()
    assert any(one.endswith(".css") for one in found)
    for style in site.rglob("*.css"):
        urls = re.findall(r"url\(([^)]*)|@import ([^;]+)", style.read_text(encoding="utf-8"))
        outside = [one for one in map("".join, urls) if "//" in one and "data:" not in one]
        assert outside == [], style


def test_the_python_page_documents_each_public_name(site: Path) -> None:
    tree = lxml.html.parse(site / "docs" / "reference" / "python.html")
    headings = {one.text_content().strip(" ¶\n") for one in tree.xpath("//article//h3")}
    assert {f"sk.{name}" for name in skontro.__all__} <= headings
    examples = [one.text_content() for one in tree.xpath("//article//pre")]
    assert any(">>> sk.settle(small_day())" in one for one in examples)


def test_notebooks_are_shown_with_their_pictures_and_tables(site: Path) -> None:
    tree = lxml.html.parse(site / "notebooks" / "first-day.html")
    pictures = tree.xpath("//article//img/@src")
    assert [one for one in pictures if one.endswith(".svg")] == pictures
    assert len(pictures) == 2
    assert len(tree.xpath("//article//table")) >= 3
    assert len(tree.xpath("//article//*[@class='skontro-plots']//*[name()='svg']")) >= 1
    assert tree.xpath("//article//a[@href='first-day.ipynb']")
    assert "```" not in tree.getroot().text_content()


def test_search_works_from_a_folder_and_asks_no_other_host(site: Path, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "docs" / "index.html").as_uri())
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("mirror accounts")
    page.get_by_text(re.compile(r"^[1-9]\d* results?$")).wait_for(timeout=60_000)
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert len(asked) > 3
    page.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_fit_their_width(site: Path, browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    for built in sorted(site.rglob("*.html")):
        if built.parent.name in {"tutorial", "how-to", "reference", "explanation", "notebooks"}:
            page.goto(built.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width, built
    page.close()


def test_a_broken_link_or_anchor_fails_the_build(tmp_path: Path) -> None:
    (tmp_path / "zensical.toml").write_text(re.sub(r"nav = .*", "", settings()), "utf-8")
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "README.md").write_text("# Page\n\n[a](#page)\n", encoding="utf-8")
    assert (run_zensical(tmp_path) / "index.html").exists()
    for broken in ("b.md", "#b"):
        (pages / "README.md").write_text(f"# Page\n\n[a]({broken})\n", encoding="utf-8")
        with pytest.raises(subprocess.CalledProcessError):
            run_zensical(tmp_path)


def test_the_command_builds_into_the_given_folder(tmp_path: Path) -> None:
    (tmp_path / "left").touch()
    command = [sys.executable, "-m", "docs_site", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.endswith(f"Site built: {tmp_path / 'html' / 'index.html'}\n")
    assert (tmp_path / "html" / "index.html").exists()
    assert not (tmp_path / "left").exists()
