"""The navigation of the site: sections and links of the documentation's index, and decisions."""

import re
from pathlib import Path

from docs_site.generated import title_of
from docs_site.markdown import page_of
from docs_site.sources import ROOT, is_local, links

INDEX = ROOT / "docs" / "README.md"

_Entry = dict[str, "str | list[_Entry]"]


def navigation() -> list[_Entry]:
    """Entries as Zensical's ``nav`` has them, with paths from the root of the repository."""
    entries: list[_Entry] = [{"Skontro": "README.md"}, {"Documentation": "docs/README.md"}]
    for section in re.split(r"^## ", INDEX.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, text = section.partition("\n")
        entries.append({title.strip(): _entries(text)})
    changes: list[_Entry] = [
        {title_of(ROOT / name): name} for name in ("CHANGELOG.md", "CONTRIBUTING.md")
    ]
    return [*entries, {"Project": changes}]


def _entries(text: str) -> list[_Entry]:
    """The first link of each item."""
    found: list[_Entry] = []
    for item in re.findall(r"^- .*$", text, flags=re.MULTILINE):
        for title, path in list(links(item))[:1]:
            target = (INDEX.parent / path.partition("#")[0]).resolve()
            if is_local(path):
                pages = _decisions(target) if target.is_dir() else _path(target)
                found.append({title.strip("[]"): pages})
    return found


def _decisions(folder: Path) -> list[_Entry]:
    pages: list[_Entry] = [{title_of(one): _path(one)} for one in sorted(folder.glob("*.md"))]
    return [{"All": f"{folder.relative_to(ROOT).as_posix()}/README.md"}, *pages]


def _path(target: Path) -> str:
    return (target.parent / page_of(target)).relative_to(ROOT).as_posix()
