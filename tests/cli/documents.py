"""The documents of the project, as text to be held to what the program does."""

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
)

_BLOCK = re.compile(r"^```(?P<language>[a-z]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def name_of(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


def blocks(document: Path, *languages: str) -> list[str]:
    """The fenced blocks of a document in these languages."""
    found = _BLOCK.finditer(document.read_text(encoding="utf-8"))
    return [block["text"] for block in found if block["language"] in languages]


def commands(document: Path) -> list[list[str]]:
    """Each example command that begins with `skontro`, as the words after it."""
    lines = [line for text in blocks(document, "", "console", "sh") for line in text.splitlines()]
    calls = [line.removeprefix("$ ") for line in lines]
    return [shlex.split(call, comments=True)[1:] for call in calls if call.startswith("skontro ")]


def table_rows(document: Path, heading: str) -> list[list[str]]:
    """Cells of the first table after a heading, without the table's own heading."""
    text = document.read_text(encoding="utf-8").split(f"\n## {heading}\n", maxsplit=1)[1]
    rows: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("|"):
            rows.append([cell.strip(" `") for cell in line.strip("|").split("|")])
        elif rows:
            break
    return rows[2:]


def missing_links(document: Path) -> list[str]:
    """Relative links of a document that lead nowhere."""
    prose = _BLOCK.sub("", document.read_text(encoding="utf-8"))
    targets = [re.sub(r"\s+", "", target) for target in re.findall(r"\]\(([^)#]+)", prose)]
    local = [target for target in targets if "://" not in target]
    return [target for target in local if not (document.parent / target).exists()]
