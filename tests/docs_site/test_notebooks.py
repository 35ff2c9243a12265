"""Notebooks: the public API only, plain prose, and outputs as a run gives them."""

import ast
import itertools
import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

import skontro
from docs_site.notebooks import NOTEBOOKS, as_page, executed
from docs_site.sources import targets, text_of
from tests.documentation.pages import too_long
from tests.documentation.wording import wrong_wording

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
#: Modules that a notebook may use.
MODULES = {"matplotlib.pyplot", "pathlib", "polars", "skontro", "tempfile"}

each = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def cells(path: Path) -> list[Any]:
    found: list[Any] = nbformat.read(path, as_version=4).cells
    return [cell for cell in found if cell.cell_type == "code"]


def outputs(cell: Any) -> dict[str, str]:
    """Texts of a cell's outputs by their type."""
    found: dict[str, str] = {}
    for one in cell.outputs:
        for kind, text in {**one.get("data", {}), "stream": one.get("text", "")}.items():
            found[kind] = found.get(kind, "") + text
    return found


def test_there_are_four_that_lead_from_one_to_the_next() -> None:
    order = ["first-day", "compare-designs", "own-data", "reachable-share"]
    assert sorted(path.stem for path in PATHS) == sorted(order)
    for name, following in itertools.pairwise(order):
        assert NOTEBOOKS / f"{following}.ipynb" in targets(NOTEBOOKS / f"{name}.ipynb")


@each
def test_the_prose_is_plain_and_links_lead_somewhere(path: Path) -> None:
    text = text_of(path)
    assert text.startswith("# ")
    assert too_long(text) == []
    assert wrong_wording(text) == []
    assert targets(path) != []


@each
def test_the_code_uses_public_names_only(path: Path) -> None:
    code = "\n".join(cell.source for cell in cells(path))
    tree = ast.parse(re.sub(r"^%.*$", "", code, flags=re.MULTILINE))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= MODULES
        elif isinstance(node, ast.ImportFrom):
            assert node.module in MODULES - {"skontro"}
        elif isinstance(node, ast.Attribute):
            assert not node.attr.startswith("_")
            if isinstance(node.value, ast.Name) and node.value.id == "sk":
                assert node.attr in skontro.__all__


@each
def test_outputs_are_kept_and_are_those_of_any_machine(path: Path) -> None:
    shown = [outputs(cell) for cell in cells(path)]
    assert [cell.execution_count for cell in cells(path)] == list(range(1, len(shown) + 1))
    assert sum("image/svg+xml" in one for one in shown) >= 1
    assert sum("text/html" in one for one in shown) >= 2
    for text in (text for one in shown for text in one.values()):
        assert not re.search(r"/tmp|/home|/work|site-packages| at 0x|Traceback", text)
    assert not any(one.output_type == "error" for cell in cells(path) for one in cell.outputs)
    assert set(nbformat.read(path, as_version=4).metadata) == {"kernelspec", "language_info"}


def test_a_page_has_code_outputs_and_the_notebook_itself(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook()
    picture = nbformat.v4.new_output("display_data", {"image/svg+xml": "<svg/>"})
    notebook.metadata = {"language_info": {"name": "python"}}
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# A title\nText:\n- [next](b.ipynb)"),
        nbformat.v4.new_code_cell("print(1)", outputs=[picture], execution_count=1),
    ]
    nbformat.write(notebook, tmp_path / "a.ipynb")
    (tmp_path / "pages").mkdir()
    as_page(tmp_path / "a.ipynb", tmp_path / "pages" / "a.md")
    text = (tmp_path / "pages" / "a.md").read_text(encoding="utf-8")
    assert text.startswith(
        "# A title\n\n[Download this notebook](a.ipynb)\n\nText:\n\n- [next](b.md)"
    )
    assert "```python\nprint(1)\n```" in text
    [name] = re.findall(r"!\[svg\]\((.*)\)", text)
    assert (tmp_path / "pages" / name).read_text(encoding="utf-8") == "<svg/>"


@pytest.mark.long
@each
def test_a_run_gives_the_outputs_that_are_kept(path: Path) -> None:
    """After an intended change, `make notebooks` or SKONTRO_APPROVE=1 keeps the new outputs."""
    run = executed(path)
    if os.environ.get("SKONTRO_APPROVE") == "1":
        nbformat.write(run, path)
    kept = nbformat.read(path, as_version=4)
    for found, expected in zip(run.cells, kept.cells, strict=True):
        assert found == expected
    assert run.metadata == kept.metadata
