"""Notebooks: execute them again, and show one with its outputs as a page."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import MarkdownExporter

from docs_site.markdown import adapted
from docs_site.sources import ROOT

NOTEBOOKS = ROOT / "notebooks"

#: No cell takes longer, in seconds; the first settlement of a machine compiles the engine.
LIMIT = 600


def executed(path: Path) -> nbformat.NotebookNode:
    """A notebook as it is after all cells ran in its own folder, without times and versions.

    Args:
        path: the notebook; it is not changed.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
    """
    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=LIMIT, resources=folder, record_timing=False)
    client.execute()
    # The same notebook has the same bytes on each machine.
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    return notebook


def as_page(path: Path, page: Path) -> None:
    """Write a notebook as a page in Markdown, and its pictures into a folder next to the page.

    Args:
        path: the notebook, with its outputs.
        page: the file to write; its folder exists.
    """
    notebook = nbformat.read(path, as_version=4)
    text, resources = MarkdownExporter().from_notebook_node(
        notebook, {"unique_key": page.stem, "output_files_dir": f"{page.stem}-files"}
    )
    for name, picture in resources["outputs"].items():
        place = page.parent / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(picture)
    heading, _, rest = adapted(text.lstrip("\n"), path).partition("\n")
    page.write_text(
        f"{heading}\n\n[Download this notebook]({path.name})\n\n{rest}", encoding="utf-8"
    )


def write_executed() -> None:
    """Execute all notebooks, and write them with their outputs."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        nbformat.write(executed(path), path)
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    write_executed()
