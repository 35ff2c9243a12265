"""Every page of the documentation can be reached from its index, and every link leads somewhere."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.documentation.pages import DOCS, ROOT, links, prose

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")])


def reached_from(page: Path) -> set[Path]:
    """Pages that links lead to, one after the other; a link to a folder lists its pages."""
    found: set[Path] = set()
    open_pages = [page]
    while open_pages:
        current = open_pages.pop()
        if current in found or not current.exists():
            continue
        found.add(current)
        for target in links(current):
            pages = target.glob("*.md") if target.is_dir() else [target]
            open_pages += [one for one in pages if one.suffix == ".md"]
    return found


def test_every_page_is_reached_from_the_index() -> None:
    reached = reached_from(DOCS / "README.md")
    missing = set(DOCS.rglob("*.md")) - reached
    assert sorted(page.relative_to(ROOT).as_posix() for page in missing) == []


def test_the_index_itself_names_each_page_but_decisions() -> None:
    named = set(links(DOCS / "README.md"))
    pages = {page for page in DOCS.rglob("*.md") if page.parent.name != "decisions"}
    assert pages - named == {DOCS / "README.md"}


def test_a_page_without_a_link_is_not_reached(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "listed.md").write_text("[up](../a.md#part)", encoding="utf-8")
    (tmp_path / "a.md").write_text("[folder](folder/) [out](https://example.org/b.md)", "utf-8")
    (tmp_path / "b.md").write_text("```\n[a](a.md)\n```\n", encoding="utf-8")
    both = {tmp_path / "a.md", tmp_path / "folder" / "listed.md"}
    assert reached_from(tmp_path / "a.md") == both
    assert reached_from(tmp_path / "b.md") == {tmp_path / "b.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    assert sorted(str(target) for target in links(page) if not target.exists()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_module_and_folder_named_exists(page: Path) -> None:
    """Modules by the end of their path, folders of the project from its root."""
    named = re.findall(r"`([^`\s]+)`", prose(page))
    folders = "src", "tests", "benchmarks", "docs", "deploy"
    ours = [f"/{path.relative_to(ROOT).as_posix()}" for path in _modules(folders)]
    modules = [name for name in named if re.fullmatch(r"[\w/]+\.py", name)]
    assert [name for name in modules if not any(path.endswith(f"/{name}") for path in ours)] == []
    paths = [name for name in named if name.split("/")[0] in folders and "/" in name]
    plain = [name for name in paths if re.fullmatch(r"[\w./-]+", name)]
    assert [name for name in plain if not (ROOT / name).exists()] == []


@cache
def _modules(folders: tuple[str, ...]) -> list[Path]:
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
