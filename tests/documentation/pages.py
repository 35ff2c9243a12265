"""Pages of the documentation as text: their links, the files that they name, their sentences."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "skontro"
DOCS = ROOT / "docs"

#: No sentence has more words than these.
MAX_WORDS = 25

_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[([^]]*)\]\(([^)]*)\)")
_FILE = re.compile(r"`([\w./-]+\.(?:py|j2|css|js|json|sql|csv))`")
#: A full stop, perhaps with closing marks behind it, that ends a sentence and no abbreviation.
_STOP = re.compile(r"(?<!e\.g)(?<!i\.e)[.!?][\"')*_]*(?=\s|$)")


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCED.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> list[Path]:
    """The files and folders of this project that a page links to."""
    targets = [re.sub(r"\s+", "", target) for _, target in _LINK.findall(prose(page))]
    local = [target.partition("#")[0] for target in targets if "://" not in target]
    return [(page.parent / target).resolve() for target in local if target]


def named_files(page: Path) -> set[Path]:
    """Files that a page names: from its own folder or, if they are tests, from the project's."""
    return {
        ((ROOT if name.startswith("tests/") else page.parent) / name).resolve()
        for name in _FILE.findall(prose(page))
    }


def _blocks(text: str) -> Iterator[str]:
    """Paragraphs, items of lists, headings, and cells of tables, each as one line."""
    block: list[str] = []
    for line in [*text.splitlines(), ""]:
        begins = re.match(r"\s*(?:[-*] |\d+\. |#+ |> |\|)", line)
        if begins or not line.strip():
            yield " ".join(block)
            block = []
        if line.lstrip().startswith("|"):
            yield from line.strip().strip("|").split("|")
        elif line.lstrip().startswith("#"):
            yield line
        elif line.strip():
            block.append(re.sub(r"^\s*(?:[-*] |\d+\. |> )", "", line).strip())


def sentences(text: str) -> list[str]:
    """The sentences of a page; code counts as one word, a link as its text."""
    text = re.sub(r"<!--.*?-->", "", _FENCED.sub("", text), flags=re.DOTALL)
    text = re.sub(r"`[^`]+`", "code", _LINK.sub(r"\1", text))
    found = [part.strip() for block in _blocks(text) for part in _STOP.split(block)]
    return [part for part in found if part]


def words(sentence: str) -> int:
    """How many words a sentence has; marks by themselves are none."""
    return sum(any(letter.isalnum() for letter in word) for word in sentence.split())


def too_long(text: str) -> list[str]:
    """The sentences of a page that have too many words."""
    return [sentence for sentence in sentences(text) if words(sentence) > MAX_WORDS]
