"""Pages as the site has them: links, lists and pages that no file has."""

import tomllib
from pathlib import Path

import pytest

import skontro
from docs_site.__main__ import settings
from docs_site.generated import REFERENCE_MARK, folder_list, listing, python_reference, title_of
from docs_site.markdown import adapted, page_of, with_lists
from docs_site.sources import ROOT, links, sources, targets, text_of, with_targets

PAGE = ROOT / "docs" / "page.md"


def test_links_are_found_and_none_in_code() -> None:
    text = (
        "[a](a.md) and [`b`](b.md), `[c](c.md)` ![d [e]](d.png)\n"
        "```\n[f](f.md)\n```\n[g](g.md#h)\n~~~\n[i](i.md)\n~~~\n[two\nlines](j.md)"
    )
    found = [("[a]", "a.md"), ("[`b`]", "b.md"), ("![d [e]]", "d.png"), ("[g]", "g.md#h")]
    assert list(links(text)) == [*found, ("[two\nlines]", "j.md")]
    changed = with_targets(text, str.upper)
    assert "".join(target for _, target in links(changed)) == "A.MDB.MDD.PNGG.MD#HJ.MD"
    assert with_targets(changed, str.lower) == text


@pytest.mark.parametrize(
    ("target", "on_the_site"),
    [
        ("architecture.md#layers", "architecture.md#layers"),
        ("decisions/", "decisions/README.md"),
        ("decisions", "decisions/README.md"),
        ("images/architecture.py", "images/architecture.py.md"),
        ("images/architecture.svg", "images/architecture.svg"),
        ("../LICENSE", "../LICENSE.md"),
        ("../src/skontro/netting/set_off.py#L3", "../src/skontro/netting/set_off.py.md#L3"),
        ("../notebooks/any.ipynb", "../notebooks/any.md"),
        ("#layers", "#layers"),
        ("https://example.org/a.py", "https://example.org/a.py"),
        ("mailto:a@example.org", "mailto:a@example.org"),
    ],
)
def test_links_lead_to_the_pages_of_the_site(target: str, on_the_site: str) -> None:
    assert adapted(f"See [it]({target}).", PAGE) == f"See [it]({on_the_site})."
    assert adapted(f"See `[it]({target})`.", PAGE) == f"See `[it]({target})`."


def test_a_file_that_a_browser_shows_has_no_page() -> None:
    assert page_of(ROOT / "a.csv") == "a.csv"
    assert page_of(ROOT / "a.toml") == "a.toml.md"


def test_lists_begin_after_an_empty_line() -> None:
    assert with_lists("Text:\n- a\n- b\nText") == "Text:\n\n- a\n- b\nText"
    assert with_lists("Text:\n1. a\n2. b") == "Text:\n\n1. a\n2. b"
    assert with_lists("# Head\n- a") == "# Head\n\n- a"
    assert with_lists("- a\n- b\n\nText\n- c") == "- a\n- b\n\nText\n\n- c"
    assert with_lists("Text\n-5 %\n1.5") == "Text\n-5 %\n1.5"
    assert with_lists("```\nText\n- a\n```\n~~~\n```\n- b\n~~~") == (
        "```\nText\n- a\n```\n~~~\n```\n- b\n~~~"
    )


def test_lines_of_an_item_are_indented_by_four() -> None:
    assert with_lists("- a\n  b\n\nText\n  c") == "- a\n    b\n\nText\n  c"
    assert with_lists("1. a\n   b") == "1. a\n    b"
    assert with_lists("- a\n  - b") == "- a\n    - b"
    assert with_lists("- a\n\n  ```\n  - b\n  ```\n- c") == (
        "- a\n\n    ```\n    - b\n    ```\n\n- c"
    )


def test_an_item_of_several_parts_ends_at_an_empty_line() -> None:
    assert with_lists("- a\n\n  b\n- c\n- d") == "- a\n\n    b\n\n- c\n- d"
    assert with_lists("- a\n\n- b") == "- a\n\n- b"


def test_a_link_that_leads_nowhere_stops_the_build(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[a](page.md#b) [c](#d) [e](https://example.org)", encoding="utf-8")
    assert targets(page) == [page]
    page.write_text("[a](missing.md)", encoding="utf-8")
    with pytest.raises(FileNotFoundError, match=r"missing\.md"):
        targets(page)


def test_links_of_a_notebook_are_those_of_its_text(tmp_path: Path) -> None:
    notebook = tmp_path / "a.ipynb"
    cells = (
        '{"cells": [{"cell_type": "markdown", "source": ["# A\\n", "[b](a.ipynb)"]},'
        ' {"cell_type": "code", "source": ["[c](missing.md)"]}]}'
    )
    notebook.write_text(cells, encoding="utf-8")
    assert text_of(notebook) == "# A\n[b](a.ipynb)"
    assert targets(notebook) == [notebook]


def test_what_pages_link_to_is_part_of_the_site() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in sources()}
    assert {
        "README.md",
        "CHANGELOG.md",
        "docs/decisions",
        "docs/decisions/0001-one-engine.md",
        "examples/clearing-union/README.md",
        "src/skontro/netting/set_off.py",
    } <= found
    assert {page.relative_to(ROOT).as_posix() for page in (ROOT / "docs").rglob("*.md")} <= found


def test_a_source_is_shown_whole(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_text('"""Text.\n\n```\nx\n```\n"""\n', encoding="utf-8")
    page = listing(source)
    assert page.startswith("---\ntitle: a.py\nsearch:\n  exclude: true\n---\n\n# a.py\n")
    assert page.endswith('````python\n"""Text.\n\n```\nx\n```\n"""\n````\n')
    plain = tmp_path / "LICENSE"
    plain.write_text("Text", encoding="utf-8")
    assert listing(plain).endswith("# LICENSE\n\n```text\nText\n```\n")


def test_a_folder_lists_its_pages_by_their_headings(tmp_path: Path) -> None:
    for name in "ba":
        (tmp_path / f"{name}.md").write_text(f"text\n# Page {name}\n# No", encoding="utf-8")
    assert folder_list(tmp_path).splitlines()[2:] == ["- [Page a](a.md)", "- [Page b](b.md)"]
    (tmp_path / "c.md").write_text("#no heading", encoding="utf-8")
    with pytest.raises(ValueError, match=r"c\.md has no heading"):
        title_of(tmp_path / "c.md")


def test_the_python_reference_has_each_public_name() -> None:
    text = python_reference()
    assert text.count("\n::: skontro.") == len(skontro.__all__) + 1
    assert "\n::: skontro.api.results.settle\n    options:\n      heading: sk.settle\n" in text
    page = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    assert page.count(REFERENCE_MARK) == 1


def test_the_navigation_has_each_page_of_the_documentation_once() -> None:
    project = tomllib.loads(settings())["project"]
    assert project["site_name"] == "Skontro"
    paths = leaves(project["nav"])
    assert len(paths) == len(set(paths))
    pages = {page.relative_to(ROOT).as_posix() for page in (ROOT / "docs").rglob("*.md")}
    assert pages <= set(paths)
    assert paths[0] == "README.md"
    assert "docs/decisions/README.md" in paths


def leaves(entries: list[dict[str, object]]) -> list[str]:
    found: list[str] = []
    for entry in entries:
        [value] = entry.values()
        found += leaves(value) if isinstance(value, list) else [str(value)]
    return found
