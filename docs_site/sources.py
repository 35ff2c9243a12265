"""Pages and files of the site: those that links lead to, from the start page on."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]

#: Pages of the site before any link is followed. All pages of the documentation are among them.
START = (ROOT / "README.md", ROOT / "docs" / "README.md")

#: Code, or a link or picture, whichever begins first. So code in the text of a link does not end
#: the link, and code contains no links.
_TOKEN = re.compile(
    r"^(?P<fence>```|~~~).*?^(?P=fence)[^\n]*$"
    r"|(?P<text>!?\[(?:[^][]|\[[^][]*\])*\])\((?P<target>[^()\s]*)\)"
    r"|`[^`\n]+`",
    re.MULTILINE | re.DOTALL,
)


def links(text: str) -> Iterator[tuple[str, str]]:
    """Text and target of each link and picture of a page, but of none in code."""
    for found in _TOKEN.finditer(text):
        if found["text"]:
            yield found["text"], found["target"]


def with_targets(text: str, change: Callable[[str], str]) -> str:
    """A page with another target of each link and picture."""

    def changed(found: re.Match[str]) -> str:
        return f"{found['text']}({change(found['target'])})" if found["text"] else found[0]

    return _TOKEN.sub(changed, text)


def text_of(page: Path) -> str:
    """A page in Markdown, or the cells of a notebook that are text."""
    text = page.read_text(encoding="utf-8")
    if page.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join("".join(one["source"]) for one in cells if one["cell_type"] == "markdown")


def is_local(target: str) -> bool:
    """Whether a link leads to another file of the repository."""
    return ":" not in target and not target.startswith("#")


def targets(page: Path) -> list[Path]:
    """Files and folders of the repository that a page links to.

    Args:
        page: a page in Markdown, or a notebook.

    Raises:
        FileNotFoundError: a link leads nowhere.
    """
    paths = [target.partition("#")[0] for _, target in links(text_of(page)) if is_local(target)]
    return [(page.parent / path).resolve(strict=True) for path in paths]


def sources() -> list[Path]:
    """All files and folders of the site, sorted: start pages, and what is reached from them.

    Raises:
        FileNotFoundError: a link of a page leads nowhere.
        ValueError: a link leads out of the repository.
    """
    found: set[Path] = set()
    waiting = [*START, *(ROOT / "docs").rglob("*.md")]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        current.relative_to(ROOT)
        found.add(current)
        if current.suffix in {".md", ".ipynb"}:
            waiting += targets(current)
        elif current.is_dir():
            waiting += current.glob("*.md")
    return sorted(found)
