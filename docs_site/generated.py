"""Pages that no file of the repository has: sources, lists of folders, the Python reference."""

import re
from pathlib import Path

import skontro

#: Where the reference of all public names comes, on the page of the Python API.
REFERENCE_MARK = "<!-- The site has all docstrings here. -->"

_LANGUAGES = {".py": "python", ".toml": "toml", ".sh": "sh", ".sql": "sql"}


def listing(path: Path) -> str:
    """A source file as a page, which search leaves out."""
    text = path.read_text(encoding="utf-8").rstrip("\n")
    longest = max((len(found) for found in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    language = _LANGUAGES.get(path.suffix, "text")
    return f"{_front_matter(path.name)}# {path.name}\n\n{fence}{language}\n{text}\n{fence}\n"


def _front_matter(title: str) -> str:
    return f"---\ntitle: {title}\nsearch:\n  exclude: true\n---\n\n"


def folder_list(folder: Path) -> str:
    """A list of the pages of a folder, as GitHub shows a folder without README."""
    pages = sorted(folder.glob("*.md"))
    rows = [f"- [{title_of(page)}]({page.name})" for page in pages]
    return "\n".join([f"# {folder.name.capitalize()}", "", *rows, ""])


def title_of(page: Path) -> str:
    """The first heading of a page.

    Raises:
        ValueError: it has none.
    """
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            return line.removeprefix("# ").strip()
    raise ValueError(f"{page} has no heading")


def python_reference() -> str:
    """A directive of mkdocstrings for each public name, at the module that has it."""
    modules = {name: module for module, names in skontro._MODULES.items() for name in names}
    blocks = [_directive(modules[name], name, f"sk.{name}") for name in skontro.__all__]
    blocks.append(_directive("skontro.testing", "small_day", "skontro.testing.small_day"))
    return "## Reference\n\n" + "\n".join(blocks)


def _directive(module: str, name: str, shown: str) -> str:
    options = f"    options:\n      heading: {shown}\n      toc_label: {name}\n"
    return f"::: {module}.{name}\n{options}"
