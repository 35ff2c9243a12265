"""Changes to a page where Zensical's Markdown differs from GitHub's.

GitHub begins a list right after a line of text, and Python-Markdown only after an empty line. What
belongs to an item is indented by the width of its mark there, and by four here. Links to folders,
sources and notebooks lead to the pages that the site has for them.
"""

import re
from pathlib import Path

from docs_site.sources import is_local, with_targets

#: Files that a browser shows or keeps as they are.
AS_THEY_ARE = frozenset({".md", ".png", ".svg", ".csv", ".yaml", ".json"})

_ITEM = re.compile(r"(?:[-*+]|1[.)]) ")


def adapted(text: str, page: Path) -> str:
    """A page of the repository as Markdown for the site.

    Args:
        text: the page.
        page: its path, from which relative links count.
    """
    return with_lists(with_targets(text, lambda target: _target(target, page)))


def page_of(path: Path) -> str:
    """Name of the site's page for a file or folder, as a link in Markdown has it."""
    if path.is_dir():
        return "README.md"
    if path.suffix == ".ipynb":
        return path.with_suffix(".md").name
    return path.name if path.suffix in AS_THEY_ARE else f"{path.name}.md"


def with_lists(text: str) -> str:
    """Lists begin after an empty line, and what belongs to an item is indented by four."""
    lines: list[str] = []
    fence = ""
    item: re.Match[str] | None = None
    parts = False
    for line in text.split("\n"):
        mark = line.lstrip()[:3]
        begins = None if fence else _ITEM.match(line)
        if mark in {"```", "~~~"} and fence in {"", mark}:
            fence = "" if fence else mark
        if begins and (parts or not item) and lines and lines[-1]:
            lines.append("")
        # An item of several parts ends at an empty line only.
        parts = not begins and (parts or not line)
        item = begins or (item if _belongs(line) or fence else None)
        inner = item and line.startswith(" ")
        lines.append(" " * (4 - len(item[0])) + line if inner and item else line)
    return "\n".join(lines)


def _belongs(line: str) -> bool:
    """Whether a line goes on with an item: it is indented or empty."""
    return line.startswith(" ") or not line


def _target(target: str, page: Path) -> str:
    if not is_local(target):
        return target
    path, mark, anchor = target.partition("#")
    to_folder = (page.parent / path).is_dir()
    folder = path.rstrip("/") if to_folder else path.rpartition("/")[0]
    return f"{folder}{'/' if folder else ''}{page_of(page.parent / path)}{mark}{anchor}"
